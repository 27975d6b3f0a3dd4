//! Hostile requests to every operation of the table and to those that no grant decides: place,
//! query, headers and body, whatever they hold. Each is answered with success or with a code of the
//! contract, never with a fault of the service (which is what a panic becomes); and whatever names
//! were asked for, the store has keys of the library's own and no others.

use std::{collections::BTreeMap, future::Future, sync::Mutex};

use albumen_model::ErrorCode;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::{
    collection::vec,
    prelude::{Strategy, any},
    sample::select,
    test_runner::{Config, TestCaseError, TestError, TestRunner},
};
use tokio::runtime::Runtime;

use super::{
    place::{CONTENT, Layout, Place, Wish, target},
    strange,
    table::ROWS,
};
use crate::world::{Reply, World};

/// Cases of a property: some seconds.
const CASES: u32 = 300;

/// Operations that the table leaves out.
const OTHERS: &[(&str, &str)] = &[
    ("GET token?library_id=<L>&library_secret=x&space_id=<S>&period=<file>", ""),
    ("POST token", r#"{"library_id":"<L>","library_secret":"<key>","grant":"<file>"}"#),
    ("DELETE token/<L>/<key>", ""),
    ("DELETE token/<L>?library_secret=<key>&user_id=<file>&client_id=<new>", ""),
    ("POST token/<L>/<key>", ""),
    ("GET share/file/<code>/<within>?list=1&access_token=<visit>", ""),
    ("GET share/file/<code>/<within>?preview=1&access_token=<visit>", ""),
    ("GET share/file/<code>/<within>?download=1&access_token=<visit>", ""),
    ("GET share/url-detail/<code>", ""),
    ("POST share/verify/<code>", r#"{"extractionCode":"<file>","access_token":"<visit>"}"#),
    ("GET version", ""),
    ("GET <newdir>/<L>/<S>/<file>", ""),
];
/// Every name that some query may have.
const PARAMETERS: &[&str] = &[
    "marker",
    "limit",
    "page",
    "page_size",
    "offset",
    "order_by",
    "orderBy",
    "order_by_type",
    "filter",
    "prefix",
    "start_name",
    "sort_type",
    "by-marker",
    "by-page",
    "info",
    "stats",
    "stats_type",
    "recycled_id",
    "upload",
    "confirm",
    "renew",
    "multipart",
    "preview",
    "update",
    "restore",
    "delete",
    "copy",
    "move",
    "lifecycle",
    "cancel",
    "virtual_file",
    "calibrate",
    "conflict_resolution_strategy",
    "force",
    "filesize",
    "content_cas",
    "with_content_cas",
    "with_inode",
    "traffic_limit",
    "history_id",
    "size",
    "scale",
    "width_size",
    "height_size",
    "frame_number",
    "period",
    "purpose",
    "content_disposition",
    "restore_path_strategy",
    "permanent",
    "directory_only",
    "space_id",
    "space_tag",
    "user_id",
    "client_id",
    "grant",
    "library_secret",
    "cursor",
    "category",
    "with_path",
    "creatorId",
    "detail",
    "setEnabled",
];
/// Every name that some body may have.
const FIELDS: &[&str] = &[
    "from",
    "copyFrom",
    "copyFromSpaceId",
    "fromSpaceId",
    "to",
    "path",
    "linkTo",
    "fromTemplate",
    "permanent",
    "conflictResolutionStrategy",
    "labels",
    "metaData",
    "metaDataDirective",
    "category",
    "localCreationTime",
    "contentType",
    "size",
    "crc64",
    "beginningHash",
    "fullHash",
    "partNumberRange",
    "isPublicRead",
    "spaceTag",
    "allowPhotoExtname",
    "downloadTrafficLimit",
    "retentionDays",
    "enableFileHistory",
    "fileHistoryCount",
    "mergeInterval",
    "spaces",
    "capacity",
    "removeWhenExceed",
    "removeAfterDays",
    "keywords",
    "keyword",
    "scope",
    "marker",
    "type",
    "fileTypes",
    "inExtnames",
    "minFileSize",
    "modificationTimeStart",
    "aggregations",
    "inode",
    "filterActionBy",
    "withPath",
    "name",
    "filePath",
    "config",
    "adminEnabled",
    "targetSpaceId",
    "targetPath",
    "sourceInodesPath",
    "inodes",
    "extractionCode",
    "creatorId",
];
const HEADERS: &[&str] = &[
    "range",
    "if-none-match",
    "authorization",
    "content-type",
    "accept-encoding",
    "origin",
    "x-smh-meta-a",
    "x-smh-meta-\u{7e}",
    "client-version",
    "x-request-id",
    "x-forwarded-for",
    "access-control-request-headers",
    "content-encoding",
    "cookie",
];

/// Request and body of every operation.
fn operations() -> Vec<(&'static str, &'static str)> {
    let rows = ROWS.iter().map(|row| (row.request, row.body));
    rows.chain(OTHERS.iter().copied()).collect()
}

/// A service with a place in it, and a token that may do everything there.
struct Scene {
    runtime: Runtime,
    world: World,
    place: Place,
    words: BTreeMap<String, String>,
    token: String,
    /// How often each status with its code was heard.
    heard: Mutex<BTreeMap<String, u32>>,
}

impl Scene {
    fn new() -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let (world, place, words) = runtime.block_on(async {
            let world = World::start().await;
            let place = Place::new(&world, Layout::Tree, true).await;
            let words = place.shared(&world, ROWS).await;
            (world, place, words)
        });
        let token = place.token("admin").to_owned();
        Self { runtime, world, place, words, token, heard: Mutex::default() }
    }

    /// A text of an operation with the scene's things in it, but for those of `instead`.
    fn filled(&self, text: &str, instead: &[(String, String)]) -> String {
        let mut text = text.replace("<spaces>", "");
        let words = self.words.iter().map(|(word, value)| (word.as_str(), value));
        let own = self.place.fixed().chain(words);
        let own = own.map(|(word, value)| (word.to_owned(), value.clone()));
        for (word, value) in instead.iter().cloned().chain(own) {
            text = text.replace(&format!("<{word}>"), &value);
        }
        text
    }

    /// Sends it; what is wrong with the reply.
    async fn sent(&self, request: &str, headers: &[u8], body: &str) -> Result<(), TestCaseError> {
        let (method, path) = request.split_once(' ').expect("a method");
        let join = if path.contains('?') { '&' } else { '?' };
        let target = format!("{}{join}access_token={}", target(path), self.token);
        let head = [format!("{method} {target} HTTP/1.1").as_bytes(), headers].concat();
        self.judged(self.world.send_raw(&head, body.as_bytes()).await, method == "HEAD")
    }

    /// Tries a property on many cases.
    fn holds<S: Strategy, F: Future<Output = Result<(), TestCaseError>>>(
        &self,
        strategy: S,
        property: impl Fn(S::Value) -> F,
    ) where
        S::Value: Clone,
    {
        let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
        let held =
            TestRunner::new(config).run(&strategy, |case| self.runtime.block_on(property(case)));
        match held {
            Ok(()) => {
                // One that hears the same again and again proves little.
                let heard = self.heard.lock().expect("whole");
                let good = heard.iter().filter(|(heard, _)| heard.starts_with(['2', '3']));
                let good: u32 = good.map(|(_, count)| count).sum();
                assert!(heard.len() > 4 && good >= CASES / 20, "{heard:?}");
                self.runtime.block_on(self.keys_are_its_own());
            }
            Err(TestError::Fail(why, case)) => panic!("{why}: {case:?}"),
            Err(error) => panic!("{error}"),
        }
    }

    /// A success, or a refusal with a code that the contract has.
    fn judged(&self, reply: Option<Reply>, is_head: bool) -> Result<(), TestCaseError> {
        let Some(reply) = reply else { return Err(TestCaseError::fail("no reply")) };
        let code = reply.code();
        let heard = format!("{} {code}", reply.status);
        *self.heard.lock().expect("whole").entry(heard).or_default() += 1;
        let is_known = ErrorCode::parse(code).is_some_and(|code| code.status() == reply.status);
        // What is no HTTP never gets to the service.
        let is_no_request = reply.header("x-request-id").is_empty();
        match reply.status {
            200..400 => Ok(()),
            400 | 414 | 431 if is_no_request => Ok(()),
            400..500 if is_known || is_head => Ok(()),
            _ => Err(TestCaseError::fail(format!("{reply:?}"))),
        }
    }

    /// The store has nothing but keys of the library.
    async fn keys_are_its_own(&self) {
        let (keys, library) = (self.world.keys().await, format!("{}/", self.place.library.id));
        assert!(!keys.is_empty());
        for key in keys {
            let rest = key.strip_prefix(&library).unwrap_or_else(|| panic!("a stray key: {key:?}"));
            let plain = |c: char| c.is_ascii_alphanumeric() || "/_-".contains(c);
            assert!(!rest.is_empty() && rest.chars().all(plain), "a strange key: {key:?}");
        }
    }
}

#[test]
fn every_place() {
    let scene = Scene::new();
    let words = "L S box dir file new newdir taken item inode gone key parts ready history search \
        share foreign code visit within quota cursor favorite other office";
    let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
    let instead = vec((select(words), strange::written()), 1..6);
    scene.holds((select(operations()), instead), async |((request, body), instead)| {
        let body = scene.filled(body, &[]);
        scene.sent(&scene.filled(request, &instead), b"", &body).await
    });
}

#[test]
fn every_parameter() {
    let scene = Scene::new();
    let parameters = vec((select(PARAMETERS), strange::written()), 1..6);
    scene.holds((select(operations()), parameters), async |((request, body), parameters)| {
        let mut request = scene.filled(request, &[]);
        for (name, value) in parameters {
            let join = if request.contains('?') { '&' } else { '?' };
            request = format!("{request}{join}{name}={value}");
        }
        scene.sent(&request, b"", &scene.filled(body, &[])).await
    });
}

#[test]
fn every_body() {
    let scene = Scene::new();
    let fields = vec((select(FIELDS), strange::json()), 0..5);
    let shapes = (fields, any::<bool>(), strange::json(), 0..10_u8);
    scene.holds((select(operations()), shapes), async |((request, body), shapes)| {
        let (fields, is_list, other, which) = shapes;
        let fields = fields.iter().map(|(name, value)| format!("\"{name}\":{value}"));
        let own = scene.filled(body, &[]);
        let own = own.trim_start_matches(['[', '{']).trim_end_matches([']', '}']);
        let own = (which < 5 && !own.is_empty()).then(|| own.to_owned());
        let object = format!("{{{}}}", fields.chain(own).collect::<Vec<_>>().join(","));
        let body = match which {
            9 => other,
            _ if is_list => format!("[{object}]"),
            _ => object,
        };
        scene.sent(&scene.filled(request, &[]), b"", &body).await
    });
}

#[test]
fn every_header() {
    let scene = Scene::new();
    let headers = vec((select(HEADERS), strange::header_value()), 1..6);
    scene.holds((select(operations()), headers), async |((request, body), headers)| {
        let mut written = Vec::new();
        for (name, value) in headers {
            written.extend_from_slice(b"\r\n");
            written.extend_from_slice(name.as_bytes());
            written.extend_from_slice(b": ");
            written.extend_from_slice(&value);
        }
        scene.sent(&scene.filled(request, &[]), &written, &scene.filled(body, &[])).await
    });
}

/// Files of any name at all: those that are let in can be found, copied, moved and deleted by it.
#[test]
fn every_name_of_a_file() {
    let scene = Scene::new();
    let send = async |method: &str, path: &str, body: String| {
        let head = format!("{method} /api/v1/{path}?access_token={} HTTP/1.1", scene.token);
        scene.world.send_raw(head.as_bytes(), body.as_bytes()).await
    };
    scene.holds((strange::written(), strange::text()), async |(name, other)| {
        let base = scene.filled("file/<L>/<S>", &[]);
        let begun = send("PUT", &format!("{base}/{name}"), String::new()).await;
        let is_begun = begun.as_ref().is_some_and(|reply| reply.status == 201);
        if !is_begun {
            return scene.judged(begun, false);
        }
        let begun = begun.expect("a reply");
        scene.world.put(&begun, &[7; CONTENT]).await;
        let confirm = Wish {
            request: format!("POST {base}/{}?confirm=1", begun.text("confirmKey")),
            body: String::new(),
            token: scene.token.clone(),
        };
        let done = confirm.send(&scene.world, Some(&scene.token)).await;
        let names: Vec<String> = serde_json::from_value(done.json["path"].clone())
            .map_err(|error| TestCaseError::fail(format!("{error}: {done:?}")))?;
        // By the name that the reply tells, in every way a body names a path.
        let path = names.join("/");
        for key in ["copyFrom", "linkTo", "from"] {
            let body = serde_json::json!({ key: path }).to_string();
            let to = utf8_percent_encode(&other, NON_ALPHANUMERIC);
            scene.judged(send("PUT", &format!("{base}/{to}"), body).await, false)?;
        }
        let list = send("GET", &scene.filled("directory/<L>/<S>/", &[]), String::new()).await;
        scene.judged(list, false)
    });
}
