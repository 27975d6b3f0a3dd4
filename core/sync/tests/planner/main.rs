//! The planner against worlds in which nothing fails but the order of things: stories, corners, and
//! every small world there is.

#![allow(clippy::unwrap_used, reason = "a story that goes wrong in its telling is to end at once")]

mod canopy;
mod corners;
mod small_worlds;
mod story;
