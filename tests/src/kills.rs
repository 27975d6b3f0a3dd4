//! A program that is killed again and again while it syncs: whatever the moment, the next start
//! goes on, and in the end every file is in the media library, whole and once, and nothing else is.

mod device;
mod held;
mod moments;
mod window;

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::photos;
use moments::Moments;

pub use device::a_device_survives;
pub use moments::Moment;
pub use window::a_window_survives;

/// Files that are put beside the others when all is done before the last blow.
const MORE_FILES: usize = 100;
/// The album that everything goes to.
const ALBUM: &str = "Blows";

/// What a program has to stand.
#[derive(Clone, Copy, Debug)]
pub struct Blows {
    /// Files to sync.
    pub files: usize,
    /// Times that it is killed.
    pub kills: usize,
    /// Decides over the moments: the same seed chooses the same ones.
    pub seed: u64,
}

/// A seed that nobody has seen before, or the one in `ALBUMEN_SEED`.
pub fn seed() -> u64 {
    let given = std::env::var("ALBUMEN_SEED").ok().and_then(|seed| seed.parse().ok());
    given.unwrap_or_else(|| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::from(now.subsec_nanos())
    })
}

/// Where a blow fell.
#[derive(Clone, Copy, Debug)]
pub struct Blow {
    /// The moment that was chosen.
    pub moment: Moment,
    /// Bytes that this start had sent to the library service by then.
    pub asked: u64,
    /// Bytes that the object store had got from it.
    pub stored: u64,
}

/// What is struck: begins to sync at each start.
trait Struck {
    /// A start of it that is at work.
    type Run: Run;

    /// Starts it; `files` are in its folder.
    fn begin(&mut self, files: usize) -> Self::Run;
    /// Looks at a run that had nothing left to do before the blow, and ends it.
    fn ended(&mut self, run: Self::Run, files: usize);
    /// The folder that it syncs.
    fn folder(&self) -> &Path;
}

/// A run of it, as somebody beside it sees it.
trait Run {
    /// Bytes that it has sent to the library service.
    fn asked(&self) -> u64;
    /// Bytes that the object store has got from it.
    fn stored(&self) -> u64;
    /// Whether nothing is left to strike at.
    fn is_over(&mut self) -> bool;
    /// Kills it as a power cut would.
    fn kill(self);
}

/// The blows; returns how many files there are after them, and where they fell. `bytes`: of all
/// files at the beginning.
fn strike<S: Struck>(
    struck: &mut S,
    blows: Blows,
    bytes: u64,
    mut moments: Moments,
) -> (usize, Vec<Blow>) {
    let share = bytes / u64::try_from(blows.kills.max(1) + 1).expect("few kills");
    let (mut files, mut fell) = (blows.files, Vec::new());
    while fell.len() < blows.kills {
        let moment = moments.next(share);
        let mut run = struck.begin(files);
        if moment.comes(&mut run) {
            let (asked, stored) = (run.asked(), run.stored());
            run.kill();
            fell.push(Blow { moment, asked, stored });
        } else {
            // It was quicker than the blow, so all must be there; something new to do for the next.
            struck.ended(run, files);
            fill(struck.folder(), files..files + MORE_FILES);
            files += MORE_FILES;
        }
    }
    (files, fell)
}

/// Photographs of different sizes, none like another; returns their bytes.
fn fill(folder: &Path, numbers: std::ops::Range<usize>) -> u64 {
    let photo = |number: usize| {
        let number = u32::try_from(number).expect("few files");
        let width = 160 + number * 37 % 320;
        let photo = photos::make(number, width, 240);
        let path = folder.join(format!("IMG_{number:05}.jpg"));
        std::fs::write(path, &photo).expect("the photo folder can be written");
        photo.len() as u64
    };
    numbers.map(photo).sum()
}
