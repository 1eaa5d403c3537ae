CREATE TRIGGER orientation_hours_no_update BEFORE UPDATE ON orientation_hours
BEGIN SELECT RAISE(ABORT, 'orientation_hours is append-only'); END;
CREATE TRIGGER orientation_hours_no_delete BEFORE DELETE ON orientation_hours
BEGIN SELECT RAISE(ABORT, 'orientation_hours is append-only'); END;
