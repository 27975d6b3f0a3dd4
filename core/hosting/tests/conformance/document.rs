//! The OpenAPI document of the service, walked: what is in it is answered, what is not is not, and
//! it has every row of the contract that is tested here. That replies have the documented schemas
//! is checked with every request of both suites, in `world`.

use std::collections::BTreeSet;

use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};

use crate::{
    GROUPS, number,
    world::{
        CONSOLE_KEY, Desk, World,
        described::{self, Asked, DOCUMENT, OPERATIONS, Operation},
    },
};

/// Nouns under which everything is refused with a code of its own, whatever is asked.
const LEFT_OUT: &[&str] =
    &["office", "hls", "directory-local-sync", "authority", "tag", "file-tag"];
/// Methods that somebody could think of.
const METHODS: &[&str] = &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

fn noun(path: &str) -> &str {
    path.strip_prefix("/api/v1/").and_then(|rest| rest.split('/').next()).unwrap_or_default()
}

/// A path with every place filled.
fn filled(path: &str, desk: &Desk) -> String {
    let part = |part: &str| match part {
        "{LibraryId}" => desk.library.id.clone(),
        "{SpaceId}" | "{SpaceIds}" => desk.space.clone(),
        "{TaskIds}" | "{TaskId}" | "{RecycledItemId}" | "{HistoryId}" | "{Inode}" | "{Inodes}" => {
            "7".to_owned()
        }
        part if part.starts_with('{') => "thing".to_owned(),
        part => part.to_owned(),
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// Asks for it; the error code, which a HEAD does not have.
async fn ask(world: &World, asked: &Asked, token: &str) -> (u16, String) {
    let query = asked.query.iter().map(|(name, value)| format!("{name}={value}&"));
    let query: String = query.collect();
    let path = format!("{}?{query}access_token={token}", asked.path);
    let mut request = world.request(&asked.method, &path);
    if asked.path.starts_with("/console/") {
        request = request.bearer_auth(CONSOLE_KEY);
    }
    if !asked.body.is_null() {
        request = request.json(&asked.body);
    }
    let reply = request.send().await.expect("an answer");
    let status = reply.status().as_u16();
    let body: Value = reply.json().await.unwrap_or_default();
    (status, body["code"].as_str().unwrap_or_default().to_owned())
}

fn asking(operation: &Operation, desk: &Desk) -> Asked {
    let flag = operation.flag.iter().map(|flag| (flag.clone(), "1".to_owned()));
    Asked {
        method: operation.method.clone(),
        path: filled(&operation.path, desk),
        query: flag.collect(),
        body: operation.key.as_ref().map_or(Value::Null, |key| json!({ key.as_str(): "x" })),
    }
}

async fn desk(world: &World) -> Desk {
    let desk = world.file_desk().await;
    desk.with(world, "grant=admin").await
}

#[tokio::test]
async fn what_is_in_the_document_is_answered() {
    let world = World::start().await;
    let desk = desk(&world).await;
    assert!(OPERATIONS.len() > 100, "{}", OPERATIONS.len());
    for operation in OPERATIONS.iter() {
        let asked = asking(operation, &desk);
        let found = described::find(&asked).expect("an operation");
        assert_eq!(found.id(), operation.id(), "{asked:?}");
        // Deletes what the walk stands on.
        if ["deleteLibrary", "deleteSpace"].contains(&operation.id()) {
            continue;
        }
        let (status, code) = ask(&world, &asked, &desk.token).await;
        assert_ne!(code, "RouteNotFound", "{}", operation.id());
        assert_ne!(status, 405, "{}", operation.id());
    }
}

#[tokio::test]
async fn what_is_not_in_the_document_is_not_answered() {
    let world = World::start().await;
    let desk = desk(&world).await;
    let paths: BTreeSet<&str> = OPERATIONS.iter().map(|one| one.path.as_str()).collect();
    let mut walked = 0;
    for path in paths {
        let of_noun = OPERATIONS.iter().filter(|one| noun(&one.path) == noun(path));
        let flags: BTreeSet<&str> = of_noun.filter_map(|one| one.flag.as_deref()).collect();
        let flags = flags.into_iter().map(|flag| vec![(flag.to_owned(), "1".to_owned())]);
        for query in flags.chain([Vec::new()]) {
            for method in METHODS {
                let asked = Asked {
                    method: (*method).to_owned(),
                    path: filled(path, &desk),
                    query: query.clone(),
                    body: Value::Null,
                };
                if LEFT_OUT.contains(&noun(path)) || described::find(&asked).is_some() {
                    continue;
                }
                let (status, code) = ask(&world, &asked, &desk.token).await;
                let is_refused = match *method {
                    "HEAD" => status == 404,
                    _ => code == "RouteNotFound",
                };
                assert!(is_refused, "answered and not in the document: {asked:?} {status} {code}");
                walked += 1;
            }
        }
    }
    assert!(walked > 500, "{walked}");
}

/// The first text of every arm of the only match over nouns in a source.
fn nouns<'a>(source: &'a str, prefix: &str) -> BTreeSet<&'a str> {
    let (_, arms) = source.split_once("call.noun.as_str()").expect("dispatch");
    let (arms, _) = arms.split_once("        _ => Err(").expect("its end");
    let patterns = arms.lines().filter_map(|line| Some(line.split_once("=>")?.0));
    let texts = patterns.flat_map(|line| {
        let all = line.split('"').skip(1).step_by(2);
        all.take(if prefix == "/api/v1/" { usize::MAX } else { 1 })
    });
    texts.collect()
}

