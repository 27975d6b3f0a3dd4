//! What a request is called in metrics and logs: a word of ours, never one of the client's.

use http::Uri;

use crate::request::Query;

/// Nouns of the business API.
const NOUNS: &[&str] = &[
    "album",
    "batch",
    "cross-space",
    "directory",
    "directory-history",
    "favorite",
    "file",
    "file-deletion-check",
    "fs-delta",
    "inode",
    "quota",
    "recent",
    "recycled",
    "search",
    "share",
    "space",
    "space-quota",
    "stats",
    "task",
    "task-result",
    "token",
    "usage",
    "version",
];

/// Flags that make another operation of a request to `file`, the busiest noun by far.
const OF_FILE: &[(&str, &str)] = &[
    ("confirm", "file.confirm"),
    ("renew", "file.renew"),
    ("multipart", "file.multipart"),
    ("upload", "file.session"),
    ("info", "file.info"),
    ("preview", "file.preview"),
];

/// What we offer beside the contract.
const EXTENSIONS: &[(&str, &str)] = &[
    ("capabilities", "albumen.capabilities"),
    ("openapi.json", "albumen.openapi"),
    ("uploads", "albumen.uploads"),
    ("quota-preview", "albumen.quota-preview"),
    ("batch-begin", "albumen.batch-begin"),
    ("batch-confirm", "albumen.batch-confirm"),
];

/// Anything that is none of these.
const OTHER: &str = "other";

fn named(pairs: &[(&str, &'static str)], wanted: impl Fn(&str) -> bool) -> Option<&'static str> {
    pairs.iter().find(|(word, _)| wanted(word)).map(|(_, name)| *name)
}

fn first(path: &str) -> &str {
    path.split('/').next().unwrap_or_default()
}

/// The name of an operation.
pub(super) fn operation(uri: &Uri, query: &Query) -> &'static str {
    let path = uri.path();
    if let Some(rest) = path.strip_prefix("/api/v1/") {
        let noun = NOUNS.iter().find(|noun| **noun == first(rest)).copied().unwrap_or(OTHER);
        if noun != "file" {
            return noun;
        }
        return named(OF_FILE, |flag| query.flag(flag)).unwrap_or(noun);
    }
    if let Some(rest) = path.strip_prefix("/albumen/v1/") {
        return named(EXTENSIONS, |word| word == first(rest)).unwrap_or(OTHER);
    }
    if path.starts_with("/console/v1/") { "console" } else { OTHER }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_never_what_the_client_wrote() {
        for (uri, name) in [
            ("/api/v1/file/lib/space/confirm", "file"),
            ("/api/v1/file/lib/space/key?confirm=1", "file.confirm"),
            ("/api/v1/file/lib/space/key?confirm", "file.confirm"),
            ("/api/v1/file/lib/space/a?confirm=0", "file"),
            ("/api/v1/file/lib/space/a?multipart&access_token=x", "file.multipart"),
            ("/api/v1/directory/lib/space?info", "directory"),
            ("/api/v1/token", "token"),
            ("/api/v1/secret-word/lib", "other"),
            ("/api/v1/", "other"),
            ("/albumen/v1/capabilities", "albumen.capabilities"),
            ("/albumen/v1/uploads/fence", "albumen.uploads"),
            ("/albumen/v1/secret-word", "other"),
            ("/console/v1/libraries/smh1", "console"),
            ("/secret-word", "other"),
            ("*", "other"),
        ] {
            let uri: Uri = uri.parse().unwrap();
            let query = Query::parse(uri.query().unwrap_or(""));
            assert_eq!(operation(&uri, &query), name, "{uri}");
        }
    }
}
