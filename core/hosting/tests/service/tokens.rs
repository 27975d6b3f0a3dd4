//! Access tokens (SMH section 3), over the wire.

use serde_json::json;

use crate::world::{Desk, World};

#[tokio::test]
async fn who_gets_a_token_and_how() {
    let world = World::start().await;
    let library = world.library(json!({})).await;
    let space = world.space(&library, json!({})).await;
    let (id, secret) = (&library.id, &library.secret);
    let good = format!("library_id={id}&library_secret={secret}");
    for (query, status, code) in [
        (String::new(), 400, "EmptyLibraryIdOrSecret"),
        (format!("library_secret={secret}"), 400, "EmptyLibraryId"),
        (format!("library_id={id}"), 400, "EmptyLibrarySecret"),
        (format!("library_id={id}&library_secret=no"), 404, "WrongLibraryIdOrSecret"),
        (format!("library_id=smh0&library_secret={secret}"), 404, "WrongLibraryIdOrSecret"),
        (good.clone(), 400, "EmptySpaceId"),
        (format!("{good}&grant=space_admin"), 400, "EmptySpaceId"),
        (format!("{good}&space_id=nowhere"), 404, "SpaceNotFound"),
        (format!("{good}&space_id={space}&user_id={}", "u".repeat(129)), 400, "UserIdLengthExceed"),
        (
            format!("{good}&space_id={space}&client_id={}", "c".repeat(129)),
            400,
            "ClientIdLengthExceed",
        ),
        (format!("{good}&space_id={space}&user_id=a,b"), 400, "ParamInvalid"),
    ] {
        world.call("GET", &format!("/api/v1/token?{query}")).await.is(status, code);
    }
    for (query, expires_in) in [
        (format!("{good}&grant=create_space"), 86_400),
        (format!("{good}&grant=admin&period=0"), 86_400),
        (format!("{good}&space_id={space}&period=1200&grant=unknown_word"), 1200),
        (format!("{good}&space_id={space}&period=999999999999"), 315_360_000),
    ] {
        let reply = world.call("GET", &format!("/api/v1/token?{query}")).await;
        assert_eq!((reply.status, &reply.json["expiresIn"]), (200, &json!(expires_in)), "{query}");
    }
    // The same by a body, where no log of addresses can catch the secret.
    let body = json!({"library_id": id, "library_secret": secret, "space_id": space, "period": 60});
    let reply = world.call_with("POST", "/api/v1/token", body).await;
    assert_eq!((reply.status, &reply.json["expiresIn"]), (200, &json!(60)));
    let form = [("library_id", id), ("library_secret", secret), ("space_id", &space)];
    let form: Vec<String> = form.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let request = world
        .request("POST", "/api/v1/token")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form.join("&"));
    assert_eq!(world.send(request).await.status, 200);
}

#[tokio::test]
async fn a_token_lives_as_long_as_it_is_used() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let desk = desk.with(&world, "period=1000&grant=").await;
    let list = || world.at(&desk, "GET", "directory", "");
    for _ in 0..5 {
        world.clock.advance_seconds(900);
        assert_eq!(list().await.status, 200);
        // The use is written down behind the reply's back.
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let renewal = format!("/api/v1/token/{}/{}", desk.library.id, desk.token);
    world.clock.advance_seconds(900);
    let renewed = world.call("POST", &renewal).await;
    assert_eq!((renewed.status, renewed.text("accessToken")), (200, desk.token.clone()));
    assert_eq!(renewed.json["expiresIn"], json!(1000));
    world.clock.advance_seconds(999);
    assert_eq!(list().await.status, 200);
    world.clock.advance_seconds(1100);
    list().await.is(403, "InvalidAccessToken");
    world.call("POST", &renewal).await.is(403, "InvalidAccessToken");
}

