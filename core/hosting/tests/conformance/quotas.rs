//! Rows 78 to 83: quotas (SMH section 14).

use serde_json::{Value, json};

use crate::world::{Desk, Library, Reply, World};

rows! {
    r078_create_quota {
        over_one_and_over_several, refusals_of_a_new_quota, a_library_of_one_space,
        less_than_what_is_there, grants_and_tenants
    }
    r079_get_quota { by_space, under_none }
    r080_get_quota_info { by_number, a_space_with_digits_for_a_name, an_unknown_number }
    r081_get_space_quota { for_who_administers_the_space }
    r082_update_quota { by_its_space, refusals_of_a_change }
    r083_update_quota_by_id { in_part_and_other_spaces, spaces_under_another_quota }
}

async fn on(world: &World, library: &Library, method: &str, rest: &str, body: Value) -> Reply {
    let admin = world.token(library, "grant=admin").await;
    world.in_library((library, &admin), method, "quota", rest, body).await
}

async fn file_library(world: &World) -> Library {
    world.library(json!({"isFileLibrary": true})).await
}

/// As the contract has it: `removeWhenExceed` and `removeAfterDays` are needed.
fn body(spaces: &[&str], capacity: Value) -> Value {
    json!({"spaces": spaces, "capacity": capacity, "removeWhenExceed": false,
        "removeAfterDays": 0})
}

async fn quota(world: &World, library: &Library, spaces: &[&str], capacity: u64) -> u64 {
    let made = on(world, library, "POST", "", body(spaces, json!(capacity))).await;
    assert_eq!(made.status, 201, "{made:?}");
    made.json["quotaId"].as_u64().expect("a number")
}

async fn over_one_and_over_several() {
    let world = World::start().await;
    let library = file_library(&world).await;
    let mut spaces = Vec::new();
    for _ in 0..3 {
        spaces.push(world.space(&library, json!({})).await);
    }
    // A capacity comes as a text or as a number; the path with a slash at its end.
    let one = on(&world, &library, "POST", "/", body(&[&spaces[0]], json!("1048576"))).await;
    assert_eq!(one.status, 201, "{one:?}");
    let both = quota(&world, &library, &[&spaces[1], &spaces[2], &spaces[1]], 10).await;
    assert_ne!(one.json["quotaId"], json!(both));
}

async fn refusals_of_a_new_quota() {
    let world = World::start().await;
    let library = file_library(&world).await;
    let space = world.space(&library, json!({})).await;
    let ok = json!("10");
    for (body, code) in [
        (json!({"capacity": "10"}), "QuotaSpacesRequired"),
        (body(&[], ok.clone()), "QuotaSpacesRequired"),
        (body(&["nowhere"], ok.clone()), "QuotaSpacesInvalid"),
        (body(&["a,b"], ok.clone()), "QuotaSpacesInvalid"),
        (json!({"spaces": [space]}), "QuotaCapacityRequired"),
        (body(&[&space], Value::Null), "QuotaCapacityRequired"),
        (body(&[&space], json!(-1)), "QuotaCapacityInvalid"),
        (body(&[&space], json!("ten")), "QuotaCapacityInvalid"),
        (body(&[&space], json!("")), "QuotaCapacityInvalid"),
        (body(&[&space], json!(1.5)), "QuotaCapacityInvalid"),
        (body(&[&space], json!("9223372036854775808")), "QuotaCapacityInvalid"),
        (json!({"spaces": [space], "capacity": 1, "removeWhenExceed": true}), "ParamInvalid"),
        (
            json!({"spaces": [space], "capacity": 1, "removeWhenExceed": true,
                "removeAfterDays": -1}),
            "ParamInvalid",
        ),
        (json!({"spaces": space, "capacity": 1}), "ParamInvalid"),
    ] {
        on(&world, &library, "POST", "", body).await.is(400, code);
    }
    quota(&world, &library, &[&space], 10).await;
    let twice = on(&world, &library, "POST", "", body(&[&space], ok)).await;
    twice.is(409, "DuplicateQuota");
    let without = world.library(json!({"isFileLibrary": true, "enableQuota": false})).await;
    let space = world.space(&without, json!({})).await;
    let refused = on(&world, &without, "POST", "", body(&[&space], json!(1))).await;
    refused.is(400, "FunctionNotEnabled");
}

async fn a_library_of_one_space() {
    let world = World::start().await;
    let library = world.library(json!({"isFileLibrary": true, "isMultiSpace": false})).await;
    on(&world, &library, "POST", "", body(&["-"], json!(1))).await.is(400, "QuotaSpacesInvalid");
    let made = on(&world, &library, "POST", "", json!({"capacity": "100"})).await;
    assert_eq!(made.status, 201, "{made:?}");
    on(&world, &library, "POST", "", json!({"capacity": 1})).await.is(409, "DuplicateQuota");
    let found = on(&world, &library, "GET", "/-", Value::Null).await;
    assert_eq!(
        (found.json["id"].clone(), found.text("capacity")),
        (made.json["quotaId"].clone(), "100".to_owned(),)
    );
    let spaces = json!({"spaces": ["-"]});
    let rest = format!("/{}", made.json["quotaId"]);
    on(&world, &library, "PUT", &rest, spaces).await.is(400, "QuotaSpacesInvalid");
}

