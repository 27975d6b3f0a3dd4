//! Strange input: what names, places, parameters, headers and JSON look like when somebody means
//! harm, or no two systems agree. It knows nothing of what is sent where.

use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use proptest::{
    collection::vec,
    prelude::{Just, Strategy, any},
    prop_oneof,
    sample::select,
};

/// Texts that have broken something somewhere.
const TEXTS: &[&str] = &[
    "",
    ".",
    "..",
    "...",
    "../..",
    "..\\",
    "/",
    "//",
    "/etc/passwd",
    "a/../b",
    "a/./b",
    "a//b",
    " ",
    " a",
    "a ",
    "a.",
    "~",
    "-",
    "-1",
    "0",
    "1",
    "18446744073709551616",
    "1e9",
    "null",
    "true",
    "\0",
    "a\0.jpg",
    "\u{7}",
    "\u{1b}[2J",
    "\r\nx: y",
    "\t",
    "a:b",
    "a*b",
    "a?b",
    "a|b",
    "\"",
    "'",
    "';--",
    "%",
    "%2e%2e%2f",
    "%00",
    "${x}",
    "{{x}}",
    "<x>",
    "&",
    "=",
    "#",
    "CON",
    "nul.txt",
    "\u{202e}gpj.exe",
    "\u{200f}א",
    "مرحبا",
    "\u{feff}",
    "\u{200b}",
    "é",
    "e\u{301}",
    "ﬀ",
    "İ",
    "北京.jpg",
    "👩‍👩‍👧‍👦.png",
    "\u{fffd}",
    "\u{10ffff}",
    "box",
    "list",
    "count",
    "cover",
    "history-list",
    "secret0",
    "a.jpg",
    "a.txt",
    "a.docx",
];
/// Parts of an address that no encoder writes: what is no UTF-8, overlong, encoded twice or half.
const WRITTEN: &[&str] = &[
    "..",
    "../..",
    "./",
    "//",
    "%2e%2e%2f",
    "%2E%2E/",
    "..%2f",
    "%252e%252e%252f",
    "%2F",
    "%2f%2F",
    "%00",
    "%ff%fe",
    "%C0%AF",
    "%c0%ae%c0%ae/",
    "%ED%A0%80",
    "%F4%90%80%80",
    "%",
    "%2",
    "%zz",
    "+",
    ";",
    "@",
    "!$&'()*,",
    "%5c..%5c",
    "%0d%0aX:%20y",
];
/// JSON that is valid, odd, or not JSON at all.
const JSON: &[&str] = &[
    "null",
    "true",
    "0",
    "-1",
    "-0",
    "1e400",
    "1e-400",
    "0.1",
    "18446744073709551616",
    "[]",
    "{}",
    "[[]]",
    "[null]",
    "{\"\":{}}",
    "\"\\ud800\"",
    "\"\\udc00\\ud800\"",
    "\"\\u0000\"",
    "\"\\u202e\"",
    "\"\\ud83d\\ude00\"",
    "{\"a\":1,\"a\":2}",
    "",
    "{",
    "[",
    "\"",
    "nul",
    "NaN",
    "'x'",
    "1,2",
    "\u{feff}1",
];

/// A text.
pub(super) fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => select(TEXTS).prop_map(str::to_owned),
        2 => vec(select(TEXTS), 1..4).prop_map(|parts| parts.join("/")),
        2 => any::<String>(),
        1 => (select(TEXTS), 1..4096_usize).prop_map(|(part, bytes)| {
            let part = if part.is_empty() { "x" } else { part };
            part.repeat(bytes.div_ceil(part.len()))
        }),
    ]
}

/// A part of an address, as it is written in one.
pub(super) fn written() -> impl Strategy<Value = String> {
    let encoded = |text: String| percent_encode(text.as_bytes(), NON_ALPHANUMERIC).to_string();
    prop_oneof![
        3 => text().prop_map(encoded),
        2 => vec(select(WRITTEN), 1..4).prop_map(|parts| parts.concat()),
        1 => vec(any::<u8>(), 0..24)
            .prop_map(|bytes| percent_encode(&bytes, NON_ALPHANUMERIC).to_string()),
    ]
}

/// A value of JSON, or what stands in the place of one.
pub(super) fn json() -> impl Strategy<Value = String> {
    let string = text().prop_map(|text| serde_json::to_string(&text).expect("a text is JSON"));
    let leaf = prop_oneof![3 => string, 3 => select(JSON).prop_map(str::to_owned)];
    prop_oneof![
        6 => leaf.clone(),
        2 => vec(leaf, 0..4).prop_map(|values| format!("[{}]", values.join(","))),
        1 => (1..2000_usize).prop_map(|deep| "[".repeat(deep) + &"]".repeat(deep)),
        1 => (1..2000_usize).prop_map(|deep| "{\"a\":".repeat(deep) + "1" + &"}".repeat(deep)),
    ]
}

/// The value of a header: everything that may be in one.
pub(super) fn header_value() -> impl Strategy<Value = Vec<u8>> {
    let ranges = [
        "bytes=0-",
        "bytes=-1",
        "bytes=5-1",
        "bytes=0-18446744073709551616",
        "bytes=a-b",
        "bytes=",
        "bytes=0-1,2-3",
        "items=1",
        "*",
        "\"*\"",
        "W/\"x\"",
        "Bearer",
        "Bearer ",
        "Basic Og==",
        "application/x-www-form-urlencoded",
        "application/json; charset=utf-16",
        "gzip",
        "-5",
    ];
    let allowed = |byte: u8| if byte < 0x20 || byte == 0x7f { b'x' } else { byte };
    prop_oneof![
        Just(Vec::new()),
        select(ranges.to_vec()).prop_map(|text| text.as_bytes().to_vec()),
        vec(any::<u8>().prop_map(allowed), 0..64),
        (1..4096_usize).prop_map(|bytes| vec![b'y'; bytes]),
    ]
}
