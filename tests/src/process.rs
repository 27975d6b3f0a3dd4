//! Finding and ending the processes that a test started, grandchildren included.
//!
//! A window starts web processes, a bus starts services: parents end before their children and no
//! process group holds them all. So each session marks its processes by an environment variable,
//! which every descendant inherits, and ends exactly those that carry the mark.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// What the runner of the suites marks its programs by; sessions pass it on.
pub const SUITE_MARK: &str = "ALBUMEN_SUITE_MARK";

/// How often a wait looks again.
const POLL: Duration = Duration::from_millis(10);

/// An environment variable and its value, unique to one session or suite.
#[derive(Clone, Debug)]
pub struct Mark {
    /// The variable's name.
    pub name: &'static str,
    /// A value that no other session has.
    pub value: String,
}

impl Mark {
    /// The living processes that carry this mark, this one aside. Empty where there is no `/proc`.
    pub fn processes(&self) -> Vec<u32> {
        let wanted = format!("{}={}", self.name, self.value).into_bytes();
        all()
            .filter(|pid| *pid != std::process::id())
            .filter(|pid| {
                let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
                environment.split(|byte| *byte == 0).any(|entry| entry == wanted)
            })
            .collect()
    }

    /// Those of them that run this program.
    pub fn running(&self, program: &std::path::Path) -> Vec<u32> {
        self.processes()
            .into_iter()
            .filter(|pid| executable(*pid).as_deref() == Some(program))
            .collect()
    }

    /// Asks all of them to end, and after `patience` ends them the hard way.
    pub fn end(&self, patience: Duration) {
        send(&self.processes(), Signal::SIGTERM);
        let start = Instant::now();
        while start.elapsed() < patience && !self.processes().is_empty() {
            std::thread::sleep(POLL);
        }
        // Twice: one that was starting another at the first look.
        for _ in 0..2 {
            send(&self.processes(), Signal::SIGKILL);
        }
    }
}

/// Ends a process at once, as a crash or a power cut would; true when it was there.
pub fn kill_9(pid: u32) -> bool {
    kill(raw(pid), Signal::SIGKILL).is_ok()
}

/// Waits until a process is gone; false when it is still there after `limit`.
pub fn gone(pid: u32, limit: Duration) -> bool {
    let start = Instant::now();
    while executable(pid).is_some() {
        if start.elapsed() > limit {
            return false;
        }
        std::thread::sleep(POLL);
    }
    true
}

/// The program that a process runs; absent when it has ended (also when nobody has reaped it yet).
pub fn executable(pid: u32) -> Option<PathBuf> {
    std::fs::read_link(format!("/proc/{pid}/exe")).ok()
}

/// What a process was started with, as everybody on the computer sees it; absent when it has ended.
pub fn arguments(pid: u32) -> Option<Vec<Vec<u8>>> {
    let line =
        std::fs::read(format!("/proc/{pid}/cmdline")).ok().filter(|line| !line.is_empty())?;
    let words = line.strip_suffix(&[0]).unwrap_or(&line);
    Some(words.split(|byte| *byte == 0).map(<[u8]>::to_vec).collect())
}

/// The CPU seconds that a process and the children it has waited for spent so far, in steps of a
/// hundredth; absent when it has ended, and where there is no `/proc`.
pub fn cpu_seconds(pid: u32) -> Option<f64> {
    // Fixed for programs on every kind of machine that Linux runs on.
    const TICKS_PER_SECOND: f64 = 100.0;
    let fields = stat(pid)?;
    let ticks = fields.get(11..15)?.iter().map(|field| field.parse::<u32>().ok());
    ticks.sum::<Option<u32>>().map(|ticks| f64::from(ticks) / TICKS_PER_SECOND)
}

