-- Codes that let a device in, and what lists show of a device beside what it said when it came.
-- Of a code only a keyed hash is kept; its slot, the first three digits, says which code is meant.

CREATE TABLE pairing (
    pairing_id TEXT PRIMARY KEY,
    slot INTEGER NOT NULL,
    code BLOB NOT NULL,
    account_id TEXT NOT NULL REFERENCES account,
    issuer_id TEXT NOT NULL REFERENCES device,
    state TEXT NOT NULL,
    wrong INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    name TEXT,
    os TEXT,
    app_version TEXT,
    public_key TEXT,
    address TEXT,
    device_id TEXT REFERENCES device
) STRICT;
CREATE UNIQUE INDEX pairing_open_slot ON pairing (slot) WHERE state = 'open';
CREATE INDEX pairing_by_end ON pairing (expires_at);
CREATE INDEX pairing_by_issuer ON pairing (issuer_id);
CREATE INDEX pairing_by_key ON pairing (public_key);

ALTER TABLE device ADD COLUMN last_address TEXT;
ALTER TABLE device ADD COLUMN mappings INTEGER;
ALTER TABLE device ADD COLUMN pending INTEGER;
ALTER TABLE device ADD COLUMN reported_at INTEGER;
CREATE INDEX device_by_address ON device (last_address);
