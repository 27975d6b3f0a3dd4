-- What each space holds, kept with every change of a tree so that nobody has to count; links; the
-- change feed. The same tables as for SQLite.

CREATE TABLE usages (
    space BIGINT PRIMARY KEY REFERENCES spaces (key),
    bytes BIGINT NOT NULL,               -- of the tree
    files BIGINT NOT NULL,
    dirs BIGINT NOT NULL,                -- without the root
    bin_bytes BIGINT NOT NULL,
    bin_files BIGINT NOT NULL,
    bin_dirs BIGINT NOT NULL,
    history_bytes BIGINT NOT NULL,       -- of earlier content, in the tree and in the bin
    history_files BIGINT NOT NULL
);

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
ALTER TABLE nodes ADD COLUMN target BIGINT REFERENCES nodes (id);
CREATE INDEX nodes_by_target ON nodes (target) WHERE target IS NOT NULL;

-- The change feed, in commit order within a space.
CREATE TABLE changes (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    space BIGINT NOT NULL,               -- a key of `spaces`; may be gone
    at_ms BIGINT NOT NULL,
    event TEXT NOT NULL                   -- JSON, `ChangeEvent`
);
CREATE INDEX changes_by_space ON changes (space, id);
CREATE INDEX changes_by_age ON changes (at_ms);