/// The same of a process and its living children together: a server that forks for each client.
pub fn cpu_seconds_with_children(pid: u32) -> Option<f64> {
    let parent = pid.to_string();
    let is_child = |pid: &u32| stat(*pid).is_some_and(|fields| fields.get(1) == Some(&parent));
    let children: f64 = all().filter(is_child).filter_map(cpu_seconds).sum();
    cpu_seconds(pid).map(|own| own + children)
}

/// The most memory that a process has held so far, in bytes; absent as for [`cpu_seconds`].
pub fn peak_rss_bytes(pid: u32) -> Option<u64> {
    status_bytes(pid, "VmHWM:")
}

/// The memory that a process holds now, in bytes; absent as for [`cpu_seconds`].
pub fn rss_bytes(pid: u32) -> Option<u64> {
    status_bytes(pid, "VmRSS:")
}

/// What the system counts of a process, from its state on.
fn stat(pid: u32) -> Option<Vec<String>> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The program's name stands in brackets and may hold anything; numbers follow the last one.
    Some(stat.rsplit_once(')')?.1.split_whitespace().map(str::to_owned).collect())
}

fn status_bytes(pid: u32, name: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

fn all() -> impl Iterator<Item = u32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

fn send(pids: &[u32], signal: Signal) {
    for pid in pids {
        // One that ended meanwhile is what was wanted.
        let _ended = kill(raw(*pid), signal);
    }
}

fn raw(pid: u32) -> Pid {
    Pid::from_raw(i32::try_from(pid).expect("the kernel's ids fit"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn the_costs_of_a_living_process_are_told() {
        let this = std::process::id();
        let before = cpu_seconds(this).expect("this process lives");
        let start = Instant::now();
        let mut sum = 0u64;
        while start.elapsed() < Duration::from_millis(200) {
            sum = std::hint::black_box(sum.wrapping_mul(31) + 1);
        }
        assert!(cpu_seconds(this).expect("it still lives") > before);
        assert!(rss_bytes(this).expect("it lives") > 1_000_000);
        assert!(peak_rss_bytes(this) >= rss_bytes(this));
        assert_eq!(cpu_seconds(u32::MAX), None);
    }

    #[test]
    fn a_living_child_counts_with_its_parent() {
        let script = "while :; do :; done";
        let mut busy = Command::new("sh").args(["-c", script]).spawn().expect("sh starts");
        let (this, start) = (std::process::id(), Instant::now());
        let child = || cpu_seconds(busy.id()).expect("it lives");
        while child() < 0.2 {
            assert!(start.elapsed() < Duration::from_secs(60), "the child gets no time");
            std::thread::sleep(POLL);
        }
        let own = cpu_seconds(this).expect("this process lives");
        let both = cpu_seconds_with_children(this).expect("this process lives");
        busy.kill().expect("it can be killed");
        busy.wait().expect("it is reaped");
        assert!(both >= own + 0.2, "{own} alone, {both} together");
    }

    #[test]
    fn a_mark_finds_and_ends_grandchildren_and_nobody_else() {
        let mark = Mark { name: "ALBUMEN_TEST_MARK", value: std::process::id().to_string() };
        let mut bystander = Command::new("sleep").arg("60").spawn().expect("sleep starts");
        let mut child = Command::new("sh")
            .args(["-c", "sleep 60 & sleep 60"])
            .env(mark.name, &mark.value)
            .spawn()
            .expect("sh starts");
        let start = Instant::now();
        while mark.processes().len() < 3 {
            assert!(start.elapsed() < Duration::from_secs(10), "Marked: {:?}", mark.processes());
            std::thread::sleep(POLL);
        }

        mark.end(Duration::from_secs(5));

        child.wait().expect("the child is reaped");
        assert_eq!(mark.processes(), [0; 0]);
        assert!(executable(bystander.id()).is_some(), "a process without the mark was ended");
        assert!(kill_9(bystander.id()));
        bystander.wait().expect("the bystander is reaped");
        assert!(gone(bystander.id(), Duration::from_secs(5)));
    }
}
