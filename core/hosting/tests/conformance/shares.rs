//! Rows 91, 92, 94, 97 and 100 to 102: shares as their owners handle them (SMH section 18).

use serde_json::{Value, json};

use crate::world::{Desk, Reply, World};

rows! {
    r091_create_share {
        of_files_and_directories,
        what_is_missing_or_does_not_go_together,
        needs_more_than_reading,
    }
    r092_delete_share { by_its_creator_and_it_is_gone }
    r094_get_share_detail { everything_with_the_code, others_may_not }
    r097_list_shares { ones_own_or_all, sorted_and_paged }
    r100_search_shares { by_name_creator_and_time, administrators_only }
    r101_set_share_enabled { both_switches, each_by_whom_it_belongs_to }
    r102_update_share { new_terms_and_counters_at_zero, what_is_not_mentioned }
}

/// A desk with `docs/a.txt` and `b.txt`.
pub(crate) async fn filled(world: &World) -> Desk {
    let desk = world.file_desk().await;
    world.at(&desk, "PUT", "directory", "docs").await;
    world.upload(&desk, "docs/a.txt", "", b"first").await;
    world.upload(&desk, "b.txt", "", b"second").await;
    desk
}

/// Makes a share of paths; `config` is added to one that is permanent.
pub(crate) async fn share(world: &World, desk: &Desk, paths: &[&str], config: Value) -> Reply {
    let mut all = json!({"isPermanent": true});
    for (name, value) in config.as_object().expect("an object") {
        all[name] = value.clone();
    }
    let body = json!({"name": "Holiday", "filePath": paths, "config": all});
    world.at_with(desk, "POST", "share", "", body).await
}

/// `/api/v1/share/{lib}/{rest}` with the desk's token.
pub(crate) async fn own(
    world: &World,
    desk: &Desk,
    method: &str,
    rest: &str,
    body: Value,
) -> Reply {
    let join = if rest.contains('?') { '&' } else { '?' };
    let Desk { library, token, .. } = desk;
    let path = format!("/api/v1/share/{}/{rest}{join}access_token={token}", library.id);
    let request = world.request(method, &path);
    world.send(if body.is_null() { request } else { request.json(&body) }).await
}

async fn admin(world: &World, desk: &Desk) -> Desk {
    let token = world.token(&desk.library, "grant=admin&user_id=root").await;
    Desk { token, ..desk.clone() }
}

async fn of_files_and_directories() {
    let world = World::start().await;
    let desk = filled(&world).await;
    let reply = share(&world, &desk, &["docs", "/b.txt"], json!({})).await;
    assert_eq!((reply.status, &reply.json["isPermanent"]), (200, &json!(true)), "{reply:?}");
    assert_eq!(reply.json["domain"]["shareDomain"], json!([]));
    assert!(reply.text("code").len() >= 16 && !reply.text("id").is_empty());
    assert!(reply.text("endpoint").ends_with(&reply.text("code")));
    assert!(reply.json.get("expireTime").is_none());
    let until = json!({"isPermanent": false, "expireTime": "2027-01-01T00:00:00Z"});
    let reply = share(&world, &desk, &["b.txt"], until).await;
    assert_eq!(reply.json["expireTime"], json!("2027-01-01T00:00:00.000Z"));
}

async fn what_is_missing_or_does_not_go_together() {
    let world = World::start().await;
    let desk = filled(&world).await;
    for (config, code) in [
        (json!({"isPermanent": false}), "ParamInvalid"),
        (json!({"isPermanent": false, "expireTime": "2020-01-01T00:00:00Z"}), "ParamInvalid"),
        (json!({"isPermanent": false, "expireTime": "tomorrow"}), "InvalidTimeFormat"),
        (json!({"extractionCode": "1234567"}), "ParamInvalid"),
        (json!({"userLimit": 2}), "ParamInvalid"),
        (json!({"shareToUsers": ["bob"]}), "ParamInvalid"),
        (json!({"previewLimit": -1}), "ParamInvalid"),
    ] {
        share(&world, &desk, &["b.txt"], config).await.is(400, code);
    }
    let many = vec!["b.txt"; 1001];
    share(&world, &desk, &many, json!({})).await.is(400, "TooManyItems");
    share(&world, &desk, &[], json!({})).await.is(400, "NoItemsProvided");
    share(&world, &desk, &["no.txt"], json!({})).await.is(404, "PathNotFound");
    share(&world, &desk, &["/"], json!({})).await.is(400, "RootDirectoryNotAllowed");
    share(&world, &desk, &["a:b"], json!({})).await.is(400, "IllegalFileName");
    for name in ["", "   ", "a\nb"] {
        let body = json!({"name": name, "filePath": ["b.txt"], "config": {"isPermanent": true}});
        world.at_with(&desk, "POST", "share", "", body).await.is(400, "ParamInvalid");
    }
}