/// The nouns that dispatch knows, read off its source: whoever adds one has to document it.
#[test]
fn every_noun_is_in_the_document() {
    for (prefix, source) in [
        ("/api/v1/", include_str!("../../src/routes/mod.rs")),
        ("/albumen/v1/", include_str!("../../src/extension.rs")),
    ] {
        let paths = OPERATIONS.iter().filter_map(|one| one.path.strip_prefix(prefix));
        let documented: BTreeSet<&str> = paths.filter_map(|path| path.split('/').next()).collect();
        assert_eq!(nouns(source, prefix), documented);
    }
}

#[test]
fn every_row_that_is_tested_is_in_the_document() {
    let documented: BTreeSet<u64> = OPERATIONS
        .iter()
        .flat_map(|one| one.said["x-albumen-rows"].as_array().cloned().unwrap_or_default())
        .map(|row| row.as_u64().expect("a number"))
        .collect();
    let tested: BTreeSet<u64> =
        GROUPS.concat().into_iter().map(|row| u64::from(number(row))).collect();
    assert_eq!(tested.difference(&documented).count(), 0, "{tested:?} {documented:?}");
    assert_eq!(documented, (1..=137).collect::<BTreeSet<u64>>());
}

#[tokio::test]
async fn the_service_serves_it_to_pages() {
    let world = World::start().await;
    let request = world.request("GET", "/albumen/v1/openapi.json");
    let reply = world.send(request.header("origin", "https://page.example")).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.json, *DOCUMENT);
    assert_eq!(reply.header(CONTENT_TYPE.as_str()), "application/json");
    assert_eq!(reply.header("access-control-allow-origin"), "*");
}

/// A word of a description that nobody wrote, a place that nobody explains, an id twice.
#[test]
fn nothing_is_left_unsaid() {
    let mut ids = BTreeSet::new();
    let is_said = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty());
    for operation in OPERATIONS.iter() {
        assert!(ids.insert(operation.id()), "twice: {}", operation.id());
        assert!(is_said(&operation.said["summary"]), "{}", operation.id());
        for parameter in operation.said["parameters"].as_array().expect("parameters") {
            assert!(is_said(&parameter["description"]), "{} {parameter}", operation.id());
        }
        let tag = &operation.said["tags"][0];
        let tags = DOCUMENT["tags"].as_array().expect("tags");
        assert!(tags.iter().any(|known| known["name"] == *tag), "{} {tag}", operation.id());
    }
}
