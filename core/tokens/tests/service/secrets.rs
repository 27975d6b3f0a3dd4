//! What must never leave: the library's secret, the console's key, passwords and tokens are looked
//! for in every reply, every log line and every file. And the audit log, with a hand in it.

use std::{
    fs, io,
    path::Path,
    sync::{Arc, Mutex},
};

use crate::kit::{
    CONSOLE_KEY, Device, PASSWORD, World,
    raw::{Raw, nonce, send},
    server,
    smh::LIBRARY_SECRET,
    wanting,
};
use crate::second_factor::Authenticator;
use albumen_client::DeviceKey;
use albumen_db::testing;
use albumen_model::{
    LibraryId, LibrarySecret, OneTimeCode,
    auth::{
        AdoptForeignLibrary, Invite, LibraryAuthority, Rename, RevocationKind, Role, TokenPurpose,
    },
};
use albumen_tokens::{Error, waiting_set_up_code};
use reqwest::Method;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

fn files(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push((path.display().to_string(), fs::read(&path).unwrap()));
        }
    }
    found
}

/// What each reading route answers to the owner.
async fn every_reply(
    world: &World,
    owner: &Device,
    library: &LibraryId,
    member: &Device,
) -> String {
    let rename = serde_json::to_vec(&Rename { name: "Trip".to_owned() }).unwrap();
    let mut replies = String::new();
    let policy = format!("/auth/v1/libraries/{library}/spaces/space0001/policy");
    for (method, path, body) in [
        (Method::GET, "/auth/v1/service".to_owned(), Vec::new()),
        (Method::GET, "/auth/v1/me".to_owned(), Vec::new()),
        (Method::GET, "/auth/v1/libraries".to_owned(), Vec::new()),
        (Method::GET, "/auth/v1/devices".to_owned(), Vec::new()),
        (Method::GET, "/auth/v1/accounts".to_owned(), Vec::new()),
        (Method::GET, policy, Vec::new()),
        (Method::GET, "/auth/v1/invitations".to_owned(), Vec::new()),
        (Method::GET, "/auth/v1/me/second-factor".to_owned(), Vec::new()),
        (Method::PATCH, format!("/auth/v1/libraries/{library}"), rename),
        (Method::GET, format!("/auth/v1/devices/{}/receipt", member.reply.device_id), Vec::new()),
    ] {
        let raw = Raw {
            key: &owner.key,
            key_id: owner.reply.device_id.as_str(),
            service: owner.reply.service_id.as_str(),
            method,
            path: &path,
            nonce: nonce(&world.base()).await,
            signed_body: body.clone(),
            sent_body: body,
        };
        let (status, _, text) = send(&world.base(), raw).await;
        assert_eq!(status, 200, "{path}: {text}");
        replies.push_str(&text);
    }
    replies
}

/// Has everything made that is told this once and never again: codes as they are told and as they
/// are compared, and the secret of a second factor.
async fn told_once(world: &World, owner: &Device) -> Vec<String> {
    world.handle.service().begin_owner_reset().await.unwrap();
    let folder = world.dir.path().join("services");
    let reset = waiting_set_up_code(&folder).unwrap().unwrap().to_string();
    let key = DeviceKey::generate().unwrap();
    let (code, about) = (OneTimeCode::new(reset.as_str()), ("a laptop", "TestOS", "1"));
    world.stranger().set_up(&key, &code, None, PASSWORD, about).await.unwrap();
    let invite = Invite { role: Role::Viewer, name: None, expires_in: None };
    let invited = owner.service.invite(&invite).await.unwrap().code;
    let begun = owner.service.begin_second_factor(PASSWORD).await.unwrap().uri;
    let secret = begun.expose().split_once("secret=").unwrap().1;
    let secret = secret.split('&').next().unwrap().to_owned();
    let shown = Authenticator::of(begun.expose()).shows(world);
    let on = owner.service.confirm_second_factor(&shown).await.unwrap();
    let mut told = vec![secret, reset, invited.expose().to_owned()];
    told.extend(on.recovery_codes.iter().map(|code| code.expose().to_owned()));
    let bare: Vec<String> = told.iter().map(|code| code.replace('-', "")).collect();
    told.extend(bare);
    told
}

