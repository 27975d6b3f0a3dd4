-- Searches that older clients page through, favourites, recently used files, shares. A node that is
-- named here may be gone: its id is never given to another.

CREATE TABLE searches (
    id TEXT COLLATE "C" PRIMARY KEY,
    space BIGINT NOT NULL,               -- a key of `spaces`
    user_id TEXT COLLATE "C" NOT NULL,
    question TEXT NOT NULL,               -- JSON, `rules::search::Question`
    expires_ms BIGINT NOT NULL
);
CREATE INDEX searches_by_user ON searches (space, user_id, expires_ms);
CREATE INDEX searches_by_end ON searches (expires_ms);

CREATE TABLE favorites (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    space BIGINT NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    node BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    UNIQUE (space, user_id, node)
);
CREATE INDEX favorites_by_time ON favorites (space, user_id, at_ms, id);

CREATE TABLE recents (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    space BIGINT NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    node BIGINT NOT NULL,
    action TEXT NOT NULL CHECK (action IN ('preview', 'modify')),
    at_ms BIGINT NOT NULL,
    UNIQUE (space, user_id, node, action)
);
CREATE INDEX recents_by_time ON recents (space, user_id, at_ms, id);

CREATE TABLE shares (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    public_id TEXT COLLATE "C" NOT NULL UNIQUE,       -- names it to its owner
    code TEXT COLLATE "C" NOT NULL UNIQUE,            -- in the link: who has it may ask
    library TEXT COLLATE "C" NOT NULL REFERENCES libraries (id),
    space BIGINT NOT NULL REFERENCES spaces (key),
    creator TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    folded TEXT COLLATE "C" NOT NULL,                 -- the name in lower case
    sealed BYTEA,                          -- the extraction code, encrypted; NULL: none
    expires_ms BIGINT,                   -- NULL: permanent
    can_preview SMALLINT NOT NULL,
    can_download SMALLINT NOT NULL,
    can_save SMALLINT NOT NULL,
    login_needed SMALLINT NOT NULL,
    preview_limit BIGINT,                -- NULL: none
    download_limit BIGINT,
    user_limit BIGINT,
    preview_used BIGINT NOT NULL DEFAULT 0,
    download_used BIGINT NOT NULL DEFAULT 0,
    to_users TEXT NOT NULL,               -- JSON array; empty: everybody
    owner_enabled SMALLINT NOT NULL DEFAULT 1,
    admin_enabled SMALLINT NOT NULL DEFAULT 1,
    created_ms BIGINT NOT NULL,
    revision BIGINT NOT NULL DEFAULT 1,  -- grows with every update
    wrong_codes BIGINT NOT NULL DEFAULT 0,
    wrong_since_ms BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX shares_by_creator ON shares (library, creator, id);
CREATE INDEX shares_by_space ON shares (space);

CREATE TABLE share_items (
    share BIGINT NOT NULL REFERENCES shares (id),
    node BIGINT NOT NULL,
    PRIMARY KEY (share, node)
);

-- Who has opened a share that needs a login.
CREATE TABLE share_users (
    share BIGINT NOT NULL REFERENCES shares (id),
    user_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (share, user_id)
);

CREATE TABLE share_tokens (
    hash BYTEA PRIMARY KEY CHECK (length(hash) = 32),
    share BIGINT NOT NULL REFERENCES shares (id),
    revision BIGINT NOT NULL,            -- of the share when the token was made
    expires_ms BIGINT NOT NULL
);
CREATE INDEX share_tokens_by_share ON share_tokens (share);
CREATE INDEX share_tokens_by_end ON share_tokens (expires_ms);

-- A search walks through one space in the order of ids.
DROP INDEX nodes_by_space;
CREATE INDEX nodes_by_space ON nodes (space, id);
