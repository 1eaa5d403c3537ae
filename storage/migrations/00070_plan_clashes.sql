-- What stood against a version's lecturers when it was submitted: the approval card says it too.
ALTER TABLE plan_version ADD COLUMN clashes @TEXT@ NOT NULL DEFAULT '';
