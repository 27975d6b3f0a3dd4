//! The record of a large folder.

#[path = "kit.rs"]
mod kit;
#[path = "size.rs"]
mod size;

#[test]
fn a_million_files_in_sync_are_short_rows() {
    size::measure(1_000_000);
}