async fn needs_more_than_reading() {
    let world = World::start().await;
    let desk = filled(&world).await;
    let reader = desk.with(&world, "user_id=bob").await;
    share(&world, &reader, &["b.txt"], json!({})).await.is(403, "NoPermission");
    let writer = desk.with(&world, "user_id=bob&grant=upload_file").await;
    assert_eq!(share(&world, &writer, &["b.txt"], json!({})).await.status, 200);
    let stranger = Desk { token: world.file_desk().await.token, ..desk };
    let reply = share(&world, &stranger, &["b.txt"], json!({})).await;
    reply.is(403, "AccessTokenNotMatchLibrary");
}

async fn by_its_creator_and_it_is_gone() {
    let world = World::start().await;
    let desk = filled(&world).await;
    let made = share(&world, &desk, &["b.txt"], json!({})).await;
    let (id, code) = (made.text("id"), made.text("code"));
    let bob = desk.with(&world, "user_id=bob&grant=space_admin").await;
    own(&world, &bob, "DELETE", &id, Value::Null).await.is(403, "NoPermission");
    assert_eq!(own(&world, &desk, "DELETE", &id, Value::Null).await.status, 204);
    own(&world, &desk, "DELETE", &id, Value::Null).await.is(404, "ShareNotFound");
    let path = format!("/api/v1/share/url-detail/{code}");
    world.call("GET", &path).await.is(404, "ShareNotFound");
}

async fn everything_with_the_code() {
    let world = World::start().await;
    let desk = filled(&world).await;
    let config = json!({"extractionCode": "aB3!", "canPreview": true, "canSaveToNetdisk": true,
        "forbidAnonymousUser": true, "shareToUsers": ["bob"], "userLimit": 3, "downloadLimit": 9});
    let made = share(&world, &desk, &["b.txt"], config).await;
    let rest = format!("{}?detail=1&with_file_info=1", made.text("id"));
    let reply = own(&world, &desk, "GET", &rest, Value::Null).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    for (field, value) in [
        ("name", json!("Holiday")),
        ("code", made.json["code"].clone()),
        ("extractionCode", json!("aB3!")),
        ("libraryId", json!(desk.library.id)),
        ("creatorId", json!("ann")),
        ("canPreview", json!(true)),
        ("canDownload", json!(false)),
        ("canSaveToNetdisk", json!(true)),
        ("forbidAnonymousUser", json!(true)),
        ("toUsers", json!(["bob"])),
        ("userLimit", json!(3)),
        ("userLimitUsed", json!(0)),
        ("downloadLimit", json!(9)),
        ("previewUsed", json!(0)),
        ("isExpired", json!(false)),
        ("ownerEnabled", json!(true)),
        ("status", json!(2)),
        ("fileInfo", json!({"fileName": "b.txt", "fileType": "file", "size": "6"})),
    ] {
        assert_eq!(reply.json[field], value, "{field}");
    }
}

async fn others_may_not() {
    let world = World::start().await;
    let desk = filled(&world).await;
    let id = share(&world, &desk, &["b.txt"], json!({})).await.text("id");
    let rest = format!("{id}?detail=1");
    let look = async |desk: &Desk| own(&world, desk, "GET", &rest, Value::Null).await;
    let bob = desk.with(&world, "user_id=bob&grant=upload_file_force").await;
    look(&bob).await.is(403, "NoPermission");
    let manager = desk.with(&world, "user_id=bob&grant=space_admin").await;
    assert_eq!(look(&manager).await.status, 200);
    assert_eq!(look(&admin(&world, &desk).await).await.status, 200);
    // The same user with a token of another space of the library, and of another library.
    let space = world.space(&desk.library, json!({})).await;
    let rest_of_token = format!("space_id={space}&user_id=ann&grant=space_admin");
    let token = world.token(&desk.library, &rest_of_token).await;
    look(&Desk { token, ..desk.clone() }).await.is(404, "ShareNotFound");
    look(&world.file_desk().await).await.is(404, "ShareNotFound");
    own(&world, &desk, "GET", "shrnothing?detail=1", Value::Null).await.is(404, "ShareNotFound");
}

