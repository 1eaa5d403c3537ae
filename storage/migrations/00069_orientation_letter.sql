-- The theory test of a new hire's file has a letter and a count of its own, N, apart from the
-- assessments, which keep T: the chains of those who failed it are called after it.
INSERT INTO counter (kind, last) SELECT 'orientation', MAX(no) FROM orientation WHERE no > 0 HAVING COUNT(*) > 0;
UPDATE chain SET code = 'N' || SUBSTR(code, 2) WHERE kind = 'theory' AND code LIKE 'T%';
