-- Quotas and what they removed; how long each space's bin keeps things and what was emptied from
-- it; spaces that go away bit by bit; which content was made the latest again; leases.
-- The same tables as for SQLite.

CREATE TABLE quotas (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    library TEXT COLLATE "C" NOT NULL REFERENCES libraries (id),
    capacity BIGINT NOT NULL,
    remove_when_exceed SMALLINT NOT NULL CHECK (remove_when_exceed IN (0, 1)),
    remove_after_days BIGINT NOT NULL,
    remove_newest SMALLINT NOT NULL CHECK (remove_newest IN (0, 1)),
    over_since_ms BIGINT                 -- when it was first seen over its limit; NULL: it is not
);
CREATE INDEX quotas_by_library ON quotas (library);

CREATE TABLE quota_spaces (
    space BIGINT PRIMARY KEY REFERENCES spaces (key),
    quota BIGINT NOT NULL REFERENCES quotas (id)
);
CREATE INDEX quota_spaces_by_quota ON quota_spaces (quota);

-- Leaves whose content a quota took; the record outlives the node.
CREATE TABLE quota_removals (
    node BIGINT PRIMARY KEY,             -- may be gone
    space BIGINT NOT NULL,               -- a key of `spaces`; may be gone
    removed_ms BIGINT NOT NULL
);
CREATE INDEX quota_removals_by_age ON quota_removals (removed_ms);

-- A leaf: when a quota took its content; when earlier content became its latest again, and which.
ALTER TABLE nodes ADD COLUMN quota_removed_ms BIGINT;
ALTER TABLE nodes ADD COLUMN latest_set_ms BIGINT;
ALTER TABLE nodes ADD COLUMN latest_from BIGINT;

CREATE INDEX nodes_made_latest ON nodes (latest_from) WHERE latest_from IS NOT NULL;

-- A doomed space is gone for everybody; its rows go bit by bit.
ALTER TABLE spaces ADD COLUMN doomed SMALLINT NOT NULL DEFAULT 0 CHECK (doomed IN (0, 1));
-- Bytes a second for downloads; NULL: no limit.
ALTER TABLE spaces ADD COLUMN traffic_limit BIGINT;
-- Days in the bin; NULL: as the library has it.
ALTER TABLE spaces ADD COLUMN bin_days BIGINT;
-- Items of the bin up to this number were emptied: gone for everybody, their rows go bit by bit.
ALTER TABLE spaces ADD COLUMN bin_emptied BIGINT NOT NULL DEFAULT 0;
CREATE INDEX spaces_doomed ON spaces (key) WHERE doomed = 1;
CREATE INDEX spaces_emptied ON spaces (key) WHERE bin_emptied > 0;

-- Items up to a number stay for so many days at least: the bin was told to keep things longer.
CREATE TABLE bin_floors (
    space BIGINT NOT NULL REFERENCES spaces (key),
    upto BIGINT NOT NULL,
    days BIGINT NOT NULL,
    PRIMARY KEY (space, upto)
);

-- A purged item is gone for everybody, and told of; its rows go bit by bit.
ALTER TABLE recycled ADD COLUMN purged SMALLINT NOT NULL DEFAULT 0 CHECK (purged IN (0, 1));
CREATE INDEX recycled_purged ON recycled (space, id) WHERE purged = 1;

-- Content of a session that came to nothing goes at once; what was a file waits for some time.
ALTER TABLE orphan_objects ADD COLUMN prompt SMALLINT NOT NULL DEFAULT 0 CHECK (prompt IN (0, 1));
CREATE INDEX orphan_objects_by_age ON orphan_objects (prompt, since_ms);

-- What one instance of the service alone does for a while.
CREATE TABLE leases (
    name TEXT COLLATE "C" PRIMARY KEY,
    holder TEXT NOT NULL,
    until_ms BIGINT NOT NULL
);

-- The history of a whole library being cleared, version after version.
CREATE TABLE history_clears (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    library TEXT COLLATE "C" NOT NULL,
    upto BIGINT NOT NULL,                -- later versions are none of its business
    reached BIGINT NOT NULL DEFAULT 0,   -- versions up to here have gone
    deleted BIGINT NOT NULL DEFAULT 0,   -- how many went
    created_ms BIGINT NOT NULL,
    ended_ms BIGINT                      -- NULL while it runs
);
CREATE INDEX history_clears_by_library ON history_clears (library, id);
