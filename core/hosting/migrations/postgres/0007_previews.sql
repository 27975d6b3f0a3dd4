-- Previews that were made and are kept in the object store, each by its own key. One whose object is
-- gone is found by the sweeper and goes too.

CREATE TABLE previews (
    key TEXT PRIMARY KEY,                -- made of the object's key and the wish
    object BIGINT NOT NULL,              -- a row of `objects`; may be gone
    content_type TEXT,                   -- NULL: no preview can be made of it
    size BIGINT NOT NULL,
    made_ms BIGINT NOT NULL
);
CREATE INDEX previews_by_object ON previews (object);
