-- A lesson given in several runs, people invited by name, added and released (4.0, 5.3).
ALTER TABLE session ADD COLUMN topic_ids @JSON@;
ALTER TABLE session ADD COLUMN run @TEXT@ NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN group_id @TEXT@ NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN shifts @JSON@;
ALTER TABLE session ADD COLUMN invited @JSON@;
ALTER TABLE session ADD COLUMN added @JSON@;
ALTER TABLE session ADD COLUMN released @JSON@;

-- What is put before somebody to decide. Of one kind and subject one may be open at a time.
CREATE TABLE proposal (
  id         @TEXT@ PRIMARY KEY,
  no         BIGINT NOT NULL UNIQUE,
  office     @TEXT@ NOT NULL REFERENCES office (id),
  kind       @TEXT@ NOT NULL CHECK (kind <> ''),
  subject    @TEXT@ NOT NULL,
  about      @TEXT@ REFERENCES person (id),
  made_by    @TEXT@ REFERENCES person (id),
  for_role   @TEXT@ NOT NULL,
  to_people  @JSON@ NOT NULL,
  clause     @TEXT@ NOT NULL,
  title      @TEXT@ NOT NULL CHECK (title <> ''),
  text       @TEXT@ NOT NULL,
  buttons    @JSON@ NOT NULL,
  data       @JSON@ NOT NULL,
  state      @TEXT@ NOT NULL CHECK (state IN ('open', 'accepted', 'declined', 'dropped')),
  made_at    @TIMESTAMP@ NOT NULL,
  due_on     DATE,
  decider    @TEXT@ REFERENCES person (id),
  decided_at @TIMESTAMP@,
  reason     @TEXT@ NOT NULL,
  version    BIGINT NOT NULL CHECK (version > 0),
  CHECK ((state = 'open') = (decided_at IS NULL))
);
CREATE UNIQUE INDEX proposal_once ON proposal (office, kind, subject) WHERE state = 'open';
CREATE INDEX proposal_open ON proposal (office, made_at) WHERE state = 'open';
CREATE INDEX proposal_about ON proposal (about, made_at);