async fn less_than_what_is_there() {
    let world = World::start().await;
    let settings = json!({"isFileLibrary": true, "denyOnQuotaLessThanUsage": true});
    let desk = world.desk(settings, json!({})).await;
    world.upload(&desk, "a.txt", "", b"12345").await;
    let library = &desk.library;
    let small = on(&world, library, "POST", "", body(&[&desk.space], json!(4))).await;
    small.is(400, "QuotaCapacityLessThanSize");
    let id = quota(&world, library, &[&desk.space], 5).await;
    let less = json!({"capacity": 4});
    for rest in [format!("/{id}"), format!("/{}", desk.space)] {
        let reply = on(&world, library, "PUT", &rest, less.clone()).await;
        reply.is(400, "QuotaCapacityLessThanSize");
    }
    // Elsewhere a limit may be below what is there: nothing more comes in, that is all.
    let desk = world.file_desk().await;
    world.upload(&desk, "a.txt", "", b"12345").await;
    quota(&world, &desk.library, &[&desk.space], 4).await;
    world.at(&desk, "PUT", "file", "b.txt").await.is(400, "QuotaLimitReached");
}

async fn grants_and_tenants() {
    let world = World::start().await;
    let library = file_library(&world).await;
    let (mine, other) =
        (world.space(&library, json!({})).await, world.space(&library, json!({})).await);
    let rest = format!("space_id={mine}&grant=space_admin,create_space");
    let plain = world.token(&library, &rest).await;
    let lib = (&library, plain.as_str());
    let refused = world.in_library(lib, "POST", "quota", "", body(&[&mine], json!(1))).await;
    refused.is(403, "NoPermission");
    // Whose token names spaces has no say about others, admin or not.
    let theirs = quota(&world, &library, &[&other], 7).await;
    let narrow = world.token(&library, &format!("space_id={mine}&grant=admin")).await;
    let lib = (&library, narrow.as_str());
    for (method, rest) in [
        ("POST", String::new()),
        ("GET", format!("/{other}")),
        ("PUT", format!("/{other}")),
        ("GET", format!("/{theirs}")),
        ("PUT", format!("/{theirs}")),
    ] {
        let sent = if method == "GET" { Value::Null } else { body(&[&other], json!(1)) };
        let refused = world.in_library(lib, method, "quota", &rest, sent).await;
        refused.is(403, "AccessTokenNotMatchSpace");
    }
}

async fn by_space() {
    let world = World::start().await;
    let library = file_library(&world).await;
    let space = world.space(&library, json!({})).await;
    let id = quota(&world, &library, &[&space], 100).await;
    let found = on(&world, &library, "GET", &format!("/{space}"), Value::Null).await;
    let wanted = json!({"id": id, "capacity": "100", "spaces": [space]});
    assert_eq!((found.status, found.json), (200, wanted));
}

async fn under_none() {
    let world = World::start().await;
    let library = file_library(&world).await;
    let space = world.space(&library, json!({})).await;
    let rest = format!("/{space}");
    on(&world, &library, "GET", &rest, Value::Null).await.is(404, "NoQuota");
    on(&world, &library, "GET", "/nowhere", Value::Null).await.is(404, "SpaceNotFound");
}

async fn by_number() {
    let world = World::start().await;
    let library = file_library(&world).await;
    let (a, b) = (world.space(&library, json!({})).await, world.space(&library, json!({})).await);
    let id = quota(&world, &library, &[&a, &b], 100).await;
    let found = on(&world, &library, "GET", &format!("/{id}"), Value::Null).await;
    let mut spaces = [a, b];
    spaces.sort();
    assert_eq!(found.json, json!({"id": id, "capacity": "100", "spaces": spaces}));
}

async fn a_space_with_digits_for_a_name() {
    let world = World::start().await;
    let library = file_library(&world).await;
    let admin = world.token(&library, "grant=admin").await;
    let lib = (&library, admin.as_str());
    let first = world.space(&library, json!({})).await;
    let id = quota(&world, &library, &[&first], 5).await;
    // Ids of spaces have two characters at least.
    let name = format!("{id:02}");
    let rest = format!("?space_id={name}");
    assert_eq!(world.in_library(lib, "POST", "space", &rest, json!({})).await.status, 201);
    let rest = format!("/{name}");
    on(&world, &library, "GET", &rest, Value::Null).await.is(404, "NoQuota");
    let second = quota(&world, &library, &[&name], 9).await;
    let found = on(&world, &library, "GET", &rest, Value::Null).await;
    assert_eq!((&found.json["id"], found.text("capacity")), (&json!(second), "9".to_owned()));
    let other = on(&world, &library, "GET", &format!("/{id}"), Value::Null).await;
    assert_eq!(other.text("capacity"), "5");
}

