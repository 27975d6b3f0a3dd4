//! Two instances of the service over one database: what one of them promises, the other keeps.

use std::collections::BTreeSet;

use futures::future::join_all;
use serde_json::json;

use crate::world::{Reply, World};

/// The answers to these paths, asked of both instances in turn and all at once.
async fn at_once(world: &World, method: &str, paths: &[String]) -> Vec<Reply> {
    let second = world.second().await;
    let instances = [world.service.local_addr(), second.local_addr()];
    let asked = paths
        .iter()
        .zip(instances.iter().cycle())
        .map(|(path, instance)| world.send(world.request_at(*instance, method, path)));
    let replies = join_all(asked).await;
    second.shutdown().await;
    replies
}

#[tokio::test]
async fn one_of_many_gets_a_name() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let ask = desk.path("directory", "trip?conflict_resolution_strategy=ask");
    let replies = at_once(&world, "PUT", &vec![ask; 24]).await;
    let made = replies.iter().filter(|reply| reply.status == 201).count();
    assert_eq!(made, 1, "{replies:?}");
    for refused in replies.iter().filter(|reply| reply.status != 201) {
        refused.is(409, "SameNameDirectoryOrFileExists");
    }
    let rename = desk.path("directory", "trip?conflict_resolution_strategy=rename");
    let replies = at_once(&world, "PUT", &vec![rename; 24]).await;
    let names: BTreeSet<String> =
        replies.iter().map(|reply| reply.json["path"][0].to_string()).collect();
    assert!(replies.iter().all(|reply| reply.status == 201), "{replies:?}");
    assert_eq!(names.len(), 24, "{names:?}");
}

#[tokio::test]
async fn nothing_is_put_into_a_space_that_goes() {
    let world = World::start().await;
    let library = world.library(json!({"isFileLibrary": true})).await;
    let admin = world.token(&library, "grant=admin").await;
    let second = world.second().await;
    let (mut kept, mut gone) = (0, 0);
    for round in 0..30 {
        let space = world.space(&library, json!({})).await;
        let of_space = format!("{}/{space}", library.id);
        let put = format!("/api/v1/directory/{of_space}/a?access_token={admin}");
        let delete = format!("/api/v1/space/{of_space}?access_token={admin}");
        let put = world.send(world.request("PUT", &put));
        let delete = world.send(world.request_at(second.local_addr(), "DELETE", &delete));
        // Who is first on the road changes from round to round.
        let (put, delete) = if round % 2 == 0 {
            tokio::join!(put, delete)
        } else {
            let (delete, put) = tokio::join!(delete, put);
            (put, delete)
        };
        match (put.status, delete.status) {
            (201, 409) => kept += 1,
            (404, 204) => gone += 1,
            both => panic!("{both:?}: {put:?} {delete:?}"),
        }
    }
    assert_eq!(kept + gone, 30);
    second.shutdown().await;
}

#[tokio::test]
async fn a_library_goes_only_when_it_is_empty_for_everybody() {
    let world = World::start().await;
    let second = world.second().await;
    for round in 0..20 {
        let desk = world.file_desk().await;
        let put = world.send(world.request("PUT", &desk.path("directory", "a")));
        let path = format!("/console/v1/libraries/{}", desk.library.id);
        let delete = world.request_at(second.local_addr(), "DELETE", &path);
        let delete = world.send(delete.bearer_auth(crate::world::CONSOLE_KEY));
        let (put, delete) = if round % 2 == 0 {
            tokio::join!(put, delete)
        } else {
            let (delete, put) = tokio::join!(delete, put);
            (put, delete)
        };
        let both = (put.status, delete.status);
        assert!(both == (201, 409) || (delete.status == 204 && put.status >= 400), "{both:?}");
        assert!(put.status < 500, "{put:?}");
    }
    second.shutdown().await;
}
