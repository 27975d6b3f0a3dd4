//! Inputs in a folder, one a file, each under the name of its own content.

use std::{io, path::Path};

/// The longest input that is read or made: decoders of more than that have limits of their own.
pub(crate) const INPUT_MAX: usize = 64 * 1024;

/// Every input of a folder, in the order of names; none when there is no folder.
pub(crate) fn read(folder: &Path) -> io::Result<Vec<Vec<u8>>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut paths: Vec<_> =
        entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    paths.iter().map(std::fs::read).collect()
}

/// Keeps an input; its file's name.
pub(crate) fn keep(folder: &Path, input: &[u8]) -> io::Result<String> {
    std::fs::create_dir_all(folder)?;
    let name = blake3::hash(input).to_hex()[..16].to_owned();
    std::fs::write(folder.join(&name), input)?;
    Ok(name)
}
