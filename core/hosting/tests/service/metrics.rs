//! What is counted for those who run the service.

use serde_json::json;

use crate::world::World;

/// The value of a line of the text.
fn value(text: &str, line: &str) -> f64 {
    let found = text.lines().find_map(|known| known.strip_prefix(line)?.strip_prefix(' '));
    let found = found.unwrap_or_else(|| panic!("no {line} in\n{text}"));
    found.parse().expect("a number")
}

#[tokio::test]
async fn requests_sessions_and_work_are_counted_and_nobody_is_named() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    world.upload(&desk, "private-name.txt", "", b"x").await;
    let begun = world.at(&desk, "PUT", "file", "second-name.txt").await;
    let key = begun.text("confirmKey");
    assert_eq!(world.at(&desk, "DELETE", "file", &format!("{key}?upload=1")).await.status, 204);
    world.at(&desk, "GET", "file", "missing-name.txt?info").await.is(404, "FileNotFound");
    let items = json!([{"path": "missing-name.txt"}, {"path": "second-name.txt"}]);
    world.at_with(&desk, "POST", "batch", "?delete", items).await;
    world.call("BREW", "/api/v1/odd-noun/x").await.is(404, "RouteNotFound");
    world.service.sweep().await.expect("a sweep");
    world.service.hash().await.expect("hashing");

    let text = World::metrics(&world.service);
    let is = |line: &str, expected: f64| assert_eq!(value(&text, line), expected, "{line}\n{text}");
    let requests = "albumen_hosting_requests_total";
    is(&format!(r#"{requests}{{operation="file",method="PUT",status="2xx"}}"#), 2.0);
    is(&format!(r#"{requests}{{operation="file.confirm",method="POST",status="2xx"}}"#), 1.0);
    is(&format!(r#"{requests}{{operation="file.info",method="GET",status="4xx"}}"#), 1.0);
    is(&format!(r#"{requests}{{operation="other",method="other",status="4xx"}}"#), 1.0);
    is(r#"albumen_hosting_refusals_total{code="FileNotFound"}"#, 1.0);
    is(r#"albumen_hosting_batch_item_refusals_total{code="PathNotFound"}"#, 2.0);
    let seconds = "albumen_hosting_request_duration_seconds";
    is(&format!(r#"{seconds}_count{{operation="file",method="PUT"}}"#), 2.0);
    for event in ["begun", "confirmed", "cancelled"] {
        let expected = if event == "begun" { 2.0 } else { 1.0 };
        is(&format!(r#"albumen_hosting_upload_sessions_total{{event="{event}"}}"#), expected);
    }
    for work in ["sweep", "freeing", "hashing"] {
        let of = |name: &str| format!(r#"albumen_hosting_work_{name}{{work="{work}"}}"#);
        assert!(value(&text, &of("rounds_total")) >= 1.0, "{text}");
        is(&of("failures_total"), 0.0);
        let now = f64::from(1_790_000_000_u32);
        is(&of("last_success_seconds"), now);
    }
    is("albumen_hosting_requests_in_flight", 0.0);
    is("albumen_hosting_requests_waiting", 0.0);
    let counted = [
        ("connections", 1.0),
        ("received_bytes_total", 500.0),
        ("sent_bytes_total", 500.0),
        ("database_commits_total", 5.0),
        ("database_writes_total", 5.0),
    ];
    for (name, least) in counted {
        assert!(value(&text, &format!("albumen_hosting_{name}")) >= least, "{name}\n{text}");
    }
    let secrets = [&desk.library.id, &desk.library.secret, &desk.space, &desk.token, &key];
    let names = ["-name", "ann", "odd-noun", "BREW", "127.0.0.1"];
    for hidden in secrets.into_iter().map(String::as_str).chain(names) {
        assert!(!text.contains(hidden), "{hidden}\n{text}");
    }
}

#[tokio::test]
async fn they_are_not_on_the_service_s_own_listener() {
    let world = World::start().await;
    world.call("GET", "/metrics").await.is(404, "RouteNotFound");
}

#[tokio::test]
async fn strangers_cannot_make_more_of_them() {
    let world = World::start().await;
    let is_of_requests = |line: &&str| line.contains("operation=") || line.contains("code=");
    let series = || World::metrics(&world.service).lines().filter(is_of_requests).count();
    world.call("GET", "/api/v1/made-up/a").await;
    let before = series();
    for number in 0..50 {
        world.call("GET", &format!("/api/v1/made-up-{number}/a?flag-{number}")).await;
        world.call_with("GET", &format!("/albumen/v1/{number}"), json!({})).await;
    }
    assert_eq!(series(), before);
}
