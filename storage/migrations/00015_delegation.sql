-- A role handed to a deputy for some days (3.2): confirmed by the deputy, ended by its last day or by
-- one of the two. In whose place something was decided stands with the decision.
CREATE TABLE delegation (
  id           @TEXT@ PRIMARY KEY,
  office       @TEXT@ NOT NULL REFERENCES office (id),
  role         @TEXT@ NOT NULL CHECK (role <> ''),
  for_person   @TEXT@ NOT NULL REFERENCES person (id),
  deputy       @TEXT@ NOT NULL REFERENCES person (id),
  since_on     DATE NOT NULL,
  until_on     DATE NOT NULL,
  reason       @TEXT@ NOT NULL,
  confirmed_at @TIMESTAMP@ NOT NULL,
  ended_at     @TIMESTAMP@,
  ended_by     @TEXT@ REFERENCES person (id),
  version      BIGINT NOT NULL CHECK (version > 0),
  CHECK (until_on >= since_on),
  CHECK (deputy <> for_person),
  CHECK ((ended_at IS NULL) = (ended_by IS NULL))
);
CREATE INDEX delegation_deputy ON delegation (deputy);
CREATE INDEX delegation_office ON delegation (office, until_on);

ALTER TABLE plan_version ADD COLUMN on_behalf @TEXT@;
ALTER TABLE plan_version ADD COLUMN changes @TEXT@ NOT NULL DEFAULT '';
ALTER TABLE proposal ADD COLUMN on_behalf @TEXT@;