async fn ones_own_or_all() {
    let world = World::start().await;
    let desk = filled(&world).await;
    let bob = desk.with(&world, "user_id=bob&grant=upload_file").await;
    share(&world, &desk, &["b.txt"], json!({"extractionCode": "77"})).await;
    share(&world, &bob, &["docs"], json!({})).await;
    let list = async |desk: &Desk, rest: &str| {
        own(&world, desk, "GET", &format!("list?{rest}"), Value::Null).await
    };
    let reply = list(&desk, "with_file_info=1").await;
    assert_eq!((reply.status, &reply.json["hasMore"]), (200, &json!(false)), "{reply:?}");
    let rows = reply.json["contents"].as_array().expect("rows");
    assert_eq!(rows.len(), 1);
    assert_eq!((&rows[0]["creatorId"], &rows[0]["code"]), (&json!("ann"), &json!("77")));
    let file = &rows[0]["fileInfo"];
    assert_eq!((&file["name"], &file["spaceId"]), (&json!("b.txt"), &json!(desk.space)));
    // Asking for somebody else's gives one's own all the same.
    assert_eq!(list(&bob, "creatorId=ann").await.json["contents"][0]["creatorId"], json!("bob"));
    let root = admin(&world, &desk).await;
    assert_eq!(list(&root, "").await.names().len(), 2);
    assert_eq!(list(&root, "creatorId=bob").await.names().len(), 1);
    let space = world.space(&desk.library, json!({})).await;
    let token = world.token(&desk.library, &format!("space_id={space}&user_id=ann")).await;
    assert!(list(&Desk { token, ..desk.clone() }, "").await.names().is_empty());
}

async fn sorted_and_paged() {
    let world = World::start().await;
    let desk = filled(&world).await;
    for name in ["b", "a", "c"] {
        let config = json!({"isPermanent": true});
        let body = json!({"name": name, "filePath": ["b.txt"], "config": config});
        world.at_with(&desk, "POST", "share", "", body).await;
        world.clock.advance_seconds(1);
    }
    let names = async |rest: &str| {
        own(&world, &desk, "GET", &format!("list?{rest}"), Value::Null).await.names()
    };
    assert_eq!(names("").await, ["b", "a", "c"]);
    assert_eq!(names("orderBy=name").await, ["a", "b", "c"]);
    assert_eq!(names("orderBy=createTime&orderByType=desc").await, ["c", "a", "b"]);
    for order in ["name", "expireTime", "creatorId", "createTime"] {
        let (mut found, mut marker) = (Vec::new(), String::new());
        loop {
            let rest = format!("list?limit=2&orderBy={order}&marker={marker}");
            let reply = own(&world, &desk, "GET", &rest, Value::Null).await;
            found.extend(reply.names());
            marker = reply.text("marker");
            if reply.json["hasMore"] == json!(false) {
                break;
            }
        }
        assert_eq!(found.len(), 3, "{order}: {found:?}");
    }
    let wrong = own(&world, &desk, "GET", "list?orderBy=colour", Value::Null).await;
    wrong.is(400, "OrderByNotAllowed");
    own(&world, &desk, "GET", "list?marker=1", Value::Null).await.is(404, "MarkerNotFound");
}

async fn by_name_creator_and_time() {
    let world = World::start().await;
    let desk = filled(&world).await;
    let root = admin(&world, &desk).await;
    for (name, until) in [("Été 100%", "2027-01-01T00:00:00Z"), ("Work", "2028-01-01T00:00:00Z")]
    {
        let body = json!({"name": name, "filePath": ["b.txt"], "config": {"expireTime": until}});
        world.at_with(&desk, "POST", "share", "", body).await;
    }
    for (body, found) in [
        (json!({}), vec!["Été 100%", "Work"]),
        (json!({"name": "éTé"}), vec!["Été 100%"]),
        (json!({"name": "0%"}), vec!["Été 100%"]),
        (json!({"name": "_"}), vec![]),
        (json!({"creatorId": "bob"}), vec![]),
        (json!({"expireTimeStart": "2027-06-01T00:00:00Z"}), vec!["Work"]),
        (json!({"expireTimeEnd": "2027-06-01T00:00:00Z"}), vec!["Été 100%"]),
        (json!({"createTimeStart": "2027-06-01T00:00:00Z"}), vec![]),
        (json!({"orderBy": "name", "orderByType": "asc"}), vec!["Work", "Été 100%"]),
    ] {
        let reply = own(&world, &root, "POST", "search?limit=50", body.clone()).await;
        assert_eq!(reply.names(), found, "{body}");
    }
    let reply = own(&world, &root, "POST", "search?limit=1", json!({})).await;
    assert_eq!(reply.json["hasMore"], json!(true));
    let rest = format!("search?limit=1&marker={}", reply.text("marker"));
    assert_eq!(own(&world, &root, "POST", &rest, json!({})).await.names(), ["Work"]);
}

async fn administrators_only() {
    let world = World::start().await;
    let desk = filled(&world).await;
    own(&world, &desk, "POST", "search", json!({})).await.is(403, "NoPermission");
}

