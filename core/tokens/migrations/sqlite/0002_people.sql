-- People come and go. Codes are kept as keyed hashes, a second factor's secret sealed; a removed
-- account keeps its row, so that ids in the audit log keep a name.

ALTER TABLE account ADD COLUMN state TEXT NOT NULL DEFAULT 'active';

-- The code by which a service is set up, or its owner gets a new password: one at a time.
CREATE TABLE set_up (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    code BLOB NOT NULL,
    account_id TEXT REFERENCES account,
    expires_at INTEGER NOT NULL,
    wrong_tries INTEGER NOT NULL
) STRICT;

CREATE TABLE invitation (
    invitation_id TEXT PRIMARY KEY,
    code BLOB NOT NULL UNIQUE,
    name TEXT,
    role TEXT NOT NULL,
    made_by TEXT NOT NULL REFERENCES account,
    made_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX invitation_by_end ON invitation (expires_at);

-- Where people signed in before, as keyed hashes of account and place.
CREATE TABLE familiar (
    place BLOB PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES account,
    last_at INTEGER NOT NULL
) STRICT;
CREATE INDEX familiar_by_account ON familiar (account_id, last_at);

CREATE TABLE second_factor (
    account_id TEXT PRIMARY KEY REFERENCES account,
    secret BLOB NOT NULL,
    is_on INTEGER NOT NULL,
    last_step INTEGER NOT NULL
) STRICT;

CREATE TABLE recovery_code (
    account_id TEXT NOT NULL REFERENCES second_factor ON DELETE CASCADE,
    code BLOB NOT NULL,
    PRIMARY KEY (account_id, code)
) STRICT;
