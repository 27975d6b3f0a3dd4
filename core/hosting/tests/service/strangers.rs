//! One tenant's token at another one's space: refused for every operation, with nothing told.

use serde_json::{Value, json};

use crate::world::{Desk, World};

/// Every operation of moves, copies, batches, tasks and infos, asked about `d/secret.txt`.
fn operations(inode: &str) -> Vec<(&'static str, &'static str, String, Value)> {
    let plain = |method, noun, rest: &str| (method, noun, rest.to_owned(), Value::Null);
    let with = |noun, rest: &str, body| ("PUT", noun, rest.to_owned(), body);
    let batch = |flag: &str, item: Value| ("POST", "batch", format!("?{flag}=1"), json!([item]));
    vec![
        plain("GET", "directory", "d"),
        plain("GET", "directory", "d?stats=1"),
        plain("GET", "directory", "d/secret.txt?info=1"),
        plain("HEAD", "directory", "d"),
        plain("PUT", "directory", "d?calibrate=1&stats_type=normal"),
        plain("PUT", "directory", "x"),
        plain("DELETE", "directory", "d"),
        ("POST", "directory", "d?update=1".to_owned(), json!({"labels": ["x"]})),
        with("directory", "x", json!({"from": "d"})),
        with("directory", "x", json!({"copyFrom": "d"})),
        with("file", "x.txt", json!({"from": "d/secret.txt"})),
        with("file", "x.txt", json!({"copyFrom": "d/secret.txt"})),
        with("file", "x.txt", json!({"linkTo": "d/secret.txt"})),
        with("file", "x.docx", json!({"fromTemplate": "word.docx"})),
        plain("PUT", "file", "x.txt?virtual_file=1"),
        plain("GET", "file", "d/secret.txt"),
        plain("GET", "file", "d/secret.txt?info=1"),
        plain("HEAD", "file", "d/secret.txt"),
        plain("DELETE", "file", "d/secret.txt"),
        plain("GET", "inode", inode),
        plain("GET", "file-deletion-check", inode),
        plain("GET", "task", "1"),
        plain("GET", "task-result", "1"),
        batch("copy", json!({"copyFrom": "d", "to": "x"})),
        batch("move", json!({"from": "d", "to": "x"})),
        batch("delete", json!({"path": "d"})),
    ]
}

#[tokio::test]
async fn a_token_of_another_space_is_refused_for_everything() {
    let world = World::start().await;
    let [owner, neighbour] =
        world.two_desks(json!({"isFileLibrary": true}), [json!({}), json!({})]).await;
    world.directories(&owner, &["d"]).await;
    let done = world.upload(&owner, "d/secret.txt", "with_inode=1", b"secret").await;
    let inode = done.text("inode");
    let narrow = neighbour.with(&world, "grant=space_admin").await;
    let stranger = world.file_desk().await;
    let nobody = Desk { token: String::new(), ..owner.clone() };
    for (token, status, code) in [
        (&narrow.token, 403, "AccessTokenNotMatchSpace"),
        (&stranger.token, 403, "AccessTokenNotMatchLibrary"),
        (&nobody.token, 400, "EmptyAccessToken"),
    ] {
        let desk = Desk { token: token.clone(), ..owner.clone() };
        for (method, noun, rest, body) in operations(&inode) {
            let reply = world.at_with(&desk, method, noun, &rest, body).await;
            let what = format!("{method} {noun} {rest}: {reply:?}");
            assert_eq!(reply.status, status, "{what}");
            assert!(method == "HEAD" || reply.code() == code, "{what}");
            assert!(!reply.json.to_string().contains("secret"), "{what}");
        }
    }
    // Nothing was done, in neither space.
    assert_eq!(world.at(&owner, "GET", "directory", "").await.names(), ["d"]);
    assert!(world.at(&narrow, "GET", "directory", "").await.names().is_empty());
}

#[tokio::test]
async fn nothing_is_taken_from_a_space_that_the_token_does_not_name() {
    let world = World::start().await;
    let [owner, neighbour] =
        world.two_desks(json!({"isFileLibrary": true}), [json!({}), json!({})]).await;
    world.directories(&owner, &["d"]).await;
    world.upload(&owner, "d/secret.txt", "", b"secret").await;
    let narrow = neighbour.with(&world, "grant=space_admin").await;
    for space in [owner.space.as_str(), "nowhere"] {
        let items = json!([{
            "copyFrom": "d", "copyFromSpaceId": space, "from": "d", "fromSpaceId": space, "to": "x",
        }]);
        for flag in ["copy", "move"] {
            let path = format!("?{flag}=1");
            let reply = world.at_with(&narrow, "POST", "batch", &path, items.clone()).await;
            let code = &reply.json["result"][0]["code"];
            assert_eq!(code, &json!("AccessTokenNotMatchSpace"), "{flag} {space}");
        }
        let copy = json!({"copyFrom": "d/secret.txt", "copyFromSpaceId": space});
        let reply = world.at_with(&narrow, "PUT", "file", "x.txt", copy).await;
        reply.is(403, "AccessTokenNotMatchSpace");
    }
    assert!(world.at(&narrow, "GET", "directory", "").await.names().is_empty());
}

#[tokio::test]
async fn hostile_bodies_and_places() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    world.directories(&desk, &["d"]).await;
    world.upload(&desk, "d/a.txt", "", b"x").await;
    let long = "x".repeat(5000);
    let deep = "d/".repeat(500);
    let nasty = ["..", "../..", "a//b", "\u{0}", "a\u{7}", "con:", long.as_str(), &deep];
    for text in nasty {
        for (noun, key) in [
            ("file", "from"),
            ("file", "copyFrom"),
            ("file", "linkTo"),
            ("file", "fromTemplate"),
            ("directory", "from"),
            ("directory", "copyFrom"),
        ] {
            let reply = world.at_with(&desk, "PUT", noun, "x", json!({ key: text })).await;
            assert!(
                (400..500).contains(&reply.status) && !reply.code().is_empty(),
                "{text} {reply:?}"
            );
        }
        for flag in ["copy", "move", "delete"] {
            let item = json!([
                {"copyFrom": text, "from": text, "to": "x", "path": text},
                {"copyFrom": "d", "from": "nothing", "to": text, "path": "nothing"},
            ]);
            let path = format!("?{flag}=1");
            let reply = world.at_with(&desk, "POST", "batch", &path, item).await;
            assert_eq!(reply.status, 207, "{text} {reply:?}");
        }
    }
    for body in [json!(1), json!("x"), json!([1]), json!([[]]), json!([{"path": 1}])] {
        for flag in ["copy", "move", "delete"] {
            let path = format!("?{flag}=1");
            let reply = world.at_with(&desk, "POST", "batch", &path, body.clone()).await;
            reply.is(400, "ParamInvalid");
        }
    }
    for (noun, path, body) in [
        ("file", "x", json!({"from": 1})),
        ("file", "x", json!({"copyFrom": {}})),
        ("directory", "x", json!({"from": ["a"]})),
        ("file", "x?virtual_file", json!({"labels": "x"})),
    ] {
        world.at_with(&desk, "PUT", noun, path, body).await.is(400, "ParamInvalid");
    }
    let meta = json!({"metaData": {"k": 1}});
    world.at_with(&desk, "POST", "directory", "d?update", meta).await.is(400, "ParamInvalid");
    assert_eq!(world.at(&desk, "GET", "directory", "").await.names(), ["d"]);
    assert_eq!(world.download(&desk, "d/a.txt").await, b"x");
}
