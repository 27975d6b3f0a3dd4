//! The files that are measured with: made once, kept in `target/bench-data`, never changed.

use std::error::Error;
use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use albumen_tests::photos;
use albumen_tests::programs::output_folder;

/// Edges of a made photograph of about 300 KB.
const PHOTO: (u32, u32) = (1072, 712);
/// Edges of one that is hardly more than its EXIF.
const TINY: (u32, u32) = (16, 16);
/// Two GiB.
const FILM_BYTES: u64 = 2 << 30;
/// Photographs in one folder of a large collection.
const IN_ONE_FOLDER: u32 = 1000;

/// Files and what they weigh.
#[derive(Clone, Debug)]
pub(crate) struct Data {
    /// Where they lie.
    pub(crate) folder: PathBuf,
    /// How many there are.
    pub(crate) files: u32,
    /// All together.
    pub(crate) bytes: u64,
}

/// 2,000 photographs of about 300 KB in one folder.
pub(crate) fn photos2000() -> Result<Data, Box<dyn Error>> {
    made("photos2000", |folder| photographs(folder, 0..2000, PHOTO))
}

/// One film of 2 GiB without a hole and without anything that could be compressed.
pub(crate) fn film2g() -> Result<Data, Box<dyn Error>> {
    made("film2g", |folder| {
        let mut file =
            BufWriter::with_capacity(1 << 20, fs::File::create(folder.join("film.mp4"))?);
        let mut state = 0x5EED_u64;
        for _ in 0..FILM_BYTES / 8 {
            state = next(state);
            file.write_all(&state.to_le_bytes())?;
        }
        file.into_inner()?.sync_all()
    })
}

/// 100,000 real but tiny photographs in a hundred folders.
pub(crate) fn tiny100k() -> Result<Data, Box<dyn Error>> {
    made("tiny100k", |folder| {
        for number in 0..100 {
            let folder = folder.join(format!("{number:03}"));
            fs::create_dir(&folder)?;
            let first = number * IN_ONE_FOLDER;
            photographs(&folder, first..first + IN_ONE_FOLDER, TINY)?;
        }
        Ok(())
    })
}

/// The same files under `into`, by hard links where that can be: a folder of its own for a turn, at
/// no cost of space.
pub(crate) fn link(from: &Path, into: &Path) -> std::io::Result<()> {
    fs::create_dir_all(into)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = into.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            link(&entry.path(), &to)?;
        } else {
            fs::hard_link(entry.path(), &to).or_else(|_| fs::copy(entry.path(), &to).map(drop))?;
        }
    }
    Ok(())
}

/// The set of that name, made if it is not there; half of one is never taken for the whole.
fn made(name: &str, make: impl Fn(&Path) -> std::io::Result<()>) -> Result<Data, Box<dyn Error>> {
    let all = output_folder("bench-data");
    let folder = all.join(name);
    if !folder.is_dir() {
        let unfinished = all.join(format!("{name}.unfinished"));
        if unfinished.is_dir() {
            fs::remove_dir_all(&unfinished)?;
        }
        fs::create_dir(&unfinished)?;
        make(&unfinished)?;
        fs::rename(&unfinished, &folder)?;
    }
    let (files, bytes) = weigh(&folder)?;
    Ok(Data { folder, files, bytes })
}

fn photographs(
    folder: &Path,
    numbers: std::ops::Range<u32>,
    (width, height): (u32, u32),
) -> std::io::Result<()> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let one = |first: usize| {
            let mut numbers = numbers.clone().skip(first).step_by(threads);
            let write = |number: u32| {
                let path = folder.join(format!("IMG_{number:06}.jpg"));
                fs::write(path, photos::make(number, width, height))
            };
            scope.spawn(move || numbers.try_for_each(write))
        };
        let all: Vec<_> = (0..threads).map(one).collect();
        all.into_iter().try_for_each(|one| one.join().expect("no photograph is refused"))
    })
}

fn weigh(folder: &Path) -> std::io::Result<(u32, u64)> {
    let mut sum = (0, 0);
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (files, bytes) = match entry.file_type()?.is_dir() {
            true => weigh(&entry.path())?,
            false => (1, entry.metadata()?.len()),
        };
        sum = (sum.0 + files, sum.1 + bytes);
    }
    Ok(sum)
}

/// A fixed sequence that looks like noise (xorshift64).
fn next(mut state: u64) -> u64 {
    state ^= state << 13;
    state ^= state >> 7;
    state ^ state << 17
}
