//! Rows 87 to 90 and 137: favourites, recently used files, the version (SMH sections 16 and 21).

use serde_json::{Value, json};

use crate::world::{Desk, Reply, World};

rows! {
    r087_create_favorite { by_path_or_by_inode, marked_twice_and_what_is_not_there }
    r088_delete_favorite { as_mobile_clients_send_it, what_was_not_marked }
    r089_list_favorite {
        newest_first_and_turned_round,
        by_pages_with_a_count,
        deleted_ones_stay_without_their_fields,
        each_user_has_their_own,
        shown_in_lists_and_infos,
    }
    r090_list_recently_used_file { previews_and_edits, by_type_and_action, pages }
    r137_version { is_told_without_a_token }
}

async fn mark(world: &World, desk: &Desk, body: Value) -> Reply {
    world.at_with(desk, "POST", "favorite", "", body).await
}

async fn list(world: &World, desk: &Desk, rest: &str) -> Reply {
    let reply = world.at(desk, "GET", "favorite", &format!("list?{rest}")).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply
}

async fn recent(world: &World, desk: &Desk, body: Value) -> Reply {
    world.at_with(desk, "POST", "recent", "recently-used-file", body).await
}

/// Files `0.txt` to `n.txt`.
async fn files(world: &World, n: usize) -> Desk {
    let desk = world.file_desk().await;
    for n in 0..n {
        world.upload(&desk, &format!("{n}.txt"), "", b"x").await;
    }
    desk
}

async fn by_path_or_by_inode() {
    let world = World::start().await;
    let desk = files(&world, 2).await;
    let reply = mark(&world, &desk, json!({"path": "0.txt"})).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let listed = world.at(&desk, "GET", "directory", "?with_inode=1").await;
    let inode = |n: usize| listed.json["contents"][n]["inode"].clone();
    assert_eq!(reply.json["inode"], inode(0));
    // The inode counts before the path.
    let reply = mark(&world, &desk, json!({"path": "0.txt", "inode": inode(1)})).await;
    assert_eq!(reply.json["inode"], inode(1));
    world.at(&desk, "PUT", "directory", "docs").await;
    assert_eq!(mark(&world, &desk, json!({"path": "/docs/"})).await.status, 200);
}

async fn marked_twice_and_what_is_not_there() {
    let world = World::start().await;
    let desk = files(&world, 1).await;
    mark(&world, &desk, json!({"path": "0.txt"})).await;
    for (body, status, code) in [
        (json!({"path": "0.txt"}), 409, "DuplicateFavoriteRecord"),
        (json!({"path": "no.txt"}), 404, "PathNotFound"),
        (json!({"inode": "999999"}), 404, "PathNotFound"),
        (json!({"inode": "x"}), 404, "PathNotFound"),
        (json!({}), 400, "EmptyPath"),
        (json!({"path": "/"}), 400, "RootDirectoryNotAllowed"),
        (json!({"path": "a:b"}), 400, "IllegalFileName"),
        (json!({"path": 5}), 400, "ParamInvalid"),
    ] {
        mark(&world, &desk, body).await.is(status, code);
    }
    // An inode of another space names nothing here.
    let other = files(&world, 1).await;
    let listed = world.at(&other, "GET", "directory", "?with_inode=1").await;
    let foreign = listed.json["contents"][0]["inode"].clone();
    mark(&world, &desk, json!({"inode": foreign})).await.is(404, "PathNotFound");
}

async fn as_mobile_clients_send_it() {
    let world = World::start().await;
    let desk = files(&world, 1).await;
    mark(&world, &desk, json!({"path": "0.txt"})).await;
    let body = json!({"path": "0.txt"});
    let reply = world.at_with(&desk, "POST", "favorite", "?cancel", body).await;
    assert_eq!(reply.status, 204, "{reply:?}");
    assert!(list(&world, &desk, "").await.names().is_empty());
    let inode = mark(&world, &desk, json!({"path": "0.txt"})).await.text("inode");
    let body = json!({"inode": inode});
    assert_eq!(world.at_with(&desk, "POST", "favorite", "?cancel=1", body).await.status, 204);
}

