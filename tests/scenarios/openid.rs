//! Signing in by an identity provider, with the programs that people use: `albumen serve` is told
//! of a provider, `albumen` waits for a browser, and the browser goes where it is sent.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    time::{SystemTime, UNIX_EPOCH},
};

use albumen_tests::{
    World,
    device::{Ended, Running},
    provider::{CLIENT_SECRET, IdentityProvider, Visit, visit},
    world::Services,
};
use serde_json::Value;

async fn provider() -> IdentityProvider {
    IdentityProvider::start(now_s).await
}

fn now_s() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970");
    i64::try_from(since.as_secs()).expect("and before the end of time")
}

/// A world whose services know the provider.
fn world(provider: &IdentityProvider) -> (World, Services) {
    let mut world = World::new();
    let file = private(world.path("client-secret"), CLIENT_SECRET);
    let services = world.serve_with_provider(&provider.issuer(), &file, &[]);
    (world, services)
}

/// A file that only its owner can read.
fn private(path: PathBuf, text: &str) -> PathBuf {
    fs::write(&path, text).expect("our own folder can be written");
    fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("our own file");
    path
}

/// Goes to the page that the program shows, and where the provider sends from there.
async fn browse(running: &mut Running) -> Visit {
    running.until_says("\"secondsLeft\"");
    let said = running.said();
    let page: Value = serde_json::from_str(said.lines().next().expect("a line")).expect("JSON");
    assert_eq!(page["opened"], false, "no browser is opened by a test");
    let signed_in = visit(page["url"].as_str().expect("an address")).await;
    visit(&signed_in.location.expect("the provider sends the browser back")).await
}

/// Runs a command that leads the browser away, and the browser.
async fn led(running: Running) -> Ended {
    let mut running = running;
    let page = browse(&mut running).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("close this page"), "{}", page.body);
    running.end()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_identity_is_bound_signed_in_by_and_unbound_with_the_programs_themselves() {
    let provider = provider().await;
    let (world, services) = world(&provider);
    provider.signs_in("olga-at-home", Some("Olga"));
    let (laptop, phone) = (world.device("laptop"), world.device("phone"));
    laptop.login(&services);
    let password = private(world.path("password"), &services.password);
    let password = password.to_str().expect("our own folder has a plain name");

    let early = phone.start(&["login", &services.tokens, "--openid"]);
    assert_eq!(led(early).await.is(7).error(), "identity_unknown");
    let bind = laptop.start(&["identity", "bind", "--password-file", password]);
    let bound = led(bind).await.is(0).value();
    assert_eq!(bound["identity"]["subject"], "olga-at-home", "{bound}");
    assert_eq!(bound["provider"], "Home ID", "{bound}");
    let people = laptop.run(&["people"]).is(0).value();
    assert_eq!(people["people"][0]["identity"]["issuer"], provider.issuer(), "{people}");

    let login = phone.start(&["login", &services.tokens, "--openid", "--device-name", "phone"]);
    let state = led(login).await.is(0).value();
    assert_eq!(state["profile"]["accountName"], services.account.as_str(), "{state}");
    phone.run(&["status"]).is(0);
    let devices = laptop.run(&["devices"]).is(0).stdout;
    assert!(devices.contains("phone"), "{devices}");

    let unbind = ["identity", "unbind", "--password-file", password];
    assert_eq!(laptop.run(&unbind).is(0).value()["identity"], Value::Null);
    phone.run(&["logout"]).is(0);
    let late = phone.start(&["login", &services.tokens, "--openid"]);
    assert_eq!(led(late).await.is(7).error(), "identity_unknown");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_away_is_told_with_the_next_step_and_passwords_still_work() {
    let provider = provider().await;
    let (world, services) = world(&provider);
    drop(provider);
    let phone = world.device("phone");
    let away = phone.run(&["login", &services.tokens, "--openid"]).is(5);
    assert_eq!(away.error(), "identity_provider_unreachable");
    let hint = away.error_value()["hint"].as_str().unwrap_or_default().to_owned();
    assert!(hint.contains("password"), "{hint}");
    phone.login(&services);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_came_by_an_identity_chooses_a_password_and_lets_go_of_the_identity() {
    let provider = provider().await;
    let (world, services) = world(&provider);
    let (laptop, phone) = (world.device("laptop"), world.device("phone"));
    laptop.login(&services);
    let invited = laptop.run(&["people", "invite", "--role", "member", "--name", "Mia"]);
    let code = invited.is(0).value()["code"].as_str().expect("a code").to_owned();
    let code = private(world.path("code"), &code);
    let chosen = private(world.path("chosen"), "a password of her own");
    let (code, chosen) = (code.to_str().expect("plain"), chosen.to_str().expect("plain"));
    provider.signs_in("mia-at-home", Some("Mia"));
    let join = ["login", &services.tokens, "--openid", "--join", "--code-file", code];
    led(phone.start(&join)).await.is(0);

    let unbind = ["identity", "unbind", "--password-file", chosen];
    let last = phone.run(&unbind).is(7);
    assert_eq!(last.error(), "last_way_in");
    let hint = last.error_value()["hint"].as_str().unwrap_or_default().to_owned();
    assert!(hint.contains("albumen identity password"), "{hint}");
    assert_eq!(phone.run(&["identity"]).is(0).value()["hasPassword"], false);

    let choose = ["identity", "password", "--password-file", chosen];
    // Somebody else's session at the provider sets none.
    provider.signs_in("thief-at-home", None);
    assert_eq!(led(phone.start(&choose)).await.is(7).error(), "identity_other");
    provider.signs_in("mia-at-home", Some("Mia"));
    let ways = led(phone.start(&choose)).await.is(0).value();
    assert_eq!(ways["hasPassword"], true, "{ways}");
    assert_eq!(phone.run(&unbind).is(0).value()["identity"], Value::Null);
    let tablet = world.device("tablet");
    let by_password = ["login", &services.tokens, "--account", "Mia", "--password-file", chosen];
    tablet.run(&by_password).is(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_with_an_authority_of_its_own_is_named_to_the_services() {
    let provider = IdentityProvider::start_secure(now_s).await;
    provider.signs_in("olga-at-home", Some("Olga"));
    let mut world = World::new();
    let secret = private(world.path("client-secret"), CLIENT_SECRET);
    let services = world.serve_with_provider(&provider.issuer(), &secret, &[]);
    let phone = world.device("phone");
    let without = phone.run(&["login", &services.tokens, "--openid"]).is(5);
    assert_eq!(without.error(), "identity_provider_unreachable");

    let authority = private(world.path("authority.pem"), provider.authority_pem());
    let named = ["--openid-ca", authority.to_str().expect("our own folder has a plain name")];
    let services = world.serve_with_provider(&provider.issuer(), &secret, &named);
    let login = phone.start(&["login", &services.tokens, "--openid"]);
    assert_eq!(led(login).await.is(7).error(), "identity_unknown", "it was reached and believed");
}
