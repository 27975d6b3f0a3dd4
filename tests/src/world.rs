//! One test's world: a folder of its own, the services as one running program, proxies in front of
//! them, devices.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use crate::device::{self, Device};
use crate::provider;
use crate::proxy::{Proxy, free_port};
use crate::secrets::{self, Exempt, Searched};
use crate::vaults;
use serde::Deserialize;

/// From starting the services to the line that says where they are.
const SERVE_LIMIT: Duration = Duration::from_secs(30);
/// No limit on how often a token, or an address without one, may come.
pub(crate) const NO_LIMITS: [&str; 2] = ["--limit-requests", "0"];

/// What `albumen serve --dev --json` prints, once all three services answer.
#[derive(Clone, Debug, Deserialize)]
pub struct Services {
    /// Base URL of the library service.
    pub hosting: String,
    /// Base URL of the token service.
    pub tokens: String,
    /// Base URL of the object store.
    pub store: String,
    /// The root key of the console.
    pub console_key: String,
    /// The development library.
    pub library_id: String,
    /// Its secret; printed by a development server alone.
    pub library_secret: String,
    /// A space in it.
    pub space_id: String,
    /// The bucket behind it.
    pub bucket: String,
    /// For S3 tools that look into the bucket.
    pub access_key_id: String,
    /// For S3 tools that look into the bucket.
    pub secret_access_key: String,
    /// Account at the token service.
    pub account: String,
    /// Its password.
    pub password: String,
    /// The certificate of their authority; absent without TLS.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// The fingerprint of that, hex.
    #[serde(default)]
    pub ca_sha256: Option<String>,
}

/// Proxies in front of the three services: what devices do goes through them, so a test can count
/// and break it. They keep their addresses when the services start again.
#[derive(Debug)]
pub struct Front {
    /// In front of the library service.
    pub hosting: Proxy,
    /// In front of the token service.
    pub tokens: Proxy,
    /// In front of the object store.
    pub store: Proxy,
}

impl Front {
    /// Bytes that have passed the library service and the token service, in both directions.
    pub fn control_bytes(&self) -> u64 {
        [&self.hosting, &self.tokens].into_iter().map(|p| p.counts().up + p.counts().down).sum()
    }
}

/// A test's own folder and the programs it runs there.
#[derive(Debug)]
pub struct World {
    folder: Searched,
    serving: Option<Child>,
}

