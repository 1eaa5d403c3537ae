-- Assessments with all their sittings (5.4.2, 5.4.3): one for a month or a quarter of an office.
CREATE TABLE assessment (
  id          @TEXT@ PRIMARY KEY,
  no          BIGINT NOT NULL UNIQUE,
  office      @TEXT@ NOT NULL REFERENCES office (id),
  kind        @TEXT@ NOT NULL CHECK (kind IN ('monthly', 'fire')),
  subject     @TEXT@ NOT NULL CHECK (subject <> ''),
  parts       @JSON@ NOT NULL,
  topics      @JSON@ NOT NULL,
  taught      @JSON@ NOT NULL,
  candidates  @JSON@ NOT NULL,
  slots       @JSON@ NOT NULL,
  together    @TEXT@ REFERENCES assessment (id),
  state       @TEXT@ NOT NULL CHECK (state IN ('open', 'held', 'closed')),
  opened_by   @TEXT@ NOT NULL REFERENCES person (id),
  opened_at   @TIMESTAMP@ NOT NULL,
  last_paper  DATE,
  missing     @JSON@ NOT NULL,
  reported    INTEGER NOT NULL CHECK (reported >= 0),
  analysed    BOOLEAN NOT NULL,
  draft       @TEXT@ NOT NULL,
  paper_from  @TIMESTAMP@,
  paper_until @TIMESTAMP@,
  version     BIGINT NOT NULL CHECK (version > 0),
  UNIQUE (office, kind, subject),
  CHECK ((state = 'open') = (last_paper IS NULL))
);
CREATE INDEX assessment_running ON assessment (office) WHERE state <> 'closed';

-- The scores: appended to, never changed; a correction names the entry it replaces.
CREATE TABLE score (
  id         @TEXT@ PRIMARY KEY,
  assessment @TEXT@ NOT NULL REFERENCES assessment (id),
  person     @TEXT@ NOT NULL REFERENCES person (id),
  sitting    INTEGER NOT NULL CHECK (sitting > 0),
  part       @TEXT@ NOT NULL CHECK (part IN ('written', 'practical')),
  points     INTEGER NOT NULL CHECK (points BETWEEN 0 AND 100),
  absent     BOOLEAN NOT NULL,
  checked    INTEGER NOT NULL CHECK (checked >= 0),
  missed     @JSON@ NOT NULL,
  conflicts  @JSON@ NOT NULL,
  wrong      @JSON@ NOT NULL,
  source     @TEXT@ NOT NULL,
  reason     @TEXT@ NOT NULL,
  entered_by @TEXT@ NOT NULL REFERENCES person (id),
  at         @TIMESTAMP@ NOT NULL,
  replaces   @TEXT@ UNIQUE REFERENCES score (id),
  CHECK (replaces IS NULL OR reason <> '')
);
CREATE UNIQUE INDEX score_once ON score (assessment, person, sitting, part) WHERE replaces IS NULL;
CREATE INDEX score_person ON score (person, at);

-- What was made of the results (5.4.4): appended to.
CREATE TABLE analysis (
  id         @TEXT@ PRIMARY KEY,
  assessment @TEXT@ NOT NULL REFERENCES assessment (id),
  sitting    INTEGER NOT NULL CHECK (sitting > 0),
  text       @TEXT@ NOT NULL CHECK (text <> ''),
  revise     BOOLEAN NOT NULL,
  reason     @TEXT@ NOT NULL,
  made_by    @TEXT@ NOT NULL REFERENCES person (id),
  at         @TIMESTAMP@ NOT NULL,
  CHECK (revise OR reason <> '')
);
CREATE INDEX analysis_assessment ON analysis (assessment, at);

-- Papers answered by chat and practical checks being taken.
CREATE TABLE paper (
  id         @TEXT@ PRIMARY KEY,
  no         BIGINT NOT NULL UNIQUE,
  office     @TEXT@ NOT NULL REFERENCES office (id),
  kind       @TEXT@ NOT NULL CHECK (kind IN ('practice', 'written', 'check')),
  person     @TEXT@ NOT NULL REFERENCES person (id),
  examiner   @TEXT@ REFERENCES person (id),
  assessment @TEXT@ REFERENCES assessment (id),
  sitting    INTEGER NOT NULL,
  topic      @TEXT@ NOT NULL,
  items      @JSON@ NOT NULL,
  answers    @JSON@ NOT NULL,
  notes      @JSON@ NOT NULL,
  started    @TIMESTAMP@ NOT NULL,
  until_at   @TIMESTAMP@,
  over       BOOLEAN NOT NULL,
  version    BIGINT NOT NULL CHECK (version > 0),
  CHECK ((kind = 'practice') = (assessment IS NULL)),
  CHECK ((kind = 'check') = (examiner IS NOT NULL))
);
CREATE UNIQUE INDEX paper_once ON paper (assessment, person, sitting) WHERE kind = 'written';
CREATE INDEX paper_person ON paper (person, started);
CREATE INDEX paper_assessment ON paper (assessment);

-- The office's own questions, beside the bank that comes with the program.
CREATE TABLE question_bank (
  id       @TEXT@ PRIMARY KEY,
  no       BIGINT NOT NULL UNIQUE,
  office   @TEXT@ NOT NULL REFERENCES office (id),
  topic    @TEXT@ NOT NULL,
  text     @TEXT@ NOT NULL CHECK (text <> ''),
  options  @JSON@ NOT NULL,
  why      @TEXT@ NOT NULL,
  retired  BOOLEAN NOT NULL,
  added_by @TEXT@ NOT NULL REFERENCES person (id),
  version  BIGINT NOT NULL CHECK (version > 0)
);
CREATE INDEX question_bank_office ON question_bank (office, topic);
