-- Links that went to the bin with what they lead to; which node an event is about; operations that
-- go on after their request was answered.

-- A link whose target is in the bin is kept below the target, so that it goes and comes back with
-- it. This is where it was; the directory may be gone by the time it comes back.
ALTER TABLE nodes ADD COLUMN home INTEGER;
ALTER TABLE nodes ADD COLUMN home_name TEXT;
CREATE INDEX nodes_away ON nodes (home) WHERE home IS NOT NULL;

-- NULL in events from before this step.
ALTER TABLE changes ADD COLUMN node INTEGER;
CREATE INDEX changes_by_node ON changes (space, node);

-- One row an operation; kept for a while after its end, so that its result can be asked for.
CREATE TABLE tasks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    library TEXT NOT NULL,
    space TEXT NOT NULL,                  -- as the wire names it; may be gone
    sort TEXT NOT NULL,                   -- `taskType`
    caller TEXT NOT NULL,                 -- JSON: in whose name and with which grants
    draft TEXT,                           -- JSON: how far the item at work has come
    created_ms INTEGER NOT NULL,
    ended_ms INTEGER,                     -- NULL while it runs
    holder TEXT,                          -- the instance at work
    due_ms INTEGER NOT NULL               -- from when on another instance may take it
) STRICT;
CREATE INDEX tasks_due ON tasks (due_ms) WHERE ended_ms IS NULL;
CREATE INDEX tasks_by_age ON tasks (ended_ms) WHERE ended_ms IS NOT NULL;
CREATE INDEX tasks_by_space ON tasks (library, space, sort);

-- What a task has to do, in order.
CREATE TABLE task_items (
    task INTEGER NOT NULL REFERENCES tasks (id),
    position INTEGER NOT NULL,
    item TEXT NOT NULL,                   -- JSON
    result TEXT,                          -- JSON; NULL until it is done
    PRIMARY KEY (task, position)
) STRICT, WITHOUT ROWID;
