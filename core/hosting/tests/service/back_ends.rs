//! Libraries whose content is kept by an object store of somebody else: signed part by part, found
//! by its key whatever becomes of the library, and never mixed with the service's own.

use std::{collections::BTreeMap, sync::Arc};

use albumen_media::digest::{DigestChoice, digest_bytes};
use albumen_store::{
    BucketName, Clock, Credential, ListQuery, MemoryStore, ObjectStore, SystemClock, UploadKeys,
    data_plane::{DataPlane, S3Config, S3DataPlane},
    sign::S3Endpoint,
    wire::{self, DEFAULT_MAX_CONNECTIONS, ServeConfig, StoreServer},
};
use serde_json::json;
use tokio::net::TcpListener;

use crate::world::{Desk, World};

const MIB: usize = 1 << 20;
/// By then the store has let go of what was deleted for good.
const COLLECTED_SECONDS: i64 = 30 * 86_400;

/// Somebody else's S3, with one bucket.
pub(crate) struct Foreign {
    store: Arc<MemoryStore>,
    _server: StoreServer,
}

fn bucket() -> BucketName {
    "theirs-125".parse().expect("a bucket")
}

impl Foreign {
    /// Starts it, with two back ends on its bucket.
    pub(crate) async fn start() -> (Self, BTreeMap<String, Arc<dyn DataPlane>>) {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let store = Arc::new(MemoryStore::new(Arc::clone(&clock)));
        store.create_bucket(&bucket()).await.expect("a bucket");
        let root = Credential::random();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let config = ServeConfig {
            store: store.clone(),
            keys: Arc::new(UploadKeys::new(Arc::clone(&clock))),
            clock: Arc::clone(&clock),
            root: root.clone(),
            base_domains: Vec::new(),
            max_connections: DEFAULT_MAX_CONNECTIONS,
            tls: None,
        };
        let server = wire::serve(listener, config).expect("it is served");
        let plane = |prefix: &str| -> Arc<dyn DataPlane> {
            let config = S3Config {
                endpoint: S3Endpoint::path_style(url.parse().expect("a URL")),
                public_url: None,
                bucket: bucket(),
                prefix: prefix.to_owned(),
                credential: root.clone(),
            };
            Arc::new(S3DataPlane::new(config, Arc::clone(&clock)).expect("a plane"))
        };
        let planes = [("far", plane("one/")), ("other", plane("two/"))];
        let planes = planes.map(|(name, plane)| (name.to_owned(), plane)).into();
        (Self { store, _server: server }, planes)
    }

    async fn keys(&self) -> Vec<String> {
        let page = self.store.list(&bucket(), &ListQuery::under("")).await.expect("a list");
        page.objects.into_iter().map(|object| object.key).collect()
    }
}

pub(crate) async fn far_desk(world: &World, back_end: &str) -> Desk {
    world.desk(json!({"isFileLibrary": true, "backEnd": back_end}), json!({})).await
}

#[tokio::test]
async fn content_lies_where_its_library_says() {
    let (foreign, back_ends) = Foreign::start().await;
    let world = World::start_with(back_ends).await;
    let (far, other, near) =
        (far_desk(&world, "far").await, far_desk(&world, "other").await, world.file_desk().await);
    for desk in [&far, &other, &near] {
        let done = world.upload(desk, "a.txt", "", b"bytes").await;
        assert_eq!(done.status, 200, "{done:?}");
        assert_eq!(world.download(desk, "a.txt").await, b"bytes");
    }
    let keys = foreign.keys().await;
    let under = |desk: &Desk, prefix: &str| {
        let prefix = format!("{prefix}/content/{}/", desk.library.id);
        keys.iter().filter(|key| key.starts_with(&prefix)).count()
    };
    assert_eq!((keys.len(), under(&far, "one"), under(&other, "two")), (2, 1, 1), "{keys:?}");
    // What is deleted goes from there as well.
    let signed = world.at(&far, "GET", "file", "a.txt").await.header("location").to_owned();
    assert_eq!(world.status_of(&signed).await, 200);
    assert!(world.at(&far, "DELETE", "file", "a.txt?permanent=1").await.status < 300);
    assert_eq!(world.download(&other, "a.txt").await, b"bytes");
    world.clock.advance_seconds(COLLECTED_SECONDS);
    world.service.sweep().await.expect("swept");
    assert_eq!(foreign.keys().await.len(), 1);
    assert_eq!(world.status_of(&signed).await, 404);
}

