//! The same with the library hosted elsewhere: by a process of its own over PostgreSQL, with its
//! content at an S3 store, which the token service knows by address, id and secret alone.

use albumen_model::{LibraryId, LibrarySecret};
use albumen_tests::{Proxy, instances::Instances, world::address};
use albumen_tests::{World, world::Services};
use albumen_tokens::{AdoptLibrary, TokensConfig, serve};
use serde_json::json;
use tokio::net::TcpListener;

use super::Stage;

const PASSWORD: &str = "a long enough password for tests";

#[tokio::test(flavor = "multi_thread")]
async fn one_of_three_devices_is_revoked_and_comes_back_in_relay_mode() {
    let nobody = "127.0.0.1:9".parse().expect("an address");
    let (store, hosting) = (Proxy::start(nobody).await, Proxy::start(nobody).await);
    let instances = Instances::start_behind(1, &store);
    hosting.set_target(address(&instances.base(0)));
    let space = json!({"isMultiAlbum": true, "allowPhoto": true, "allowVideo": true});
    let place = instances.place_like(json!({}), space).await;

    let world = World::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    // Its own library service is none: nothing answers there.
    let config = TokensConfig::new(world.folder("tokens"), "http://127.0.0.1:9");
    let handle = serve(listener, config).await.expect("the token service starts");
    let service = handle.service();
    service.ensure_owner("owner", PASSWORD).await.expect("an owner");
    let adopted = AdoptLibrary {
        library_id: LibraryId::parse(place.library()).expect("an id"),
        secret: LibrarySecret::new(place.secret()),
        name: "Elsewhere".to_owned(),
        is_file_library: false,
        hosting_url: Some(hosting.url()),
        data_scheme: Some("http".to_owned()),
    };
    service.adopt_library(adopted).await.expect("the library is adopted");
    let services = Services {
        hosting: hosting.url(),
        tokens: format!("http://{}", handle.local_addr()),
        store: store.url(),
        console_key: String::new(),
        library_id: place.library().to_owned(),
        library_secret: place.secret().to_owned(),
        space_id: place.space().to_owned(),
        bucket: String::new(),
        access_key_id: String::new(),
        secret_access_key: String::new(),
        account: "owner".to_owned(),
        password: PASSWORD.to_owned(),
        ca_file: None,
        ca_sha256: None,
    };
    let stage = Stage { world: &world, services, store: &store, store_is_fenced: false };
    stage.plays().await;
    handle.service().verify_audit(None).await.expect("the audit log is whole");
    handle.shutdown().await;
}
