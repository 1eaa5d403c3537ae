CREATE TRIGGER orientation_hours_append_only BEFORE UPDATE OR DELETE ON orientation_hours
  FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER orientation_hours_no_truncate BEFORE TRUNCATE ON orientation_hours
  FOR EACH STATEMENT EXECUTE FUNCTION append_only();
