//! Taking from another tenant's space by naming it in a body, and bodies and places that are no
//! such thing. Every other way in is in `matrix::isolation`.

use serde_json::json;

use crate::world::World;

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
