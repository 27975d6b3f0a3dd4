//! Rows 93, 95, 96, 98 and 103: shares as visitors see them (SMH section 18).

use image::ImageFormat;
use serde_json::{Value, json};

use crate::{
    previews::{picture, seen},
    shares::{filled, own, share},
    world::{Desk, Reply, World},
};

rows! {
    r093_download_share_file {
        the_bytes_of_a_file_in_the_share,
        only_if_allowed_and_as_often_as_allowed,
        never_beyond_the_share,
        it_stops_at_once,
    }
    r095_get_share_url_detail { before_the_door }
    r096_list_share_files { the_root_and_below, sorted_and_paged, all_that_was_shared_is_gone }
    r098_preview_share_file { counted_by_itself, a_small_picture_and_not_the_original }
    r103_verify_extraction_code {
        right_and_wrong,
        too_many_wrong_ones,
        with_a_login,
        tokens_live_ten_minutes,
    }
}

/// Shows a code, and whatever else; the answer.
async fn verify(world: &World, code: &str, body: Value) -> Reply {
    world.call_with("POST", &format!("/api/v1/share/verify/{code}"), body).await
}

/// A share of paths that a visitor has entered.
pub(crate) struct Visit {
    pub(crate) id: String,
    pub(crate) code: String,
    pub(crate) token: String,
}

pub(crate) async fn visit(world: &World, desk: &Desk, paths: &[&str], config: Value) -> Visit {
    let made = share(world, desk, paths, config).await;
    assert_eq!(made.status, 200, "{made:?}");
    let (id, code) = (made.text("id"), made.text("code"));
    let token = verify(world, &code, json!({"extractionCode": ""})).await.text("accessToken");
    Visit { id, code, token }
}

impl Visit {
    pub(crate) async fn get(&self, world: &World, chain: &str, rest: &str) -> Reply {
        let Self { code, token, .. } = self;
        let path = format!("/api/v1/share/file/{code}/{chain}?{rest}&access_token={token}");
        world.call("GET", &path).await
    }

    /// The inode of a name in a place of the share.
    pub(crate) async fn inode(&self, world: &World, chain: &str, name: &str) -> String {
        let reply = self.get(world, chain, "list=1&limit=100").await;
        let rows = reply.json["contents"].as_array().unwrap_or_else(|| panic!("{reply:?}"));
        let row = rows.iter().find(|row| row["name"] == name);
        let row = row.unwrap_or_else(|| panic!("no {name} in {reply:?}"));
        row["inode"].as_str().expect("an inode").to_owned()
    }
}

/// The inode of a path as the owner sees it.
async fn own_inode(world: &World, desk: &Desk, path: &str) -> String {
    let rest = format!("{path}?info=1&with_inode=1");
    world.at(desk, "GET", "directory", &rest).await.text("inode")
}

async fn the_bytes_of_a_file_in_the_share() {
    let world = World::start().await;
    let desk = filled(&world).await;
    let visit = visit(&world, &desk, &["docs"], json!({"canDownload": true})).await;
    let docs = visit.inode(&world, "", "docs").await;
    let file = visit.inode(&world, &docs, "a.txt").await;
    for (chain, rest) in [
        (format!("{docs}/{file}"), "download=1"),
        (format!("{docs}%2F{file}"), "download=1"),
        (format!("{docs}/{file}/"), "download&internal_domain=1"),
    ] {
        let reply = visit.get(&world, &chain, rest).await;
        assert_eq!(reply.status, 302, "{reply:?}");
        assert_eq!(world.fetch(reply.header("location")).await, b"first");
    }
    visit.get(&world, &docs, "download=1").await.is(404, "FileNotInShare");
    visit.get(&world, "", "download=1").await.is(404, "FileNotInShare");
}

