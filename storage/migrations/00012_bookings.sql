-- Rooms taken for something that is no training (占用, mission capability 14). A booking that was
-- given back stays, with when.
CREATE TABLE booking (
  id       @TEXT@ PRIMARY KEY,
  office   @TEXT@ NOT NULL REFERENCES office (id),
  room     @TEXT@ NOT NULL CHECK (room <> ''),
  from_at  @TIMESTAMP@ NOT NULL,
  to_at    @TIMESTAMP@ NOT NULL,
  why      @TEXT@ NOT NULL,
  taken_by @TEXT@ NOT NULL REFERENCES person (id),
  at       @TIMESTAMP@ NOT NULL,
  freed_at @TIMESTAMP@,
  version  BIGINT NOT NULL CHECK (version > 0),
  CHECK (to_at > from_at)
);
CREATE INDEX booking_standing ON booking (office, from_at) WHERE freed_at IS NULL;
