//! Rows 84 to 86 and 118 to 120: search, new and old (SMH section 15).

use serde_json::{Value, json};

use crate::world::{Desk, Reply, World};

rows! {
    r084_search_ai { is_not_offered }
    r085_search_fs {
        parts_of_names_whatever_their_case,
        below_a_directory_only,
        by_extension_type_size_time_label_and_category,
        pages_by_the_marker_in_body_or_query,
        what_is_in_the_bin_or_elsewhere_is_not_found,
        limits_and_what_is_not_understood,
        switched_off,
    }
    r086_search_fs_stats { groups_and_sums, limits_of_aggregations }
    r118_search_start { words_of_the_mobile_clients, more_hits_first }
    r119_search_more { twenty_a_page_by_a_number, ids_that_are_none, ends_after_an_hour }
    r120_search_end { it_is_gone_then }
}

async fn find(world: &World, desk: &Desk, body: Value) -> Reply {
    world.at_with(desk, "POST", "search", "search-fs", body).await
}

async fn names(world: &World, desk: &Desk, body: Value) -> Vec<String> {
    let reply = find(world, desk, body).await;
    assert_eq!((reply.status, &reply.json["nextMarker"]), (200, &json!("")), "{reply:?}");
    let mut names = reply.names();
    names.sort();
    names
}

async fn start(world: &World, desk: &Desk, body: Value) -> Reply {
    world.at_with(desk, "POST", "search", "space-contents", body).await
}

/// A space with a few things in it.
async fn filled(world: &World) -> Desk {
    let desk = world.file_desk().await;
    world.at(&desk, "PUT", "directory", "Trip/inner").await;
    world.upload(&desk, "Trip/IMG_1.JPG", "", b"picture").await;
    world.upload(&desk, "Trip/inner/Ärger%20in%20%E5%8C%97%E4%BA%AC.pdf", "", b"1234").await;
    world.clock.advance_seconds(100);
    let begun = world
        .at_with(
            &desk,
            "PUT",
            "file",
            "trip-notes.txt",
            json!({"labels": ["red"], "category": "n"}),
        )
        .await;
    world.put(&begun, b"notes").await;
    world.confirm(&desk, &begun, "", b"notes").await;
    desk
}

async fn is_not_offered() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let body = json!({"type": "text", "keywords": "sea"});
    let reply = world.at_with(&desk, "POST", "search", "search-ai?limit=10", body).await;
    reply.is(400, "FunctionNotEnabled");
}

async fn parts_of_names_whatever_their_case() {
    let world = World::start().await;
    let desk = filled(&world).await;
    for (keywords, found) in [
        (json!(["img"]), vec!["IMG_1.JPG"]),
        (json!(["TRIP"]), vec!["Trip", "trip-notes.txt"]),
        (json!(["ärger"]), vec!["Ärger in 北京.pdf"]),
        (json!(["北"]), vec!["Ärger in 北京.pdf"]),
        (json!(["img", "notes"]), vec!["IMG_1.JPG", "trip-notes.txt"]),
        (json!(["%"]), vec![]),
        (json!(["_"]), vec!["IMG_1.JPG"]),
        (json!(["nothing"]), vec![]),
    ] {
        assert_eq!(names(&world, &desk, json!({"keywords": keywords})).await, found, "{keywords}");
    }
    let reply = world
        .at_with(
            &desk,
            "POST",
            "search",
            "search-fs?with_inode=1&with_favorite_status=1",
            json!({"type": "filename", "keywords": ["img"], "orderBy": "size"}),
        )
        .await;
    let row = &reply.json["contents"][0];
    assert_eq!((&row["size"], &row["userId"]), (&json!("7"), &json!("ann")), "{row}");
    assert_eq!((&row["isFavorite"], &row["fileType"]), (&json!(false), &json!("image")));
    assert!(row["inode"].is_string() && row["crc64"].is_string());
}

