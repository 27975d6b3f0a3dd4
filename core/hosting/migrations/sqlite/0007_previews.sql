-- Previews that were made and are kept in the object store, each by its own key. One whose object is
-- gone is found by the sweeper and goes too.

CREATE TABLE previews (
    key TEXT PRIMARY KEY,                 -- made of the object's key and the wish
    object INTEGER NOT NULL,              -- a row of `objects`; may be gone
    content_type TEXT,                    -- NULL: no preview can be made of it
    size INTEGER NOT NULL,
    made_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX previews_by_object ON previews (object);
