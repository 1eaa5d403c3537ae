-- How an act can be taken back by the one who did it, for a short while (mission E18).
ALTER TABLE audit ADD COLUMN undo @JSON@;
