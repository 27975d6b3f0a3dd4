//! What operations do to trees, each within one transaction that its caller opened: look, decide by
//! `rules`, act through `tree`. Requests and tasks come here alike; neither HTTP nor JSON does.

pub(crate) mod batch;
mod copying;
mod linking;
mod moving;
mod order;
mod room;

pub(crate) use copying::{check_copy, copy_directory, copy_file, nodes_in};
pub(crate) use linking::link;
pub(crate) use moving::{move_directory, move_file};
pub(crate) use order::{Order, Placed};
pub(crate) use room::{
    add_directory, find_directory, free_name, make_parents, remove, settle, stamp,
};
