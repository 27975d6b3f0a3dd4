//! Photos as the grid and the viewer see them.

mod cache;
mod index;
