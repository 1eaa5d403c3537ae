-- What plans are drawn from besides 4.0 (5.1.1, 5.3.2): needs of the staff, orders, points of
-- emphasis. Nothing is deleted: an input ends by being used or dropped.
CREATE TABLE input (
  id        @TEXT@ PRIMARY KEY,
  no        BIGINT NOT NULL UNIQUE,
  office    @TEXT@ NOT NULL REFERENCES office (id),
  kind      @TEXT@ NOT NULL CHECK (kind IN ('need', 'order', 'emphasis')),
  text      @TEXT@ NOT NULL CHECK (text <> ''),
  topic     @TEXT@ NOT NULL,
  given_by  @TEXT@ NOT NULL REFERENCES person (id),
  at        @TIMESTAMP@ NOT NULL,
  state     @TEXT@ NOT NULL CHECK (state IN ('open', 'used', 'dropped')),
  session   @TEXT@ REFERENCES session (id),
  closed_at @TIMESTAMP@,
  reason    @TEXT@ NOT NULL,
  version   BIGINT NOT NULL CHECK (version > 0),
  CHECK ((state = 'open') = (closed_at IS NULL)),
  CHECK (state = 'open' OR reason <> '')
);
CREATE INDEX input_open ON input (office, no) WHERE state = 'open';
CREATE INDEX input_office ON input (office, kind, at);
