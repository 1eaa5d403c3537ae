-- Retake chains (6.2.3): what follows a failed assessment until it is passed. One a person and
-- assessment; it goes with the person to another office.
CREATE TABLE chain (
  id          @TEXT@ PRIMARY KEY,
  office      @TEXT@ NOT NULL REFERENCES office (id),
  person      @TEXT@ NOT NULL REFERENCES person (id),
  assessment  @TEXT@ NOT NULL CHECK (assessment <> ''),
  kind        @TEXT@ NOT NULL,
  code        @TEXT@ NOT NULL,
  title       @TEXT@ NOT NULL CHECK (title <> ''),
  steps       @JSON@ NOT NULL,
  state       @TEXT@ NOT NULL CHECK (state IN ('open', 'passed', 'ended')),
  deadline_on DATE,
  paused      @TEXT@ NOT NULL,
  ended_on    DATE,
  reason      @TEXT@ NOT NULL,
  version     BIGINT NOT NULL CHECK (version > 0),
  UNIQUE (person, assessment),
  CHECK ((state = 'open') = (ended_on IS NULL)),
  CHECK (state <> 'ended' OR reason <> '')
);
CREATE INDEX chain_open ON chain (person) WHERE state = 'open';