async fn what_was_not_marked() {
    let world = World::start().await;
    let desk = files(&world, 1).await;
    for (body, code) in [
        (json!({"path": "0.txt"}), "FavoriteIdNotFound"),
        (json!({"inode": "77777"}), "FavoriteIdNotFound"),
        (json!({"path": "no.txt"}), "PathNotFound"),
    ] {
        world.at_with(&desk, "POST", "favorite", "?cancel=1", body).await.is(404, code);
    }
}

async fn newest_first_and_turned_round() {
    let world = World::start().await;
    let desk = files(&world, 5).await;
    for n in 0..5 {
        mark(&world, &desk, json!({"path": format!("{n}.txt")})).await;
        world.clock.advance_seconds(1);
    }
    let (mut found, mut marker) = (Vec::new(), String::new());
    loop {
        let reply = list(&world, &desk, &format!("limit=2&marker={marker}")).await;
        found.extend(reply.names());
        match reply.json["nextMarker"].as_str() {
            Some(next) => marker = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(found, ["4.txt", "3.txt", "2.txt", "1.txt", "0.txt"]);
    let rest = "order_by=favoriteTime&order_by_type=asc&with_path=1";
    let turned = list(&world, &desk, rest).await;
    let row = &turned.json["contents"][0];
    assert_eq!((&row["name"], &row["path"]), (&json!("0.txt"), &json!(["0.txt"])));
    assert_eq!((&row["type"], &row["spaceId"]), (&json!("file"), &json!(desk.space)));
    assert!(row["favoriteTime"].is_string() && row["inode"].is_string());
    assert_eq!((&row["userId"], &row["size"]), (&json!("ann"), &json!("1")));
    let wrong = world.at(&desk, "GET", "favorite", "list?order_by=size").await;
    wrong.is(400, "OrderByNotAllowed");
    world.at(&desk, "GET", "favorite", "list?marker=7").await.is(404, "MarkerNotFound");
}

async fn by_pages_with_a_count() {
    let world = World::start().await;
    let desk = files(&world, 3).await;
    for n in 0..3 {
        mark(&world, &desk, json!({"path": format!("{n}.txt")})).await;
    }
    let reply = list(&world, &desk, "page=2&page_size=2").await;
    assert_eq!((reply.names(), &reply.json["totalNum"]), (vec!["0.txt".to_owned()], &json!(3)));
    let mixed = world.at(&desk, "GET", "favorite", "list?page=2&limit=2").await;
    mixed.is(400, "ParamInvalid");
}

async fn deleted_ones_stay_without_their_fields() {
    let world = World::start().await;
    let desk = files(&world, 2).await;
    let inode = mark(&world, &desk, json!({"path": "0.txt"})).await.text("inode");
    for rest in ["0.txt", "1.txt?permanent=1"] {
        mark(&world, &desk, json!({"path": rest.trim_end_matches("?permanent=1")})).await;
        world.at(&desk, "DELETE", "file", rest).await;
    }
    let reply = list(&world, &desk, "with_path=1").await;
    assert_eq!(reply.names(), ["", ""]);
    for row in reply.json["contents"].as_array().expect("rows") {
        let mut fields: Vec<_> = row.as_object().expect("a row").keys().cloned().collect();
        fields.sort();
        assert_eq!(fields, ["favoriteTime", "inode", "name", "spaceId"]);
    }
    let body = json!({"inode": inode});
    assert_eq!(world.at_with(&desk, "POST", "favorite", "?cancel=1", body).await.status, 204);
    assert_eq!(list(&world, &desk, "").await.names().len(), 1);
}

async fn each_user_has_their_own() {
    let world = World::start().await;
    let desk = files(&world, 1).await;
    let bob = desk.with(&world, "user_id=bob").await;
    mark(&world, &desk, json!({"path": "0.txt"})).await;
    assert!(list(&world, &bob, "").await.names().is_empty());
    assert_eq!(mark(&world, &bob, json!({"path": "0.txt"})).await.status, 200);
    let stranger = Desk { token: world.file_desk().await.token, ..desk };
    let reply = world.at(&stranger, "GET", "favorite", "list").await;
    reply.is(403, "AccessTokenNotMatchLibrary");
}

async fn shown_in_lists_and_infos() {
    let world = World::start().await;
    let desk = files(&world, 2).await;
    mark(&world, &desk, json!({"path": "1.txt"})).await;
    let listed = world.at(&desk, "GET", "directory", "?with_favorite_status=1").await;
    let rows = listed.json["contents"].as_array().expect("rows");
    let marks: Vec<_> = rows.iter().map(|row| row["isFavorite"].clone()).collect();
    assert_eq!(marks, [json!(false), json!(true)]);
    for (noun, rest) in [("directory", "1.txt?info=1"), ("file", "1.txt?info=1")] {
        let path = format!("{rest}&with_favorite_status=1");
        let reply = world.at(&desk, "GET", noun, &path).await;
        assert_eq!(reply.json["isFavorite"], json!(true), "{noun}");
        assert_eq!(world.at(&desk, "GET", noun, rest).await.json.get("isFavorite"), None);
    }
}

async fn previews_and_edits() {
    let world = World::start().await;
    let desk = files(&world, 3).await;
    // Making a file is no use of it, nor is fetching it.
    world.at(&desk, "GET", "file", "2.txt").await;
    assert!(recent(&world, &desk, json!({})).await.names().is_empty());
    let reply = world.at(&desk, "GET", "file", "0.txt?purpose=preview").await;
    assert_eq!(reply.status, 302);
    world.clock.advance_seconds(1);
    world.upload(&desk, "1.txt", "conflict_resolution_strategy=overwrite", b"yy").await;
    let reply = recent(&world, &desk, json!({"withPath": true})).await;
    assert_eq!(reply.names(), ["1.txt", "0.txt"]);
    let row = &reply.json["contents"][0];
    assert_eq!((&row["actionType"], &row["path"]), (&json!("modify"), &json!(["1.txt"])));
    assert_eq!((&row["size"], &row["spaceId"]), (&json!("2"), &json!(desk.space)));
    assert!(row["operationTime"].is_string() && row["crc64"].is_string());
    let bob = desk.with(&world, "user_id=bob").await;
    assert!(recent(&world, &bob, json!({})).await.names().is_empty());
    world.at(&desk, "DELETE", "file", "1.txt").await;
    assert_eq!(recent(&world, &desk, json!({})).await.names(), ["0.txt"]);
}

async fn by_type_and_action() {
    let world = World::start().await;
    let desk = files(&world, 1).await;
    world.upload(&desk, "a.jpg", "", b"x").await;
    for path in ["0.txt", "a.jpg"] {
        world.at(&desk, "GET", "file", &format!("{path}?purpose=preview")).await;
        world.clock.advance_seconds(1);
    }
    world.upload(&desk, "0.txt", "conflict_resolution_strategy=overwrite", b"yy").await;
    for (body, found) in [
        // Each file once, by its latest use.
        (json!({}), vec!["0.txt", "a.jpg"]),
        (json!({"filterActionBy": "preview"}), vec!["a.jpg", "0.txt"]),
        (json!({"filterActionBy": "modify"}), vec!["0.txt"]),
        (json!({"type": "image"}), vec!["a.jpg"]),
        (json!({"type": ["txt", "video"]}), vec!["0.txt"]),
    ] {
        assert_eq!(recent(&world, &desk, body.clone()).await.names(), found, "{body}");
    }
    for bad in [json!({"filterActionBy": "smell"}), json!({"type": "smell"}), json!(7)] {
        recent(&world, &desk, bad).await.is(400, "ParamInvalid");
    }
    recent(&world, &desk, json!({"marker": "x"})).await.is(404, "MarkerNotFound");
}

async fn pages() {
    let world = World::start().await;
    let desk = files(&world, 5).await;
    for n in 0..5 {
        world.at(&desk, "GET", "file", &format!("{n}.txt?purpose=preview")).await;
    }
    let (mut found, mut marker) = (Vec::new(), json!(null));
    loop {
        let reply = recent(&world, &desk, json!({"limit": 2, "marker": marker})).await;
        found.extend(reply.names());
        marker = reply.json["nextMarker"].clone();
        if marker.is_null() {
            break;
        }
    }
    assert_eq!(found, ["4.txt", "3.txt", "2.txt", "1.txt", "0.txt"]);
}

async fn is_told_without_a_token() {
    let world = World::start().await;
    let reply = world.call("GET", "/api/v1/version").await;
    assert_eq!(reply.status, 200);
    assert!(!reply.text("version").is_empty());
    world.call("POST", "/api/v1/version").await.is(404, "RouteNotFound");
}
