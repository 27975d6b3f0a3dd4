//! Programs of others at the store: how each is told where it is and with which key, and what it
//! printed.

use std::path::{Path, PathBuf};
use std::process::Command;

use albumen_tests::World;
use albumen_tests::programs::peer;
use albumen_tests::world::Services;

/// How long an answer to curl may take, in seconds: longer than a silent client is borne with.
const FETCH_LIMIT_S: &str = "20";

/// A world with the services and a place for what goes in and comes out.
pub(crate) struct Desk {
    pub(crate) world: World,
    pub(crate) services: Services,
}

impl Desk {
    pub(crate) fn open() -> Self {
        let mut world = World::new();
        let services = world.serve();
        Self { world, services }
    }

    /// The same over TLS; every program is told whom to trust in its own way.
    pub(crate) fn open_secure() -> Self {
        let mut world = World::new();
        let services = world.serve_secure();
        Self { world, services }
    }

    /// A program from PyPI that finds its key in the environment, and no proxy or settings of the
    /// machine.
    pub(crate) fn tool(&self, name: &str) -> Command {
        let mut command = Command::new(peer(name));
        plain(&mut command);
        command.env("HOME", self.world.root()).current_dir(self.world.root());
        command.env("AWS_ACCESS_KEY_ID", &self.services.access_key_id);
        command.env("AWS_SECRET_ACCESS_KEY", &self.services.secret_access_key);
        command.env("AWS_REGION", "any").env("AWS_EC2_METADATA_DISABLED", "true");
        if let Some(ca_file) = &self.services.ca_file {
            command.env("AWS_CA_BUNDLE", ca_file).env("SSL_CERT_FILE", ca_file);
        }
        command
    }

    /// A file with this content, in the world.
    pub(crate) fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.world.path(name);
        std::fs::write(&path, bytes).expect("our own folder can be written");
        path
    }

    /// What curl gets from an address; `Err` is the HTTP status.
    pub(crate) fn fetch(&self, url: &str) -> Result<Vec<u8>, String> {
        let body = self.world.path("fetched");
        let mut curl = Command::new("curl");
        plain(&mut curl);
        curl.args(["-sS", "-w", "%{http_code}", "-o"]).arg(&body).arg(url);
        curl.args(["--max-time", FETCH_LIMIT_S]);
        if let Some(ca_file) = &self.services.ca_file {
            curl.arg("--cacert").arg(ca_file);
        }
        let status = output(&mut curl);
        if status == "200" { Ok(read(&body)) } else { Err(status) }
    }
}

/// No proxy and no settings of the machine.
fn plain(command: &mut Command) {
    for name in ["http_proxy", "https_proxy", "all_proxy"] {
        command.env_remove(name).env_remove(name.to_uppercase());
    }
    command.env("NO_PROXY", "*").env("no_proxy", "*");
}

/// What a command printed, without the blanks around it; it must succeed.
pub(crate) fn output(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{command:?}\n{out}\n{err}");
    out
}

pub(crate) fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}
