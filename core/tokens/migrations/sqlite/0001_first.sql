-- The whole of the first schema. Moments are milliseconds since 1970 by the service's clock; what is
-- sealed opens with the seal key only. A published step is never edited: add the next file.

CREATE TABLE setting (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;

CREATE TABLE account (
    account_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    folded TEXT NOT NULL UNIQUE,
    password TEXT NOT NULL,
    role TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE device (
    device_id TEXT PRIMARY KEY,
    client_id TEXT NOT NULL UNIQUE,
    account_id TEXT NOT NULL REFERENCES account,
    name TEXT NOT NULL,
    os TEXT NOT NULL,
    app_version TEXT NOT NULL,
    public_key TEXT NOT NULL UNIQUE,
    enrolled_at INTEGER NOT NULL,
    last_seen_at INTEGER,
    revoked_at INTEGER
) STRICT;
CREATE INDEX device_by_account ON device (account_id);

CREATE TABLE library (
    library_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    secret BLOB NOT NULL,
    hosting_url TEXT,
    data_scheme TEXT,
    is_file_library INTEGER NOT NULL,
    is_multi_space INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE space (
    library_id TEXT NOT NULL REFERENCES library,
    space_id TEXT NOT NULL,
    name TEXT NOT NULL,
    is_multi_album INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (library_id, space_id)
) STRICT;

CREATE TABLE token (
    id INTEGER PRIMARY KEY,
    device_id TEXT NOT NULL REFERENCES device,
    library_id TEXT NOT NULL REFERENCES library,
    sealed BLOB NOT NULL,
    minted_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL
) STRICT;
CREATE INDEX token_by_end ON token (ends_at);
CREATE INDEX token_by_device ON token (device_id, library_id);

CREATE TABLE revocation (
    device_id TEXT PRIMARY KEY REFERENCES device,
    requested_at INTEGER NOT NULL,
    executed_at INTEGER,
    confirmed_at INTEGER,
    writable_until INTEGER
) STRICT;

CREATE TABLE revocation_step (
    device_id TEXT NOT NULL REFERENCES revocation,
    library_id TEXT NOT NULL REFERENCES library,
    done_at INTEGER,
    tokens_deleted INTEGER,
    uploads_fenced INTEGER,
    PRIMARY KEY (device_id, library_id)
) STRICT;

CREATE TABLE attempt (
    who BLOB PRIMARY KEY,
    failures INTEGER NOT NULL,
    last_at INTEGER NOT NULL
) STRICT;
CREATE INDEX attempt_by_age ON attempt (last_at);

CREATE TABLE audit (
    entry INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    account TEXT NOT NULL,
    device TEXT NOT NULL,
    act TEXT NOT NULL,
    subject TEXT NOT NULL,
    mac BLOB NOT NULL
) STRICT;
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_is_not_cut BEFORE DELETE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
