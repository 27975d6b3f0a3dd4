//! What strangers write where a path, an id or a code is expected: it is one of ours or none.

#![allow(clippy::unwrap_used, reason = "all of this is test")]

use albumen_fuzz::fuzz;
use albumen_model::{ConfirmKey, Fingerprint, RemotePath, SpaceId, Timestamp, auth::PairingCode};

/// A decoded path stays below the root of its space, and is the same after a round trip.
#[test]
fn fuzz_remote_path() {
    let chinese = "照片/一.jpg".as_bytes();
    let seeds: &[&[u8]] =
        &[b"docs/a%20b.jpg", b"%2Fdocs%2Fa.jpg", chinese, b"%E7%85%A7/..%2Fx", b"//"];
    fuzz("remote-path", seeds, |bytes| {
        let Ok(text) = std::str::from_utf8(bytes) else { return };
        for path in [RemotePath::decode(text), RemotePath::parse(text)].into_iter().flatten() {
            for name in path.names() {
                let name = name.as_str();
                assert!(!name.is_empty() && name != "." && name != "..", "{text:?}");
                assert!(!name.contains(['/', '\\', '\0']), "{text:?}");
            }
            assert_eq!(RemotePath::decode(&path.encode()).as_ref(), Ok(&path), "{text:?}");
            assert_eq!(RemotePath::parse(&path.to_string()).as_ref(), Ok(&path), "{text:?}");
        }
    });
}

/// Words of ours are the same after a round trip, and ids can be a segment of a URL.
#[test]
fn fuzz_words() {
    let seeds: &[&[u8]] = &[
        b"12345678",
        b"space1abc",
        b"00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff",
        b"2026-11-27T21:45:20.123Z",
        b"2026-11-27T21:45:20+08:00",
    ];
    fuzz("words", seeds, |bytes| {
        let Ok(text) = std::str::from_utf8(bytes) else { return };
        if let Ok(code) = PairingCode::parse(text) {
            assert_eq!(PairingCode::parse(code.expose()).unwrap().expose(), code.expose());
        }
        if let Ok(fingerprint) = text.parse::<Fingerprint>() {
            assert_eq!(fingerprint.to_string().parse(), Ok(fingerprint));
        }
        if let Some(moment) = Timestamp::parse(text) {
            assert_eq!(Timestamp::parse(&moment.to_string()), Some(moment), "{text:?}");
        }
        let ids = [
            SpaceId::parse(text).ok().map(|id| id.to_string()),
            ConfirmKey::parse(text).ok().map(|key| key.to_string()),
        ];
        for id in ids.into_iter().flatten() {
            assert!(!id.contains(['/', '?', '#', '%', '\0']) && id != "..", "{text:?}");
        }
    });
}
