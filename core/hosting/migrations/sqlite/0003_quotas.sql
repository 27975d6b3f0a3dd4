-- Quotas and what they removed; how long each space's bin keeps things and what was emptied from
-- it; spaces that go away bit by bit; which content was made the latest again; leases.

CREATE TABLE quotas (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    library TEXT NOT NULL REFERENCES libraries (id),
    capacity INTEGER NOT NULL,
    remove_when_exceed INTEGER NOT NULL CHECK (remove_when_exceed IN (0, 1)),
    remove_after_days INTEGER NOT NULL,
    remove_newest INTEGER NOT NULL CHECK (remove_newest IN (0, 1)),
    over_since_ms INTEGER                 -- when it was first seen over its limit; NULL: it is not
) STRICT;
CREATE INDEX quotas_by_library ON quotas (library);

CREATE TABLE quota_spaces (
    space INTEGER PRIMARY KEY REFERENCES spaces (key),
    quota INTEGER NOT NULL REFERENCES quotas (id)
) STRICT;
CREATE INDEX quota_spaces_by_quota ON quota_spaces (quota);

-- Leaves whose content a quota took; the record outlives the node.
CREATE TABLE quota_removals (
    node INTEGER PRIMARY KEY,             -- may be gone
    space INTEGER NOT NULL,               -- a key of `spaces`; may be gone
    removed_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX quota_removals_by_age ON quota_removals (removed_ms);

-- A leaf: when a quota took its content; when earlier content became its latest again, and which.
ALTER TABLE nodes ADD COLUMN quota_removed_ms INTEGER;
ALTER TABLE nodes ADD COLUMN latest_set_ms INTEGER;
ALTER TABLE nodes ADD COLUMN latest_from INTEGER;

CREATE INDEX nodes_made_latest ON nodes (latest_from) WHERE latest_from IS NOT NULL;

-- A doomed space is gone for everybody; its rows go bit by bit.
ALTER TABLE spaces ADD COLUMN doomed INTEGER NOT NULL DEFAULT 0 CHECK (doomed IN (0, 1));
-- Bytes a second for downloads; NULL: no limit.
ALTER TABLE spaces ADD COLUMN traffic_limit INTEGER;
-- Days in the bin; NULL: as the library has it.
ALTER TABLE spaces ADD COLUMN bin_days INTEGER;
-- Items of the bin up to this number were emptied: gone for everybody, their rows go bit by bit.
ALTER TABLE spaces ADD COLUMN bin_emptied INTEGER NOT NULL DEFAULT 0;
CREATE INDEX spaces_doomed ON spaces (key) WHERE doomed = 1;
CREATE INDEX spaces_emptied ON spaces (key) WHERE bin_emptied > 0;

-- Items up to a number stay for so many days at least: the bin was told to keep things longer.
CREATE TABLE bin_floors (
    space INTEGER NOT NULL REFERENCES spaces (key),
    upto INTEGER NOT NULL,
    days INTEGER NOT NULL,
    PRIMARY KEY (space, upto)
) STRICT, WITHOUT ROWID;

-- A purged item is gone for everybody, and told of; its rows go bit by bit.
ALTER TABLE recycled ADD COLUMN purged INTEGER NOT NULL DEFAULT 0 CHECK (purged IN (0, 1));
CREATE INDEX recycled_purged ON recycled (space, id) WHERE purged = 1;

-- Content of a session that came to nothing goes at once; what was a file waits for some time.
ALTER TABLE orphan_objects ADD COLUMN prompt INTEGER NOT NULL DEFAULT 0 CHECK (prompt IN (0, 1));
CREATE INDEX orphan_objects_by_age ON orphan_objects (prompt, since_ms);

-- What one instance of the service alone does for a while.
CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    until_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The history of a whole library being cleared, version after version.
CREATE TABLE history_clears (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    library TEXT NOT NULL,
    upto INTEGER NOT NULL,                -- later versions are none of its business
    reached INTEGER NOT NULL DEFAULT 0,   -- versions up to here have gone
    deleted INTEGER NOT NULL DEFAULT 0,   -- how many went
    created_ms INTEGER NOT NULL,
    ended_ms INTEGER                      -- NULL while it runs
) STRICT;
CREATE INDEX history_clears_by_library ON history_clears (library, id);
