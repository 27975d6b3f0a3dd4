//! The token service alone, as a process of its own: over TLS, watched, beside a library service
//! that it makes libraries at, backed up and restored.

use std::fs;
use std::path::Path;
use std::process::Command;

use albumen_model::ErrorCode;
use albumen_model::auth::{CreateLibrary, CreateSpace};
use albumen_tests::device::Running;
use albumen_tests::instances::Instances;
use albumen_tests::person::PASSWORD;
use albumen_tests::postgres::PostgresServer;
use albumen_tests::world::Services;
use albumen_tests::{Device, Person, Smh, World, secrets};
use serde_json::{Value, json};

use crate::operator::{files, secret, text};

/// The home that it runs in.
const HOME: &str = "relay";

/// The token service as its owner meets it.
pub(crate) struct TokensAlone {
    /// The device of its owner.
    pub(crate) owner: Device,
    /// Where it answers.
    pub(crate) url: String,
    /// All that it said of itself.
    pub(crate) line: Value,
    /// Ends with this value.
    pub(crate) serving: Running,
}

impl TokensAlone {
    /// Starts it in a home of its own, with these arguments more, and becomes its owner by the code
    /// that it leaves there.
    pub(crate) fn start(world: &World, arguments: &[&str]) -> Self {
        let (serving, line) = serve(world, arguments);
        let word = |name: &str| line[name].as_str().expect("a text").to_owned();
        let (url, code) = (word("tokens"), word("set_up_code_file"));
        let owner = world.device("the owner's");
        let told = fs::read_to_string(&code).expect("it leaves a code there");
        secrets::learn("a set-up code", told.trim());
        secrets::learn("a password", PASSWORD);
        let password = secret(&world.path("owner.password"), PASSWORD);
        let by = ["--account", "owner", "--code-file", &code, "--password-file", &password];
        let trusted: Vec<&str> =
            line["ca_sha256"].as_str().into_iter().flat_map(|sha| ["--ca-sha256", sha]).collect();
        owner.run(&[&["login", &url, "--set-up"], &by[..], &trusted].concat()).is(0);
        Self { owner, url, line, serving }
    }

    /// Makes a library elsewhere known to it.
    pub(crate) fn adds(&mut self, hosting: &str, library: &str, key: &str) {
        let folder = self.owner.folder().parent().expect("a home").to_owned();
        let file = secret(&folder.join("library.secret"), key);
        let known = ["--url", hosting, "--id", library, "--name", "Elsewhere"];
        let add = [&["library", "add", "--secret-file", &file], &known[..]].concat();
        let added = self.owner.run(&add).is(0).value();
        assert_eq!(added["hostingUrl"], hosting, "{added}");
        assert!(!self.serving.said().contains(key), "nothing tells the secret");
    }

    /// Keeps so many photos of its owner in the album `Trip` of a space, and looks there for them.
    async fn keeps(&self, far: &Services, count: usize) {
        self.owner.photos(count);
        if count < 5 {
            self.owner.map(&["--space", &far.space_id, "--album", "Trip"]);
        }
        assert_eq!(self.owner.sync_all().verified, count as u64);
        assert_eq!(Smh::admin(far).await.names("Trip").await.len(), count);
    }
}

/// Starts it in its home, and what it said of itself.
fn serve(world: &World, arguments: &[&str]) -> (Running, Value) {
    let alone = [&["serve", "--tokens-only"], arguments].concat();
    let mut serving = world.device(HOME).start(&alone);
    serving.until_says("\"tokens\"");
    let said = serving.said();
    let line = serde_json::from_str(said.lines().next().expect("a line")).expect("it is JSON");
    (serving, line)
}

