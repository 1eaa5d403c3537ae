-- Tokens: @TEXT@ is text that sorts by its bytes, @TIMESTAMP@ an instant in UTC, @JSON@ and @BYTES@.
-- Ids are made by the program. A column "version" counts the changes of its record: a change is
-- kept only when the record is still the one it was decided on.
-- Clauses ("5.1.2") are those of the office's procedure.

-- People and offices (3.1, 3.2).
CREATE TABLE office (
  id    @TEXT@ PRIMARY KEY,
  name  @TEXT@ NOT NULL UNIQUE CHECK (name <> ''),
  since DATE NOT NULL
);

CREATE TABLE person (
  id      @TEXT@ PRIMARY KEY,
  no      @TEXT@ NOT NULL UNIQUE CHECK (no <> ''),
  name    @TEXT@ NOT NULL CHECK (name <> ''),
  version BIGINT NOT NULL CHECK (version > 0)
);

-- handle is who somebody is on a chat platform: one account, one person.
CREATE TABLE handle (
  platform @TEXT@ NOT NULL,
  user_key @TEXT@ NOT NULL CHECK (user_key <> ''), -- user_id, without case where the platform has none
  user_id  @TEXT@ NOT NULL,
  person   @TEXT@ NOT NULL REFERENCES person (id),
  PRIMARY KEY (platform, user_key)
);
CREATE INDEX handle_person ON handle (person);

CREATE TABLE membership (
  person   @TEXT@ NOT NULL REFERENCES person (id),
  ord      INTEGER NOT NULL, -- the order recorded
  office   @TEXT@ NOT NULL REFERENCES office (id),
  roles    @JSON@ NOT NULL,
  shift    @TEXT@ NOT NULL,
  since_on DATE NOT NULL,
  until_on DATE,
  PRIMARY KEY (person, ord),
  CHECK (until_on IS NULL OR until_on >= since_on)
);
CREATE INDEX membership_office ON membership (office, person);

-- Plans and their versions (5.1, 5.4.5). One plan an office and period; of its versions at most one
-- is being written, one waits and one is in force.
CREATE TABLE plan (
  id      @TEXT@ PRIMARY KEY,
  no      BIGINT NOT NULL UNIQUE,
  office  @TEXT@ NOT NULL REFERENCES office (id),
  period  @TEXT@ NOT NULL CHECK (period <> ''),
  version BIGINT NOT NULL CHECK (version > 0),
  UNIQUE (office, period)
);

CREATE TABLE plan_version (
  plan         @TEXT@ NOT NULL REFERENCES plan (id),
  number       INTEGER NOT NULL CHECK (number > 0),
  state        @TEXT@ NOT NULL CHECK (state IN ('draft', 'submitted', 'approved', 'returned', 'withdrawn', 'superseded')),
  items        @JSON@ NOT NULL,
  item_count   INTEGER NOT NULL,
  drafted_by   @TEXT@ REFERENCES person (id),
  drafted_at   @TIMESTAMP@,
  submitted_by @TEXT@ REFERENCES person (id),
  submitted_at @TIMESTAMP@,
  days_late    INTEGER NOT NULL,
  decided_by   @TEXT@ REFERENCES person (id),
  decided_at   @TIMESTAMP@,
  decided_late INTEGER NOT NULL,
  self_decided BOOLEAN NOT NULL,
  reason       @TEXT@ NOT NULL,
  PRIMARY KEY (plan, number)
);
CREATE UNIQUE INDEX plan_one_draft ON plan_version (plan) WHERE state = 'draft';
CREATE UNIQUE INDEX plan_one_submitted ON plan_version (plan) WHERE state = 'submitted';
CREATE UNIQUE INDEX plan_one_approved ON plan_version (plan) WHERE state = 'approved';

-- Sessions (5.3). The roster is fixed when the session opens; NULL before.
CREATE TABLE session (
  id         @TEXT@ PRIMARY KEY,
  no         BIGINT NOT NULL UNIQUE,
  office     @TEXT@ NOT NULL REFERENCES office (id),
  plan       @TEXT@ REFERENCES plan (id),
  item       @TEXT@ NOT NULL,
  topics     @JSON@ NOT NULL,
  source     @TEXT@ NOT NULL,
  lecturer   @TEXT@ REFERENCES person (id),
  starts_at  @TIMESTAMP@ NOT NULL,
  ends_at    @TIMESTAMP@ NOT NULL,
  room       @TEXT@ NOT NULL,
  state      @TEXT@ NOT NULL CHECK (state IN ('planned', 'open', 'closed', 'cancelled')),
  roster     @JSON@,
  secret     @BYTES@,
  opened_at  @TIMESTAMP@,
  closed_at  @TIMESTAMP@,
  close_note @TEXT@ NOT NULL,
  reason     @TEXT@ NOT NULL,
  version    BIGINT NOT NULL CHECK (version > 0),
  CHECK (ends_at >= starts_at),
  CHECK (state NOT IN ('open', 'closed') OR roster IS NOT NULL)
);
CREATE INDEX session_office ON session (office, starts_at);
CREATE INDEX session_plan ON session (plan);

-- Presence (5.3.4): at most one a person and session. The key is also the index of "who is missing":
-- the whole of a session lies together, with the person in it. A presence by hand says who and why.
CREATE TABLE attendance (
  session   @TEXT@ NOT NULL REFERENCES session (id),
  person    @TEXT@ NOT NULL REFERENCES person (id),
  at        @TIMESTAMP@ NOT NULL,
  late      INTEGER NOT NULL CHECK (late >= 0),
  way       @TEXT@ NOT NULL CHECK (way IN ('code', 'hand')),
  marked_by @TEXT@ REFERENCES person (id),
  reason    @TEXT@ NOT NULL,
  message   @TEXT@ NOT NULL,
  PRIMARY KEY (session, person),
  CHECK (way <> 'hand' OR (marked_by IS NOT NULL AND reason <> ''))
);
CREATE INDEX attendance_person ON attendance (person, at);

