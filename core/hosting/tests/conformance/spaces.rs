//! Rows 5 to 14 and 112: tenant spaces (SMH section 4).

use serde_json::{Value, json};

use crate::world::{Desk, Library, Reply, World};

rows! {
    r005_create_space {
        with_an_id_of_its_own, with_a_chosen_id, a_library_of_one_space_has_none,
        grants_for_making_spaces
    }
    r006_delete_space { an_empty_one, one_with_content_by_force, grants_for_removing_spaces }
    r007_get_contents_view {
        everything_flatly_page_by_page, filters_order_and_category, the_bin_is_not_in_it,
        markers_and_grants_of_the_flat_view
    }
    r008_get_file_count_in_space { numbers_as_texts, grants_for_counting }
    r009_get_library_space_count { admin_counts_all_and_others_their_own }
    r010_get_space_extension { the_attributes, of_another_space_or_none }
    r011_get_space_size { a_text_that_counts_bin_and_history }
    r012_list_space { pages_prefix_and_start_name, a_bad_marker }
    r013_set_space_traffic_limit { a_rate_and_none, rates_out_of_range }
    r014_update_space_extension { what_is_absent_stays, grants_for_changing }
    r112_list_spaces_older { a_bare_array }
}

async fn file_library(world: &World) -> (Library, String) {
    let library = world.library(json!({"isFileLibrary": true})).await;
    let admin = world.token(&library, "grant=admin").await;
    (library, admin)
}

async fn on(
    world: &World,
    library: &Library,
    token: &str,
    method: &str,
    rest: &str,
    body: Value,
) -> Reply {
    world.in_library((library, token), method, "space", rest, body).await
}

async fn with_an_id_of_its_own() {
    let world = World::start().await;
    let (library, admin) = file_library(&world).await;
    let made = on(&world, &library, &admin, "POST", "", json!({"spaceTag": "team"})).await;
    assert_eq!(made.status, 201, "{made:?}");
    let again = on(&world, &library, &admin, "POST", "/", Value::Null).await;
    assert_eq!(again.status, 201, "an empty body is allowed: {again:?}");
    assert_ne!(made.text("spaceId"), again.text("spaceId"));
}

async fn with_a_chosen_id() {
    let world = World::start().await;
    let (library, admin) = file_library(&world).await;
    let make = async |id: &str| {
        on(&world, &library, &admin, "POST", &format!("?space_id={id}"), json!({})).await
    };
    let made = make("team-1").await;
    assert_eq!((made.status, made.text("spaceId")), (201, "team-1".to_owned()));
    make("team-1").await.is(409, "SpaceIdTaken");
    for bad in ["x", "-a", "a-", "Team", "a_b", "list", "count"] {
        make(bad).await.is(400, "SpaceIdInvalid");
    }
}

async fn a_library_of_one_space_has_none() {
    let world = World::start().await;
    let library = world.library(json!({"isMultiSpace": false, "isFileLibrary": true})).await;
    let admin = world.token(&library, "grant=admin").await;
    for (method, rest) in [("POST", ""), ("GET", "/list"), ("GET", "/count"), ("DELETE", "/-")] {
        let reply = on(&world, &library, &admin, method, rest, Value::Null).await;
        reply.is(400, "NotMultiSpaceLibrary");
    }
    // What there is to know about the one space is told all the same.
    for rest in ["/-/size", "/-/file-count", "/-/contents-view?filter=onlyFile"] {
        assert_eq!(on(&world, &library, &admin, "GET", rest, Value::Null).await.status, 200);
    }
}

async fn grants_for_making_spaces() {
    let world = World::start().await;
    let (library, admin) = file_library(&world).await;
    let space = world.space(&library, json!({})).await;
    let rest = format!("grant=space_admin&space_id={space}");
    let refused = world.token(&library, &rest).await;
    on(&world, &library, &refused, "POST", "", json!({})).await.is(403, "NoPermission");
    let maker = world.token(&library, "grant=create_space&user_id=ann").await;
    assert_eq!(on(&world, &library, &maker, "POST", "", json!({})).await.status, 201);
    on(&world, &library, "acctkno", "POST", "", json!({})).await.is(403, "InvalidAccessToken");
    let path = format!("/api/v1/space/{}", library.id);
    world.call("POST", &path).await.is(400, "EmptyAccessToken");
    let by_secret = format!("{path}?library_secret={}", library.secret);
    assert_eq!(world.call("POST", &by_secret).await.status, 201);
    assert_eq!(on(&world, &library, &admin, "GET", "/count", Value::Null).await.json["total"], 3);
}

