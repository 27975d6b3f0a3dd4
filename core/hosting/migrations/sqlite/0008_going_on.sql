-- Finds the open session that a repeated begin goes on with, however many its device had before.
-- As many columns as the query names: else its planner takes the index by holder, and walks them all.
CREATE INDEX uploads_open ON uploads (space, parent, name, begun_ms) WHERE state = 'open';
