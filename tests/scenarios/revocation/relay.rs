//! The same with every service a process of its own: the library service over PostgreSQL with its
//! content at an S3 store, and the token service alone, which knows the library by address, id and
//! secret.

use albumen_tests::instances::Instances;
use albumen_tests::person::PASSWORD;
use albumen_tests::world::{Services, address};
use albumen_tests::{Proxy, World};
use serde_json::json;

use super::Stage;
use crate::tokens_alone::TokensAlone;

#[tokio::test(flavor = "multi_thread")]
async fn one_of_three_devices_is_revoked_and_comes_back_in_relay_mode() {
    let nobody = "127.0.0.1:9".parse().expect("an address");
    let (store, hosting) = (Proxy::start(nobody).await, Proxy::start(nobody).await);
    let instances = Instances::start_behind(1, &store);
    hosting.set_target(address(&instances.base(0)));
    let space = json!({"isMultiAlbum": true, "allowPhoto": true, "allowVideo": true});
    let place = instances.place_like(json!({}), space).await;

    let world = World::new();
    let mut tokens = TokensAlone::start(&world, &[]);
    assert_eq!(tokens.owner.run(&["library", "list"]).is(0).value(), json!([]), "it has none");
    tokens.adds(&hosting.url(), place.library(), place.secret());
    let services = Services {
        hosting: hosting.url(),
        tokens: tokens.url.clone(),
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
    // The owner's own device was among those that were signed out.
    tokens.owner.run(&["devices", "list"]).is(4);
    let office = world.device("office");
    office.login(&stage.services);
    office.run(&["audit", "verify"]).is(0);
    assert!(!tokens.serving.is_over(), "it served all the while");
}
