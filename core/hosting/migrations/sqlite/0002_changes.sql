-- What each space holds, kept with every change of a tree so that nobody has to count; links; the
-- change feed.

CREATE TABLE usages (
    space INTEGER PRIMARY KEY REFERENCES spaces (key),
    bytes INTEGER NOT NULL,               -- of the tree
    files INTEGER NOT NULL,
    dirs INTEGER NOT NULL,                -- without the root
    bin_bytes INTEGER NOT NULL,
    bin_files INTEGER NOT NULL,
    bin_dirs INTEGER NOT NULL,
    history_bytes INTEGER NOT NULL,       -- of earlier content, in the tree and in the bin
    history_files INTEGER NOT NULL
) STRICT;

WITH RECURSIVE binned (id) AS (
    SELECT node FROM recycled UNION ALL SELECT n.id FROM nodes n JOIN binned b ON n.parent = b.id),
held AS (
    SELECT space, leaf, coalesce(size, 0) AS size, id IN (SELECT id FROM binned) AS in_bin
    FROM nodes WHERE parent IS NOT NULL OR id IN (SELECT id FROM binned))
INSERT INTO usages
SELECT s.key,
    coalesce((SELECT sum(size) FROM held h WHERE h.space = s.key AND NOT in_bin), 0),
    (SELECT count(*) FROM held h WHERE h.space = s.key AND NOT in_bin AND leaf = 1),
    (SELECT count(*) FROM held h WHERE h.space = s.key AND NOT in_bin AND leaf = 0),
    coalesce((SELECT sum(size) FROM held h WHERE h.space = s.key AND in_bin), 0),
    (SELECT count(*) FROM held h WHERE h.space = s.key AND in_bin AND leaf = 1),
    (SELECT count(*) FROM held h WHERE h.space = s.key AND in_bin AND leaf = 0),
    coalesce((SELECT sum(o.size) FROM versions v JOIN nodes n ON n.id = v.node
        JOIN objects o ON o.id = v.object WHERE n.space = s.key), 0),
    (SELECT count(*) FROM versions v JOIN nodes n ON n.id = v.node WHERE n.space = s.key)
FROM spaces s;

-- What a link leads to: a leaf of the same space. The link goes when its target does.
ALTER TABLE nodes ADD COLUMN target INTEGER REFERENCES nodes (id);
CREATE INDEX nodes_by_target ON nodes (target) WHERE target IS NOT NULL;

-- The change feed, in commit order within a space.
CREATE TABLE changes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    space INTEGER NOT NULL,               -- a key of `spaces`; may be gone
    at_ms INTEGER NOT NULL,
    event TEXT NOT NULL                   -- JSON, `ChangeEvent`
) STRICT;
CREATE INDEX changes_by_space ON changes (space, id);
CREATE INDEX changes_by_age ON changes (at_ms);