async fn an_empty_one() {
    let world = World::start().await;
    let (library, admin) = file_library(&world).await;
    let space = world.space(&library, json!({})).await;
    let rest = format!("/{space}");
    assert_eq!(on(&world, &library, &admin, "DELETE", &rest, Value::Null).await.status, 204);
    on(&world, &library, &admin, "DELETE", &rest, Value::Null).await.is(404, "SpaceNotFound");
}

async fn one_with_content_by_force() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    world.upload(&desk, "a.txt", "", b"x").await;
    let admin = world.token(&desk.library, "grant=admin").await;
    let delete = async |query: &str| {
        let rest = format!("/{}{query}", desk.space);
        on(&world, &desk.library, &admin, "DELETE", &rest, Value::Null).await
    };
    delete("").await.is(409, "SpaceNotEmpty");
    delete("?force=0").await.is(409, "SpaceNotEmpty");
    assert_eq!(delete("?force=1").await.status, 204);
    let listed = on(&world, &desk.library, &admin, "GET", "/list", Value::Null).await;
    assert_eq!(listed.json["list"], json!([]));
    // The bin does not count as content.
    let desk = world.file_desk().await;
    world.upload(&desk, "a.txt", "", b"x").await;
    world.at(&desk, "DELETE", "file", "a.txt").await;
    let admin = world.token(&desk.library, "grant=delete_space").await;
    let rest = format!("/{}", desk.space);
    let gone = on(&world, &desk.library, &admin, "DELETE", &rest, Value::Null).await;
    assert_eq!(gone.status, 204);
}

async fn grants_for_removing_spaces() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let rest = format!("/{}?force=1", desk.space);
    for grant in ["space_admin", "create_space", "delete_directory"] {
        let token = format!("grant={grant}&space_id={}", desk.space);
        let token = world.token(&desk.library, &token).await;
        let refused = on(&world, &desk.library, &token, "DELETE", &rest, Value::Null).await;
        refused.is(403, "NoPermission");
    }
}

/// Two directories, three files, one more file in the bin.
pub(crate) async fn furnished(world: &World) -> Desk {
    let desk = world.file_desk().await;
    world.at(&desk, "PUT", "directory", "a/b").await;
    world.upload(&desk, "one.txt", "", b"1").await;
    world.upload(&desk, "a/two.txt", "", b"22").await;
    let body = json!({"category": "raw"});
    let begun = world.at_with(&desk, "PUT", "file", "a/b/three.txt", body).await;
    world.put(&begun, b"333").await;
    world.confirm(&desk, &begun, "", b"333").await;
    world.upload(&desk, "a/gone.txt", "", b"4444").await;
    world.at(&desk, "DELETE", "file", "a/gone.txt").await;
    desk
}

async fn everything_flatly_page_by_page() {
    let world = World::start().await;
    let desk = furnished(&world).await;
    let mut names = Vec::new();
    let mut marker = String::new();
    loop {
        let rest = format!("contents-view?limit=2&with_path=1{marker}");
        let page = world.at(&desk, "GET", "space", &rest).await;
        assert_eq!(page.status, 200, "{page:?}");
        for row in page.json["contents"].as_array().expect("a list") {
            assert!(row["inode"].is_string());
            names.push(row["path"].as_array().expect("a list").last().expect("a name").clone());
        }
        match page.json["nextMarker"].as_str() {
            Some(next) => marker = format!("&marker={next}"),
            None => break,
        }
    }
    assert_eq!(names, ["a", "b", "one.txt", "two.txt", "three.txt"]);
}

