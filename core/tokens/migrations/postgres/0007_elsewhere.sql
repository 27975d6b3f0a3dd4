-- The authority that a library's own service is trusted by, as DER; when a device's last sync went
-- well, and since when it has folders to keep.

ALTER TABLE library ADD COLUMN authority BYTEA;
ALTER TABLE device ADD COLUMN last_synced_at BIGINT;
ALTER TABLE device ADD COLUMN mapped_at BIGINT;