#[tokio::test]
async fn no_secret_is_in_any_reply_log_line_or_file() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .init();
    let world = World::start().await;
    let owner = world.owner().await;
    let place = world.library(&owner).await;
    let member = world.someone(&owner, "mia", Role::Member).await;
    let reply = member.service.token(&wanting(&place, TokenPurpose::Backup)).await.unwrap();
    let elsewhere = AdoptForeignLibrary {
        hosting_url: world.smh.url(),
        library_id: LibraryId::parse("smhfar01").unwrap(),
        secret: LibrarySecret::new(LIBRARY_SECRET),
        name: "Far away".to_owned(),
        is_file_library: false,
        authority: LibraryAuthority::default(),
    };
    owner.service.adopt_library(&elsewhere).await.unwrap();
    let told = told_once(&world, &owner).await;
    world.smh.inside().down = true;
    member.service.token(&wanting(&place, TokenPurpose::Backup)).await.unwrap_err();
    owner.service.revoke(&member.reply.device_id, RevocationKind::SignOut).await.unwrap();
    world.smh.inside().down = false;
    world.smh.inside().cannot_fence = true;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;

    let replies = every_reply(&world, &owner, &place.0, &member).await;
    assert!(replies.contains("Trip"), "the replies were read");
    let logged = log.0.lock().unwrap().clone();
    assert!(holds(&logged, "A revocation is still open"), "the log was read");
    let mut secrets = vec![LIBRARY_SECRET, CONSOLE_KEY, PASSWORD, reply.access_token.expose()];
    secrets.extend(told.iter().map(String::as_str));
    for secret in &secrets {
        assert!(!holds(replies.as_bytes(), secret), "in a reply: {secret}");
        for (path, bytes) in files(world.dir.path()) {
            assert!(!holds(&bytes, secret), "in {path}: {secret}");
        }
        assert!(!testing::holds(&world.database, secret.as_bytes()).await, "in a row: {secret}");
    }
    assert!(testing::holds(&world.database, b"Trip").await, "the rows were read");
    // Lower layers log what they send at the finest level; ours must not, at any.
    let text = String::from_utf8_lossy(&logged);
    for line in text.lines() {
        for secret in &secrets {
            assert!(!line.contains(secret), "in the log: {line}");
        }
    }
    #[cfg(unix)]
    for (path, _) in files(world.dir.path()) {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{path} is for its owner alone");
    }
}

#[tokio::test]
async fn a_hand_in_the_audit_log_is_found() {
    let world = World::start().await;
    let owner = world.owner().await;
    world.library(&owner).await;
    world.someone(&owner, "mia", Role::Member).await;
    let service = Arc::clone(world.handle.service());
    let head = service.verify_audit(None).await.unwrap();
    assert!(head.entry >= 5);
    assert_eq!(service.audit_head().await.unwrap(), head);
    let entries = service.audit_entries(0, 100).await.unwrap();
    assert_eq!(entries[0].act, "owner_made");
    assert!(entries.iter().all(|entry| !entry.subject.contains(LIBRARY_SECRET)));

    let hand = async |sql: &str| testing::run(&world.database, sql).await;
    let forged = "UPDATE audit SET account = 'eve' WHERE entry = 2";
    assert!(hand(forged).await.is_err(), "not even by mistake");
    let cut = format!("DELETE FROM audit WHERE entry = {}", head.entry);
    assert!(hand(&cut).await.is_err(), "not even by mistake");
    let of_table = if server(&world.database).is_some() { " ON audit" } else { "" };
    for trigger in ["audit_is_not_changed", "audit_is_not_cut"] {
        hand(&format!("DROP TRIGGER {trigger}{of_table}")).await.unwrap();
    }
    hand(forged).await.unwrap();
    let found = service.verify_audit(None).await.unwrap_err();
    assert!(matches!(found, Error::Tampered { entry: 2 }), "{found}");
    let undone = format!("UPDATE audit SET account = '{}' WHERE entry = 2", entries[1].account);
    hand(&undone).await.unwrap();
    service.verify_audit(None).await.unwrap();

    hand(&cut).await.unwrap();
    let found = service.verify_audit(None).await.unwrap_err();
    assert!(matches!(found, Error::Tampered { .. }), "the end was cut off");
    let found = service.verify_audit(Some(head)).await.unwrap_err();
    assert!(matches!(found, Error::Tampered { .. }), "an exported head is missing");
}

#[tokio::test]
async fn another_seal_key_is_noticed_at_the_start() {
    let world = World::start().await;
    let (dir, smh) = (world.dir.path().join("services"), world.smh.clone());
    world.handle.shutdown().await;
    let config = albumen_tokens::TokensConfig {
        server: server(&world.database),
        seal_key: Some(albumen_tokens::SealKey::from_bytes([9; 32])),
        ..albumen_tokens::TokensConfig::new(dir, smh.url())
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let refused = albumen_tokens::serve(listener, config).await.unwrap_err();
    assert!(matches!(refused, Error::Unsealable), "{refused}");
}
