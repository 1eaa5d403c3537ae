-- The ledger of attendance points (6.2.2, 6.2.3): appended to, never changed. Of one fact a person
-- has one deduction, and a deduction one reversal.
CREATE TABLE points (
  id           @TEXT@ PRIMARY KEY,
  no           BIGINT NOT NULL UNIQUE,
  office       @TEXT@ NOT NULL REFERENCES office (id),
  person       @TEXT@ NOT NULL REFERENCES person (id),
  month        @TEXT@ NOT NULL CHECK (month <> ''),
  points       INTEGER NOT NULL CHECK (points <> 0),
  clause       @TEXT@ NOT NULL CHECK (clause <> ''),
  subject      @TEXT@ NOT NULL CHECK (subject <> ''),
  reason       @TEXT@ NOT NULL CHECK (reason <> ''),
  evidence     @TEXT@ NOT NULL,
  confirmed_by @TEXT@ NOT NULL REFERENCES person (id),
  at           @TIMESTAMP@ NOT NULL,
  reverses     @TEXT@ UNIQUE REFERENCES points (id),
  CHECK ((points > 0) = (reverses IS NOT NULL))
);
CREATE UNIQUE INDEX points_once ON points (person, subject) WHERE reverses IS NULL;
CREATE INDEX points_person ON points (person, month);
CREATE INDEX points_office ON points (office, month);
