-- The files of new hires (4.1, 5.2, 5.4.1). One file an arrival; a transfer takes it to the other office.
CREATE TABLE orientation (
  id       @TEXT@ PRIMARY KEY,
  office   @TEXT@ NOT NULL REFERENCES office (id),
  person   @TEXT@ NOT NULL REFERENCES person (id),
  since_on DATE NOT NULL,
  subject  @TEXT@ NOT NULL UNIQUE CHECK (subject <> ''),
  state    @TEXT@ NOT NULL CHECK (state IN ('on_trial', 'on_post', 'ended')),
  coach    @TEXT@ REFERENCES person (id),
  days     @JSON@ NOT NULL,
  test_on  DATE,
  moves    @JSON@ NOT NULL,
  sittings @JSON@ NOT NULL,
  no       BIGINT NOT NULL, -- T5, what the theory test is called; 0 before it was sat
  told_on  DATE,
  closed_on DATE,
  note     @TEXT@ NOT NULL,
  version  BIGINT NOT NULL CHECK (version > 0),
  CHECK ((state = 'on_trial') = (closed_on IS NULL)),
  UNIQUE (person, since_on)
);
CREATE INDEX orientation_office ON orientation (office, since_on);

-- The ledger of orientation hours: appended to, never changed. A reversal takes back one entry, once.
CREATE TABLE orientation_hours (
  id       @TEXT@ PRIMARY KEY,
  office   @TEXT@ NOT NULL REFERENCES office (id),
  person   @TEXT@ NOT NULL REFERENCES person (id),
  since_on DATE NOT NULL,
  block    @TEXT@ NOT NULL CHECK (block IN ('company', 'service', 'practice')),
  day_on   DATE NOT NULL,
  minutes  INTEGER NOT NULL CHECK (minutes <> 0),
  what     @TEXT@ NOT NULL CHECK (what <> ''),
  credit   BOOLEAN NOT NULL,
  entered_by @TEXT@ NOT NULL REFERENCES person (id),
  at       @TIMESTAMP@ NOT NULL,
  reverses @TEXT@ UNIQUE REFERENCES orientation_hours (id),
  CHECK ((minutes < 0) = (reverses IS NOT NULL))
);
CREATE INDEX orientation_hours_person ON orientation_hours (person, since_on);
CREATE INDEX orientation_hours_office ON orientation_hours (office, since_on);
