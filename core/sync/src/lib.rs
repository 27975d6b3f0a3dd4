//! A local folder and a space made equal: scan, watch, trees, plan, execute, journal.
