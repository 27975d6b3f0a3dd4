//! A space of each sort to walk through: its tokens, and the things that requests speak of. It
//! knows how to make them and nothing of who may.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU32, Ordering},
};

use futures::future::BoxFuture;
use serde_json::{Value, json};

use super::table::{GRANTS, Row};
use crate::world::{Desk, Library, Reply, World};

/// Everybody with a token is ann at her machine: uploads and shares are hers.
const WHO: &str = "user_id=ann&client_id=mac&period=100000000";
/// Bytes of every file: a number that stands out.
pub(super) const CONTENT: usize = 77_777;
/// What every name begins with.
pub(super) const NAME: &str = "secret";
/// Words that stand for one thing of the place, whoever asks.
const FIXED: &[&str] =
    &["L", "S", "box", "cursor", "code", "visit", "within", "quota", "inode", "gone"];

/// How directories work in a place (SMH section 2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// A file library.
    Tree,
    /// A media library of albums.
    Albums,
    /// A media library without.
    Flat,
}

/// A request with everything in it.
pub(super) struct Wish {
    pub(super) request: String,
    pub(super) body: String,
    /// Of the grant that was asked for, for everything that the request speaks of.
    pub(super) token: String,
}

impl Wish {
    pub(super) async fn send(&self, world: &World, token: Option<&str>) -> Reply {
        let (method, path) = self.request.split_once(' ').expect("a method");
        let join = if path.contains('?') { '&' } else { '?' };
        let token = token.map(|token| format!("{join}access_token={token}")).unwrap_or_default();
        let path = format!("{}{token}", target(path));
        world.send(world.request(method, &path).body(self.body.clone())).await
    }
}

/// The path of a row from the root.
pub(super) fn target(path: &str) -> String {
    if path.starts_with('/') { path.to_owned() } else { format!("/api/v1/{path}") }
}

/// A space with everything that the table speaks of.
pub(super) struct Place {
    pub(super) layout: Layout,
    /// Whether its library has many spaces.
    pub(super) multi: bool,
    pub(super) library: Library,
    pub(super) space: String,
    /// Another one that every token names.
    spare: String,
    /// Of ann with `admin`.
    desk: Desk,
    tokens: BTreeMap<&'static str, String>,
    fixed: BTreeMap<&'static str, String>,
    count: AtomicU32,
}

impl Place {
    pub(super) async fn new(world: &World, layout: Layout, multi: bool) -> Self {
        let library = world
            .library(json!({
                "isFileLibrary": layout == Layout::Tree,
                "isMultiSpace": multi,
                "isMultiAlbum": layout == Layout::Albums && !multi,
                "enableQuota": true,
            }))
            .await;
        let settings = json!({"isMultiAlbum": layout == Layout::Albums, "allowPhoto": true});
        let space = match multi {
            true => world.space(&library, settings).await,
            false => "-".to_owned(),
        };
        // Tokens name a space more, which is nobody's matter but of who may delete it.
        let (spare, named) = match multi {
            true => {
                let spare = world.space(&library, json!({})).await;
                (spare.clone(), format!("space_id={space},{spare}&{WHO}"))
            }
            false => (space.clone(), WHO.to_owned()),
        };
        let mut tokens = BTreeMap::new();
        for grant in GRANTS.iter().chain([&""]) {
            tokens.insert(*grant, world.token(&library, &format!("{named}&grant={grant}")).await);
        }
        let token = tokens["admin"].clone();
        let desk = Desk { library: library.clone(), space: space.clone(), token };
        let (fixed, count) = (BTreeMap::new(), AtomicU32::new(0));
        let mut place = Self { layout, multi, library, space, spare, desk, tokens, fixed, count };
        place.furnish(world).await;
        place
    }

    async fn furnish(&mut self, world: &World) {
        let set = |place: &mut Self, word, value: String| {
            place.fixed.insert(word, value);
        };
        set(self, "L", self.library.id.clone());
        set(self, "S", self.space.clone());
        set(self, "box", if self.layout == Layout::Flat { "" } else { "box" }.to_owned());
        if self.layout != Layout::Flat {
            world.directories(&self.desk, &["box"]).await;
        }
        world.upload(&self.desk, &self.leaf("master"), "", &[7; CONTENT]).await;
        let path = self.thing(world, "file").await;
        let inode = self.inode(world, &path).await;
        set(self, "inode", inode);
        let path = self.thing(world, "file").await;
        let inode = self.inode(world, &path).await;
        assert_eq!(self.at("DELETE", "file", &path, Value::Null, world).await.status, 200);
        set(self, "gone", inode);
        let quota = json!({"capacity": "99000000"});
        let quota = match self.multi {
            true => json!({"capacity": "99000000", "spaces": [self.space]}),
            false => quota,
        };
        let reply = self.in_library(world, "POST", "quota", quota).await;
        set(self, "quota", reply.json["quotaId"].to_string());
        let path = self.thing(world, "file").await;
        let config = json!({"isPermanent": true, "canSaveToNetdisk": true});
        let body = json!({"name": "x", "filePath": [path], "config": config});
        let code = self.at("POST", "share", "", body, world).await.text("code");
        let entered = format!("/api/v1/share/verify/{code}");
        let visit = world.call_with("POST", &entered, json!({})).await.text("accessToken");
        let inode = self.inode(world, &path).await;
        set(self, "within", inode);
        set(self, "code", code);
        set(self, "visit", visit);
        let cursor = self.at("GET", "fs-delta", "cursor", Value::Null, world).await.text("cursor");
        set(self, "cursor", cursor);
    }

