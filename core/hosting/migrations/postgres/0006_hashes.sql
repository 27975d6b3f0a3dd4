-- Hashes for quick upload (SMH section 7.2), computed by the service from what it stores, and the
-- objects that still have to be read for them. Both go with their object.

CREATE TABLE object_hashes (
    object BIGINT PRIMARY KEY REFERENCES objects (id) ON DELETE CASCADE,
    beginning_hash TEXT NOT NULL,         -- lower-case hex
    full_hash TEXT NOT NULL
);
CREATE INDEX object_hashes_by_beginning ON object_hashes (beginning_hash);
CREATE INDEX object_hashes_by_whole ON object_hashes (full_hash);

CREATE TABLE hash_queue (
    object BIGINT PRIMARY KEY REFERENCES objects (id) ON DELETE CASCADE,
    due_ms BIGINT NOT NULL,              -- nobody takes it before
    tries BIGINT NOT NULL
);
CREATE INDEX hash_queue_by_due ON hash_queue (due_ms);

INSERT INTO hash_queue (object, due_ms, tries) SELECT id, 0, 0 FROM objects WHERE size >= 1048576;
