-- Where lecturers stand on the ladder of 6.2.1, and who lost the qualification to lecture from when.
CREATE TABLE standing (
  office       @TEXT@ NOT NULL REFERENCES office (id),
  person       @TEXT@ NOT NULL REFERENCES person (id),
  step         INTEGER NOT NULL CHECK (step BETWEEN 0 AND 3),
  cycle        @TEXT@ NOT NULL,
  since_on     DATE,
  barred_on    DATE,
  barred_until DATE,
  reason       @TEXT@ NOT NULL,
  version      BIGINT NOT NULL CHECK (version > 0),
  PRIMARY KEY (office, person),
  CHECK (barred_until IS NULL OR barred_on IS NOT NULL)
);
CREATE INDEX standing_barred ON standing (person) WHERE barred_on IS NOT NULL;

-- When the date by which a chain must be passed was set: nothing is reminded of before.
ALTER TABLE chain ADD COLUMN limited_at @TIMESTAMP@;
