-- The trainees' feedback (6.1.2). It is unlinkable: the sums of a session are one row, the free words
-- in it a sorted list, and who has answered which question another table. Neither has a time, an
-- order or an id made at the time of an answer.
CREATE TABLE feedback (
  session   @TEXT@ PRIMARY KEY REFERENCES session (id),
  office    @TEXT@ NOT NULL REFERENCES office (id),
  asked     INTEGER NOT NULL CHECK (asked > 0),
  closes_at @TIMESTAMP@ NOT NULL,
  yes       @JSON@ NOT NULL,
  no        @JSON@ NOT NULL,
  words     @JSON@ NOT NULL,
  version   BIGINT NOT NULL CHECK (version > 0)
);
CREATE INDEX feedback_closes ON feedback (office, closes_at);

CREATE TABLE feedback_given (
  session   @TEXT@ NOT NULL REFERENCES feedback (session),
  person    @TEXT@ NOT NULL REFERENCES person (id),
  questions @JSON@ NOT NULL,
  version   BIGINT NOT NULL CHECK (version > 0),
  PRIMARY KEY (session, person)
);
CREATE INDEX feedback_given_person ON feedback_given (person);
