//! How the library service is called, as a document for programs.

use crate::{exit::Exit, output::Output};

/// Prints it: in lines for people, on one line for scripts.
pub(super) fn run(output: &Output) -> Exit {
    let document = albumen_app::library_service_openapi();
    output.line(&format!("{document:#}"));
    output.value(&document);
    Exit::Done
}
