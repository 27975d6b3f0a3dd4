//! What goes wrong around a sync, and that nothing is lost, torn or sent twice by it.

mod hostile;
mod local_files;
mod names;
mod outages;
mod refused;

use albumen_tests::{Device, Smh};

/// The album holds exactly the files of the device's folder: each once, with its bytes, in its
/// first version. A torn or repeated upload would show as other bytes, another name or a second
/// version.
pub(crate) async fn assert_there_once(cloud: &Smh, album: &str, device: &Device) {
    let there = cloud.album(album).await;
    let mut files = 0;
    for entry in std::fs::read_dir(device.folder()).expect("the folder can be read") {
        let entry = entry.expect("the folder can be read");
        if !entry.file_type().is_ok_and(|kind| kind.is_file()) {
            continue;
        }
        files += 1;
        let name = entry.file_name().into_string().expect("a plain name");
        let file = there.get(&name).unwrap_or_else(|| panic!("Not in the cloud: {name}"));
        let bytes = std::fs::read(entry.path()).expect("the file can be read");
        assert!(file.bytes == bytes, "Other bytes in the cloud: {name}");
        assert_eq!(file.version, 1, "Sent more than once: {name}");
    }
    assert_eq!(there.len(), files, "More in the cloud than on disk: {:?}", there.keys());
}