async fn below_a_directory_only() {
    let world = World::start().await;
    let desk = filled(&world).await;
    for (scope, found) in [("", 5), ("/", 5), ("Trip", 3), ("/Trip/", 3), ("Trip/inner", 1)] {
        assert_eq!(names(&world, &desk, json!({"scope": scope})).await.len(), found, "{scope}");
    }
    find(&world, &desk, json!({"scope": "nowhere"})).await.is(404, "DirectoryNotFound");
    find(&world, &desk, json!({"scope": "trip-notes.txt"})).await.is(404, "DirectoryNotFound");
    find(&world, &desk, json!({"scope": "a/../b"})).await.is(400, "InvalidSpaceOrDirectoryPath");
}

async fn by_extension_type_size_time_label_and_category() {
    let world = World::start().await;
    let desk = filled(&world).await;
    let (jpg, pdf, txt) = ("IMG_1.JPG", "Ärger in 北京.pdf", "trip-notes.txt");
    for (body, found) in [
        (json!({"inExtnames": [".jpg", ".PDF"]}), vec![jpg, pdf]),
        (json!({"excludeExtnames": [".jpg"], "fileTypes": ["file"]}), vec![txt, pdf]),
        (json!({"fileTypes": ["dir"]}), vec!["Trip", "inner"]),
        (json!({"fileTypes": ["symlink"]}), vec![]),
        (json!({"fileTypes": ["all"], "minFileSize": 7}), vec![jpg]),
        (json!({"minFileSize": "5", "maxFileSize": 6}), vec![txt]),
        (json!({"labels": ["blue", "red"]}), vec![txt]),
        (json!({"categories": ["n"]}), vec![txt]),
        (
            json!({"modificationTimeStart": "2026-09-21T14:14:00Z", "fileTypes": ["file"]}),
            vec![txt],
        ),
        (
            json!({"modificationTimeEnd": "2026-09-21T22:13:59+08:00", "fileTypes": ["file"]}),
            vec![jpg, pdf],
        ),
    ] {
        let mut found: Vec<String> = found.into_iter().map(str::to_owned).collect();
        found.sort();
        assert_eq!(names(&world, &desk, body.clone()).await, found, "{body}");
    }
}

async fn pages_by_the_marker_in_body_or_query() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    for n in 0..7 {
        world.at(&desk, "PUT", "directory", &format!("Album{n}")).await;
    }
    for in_body in [true, false] {
        let (mut found, mut marker) = (Vec::new(), String::new());
        loop {
            let mut body = json!({"keywords": ["album"]});
            let mut rest = "search-fs?limit=3".to_owned();
            if in_body {
                body["marker"] = json!(marker);
            } else {
                rest.push_str(&format!("&marker={marker}"));
            }
            let reply = world.at_with(&desk, "POST", "search", &rest, body).await;
            found.extend(reply.names());
            marker = reply.text("nextMarker");
            if marker.is_empty() {
                break;
            }
        }
        assert_eq!(found.len(), 7, "each once: {found:?}");
    }
    // A marker is good for its own question.
    let reply = world
        .at_with(&desk, "POST", "search", "search-fs?limit=3", json!({"keywords": ["album"]}))
        .await;
    let other = json!({"keywords": ["x"], "marker": reply.text("nextMarker")});
    find(&world, &desk, other).await.is(404, "MarkerNotFound");
    find(&world, &desk, json!({"marker": "17"})).await.is(404, "MarkerNotFound");
}

async fn what_is_in_the_bin_or_elsewhere_is_not_found() {
    let world = World::start().await;
    let desk = filled(&world).await;
    world.at(&desk, "DELETE", "directory", "Trip").await;
    assert_eq!(names(&world, &desk, json!({})).await, ["trip-notes.txt"]);
    // Another space of the same library, another library.
    let space = world.space(&desk.library, json!({})).await;
    let token = world.token(&desk.library, &format!("space_id={space}&user_id=ann")).await;
    let neighbour = Desk { space: space.clone(), token: token.clone(), ..desk.clone() };
    assert!(names(&world, &neighbour, json!({})).await.is_empty());
    let crossing = Desk { token, ..desk.clone() };
    find(&world, &crossing, json!({})).await.is(403, "AccessTokenNotMatchSpace");
    let stranger = Desk { token: world.file_desk().await.token, ..desk };
    find(&world, &stranger, json!({})).await.is(403, "AccessTokenNotMatchLibrary");
}

