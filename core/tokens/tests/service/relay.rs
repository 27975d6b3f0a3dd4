//! Libraries that are hosted elsewhere: known by address, id and secret, used like any other, let
//! go of in the right order.

use albumen_client::Error;
use albumen_model::{
    ErrorCode, LibraryId, LibrarySecret,
    auth::{
        AdoptForeignLibrary, CreateSpace, LibraryAuthority, RevocationKind, Role, SpacePolicy,
        TokenPurpose, Who,
    },
};

use crate::kit::{
    World,
    smh::{FakeSmh, LIBRARY_SECRET},
    until, wanting,
};

fn there(smh: &FakeSmh) -> AdoptForeignLibrary {
    AdoptForeignLibrary {
        hosting_url: format!("{}/", smh.url()),
        library_id: LibraryId::parse("smhfar01").unwrap(),
        secret: LibrarySecret::new(LIBRARY_SECRET),
        name: "Far away".to_owned(),
        is_file_library: false,
        authority: LibraryAuthority::default(),
    }
}

#[tokio::test]
async fn a_library_elsewhere_is_used_like_one_of_our_own() {
    let world = World::start().await;
    let owner = world.owner().await;
    let here = world.library(&owner).await;
    let far = FakeSmh::start().await;
    far.inside().spaces = vec![serde_json::json!({}), serde_json::json!({})];
    let adopted = owner.service.adopt_library(&there(&far)).await.unwrap();
    assert_eq!(adopted.spaces.len(), 2);
    assert_eq!(adopted.hosting_url.as_deref(), Some(far.url().as_str()));
    assert!(far.inside().live.is_empty(), "the token that tried the secret is deleted");

    let mia = world.someone(&owner, "mia", Role::Member).await;
    let place = (adopted.library_id.clone(), adopted.spaces[0].space_id.clone());
    let reply = mia.service.token(&wanting(&place, TokenPurpose::Backup)).await.unwrap();
    assert_eq!((reply.hosting_url, reply.data_scheme), (far.url(), "http".to_owned()));
    let near = mia.service.token(&wanting(&here, TokenPurpose::Backup)).await.unwrap();
    assert_eq!(near.hosting_url, world.smh.url(), "each library is asked where it is");
    let libraries = mia.service.libraries().await.unwrap().libraries;
    assert_eq!(libraries.len(), 2);
    assert!(libraries.iter().all(|library| library.hosting_url.is_none()), "not a member's matter");

    let wish = CreateSpace { name: "New".to_owned(), is_multi_album: true };
    owner.service.create_space(&place.0, &wish).await.unwrap();
    owner.service.rename_library(&place.0, "Cellar").await.unwrap();
    owner.service.revoke(&mia.reply.device_id, RevocationKind::SignOut).await.unwrap();
    assert!(far.inside().live.is_empty() && world.smh.inside().live.is_empty());
}

