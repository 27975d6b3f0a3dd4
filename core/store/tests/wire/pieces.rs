//! Bodies in signed pieces behind a head whose signature is right: what is stored is what was
//! signed, whatever is done to the pieces, their sizes, their signatures and the trailer.

use albumen_fuzz::{Answer, HostileRequest, fuzz};
use albumen_store::ObjectStore;
use futures::TryStreamExt;

use crate::{
    hostile::runtime,
    kit::{Served, at},
    sigv4::{Form, SignedHead, signed_put},
};

const NAME: &str = "pieces";

/// What is signed, and what is sent for it. The input has the form `s 10 hello|world`, a line end,
/// the body: `s`, `t` or `u` for the form, the declared length, the pieces. In the body `$0` stands
/// for the signature of the head, `$1` for that of the first piece, `$t` for that of the trailer
/// and `$c` for the checksum of all pieces.
struct Sent<'a> {
    form: Form,
    declared: String,
    pieces: Vec<&'a [u8]>,
    body: &'a [u8],
}

impl<'a> Sent<'a> {
    /// Every input is one.
    fn read(input: &'a [u8]) -> Self {
        let end = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
        let (head, body) = (&input[..end], input.get(end + 1..).unwrap_or_default());
        let mut words = head.splitn(3, |byte| *byte == b' ');
        let form = match words.next().and_then(<[u8]>::first) {
            Some(b't') => Form::SignedWithTrailer,
            Some(b'u') => Form::UnsignedWithTrailer,
            _ => Form::Signed,
        };
        let usable = |byte: &&u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
        let declared = words.next().unwrap_or_default().iter().filter(usable).take(24);
        let declared = declared.map(|byte| char::from(*byte)).collect();
        let pieces = words.next().unwrap_or_default().split(|byte| *byte == b'|').collect();
        Self { form, declared, pieces, body }
    }

    fn send(&self, served: &Served) -> Answer {
        let target = format!("/photos-125/{NAME}");
        let place = (served.host.as_str(), target.as_str());
        let head = signed_put(&served.root, place, self.form, &self.declared, &self.pieces);
        let body = filled(self.body, &head);
        let request = HostileRequest { method: "PUT".into(), target, headers: head.headers, body };
        request.send(served.server.local_addr())
    }

    /// Whether these are bytes that the key's holder signed.
    fn signs(&self, stored: &[u8]) -> bool {
        let is_declared = self.declared.parse() == Ok(stored.len());
        // A trailer is of all pieces; without one a shorter length may have been declared.
        let least = if self.form.has_trailer() { self.pieces.len() } else { 0 };
        let mut beginnings = (least..=self.pieces.len()).map(|end| self.pieces[..end].concat());
        is_declared && beginnings.any(|signed| signed == stored)
    }
}

fn filled(body: &[u8], head: &SignedHead) -> Vec<u8> {
    let mut filled = Vec::new();
    let mut rest = body;
    while let [byte, after @ ..] = rest {
        let text = match rest {
            [b'$', b't', ..] => Some(&head.trailer_signature),
            [b'$', b'c', ..] => Some(&head.checksum),
            [b'$', digit @ b'0'..=b'9', ..] => head.signatures.get(usize::from(digit - b'0')),
            _ => None,
        };
        match text {
            Some(text) => filled.extend_from_slice(text.as_bytes()),
            None => filled.push(*byte),
        }
        rest = if text.is_some() { &after[1..] } else { after };
    }
    filled
}

async fn stored(served: &Served) -> Option<Vec<u8>> {
    let content = served.store.get(&at(NAME), None).await.ok()?;
    let pieces: Vec<_> = content.stream.try_collect().await.unwrap();
    served.store.delete(&at(NAME)).await.unwrap();
    Some(pieces.concat())
}

const SIGNED: &[u8] = b"s 10 hello|world\n5;chunk-signature=$1\r\nhello\r\n\
    5;chunk-signature=$2\r\nworld\r\n0;chunk-signature=$3\r\n\r\n";
const SIGNED_WITH_TRAILER: &[u8] = b"t 10 hello|world\n5;chunk-signature=$1\r\nhello\r\n\
    5;chunk-signature=$2\r\nworld\r\n0;chunk-signature=$3\r\n\
    x-amz-checksum-sha256:$c\r\nx-amz-trailer-signature:$t\r\n\r\n";
const UNSIGNED_WITH_TRAILER: &[u8] = b"u 10 hello|world\n5\r\nhello\r\n5\r\nworld\r\n0\r\n\
    x-amz-checksum-sha256:$c\r\n\r\n";

