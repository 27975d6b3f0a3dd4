//! Rows 58 to 61: tasks (SMH section 11).

use serde_json::{Value, json};

use crate::world::{Desk, Reply, World};

rows! {
    r058_query_library_task { none_are_kept_for_a_library }
    r059_query_library_task_v2 { an_unknown_one_of_a_library }
    r060_query_task { several_at_once, of_another_space, kept_for_thirty_days }
    r061_query_task_v2 { the_object_form, all_failed, an_unknown_one }
}

/// A batch that is a task, for its length.
async fn task(world: &World, desk: &Desk, from: &str) -> Reply {
    let items: Vec<Value> =
        (0..101).map(|n| json!({"copyFrom": from, "to": format!("{from}-{n}")})).collect();
    world.at_with(desk, "POST", "batch", "?copy=1", json!(items)).await
}

async fn desk() -> (World, Desk) {
    let world = World::start().await;
    let desk = world.file_desk().await;
    world.upload(&desk, "a.txt", "", b"x").await;
    (world, desk)
}

fn of_library(desk: &Desk, noun: &str, ids: &str, token: &str) -> String {
    format!("/api/v1/{noun}/{}/{ids}?access_token={token}", desk.library.id)
}

async fn none_are_kept_for_a_library() {
    let (world, desk) = desk().await;
    let accepted = task(&world, &desk, "a.txt").await;
    world.task_end(&desk, &accepted).await;
    let admin = world.token(&desk.library, "grant=admin").await;
    let ids = accepted.json["taskId"].to_string();
    let reply = world.call("GET", &of_library(&desk, "task", &ids, &admin)).await;
    assert_eq!((reply.status, &reply.json), (200, &json!([])));
    let reply = world.call("GET", &of_library(&desk, "task", &ids, &desk.token)).await;
    reply.is(403, "NoPermission");
}

async fn an_unknown_one_of_a_library() {
    let (world, desk) = desk().await;
    let admin = world.token(&desk.library, "grant=admin").await;
    let reply = world.call("GET", &of_library(&desk, "task-result", "17", &admin)).await;
    reply.is(404, "PathNotFound");
}

async fn several_at_once() {
    let (world, desk) = desk().await;
    let mut ids = Vec::new();
    for _ in 0..2 {
        let accepted = task(&world, &desk, "a.txt").await;
        world.task_end(&desk, &accepted).await;
        ids.push(accepted.json["taskId"].clone());
    }
    let list = format!("{},999999,x,{}/", ids[0], ids[1]);
    let reply = world.at(&desk, "GET", "task", &list).await;
    let rows = reply.json.as_array().expect("an array");
    assert_eq!(rows.len(), 2, "what is unknown is left out");
    for (row, id) in rows.iter().zip(&ids) {
        assert_eq!((&row["taskId"], &row["id"], &row["status"]), (id, id, &json!(200)));
        assert_eq!(row["result"].as_array().map(Vec::len), Some(101));
    }
}

async fn of_another_space() {
    let (world, desk) = desk().await;
    let accepted = task(&world, &desk, "a.txt").await;
    let id = accepted.json["taskId"].to_string();
    let stranger = world.file_desk().await;
    let reply = world.at(&stranger, "GET", "task", &id).await;
    assert_eq!((reply.status, &reply.json), (200, &json!([])));
    world.at(&stranger, "GET", "task-result", &id).await.is(404, "PathNotFound");
    let elsewhere = Desk { token: stranger.token, ..desk };
    world.at(&elsewhere, "GET", "task", &id).await.is(403, "AccessTokenNotMatchLibrary");
}

async fn kept_for_thirty_days() {
    let (world, desk) = desk().await;
    let accepted = task(&world, &desk, "a.txt").await;
    world.task_end(&desk, &accepted).await;
    let id = accepted.json["taskId"].to_string();
    for (days, kept) in [(29, 1), (2, 0)] {
        world.clock.advance_seconds(days * 86_400);
        world.service.sweep().await.expect("a sweep");
        let desk = desk.with(&world, "").await;
        let reply = world.at(&desk, "GET", "task", &id).await;
        assert_eq!(reply.json.as_array().map(Vec::len), Some(kept), "{reply:?}");
    }
}

async fn the_object_form() {
    let (world, desk) = desk().await;
    let accepted = task(&world, &desk, "a.txt").await;
    world.task_end(&desk, &accepted).await;
    let id = accepted.json["taskId"].to_string();
    let reply = world.at(&desk, "GET", "task-result", &id).await;
    assert_eq!((reply.text("taskId"), reply.text("taskType")), (id, "batchCopy".to_owned()));
    assert_eq!(reply.json["status"], json!(200));
    let rows = reply.json["batchCopyResults"].as_array().expect("rows");
    assert_eq!((rows.len(), &rows[0]["path"]), (101, &json!(["a.txt-0"])));
}

async fn all_failed() {
    let (world, desk) = desk().await;
    let accepted = task(&world, &desk, "nothing").await;
    assert_eq!(world.task_end(&desk, &accepted).await["status"], json!(207));
    let id = accepted.json["taskId"].to_string();
    let reply = world.at(&desk, "GET", "task-result", &id).await;
    assert_eq!((reply.status, &reply.json["status"]), (200, &json!(400)));
    assert_eq!(reply.json["batchCopyResults"][0]["code"], json!("SourceFileNotFound"));
}

async fn an_unknown_one() {
    let (world, desk) = desk().await;
    for id in ["17", "x", "99999999999999999999999"] {
        world.at(&desk, "GET", "task-result", id).await.is(404, "PathNotFound");
    }
}
