//! Rows 1 to 4 and 111: access tokens (SMH section 3).

use serde_json::json;

use crate::world::{Library, World};

rows! {
    r001_create_token { by_the_query, wrong_pair_of_id_and_secret, what_is_missing }
    r002_delete_token { one_is_deleted_without_the_secret }
    r003_delete_user_tokens { all_of_a_user, of_one_client_only }
    r004_renew_token { the_same_token_with_its_period, a_bad_one_is_not_renewed }
    r111_create_token_by_post { by_a_json_body, by_a_form, by_the_query_of_a_post }
}

async fn library(world: &World) -> Library {
    world.library(json!({"isMultiSpace": false, "isFileLibrary": true})).await
}

fn question(library: &Library, rest: &str) -> String {
    format!("library_id={}&library_secret={}&{rest}", library.id, library.secret)
}

async fn is_good(world: &World, library: &Library, token: &str) -> bool {
    let path = format!("/api/v1/directory/{}/-/?access_token={token}", library.id);
    let reply = world.call("GET", &path).await;
    if reply.status != 200 {
        reply.is(403, "InvalidAccessToken");
    }
    reply.status == 200
}

async fn by_the_query() {
    let world = World::start().await;
    let library = library(&world).await;
    let rest = "user_id=ann&client_id=mac&session_id=s1&period=3600&grant=upload_file";
    let path = format!("/api/v1/token?{}", question(&library, rest));
    let reply = world.call("GET", &path).await;
    assert_eq!((reply.status, &reply.json["expiresIn"]), (200, &json!(3600)));
    assert!(is_good(&world, &library, &reply.text("accessToken")).await);
}

async fn wrong_pair_of_id_and_secret() {
    let world = World::start().await;
    let library = library(&world).await;
    for (id, secret) in [(library.id.as_str(), "no"), ("smhnowhere", library.secret.as_str())] {
        let path = format!("/api/v1/token?library_id={id}&library_secret={secret}");
        world.call("GET", &path).await.is(404, "WrongLibraryIdOrSecret");
    }
}

async fn what_is_missing() {
    let world = World::start().await;
    let Library { id, secret } = library(&world).await;
    for (query, code) in [
        (String::new(), "EmptyLibraryIdOrSecret"),
        (format!("library_secret={secret}"), "EmptyLibraryId"),
        (format!("library_id={id}"), "EmptyLibrarySecret"),
    ] {
        world.call("GET", &format!("/api/v1/token?{query}")).await.is(400, code);
    }
}

async fn one_is_deleted_without_the_secret() {
    let world = World::start().await;
    let library = library(&world).await;
    let token = world.token(&library, "user_id=ann").await;
    let path = format!("/api/v1/token/{}/{token}", library.id);
    assert_eq!(world.call("DELETE", &path).await.status, 204);
    assert!(!is_good(&world, &library, &token).await);
    // One that is unknown is gone already.
    assert_eq!(world.call("DELETE", &path).await.status, 204);
}

async fn all_of_a_user() {
    let world = World::start().await;
    let library = library(&world).await;
    let anns = world.token(&library, "user_id=ann&client_id=mac").await;
    let bobs = world.token(&library, "user_id=bob&client_id=pc").await;
    let carls = world.token(&library, "user_id=carl").await;
    let path = |rest: &str| {
        let Library { id, secret } = &library;
        format!("/api/v1/token/{id}?library_secret={secret}&{rest}")
    };
    assert_eq!(world.call("DELETE", &path("user_id=ann,bob")).await.status, 204);
    assert!(!is_good(&world, &library, &anns).await);
    assert!(!is_good(&world, &library, &bobs).await);
    assert!(is_good(&world, &library, &carls).await);
    let wrong = format!("/api/v1/token/{}?library_secret=no&user_id=carl", library.id);
    world.call("DELETE", &wrong).await.is(404, "WrongLibraryIdOrSecret");
    assert!(is_good(&world, &library, &carls).await);
}

async fn of_one_client_only() {
    let world = World::start().await;
    let library = library(&world).await;
    let mac = world.token(&library, "user_id=ann&client_id=mac&session_id=s1").await;
    let phone = world.token(&library, "user_id=ann&client_id=phone&session_id=s1").await;
    let later = world.token(&library, "user_id=ann&client_id=phone&session_id=s2").await;
    let Library { id, secret } = &library;
    let path = format!("/api/v1/token/{id}?library_secret={secret}&user_id=ann");
    let reply = world.call("DELETE", &format!("{path}&client_id=phone,tv&session_id=s1")).await;
    assert_eq!(reply.status, 204);
    assert!(is_good(&world, &library, &mac).await);
    assert!(!is_good(&world, &library, &phone).await);
    assert!(is_good(&world, &library, &later).await);
}

async fn the_same_token_with_its_period() {
    let world = World::start().await;
    let library = library(&world).await;
    let token = world.token(&library, "user_id=ann&period=1000").await;
    let path = format!("/api/v1/token/{}/{token}", library.id);
    for _ in 0..3 {
        world.clock.advance_seconds(900);
        let reply = world.call("POST", &path).await;
        assert_eq!((reply.status, &reply.json["expiresIn"]), (200, &json!(1000)));
        assert_eq!(reply.text("accessToken"), token);
    }
    assert!(is_good(&world, &library, &token).await);
}

async fn a_bad_one_is_not_renewed() {
    let world = World::start().await;
    let library = library(&world).await;
    let path = format!("/api/v1/token/{}/acctknowhere", library.id);
    world.call("POST", &path).await.is(403, "InvalidAccessToken");
    let token = world.token(&library, "user_id=ann&period=1000").await;
    world.clock.advance_seconds(3000);
    let path = format!("/api/v1/token/{}/{token}", library.id);
    world.call("POST", &path).await.is(403, "InvalidAccessToken");
}

async fn by_a_json_body() {
    let world = World::start().await;
    let Library { id, secret } = library(&world).await;
    let body = json!({"library_id": id, "library_secret": secret, "period": 60});
    let reply = world.call_with("POST", "/api/v1/token", body).await;
    assert_eq!((reply.status, &reply.json["expiresIn"]), (200, &json!(60)));
}

async fn by_a_form() {
    let world = World::start().await;
    let library = library(&world).await;
    let request = world
        .request("POST", "/api/v1/token")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(question(&library, "period=60"));
    let reply = world.send(request).await;
    assert_eq!((reply.status, &reply.json["expiresIn"]), (200, &json!(60)));
}

async fn by_the_query_of_a_post() {
    let world = World::start().await;
    let library = library(&world).await;
    let path = format!("/api/v1/token?{}", question(&library, "period=60"));
    let reply = world.call("POST", &path).await;
    assert_eq!((reply.status, &reply.json["expiresIn"]), (200, &json!(60)));
}
