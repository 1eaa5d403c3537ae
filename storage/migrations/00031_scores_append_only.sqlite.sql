CREATE TRIGGER score_no_update BEFORE UPDATE ON score
BEGIN SELECT RAISE(ABORT, 'score is append-only'); END;
CREATE TRIGGER score_no_delete BEFORE DELETE ON score
BEGIN SELECT RAISE(ABORT, 'score is append-only'); END;
CREATE TRIGGER analysis_no_update BEFORE UPDATE ON analysis
BEGIN SELECT RAISE(ABORT, 'analysis is append-only'); END;
CREATE TRIGGER analysis_no_delete BEFORE DELETE ON analysis
BEGIN SELECT RAISE(ABORT, 'analysis is append-only'); END;
