//! Earlier content through the file's own routes: `history_id` (SMH sections 8.1 to 8.3).

use serde_json::json;

use crate::world::World;

const OVER: &str = "conflict_resolution_strategy=overwrite";

#[tokio::test]
async fn earlier_content_is_fetched_by_its_number() {
    let world = World::start().await;
    let desk = world.desk(json!({"isFileLibrary": true}), json!({"isPublicRead": true})).await;
    for text in ["one", "two two", "three"] {
        world.upload(&desk, "a.txt", OVER, text.as_bytes()).await;
        world.clock.advance_seconds(1);
    }
    let list = world.at(&desk, "GET", "directory-history", "history-list/a.txt").await;
    let id = list.json["contents"][1]["id"].as_u64().expect("a number");
    let rest = format!("a.txt?history_id={id}");
    assert_eq!(world.download(&desk, &rest).await, b"two two");
    let head = world.at(&desk, "HEAD", "file", &rest).await;
    assert_eq!((head.status, head.header("x-smh-size")), (200, "7"));
    let info = world.at(&desk, "GET", "file", &format!("{rest}&info=1")).await;
    assert_eq!((info.text("size"), &info.json["versionId"]), ("7".to_owned(), &json!(2)));
    assert_eq!(world.fetch(&info.text("cosUrl")).await, b"two two");
    for bad in ["4711", "18446744073709551615"] {
        let rest = format!("a.txt?history_id={bad}");
        world.at(&desk, "GET", "file", &rest).await.is(404, "DirectoryHistoryNotFound");
    }
    world.at(&desk, "GET", "file", "a.txt?history_id=x").await.is(400, "ParamInvalid");
    // A number of another file is none of this one.
    world.upload(&desk, "b.txt", "", b"b").await;
    let rest = format!("b.txt?history_id={id}");
    world.at(&desk, "GET", "file", &rest).await.is(404, "DirectoryHistoryNotFound");
    // History needs a token, also where everybody reads.
    let path = format!("/api/v1/file/{}/{}/a.txt", desk.library.id, desk.space);
    assert_eq!(world.call("GET", &path).await.status, 302);
    world.call("GET", &format!("{path}?history_id={id}")).await.is(400, "EmptyAccessToken");
}

#[tokio::test]
async fn the_latest_keeps_the_number_it_had_before() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    for text in ["one", "two"] {
        world.upload(&desk, "a.txt", OVER, text.as_bytes()).await;
    }
    let list = world.at(&desk, "GET", "directory-history", "history-list/a.txt").await;
    let id = list.json["contents"][1]["id"].as_u64().expect("a number");
    let rest = format!("latest-version/{id}");
    world.at(&desk, "POST", "directory-history", &rest).await;
    assert_eq!(world.download(&desk, &format!("a.txt?history_id={id}")).await, b"one");
    assert_eq!(world.download(&desk, "a.txt").await, b"one");
}
