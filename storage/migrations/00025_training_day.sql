-- The training day (5.3): who confirmed, declined and said they can come; the finished record; the
-- supervision of a drill. What was closed before records were kept counts as it did.
ALTER TABLE session ADD COLUMN confirmed_at @TIMESTAMP@;
ALTER TABLE session ADD COLUMN declined @JSON@;
ALTER TABLE session ADD COLUMN coming @JSON@;
ALTER TABLE session ADD COLUMN recorded_at @TIMESTAMP@;
ALTER TABLE session ADD COLUMN supervision @TEXT@ NOT NULL DEFAULT '' CHECK (supervision IN ('', 'supervised', 'unsupervised', 'accepted', 'refused'));
UPDATE session SET recorded_at = closed_at WHERE state = 'closed';
