-- The whole of the first schema. Times are milliseconds since 1970 (UTC), `_ms`; sizes are bytes.
-- Secrets and tokens are here as SHA-256 only. A published step is never edited: add the next file.

CREATE TABLE libraries (
    id TEXT PRIMARY KEY,
    secret_hash BLOB NOT NULL CHECK (length(secret_hash) = 32),
    remark TEXT NOT NULL,
    settings TEXT NOT NULL,               -- JSON, `LibrarySettings`
    created_ms INTEGER NOT NULL
) STRICT;

-- A library of one space has the space `-` from its creation on.
CREATE TABLE spaces (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    library TEXT NOT NULL REFERENCES libraries (id),
    id TEXT NOT NULL,
    root INTEGER REFERENCES nodes (id),   -- set in the transaction that makes the space
    user_id TEXT NOT NULL,                -- who made it
    created_ms INTEGER NOT NULL,
    extension TEXT NOT NULL,              -- JSON, `SpaceExtension`
    UNIQUE (library, id)
) STRICT;
CREATE INDEX spaces_by_root ON spaces (root);

CREATE TABLE tokens (
    hash BLOB PRIMARY KEY CHECK (length(hash) = 32),
    library TEXT NOT NULL REFERENCES libraries (id),
    spaces TEXT NOT NULL,                 -- comma separated; empty: none named
    user_id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    session_id TEXT NOT NULL,
    grants TEXT NOT NULL,                 -- comma separated
    period_s INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL           -- last written use + period
) STRICT, WITHOUT ROWID;
CREATE INDEX tokens_by_holder ON tokens (library, user_id, client_id);
CREATE INDEX tokens_by_end ON tokens (expires_ms);

-- Immutable content in the object store. A row is there as long as a node or a version refers to
-- it.
CREATE TABLE objects (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    size INTEGER NOT NULL,
    crc64 INTEGER NOT NULL,               -- the unsigned value, its bits kept
    etag TEXT NOT NULL
) STRICT;

-- Keys whose content nothing refers to any more: to be deleted from the object store.
CREATE TABLE orphan_objects (
    key TEXT PRIMARY KEY,
    since_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The trees. A root has no parent and no name. What was deleted to the bin has no parent either,
-- and a row in `recycled`; what is below it stays below it, so that delete and restore touch one
-- row.
CREATE TABLE nodes (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- is the inode as well
    space INTEGER NOT NULL REFERENCES spaces (key),
    parent INTEGER REFERENCES nodes (id),
    name TEXT NOT NULL,
    leaf INTEGER NOT NULL CHECK (leaf IN (0, 1)),
    kind TEXT NOT NULL CHECK (kind IN ('dir', 'file', 'image', 'video', 'symlink', 'virtual')),
    created_ms INTEGER NOT NULL,          -- first upload of a leaf
    modified_ms INTEGER NOT NULL,         -- last overwrite; of a directory, last change of its list
    uploaded_ms INTEGER NOT NULL,         -- last upload of a leaf
    revision INTEGER NOT NULL DEFAULT 1,  -- leaf: versionId; directory: grows with its list
    object INTEGER REFERENCES objects (id),
    size INTEGER,
    content_type TEXT,
    meta TEXT,                            -- JSON object, keys with x-smh-meta-
    labels TEXT,                          -- JSON array
    category TEXT,
    local_created TEXT,
    local_modified TEXT,
    user_id TEXT NOT NULL,
    UNIQUE (parent, name)
) STRICT;
CREATE INDEX nodes_by_name ON nodes (parent, leaf, name);
CREATE INDEX nodes_by_upload ON nodes (parent, leaf, uploaded_ms);
CREATE INDEX nodes_by_space ON nodes (space);
CREATE INDEX nodes_by_object ON nodes (object);

-- Content that an overwrite replaced, kept while the library's history is on.
CREATE TABLE versions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    node INTEGER NOT NULL REFERENCES nodes (id),
    version INTEGER NOT NULL,             -- the node's revision when this was its content
    object INTEGER NOT NULL REFERENCES objects (id),
    content_type TEXT NOT NULL,
    user_id TEXT NOT NULL,
    created_ms INTEGER NOT NULL,          -- when that content was uploaded
    replaced_ms INTEGER NOT NULL,
    UNIQUE (node, version)
) STRICT;
CREATE INDEX versions_by_object ON versions (object);
CREATE INDEX versions_by_age ON versions (replaced_ms);

-- The bin: one row a deletion.
CREATE TABLE recycled (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    space INTEGER NOT NULL REFERENCES spaces (key),
    node INTEGER NOT NULL UNIQUE REFERENCES nodes (id),
    path TEXT NOT NULL,                   -- JSON array of names: where it was
    size INTEGER NOT NULL,                -- of everything in it
    removed_ms INTEGER NOT NULL,
    purge_ms INTEGER                      -- when it goes by itself; NULL: never
) STRICT;
CREATE INDEX recycled_by_space ON recycled (space, id);
CREATE INDEX recycled_by_end ON recycled (purge_ms) WHERE purge_ms IS NOT NULL;

-- Upload sessions from begin to a week after.
CREATE TABLE uploads (
    confirm_key TEXT PRIMARY KEY,
    library TEXT NOT NULL,
    space INTEGER NOT NULL,               -- a key of `spaces`; may be gone
    parent INTEGER NOT NULL,              -- a node; may be gone by the time of confirm
    name TEXT NOT NULL,                   -- as wished at begin
    kind TEXT NOT NULL,
    strategy TEXT NOT NULL,
    content_cas TEXT NOT NULL,            -- empty: none asked for
    user_id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    object_key TEXT NOT NULL UNIQUE,
    multipart_id TEXT,                    -- NULL: simple
    content_type TEXT NOT NULL,
    size INTEGER,                         -- as declared
    beginning_hash TEXT,
    full_hash TEXT,
    meta TEXT,
    labels TEXT,
    category TEXT,
    local_created TEXT,
    local_modified TEXT,
    state TEXT NOT NULL CHECK (state IN ('open', 'confirmed', 'cancelled', 'fenced')),
    begun_ms INTEGER NOT NULL,
    ended_ms INTEGER,                     -- confirmed, cancelled or fenced
    settled INTEGER NOT NULL DEFAULT 0,   -- the object store was told how it ended
    reply TEXT                            -- JSON, `ConfirmedFile`: what a repeated confirm hears
) STRICT, WITHOUT ROWID;
CREATE INDEX uploads_by_holder ON uploads (library, user_id, client_id);
CREATE INDEX uploads_by_state ON uploads (state);
CREATE INDEX uploads_by_space ON uploads (space);
CREATE INDEX uploads_unsettled ON uploads (state) WHERE settled = 0 AND state <> 'open';