-- Matters done by hand, and the State Council's notices.
CREATE TABLE settled (
  office  @TEXT@ NOT NULL REFERENCES office (id),
  kind    @TEXT@ NOT NULL,
  subject @TEXT@ NOT NULL,
  at      @TIMESTAMP@,
  PRIMARY KEY (office, kind, subject)
);

CREATE TABLE holiday_year (
  year   INTEGER PRIMARY KEY,
  source @TEXT@ NOT NULL,
  days   @JSON@ NOT NULL,
  at     @TIMESTAMP@
);

-- The log: appended to, never changed (see the next migration). It outlives what it speaks of and
-- so points at nothing. Its key is its only index: the newest lines of an office.
CREATE TABLE audit (
  office  @TEXT@ NOT NULL,
  at      @TIMESTAMP@ NOT NULL,
  id      @TEXT@ NOT NULL,
  actor   @TEXT@ NOT NULL,
  act     @TEXT@ NOT NULL CHECK (act <> ''),
  subject @TEXT@ NOT NULL,
  clause  @TEXT@ NOT NULL,
  text    @TEXT@ NOT NULL,
  PRIMARY KEY (office, at, id)
);

-- The messages that were decided on, each with the answer it got: the same message again gets the
-- same answer and changes nothing.
CREATE TABLE inbox (
  message  @TEXT@ PRIMARY KEY CHECK (message <> ''),
  platform @TEXT@ NOT NULL,
  user_id  @TEXT@ NOT NULL,
  at       @TIMESTAMP@ NOT NULL,
  answer   @JSON@ NOT NULL
);
CREATE INDEX inbox_at ON inbox (at);

-- What somebody is expected to say next. The owner is a person's id, or platform:user of somebody
-- who is not known yet.
CREATE TABLE question (
  owner   @TEXT@ PRIMARY KEY,
  kind    @TEXT@ NOT NULL CHECK (kind IN ('fill', 'confirm')),
  line    @TEXT@ NOT NULL,
  expires @TIMESTAMP@ NOT NULL
);

-- The numbers people say (P7, S31): without gaps, because they are taken in the transaction that
-- uses them.
CREATE TABLE counter (
  kind @TEXT@ PRIMARY KEY,
  last BIGINT NOT NULL
);

CREATE TABLE tick (
  name @TEXT@ PRIMARY KEY,
  at   @TIMESTAMP@ NOT NULL
);

-- A promise to tell people one thing once: the key is the once. Whom is in the outbox.
CREATE TABLE notice (
  key      @TEXT@ PRIMARY KEY CHECK (key <> ''),
  thread   @TEXT@ NOT NULL,
  office   @TEXT@ NOT NULL,
  kind     @TEXT@ NOT NULL,
  stage    @TEXT@ NOT NULL,
  clause   @TEXT@ NOT NULL,
  at       @TIMESTAMP@ NOT NULL,
  deadline DATE,
  body     @JSON@ NOT NULL,
  why      @TEXT@ NOT NULL,
  expires  @TIMESTAMP@
);
CREATE INDEX notice_thread ON notice (thread, at) WHERE thread <> '';

-- What is on its way to people. run_at is when a row may next be taken; while a worker has it, it is
-- the end of the lease. "over" says that the thread ended while a worker had the row: it is not
-- tried again, and a card that got out is brought up to date with "settlement".
CREATE TABLE outbox (
  id          @TEXT@ PRIMARY KEY,
  key         @TEXT@ NOT NULL UNIQUE CHECK (key <> ''),
  kind        @TEXT@ NOT NULL CHECK (kind IN ('notice', 'answer', 'update')),
  notice      @TEXT@ REFERENCES notice (key),
  thread      @TEXT@ NOT NULL,
  office      @TEXT@ NOT NULL,
  platform    @TEXT@ NOT NULL,
  person      @TEXT@ NOT NULL, -- set when the row is for one person alone
  recipients  @JSON@ NOT NULL,
  body        @JSON@ NOT NULL,
  target      @JSON@,          -- of an update: the receipt of the card
  buttons     BOOLEAN NOT NULL,
  state       @TEXT@ NOT NULL CHECK (state IN ('ready', 'leased', 'sent', 'dead', 'replaced', 'withdrawn', 'moot', 'expired')),
  attempt     INTEGER NOT NULL CHECK (attempt >= 0),
  run_at      @TIMESTAMP@ NOT NULL,
  lease_owner @TEXT@ NOT NULL,
  over        BOOLEAN NOT NULL,
  settlement  @JSON@,
  updates     INTEGER NOT NULL,
  receipt     @JSON@,
  reason      @TEXT@ NOT NULL,
  expires_at  @TIMESTAMP@,
  created_at  @TIMESTAMP@ NOT NULL,
  settled_at  @TIMESTAMP@,
  CHECK ((state = 'leased') = (lease_owner <> ''))
);
-- A tick with nothing to do looks at one page of this, however many rows have been sent.
CREATE INDEX outbox_due ON outbox (run_at, id) WHERE state IN ('ready', 'leased');
CREATE INDEX outbox_dead ON outbox (created_at, id) WHERE state = 'dead';
CREATE INDEX outbox_thread ON outbox (thread) WHERE thread <> '';
CREATE INDEX outbox_notice ON outbox (notice) WHERE notice IS NOT NULL;
CREATE INDEX outbox_sent ON outbox (office, settled_at) WHERE state = 'sent';
CREATE INDEX outbox_old ON outbox (settled_at) WHERE settled_at IS NOT NULL;
