-- What is known of a person's not being at a session: leave, absence, its judgement (6.2.2). One a
-- session and person.
CREATE TABLE absence (
  session   @TEXT@ NOT NULL REFERENCES session (id),
  person    @TEXT@ NOT NULL REFERENCES person (id),
  office    @TEXT@ NOT NULL REFERENCES office (id),
  day       DATE NOT NULL,
  state     @TEXT@ NOT NULL CHECK (state IN ('asked', 'leave', 'exempt', 'refused', 'withdrawn', 'unexplained', 'explained', 'excused', 'makes_up', 'unexcused', 'present')),
  was       @TEXT@ NOT NULL,
  kind      @TEXT@ NOT NULL CHECK (kind IN ('', 'sick', 'private', 'duty', 'unfit')),
  reason    @TEXT@ NOT NULL,
  make_up   @TEXT@ REFERENCES session (id),
  since     @TIMESTAMP@ NOT NULL,
  due       @TIMESTAMP@,
  proposal  @TEXT@ REFERENCES proposal (id),
  judge     @TEXT@ REFERENCES person (id),
  judged_at @TIMESTAMP@,
  ruling    @TEXT@ NOT NULL,
  version   BIGINT NOT NULL CHECK (version > 0),
  PRIMARY KEY (session, person),
  CHECK (state NOT IN ('leave', 'exempt', 'excused', 'makes_up', 'unexcused', 'present') OR judge IS NOT NULL)
);
CREATE INDEX absence_office ON absence (office, day);
CREATE INDEX absence_person ON absence (person, day);

-- The training record of a session (5.3.4, 7.2); its number is given once in an office and month.
CREATE TABLE record (
  session     @TEXT@ PRIMARY KEY REFERENCES session (id),
  office      @TEXT@ NOT NULL REFERENCES office (id),
  month       @TEXT@ NOT NULL CHECK (month <> ''),
  no          BIGINT NOT NULL CHECK (no > 0),
  heads       INTEGER NOT NULL CHECK (heads >= 0),
  lines       @JSON@ NOT NULL,
  paper       BOOLEAN NOT NULL,
  entered_by  @TEXT@ NOT NULL REFERENCES person (id),
  entered_at  @TIMESTAMP@ NOT NULL,
  finished_by @TEXT@ REFERENCES person (id),
  finished_at @TIMESTAMP@,
  version     BIGINT NOT NULL CHECK (version > 0),
  UNIQUE (office, month, no),
  CHECK ((finished_by IS NULL) = (finished_at IS NULL))
);

-- Who left before the end, and who answered the check in the middle: facts, appended to.
CREATE TABLE departure (
  session   @TEXT@ NOT NULL REFERENCES session (id),
  person    @TEXT@ NOT NULL REFERENCES person (id),
  at        @TIMESTAMP@ NOT NULL,
  minutes   INTEGER NOT NULL CHECK (minutes > 0),
  marked_by @TEXT@ REFERENCES person (id),
  reason    @TEXT@ NOT NULL,
  PRIMARY KEY (session, person)
);
CREATE TABLE spot_answer (
  session @TEXT@ NOT NULL REFERENCES session (id),
  person  @TEXT@ NOT NULL REFERENCES person (id),
  at      @TIMESTAMP@ NOT NULL,
  PRIMARY KEY (session, person)
);
