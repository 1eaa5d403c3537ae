CREATE TRIGGER departure_no_update BEFORE UPDATE ON departure
BEGIN SELECT RAISE(ABORT, 'departure is append-only'); END;
CREATE TRIGGER departure_no_delete BEFORE DELETE ON departure
BEGIN SELECT RAISE(ABORT, 'departure is append-only'); END;
CREATE TRIGGER spot_answer_no_update BEFORE UPDATE ON spot_answer
BEGIN SELECT RAISE(ABORT, 'spot_answer is append-only'); END;
CREATE TRIGGER spot_answer_no_delete BEFORE DELETE ON spot_answer
BEGIN SELECT RAISE(ABORT, 'spot_answer is append-only'); END;