async fn only_if_allowed_and_as_often_as_allowed() {
    let world = World::start().await;
    let desk = filled(&world).await;
    let closed = visit(&world, &desk, &["b.txt"], json!({})).await;
    let inode = closed.inode(&world, "", "b.txt").await;
    closed.get(&world, &inode, "download=1").await.is(403, "CannotDownload");
    closed.get(&world, &inode, "preview=1").await.is(403, "CannotPreview");
    let config = json!({"canDownload": true, "downloadLimit": 3});
    let twice = visit(&world, &desk, &["b.txt"], config).await;
    let all = (0..8).map(|_| twice.get(&world, &inode, "download=1"));
    let replies = futures_all(all).await;
    let allowed = replies.iter().filter(|reply| reply.status == 302).count();
    assert_eq!(allowed, 3, "counted exactly, all at once");
    replies.iter().filter(|r| r.status != 302).for_each(|r| r.is(403, "CannotDownload"));
    let detail = own(&world, &desk, "GET", &format!("{}?detail=1", twice.id), Value::Null).await;
    assert_eq!(detail.json["downloadUsed"], json!(3));
}

/// All of them at the same time.
async fn futures_all<F: Future<Output = Reply>>(all: impl Iterator<Item = F>) -> Vec<Reply> {
    let mut all: Vec<_> = all.map(Box::pin).collect();
    let mut replies = Vec::new();
    std::future::poll_fn(|context| {
        all.retain_mut(|one| match one.as_mut().poll(context) {
            std::task::Poll::Ready(reply) => {
                replies.push(reply);
                false
            }
            std::task::Poll::Pending => true,
        });
        if all.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    replies
}

async fn never_beyond_the_share() {
    let world = World::start().await;
    let desk = filled(&world).await;
    let rights = json!({"canDownload": true, "canSaveToNetdisk": true});
    let visit = visit(&world, &desk, &["docs"], rights).await;
    let docs = visit.inode(&world, "", "docs").await;
    let file = visit.inode(&world, &docs, "a.txt").await;
    let outside = own_inode(&world, &desk, "b.txt").await;
    let root = own_inode(&world, &desk, "").await;
    let chains = [
        outside.clone(),
        root.clone(),
        file.clone(),
        format!("{docs}/{outside}"),
        format!("{docs}/{file}/{outside}"),
        format!("{root}/{docs}/{file}"),
        format!("{docs}/{docs}"),
        format!("{docs}/x"),
        format!("{docs}/-1"),
    ];
    for chain in &chains {
        for rest in ["download=1", "preview=1", "list=1"] {
            let reply = visit.get(&world, chain, rest).await;
            assert!(
                matches!(reply.code(), "FileNotInShare" | "CannotPreview"),
                "{chain} {rest}: {reply:?}"
            );
        }
    }
    let long = vec![docs.as_str(); 65].join("/");
    visit.get(&world, &long, "list=1").await.is(400, "ParamInvalid");
    // The token opens this share and no other, and nothing else at all.
    let other = share(&world, &desk, &["b.txt"], json!({"canDownload": true})).await.text("code");
    let wrong = Visit { code: other, ..visit };
    wrong.get(&world, "", "list=1").await.is(403, "ShareTokenInvalid");
    let as_user = Desk { token: wrong.token, ..desk };
    world.at(&as_user, "GET", "directory", "").await.is(403, "InvalidAccessToken");
}

async fn it_stops_at_once() {
    let world = World::start().await;
    let desk = filled(&world).await;
    let rights = json!({"canDownload": true});
    let limited = json!({"canDownload": true, "isPermanent": false,
        "expireTime": "2026-09-21T14:18:20Z"});
    let off = visit(&world, &desk, &["docs"], rights.clone()).await;
    let gone = visit(&world, &desk, &["docs"], rights.clone()).await;
    let late = visit(&world, &desk, &["docs"], limited).await;
    let moved = visit(&world, &desk, &["docs"], rights).await;
    let docs = off.inode(&world, "", "docs").await;
    let file = format!("{docs}/{}", off.inode(&world, &docs, "a.txt").await);
    let body = json!({"ownerEnabled": false});
    own(&world, &desk, "POST", &format!("{}?setEnabled=1", off.id), body).await;
    own(&world, &desk, "DELETE", &gone.id, Value::Null).await;
    for rest in ["list=1", "download=1"] {
        off.get(&world, &file, rest).await.is(403, "ShareDisabled");
        gone.get(&world, &file, rest).await.is(404, "ShareNotFound");
    }
    assert_eq!(late.get(&world, &file, "download=1").await.status, 302);
    world.clock.advance_seconds(300);
    late.get(&world, &file, "download=1").await.is(403, "ShareExpired");
    verify(&world, &late.code, json!({})).await.is(403, "ShareExpired");
    assert_eq!(moved.get(&world, &file, "download=1").await.status, 302);
    let id = world.at(&desk, "DELETE", "file", "docs/a.txt").await.json["recycledItemId"].clone();
    moved.get(&world, &file, "download=1").await.is(404, "FileNotInShare");
    world.at(&desk, "POST", "recycled", &format!("{id}?restore=1")).await;
    assert_eq!(moved.get(&world, &file, "download=1").await.status, 302);
    world.at(&desk, "DELETE", "directory", "docs").await;
    moved.get(&world, &file, "download=1").await.is(404, "FileNotInShare");
}

async fn before_the_door() {
    let world = World::start().await;
    let desk = filled(&world).await;
    let config = json!({"extractionCode": "1", "canSaveToNetdisk": true});
    let made = share(&world, &desk, &["b.txt"], config).await;
    let path = format!("/api/v1/share/url-detail/{}", made.text("code"));
    let reply = world.call("GET", &path).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    for (field, value) in [
        ("name", json!("Holiday")),
        ("enabled", json!(true)),
        ("isExpired", json!(false)),
        ("needExtractionCode", json!(true)),
        ("allowAnonymousUser", json!(true)),
        ("canSaveToNetDisc", json!(true)),
        ("canPreview", json!(false)),
        ("userId", json!("ann")),
        ("fileName", json!("b.txt")),
        ("enableShareWatermark", json!(false)),
    ] {
        assert_eq!(reply.json[field], value, "{field}");
    }
    assert_eq!(reply.json.get("canSaveToNetdisk"), None);
    let rest = format!("{}?setEnabled=1", made.text("id"));
    own(&world, &desk, "POST", &rest, json!({"ownerEnabled": false})).await;
    let reply = world.call("GET", &path).await;
    assert_eq!((&reply.json["enabled"], reply.json.get("fileName")), (&json!(false), None));
    world.call("GET", "/api/v1/share/url-detail/nothing").await.is(404, "ShareNotFound");
}

async fn the_root_and_below() {
    let world = World::start().await;
    let desk = filled(&world).await;
    let visit = visit(&world, &desk, &["b.txt", "docs"], json!({"canPreview": true})).await;
    let reply = visit.get(&world, "", "list=1").await;
    assert_eq!((reply.status, reply.names()), (200, vec!["docs".to_owned(), "b.txt".to_owned()]));
    let (dir, file) = (&reply.json["contents"][0], &reply.json["contents"][1]);
    assert_eq!((&dir["type"], dir.get("size")), (&json!("dir"), None));
    assert_eq!((&file["type"], &file["size"]), (&json!("file"), &json!("6")));
    let rights = (&file["canPreview"], &file["canDownload"], &file["canSaveToNetdisk"]);
    assert_eq!(rights, (&json!(true), &json!(false), &json!(false)));
    assert_eq!((&file["spaceId"], &reply.json["hasMore"]), (&json!(desk.space), &json!(false)));
    let docs = visit.inode(&world, "", "docs").await;
    assert_eq!(visit.get(&world, &docs, "list").await.names(), ["a.txt"]);
    // What is put there later is shared too.
    world.upload(&desk, "docs/later.txt", "", b"x").await;
    assert_eq!(visit.get(&world, &docs, "list").await.names(), ["a.txt", "later.txt"]);
    let file = visit.inode(&world, "", "b.txt").await;
    visit.get(&world, &file, "list=1").await.is(404, "DirectoryNotFound");
    visit.get(&world, "", "nothing=1").await.is(404, "RouteNotFound");
}

async fn sorted_and_paged() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    world.at(&desk, "PUT", "directory", "d").await;
    for (name, bytes) in [("a", "333"), ("b", "1"), ("c", "22")] {
        for place in ["", "d/"] {
            world.upload(&desk, &format!("{place}{name}"), "", bytes.as_bytes()).await;
        }
        world.clock.advance_seconds(1);
    }
    let visit = visit(&world, &desk, &["a", "b", "c", "d"], json!({})).await;
    let d = visit.inode(&world, "", "d").await;
    for (order, found) in [
        ("", ["a", "b", "c"]),
        ("orderBy=size", ["b", "c", "a"]),
        ("orderBy=updatedAt&orderByType=desc", ["c", "b", "a"]),
        ("orderBy=name&orderByType=desc", ["c", "b", "a"]),
        ("orderBy=", ["a", "b", "c"]),
    ] {
        for chain in ["", d.as_str()] {
            let (mut names, mut marker) = (Vec::new(), String::new());
            loop {
                let rest = format!("list=1&limit=2&{order}&marker={marker}");
                let reply = visit.get(&world, chain, &rest).await;
                names.extend(reply.names());
                marker = reply.text("marker");
                if reply.json["hasMore"] == json!(false) {
                    break;
                }
            }
            names.retain(|name| name != "d");
            assert_eq!(names, found, "{order} {chain}");
        }
    }
    visit.get(&world, "", "list=1&marker=x").await.is(404, "MarkerNotFound");
    visit.get(&world, &d, "list=1&orderBy=colour").await.is(400, "ParamInvalid");
}

async fn all_that_was_shared_is_gone() {
    let world = World::start().await;
    let desk = filled(&world).await;
    let visit = visit(&world, &desk, &["b.txt"], json!({})).await;
    world.at(&desk, "DELETE", "file", "b.txt").await;
    visit.get(&world, "", "list=1").await.is(404, "ShareFileEmpty");
}

async fn counted_by_itself() {
    let world = World::start().await;
    let desk = filled(&world).await;
    let config = json!({"canPreview": true, "canDownload": true, "previewLimit": 1});
    let visit = visit(&world, &desk, &["b.txt"], config).await;
    let inode = visit.inode(&world, "", "b.txt").await;
    let reply = visit.get(&world, &inode, "preview=1").await;
    assert_eq!((reply.status, reply.header("location").is_empty()), (302, false), "{reply:?}");
    visit.get(&world, &inode, "preview=1").await.is(403, "CannotPreview");
    assert_eq!(visit.get(&world, &inode, "download=1").await.status, 302);
    let detail = own(&world, &desk, "GET", &format!("{}?detail=1", visit.id), Value::Null).await;
    let used = (&detail.json["previewUsed"], &detail.json["downloadUsed"]);
    assert_eq!(used, (&json!(1), &json!(1)));
}

async fn a_small_picture_and_not_the_original() {
    let world = World::start().await;
    let desk = filled(&world).await;
    let original = picture(2000, 1000, ImageFormat::Jpeg);
    world.upload(&desk, "docs/sea.jpg", "", &original).await;
    let visit = visit(&world, &desk, &["docs"], json!({"canPreview": true})).await;
    let docs = visit.inode(&world, "", "docs").await;
    let sea = format!("{docs}/{}", visit.inode(&world, &docs, "sea.jpg").await);
    for (query, size) in [("", (1280, 640)), ("&size=64", (64, 64)), ("&width_size=20", (20, 10))] {
        let reply = visit.get(&world, &sea, &format!("preview=1{query}")).await;
        assert_eq!(seen(&world, &reply).await, size, "{query}");
    }
    visit.get(&world, &sea, "preview=1&size=x").await.is(400, "ParamInvalid");
    visit.get(&world, &sea, "download=1").await.is(403, "CannotDownload");
}

async fn right_and_wrong() {
    let world = World::start().await;
    let desk = filled(&world).await;
    let made = share(&world, &desk, &["b.txt"], json!({"extractionCode": "a1B2"})).await;
    let code = made.text("code");
    for wrong in ["", "a1b2", "a1B", "a1B22"] {
        let reply = verify(&world, &code, json!({"extractionCode": wrong})).await;
        reply.is(403, "ExtractionCodeInvalid");
    }
    let body = json!({"extractionCode": "a1B2", "libraryId": desk.library.id, "device_id": "d"});
    let reply = verify(&world, &code, body).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(reply.json["expireTime"], json!("2026-09-21T14:23:20.000Z"));
    verify(&world, "nothing", json!({})).await.is(404, "ShareNotFound");
    let path = format!("/api/v1/share/file/{code}/?list=1");
    world.call("GET", &path).await.is(403, "ShareTokenInvalid");
}

async fn too_many_wrong_ones() {
    let world = World::start().await;
    let desk = filled(&world).await;
    let made = share(&world, &desk, &["b.txt"], json!({"extractionCode": "7"})).await;
    let code = made.text("code");
    let tries = (0..20).map(|_| verify(&world, &code, json!({"extractionCode": "8"})));
    let replies = futures_all(tries).await;
    let tried = replies.iter().filter(|reply| reply.code() == "ExtractionCodeInvalid").count();
    assert_eq!(tried, 10, "counted exactly, all at once");
    // Not even the right one now: it could be a lucky guess.
    let right = json!({"extractionCode": "7"});
    verify(&world, &code, right.clone()).await.is(429, "RateLimitExceeded");
    world.clock.advance_seconds(3600);
    assert_eq!(verify(&world, &code, right).await.status, 200);
}

async fn with_a_login() {
    let world = World::start().await;
    let desk = filled(&world).await;
    let config = json!({"forbidAnonymousUser": true, "userLimit": 1});
    let made = share(&world, &desk, &["b.txt"], config).await;
    let code = made.text("code");
    let enter = async |token: &str| {
        verify(&world, &code, json!({"extractionCode": "", "access_token": token})).await
    };
    enter("").await.is(403, "LoginRequired");
    enter("acctknothing").await.is(403, "InvalidAccessToken");
    let stranger = world.file_desk().await;
    enter(&stranger.token).await.is(403, "AccessTokenNotMatchLibrary");
    let of = async |user: &str| desk.with(&world, &format!("user_id={user}")).await.token;
    enter(&of("").await).await.is(403, "AnonymousNotAllowed");
    assert_eq!(enter(&of("bob").await).await.status, 200);
    assert_eq!(enter(&of("bob").await).await.status, 200, "the same user again");
    enter(&of("carl").await).await.is(403, "ShareAccessDenied");
    let config = json!({"forbidAnonymousUser": true, "shareToUsers": ["carl"]});
    let code = share(&world, &desk, &["b.txt"], config).await.text("code");
    let body = json!({"access_token": of("bob").await});
    verify(&world, &code, body).await.is(403, "ShareAccessDenied");
    let body = json!({"access_token": of("carl").await});
    assert_eq!(verify(&world, &code, body).await.status, 200);
}

async fn tokens_live_ten_minutes() {
    let world = World::start().await;
    let desk = filled(&world).await;
    let visit = visit(&world, &desk, &["b.txt"], json!({})).await;
    for _ in 0..2 {
        world.clock.advance_seconds(299);
        assert_eq!(visit.get(&world, "", "list=1").await.status, 200);
    }
    world.clock.advance_seconds(2);
    visit.get(&world, "", "list=1").await.is(403, "ShareTokenInvalid");
    world.service.sweep().await.expect("a sweep");
    visit.get(&world, "", "list=1").await.is(403, "ShareTokenInvalid");
}
