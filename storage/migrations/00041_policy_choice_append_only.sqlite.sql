CREATE TRIGGER policy_choice_no_update BEFORE UPDATE ON policy_choice
BEGIN SELECT RAISE(ABORT, 'policy_choice is append-only'); END;
CREATE TRIGGER policy_choice_no_delete BEFORE DELETE ON policy_choice
BEGIN SELECT RAISE(ABORT, 'policy_choice is append-only'); END;
