CREATE TRIGGER policy_choice_append_only BEFORE UPDATE OR DELETE ON policy_choice
  FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER policy_choice_no_truncate BEFORE TRUNCATE ON policy_choice
  FOR EACH STATEMENT EXECUTE FUNCTION append_only();
