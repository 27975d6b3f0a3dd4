//! The ground on which we and others send the same files to the same store: services, a fresh place
//! for every turn, the same rest before it.

use std::cell::Cell;
use std::error::Error;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use albumen_tests::measure::{Contestant, Standing, contest_beside};
use albumen_tests::programs::peer;
use albumen_tests::world::Services;
use albumen_tests::{Device, World, process};
use serde_json::{Value, json};

use crate::data::{self, Data};

/// Longer than a file must have been left alone before it is read.
const REST: Duration = Duration::from_secs(4);

/// Services and the computers around them.
pub(crate) struct Ground {
    pub(crate) world: World,
    pub(crate) services: Services,
    server: u32,
    computers: Cell<u32>,
}

impl Ground {
    /// Starts the services.
    pub(crate) fn new() -> Result<Self, Box<dyn Error>> {
        let mut world = World::new();
        if !is_on_disk(world.root()) {
            return Err("The folder for temporary files lies in memory: set TMPDIR".into());
        }
        let services = world.serve();
        let server = world.server().expect("they have just been started");
        Ok(Self { world, services, server, computers: Cell::new(0) })
    }

    /// A new computer, signed in, its folder mapped while it was empty and then filled: nothing is
    /// done yet.
    pub(crate) fn computer(&self, data: &Data, arguments: &[&str]) -> Device {
        let number = self.computers.replace(self.computers.get() + 1);
        let device = self.world.device(&format!("computer-{number}"));
        device.login(&self.services);
        device.map(arguments);
        data::link(&data.folder, device.folder()).expect("hard links in our own folder");
        rest();
        device
    }

    /// CPU seconds that the services have spent so far.
    pub(crate) fn server_cpu_seconds(&self) -> f64 {
        process::cpu_seconds(self.server).unwrap_or_default()
    }

    /// The most memory that the services have held so far.
    pub(crate) fn server_peak_rss_bytes(&self) -> u64 {
        process::peak_rss_bytes(self.server).unwrap_or_default()
    }

    /// `albumen sync --once` on a computer of this ground.
    pub(crate) fn sync(&self, device: &Device) -> Command {
        let mut command = self.world.albumen(device.name());
        command.args(["--json", "sync", "--once"]);
        command
    }

    /// All send the same files, turn by turn; one row for each, and how we compare.
    pub(crate) fn race(&self, data: &Data, rounds: usize) -> Result<Vec<Value>, Box<dyn Error>> {
        let albumen =
            |round: usize| self.sync(&self.computer(data, &["--album", &format!("turn-{round}")]));
        let contestants = [
            Contestant { who: "albumen sync --once", command: Box::new(albumen) },
            Contestant { who: "s5cmd cp", command: Box::new(|round| self.s5cmd(data, round)) },
            Contestant { who: "rclone copy", command: Box::new(|round| self.rclone(data, round)) },
        ];
        let standings = contest_beside(&contestants, rounds, &|| self.server_cpu_seconds())?;
        let mut rows: Vec<Value> = standings.iter().map(|one| row(one, data)).collect();
        rows.push(comparison(&standings));
        rows.push(json!({
            "who": "the services, all turns together",
            "peak_rss_bytes": self.server_peak_rss_bytes(),
        }));
        Ok(rows)
    }

    fn s5cmd(&self, data: &Data, round: usize) -> Command {
        let place = |round: usize| format!("s3://{}/s5cmd/{round}/", self.services.bucket);
        let s5cmd = || {
            let mut command = self.foreign("s5cmd");
            command.args(["--endpoint-url", &self.services.store, "--log", "error"]);
            command.env("AWS_ACCESS_KEY_ID", &self.services.access_key_id);
            command.env("AWS_SECRET_ACCESS_KEY", &self.services.secret_access_key);
            command.env("AWS_REGION", "us-east-1");
            command
        };
        if let Some(before) = in_the_way(data, round) {
            done(s5cmd().arg("rm").arg(format!("{}*", place(before))));
        }
        rest();
        let mut command = s5cmd();
        command.arg("cp").arg(data.folder.join("*")).arg(place(round));
        command
    }