    /// What words stand for, whoever asks.
    pub(super) fn fixed(&self) -> impl Iterator<Item = (&str, &String)> {
        self.fixed.iter().map(|(word, value)| (*word, value))
    }

    /// Ann's token with one grant, or with none.
    pub(super) fn token(&self, grant: &str) -> &str {
        &self.tokens[grant]
    }

    async fn at(&self, method: &str, noun: &str, rest: &str, body: Value, world: &World) -> Reply {
        world.at_with(&self.desk, method, noun, rest, body).await
    }

    async fn in_library(&self, world: &World, method: &str, noun: &str, body: Value) -> Reply {
        world.in_library((&self.library, &self.desk.token), method, noun, "", body).await
    }

    fn leaf(&self, name: &str) -> String {
        let extension = if self.layout == Layout::Tree { "txt" } else { "jpg" };
        self.below_box(&format!("{name}.{extension}"))
    }

    fn below_box(&self, name: &str) -> String {
        if self.layout == Layout::Flat { name.to_owned() } else { format!("box/{name}") }
    }

    fn name(&self) -> String {
        format!("{NAME}{}", self.count.fetch_add(1, Ordering::Relaxed))
    }

    async fn inode(&self, world: &World, path: &str) -> String {
        let rest = format!("{path}?info=1&with_inode=1");
        self.at("GET", "directory", &rest, Value::Null, world).await.text("inode")
    }

