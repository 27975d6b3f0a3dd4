//! The grid of photos in a browser; the pages measure themselves.

use std::process::Command;

use albumen_tests::programs::workspace_folder;
use serde_json::Value;

use crate::figure::Rows;

/// 100,000 entries: loading, layout, steps of scrolling.
pub(crate) fn measure() -> Rows {
    let output = Command::new("node")
        .arg("bench/grid.mjs")
        .current_dir(workspace_folder().join("ui"))
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    let printed = String::from_utf8(output.stdout)?;
    let row: Value = serde_json::from_str(printed.lines().last().unwrap_or_default())?;
    Ok(vec![row])
}
