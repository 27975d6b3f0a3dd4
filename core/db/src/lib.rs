//! Database plumbing: open, migrate, transactions. No table of its own.
