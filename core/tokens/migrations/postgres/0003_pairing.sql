-- Codes that let a device in, and what lists show of a device beside what it said when it came.
-- Of a code only a keyed hash is kept; its slot, the first three digits, says which code is meant.

CREATE TABLE pairing (
    pairing_id TEXT COLLATE "C" PRIMARY KEY,
    slot BIGINT NOT NULL,
    code BYTEA NOT NULL,
    account_id TEXT COLLATE "C" NOT NULL REFERENCES account,
    issuer_id TEXT COLLATE "C" NOT NULL REFERENCES device,
    state TEXT NOT NULL,
    wrong BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    name TEXT,
    os TEXT,
    app_version TEXT,
    public_key TEXT,
    address TEXT,
    device_id TEXT COLLATE "C" REFERENCES device
);
CREATE UNIQUE INDEX pairing_open_slot ON pairing (slot) WHERE state = 'open';
CREATE INDEX pairing_by_end ON pairing (expires_at);
CREATE INDEX pairing_by_issuer ON pairing (issuer_id);
CREATE INDEX pairing_by_key ON pairing (public_key);

ALTER TABLE device ADD COLUMN last_address TEXT;
ALTER TABLE device ADD COLUMN mappings BIGINT;
ALTER TABLE device ADD COLUMN pending BIGINT;
ALTER TABLE device ADD COLUMN reported_at BIGINT;
CREATE INDEX device_by_address ON device (last_address);
