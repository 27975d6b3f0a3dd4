//! The decision tables cell by cell, and when a person is asked. What must hold of any trees is in
//! `tests/planner`.

mod cells;
mod guards;
