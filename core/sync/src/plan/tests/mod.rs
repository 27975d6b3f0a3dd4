//! The decision tables cell by cell, and what must hold of any trees.

mod canopy;
mod cells;
mod corners;
mod guards;
mod small_worlds;
mod story;
