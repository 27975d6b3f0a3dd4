//! HEIC, HEIF and AVIF pictures through libheif's `heif-convert`, run as a child with limits. Owns
//! finding, running and stopping that program. It is the one place of this crate that starts a
//! process and writes a (private, short-lived) file: no maintained decoder exists in Rust, and a
//! decoder in C belongs into a process of its own.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io::{self, Read, Write},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::Duration,
};

use crate::{Error, kind::MediaFormat};

const PROGRAM: &str = "heif-convert";

/// A picture of a phone takes about a second; a child that takes longer than this is stuck.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// Address space of the child, in bytes: enough for 200 megapixels, far from all of a machine's.
const MEMORY_LIMIT: u64 = 2 * 1024 * 1024 * 1024;

/// Bytes of the picture the child may write.
const OUTPUT_LIMIT: u64 = 256 * 1024 * 1024;

/// How often the child is looked at. Looks are what is counted, so that no clock is needed; on a
/// busy machine the limit comes a little later.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Quality of the intermediate JPEG: it is shrunk at once, so nothing is seen of it.
const QUALITY: &str = "92";

/// Where systems put it. The search path of whoever started this program is not asked: a picture
/// is no reason to run what stands in somebody's folder.
const PLACES: &[&str] =
    &["/usr/bin/heif-convert", "/usr/local/bin/heif-convert", "/opt/homebrew/bin/heif-convert"];

/// Where the program is, if it is installed.
pub(super) fn decoder() -> Option<&'static Path> {
    PLACES.iter().map(Path::new).find(|place| place.is_file())
}

/// The main picture as a JPEG whose pixels are upright.
pub(super) fn to_jpeg<R: Read>(reader: &mut R, format: MediaFormat) -> Result<Vec<u8>, Error> {
    let program = decoder().ok_or(Error::DecoderMissing { format, program: PROGRAM })?;
    let folder = tempfile::Builder::new().prefix("albumen-").tempdir().map_err(Error::Read)?;
    // A picture's name never reaches the child.
    let input = folder.path().join(match format {
        MediaFormat::Avif => "in.avif",
        _ => "in.heic",
    });
    let mut copy = File::create_new(&input).map_err(Error::Read)?;
    io::copy(reader, &mut copy).map_err(Error::Read)?;
    copy.flush().map_err(Error::Read)?;
    drop(copy);

    let output = folder.path().join("out.jpg");
    let status = run(program, &input, &output).map_err(failed)?;
    // A file of several pictures is written as several, numbered; the main one comes first.
    let numbered = folder.path().join("out-1.jpg");
    let written = if output.is_file() { output } else { numbered };
    if !status.success() || !written.is_file() {
        return Err(failed(io::Error::other(status.to_string())));
    }
    let mut jpeg = Vec::new();
    File::open(&written)
        .and_then(|file| file.take(OUTPUT_LIMIT).read_to_end(&mut jpeg))
        .map_err(Error::Read)?;
    fs::remove_file(&written).map_err(Error::Read)?;
    Ok(jpeg)
}

fn failed(error: io::Error) -> Error {
    Error::DecoderFailed { program: PROGRAM, reason: error.to_string() }
}

fn run(program: &Path, input: &Path, output: &Path) -> io::Result<ExitStatus> {
    let mut child = Command::new(program)
        .args([OsStr::new("-q"), OsStr::new(QUALITY), input.as_os_str(), output.as_os_str()])
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
