//! A library whose service has a certificate authority of its own: whom the token service trusts
//! for it, what it says when it does not, and how the authority is renewed.

use albumen_client::Certificate;
use albumen_model::{
    ErrorCode, LibraryId, LibrarySecret,
    auth::{AdoptForeignLibrary, LibraryAuthority, Role, TokenPurpose},
};

use crate::kit::{
    World,
    secure::Authority,
    smh::{FakeSmh, LIBRARY_SECRET},
    wanting,
};

const HERE: &str = "127.0.0.1";
/// Far ahead of every clock that this test may run by.
const LATER: i32 = 2150;

fn by_pem(authority: &Authority) -> LibraryAuthority {
    LibraryAuthority { ca_pem: Some(authority.pem.clone()), ca_sha256: None }
}

fn by_fingerprint(authority: &Authority) -> LibraryAuthority {
    let ca_sha256 = Some(authority.certificate().fingerprint());
    LibraryAuthority { ca_pem: None, ca_sha256 }
}

fn there(smh: &FakeSmh, authority: LibraryAuthority) -> AdoptForeignLibrary {
    AdoptForeignLibrary {
        hosting_url: smh.url(),
        library_id: LibraryId::parse("smhfar01").unwrap(),
        secret: LibrarySecret::new(LIBRARY_SECRET),
        name: "Far away".to_owned(),
        is_file_library: false,
        authority,
    }
}

#[tokio::test]
async fn what_nobody_vouched_for_is_not_trusted() {
    let world = World::start().await;
    let owner = world.owner().await;
    let (right, wrong) = (Authority::new("Their CA"), Authority::new("Their CA"));
    let good = FakeSmh::start_secure(right.tls(HERE, LATER)).await;
    let ended = FakeSmh::start_secure(right.tls(HERE, 2021)).await;
    let other = FakeSmh::start_secure(right.tls("photos.example", LATER)).await;
    for (what, smh, authority) in [
        ("nobody", &good, LibraryAuthority::default()),
        ("another authority", &good, by_pem(&wrong)),
        ("another fingerprint", &good, by_fingerprint(&wrong)),
        ("a certificate that has ended", &ended, by_pem(&right)),
        ("one for another name", &other, by_pem(&right)),
        ("that by its fingerprint", &other, by_fingerprint(&right)),
    ] {
        let refused = owner.service.adopt_library(&there(smh, authority)).await.unwrap_err();
        assert_eq!(refused.code(), Some(ErrorCode::LibraryServiceUntrusted), "{what}: {refused}");
        assert_eq!(smh.inside().asked, 0, "{what}: the secret was not sent");
    }
    for wrong in [
        LibraryAuthority { ca_pem: Some("no PEM".to_owned()), ca_sha256: None },
        LibraryAuthority { ca_pem: Some(right.pem.repeat(2)), ca_sha256: None },
        LibraryAuthority { ca_sha256: by_fingerprint(&right).ca_sha256, ..by_pem(&right) },
    ] {
        let refused = owner.service.adopt_library(&there(&good, wrong.clone())).await.unwrap_err();
        assert_eq!(refused.code(), Some(ErrorCode::ParamInvalid), "{wrong:?}");
    }
    let plain = FakeSmh::start().await;
    let refused = owner.service.adopt_library(&there(&plain, by_pem(&right))).await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::ParamInvalid), "an authority is for https");
    assert!(owner.service.libraries().await.unwrap().libraries.is_empty(), "nothing was kept");
}

#[tokio::test]
async fn an_authority_is_trusted_for_its_library_alone_and_told_to_devices() {
    let world = World::start().await;
    let owner = world.owner().await;
    let authority = Authority::new("Their CA");
    let far = FakeSmh::start_secure(authority.tls(HERE, LATER)).await;
    far.inside().spaces = vec![serde_json::json!({})];
    let adopted = owner.service.adopt_library(&there(&far, by_fingerprint(&authority))).await;
    let adopted = adopted.unwrap();
    let fingerprint = authority.certificate().fingerprint();
    assert_eq!(adopted.authority, Some(fingerprint));

    // It survives a restart, and whoever gets a token learns whom to trust with it.
    let world = world.restart().await;
    let owner = world.device(owner.key.clone(), owner.reply.clone());
    let mia = world.someone(&owner, "mia", Role::Member).await;
    let place = (adopted.library_id.clone(), adopted.spaces[0].space_id.clone());
    let reply = mia.service.token(&wanting(&place, TokenPurpose::Backup)).await.unwrap();
    assert_eq!(reply.ca_fingerprint, Some(fingerprint));
    let told = Certificate::from_base64(&reply.authority.expect("it is told")).unwrap();
    assert_eq!(told, authority.certificate());
    let seen = mia.service.libraries().await.unwrap().libraries;
    assert_eq!(seen[0].authority, None, "not a member's matter");

    // Another library by the same authority is not trusted for that.
    let next = FakeSmh::start_secure(authority.tls(HERE, LATER)).await;
    let second = AdoptForeignLibrary {
        library_id: LibraryId::parse("smhfar02").unwrap(),
        ..there(&next, LibraryAuthority::default())
    };
    let refused = owner.service.adopt_library(&second).await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::LibraryServiceUntrusted));
    // One of our own has none.
    let here = world.library(&owner).await;
    let own = owner.service.token(&wanting(&here, TokenPurpose::Backup)).await.unwrap();
    assert_eq!((own.authority, own.ca_fingerprint), (None, None));
}

#[tokio::test]
async fn an_authority_is_renewed_once_it_was_tried() {
    let world = World::start().await;
    let owner = world.owner().await;
    let (old, new) = (Authority::new("Their CA"), Authority::new("Their CA"));
    let far = FakeSmh::start_secure(old.tls(HERE, LATER)).await;
    far.inside().spaces = vec![serde_json::json!({})];
    let adopted = owner.service.adopt_library(&there(&far, by_pem(&old))).await.unwrap();
    let place = (adopted.library_id.clone(), adopted.spaces[0].space_id.clone());
    let id = &place.0;
    let refused = owner.service.set_library_authority(id, &by_pem(&new)).await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::LibraryServiceUntrusted), "not that one yet");
    owner.service.token(&wanting(&place, TokenPurpose::Backup)).await.unwrap();

    far.shows(new.tls(HERE, LATER));
    let cut_off = owner.service.token(&wanting(&place, TokenPurpose::Backup)).await.unwrap_err();
    assert_eq!(cut_off.code(), Some(ErrorCode::LibraryServiceUnreachable));
    let mia = world.someone(&owner, "mia", Role::Member).await;
    let denied = mia.service.set_library_authority(id, &by_pem(&new)).await.unwrap_err();
    assert_eq!(denied.code(), Some(ErrorCode::NoPermission));
    let renewed = owner.service.set_library_authority(id, &by_fingerprint(&new)).await.unwrap();
    assert_eq!(renewed.authority, Some(new.certificate().fingerprint()));
    let reply = owner.service.token(&wanting(&place, TokenPurpose::Backup)).await.unwrap();
    assert_eq!(reply.ca_fingerprint, renewed.authority);
    assert!(world.acts().await.contains(&"library_authority_set".to_owned()));

    let here = world.library(&owner).await;
    let ours = owner.service.set_library_authority(&here.0, &by_pem(&new)).await.unwrap_err();
    assert_eq!(ours.code(), Some(ErrorCode::ParamInvalid), "its files are here");
    let none = owner.service.set_library_authority(id, &LibraryAuthority::default()).await;
    assert_eq!(none.unwrap_err().code(), Some(ErrorCode::LibraryServiceUntrusted));
}