/// What curl gets from an address, trusting this authority where there is one; and the status.
fn fetch(url: &str, authority: Option<&Path>) -> (String, String) {
    let mut curl = Command::new("curl");
    curl.args(["-sS", "--noproxy", "*", "--max-time", "20", "-w", "\n%{http_code}", url]);
    curl.args(authority.iter().flat_map(|file| ["--cacert", text(file)]));
    let said = curl.output().expect("curl starts").stdout;
    let said = String::from_utf8(said).expect("it is text");
    let (body, status) = said.rsplit_once('\n').expect("curl tells the status");
    (body.to_owned(), status.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn it_speaks_tls_by_its_own_authority_and_is_watched() {
    let mut world = World::new();
    let far = world.serve();
    let mut tokens = TokensAlone::start(&world, &["--tls", "--metrics", "127.0.0.1:0"]);
    assert!(tokens.url.starts_with("https://"), "{}", tokens.url);
    let authority = world.path("relay/albumen/services/tls/ca.pem");
    for (path, wanted) in [("healthz", "alive"), ("readyz", "ready")] {
        let (body, status) = fetch(&format!("{}/{path}", tokens.url), Some(&authority));
        assert!(status == "200" && body.contains(wanted), "{path}: {status} {body}");
    }
    let (_, refused) = fetch(&format!("{}/healthz", tokens.url), None);
    assert_eq!(refused, "000", "nobody vouches for it elsewhere");
    let password = secret(&world.path("owner.password"), PASSWORD);
    let stranger = world.device("stranger");
    let login = ["login", &tokens.url, "--account", "owner", "--password-file", &password];
    let unknown = stranger.run(&login).is(5).error_value();
    assert_eq!(unknown["code"], "certificate_unknown", "{unknown}");
    assert_eq!(unknown["params"]["ca_sha256"], tokens.line["ca_sha256"], "{unknown}");

    tokens.adds(&far.hosting, &far.library_id, &far.library_secret);
    tokens.keeps(&far, 3).await;
    let page = tokens.line["metrics"].as_str().expect("it says where").to_owned();
    let (metrics, status) = fetch(&page, None);
    assert_eq!(status, "200");
    let issued = |line: &str| {
        line.starts_with("albumen_tokens_requests_total{") && line.contains("status=\"2xx\"")
    };
    assert!(metrics.lines().any(issued), "{metrics}");
    assert!(!metrics.contains("albumen_hosting_"), "it counts for nobody else");
    for never in [far.library_id.as_str(), far.space_id.as_str(), far.library_secret.as_str()] {
        assert!(!metrics.contains(never), "{never} in {metrics}");
    }

    // Another start, another certificate by the same authority.
    let TokensAlone { owner, url, line, serving } = tokens;
    drop(serving);
    let (serving, again) = serve(&world, &["--tls"]);
    assert_eq!(again["ca_sha256"], line["ca_sha256"]);
    assert!(again["set_up_code_file"].is_null(), "it has an owner");
    if again["tokens"] == url.as_str() {
        let tokens = TokensAlone { owner, url, line, serving };
        tokens.keeps(&far, 5).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_makes_libraries_at_a_library_service_beside_it() {
    let instances = Instances::start(1);
    let world = World::new();
    let (hosting, key) = (instances.base(0), instances.console_key_file());
    let beside = |url: &str, key: &str| {
        let by = ["--hosting-url", url, "--console-key-file", key];
        world.device("nobody's").run(&[&["serve", "--tokens-only"], &by[..]].concat())
    };
    let insecure = beside("http://photos.example", text(&key)).error();
    assert_eq!(insecure, "connection_insecure", "the console key would travel openly");
    assert_eq!(beside(&hosting, text(&world.path("none"))).error(), "service_failed");

    let by = ["--hosting-url", &hosting, "--console-key-file", text(&key)];
    let tokens = TokensAlone::start(&world, &by);
    let (library, space) = makes_a_library(&tokens.url).await.expect("it is made");
    let owner = &tokens.owner;
    let listed = owner.run(&["library", "list"]).is(0).value();
    assert_eq!((&listed[0]["libraryId"], &listed[0]["name"]), (&json!(library), &json!("Ours")));

    // It is used like any other: kept, and read back by somebody else.
    let photos = owner.photos(4);
    owner.map(&["--space", &space, "--album", "Trip"]);
    assert_eq!(owner.sync_all().verified, 4);
    let reader = Person::owner(&at(&tokens.url, &library, &space), "reader").await;
    for photo in &photos {
        let name = photo.file_name().and_then(|name| name.to_str()).expect("a plain name");
        let bytes = reader.download(&format!("Trip/{name}")).await;
        assert!(bytes == fs::read(photo).expect("it is ours"), "{name} comes back as it was");
    }
    let console = fs::read_to_string(&key).expect("it is ours");
    for path in files(&world.path("relay/albumen")) {
        let bytes = fs::read(&path).unwrap_or_default();
        let open = bytes.windows(console.trim().len()).any(|w| w == console.trim().as_bytes());
        assert!(!open, "the console key is in {}", path.display());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_library_service_beside_it_may_have_an_authority_of_its_own() {
    let (mut world, mut others) = (World::new(), World::new());
    let (far, strangers) = (world.serve_secure(), others.serve_secure());
    let file = |services: &Services| {
        services.ca_file.as_ref().expect("they have one").display().to_string()
    };
    let (right, wrong) = (file(&far), file(&strangers));
    let key = secret(&world.path("console.key"), &far.console_key);
    let by = ["--hosting-url", &far.hosting, "--console-key-file", &key];
    let tokens = TokensAlone::start(&world, &[&by[..], &["--hosting-ca", &right]].concat());
    let (_, space) = makes_a_library(&tokens.url).await.expect("it is made");
    tokens.owner.photos(3);
    tokens.owner.map(&["--space", &space, "--album", "Trip"]);
    // The device was told with its token whom to trust there, for the service and its store.
    assert_eq!(tokens.owner.sync_all().verified, 3);
    drop(tokens);
    for more in [&[][..], &["--hosting-ca", &wrong]] {
        let (_serving, line) = serve(&world, &[&by[..], more].concat());
        let url = line["tokens"].as_str().expect("an address");
        let refused = makes_a_library(url).await.expect_err("nobody vouches for it");
        assert_eq!(refused.code(), Some(ErrorCode::LibraryServiceUntrusted), "{refused}");
    }
    let plain = ["--hosting-url", "http://127.0.0.1:9", "--console-key-file", &key];
    let plain = [&["serve", "--tokens-only"], &plain[..], &["--hosting-ca", &right]].concat();
    assert_eq!(world.device(HOME).run(&plain).is(2).error(), "bad_request");
}

/// Services as a person needs to know them who signs in as the owner.
fn at(tokens: &str, library: &str, space: &str) -> Services {
    Services {
        hosting: String::new(),
        tokens: tokens.to_owned(),
        store: String::new(),
        console_key: String::new(),
        library_id: library.to_owned(),
        library_secret: String::new(),
        space_id: space.to_owned(),
        bucket: String::new(),
        access_key_id: String::new(),
        secret_access_key: String::new(),
        account: "owner".to_owned(),
        password: PASSWORD.to_owned(),
        ca_file: None,
        ca_sha256: None,
    }
}

/// A library with a space of albums, made through the token service; their ids.
async fn makes_a_library(tokens: &str) -> Result<(String, String), albumen_client::Error> {
    let person = Person::owner(&at(tokens, "none", "none"), "desktop").await;
    let wanted = CreateLibrary {
        name: "Ours".to_owned(),
        is_file_library: false,
        is_multi_space: true,
        is_multi_album: false,
    };
    let library = person.service.create_library(&wanted).await?;
    let space = CreateSpace { name: "Family".to_owned(), is_multi_album: true };
    let space = person.service.create_space(&library.library_id, &space).await?;
    Ok((library.library_id.as_str().to_owned(), space.space_id.as_str().to_owned()))
}

#[tokio::test(flavor = "multi_thread")]
async fn its_home_is_backed_up_and_restored_without_any_content() {
    let mut world = World::new();
    let far = world.serve();
    let mut tokens = TokensAlone::start(&world, &[]);
    tokens.adds(&far.hosting, &far.library_id, &far.library_secret);
    tokens.keeps(&far, 3).await;
    let relay = world.device(HOME);
    let (backup, passphrase) = (world.path("backup"), world.path("passphrase"));
    let passphrase = secret(&passphrase, "a passphrase for the kit");
    let back_up = ["backup", text(&backup), "--passphrase-file", &passphrase];
    let done = relay.run(&back_up).is(0).value();
    assert_eq!((&done["tokensOnly"], &done["objects"]), (&true.into(), &0.into()), "{done}");
    for path in files(&backup) {
        let bytes = fs::read(&path).expect("it can be read");
        let key = far.library_secret.as_bytes();
        assert!(!bytes.windows(key.len()).any(|w| w == key), "{}", path.display());
    }

    let TokensAlone { owner, url, line, serving } = tokens;
    drop(serving);
    fs::remove_dir_all(world.path("relay/albumen")).expect("the home is there");
    // What somebody put beside what was backed up is not taken for a part of it.
    let copies = fs::read_dir(backup.join("copies")).expect("there are copies");
    let copy = copies.map(|copy| copy.expect("an entry").path()).next().expect("one copy");
    fs::write(copy.join("back-ends.json"), "{}").expect("it is ours");
    let mut restore = world.albumen(HOME);
    restore.arg("restore").arg(&backup).args(["--passphrase-file", &passphrase]);
    let said = restore.output().expect("albumen starts");
    let said = [said.stdout, said.stderr].concat();
    let said = String::from_utf8(said).expect("it is text");
    assert!(said.contains("serve --tokens-only") && said.contains("albumen devices"), "{said}");
    let services = world.path("relay/albumen/services");
    assert!(!services.join("back-ends.json").exists() && !services.join("hosting").exists());

    let (serving, again) = serve(&world, &[]);
    assert!(again["set_up_code_file"].is_null(), "it has its owner");
    let password = secret(&world.path("owner.password"), PASSWORD);
    let now = again["tokens"].as_str().expect("an address");
    let by = ["--account", "owner", "--password-file", &password];
    world.device("laptop").run(&[&["login", now], &by[..]].concat()).is(0);
    // Devices go on as if nothing had been, unless somebody took its port meanwhile.
    let mut tokens = TokensAlone { owner, url, line, serving };
    if now == tokens.url {
        tokens.keeps(&far, 5).await;
        tokens.owner.run(&["audit", "verify"]).is(0);
    }

    // Its one database moves to a server, and is backed up from there.
    let postgres = PostgresServer::start();
    let address = secret(&world.path("database"), &postgres.address());
    let move_it = ["move-database", "--to-file", &address];
    assert_eq!(relay.run(&move_it).is(6).error(), "profile_in_use", "it runs");
    drop(tokens.serving);
    let moved = relay.run(&move_it).is(0).value();
    assert_eq!(moved["hostingRows"], 0, "{moved}");
    (tokens.serving, _) = serve(&world, &[]);
    let done = relay.run(&["backup", text(&backup)]).is(0).value();
    assert_eq!((&done["tokensOnly"], &done["kitIsNew"]), (&true.into(), &false.into()), "{done}");
}