async fn filters_order_and_category() {
    let world = World::start().await;
    let desk = furnished(&world).await;
    let names = async |query: &str| {
        world.at(&desk, "GET", "space", &format!("contents-view?{query}")).await.names()
    };
    assert_eq!(names("filter=onlyDir").await, ["a", "b"]);
    let by_size = names("filter=onlyFile&order_by=size&order_by_type=desc").await;
    assert_eq!(by_size, ["three.txt", "two.txt", "one.txt"]);
    assert_eq!(names("orderBy=name&orderByType=desc&filter=onlyDir").await, ["b", "a"]);
    assert_eq!(names("category=raw").await, ["three.txt"]);
    let plain = world.at(&desk, "GET", "space", "contents-view?filter=onlyFile").await;
    assert!(plain.json["contents"][0].get("path").is_none(), "only with with_path");
    let bad = world.at(&desk, "GET", "space", "contents-view?filter=all").await;
    bad.is(400, "ParamInvalid");
}

async fn the_bin_is_not_in_it() {
    let world = World::start().await;
    let desk = furnished(&world).await;
    world.at(&desk, "DELETE", "directory", "a").await;
    let left = world.at(&desk, "GET", "space", "contents-view").await;
    assert_eq!(left.names(), ["one.txt"]);
}

async fn markers_and_grants_of_the_flat_view() {
    let world = World::start().await;
    let desk = furnished(&world).await;
    let bad = world.at(&desk, "GET", "space", "contents-view?marker=nonsense").await;
    bad.is(404, "MarkerNotFound");
    let first = world.at(&desk, "GET", "space", "contents-view?limit=1").await;
    let other = format!("contents-view?limit=1&order_by=size&marker={}", first.text("nextMarker"));
    world.at(&desk, "GET", "space", &other).await.is(404, "MarkerNotFound");
    let plain = desk.with(&world, "grant=upload_file").await;
    world.at(&plain, "GET", "space", "contents-view").await.is(403, "NoPermission");
    let reader = desk.with(&world, "grant=read_only").await;
    assert_eq!(world.at(&reader, "GET", "space", "contents-view").await.status, 200);
}

async fn numbers_as_texts() {
    let world = World::start().await;
    let desk = furnished(&world).await;
    world.upload(&desk, "one.txt", "conflict_resolution_strategy=overwrite", b"new").await;
    let counts = world.at(&desk, "GET", "space", "file-count").await;
    let wanted = json!({"fileNum": "5", "dirNum": "2", "recycledFileNum": "1",
        "recycledDirNum": "0", "historyFileNum": "1"});
    assert_eq!(counts.json, wanted);
}

async fn grants_for_counting() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let plain = desk.with(&world, "grant=upload_file").await;
    world.at(&plain, "GET", "space", "file-count").await.is(403, "NoPermission");
    let other = world.space(&desk.library, json!({})).await;
    let stranger = Desk { space: other, ..desk };
    for rest in ["file-count", "size", "contents-view", "extension"] {
        let refused = world.at(&stranger, "GET", "space", rest).await;
        refused.is(403, "AccessTokenNotMatchSpace");
    }
}

async fn admin_counts_all_and_others_their_own() {
    let world = World::start().await;
    let (library, admin) = file_library(&world).await;
    let ann = world.token(&library, "grant=create_space&user_id=ann").await;
    on(&world, &library, &ann, "POST", "", json!({})).await;
    on(&world, &library, &admin, "POST", "", json!({})).await;
    let total =
        async |token: &str| on(&world, &library, token, "GET", "/count", Value::Null).await.json;
    assert_eq!(total(&admin).await, json!({"total": 2}));
    assert_eq!(total(&ann).await, json!({"total": 1}));
}

async fn the_attributes() {
    let world = World::start().await;
    let desk = world.album_desk().await;
    let reply = world.at(&desk, "GET", "space", "extension").await;
    let wanted = json!({"isPublicRead": false, "isMultiAlbum": true, "allowPhoto": true,
        "allowVideo": true, "allowPhotoExtname": [], "allowVideoExtname": [],
        "recognizeSensitiveContent": false});
    assert_eq!(reply.json, wanted);
}

async fn of_another_space_or_none() {
    let world = World::start().await;
    let (library, admin) = file_library(&world).await;
    let reply = on(&world, &library, &admin, "GET", "/nowhere/extension", Value::Null).await;
    reply.is(404, "SpaceNotFound");
}

async fn a_text_that_counts_bin_and_history() {
    let world = World::start().await;
    let desk = furnished(&world).await;
    world.upload(&desk, "one.txt", "conflict_resolution_strategy=overwrite", b"new").await;
    let size = world.at(&desk, "GET", "space", "size").await;
    assert_eq!(size.json, json!({"size": "13"}), "3 + 2 + 3, 4 in the bin, 1 in the history");
}