    fn rclone(&self, data: &Data, round: usize) -> Command {
        let place = |round: usize| format!("ground:{}/rclone/{round}", self.services.bucket);
        let rclone = || {
            let mut command = self.foreign("rclone");
            command.arg("--config").arg(self.world.path("rclone.conf"));
            for (name, value) in [
                ("TYPE", "s3"),
                ("PROVIDER", "Other"),
                ("REGION", "us-east-1"),
                ("FORCE_PATH_STYLE", "true"),
                ("ENDPOINT", &self.services.store),
                ("ACCESS_KEY_ID", &self.services.access_key_id),
                ("SECRET_ACCESS_KEY", &self.services.secret_access_key),
            ] {
                command.env(format!("RCLONE_CONFIG_GROUND_{name}"), value);
            }
            command
        };
        if let Some(before) = in_the_way(data, round) {
            done(rclone().arg("purge").arg(place(before)));
        }
        rest();
        let mut command = rclone();
        command.args(["copy", "--s3-no-check-bucket"]).arg(&data.folder).arg(place(round));
        command
    }

    /// A program of others, far from the settings of whoever runs this.
    fn foreign(&self, name: &str) -> Command {
        let mut command = Command::new(peer(name));
        command.env("HOME", self.world.root()).env("NO_PROXY", "127.0.0.1");
        command
    }
}

/// The turn before whose files are to be removed: a large one, for room on the disk. Many small
/// ones stay, as some file systems make new files slowly for a minute after many were deleted,
/// whoever is next.
fn in_the_way(data: &Data, round: usize) -> Option<usize> {
    round.checked_sub(1).filter(|_| data.files == 1)
}

/// What was written before is on the disk, and every file has been left alone long enough.
fn rest() {
    done(&mut Command::new("sync"));
    std::thread::sleep(REST);
}

fn done(command: &mut Command) {
    let status = command.stdout(std::process::Stdio::null()).status();
    assert!(status.is_ok_and(|status| status.success()), "Preparation failed: {command:?}");
}

fn row(one: &Standing, data: &Data) -> Value {
    json!({
        "who": one.who,
        "files": data.files,
        "bytes": data.bytes,
        "seconds": one.seconds,
        "files_per_second": f64::from(data.files) / one.seconds,
        "megabytes_per_second": megabytes(data.bytes) / one.seconds,
        "cpu_seconds": one.cpu_seconds,
        "server_cpu_seconds": one.beside_cpu_seconds,
        "peak_rss_bytes": one.peak_rss_bytes,
        "rounds": one.rounds,
    })
}

/// Ours beside the fastest of the others: above 1 is more.
fn comparison(standings: &[Standing]) -> Value {
    let (ours, others) = standings.split_first().expect("we take part");
    let fastest = others.iter().min_by(|a, b| a.seconds.total_cmp(&b.seconds));
    let fastest = fastest.expect("others take part");
    json!({
        "who": format!("{} beside {}", ours.who, fastest.who),
        "speed_ratio": fastest.seconds / ours.seconds,
        "cpu_ratio": ours.cpu_seconds / fastest.cpu_seconds,
        "server_cpu_ratio": ours.beside_cpu_seconds / fastest.beside_cpu_seconds,
    })
}

#[expect(clippy::cast_precision_loss, reason = "files below 2^53 bytes")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// Whether a folder is on a disk rather than in memory: on the latter an fsync costs nothing.
pub(crate) fn is_on_disk(folder: &Path) -> bool {
    let kind = Command::new("stat").args(["-f", "-c", "%T"]).arg(folder).output();
    kind.is_ok_and(|kind| !kind.stdout.starts_with(b"tmpfs"))
}