#[tokio::test]
async fn parts_are_signed_one_by_one_and_ranges_may_be_asked_for() {
    let (_foreign, back_ends) = Foreign::start().await;
    let world = World::start_with(back_ends).await;
    let desk = far_desk(&world, "far").await;
    let body = json!({"partNumberRange": "1-2"});
    let begun = world.at_with(&desk, "POST", "file", "film.mp4?multipart=1", body).await;
    assert_eq!(begun.status, 201, "{begun:?}");
    assert!(begun.json.get("headers").is_none());
    let parts = begun.json["parts"].as_object().expect("parts");
    assert_eq!(parts.keys().collect::<Vec<_>>(), ["1", "2"]);
    let (first, last) = (vec![1; MIB], b"last".to_vec());
    world.put_part(&begun, 1, &first).await;
    let key = begun.text("confirmKey");
    let body = json!({"partNumberRange": "2-101"});
    let renewed = world.at_with(&desk, "POST", "file", &format!("{key}?renew=1"), body).await;
    assert_eq!(renewed.json["parts"].as_object().expect("parts").len(), 100);
    world.put_part(&renewed, 2, &last).await;
    let state = world.at(&desk, "GET", "file", &format!("{key}?upload=1")).await;
    assert_eq!(state.json["parts"].as_array().expect("parts").len(), 2);
    assert!(state.json["uploadPartInfo"]["parts"]["1"]["query"].is_string());
    let bytes = [first, last].concat();
    let done = world.confirm(&desk, &begun, "", &bytes).await;
    assert_eq!((done.status, done.text("size")), (200, bytes.len().to_string()), "{done:?}");
    assert!(world.download(&desk, "film.mp4").await == bytes);
}

#[tokio::test]
async fn a_late_put_does_not_change_what_was_confirmed() {
    let (_foreign, back_ends) = Foreign::start().await;
    let world = World::start_with(back_ends).await;
    let desk = far_desk(&world, "far").await;
    let begun = world.at(&desk, "PUT", "file", "a.txt?filesize=5").await;
    world.put(&begun, b"bytes").await;
    world.confirm(&desk, &begun, "", b"other").await.is(400, "BadCrc64");
    world.put(&begun, b"bytes").await;
    assert_eq!(world.confirm(&desk, &begun, "", b"bytes").await.status, 200);
    world.put(&begun, b"evil!").await;
    assert_eq!(world.download(&desk, "a.txt").await, b"bytes");
    let begun = world.at(&desk, "PUT", "file", "b.txt?filesize=4").await;
    world.put(&begun, b"bytes").await;
    world.confirm(&desk, &begun, "", b"bytes").await.is(400, "QuotaLimitReached");
    world.at(&desk, "POST", "file", "c.txt").await.is(400, "FunctionNotEnabled");
}

#[tokio::test]
async fn quick_uploads_and_previews_work_there_too() {
    let (foreign, back_ends) = Foreign::start().await;
    let world = World::start_with(back_ends).await;
    let desk = far_desk(&world, "far").await;
    let bytes: Vec<u8> = (0..MIB + 9).map(|n| (n % 251) as u8).collect();
    world.upload(&desk, "a.bin", "", &bytes).await;
    world.service.hash().await.expect("hashed");
    let choice = DigestChoice { chained_sha256: true, blake3: false };
    let hashes = digest_bytes(&bytes, choice).chained.expect("large enough");
    let claim = json!({"fullHash": hashes.full_hash, "size": bytes.len()});
    assert_eq!(world.at_with(&desk, "PUT", "file", "b.bin", claim).await.status, 200);

    let mut png = std::io::Cursor::new(Vec::new());
    let picture = image::DynamicImage::new_rgb8(40, 20);
    picture.write_to(&mut png, image::ImageFormat::Png).expect("an encoder");
    world.upload(&desk, "a.png", "", png.get_ref()).await;
    let small = world.at(&desk, "GET", "file", "a.png?preview=1&size=10").await;
    let small = image::load_from_memory(&world.fetch(small.header("location")).await);
    assert_eq!(small.expect("a picture").width(), 10);
    let kept = foreign.keys().await;
    assert!(kept.iter().any(|key| key.contains("/preview/")), "{kept:?}");
}

#[tokio::test]
async fn a_fence_tells_until_when_signed_addresses_still_take_bytes() {
    let (_foreign, back_ends) = Foreign::start().await;
    let world = World::start_with(back_ends).await;
    let desk = far_desk(&world, "far").await;
    let begun = world.at(&desk, "PUT", "file", "a.txt").await;
    let body = json!({"library_id": desk.library.id, "library_secret": desk.library.secret,
        "user_id": "ann", "client_id": "mac"});
    let receipt = world.call_with("POST", "/albumen/v1/uploads/fence", body).await;
    assert_eq!(receipt.status, 200, "{receipt:?}");
    assert!(receipt.json["writableUntil"].is_string(), "{receipt:?}");
    world.put(&begun, b"bytes").await;
    let again = desk.with(&world, "user_id=ann&client_id=mac&grant=space_admin").await;
    world.confirm(&again, &begun, "", b"bytes").await.is(403, "UploadFenced");
}

#[tokio::test]
async fn a_back_end_is_named_once_and_for_ever() {
    let (_foreign, back_ends) = Foreign::start().await;
    let world = World::start_with(back_ends).await;
    for name in ["nowhere", "FAR", "far:x", "../far", " "] {
        let settings = json!({"settings": {"backEnd": name}});
        world.console("POST", "", settings).await.is(400, "ParamInvalid");
    }
    let desk = far_desk(&world, "far").await;
    let path = format!("/{}", desk.library.id);
    let listed = world.console("GET", &path, json!(null)).await;
    assert_eq!(listed.json["settings"]["backEnd"], json!("far"));
    for name in ["", "other"] {
        let change = json!({"settings": {"backEnd": name}});
        world.console("PATCH", &path, change).await.is(400, "ParamInvalid");
    }
}