fn replaced(input: &[u8], what: &str, by: &str) -> Vec<u8> {
    let text = std::str::from_utf8(input).unwrap();
    assert!(text.contains(what), "{what}");
    text.replace(what, by).into_bytes()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn pieces_are_stored_as_they_were_signed_or_not_at_all() {
    let served = Served::start().await;
    let [signed, trailed, unsigned] = [SIGNED, SIGNED_WITH_TRAILER, UNSIGNED_WITH_TRAILER];
    for (story, input, code) in [
        ("as signed", signed.to_vec(), ""),
        ("as signed, with a trailer", trailed.to_vec(), ""),
        ("with the checksum that was told", unsigned.to_vec(), ""),
        ("another byte", replaced(signed, "\nhello", "\nhallo"), "SignatureDoesNotMatch"),
        ("two of one", replaced(signed, "$2\r\nworld", "$1\r\nhello"), "SignatureDoesNotMatch"),
        ("another order", replaced(signed, "$1", "$2"), "SignatureDoesNotMatch"),
        ("the head's signature", replaced(signed, "$1", "$0"), "SignatureDoesNotMatch"),
        ("none", replaced(signed, ";chunk-signature=$2", ""), "IncompleteBody"),
        ("fewer in a piece", replaced(signed, "\n5;", "\n4;"), "IncompleteBody"),
        ("more in a piece", replaced(signed, "\n5;", "\nff;"), "IncompleteBody"),
        ("far more", replaced(signed, "\n5;", "\nffffffff;"), "IncompleteBody"),
        ("a size below zero", replaced(signed, "\n5;", "\n-5;"), "IncompleteBody"),
        ("fewer declared", replaced(signed, " 10 ", " 9 "), "EntityTooLarge"),
        ("more declared", replaced(signed, " 10 ", " 11 "), "IncompleteBody"),
        ("a length with more to it", replaced(signed, " 10 ", " 10L "), "InvalidRequest"),
        ("more after the end", replaced(signed, "\r\n\r\n", "\r\n\r\nmore"), "IncompleteBody"),
        ("no trailer", replaced(signed, "s 10", "t 10"), "BadDigest"),
        ("another checksum", replaced(trailed, "$c", "$cA"), "SignatureDoesNotMatch"),
        (
            "no signed trailer",
            replaced(trailed, "x-amz-trailer-signature:$t", ""),
            "IncompleteBody",
        ),
        ("another byte under a checksum", replaced(unsigned, "\nhello", "\nhallo"), "BadDigest"),
    ] {
        let answer = Sent::read(&input).send(&served);
        let told = answer.body.split("<Code>").nth(1).and_then(|rest| rest.split('<').next());
        let wanted = code.is_empty().then(|| b"helloworld".to_vec());
        assert_eq!((told.unwrap_or_default(), stored(&served).await), (code, wanted), "{story}");
    }
}

/// Nothing but what was signed is stored, and everything else is refused in the words of S3.
#[test]
fn fuzz_store_pieces() {
    let runtime = runtime();
    let served = runtime.block_on(Served::start());
    let seeds: &[&[u8]] = &[
        SIGNED,
        SIGNED_WITH_TRAILER,
        UNSIGNED_WITH_TRAILER,
        b"s 5 hello|world\n5;chunk-signature=$1\r\nhello\r\n",
        b"s 5 hello||x\n5;chunk-signature=$1\r\nhello\r\n0;chunk-signature=$2\r\n\r\n",
        b"s 0 \n0;chunk-signature=$1\r\n\r\n",
        b"s 5 hello\n00000005;chunk-signature=0000000000000000000000000000000000000000000000000000\
          000000000000\r\nhello\r\nffffffff;chunk-signature=$2\r\nhello\r\n",
        b"u 5 hello\n5;chunk-signature=$1\r\nhello\r\n0\r\nx-amz-checksum-sha256: $c \r\n\
          x-amz-trailer-signature:$t\r\na:\r\n\r\n",
    ];
    fuzz("store-pieces", seeds, |bytes| {
        let sent = Sent::read(bytes);
        let answer = sent.send(&served);
        let stored = runtime.block_on(stored(&served));
        match (answer.status, stored) {
            (200, Some(stored)) => assert!(sent.signs(&stored), "{}", stored.escape_ascii()),
            (400..=499 | 501, None) => assert!(answer.body.contains("<Code>"), "{answer:?}"),
            (_, stored) => panic!("{answer:?} {stored:?}"),
        }
    });
}
