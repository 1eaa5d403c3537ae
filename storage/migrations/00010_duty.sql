-- The duty roster (mission capability 13): the shift of one person on one day where it is not the
-- standing one of the membership. '' takes an earlier word back; a later word replaces an earlier
-- one, the log keeps both.
CREATE TABLE duty (
  office @TEXT@ NOT NULL REFERENCES office (id),
  day    DATE NOT NULL,
  person @TEXT@ NOT NULL REFERENCES person (id),
  shift  @TEXT@ NOT NULL,
  set_by @TEXT@ NOT NULL REFERENCES person (id),
  at     @TIMESTAMP@ NOT NULL,
  PRIMARY KEY (office, day, person)
);
