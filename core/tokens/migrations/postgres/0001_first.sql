-- The whole of the first schema. Moments are milliseconds since 1970 by the service's clock; what is
-- sealed opens with the seal key only. A published step is never edited: add the next file.
-- The same tables as for SQLite. Ids go by their bytes, whatever the server's language:
-- `COLLATE "C"`. Truth is SMALLINT 0 or 1, so that one SQL text fits both.

CREATE TABLE setting (name TEXT PRIMARY KEY, value BYTEA NOT NULL);

CREATE TABLE account (
    account_id TEXT COLLATE "C" PRIMARY KEY,
    name TEXT NOT NULL,
    folded TEXT COLLATE "C" NOT NULL UNIQUE,
    password TEXT NOT NULL,
    role TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE device (
    device_id TEXT COLLATE "C" PRIMARY KEY,
    client_id TEXT COLLATE "C" NOT NULL UNIQUE,
    account_id TEXT COLLATE "C" NOT NULL REFERENCES account,
    name TEXT NOT NULL,
    os TEXT NOT NULL,
    app_version TEXT NOT NULL,
    public_key TEXT NOT NULL UNIQUE,
    enrolled_at BIGINT NOT NULL,
    last_seen_at BIGINT,
    revoked_at BIGINT
);
CREATE INDEX device_by_account ON device (account_id);

CREATE TABLE library (
    library_id TEXT COLLATE "C" PRIMARY KEY,
    name TEXT NOT NULL,
    secret BYTEA NOT NULL,
    hosting_url TEXT,
    data_scheme TEXT,
    is_file_library SMALLINT NOT NULL,
    is_multi_space SMALLINT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE space (
    library_id TEXT COLLATE "C" NOT NULL REFERENCES library,
    space_id TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL,
    is_multi_album SMALLINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (library_id, space_id)
);

CREATE TABLE token (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    device_id TEXT COLLATE "C" NOT NULL REFERENCES device,
    library_id TEXT COLLATE "C" NOT NULL REFERENCES library,
    sealed BYTEA NOT NULL,
    minted_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL
);
CREATE INDEX token_by_end ON token (ends_at);
CREATE INDEX token_by_device ON token (device_id, library_id);

CREATE TABLE revocation (
    device_id TEXT COLLATE "C" PRIMARY KEY REFERENCES device,
    requested_at BIGINT NOT NULL,
    executed_at BIGINT,
    confirmed_at BIGINT,
    writable_until BIGINT
);

CREATE TABLE revocation_step (
    device_id TEXT COLLATE "C" NOT NULL REFERENCES revocation,
    library_id TEXT COLLATE "C" NOT NULL REFERENCES library,
    done_at BIGINT,
    tokens_deleted BIGINT,
    uploads_fenced BIGINT,
    PRIMARY KEY (device_id, library_id)
);

CREATE TABLE attempt (
    who BYTEA PRIMARY KEY,
    failures BIGINT NOT NULL,
    last_at BIGINT NOT NULL
);
CREATE INDEX attempt_by_age ON attempt (last_at);

CREATE TABLE audit (
    entry BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    account TEXT NOT NULL,
    device TEXT NOT NULL,
    act TEXT NOT NULL,
    subject TEXT NOT NULL,
    mac BYTEA NOT NULL
);
CREATE FUNCTION audit_refuses() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$;
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_refuses();
CREATE TRIGGER audit_is_not_cut BEFORE TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuses();