async fn an_unknown_number() {
    let world = World::start().await;
    let library = file_library(&world).await;
    for rest in ["/4711", "/18446744073709551615"] {
        on(&world, &library, "GET", rest, Value::Null).await.is(404, "QuotaNotFound");
    }
    // Another library's.
    let elsewhere = file_library(&world).await;
    let space = world.space(&elsewhere, json!({})).await;
    let id = quota(&world, &elsewhere, &[&space], 5).await;
    let rest = format!("/{id}");
    on(&world, &library, "GET", &rest, Value::Null).await.is(404, "QuotaNotFound");
    on(&world, &library, "PUT", &rest, json!({"capacity": 1})).await.is(404, "QuotaNotFound");
}

async fn for_who_administers_the_space() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    world.at(&desk, "GET", "space-quota", "").await.is(404, "NoQuota");
    let other = world.space(&desk.library, json!({})).await;
    let id = quota(&world, &desk.library, &[&desk.space, &other], 100).await;
    let found = world.at(&desk, "GET", "space-quota", "").await;
    assert_eq!((found.status, &found.json["id"]), (200, &json!(id)));
    assert_eq!(found.text("capacity"), "100");
    assert_eq!(found.json["spaces"], json!([desk.space]), "others are nothing to this token");
    let plain = desk.with(&world, "grant=upload_file").await;
    world.at(&plain, "GET", "space-quota", "").await.is(403, "NoPermission");
    let stranger = Desk { space: other, ..desk };
    let refused = world.at(&stranger, "GET", "space-quota", "").await;
    refused.is(403, "AccessTokenNotMatchSpace");
}

async fn by_its_space() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let library = &desk.library;
    quota(&world, library, &[&desk.space], 2).await;
    world.at(&desk, "PUT", "file", "a.txt?filesize=3").await.is(400, "QuotaLimitReached");
    let rest = format!("/{}", desk.space);
    let set = on(&world, library, "PUT", &rest, json!({"capacity": "3"})).await;
    assert_eq!(set.status, 204, "{set:?}");
    assert_eq!(world.at(&desk, "PUT", "file", "a.txt?filesize=3").await.status, 201);
}

async fn refusals_of_a_change() {
    let world = World::start().await;
    let library = file_library(&world).await;
    let space = world.space(&library, json!({})).await;
    let rest = format!("/{space}");
    let set = json!({"capacity": 1});
    on(&world, &library, "PUT", &rest, set.clone()).await.is(404, "NoQuota");
    quota(&world, &library, &[&space], 2).await;
    for (body, code) in [
        (json!({}), "QuotaCapacityRequired"),
        (json!({"capacity": "x"}), "QuotaCapacityInvalid"),
        (json!({"capacity": 1, "removeWhenExceed": true}), "ParamInvalid"),
        (json!({"capacity": 1, "removeAfterDays": 99_999}), "ParamInvalid"),
    ] {
        on(&world, &library, "PUT", &rest, body).await.is(400, code);
    }
    let found = on(&world, &library, "GET", &rest, Value::Null).await;
    assert_eq!(found.text("capacity"), "2", "a refused change changes nothing");
}

async fn in_part_and_other_spaces() {
    let world = World::start().await;
    let library = file_library(&world).await;
    let (a, b) = (world.space(&library, json!({})).await, world.space(&library, json!({})).await);
    let id = quota(&world, &library, &[&a], 100).await;
    let rest = format!("/{id}");
    let get = async || on(&world, &library, "GET", &rest, Value::Null).await.json;
    for (body, spaces, capacity) in [
        (json!({}), json!([a]), "100"),
        (json!({"capacity": 50}), json!([a]), "50"),
        (json!({"spaces": [b]}), json!([b]), "50"),
    ] {
        let set = on(&world, &library, "PUT", &rest, body).await;
        assert_eq!(set.status, 204, "{set:?}");
        assert_eq!(get().await, json!({"id": id, "spaces": spaces, "capacity": capacity}));
    }
    on(&world, &library, "GET", &format!("/{a}"), Value::Null).await.is(404, "NoQuota");
    let none = on(&world, &library, "PUT", &rest, json!({"spaces": []})).await;
    none.is(400, "QuotaSpacesRequired");
}

async fn spaces_under_another_quota() {
    let world = World::start().await;
    let library = file_library(&world).await;
    let (a, b) = (world.space(&library, json!({})).await, world.space(&library, json!({})).await);
    let id = quota(&world, &library, &[&a], 100).await;
    quota(&world, &library, &[&b], 100).await;
    let rest = format!("/{id}");
    let twice = on(&world, &library, "PUT", &rest, json!({"spaces": [a, b]})).await;
    twice.is(409, "DuplicateQuota");
    let unknown = on(&world, &library, "PUT", &rest, json!({"spaces": ["nowhere"]})).await;
    unknown.is(400, "QuotaSpacesInvalid");
}