impl World {
    /// An empty world.
    ///
    /// # Panics
    /// When no temporary folder can be made.
    pub fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("albumen-").tempdir();
        let folder = Searched::for_all(folder.expect("a temporary folder"), EXEMPT);
        Self { folder, serving: None }
    }

    /// A path in the world; nothing is made there.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A folder in the world, made if need be.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn folder(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(&path).expect("our own folder can be written");
        path
    }

    /// `albumen` as on a computer named `device`; see [`device::albumen`].
    pub fn albumen(&self, device: &str) -> Command {
        device::albumen(&self.folder(device))
    }

    /// A computer named `name`, not signed in yet. Asked for twice, it is the same computer.
    pub fn device(&self, name: &str) -> Device {
        Device::new(name, self.folder(name))
    }

    /// Starts the three services over a development library; they end with the world. Those that
    /// run are killed first; a second start goes on with the same library.
    ///
    /// # Panics
    /// When they do not say in time where they are.
    pub fn serve(&mut self) -> Services {
        self.serve_with(&[], &[])
    }

    /// The same with TLS, by an authority of their own.
    ///
    /// # Panics
    /// As [`World::serve`].
    pub fn serve_secure(&mut self) -> Services {
        self.serve_with(&[], &["--tls"])
    }

    /// The same with proxies in front, which devices are told of instead of the services.
    ///
    /// # Panics
    /// As [`World::serve`].
    pub async fn serve_behind_proxies(&mut self) -> (Services, Front) {
        let nobody = || SocketAddr::from(([127, 0, 0, 1], free_port()));
        let front = Front {
            hosting: Proxy::start(nobody()).await,
            tokens: Proxy::start(nobody()).await,
            store: Proxy::start(nobody()).await,
        };
        let services = self.serve_again(&front);
        (services, front)
    }

    /// Starts the services behind proxies that are there already.
    ///
    /// # Panics
    /// As [`World::serve`].
    pub fn serve_again(&mut self, front: &Front) -> Services {
        let (hosting, store) = (front.hosting.url(), front.store.url());
        let mut services =
            self.serve_with(&[], &["--public-hosting", &hosting, "--public-store", &store]);
        for (proxy, url) in [
            (&front.hosting, &services.hosting),
            (&front.tokens, &services.tokens),
            (&front.store, &services.store),
        ] {
            proxy.set_target(address(url));
        }
        services.tokens = front.tokens.url();
        services
    }

    /// Starts the services with the library's content at a back end that a file names.
    ///
    /// # Panics
    /// As [`World::serve`].
    pub fn serve_over(&mut self, back_ends: &Path, name: &str) -> Services {
        let file = back_ends.to_str().expect("our own folder has a plain name");
        self.serve_with(&[], &["--back-ends", file, "--back-end", name])
    }

    /// Starts the services with no limit on how often a token may come: what is measured is the
    /// work, and one token does it all.
    ///
    /// # Panics
    /// As [`World::serve`].
    pub fn serve_without_limits(&mut self) -> Services {
        self.serve_with(&[], &NO_LIMITS)
    }

    /// Starts the services with an identity provider that people may sign in by, with these
    /// arguments more. The client secret is in that file.
    ///
    /// # Panics
    /// As [`World::serve`].
    pub fn serve_with_provider(
        &mut self,
        issuer: &str,
        secret_file: &Path,
        more: &[&str],
    ) -> Services {
        let file = secret_file.to_str().expect("our own folder has a plain name");
        secrets::learn("a client's secret at a provider", provider::CLIENT_SECRET);
        let known = ["--openid-issuer", issuer, "--openid-client-id", provider::CLIENT_ID];
        let told = ["--openid-secret-file", file, "--openid-name", "Home ID"];
        self.serve_with(&[], &[&known[..], &told, more].concat())
    }

    /// Starts the services on a disk of their own with so many MiB, and says where its root is seen
    /// from here. `None` on systems that let no user make such a disk.
    ///
    /// # Panics
    /// As [`World::serve`].
    pub fn serve_on_small_disk(&mut self, mib: u32) -> Option<(Services, PathBuf)> {
        let folder = self.folder("services");
        let disk = folder.to_str().expect("our own folder has a plain name");
        let script = format!("mount -t tmpfs -o size={mib}m tmpfs \"$0\" && exec \"$@\"");
        let above = ["unshare", "-rm", "sh", "-c", &script, disk];
        let try_it = Command::new(above[0]).args(&above[1..]).arg("true").status();
        if !try_it.is_ok_and(|status| status.success()) {
            return None;
        }
        let services = self.serve_with(&above, &[]);
        let pid = self.serving.as_ref().expect("they run").id();
        let seen = format!("/proc/{pid}/root{disk}");
        Some((services, PathBuf::from(seen)))
    }

    /// Starts them below another program, with these arguments more.
    fn serve_with(&mut self, above: &[&str], arguments: &[&str]) -> Services {
        self.stop_serving();
        let mut command = device::albumen_below(above, &self.folder("server"));
        command.args(["serve", "--dev", "--json", "--dir"]).arg(self.path("services"));
        command.args(arguments);
        let mut child = command.stdout(Stdio::piped()).spawn().expect("albumen starts");
        let output = child.stdout.take().expect("stdout is piped");
        self.serving = Some(child);
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            // Read on to the end, so that the services never block on a full pipe.
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                drop(sender.send(line));
            }
        });
        let line = receiver.recv_timeout(SERVE_LIMIT).expect("the services say where they are");
        let services: Services = serde_json::from_str(&line)
            .unwrap_or_else(|e| panic!("Not the promised line: {e}: {line}"));
        services.are_learned();
        services
    }

    /// The process that the three services run in; absent when they do not.
    pub fn server(&self) -> Option<u32> {
        self.serving.as_ref().map(Child::id)
    }

    /// Kills the services as a power cut would. Does nothing when none run.
    pub fn stop_serving(&mut self) {
        if let Some(mut child) = self.serving.take() {
            drop(child.kill());
            drop(child.wait());
        }
    }

    /// Where everything of this world lies.
    pub fn root(&self) -> &Path {
        self.folder.path()
    }
}

/// Where a base URL of a development service points.
///
/// # Panics
/// When it is none of this machine.
pub fn address(url: &str) -> SocketAddr {
    let address = url.strip_prefix("http://").and_then(|rest| rest.parse().ok());
    address.unwrap_or_else(|| panic!("Not an address on this machine: {url}"))
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl Services {
    /// What nobody may find in a log.
    fn are_learned(&self) {
        secrets::learn("a library's secret", &self.library_secret);
        secrets::learn("a console's key", &self.console_key);
        secrets::learn("a store's secret key", &self.secret_access_key);
        secrets::learn("a password", &self.password);
    }
}

/// What may lie in a world in the clear.
const EXEMPT: &[Exempt] = &[
    Exempt::of_test(".out", "what a program says on standard output is for who asked"),
    Exempt::of_test("password", "a file that an operator names to a program"),
    Exempt::of_test("passphrase", "a file that an operator names to a program"),
    Exempt::of_test("-secret", "a file that an operator names to a program"),
    Exempt::of_test(".secret", "a file that an operator names to a program"),
    Exempt::of_test("console.key", "a file that an operator names to a program"),
    Exempt::of_test("store.key", "a file that an operator names to a program"),
    Exempt::of_ours("set-up-code", "who can read the service's files may become its owner"),
    Exempt::of_ours(
        "keys.key",
        "opens the file of keys where there is no keychain; with a warning",
    ),
];

impl Drop for World {
    fn drop(&mut self) {
        self.stop_serving();
        if !std::thread::panicking() {
            vaults::learn_all(self.root());
        }
    }
}
