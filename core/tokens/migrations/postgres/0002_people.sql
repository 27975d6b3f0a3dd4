-- People come and go. Codes are kept as keyed hashes, a second factor's secret sealed; a removed
-- account keeps its row, so that ids in the audit log keep a name.

ALTER TABLE account ADD COLUMN state TEXT NOT NULL DEFAULT 'active';

-- The code by which a service is set up, or its owner gets a new password: one at a time.
CREATE TABLE set_up (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    code BYTEA NOT NULL,
    account_id TEXT COLLATE "C" REFERENCES account,
    expires_at BIGINT NOT NULL,
    wrong_tries BIGINT NOT NULL
);

CREATE TABLE invitation (
    invitation_id TEXT COLLATE "C" PRIMARY KEY,
    code BYTEA NOT NULL UNIQUE,
    name TEXT,
    role TEXT NOT NULL,
    made_by TEXT COLLATE "C" NOT NULL REFERENCES account,
    made_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX invitation_by_end ON invitation (expires_at);

-- Where people signed in before, as keyed hashes of account and place.
CREATE TABLE familiar (
    place BYTEA PRIMARY KEY,
    account_id TEXT COLLATE "C" NOT NULL REFERENCES account,
    last_at BIGINT NOT NULL
);
CREATE INDEX familiar_by_account ON familiar (account_id, last_at);

CREATE TABLE second_factor (
    account_id TEXT COLLATE "C" PRIMARY KEY REFERENCES account,
    secret BYTEA NOT NULL,
    is_on SMALLINT NOT NULL,
    last_step BIGINT NOT NULL
);

CREATE TABLE recovery_code (
    account_id TEXT COLLATE "C" NOT NULL REFERENCES second_factor ON DELETE CASCADE,
    code BYTEA NOT NULL,
    PRIMARY KEY (account_id, code)
);
