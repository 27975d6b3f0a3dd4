//! Several instances of the library service over one PostgreSQL and one object store, each a
//! process of its own that a test may kill.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

use crate::{
    World,
    postgres::PostgresServer,
    process, program,
    proxy::{Proxy, free_port},
    smh::{self, Reply, http},
    world::{NO_LIMITS, address},
};

const CONSOLE_KEY: &str = "console-key-of-the-instances";
/// From starting an instance to its first answer.
const READY_WITHIN: Duration = Duration::from_secs(30);

/// The instances, and all they stand on. They end with this value.
pub struct Instances {
    children: Vec<Child>,
    ports: Vec<u16>,
    folder: PathBuf,
    arguments: &'static [&'static str],
    postgres: PostgresServer,
    world: World,
}

/// CPU seconds spent so far by what runs now.
#[derive(Clone, Copy, Debug)]
pub struct Spent {
    /// All instances together.
    pub instances: f64,
    /// The database server.
    pub database: f64,
    /// The process with the object store; services that nobody asks idle in it.
    pub store: f64,
}

impl Instances {
    /// Starts so many, and waits until they answer.
    ///
    /// # Panics
    /// When one of them does not.
    pub fn start(count: usize) -> Self {
        Self::start_over(count, PostgresServer::start(), &[], None)
    }

    /// The same over a database server that is there, with no limit on how often a token may come:
    /// what is measured is the work.
    ///
    /// # Panics
    /// As [`Instances::start`].
    pub fn start_without_limits(count: usize, postgres: PostgresServer) -> Self {
        Self::start_over(count, postgres, &NO_LIMITS, None)
    }

    /// As [`Instances::start`] with a proxy in front of the object store.
    ///
    /// # Panics
    /// As [`Instances::start`].
    pub fn start_behind(count: usize, store: &Proxy) -> Self {
        Self::start_over(count, PostgresServer::start(), &[], Some(store))
    }

    fn start_over(
        count: usize,
        postgres: PostgresServer,
        arguments: &'static [&'static str],
        store: Option<&Proxy>,
    ) -> Self {
        let mut world = World::new();
        let mut services = world.serve();
        if let Some(proxy) = store {
            proxy.set_target(address(&services.store));
            services.store = proxy.url();
        }
        let folder = world.folder("instances");
        let key = format!("{}\n{}\n", services.access_key_id, services.secret_access_key);
        secret(&folder.join("store.key"), &key);
        secret(&folder.join("console.key"), CONSOLE_KEY);
        secret(&folder.join("database"), &postgres.address());
        let back_ends = json!({"main": {
            "kind": "s3", "bucket": services.bucket, "prefix": "instances/", "region": "us-east-1",
            "endpoint": services.store, "pathStyle": true,
            "credentialFile": folder.join("store.key"),
        }});
        fs::write(folder.join("back-ends.json"), back_ends.to_string()).expect("our own folder");
        let ports: Vec<u16> = (0..count).map(|_| free_port()).collect();
        let children = ports.iter().map(|port| instance(&folder, *port, arguments)).collect();
        ports.iter().for_each(|port| wait(*port));
        Self { children, ports, folder, arguments, postgres, world }
    }

    /// What all of it has cost so far.
    pub fn spent(&self) -> Spent {
        let spent = |pid| process::cpu_seconds(pid).unwrap_or_default();
        Spent {
            instances: self.children.iter().map(|child| spent(child.id())).sum(),
            database: self.postgres.cpu_seconds(),
            store: self.world.server().map(spent).unwrap_or_default(),
        }
    }

    /// Kills one without warning and starts it again at once. Does not wait until it answers.
    ///
    /// # Panics
    /// When it had ended by itself.
    pub fn kill_and_restart(&mut self, which: usize) {
        let child = &mut self.children[which];
        let ended = child.try_wait().expect("a child can be asked");
        assert!(ended.is_none(), "instance {which} ended by itself: {ended:?}");
        child.kill().expect("a child can be killed");
        child.wait().expect("a killed child ends");
        *child = instance(&self.folder, self.ports[which], self.arguments);
    }

    /// A space in a fresh library of these settings, with an administrator's token.
    ///
    /// # Panics
    /// When anything of it is refused.
    pub async fn place(&self, settings: Value) -> Place {
        self.place_like(settings, json!({})).await
    }

    /// The same; `space` says what the space is to be like.
    ///
    /// # Panics
    /// When anything of it is refused.
    pub async fn place_like(&self, settings: Value, space: Value) -> Place {
        let bases = self.ports.iter().map(|port| format!("http://127.0.0.1:{port}")).collect();
        Place::make(bases, CONSOLE_KEY, &settings, &space).await
    }

    /// The file with their console key.
    pub fn console_key_file(&self) -> PathBuf {
        self.folder.join("console.key")
    }

    /// Where one of them answers.
    pub fn base(&self, which: usize) -> String {
        format!("http://127.0.0.1:{}", self.ports[which])
    }
}

