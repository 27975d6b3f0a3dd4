-- Three kinds of revocation, mints under way, a library's way to another secret, the audit log's
-- own end by a signed checkpoint, and devices that are silent.

ALTER TABLE revocation ADD COLUMN kind TEXT NOT NULL DEFAULT 'sign_out';
ALTER TABLE revocation ADD COLUMN lifted_at INTEGER;
ALTER TABLE revocation ADD COLUMN copies_files INTEGER;
ALTER TABLE revocation ADD COLUMN copies_bytes INTEGER;
ALTER TABLE revocation ADD COLUMN copies_kept INTEGER;
CREATE INDEX revocation_open ON revocation (requested_at) WHERE confirmed_at IS NULL;

ALTER TABLE device ADD COLUMN silence_told_at INTEGER;

-- A mint under way, from before the library service is asked until its token is written down.
CREATE TABLE mint (
    id INTEGER PRIMARY KEY,
    device_id TEXT NOT NULL REFERENCES device,
    began_at INTEGER NOT NULL
) STRICT;
CREATE INDEX mint_by_device ON mint (device_id);

CREATE TABLE rotation (
    library_id TEXT PRIMARY KEY REFERENCES library,
    requested_at INTEGER NOT NULL,
    executed_at INTEGER,
    confirmed_at INTEGER,
    tokens_deleted INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Where the log begins after older entries were exported and cut: the last entry that went.
CREATE TABLE audit_checkpoint (
    entry INTEGER PRIMARY KEY,
    mac BLOB NOT NULL,
    head TEXT NOT NULL
) STRICT;
CREATE TRIGGER audit_checkpoint_is_not_changed BEFORE UPDATE ON audit_checkpoint
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_checkpoint_stays BEFORE DELETE ON audit_checkpoint
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
DROP TRIGGER audit_is_not_cut;
CREATE TRIGGER audit_is_not_cut BEFORE DELETE ON audit
    WHEN OLD.entry > coalesce((SELECT max(entry) FROM audit_checkpoint), 0)
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE INDEX audit_by_account ON audit (account, entry);
