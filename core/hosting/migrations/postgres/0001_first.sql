-- The whole of the first schema. Times are milliseconds since 1970 (UTC), `_ms`; sizes are bytes.
-- Secrets and tokens are here as SHA-256 only. A published step is never edited: add the next file.
-- The same tables as for SQLite. What is ordered or compared as a name goes by its bytes, whatever
-- the server's language: `COLLATE "C"`. Truth is SMALLINT 0 or 1, so that one SQL text fits both.

CREATE TABLE libraries (
    id TEXT COLLATE "C" PRIMARY KEY,
    secret_hash BYTEA NOT NULL CHECK (length(secret_hash) = 32),
    remark TEXT NOT NULL,
    settings TEXT NOT NULL,               -- JSON, `LibrarySettings`
    created_ms BIGINT NOT NULL
);

-- A library of one space has the space `-` from its creation on.
CREATE TABLE spaces (
    key BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    library TEXT COLLATE "C" NOT NULL REFERENCES libraries (id),
    id TEXT COLLATE "C" NOT NULL,
    root BIGINT,                          -- set in the transaction that makes the space
    user_id TEXT COLLATE "C" NOT NULL,    -- who made it
    created_ms BIGINT NOT NULL,
    extension TEXT NOT NULL,              -- JSON, `SpaceExtension`
    UNIQUE (library, id)
);
CREATE INDEX spaces_by_root ON spaces (root);

CREATE TABLE tokens (
    hash BYTEA PRIMARY KEY CHECK (length(hash) = 32),
    library TEXT COLLATE "C" NOT NULL REFERENCES libraries (id),
    spaces TEXT COLLATE "C" NOT NULL,     -- comma separated; empty: none named
    user_id TEXT COLLATE "C" NOT NULL,
    client_id TEXT COLLATE "C" NOT NULL,
    session_id TEXT COLLATE "C" NOT NULL,
    grants TEXT NOT NULL,                 -- comma separated
    period_s BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL            -- last written use + period
);
CREATE INDEX tokens_by_holder ON tokens (library, user_id, client_id);
CREATE INDEX tokens_by_end ON tokens (expires_ms);

-- Immutable content in the object store. A row is there as long as a node or a version refers to
-- it.
CREATE TABLE objects (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key TEXT COLLATE "C" NOT NULL UNIQUE,
    size BIGINT NOT NULL,
    crc64 BIGINT NOT NULL,                -- the unsigned value, its bits kept
    etag TEXT NOT NULL
);

-- Keys whose content nothing refers to any more: to be deleted from the object store.
CREATE TABLE orphan_objects (
    key TEXT COLLATE "C" PRIMARY KEY,
    since_ms BIGINT NOT NULL
);

-- The trees. A root has no parent and no name. What was deleted to the bin has no parent either,
-- and a row in `recycled`; what is below it stays below it, so that delete and restore touch one
-- row.
CREATE TABLE nodes (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- is the inode as well
    space BIGINT NOT NULL REFERENCES spaces (key),
    parent BIGINT REFERENCES nodes (id),
    name TEXT COLLATE "C" NOT NULL,
    leaf SMALLINT NOT NULL CHECK (leaf IN (0, 1)),
    kind TEXT NOT NULL CHECK (kind IN ('dir', 'file', 'image', 'video', 'symlink', 'virtual')),
    created_ms BIGINT NOT NULL,           -- first upload of a leaf
    modified_ms BIGINT NOT NULL,          -- last overwrite; of a directory, last change of its list
    uploaded_ms BIGINT NOT NULL,          -- last upload of a leaf
    revision BIGINT NOT NULL DEFAULT 1,   -- leaf: versionId; directory: grows with its list
    object BIGINT REFERENCES objects (id),
    size BIGINT,
    content_type TEXT,
    meta TEXT,                            -- JSON object, keys with x-smh-meta-
    labels TEXT,                          -- JSON array
    category TEXT,
    local_created TEXT COLLATE "C",
    local_modified TEXT COLLATE "C",
    user_id TEXT COLLATE "C" NOT NULL,
    UNIQUE (parent, name)
);
ALTER TABLE spaces ADD FOREIGN KEY (root) REFERENCES nodes (id);
CREATE INDEX nodes_by_name ON nodes (parent, leaf, name);
CREATE INDEX nodes_by_upload ON nodes (parent, leaf, uploaded_ms);
CREATE INDEX nodes_by_space ON nodes (space);
CREATE INDEX nodes_by_object ON nodes (object);

-- Content that an overwrite replaced, kept while the library's history is on.
CREATE TABLE versions (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    node BIGINT NOT NULL REFERENCES nodes (id),
    version BIGINT NOT NULL,              -- the node's revision when this was its content
    object BIGINT NOT NULL REFERENCES objects (id),
    content_type TEXT NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    created_ms BIGINT NOT NULL,           -- when that content was uploaded
    replaced_ms BIGINT NOT NULL,
    UNIQUE (node, version)
);
CREATE INDEX versions_by_object ON versions (object);
CREATE INDEX versions_by_age ON versions (replaced_ms);

-- The bin: one row a deletion.
CREATE TABLE recycled (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    space BIGINT NOT NULL REFERENCES spaces (key),
    node BIGINT NOT NULL UNIQUE REFERENCES nodes (id),
    path TEXT NOT NULL,                   -- JSON array of names: where it was
    size BIGINT NOT NULL,                 -- of everything in it
    removed_ms BIGINT NOT NULL,
    purge_ms BIGINT                       -- when it goes by itself; NULL: never
);
CREATE INDEX recycled_by_space ON recycled (space, id);
CREATE INDEX recycled_by_end ON recycled (purge_ms) WHERE purge_ms IS NOT NULL;

-- Upload sessions from begin to a week after.
CREATE TABLE uploads (
    confirm_key TEXT COLLATE "C" PRIMARY KEY,
    library TEXT COLLATE "C" NOT NULL,
    space BIGINT NOT NULL,                -- a key of `spaces`; may be gone
    parent BIGINT NOT NULL,               -- a node; may be gone by the time of confirm
    name TEXT COLLATE "C" NOT NULL,       -- as wished at begin
    kind TEXT NOT NULL,
    strategy TEXT NOT NULL,
    content_cas TEXT NOT NULL,            -- empty: none asked for
    user_id TEXT COLLATE "C" NOT NULL,
    client_id TEXT COLLATE "C" NOT NULL,
    object_key TEXT COLLATE "C" NOT NULL UNIQUE,
    multipart_id TEXT,                    -- NULL: simple
    content_type TEXT NOT NULL,
    size BIGINT,                          -- as declared
    beginning_hash TEXT,
    full_hash TEXT,
    meta TEXT,
    labels TEXT,
    category TEXT,
    local_created TEXT COLLATE "C",
    local_modified TEXT COLLATE "C",
    state TEXT NOT NULL CHECK (state IN ('open', 'confirmed', 'cancelled', 'fenced')),
    begun_ms BIGINT NOT NULL,
    ended_ms BIGINT,                      -- confirmed, cancelled or fenced
    settled SMALLINT NOT NULL DEFAULT 0,  -- the object store was told how it ended
    reply TEXT                            -- JSON, `ConfirmedFile`: what a repeated confirm hears
);
CREATE INDEX uploads_by_holder ON uploads (library, user_id, client_id);
CREATE INDEX uploads_by_state ON uploads (state);
CREATE INDEX uploads_by_space ON uploads (space);
CREATE INDEX uploads_unsettled ON uploads (state) WHERE settled = 0 AND state <> 'open';
