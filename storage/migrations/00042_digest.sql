-- A digest tells several notices in one message: they are known through it, and it is withdrawn or
-- said anew without those that were settled before it went out.
ALTER TABLE notice ADD COLUMN told_in @TEXT@ NOT NULL DEFAULT '';
CREATE INDEX notice_told_in ON notice (told_in) WHERE told_in <> '';