async fn limits_and_what_is_not_understood() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let many = |n: usize| vec!["x"; n];
    for (body, code) in [
        (json!({"keywords": many(101)}), "SearchTooComplex"),
        (json!({"inExtnames": many(21)}), "SearchTooComplex"),
        (json!({"excludeExtnames": many(21)}), "SearchTooComplex"),
        (json!({"labels": many(21)}), "SearchTooComplex"),
        (json!({"categories": many(21)}), "SearchTooComplex"),
        (json!({"labels": ["x".repeat(33)]}), "ParamInvalid"),
        (json!({"inExtnames": ["x".repeat(11)]}), "ParamInvalid"),
        (json!({"keywords": "plain"}), "ParamInvalid"),
        (json!({"fileTypes": ["colour"]}), "ParamInvalid"),
        (json!({"type": "smell"}), "ParamInvalid"),
        (json!({"type": "filecontent"}), "FunctionNotEnabled"),
        (json!({"modificationTimeStart": "yesterday"}), "InvalidTimeFormat"),
        (json!({"minFileSize": -1}), "ParamInvalid"),
        (json!({"keywords": [{"a": 1}]}), "ParamInvalid"),
        (json!(7), "ParamInvalid"),
    ] {
        find(&world, &desk, body.clone()).await.is(400, code);
    }
    for rest in ["search-fs?limit=0", "search-fs?limit=5000"] {
        assert_eq!(world.at_with(&desk, "POST", "search", rest, json!({})).await.status, 200);
    }
    assert_eq!(world.at(&desk, "POST", "search", "search-fs").await.status, 200);
}

async fn switched_off() {
    let world = World::start().await;
    let desk = world.desk(json!({"isFileLibrary": true, "enableSearch": false}), json!({})).await;
    find(&world, &desk, json!({})).await.is(400, "SearchNotEnabled");
    let stats = json!({"aggregations": [{"field": "name", "operation": "count"}]});
    let reply = world.at_with(&desk, "POST", "search", "search-fs-stats", stats).await;
    reply.is(400, "SearchNotEnabled");
    start(&world, &desk, json!({"keyword": "x"})).await.is(400, "SearchNotEnabled");
    // It is an ordinary setting.
    let id = &desk.library.id;
    let body = json!({"settings": {"enableSearch": true}});
    let reply = world.console("PATCH", &format!("/{id}"), body).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(find(&world, &desk, json!({})).await.status, 200);
}

async fn groups_and_sums() {
    let world = World::start().await;
    let desk = filled(&world).await;
    let body = json!({"fileTypes": ["file"], "aggregations": [
        {"field": "fileType", "operation": "group",
            "subAggregations": [{"field": "size", "operation": "sum"}]},
        {"field": "size", "operation": "max"},
        {"field": "userId", "operation": "distinct"},
    ]});
    let reply = world.at_with(&desk, "POST", "search", "search-fs-stats", body).await;
    assert_eq!((reply.status, &reply.json["isTruncated"]), (200, &json!(false)), "{reply:?}");
    let found = &reply.json["aggregations"];
    let values: Vec<_> =
        found[0]["groups"].as_array().expect("groups").iter().map(|g| &g["value"]).collect();
    assert_eq!(values, [&json!("image"), &json!("portable"), &json!("text")]);
    assert_eq!(found[0]["groups"][0]["count"], json!(1));
    assert_eq!(found[0]["groups"][0]["subAggregations"][0]["value"], json!(7));
    assert_eq!((&found[1]["value"], &found[2]["value"]), (&json!(7), &json!(1)));
}

async fn limits_of_aggregations() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let count = json!({"field": "name", "operation": "count"});
    for (aggregations, code) in [
        (json!([]), "ParamInvalid"),
        (json!(vec![&count; 6]), "SearchTooComplex"),
        (json!([{"field": "name", "operation": "sum"}]), "ParamInvalid"),
        (json!([{"field": "colour", "operation": "count"}]), "ParamInvalid"),
        (
            json!([{"field": "name", "operation": "group", "subAggregations": vec![&count; 4]}]),
            "SearchTooComplex",
        ),
    ] {
        let body = json!({"aggregations": aggregations});
        let reply = world.at_with(&desk, "POST", "search", "search-fs-stats", body).await;
        reply.is(400, code);
    }
}

