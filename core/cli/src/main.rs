//! `albumen` on the command line.

fn main() {}
