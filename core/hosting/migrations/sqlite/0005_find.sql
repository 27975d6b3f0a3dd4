-- Searches that older clients page through, favourites, recently used files, shares. A node that is
-- named here may be gone: its id is never given to another.

CREATE TABLE searches (
    id TEXT PRIMARY KEY,
    space INTEGER NOT NULL,               -- a key of `spaces`
    user_id TEXT NOT NULL,
    question TEXT NOT NULL,               -- JSON, `rules::search::Question`
    expires_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX searches_by_user ON searches (space, user_id, expires_ms);
CREATE INDEX searches_by_end ON searches (expires_ms);

CREATE TABLE favorites (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    space INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    node INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    UNIQUE (space, user_id, node)
) STRICT;
CREATE INDEX favorites_by_time ON favorites (space, user_id, at_ms, id);

CREATE TABLE recents (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    space INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    node INTEGER NOT NULL,
    action TEXT NOT NULL CHECK (action IN ('preview', 'modify')),
    at_ms INTEGER NOT NULL,
    UNIQUE (space, user_id, node, action)
) STRICT;
CREATE INDEX recents_by_time ON recents (space, user_id, at_ms, id);

CREATE TABLE shares (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id TEXT NOT NULL UNIQUE,       -- names it to its owner
    code TEXT NOT NULL UNIQUE,            -- in the link: who has it may ask
    library TEXT NOT NULL REFERENCES libraries (id),
    space INTEGER NOT NULL REFERENCES spaces (key),
    creator TEXT NOT NULL,
    name TEXT NOT NULL,
    folded TEXT NOT NULL,                 -- the name in lower case
    sealed BLOB,                          -- the extraction code, encrypted; NULL: none
    expires_ms INTEGER,                   -- NULL: permanent
    can_preview INTEGER NOT NULL,
    can_download INTEGER NOT NULL,
    can_save INTEGER NOT NULL,
    login_needed INTEGER NOT NULL,
    preview_limit INTEGER,                -- NULL: none
    download_limit INTEGER,
    user_limit INTEGER,
    preview_used INTEGER NOT NULL DEFAULT 0,
    download_used INTEGER NOT NULL DEFAULT 0,
    to_users TEXT NOT NULL,               -- JSON array; empty: everybody
    owner_enabled INTEGER NOT NULL DEFAULT 1,
    admin_enabled INTEGER NOT NULL DEFAULT 1,
    created_ms INTEGER NOT NULL,
    revision INTEGER NOT NULL DEFAULT 1,  -- grows with every update
    wrong_codes INTEGER NOT NULL DEFAULT 0,
    wrong_since_ms INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX shares_by_creator ON shares (library, creator, id);
CREATE INDEX shares_by_space ON shares (space);

CREATE TABLE share_items (
    share INTEGER NOT NULL REFERENCES shares (id),
    node INTEGER NOT NULL,
    PRIMARY KEY (share, node)
) STRICT, WITHOUT ROWID;

-- Who has opened a share that needs a login.
CREATE TABLE share_users (
    share INTEGER NOT NULL REFERENCES shares (id),
    user_id TEXT NOT NULL,
    PRIMARY KEY (share, user_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE share_tokens (
    hash BLOB PRIMARY KEY CHECK (length(hash) = 32),
    share INTEGER NOT NULL REFERENCES shares (id),
    revision INTEGER NOT NULL,            -- of the share when the token was made
    expires_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX share_tokens_by_share ON share_tokens (share);
CREATE INDEX share_tokens_by_end ON share_tokens (expires_ms);
