-- The session that a session goes on with: one that was fenced, by another device of its user.

ALTER TABLE uploads ADD COLUMN adopted_from TEXT COLLATE "C";
CREATE UNIQUE INDEX uploads_adopted ON uploads (adopted_from) WHERE adopted_from IS NOT NULL;
