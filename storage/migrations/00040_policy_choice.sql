-- What administrators decided on the open points of the source, in chat: appended to, never changed.
-- Of a point the newest row counts; one that is undone puts it back to the policy file.
CREATE TABLE policy_choice (
  id       @TEXT@ PRIMARY KEY,
  point    INTEGER NOT NULL CHECK (point > 0),
  settings @JSON@ NOT NULL,
  office   @TEXT@ NOT NULL REFERENCES office (id),
  made_by  @TEXT@ NOT NULL REFERENCES person (id),
  name     @TEXT@ NOT NULL CHECK (name <> ''),
  at       @TIMESTAMP@ NOT NULL,
  undone   BOOLEAN NOT NULL
);
CREATE INDEX policy_choice_point ON policy_choice (point, at);
