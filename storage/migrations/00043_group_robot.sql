-- The robot of an office's group: its key is a secret and stands here alone, never in the outbox or the log.
CREATE TABLE group_robot (
  office   @TEXT@ PRIMARY KEY REFERENCES office (id),
  secret   @TEXT@ NOT NULL,
  bound_by @TEXT@ NOT NULL REFERENCES person (id),
  at       @TIMESTAMP@ NOT NULL,
  version  BIGINT NOT NULL CHECK (version > 0)
);
