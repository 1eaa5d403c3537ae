-- How many tries of a message were no fault of its own (a limit, wrong settings): they do not count
-- towards giving it up.
ALTER TABLE outbox ADD COLUMN waits INTEGER NOT NULL DEFAULT 0 CHECK (waits >= 0);
