-- Three kinds of revocation, mints under way, a library's way to another secret, the audit log's
-- own end by a signed checkpoint, and devices that are silent.

ALTER TABLE revocation ADD COLUMN kind TEXT NOT NULL DEFAULT 'sign_out';
ALTER TABLE revocation ADD COLUMN lifted_at BIGINT;
ALTER TABLE revocation ADD COLUMN copies_files BIGINT;
ALTER TABLE revocation ADD COLUMN copies_bytes BIGINT;
ALTER TABLE revocation ADD COLUMN copies_kept BIGINT;
CREATE INDEX revocation_open ON revocation (requested_at) WHERE confirmed_at IS NULL;

ALTER TABLE device ADD COLUMN silence_told_at BIGINT;

-- A mint under way, from before the library service is asked until its token is written down.
CREATE TABLE mint (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    device_id TEXT COLLATE "C" NOT NULL REFERENCES device,
    began_at BIGINT NOT NULL
);
CREATE INDEX mint_by_device ON mint (device_id);

CREATE TABLE rotation (
    library_id TEXT COLLATE "C" PRIMARY KEY REFERENCES library,
    requested_at BIGINT NOT NULL,
    executed_at BIGINT,
    confirmed_at BIGINT,
    tokens_deleted BIGINT NOT NULL DEFAULT 0
);

-- Where the log begins after older entries were exported and cut: the last entry that went.
CREATE TABLE audit_checkpoint (
    entry BIGINT PRIMARY KEY,
    mac BYTEA NOT NULL,
    head TEXT NOT NULL
);
CREATE TRIGGER audit_checkpoint_is_not_changed BEFORE UPDATE OR DELETE ON audit_checkpoint
    FOR EACH ROW EXECUTE FUNCTION audit_refuses();
CREATE TRIGGER audit_checkpoint_stays BEFORE TRUNCATE ON audit_checkpoint
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuses();
DROP TRIGGER audit_is_not_changed ON audit;
DROP TRIGGER audit_is_not_cut ON audit;
CREATE FUNCTION audit_refuses_cut() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.entry > coalesce((SELECT max(entry) FROM audit_checkpoint), 0) THEN
            RAISE EXCEPTION 'the audit log is append-only';
        END IF;
        RETURN OLD;
    END $$;
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_refuses();
CREATE TRIGGER audit_is_not_cut BEFORE DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_refuses_cut();
CREATE TRIGGER audit_is_not_emptied BEFORE TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuses();
CREATE INDEX audit_by_account ON audit (account, entry);
