-- When a session got the time and the lecturer it has: what is told of it sooner after that than it was
-- to be told is not late.
ALTER TABLE session ADD COLUMN arranged_at @TIMESTAMP@;