#[tokio::test]
async fn tokens_are_deleted_one_by_one_and_by_holder() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let holder = |user: &str, client: &str, session: &str| {
        format!("user_id={user}&client_id={client}&session_id={session}")
    };
    let mut desks = Vec::new();
    for (user, client, session) in
        [("ann", "mac", "s1"), ("ann", "mac", "s2"), ("ann", "phone", "s3"), ("bob", "mac", "s4")]
    {
        desks.push(desk.with(&world, &holder(user, client, session)).await);
    }
    let alive = async || {
        let mut alive = Vec::new();
        for desk in &desks {
            alive.push(world.at(desk, "GET", "directory", "").await.status == 200);
        }
        alive
    };
    let base = format!("/api/v1/token/{}", desk.library.id);
    let secret = format!("library_secret={}", desk.library.secret);
    let all = format!("{base}?{secret}");
    world.call("DELETE", &all).await.is(400, "ParamInvalid");
    world.call("DELETE", &format!("{base}?user_id=ann")).await.is(400, "EmptyLibrarySecret");
    let wrong = format!("{base}?user_id=ann&library_secret=no");
    world.call("DELETE", &wrong).await.is(404, "WrongLibraryIdOrSecret");
    assert_eq!(alive().await, [true; 4]);

    for (query, left) in [
        ("user_id=ann&client_id=mac&session_id=s1", [false, true, true, true]),
        ("user_id=ann&client_id=mac,tablet", [false, false, true, true]),
        ("user_id=ann,carl", [false, false, false, true]),
    ] {
        assert_eq!(world.call("DELETE", &format!("{all}&{query}")).await.status, 204);
        assert_eq!(alive().await, left, "{query}");
    }
    let many = ["u"; 11].join(",");
    world.call("DELETE", &format!("{all}&user_id={many}")).await.is(400, "ParamInvalid");
    let one = format!("{base}/{}", desks[3].token);
    assert_eq!(world.call("DELETE", &one).await.status, 204);
    assert_eq!(
        world.call("DELETE", &one).await.status,
        204,
        "an unknown one is as good as deleted"
    );
    assert_eq!(alive().await, [false; 4]);
}

#[tokio::test]
async fn a_token_is_for_its_library_and_its_spaces() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let other = world.file_desk().await;
    let elsewhere = Desk { library: other.library.clone(), ..desk.clone() };
    let list = |desk: Desk| {
        let world = &world;
        async move { world.at(&desk, "GET", "directory", "").await }
    };
    list(elsewhere).await.is(403, "AccessTokenNotMatchLibrary");
    let second = world.space(&desk.library, json!({})).await;
    let beside = Desk { space: second.clone(), ..desk.clone() };
    list(beside.clone()).await.is(403, "AccessTokenNotMatchSpace");
    list(Desk { space: "nowhere".to_owned(), ..desk.clone() })
        .await
        .is(403, "AccessTokenNotMatchSpace");
    let both = world.token(&desk.library, &format!("space_id={},{second}", desk.space)).await;
    assert_eq!(list(Desk { token: both, ..beside.clone() }).await.status, 200);
    // Who may make spaces may not therefore look into them.
    let maker = world.token(&desk.library, "grant=create_space").await;
    list(Desk { token: maker, ..beside.clone() }).await.is(403, "AccessTokenNotMatchSpace");
    let admin = world.token(&desk.library, "grant=admin").await;
    assert_eq!(list(Desk { token: admin.clone(), ..beside.clone() }).await.status, 200);
    list(Desk { token: admin, space: "nowhere".to_owned(), ..desk.clone() })
        .await
        .is(404, "SpaceNotFound");
    list(Desk { token: String::new(), ..desk.clone() }).await.is(400, "EmptyAccessToken");
    list(Desk { token: "acctk0".to_owned(), ..desk.clone() }).await.is(403, "InvalidAccessToken");
}

#[tokio::test]
async fn a_token_comes_by_query_or_as_a_bearer_and_a_secret_is_admin() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let (library, space) = (&desk.library, &desk.space);
    let path = format!("/api/v1/directory/{}/{space}", library.id);
    let bearer = world.request("GET", &path).bearer_auth(&desk.token);
    assert_eq!(world.send(bearer).await.status, 200);
    let secret = format!("{path}/made?library_secret={}&user_id=carl", library.secret);
    assert_eq!(world.call("PUT", &secret).await.status, 201);
    let info = world.at(&desk, "GET", "directory", "made?info=1").await;
    assert_eq!(info.text("userId"), "carl");
    let wrong = format!("{path}?library_secret=no");
    world.call("GET", &wrong).await.is(404, "WrongLibraryIdOrSecret");
}

#[tokio::test]
async fn only_an_admin_of_nobody_speaks_for_others() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let made_by = async |desk: &Desk, name: &str| {
        world.at(desk, "PUT", "directory", &format!("{name}?user_id=carl")).await;
        world.at(desk, "GET", "directory", &format!("{name}?info")).await.text("userId")
    };
    let nobody = desk.with(&world, "grant=admin").await;
    let somebody = desk.with(&world, "grant=admin&user_id=root").await;
    assert_eq!(made_by(&nobody, "a").await, "carl");
    assert_eq!(made_by(&somebody, "b").await, "root");
    assert_eq!(made_by(&desk, "c").await, "ann");
}
