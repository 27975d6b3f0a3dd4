//! Search, favourites and shares beyond the single rows of the contract: what goes with a space,
//! what hostile requests hear, what a walk through many nodes costs in pages.

use albumen_db::testing;
use serde_json::{Value, json};

use crate::world::{Desk, World};

async fn share(world: &World, desk: &Desk, path: &str) -> String {
    let body = json!({"name": "x", "filePath": [path], "config": {"isPermanent": true}});
    world.at_with(desk, "POST", "share", "", body).await.text("code")
}

#[tokio::test]
async fn a_space_takes_its_shares_marks_and_searches_with_it() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    world.upload(&desk, "a.txt", "", b"x").await;
    let code = share(&world, &desk, "a.txt").await;
    let verify = format!("/api/v1/share/verify/{code}");
    assert_eq!(world.call_with("POST", &verify, json!({})).await.status, 200);
    world.at_with(&desk, "POST", "favorite", "", json!({"path": "a.txt"})).await;
    world.at_with(&desk, "POST", "search", "space-contents", json!({})).await;
    world.at(&desk, "GET", "file", "a.txt?purpose=preview").await;
    let admin = world.token(&desk.library, "grant=admin").await;
    let path =
        format!("/api/v1/space/{}/{}?force=1&access_token={admin}", desk.library.id, desk.space);
    assert_eq!(world.call("DELETE", &path).await.status, 204);
    world.call_with("POST", &verify, json!({})).await.is(404, "ShareNotFound");
    let reply = world.console("DELETE", &format!("/{}", desk.library.id), Value::Null).await;
    assert_eq!(reply.status, 204, "{reply:?}");
}

#[tokio::test]
async fn what_goes_to_the_bin_with_its_directory_is_told_so_in_the_feed() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    world.at(&desk, "PUT", "directory", "d").await;
    world.upload(&desk, "d/a.txt", "", b"one").await;
    let query = "conflict_resolution_strategy=overwrite";
    let begun = world.at(&desk, "PUT", "file", &format!("d/a.txt?{query}")).await;
    world.put(&begun, b"two").await;
    world.at(&desk, "DELETE", "directory", "d").await;
    let cursor = world.at(&desk, "GET", "fs-delta", "cursor").await.text("cursor");
    assert_eq!(world.confirm(&desk, &begun, query, b"two").await.json["path"], Value::Null);
    let delta = world.at(&desk, "GET", "fs-delta", &format!("delta?cursor={cursor}")).await;
    let rows = delta.json["contents"].as_array().expect("events");
    let modify = rows.iter().find(|row| row["eventType"] == "FILE.MODIFY").expect("told");
    assert_eq!(modify["location"], json!(1), "in the bin, not in the tree");
}

#[tokio::test]
async fn a_search_through_many_nodes_comes_in_short_pages_and_finds_every_one() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    // More than one stretch of the walk, though far from its bound.
    for n in 0..1100 {
        let name = if n % 100 == 0 { format!("needle{n}") } else { format!("hay{n}") };
        assert_eq!(world.at(&desk, "PUT", "directory", &name).await.status, 201);
    }
    let (mut found, mut marker) = (Vec::new(), String::new());
    loop {
        let body = json!({"keywords": ["NEEDLE"], "marker": marker});
        let reply = world.at_with(&desk, "POST", "search", "search-fs?limit=4", body).await;
        found.extend(reply.names());
        marker = reply.text("nextMarker");
        if marker.is_empty() {
            break;
        }
    }
    let wanted: Vec<String> = (0..11).map(|n| format!("needle{}", n * 100)).collect();
    assert_eq!(found, wanted);
}

/// What stands in the place of numbers, markers, codes and names.
fn nasty() -> Vec<String> {
    let words = ["", "0", "-1", "x", "%00", "%2F..%2F", "%FF", "1e9", "';--", "null"];
    words.into_iter().map(str::to_owned).chain(["9".repeat(3000)]).collect()
}