async fn both_switches() {
    let world = World::start().await;
    let desk = filled(&world).await;
    let root = admin(&world, &desk).await;
    let made = share(&world, &desk, &["b.txt"], json!({})).await;
    let rest = format!("{}?setEnabled=1", made.text("id"));
    let verify = format!("/api/v1/share/verify/{}", made.text("code"));
    let enter = async || world.call_with("POST", &verify, json!({"extractionCode": ""})).await;
    assert_eq!(enter().await.status, 200);
    for (desk, body) in [
        (&desk, json!({"ownerEnabled": false})),
        (&root, json!({"ownerEnabled": true, "adminEnabled": false})),
    ] {
        assert_eq!(own(&world, desk, "POST", &rest, body).await.status, 204);
        enter().await.is(403, "ShareDisabled");
    }
    let body = json!({"adminEnabled": true});
    assert_eq!(own(&world, &root, "POST", &rest, body).await.status, 204);
    assert_eq!(enter().await.status, 200);
}

async fn each_by_whom_it_belongs_to() {
    let world = World::start().await;
    let desk = filled(&world).await;
    let id = share(&world, &desk, &["b.txt"], json!({})).await.text("id");
    let rest = format!("{id}?setEnabled");
    let reply = own(&world, &desk, "POST", &rest, json!({"adminEnabled": true})).await;
    reply.is(403, "NoPermission");
    let bob = desk.with(&world, "user_id=bob&grant=space_admin").await;
    let reply = own(&world, &bob, "POST", &rest, json!({"ownerEnabled": false})).await;
    reply.is(403, "NoPermission");
}

async fn new_terms_and_counters_at_zero() {
    let world = World::start().await;
    let desk = filled(&world).await;
    let config = json!({"extractionCode": "1234", "canDownload": true, "downloadLimit": 1});
    let made = share(&world, &desk, &["b.txt"], config).await;
    let (id, code) = (made.text("id"), made.text("code"));
    let verify = format!("/api/v1/share/verify/{code}");
    let enter =
        async |text: &str| world.call_with("POST", &verify, json!({"extractionCode": text})).await;
    let token = enter("1234").await.text("accessToken");
    let list = format!("/api/v1/share/file/{code}/?list=1&access_token={token}");
    let inode = world.call("GET", &list).await.json["contents"][0]["inode"].clone();
    let inode = inode.as_str().expect("an inode");
    let fetch =
        |token: &str| format!("/api/v1/share/file/{code}/{inode}?download=1&access_token={token}");
    assert_eq!(world.call("GET", &fetch(&token)).await.status, 302);
    world.call("GET", &fetch(&token)).await.is(403, "CannotDownload");
    let config = json!({"isPermanent": true, "extractionCode": "5678", "canDownload": true,
        "downloadLimit": 1});
    let body = json!({"name": "Other", "config": config});
    let reply = own(&world, &desk, "POST", &format!("{id}?update=1"), body).await;
    assert_eq!((reply.status, reply.text("id")), (200, id.clone()), "{reply:?}");
    let detail = own(&world, &desk, "GET", &format!("{id}?detail=1"), Value::Null).await;
    assert_eq!((&detail.json["downloadUsed"], &detail.json["name"]), (&json!(0), &json!("Other")));
    // Who came in by the old terms has to come again.
    world.call("GET", &fetch(&token)).await.is(409, "ShareHasBeenUpdated");
    enter("1234").await.is(403, "ExtractionCodeInvalid");
    let token = enter("5678").await.text("accessToken");
    assert_eq!(world.call("GET", &fetch(&token)).await.status, 302);
}

async fn what_is_not_mentioned() {
    let world = World::start().await;
    let desk = filled(&world).await;
    let config = json!({"extractionCode": "1234", "forbidAnonymousUser": true,
        "shareToUsers": ["bob"]});
    let id = share(&world, &desk, &["b.txt"], config).await.text("id");
    let update =
        async |body: Value| own(&world, &desk, "POST", &format!("{id}?update"), body).await;
    update(json!({"name": "x"})).await.is(400, "ParamInvalid");
    let config = json!({"isPermanent": true, "forbidAnonymousUser": true});
    assert_eq!(update(json!({"config": config})).await.status, 200);
    let detail = own(&world, &desk, "GET", &format!("{id}?detail"), Value::Null).await;
    // A code that is not mentioned protects on; for whom it is cannot be changed.
    assert_eq!(detail.json["extractionCode"], json!("1234"));
    assert_eq!(detail.json["toUsers"], json!(["bob"]));
    assert_eq!(detail.json["name"], json!("Holiday"));
    let config = json!({"isPermanent": true, "extractionCode": ""});
    assert_eq!(update(json!({"config": config})).await.status, 200);
    let detail = own(&world, &desk, "GET", &format!("{id}?detail"), Value::Null).await;
    assert_eq!(detail.json["extractionCode"], json!(""));
}
