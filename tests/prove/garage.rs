//! A library whose content lies at an S3 server of somebody else (Garage): a computer syncs to it
//! and another from it, and no byte of a file passes our own services.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use albumen_tests::{World, programs::built_peer, proxy::free_port, smh::Smh};

/// From starting Garage to its first answer.
const START_LIMIT: Duration = Duration::from_secs(60);
const KEY: &str = "GK31c2f218a2e44f485b94239e";
const SECRET: &str = "b892c0665f0ada8a4755dae98baa3b133590e11dae3bcc1f9d769d67f16c3835";
const BUCKET: &str = "photos";

/// A running server; it ends with this.
struct Garage {
    server: Child,
    url: String,
}

impl Garage {
    fn start(folder: &Path) -> Self {
        let [rpc, api] = [free_port(), free_port()];
        let place = folder.display();
        let config = format!(
            "metadata_dir = \"{place}/meta\"\ndata_dir = \"{place}/data\"\ndb_engine = \"sqlite\"\n\
             replication_factor = 1\nrpc_bind_addr = \"127.0.0.1:{rpc}\"\n\
             rpc_public_addr = \"127.0.0.1:{rpc}\"\nrpc_secret = \"{}\"\n\n\
             [s3_api]\ns3_region = \"garage\"\napi_bind_addr = \"127.0.0.1:{api}\"\n",
            "5a".repeat(32)
        );
        let file = folder.join("garage.toml");
        fs::write(&file, config).expect("our own folder can be written");
        let log = fs::File::create(folder.join("garage.log")).expect("a log");
        let server = Command::new(built_peer("garage"))
            .arg("-c")
            .arg(&file)
            .args(["server", "--single-node", "--default-bucket"])
            .env("GARAGE_DEFAULT_ACCESS_KEY", KEY)
            .env("GARAGE_DEFAULT_SECRET_KEY", SECRET)
            .env("GARAGE_DEFAULT_BUCKET", BUCKET)
            .stdout(log.try_clone().expect("a log"))
            .stderr(log)
            .stdin(Stdio::null())
            .spawn()
            .expect("garage starts");
        let garage = Self { server, url: format!("http://127.0.0.1:{api}") };
        let start = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", api)).is_err() {
            assert!(start.elapsed() < START_LIMIT, "garage does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
        garage
    }

    /// The file that tells the services of it.
    fn back_ends(&self, folder: &Path) -> PathBuf {
        let key = folder.join("garage.key");
        fs::write(&key, format!("{KEY}\n{SECRET}\n")).expect("our own folder can be written");
        let config = serde_json::json!({"far": {
            "kind": "s3", "bucket": BUCKET, "prefix": "albumen/", "region": "garage",
            "endpoint": self.url, "pathStyle": true, "credentialFile": key,
        }});
        let file = folder.join("back-ends.json");
        fs::write(&file, config.to_string()).expect("our own folder can be written");
        file
    }
}

impl Drop for Garage {
    fn drop(&mut self) {
        drop(self.server.kill());
        drop(self.server.wait());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_library_on_garage_is_synced_to_and_from() {
    let mut world = World::new();
    let folder = world.folder("garage");
    let garage = Garage::start(&folder);
    let services = world.serve_over(&garage.back_ends(&folder), "far");

    let laptop = world.device("laptop");
    laptop.photos(6);
    // Large enough for parts, and for more than a hundred of them to matter not at all.
    let film: Vec<u8> = (0..40_000_000_u32).map(|n| (n % 251) as u8).collect();
    fs::write(laptop.folder().join("film.mp4"), &film).expect("our own folder can be written");
    laptop.set_up(&services, "Trip");
    assert_eq!(laptop.sync_all().verified, 7);

    let there = Smh::admin(&services).await.album("Trip").await;
    assert_eq!(there.len(), 7);
    assert!(there["film.mp4"].bytes == film, "every byte came to Garage and back");
    // The services' own store holds nothing of it.
    let own: u64 = walk(&world.path("services/store"));
    assert!(own < 4 << 20, "{own} bytes in the services' own store");
    let log = fs::read_to_string(world.path("services/hosting/hosting.db")).unwrap_or_default();
    assert!(!log.contains(SECRET), "the key is in no database");
}

/// Bytes of all files in a folder.
fn walk(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).expect("the folder is there").filter_map(Result::ok);
    entries
        .map(|entry| match entry.file_type().expect("an entry has a type").is_dir() {
            true => walk(&entry.path()),
            false => entry.metadata().map_or(0, |facts| facts.len()),
        })
        .sum()
}
