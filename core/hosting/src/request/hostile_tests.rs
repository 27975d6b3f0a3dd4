//! Places, queries, markers and cursors as somebody else wrote them.

use albumen_fuzz::fuzz;
use albumen_model::ErrorCode;

use super::{Address, Query};
use crate::{
    error::Error,
    repository::page::Marker,
    rules::{cursor::Cursor, hash::Claim, preview, search::Sort, share},
};

/// A place that is read lies in the library and space that it names, below the space's root.
#[test]
fn fuzz_hosting_places() {
    let seeds: &[&[u8]] = &[
        b"lib1/space1/docs/a%20b.jpg",
        b"lib1/-/%2Fdocs%2Fsub/",
        b"lib1/space1/copy/a/b",
        b"lib1/space1/0123456789abcdef",
        b"lib1/space1/history-list/17",
    ];
    fuzz("hosting-places", seeds, |bytes| {
        let Ok(text) = std::str::from_utf8(bytes) else { return };
        let Ok(address) = Address::parse(text) else { return };
        let library = address.library.as_str();
        assert!(!library.is_empty() && !library.contains(['/', '%', '\0']), "{text:?}");
        assert!(!address.space.as_str().contains(['/', '%', '\0']), "{text:?}");
        for path in [address.file(), address.directory()].into_iter().flatten() {
            let inside = path.names().iter().all(|name| {
                let name = name.as_str();
                !name.is_empty() && name != ".." && name != "." && !name.contains('/')
            });
            assert!(inside, "{text:?}");
        }
        if let Some((_, rest)) = address.split() {
            assert_eq!((&rest.library, &rest.space), (&address.library, &address.space));
        }
        if let Some(below) = address.clone().below("copy") {
            assert_eq!((&below.library, &below.space), (&address.library, &address.space));
        }
        drop((address.word(), address.plain_rest(), address.bin_item()));
        if let Err(Error::Refused(refusal)) = address.confirm_key() {
            assert_eq!(refusal.code, ErrorCode::ConfirmKeyNotFound);
        }
    });
}

/// A query is read whatever it is; its values are text, and every reader of one takes or refuses.
#[test]
fn fuzz_hosting_query() {
    let seeds: &[&[u8]] = &[
        b"a=%E5%8C%97+%26&multipart&force=1&conflict_resolution_strategy=ask",
        b"order_by=name&order_by_type=desc&limit=18446744073709551615&filesize=-1",
        b"preview&size=200&scale=50&width=1&height=2&type=symlink",
    ];
    fuzz("hosting-query", seeds, |bytes| {
        let Ok(text) = std::str::from_utf8(bytes) else { return };
        let query = Query::parse(text);
        for name in ["a", "limit", "filesize", "size"] {
            if let (Some(value), Ok(Some(number))) = (query.get(name), query.number(name)) {
                assert_eq!(value.parse(), Ok(number));
            }
            assert!(!query.switch(name) || query.flag(name), "a switch that is on is a flag");
        }
        drop((query.strategy(), query.descending(), preview::Wish::read(&query)));
        if let Some(word) = query.get("type") {
            drop(Sort::parse(word));
        }
        // What a body says counts before the query.
        let object = serde_json::from_str(text).unwrap_or_default();
        let body = Query::from_json(&object);
        let both = query.under(body.clone());
        assert!(body.get("a").is_none_or(|value| both.get("a") == Some(value)), "{text:?}");
    });
}

/// Opaque words of ours are the same after a round trip; those of others are none.
#[test]
fn fuzz_hosting_words() {
    let cursor = Cursor { space: 3, position: 10, seen_ms: 1000 }.encode();
    let seeds: &[&[u8]] = &[
        cursor.as_bytes(),
        b"eyJvIjoibmFtZSIsInIiOjAsImsiOnsidCI6ImEifSwiaSI6MX0",
        b"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
        b"1/22/333",
    ];
    fuzz("hosting-words", seeds, |bytes| {
        let Ok(text) = std::str::from_utf8(bytes) else { return };
        if let Some(cursor) = Cursor::decode(text) {
            assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor));
        }
        if let Ok(marker) = Marker::decode(text, "name") {
            let again = marker.encode().unwrap();
            assert_eq!(Marker::decode(&again, "name").as_ref(), Ok(&marker));
        }
        if let Ok(chain) = share::chain(text) {
            assert!(chain.len() <= 64 && chain.iter().all(|inode| *inode >= 0), "{text:?}");
        }
        if let Ok(claim) = Claim::read(Some(text), None, None)
            && let Some(hash) = claim.beginning()
        {
            assert!(hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit()), "{text:?}");
        }
    });
}