async fn pages_prefix_and_start_name() {
    let world = World::start().await;
    let (library, admin) = file_library(&world).await;
    for id in ["b-1", "a-1", "a-2"] {
        on(&world, &library, &admin, "POST", &format!("?space_id={id}"), json!({})).await;
    }
    let ids = |reply: &Reply| -> Vec<String> {
        let rows = reply.json["list"].as_array().expect("a list").iter();
        rows.map(|row| row["spaceId"].as_str().expect("a text").to_owned()).collect()
    };
    let get = async |query: &str| {
        on(&world, &library, &admin, "GET", &format!("/list?{query}"), Value::Null).await
    };
    assert_eq!(ids(&get("ordered=1").await), ["a-1", "a-2", "b-1"]);
    assert_eq!(ids(&get("ordered=1&prefix=a-").await), ["a-1", "a-2"]);
    assert_eq!(ids(&get("ordered=1&start_name=a-1").await), ["a-2", "b-1"]);
    let first = get("limit=2").await;
    let row = &first.json["list"][0];
    assert!(row["userId"].is_string() && row["creationTime"].is_string());
    let rest = get(&format!("limit=2&marker={}&start_name=zz", first.text("marker"))).await;
    assert_eq!(ids(&rest), ["b-1"]);
    assert!(rest.json.get("marker").is_none());
}

async fn a_bad_marker() {
    let world = World::start().await;
    let (library, admin) = file_library(&world).await;
    let reply = on(&world, &library, &admin, "GET", "/list?marker=a,b", Value::Null).await;
    reply.is(404, "MarkerNotFound");
}

async fn a_rate_and_none() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    for rate in [102_400_i64, 104_857_600, -1] {
        let body = json!({"downloadTrafficLimit": rate});
        let set = world.at_with(&desk, "POST", "space", "traffic-limit", body).await;
        assert_eq!(set.status, 204, "{rate}: {set:?}");
    }
}

async fn rates_out_of_range() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    for rate in [json!(102_399), json!(104_857_601_i64), json!(0), json!(-2), json!("fast")] {
        let body = json!({"downloadTrafficLimit": rate});
        let refused = world.at_with(&desk, "POST", "space", "traffic-limit", body).await;
        refused.is(400, "ParamInvalid");
    }
    let missing = world.at_with(&desk, "POST", "space", "traffic-limit", json!({})).await;
    missing.is(400, "ParamInvalid");
    let plain = desk.with(&world, "grant=upload_file").await;
    let body = json!({"downloadTrafficLimit": -1});
    let refused = world.at_with(&plain, "POST", "space", "traffic-limit", body).await;
    refused.is(403, "NoPermission");
}

async fn what_is_absent_stays() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let set = async |body: Value| {
        assert_eq!(world.at_with(&desk, "POST", "space", "extension", body).await.status, 204);
        world.at(&desk, "GET", "space", "extension").await.json
    };
    let one = set(json!({"isPublicRead": true, "allowFileExtname": [".txt"]})).await;
    assert_eq!((&one["isPublicRead"], &one["allowFileExtname"]), (&json!(true), &json!([".txt"])));
    let two = set(json!({"spaceTag": "team", "isMultiAlbum": true})).await;
    assert_eq!((&two["isPublicRead"], &two["spaceTag"]), (&json!(true), &json!("team")));
    assert_eq!(two["isMultiAlbum"], json!(false), "only settable at creation");
    assert!(set(json!({"spaceTag": null})).await.get("spaceTag").is_none());
}

async fn grants_for_changing() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let plain = desk.with(&world, "grant=create_space,upload_file").await;
    let refused = world.at_with(&plain, "POST", "space", "extension", json!({})).await;
    refused.is(403, "NoPermission");
}

async fn a_bare_array() {
    let world = World::start().await;
    let (library, admin) = file_library(&world).await;
    let space = world.space(&library, json!({})).await;
    let list = on(&world, &library, &admin, "GET", "?limit=10", Value::Null).await;
    let rows = list.json.as_array().expect("a bare array");
    assert_eq!((rows.len(), &rows[0]["spaceId"]), (1, &json!(space)));
}
