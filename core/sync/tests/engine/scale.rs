//! Large folders and large files. Figures are printed; judged is only what no machine may exceed.

use std::{fs, time::Instant};

use crate::kit::{Desk, album, content};

/// The most memory this process ever held, MiB.
fn peak_mib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("VmHWM: 0 kB");
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1024
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_thousand_files_are_looked_through_again() {
    let desk = Desk::new();
    for folder in 0..200 {
        let path = desk.path(&format!("{folder:03}"));
        fs::create_dir(&path).unwrap();
        for file in 0..500 {
            fs::write(path.join(format!("IMG_{file:04}.jpg")), [0; 10]).unwrap();
        }
    }
    desk.rest();
    let engine = desk.engine();
    let id = desk.map(&engine, album("All")).await;
    let first = engine.sync_once(&id).await.unwrap();
    assert_eq!((first.verified, first.failed), (100_000, 0));
    println!(
        "first run {:.1} s, peak {} MiB, the cloud's own rows included",
        first.seconds,
        peak_mib()
    );
    let begun = Instant::now();
    let again = engine.sync_once(&id).await.unwrap();
    println!("unchanged re-scan and listing {:.2} s", begun.elapsed().as_secs_f64());
    assert_eq!(again.verified, 100_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_thousand_photos_pass_through() {
    let desk = Desk::new();
    for n in 0..2_000 {
        desk.write(&format!("{}/IMG_{n}.jpg", n % 20), &content(n, 300_000));
    }
    desk.rest();
    let engine = desk.engine();
    let id = desk.map(&engine, album("All")).await;
    let report = engine.sync_once(&id).await.unwrap();
    assert_eq!(report.verified, 2_000);
    let rate = 2_000.0 / report.seconds;
    println!("{rate:.0} files/s without a network, peak {} MiB", peak_mib());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_film_needs_little_memory() {
    let mut desk = Desk::new();
    desk.limits = albumen_sync::Limits::default();
    let film = fs::File::create(desk.path("film.mp4")).unwrap();
    film.set_len(2 << 30).unwrap();
    drop(film);
    let engine = desk.engine();
    let id = desk.map(&engine, album("All")).await;
    let report = engine.sync_once(&id).await.unwrap();
    assert_eq!(report.verified, 1);
    println!("{:.1} s, peak {} MiB", report.seconds, peak_mib());
    assert!(peak_mib() < 150);
}