impl Drop for Instances {
    fn drop(&mut self) {
        for child in &mut self.children {
            drop(child.kill());
            drop(child.wait());
        }
    }
}

fn secret(file: &Path, text: &str) {
    fs::write(file, text).expect("our own folder can be written");
    fs::set_permissions(file, Permissions::from_mode(0o600)).expect("our own file");
}

fn instance(folder: &Path, port: u16, arguments: &[&str]) -> Child {
    let log = fs::OpenOptions::new().create(true).append(true).open(folder.join("log"));
    let log = log.expect("our own folder can be written");
    let mut command = Command::new(program("albumen"));
    command.args(["--json", "serve", "--hosting-only", "--listen", &format!("127.0.0.1:{port}")]);
    for (name, file) in [
        ("--database-file", "database"),
        ("--console-key-file", "console.key"),
        ("--back-ends", "back-ends.json"),
    ] {
        command.arg(name).arg(folder.join(file));
    }
    command.args(["--back-end", "main"]).args(arguments).env("HOME", folder);
    let started = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn();
    started.expect("albumen can be started")
}

fn wait(port: u16) {
    let start = Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(start.elapsed() < READY_WITHIN, "An instance does not answer");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A space that every instance serves.
#[derive(Clone, Debug)]
pub struct Place {
    http: Client,
    bases: Vec<String>,
    library: String,
    secret: String,
    space: String,
    token: String,
}

impl Place {
    /// A space in a fresh library of these settings, made with the console's key of a service that
    /// has these base URLs; `space` says what the space is to be like.
    ///
    /// # Panics
    /// When anything of it is refused.
    pub async fn make(
        bases: Vec<String>,
        console_key: &str,
        settings: &Value,
        space: &Value,
    ) -> Self {
        let (http, base) = (http(), bases[0].clone());
        let made = http.post(format!("{base}/console/v1/libraries")).bearer_auth(console_key);
        let made = smh::send(made.json(&json!({ "settings": settings }))).await.is(201).json;
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let library = text(&made["library"]["libraryId"]);
        let ask = json!({"library_id": library, "library_secret": made["librarySecret"],
            "grant": "admin"});
        let token =
            smh::send(http.post(format!("{base}/api/v1/token")).json(&ask)).await.is(200).json;
        let token = text(&token["accessToken"]);
        let asked = http.post(format!("{base}/api/v1/space/{library}")).bearer_auth(&token);
        let space = text(&smh::send(asked.json(space)).await.is(201).json["spaceId"]);
        let secret = text(&made["librarySecret"]);
        Self { http, bases, library, secret, space, token }
    }

    /// The same space asked for at another base URL: a proxy, or a service that came back.
    pub fn through(&self, base: &str) -> Self {
        Self { bases: vec![base.to_owned()], ..self.clone() }
    }

    /// The library's id.
    pub fn library(&self) -> &str {
        &self.library
    }

    /// The library's secret.
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// The space's id.
    pub fn space(&self) -> &str {
        &self.space
    }

    /// The token that everything here is asked with.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The first instance's address of a noun (with what stands before it) at a place of the space;
    /// the place may have a query.
    pub fn url(&self, noun: &str, place: &str) -> String {
        self.url_at(0, noun, place)
    }

    fn url_at(&self, instance: usize, noun: &str, place: &str) -> String {
        format!("{}/{noun}/{}/{}/{place}", self.bases[instance], self.library, self.space)
    }

    /// A request to that address with the token.
    pub fn request(&self, method: Method, noun: &str, place: &str) -> RequestBuilder {
        self.http.request(method, self.url(noun, place)).bearer_auth(&self.token)
    }

    /// Asks an instance; `None` when no whole answer came. `place` may have a query.
    pub async fn ask(
        &self,
        instance: usize,
        method: Method,
        noun: &str,
        place: &str,
        body: &Value,
    ) -> Option<Reply> {
        let url = self.url_at(instance, &format!("api/v1/{noun}"), place);
        let request = self.http.request(method, url).bearer_auth(&self.token);
        let request = if body.is_null() { request } else { request.json(body) };
        smh::try_send(request).await
    }

    async fn answer(&self, instance: usize, method: Method, noun: &str, place: &str) -> Reply {
        self.ask(instance, method, noun, place, &Value::Null).await.expect("the instance answers")
    }

    /// Puts the bytes where a begin said.
    ///
    /// # Panics
    /// When the store refuses them.
    pub async fn put(&self, begun: &Value, bytes: &[u8]) {
        let sent = smh::put(&self.http, begun, bytes).await;
        assert_eq!(sent.status(), 200, "{:?}", sent.text().await);
    }

    /// Puts the space under a quota of so many bytes.
    ///
    /// # Panics
    /// When that is refused.
    pub async fn quota(&self, bytes: u64) {
        let url = format!("{}/api/v1/quota/{}", self.bases[0], self.library);
        let body = json!({"spaces": [self.space], "capacity": bytes.to_string(),
            "removeWhenExceed": false, "removeAfterDays": 0});
        smh::send(self.http.post(url).bearer_auth(&self.token).json(&body)).await.is(201);
    }

    /// Name and size of everything in the space's root, by name.
    ///
    /// # Panics
    /// When a page does not come.
    pub async fn listed(&self, instance: usize) -> Vec<(String, u64)> {
        let (mut rows, mut marker) = (Vec::new(), String::new());
        loop {
            let rest = format!("?by-marker=1&limit=1000&marker={marker}");
            let page = self.answer(instance, Method::GET, "directory", &rest).await.is(200).json;
            rows.extend(page["contents"].as_array().expect("contents").iter().map(|row| {
                let size = row["size"].as_str().and_then(|size| size.parse().ok());
                (row["name"].as_str().expect("a name").to_owned(), size.unwrap_or_default())
            }));
            match page["nextMarker"].as_str() {
                Some(next) => marker = next.to_owned(),
                None => break,
            }
        }
        rows.sort();
        rows
    }

    /// Bytes that count against the quota.
    ///
    /// # Panics
    /// When the instance does not tell.
    pub async fn used(&self, instance: usize) -> u64 {
        let Self { library, space, .. } = self;
        let url = format!("{}/api/v1/usage/{library}/{space}", self.bases[instance]);
        let asked = self.http.get(url).bearer_auth(&self.token);
        let told = smh::send(asked).await.is(200).json;
        told[0]["size"].as_str().and_then(|size| size.parse().ok()).expect("a size")
    }

    /// A file's bytes.
    ///
    /// # Panics
    /// When it is not there.
    pub async fn download(&self, name: &str) -> Vec<u8> {
        smh::follow(&self.http, self.answer(0, Method::GET, "file", name).await, name).await
    }
}
