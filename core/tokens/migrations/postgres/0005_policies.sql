-- Policies of spaces; libraries that are hosted elsewhere may be removed; a token is known by its
-- space and purpose, so that a narrower policy ends exactly those that had more.

CREATE TABLE space_policy (
    library_id TEXT COLLATE "C" NOT NULL,
    space_id TEXT COLLATE "C" NOT NULL,
    policy TEXT NOT NULL,
    version BIGINT NOT NULL,
    applied_version BIGINT NOT NULL,
    PRIMARY KEY (library_id, space_id),
    FOREIGN KEY (library_id, space_id) REFERENCES space (library_id, space_id)
);

ALTER TABLE token ADD COLUMN space_id TEXT COLLATE "C";
ALTER TABLE token ADD COLUMN purpose TEXT;
ALTER TABLE library ADD COLUMN removed_at BIGINT;