#[tokio::test]
async fn what_is_wrong_with_a_library_elsewhere_is_said() {
    let world = World::start().await;
    let owner = world.owner().await;
    let far = FakeSmh::start().await;
    let mia = world.someone(&owner, "mia", Role::Member).await;
    let denied = mia.service.adopt_library(&there(&far)).await.unwrap_err();
    assert_eq!(denied.code(), Some(ErrorCode::NoPermission));

    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gone = format!("http://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let with = |change: &dyn Fn(&mut AdoptForeignLibrary)| {
        let mut wanted = there(&far);
        change(&mut wanted);
        wanted
    };
    for (wanted, code) in [
        (with(&|w| w.secret = LibrarySecret::new("guessed")), ErrorCode::WrongLibraryIdOrSecret),
        (with(&|w| w.hosting_url.clone_from(&gone)), ErrorCode::LibraryServiceUnreachable),
        (
            with(&|w| w.hosting_url = "http://photos.example".to_owned()),
            ErrorCode::LibraryServiceInsecure,
        ),
        (
            with(&|w| w.hosting_url = "http://10.1.2.3:80".to_owned()),
            ErrorCode::LibraryServiceInsecure,
        ),
        (with(&|w| w.hosting_url = "ftp://127.0.0.1".to_owned()), ErrorCode::ParamInvalid),
        (with(&|w| w.hosting_url = "no address".to_owned()), ErrorCode::ParamInvalid),
        (with(&|w| w.hosting_url = world.base()), ErrorCode::LibraryServiceUnreachable),
        (with(&|w| w.name = " ".to_owned()), ErrorCode::ParamInvalid),
    ] {
        let refused = owner.service.adopt_library(&wanted).await.unwrap_err();
        assert_eq!(refused.code(), Some(code), "{wanted:?}: {refused}");
        assert!(!format!("{wanted:?} {refused:?}").contains(wanted.secret.expose()));
    }
    assert!(owner.service.libraries().await.unwrap().libraries.is_empty(), "nothing was kept");
    owner.service.adopt_library(&there(&far)).await.unwrap();
    let twice = owner.service.adopt_library(&there(&far)).await.unwrap_err();
    assert_eq!(twice.code(), Some(ErrorCode::LibraryExists));
}

#[tokio::test]
async fn a_secret_is_not_sent_over_a_way_that_others_can_read() {
    let world = World::start().await;
    let owner = world.owner().await;
    let far = FakeSmh::start().await;
    // Nobody answers there, and nothing is sent there either.
    let elsewhere =
        world.device_at("http://tokens.example", owner.key.clone(), owner.reply.clone());
    let refused = elsewhere.service.adopt_library(&there(&far)).await.unwrap_err();
    assert!(matches!(refused, Error::Insecure { .. }), "{refused}");
}

#[tokio::test]
async fn a_library_is_let_go_of_tokens_first() {
    let world = World::start().await;
    let owner = world.owner().await;
    let here = world.library(&owner).await;
    let far = FakeSmh::start().await;
    far.inside().spaces = vec![serde_json::json!({})];
    let adopted = owner.service.adopt_library(&there(&far)).await.unwrap();
    let place = (adopted.library_id, adopted.spaces[0].space_id.clone());
    let policy = SpacePolicy { read: Who::from_role(Role::Admin), ..SpacePolicy::default() };
    owner.service.set_policy(&place.0, &place.1, &policy).await.unwrap();
    owner.service.token(&wanting(&place, TokenPurpose::Backup)).await.unwrap();
    let ours = owner.service.remove_library(&here.0).await.unwrap_err();
    assert_eq!(ours.code(), Some(ErrorCode::NoPermission), "its files are here");

    far.inside().down = true;
    let removal = owner.service.remove_library(&place.0).await.unwrap();
    assert_eq!(removal.tokens_left, 1, "and the reply says so");
    let gone = owner.service.token(&wanting(&place, TokenPurpose::Browse)).await.unwrap_err();
    assert_eq!(gone.code(), Some(ErrorCode::LibraryNotFound));
    let acts = async || {
        let entries = world.handle.service().audit_entries(0, 100).await.unwrap();
        entries.into_iter().map(|entry| entry.act).collect::<Vec<_>>()
    };
    assert!(!acts().await.contains(&"library_secret_forgotten".to_owned()));
    far.inside().down = false;
    until("the secret is forgotten", async || {
        acts().await.contains(&"library_secret_forgotten".to_owned())
    })
    .await;
    assert!(far.inside().live.is_empty());
    let again = owner.service.remove_library(&place.0).await.unwrap_err();
    assert_eq!(again.code(), Some(ErrorCode::LibraryNotFound));

    // Who adds it again finds its policies as they were.
    owner.service.adopt_library(&there(&far)).await.unwrap();
    let back = owner.service.policy(&place.0, &place.1).await.unwrap();
    assert_eq!(back.policy, policy);
}