async fn words_of_the_mobile_clients() {
    let world = World::start().await;
    let desk = filled(&world).await;
    for (body, found) in [
        (json!({"keyword": "IMG notes"}), 2),
        (json!({"keyword": "", "type": "all"}), 5),
        (json!({"type": "pdf"}), 1),
        (json!({"type": ["image", "txt"]}), 2),
        (json!({"type": "dir", "scope": "Trip"}), 1),
        (json!({"extname": [".jpg"], "searchMode": "fast"}), 1),
        (json!({"creators": [{"userId": "bob"}]}), 0),
    ] {
        let reply = start(&world, &desk, body.clone()).await;
        assert_eq!((reply.status, reply.names().len()), (200, found), "{body}");
        let finished = (&reply.json["searchFinished"], &reply.json["hasMore"]);
        assert_eq!(finished, (&json!(true), &json!(false)));
        assert!(!reply.text("searchId").is_empty() && reply.json.get("nextMarker").is_none());
        assert!(
            reply.json["contents"].as_array().expect("rows").iter().all(|r| r["path"].is_array())
        );
    }
    start(&world, &desk, json!({"type": "smell"})).await.is(400, "ParamInvalid");
    let words = vec!["x"; 101].join(" ");
    start(&world, &desk, json!({"keyword": words})).await.is(400, "SearchTooComplex");
}

async fn more_hits_first() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    for name in ["sea", "sea%20and%20sun", "sun"] {
        world.at(&desk, "PUT", "directory", name).await;
    }
    let reply = start(&world, &desk, json!({"keyword": "sun  sea"})).await;
    assert_eq!(reply.names(), ["sea and sun", "sea", "sun"]);
}

async fn twenty_a_page_by_a_number() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    for n in 0..25 {
        world.at(&desk, "PUT", "directory", &format!("d{n}")).await;
    }
    let reply = start(&world, &desk, json!({"keyword": "d"})).await;
    assert_eq!((reply.names().len(), &reply.json["hasMore"]), (20, &json!(true)));
    let marker = reply.json["nextMarker"].as_i64().expect("a number");
    let id = reply.text("searchId");
    let next = world.at(&desk, "GET", "search", &format!("{id}?marker={marker}")).await;
    assert_eq!((next.names().len(), &next.json["hasMore"]), (5, &json!(false)));
    assert_eq!(next.text("searchId"), id);
    // Another user of the space has no such search.
    let bob = desk.with(&world, "user_id=bob").await;
    let reply = world.at(&bob, "GET", "search", &format!("{id}?marker={marker}")).await;
    reply.is(404, "SearchIdNotFound");
}

async fn ids_that_are_none() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    world.at(&desk, "GET", "search", "nonsense?marker=1").await.is(400, "SearchIdInvalid");
    let unknown = "0".repeat(32);
    world.at(&desk, "GET", "search", &unknown).await.is(404, "SearchIdNotFound");
    let id = start(&world, &desk, json!({})).await.text("searchId");
    for marker in ["x", "-1", "99999999999999999999"] {
        let reply = world.at(&desk, "GET", "search", &format!("{id}?marker={marker}")).await;
        reply.is(404, "MarkerNotFound");
    }
}

async fn ends_after_an_hour() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let id = start(&world, &desk, json!({})).await.text("searchId");
    world.clock.advance_seconds(3599);
    assert_eq!(world.at(&desk, "GET", "search", &id).await.status, 200);
    world.clock.advance_seconds(1);
    world.at(&desk, "GET", "search", &id).await.is(404, "SearchIdNotFound");
}

async fn it_is_gone_then() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let id = start(&world, &desk, json!({})).await.text("searchId");
    assert_eq!(world.at(&desk, "DELETE", "search", &id).await.status, 204);
    world.at(&desk, "GET", "search", &id).await.is(404, "SearchIdNotFound");
    world.at(&desk, "DELETE", "search", &id).await.is(404, "SearchIdNotFound");
}
