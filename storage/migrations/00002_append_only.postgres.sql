-- The log and the presences are appended to and never rewritten, by nobody who works through this
-- schema: a mistake is answered by a new line.
CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit
  FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit
  FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER attendance_append_only BEFORE UPDATE OR DELETE ON attendance
  FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER attendance_no_truncate BEFORE TRUNCATE ON attendance
  FOR EACH STATEMENT EXECUTE FUNCTION append_only();
