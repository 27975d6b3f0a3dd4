//! The same with every service a process of its own: the library service over PostgreSQL with its
//! content at an S3 store, and the token service alone, which knows the library by address, id and
//! secret.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use albumen_tests::device::Running;
use albumen_tests::instances::Instances;
use albumen_tests::world::{Services, address};
use albumen_tests::{Device, Proxy, World, secrets};
use serde_json::{Value, json};

use super::Stage;

const PASSWORD: &str = "a long enough password for tests";

/// The token service as its owner meets it.
struct TokensAlone {
    owner: Device,
    url: String,
    folder: PathBuf,
    /// Ends with this value.
    serving: Running,
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_three_devices_is_revoked_and_comes_back_in_relay_mode() {
    let nobody = "127.0.0.1:9".parse().expect("an address");
    let (store, hosting) = (Proxy::start(nobody).await, Proxy::start(nobody).await);
    let instances = Instances::start_behind(1, &store);
    hosting.set_target(address(&instances.base(0)));
    let space = json!({"isMultiAlbum": true, "allowPhoto": true, "allowVideo": true});
    let place = instances.place_like(json!({}), space).await;

    let world = World::new();
    let mut tokens = TokensAlone::start(&world);
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

impl TokensAlone {
    /// Starts it in a home of its own and becomes its owner by the code that it leaves there.
    fn start(world: &World) -> Self {
        let mut serving = world.device("relay").start(&["serve", "--tokens-only"]);
        serving.until_says("set_up_code_file");
        let said = serving.said();
        let line: Value = serde_json::from_str(said.trim()).expect("one line of JSON");
        let text = |name: &str| line[name].as_str().expect("a text").to_owned();
        let (url, code) = (text("tokens"), text("set_up_code_file"));
        let owner = world.device("the owner's");
        let told = fs::read_to_string(&code).expect("it leaves a code there");
        secrets::learn("a set-up code", told.trim());
        secrets::learn("a password", PASSWORD);
        let password = secret_file(&world.path("owner.password"), PASSWORD);
        let by = ["--account", "owner", "--code-file", &code, "--password-file", &password];
        owner.run(&[&["login", &url, "--set-up"], &by[..]].concat()).is(0);
        let libraries = owner.run(&["library", "list"]).is(0).value();
        assert_eq!(libraries, json!([]), "it has none of its own");
        Self { owner, url, folder: world.root().to_owned(), serving }
    }

    fn adds(&mut self, hosting: &str, library: &str, secret: &str) {
        let file = secret_file(&self.folder.join("library.secret"), secret);
        let known = ["--url", hosting, "--id", library, "--name", "Elsewhere"];
        let add = [&["library", "add", "--secret-file", &file], &known[..]].concat();
        let added = self.owner.run(&add).is(0).value();
        assert_eq!(added["hostingUrl"], hosting, "{added}");
        assert!(!self.serving.said().contains(secret), "nothing tells the secret");
    }
}

/// A file that only its owner can read.
fn secret_file(path: &Path, text: &str) -> String {
    fs::write(path, text).expect("our own folder can be written");
    fs::set_permissions(path, Permissions::from_mode(0o600)).expect("our own file");
    path.to_str().expect("our own folder has a plain name").to_owned()
}