/// Every new place that a word can be in.
fn targets(desk: &Desk, code: &str, token: &str, word: &str) -> Vec<(&'static str, String)> {
    let file = format!("/api/v1/share/file/{code}");
    vec![
        ("GET", desk.path("fs-delta", &format!("delta?cursor={word}&limit={word}"))),
        ("GET", desk.path("fs-delta", word)),
        ("POST", desk.path("search", word)),
        ("GET", desk.path("search", &format!("{word}?marker={word}"))),
        ("DELETE", desk.path("search", word)),
        ("POST", desk.path("search", &format!("search-fs?limit={word}&marker={word}"))),
        ("GET", desk.path("favorite", &format!("list?marker={word}&order_by={word}"))),
        ("GET", desk.path("favorite", &format!("list?page={word}&page_size={word}"))),
        ("POST", desk.path("favorite", word)),
        ("POST", desk.path("recent", word)),
        ("GET", format!("/api/v1/share/url-detail/{word}")),
        ("POST", format!("/api/v1/share/verify/{word}")),
        ("GET", format!("{file}/{word}?download=1&access_token={token}")),
        ("GET", format!("{file}/?list=1&marker={word}&access_token={token}")),
        ("GET", format!("/api/v1/share/file/{word}/1?list=1&access_token={word}")),
        ("POST", format!("/api/v1/share/file/{word}?save=1&access_token={word}")),
        ("GET", format!("/api/v1/share/{word}/list")),
        ("DELETE", format!("/api/v1/share/{}/{word}", desk.library.id)),
        ("GET", format!("/api/v1/share/{word}")),
    ]
}

#[tokio::test]
async fn hostile_words_hear_a_clear_no() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    world.upload(&desk, "a.txt", "", b"x").await;
    let code = share(&world, &desk, "a.txt").await;
    let token = world.call_with("POST", &format!("/api/v1/share/verify/{code}"), json!({})).await;
    let token = token.text("accessToken");
    for word in nasty() {
        for (method, path) in targets(&desk, &code, &token, &word) {
            let reply = world.call(method, &path).await;
            assert!(reply.status < 500, "{method} {path}: {reply:?}");
        }
    }
}

#[tokio::test]
async fn bodies_of_every_wrong_shape_hear_a_clear_no() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    world.upload(&desk, "a.txt", "", b"x").await;
    let code = share(&world, &desk, "a.txt").await;
    let shapes = [json!(7), json!("x"), json!([[1]]), json!({"a": {"b": []}}), json!(null)];
    let fields = "keywords path inode marker name filePath config scope type aggregations \
        extractionCode inodes limit keyword creators";
    for shape in &shapes {
        for field in fields.split_whitespace() {
            let body = json!({field: shape});
            for (noun, rest) in [
                ("search", "search-fs"),
                ("search", "search-fs-stats"),
                ("search", "space-contents"),
                ("favorite", ""),
                ("favorite", "?cancel"),
                ("share", ""),
                ("recent", "recently-used-file"),
            ] {
                let reply = world.at_with(&desk, "POST", noun, rest, body.clone()).await;
                assert!(reply.status < 500, "{noun} {rest} {body}: {reply:?}");
            }
            let path = format!("/api/v1/share/file/{code}?save=1&access_token=x");
            let request = world.request("POST", &path).bearer_auth(&desk.token).json(&body);
            let reply = world.send(request).await;
            assert!((400..500).contains(&reply.status), "{body}: {reply:?}");
        }
    }
}

#[tokio::test]
async fn secrets_of_shares_are_not_in_the_database_as_they_are() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    world.upload(&desk, "a.txt", "", b"x").await;
    let config = json!({"isPermanent": true, "extractionCode": "q7!Z#é"});
    let body = json!({"name": "x", "filePath": ["a.txt"], "config": config});
    let made = world.at_with(&desk, "POST", "share", "", body).await;
    let verify = format!("/api/v1/share/verify/{}", made.text("code"));
    let entered = world.call_with("POST", &verify, json!({"extractionCode": "q7!Z#é"})).await;
    let token = entered.text("accessToken");
    let id = made.text("id");
    let own =
        format!("/api/v1/share/{}/{id}?detail=1&access_token={}", desk.library.id, desk.token);
    let world = world.restart().await;
    // Its owner is shown it, after a restart too.
    assert_eq!(world.call("GET", &own).await.text("extractionCode"), "q7!Z#é");
    for secret in ["q7!Z#é", token.as_str()] {
        assert!(!testing::holds(&world.database, secret.as_bytes()).await);
    }
    assert!(testing::holds(&world.database, id.as_bytes()).await);
}
