//! Files that change under the reader, for real.

use std::io::Write;

use super::*;

fn file(text: &[u8]) -> (tempfile::TempDir, std::path::PathBuf, LocalStat) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jpg");
    fs::write(&path, text).unwrap();
    let stat = stat_of(&fs::metadata(&path).unwrap());
    (folder, path, stat)
}

#[test]
fn a_quiet_file_is_read_with_its_check_value() {
    let (_folder, path, stat) = file(b"123456789");
    let source = Source::open(&path, &stat).unwrap();
    let check = Crc64::new(0x995D_C9BB_DF19_39FA);
    assert_eq!(
        source.read(0, 9, &BufferPool::default()).unwrap(),
        (Bytes::from_static(b"123456789"), check)
    );
    assert_eq!(source.digest(0, 9).unwrap(), check);
    let first = source.digest(0, 4).unwrap();
    let second = source.read(4, 5, &BufferPool::default()).unwrap().1;
    assert_eq!(Crc64Digest::combine(first, second, 5), check);
    assert_eq!(source.read(0, 0, &BufferPool::default()).unwrap().1, Crc64::new(0));
}

#[test]
fn a_file_that_grows_shrinks_or_is_replaced_is_not_believed() {
    let (_folder, path, stat) = file(b"123456789");
    let source = Source::open(&path, &stat).unwrap();
    fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"more").unwrap();
    assert!(matches!(source.read(0, 9, &BufferPool::default()), Err(ReadFailure::Changed)));
    assert!(matches!(Source::open(&path, &stat), Err(ReadFailure::Changed)));

    let (_folder, path, stat) = file(b"123456789");
    let source = Source::open(&path, &stat).unwrap();
    fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(3).unwrap();
    assert!(matches!(source.read(0, 9, &BufferPool::default()), Err(ReadFailure::Changed)));
    assert!(matches!(source.digest(0, 9), Err(ReadFailure::Changed)));

    let (folder, path, stat) = file(b"123456789");
    let other = folder.path().join("other");
    fs::write(&other, b"987654321").unwrap();
    fs::rename(&other, &path).unwrap();
    assert!(matches!(Source::open(&path, &stat), Err(ReadFailure::Changed)));
    fs::remove_file(&path).unwrap();
    assert!(matches!(Source::open(&path, &stat), Err(ReadFailure::Missing)));
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_somebody_writes_is_busy() {
    let (_folder, path, stat) = file(b"123456789");
    let writer = fs::OpenOptions::new().append(true).open(&path).unwrap();
    assert!(matches!(Source::open(&path, &stat), Err(ReadFailure::Busy)));
    drop(writer);
    assert!(Source::open(&path, &stat).is_ok());
}

#[cfg(unix)]
#[test]
fn a_link_in_its_place_is_not_followed() {
    let (folder, path, stat) = file(b"123456789");
    let aside = folder.path().join("aside");
    fs::rename(&path, &aside).unwrap();
    std::os::unix::fs::symlink(&aside, &path).unwrap();
    assert!(matches!(Source::open(&path, &stat), Err(ReadFailure::Changed)));
}

#[test]
fn a_file_read_in_the_tick_of_its_change_may_hide_another() {
    let fine =
        LocalStat { mtime_ns: 1_000_000_007, ctime_ns: 5_000_000_007, ..LocalStat::default() };
    let coarse =
        LocalStat { mtime_ns: 4_000_000_000, ctime_ns: 4_000_000_000, ..LocalStat::default() };
    for (stat, read_at, racy) in
        [(fine, 5_010, true), (fine, 5_100, false), (coarse, 5_900, true), (coarse, 6_200, false)]
    {
        assert_eq!(is_racy(&stat, read_at), racy, "{read_at}");
    }
}