    /// Makes a thing that a word of the table stands for.
    pub(super) fn thing<'a>(&'a self, world: &'a World, word: &'a str) -> BoxFuture<'a, String> {
        Box::pin(async move {
            match word {
                "new" => self.leaf(&self.name()),
                "newdir" => self.name(),
                "newpath" => {
                    let path = self.leaf(&self.name());
                    json!(path.split('/').collect::<Vec<_>>()).to_string()
                }
                "office" => self.below_box(&format!("{}.docx", self.name())),
                "dir" => self.directory(world).await,
                "file" | "taken" => self.file(world, &self.leaf(&self.name()), "").await,
                "key" => self.begun(world, "PUT", "").await.text("confirmKey"),
                "parts" => self.begun(world, "POST", "?multipart=1").await.text("confirmKey"),
                "ready" => {
                    let begun = self.begun(world, "PUT", "").await;
                    world.put(&begun, &[7; CONTENT]).await;
                    begun.text("confirmKey")
                }
                "item" => {
                    let path = self.thing(world, "file").await;
                    let reply = self.at("DELETE", "file", &path, Value::Null, world).await;
                    reply.json["recycledItemId"].to_string()
                }
                "history" => self.history(world).await,
                "favorite" => {
                    let path = self.thing(world, "file").await;
                    let body = json!({ "path": path });
                    assert_eq!(self.at("POST", "favorite", "", body, world).await.status, 200);
                    path
                }
                "search" => {
                    // A user has the newest few alone: this one is to be newer than all.
                    world.clock.advance_seconds(1);
                    let reply = self.at("POST", "search", "space-contents", json!({}), world).await;
                    reply.text("searchId")
                }
                "share" => self.share(world, "ann").await,
                "foreign" => self.share(world, "bob").await,
                "other" if self.multi => world.space(&self.library, json!({})).await,
                "other" => "-".to_owned(),
                word => panic!("the table speaks of {word}"),
            }
        })
    }

    async fn directory(&self, world: &World) -> String {
        let name = self.name();
        if self.layout != Layout::Flat {
            world.directories(&self.desk, &[&name]).await;
        }
        name
    }

    /// A file with the content of the first one.
    async fn file(&self, world: &World, path: &str, query: &str) -> String {
        let body = json!({"copyFrom": self.leaf("master")});
        let reply = self.at("PUT", "file", &format!("{path}{query}"), body, world).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        path.to_owned()
    }

    async fn begun(&self, world: &World, method: &str, query: &str) -> Reply {
        let path = format!("{}{query}", self.leaf(&self.name()));
        let reply = self.at(method, "file", &path, Value::Null, world).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        reply
    }

    /// The number of the earlier one of two contents of a file.
    async fn history(&self, world: &World) -> String {
        let path = self.thing(world, "file").await;
        self.file(world, &path, "?conflict_resolution_strategy=overwrite").await;
        let rest = format!("history-list/{path}");
        let list = self.at("GET", "directory-history", &rest, Value::Null, world).await;
        list.json["contents"][1]["id"].to_string()
    }

    async fn share(&self, world: &World, user: &str) -> String {
        let path = self.thing(world, "file").await;
        let rest = format!("user_id={user}&grant=admin&space_id={}", self.space);
        let token = world.token(&self.library, &rest).await;
        let desk = Desk { token, ..self.desk.clone() };
        let body = json!({"name": "x", "filePath": [path], "config": {"isPermanent": true}});
        world.at_with(&desk, "POST", "share", "", body).await.text("id")
    }

    /// Makes one of everything that the table speaks of, for who asks in vain or only looks.
    pub(super) async fn shared(&self, world: &World, rows: &[Row]) -> BTreeMap<String, String> {
        let mut shared = BTreeMap::from([("other".to_owned(), self.spare.clone())]);
        for row in rows {
            for word in words(row).into_iter().filter(|word| *word != "spaces") {
                if !FIXED.contains(&word) && !shared.contains_key(word) {
                    shared.insert(word.to_owned(), self.thing(world, word).await);
                }
            }
        }
        shared
    }

    /// What a row sends, with things of the place in it: those given, or else new ones.
    pub(super) async fn filled(
        &self,
        world: &World,
        row: &Row,
        given: Option<&BTreeMap<String, String>>,
        grant: &str,
    ) -> Wish {
        let (mut request, mut body) = (row.request.to_owned(), row.body.to_owned());
        let mut token = self.token(grant).to_owned();
        for word in words(row) {
            let value = match (given.and_then(|given| given.get(word)), self.fixed.get(word)) {
                (Some(value), _) | (None, Some(value)) => value.clone(),
                _ if word == "spaces" && !self.multi => String::new(),
                _ if word == "spaces" && given.is_some() => format!(r#""spaces":["{}"],"#, "none"),
                _ if word == "spaces" => {
                    let space = self.thing(world, "other").await;
                    token = self.token_of(world, &space, grant).await;
                    format!(r#""spaces":["{space}"],"#)
                }
                _ => {
                    let made = self.thing(world, word).await;
                    if word == "other" && self.multi {
                        token = self.token_of(world, &made, grant).await;
                    }
                    made
                }
            };
            let word = format!("<{word}>");
            request = request.replace(&word, &value);
            body = body.replace(&word, &value);
        }
        Wish { request, body, token }
    }

    async fn token_of(&self, world: &World, space: &str, grant: &str) -> String {
        world.token(&self.library, &format!("space_id={space}&{WHO}&grant={grant}")).await
    }

    /// Lets everybody read.
    pub(super) async fn open(&self, world: &World) {
        let reply = match self.multi {
            true => {
                let wish = json!({"isPublicRead": true});
                self.at("POST", "space", "extension", wish, world).await
            }
            false => {
                let wish = json!({"settings": {"isPublicRead": true}});
                world.console("PATCH", &format!("/{}", self.library.id), wish).await
            }
        };
        assert!(reply.status < 300, "{reply:?}");
    }

    /// Everything that a request could change, as it is told to an administrator.
    pub(super) async fn state(&self, world: &World) -> Vec<Value> {
        let since = format!("delta?limit=1000&cursor={}", self.fixed["cursor"]);
        let changes = self.at("GET", "fs-delta", &since, Value::Null, world).await;
        let mut state = vec![changes.json["contents"].clone()];
        for (noun, rest) in [
            ("space", "contents-view?filter=onlyFile&limit=1000&with_path=1"),
            ("space", "contents-view?filter=onlyDir&limit=1000&with_path=1"),
            ("space", "file-count"),
            ("space", "size"),
            ("space", "extension"),
            ("recycled", "?limit=100"),
            ("favorite", "list"),
            ("space-quota", ""),
        ] {
            state.push(told(self.at("GET", noun, rest, Value::Null, world).await));
        }
        for noun in ["space", "usage"] {
            state.push(told(self.in_library(world, "GET", noun, Value::Null).await));
        }
        let rest = "/list?limit=100";
        let library = (&self.library, self.desk.token.as_str());
        state.push(told(world.in_library(library, "GET", "share", rest, Value::Null).await));
        state
    }
}

/// The words of a row, each once.
fn words(row: &Row) -> Vec<&'static str> {
    let mut words: Vec<&str> = Vec::new();
    for text in [row.request, row.body] {
        for part in text.split('<').skip(1) {
            let word = part.split_once('>').map(|(word, _)| word).expect("a word ends");
            if !words.contains(&word) {
                words.push(word);
            }
        }
    }
    words
}

/// What a reply tells, but for what is another at every request.
fn told(reply: Reply) -> Value {
    if reply.status >= 400 {
        return reply.code().into();
    }
    let mut told = reply.json;
    let rows = told.get_mut("contents").and_then(Value::as_array_mut);
    for row in rows.into_iter().flatten() {
        // Time goes on meanwhile.
        row.as_object_mut().expect("a row").remove("remainingTime");
    }
    told
}
