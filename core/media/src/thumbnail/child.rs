//! Decoders that are programs of others, run as children with limits. Owns finding, running and
//! stopping them. It is the one place of this crate that starts a process and writes (private,
//! short-lived) files: a decoder in C belongs into a process of its own.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::Duration,
};

use tempfile::TempDir;

use crate::{Error, kind::MediaFormat};

/// A picture of a phone takes about a second; a child that takes longer than this is stuck.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// Address space of the child, in bytes: enough for 200 megapixels, far from all of a machine's.
const MEMORY_LIMIT: u64 = 2 * 1024 * 1024 * 1024;

/// Bytes of the picture the child may write.
const OUTPUT_LIMIT: u64 = 256 * 1024 * 1024;

/// How often the child is looked at. Looks are what is counted, so that no clock is needed; on a
/// busy machine the limit comes a little later.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// A program that decodes.
pub(super) struct Decoder {
    pub(super) program: &'static str,
    /// Where systems put it. The search path of whoever started this program is not asked: a
    /// picture is no reason to run what stands in somebody's folder.
    pub(super) places: &'static [&'static str],
}

impl Decoder {
    /// Whether it is installed.
    pub(super) fn is_here(&self) -> bool {
        self.place().is_some()
    }

    fn place(&self) -> Option<&'static Path> {
        self.places.iter().map(Path::new).find(|place| place.is_file())
    }

    /// Where it is.
    pub(super) fn find(&self, format: MediaFormat) -> Result<&'static Path, Error> {
        self.place().ok_or(Error::DecoderMissing { format, program: self.program })
    }

    /// Runs it to its end.
    pub(super) fn run(&self, place: &Path, arguments: &[&OsStr]) -> Result<(), Error> {
        let status = run(place, arguments).map_err(|error| self.failed(&error.to_string()))?;
        if status.success() { Ok(()) } else { Err(self.failed(&status.to_string())) }
    }

    pub(super) fn failed(&self, reason: &str) -> Error {
        Error::DecoderFailed { program: self.program, reason: reason.to_owned() }
    }
}

/// A folder that goes with this value, with a copy of what is to be decoded. Its name in the
/// library never reaches the child.
pub(super) struct Scratch {
    folder: TempDir,
    input: PathBuf,
}

impl Scratch {
    pub(super) fn with<R: Read>(reader: &mut R, name: &str) -> Result<Self, Error> {
        let folder = tempfile::Builder::new().prefix("albumen-").tempdir().map_err(Error::Read)?;
        let input = folder.path().join(name);
        let mut copy = File::create_new(&input).map_err(Error::Read)?;
        io::copy(reader, &mut copy).map_err(Error::Read)?;
        copy.flush().map_err(Error::Read)?;
        Ok(Self { folder, input })
    }

    pub(super) fn input(&self) -> &Path {
        &self.input
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What the child wrote there; `None` for nothing.
    pub(super) fn read(output: &Path) -> Result<Option<Vec<u8>>, Error> {
        if !output.is_file() {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        File::open(output)
            .and_then(|file| file.take(OUTPUT_LIMIT).read_to_end(&mut bytes))
            .map_err(Error::Read)?;
        fs::remove_file(output).map_err(Error::Read)?;
        Ok(Some(bytes).filter(|bytes| !bytes.is_empty()))
    }
}

fn run(program: &Path, arguments: &[&OsStr]) -> io::Result<ExitStatus> {
    let mut child = Command::new(program)
        .args(arguments)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    limit(&child);
    for _ in 0..TIME_LIMIT.as_millis() / LOOK_EVERY.as_millis() {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        thread::sleep(LOOK_EVERY);
    }
    child.kill()?;
    child.wait()?;
    Err(io::Error::new(io::ErrorKind::TimedOut, "it took too long"))
}

/// Set from outside, a moment after the start: before its own code the child holds nothing.
#[cfg(target_os = "linux")]
fn limit(child: &Child) {
    use rustix::process::{Pid, Resource, Rlimit, prlimit};
    let pid = Pid::from_child(child);
    let seconds = TIME_LIMIT.as_secs();
    for (resource, most) in [
        (Resource::As, MEMORY_LIMIT),
        (Resource::Cpu, seconds),
        (Resource::Fsize, OUTPUT_LIMIT),
        (Resource::Core, 0),
    ] {
        // It fails only when the child has ended already.
        let _ = prlimit(Some(pid), resource, Rlimit { current: Some(most), maximum: Some(most) });
    }
}

/// Other systems have no limit that can be set from outside; the time limit holds there too.
#[cfg(not(target_os = "linux"))]
fn limit(_: &Child) {}
