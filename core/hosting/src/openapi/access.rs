//! Who may ask for an operation: how to say who one is, which grants are enough, and which codes
//! refuse everybody else. Grants are read off the rules that requests are held against.

use albumen_model::{ErrorCode, Grant, GrantSet};
use serde_json::{Value, json};

use super::operation::{Access, Operation};
use crate::rules::grant::Operation as Right;

fn query(name: &str, says: &str) -> Value {
    json!({ "type": "apiKey", "in": "query", "name": name, "description": says })
}

/// The ways to say who one is.
pub(super) fn schemes() -> Value {
    let bearer = |says: &str| json!({ "type": "http", "scheme": "bearer", "description": says });
    let secret = "The library's secret: for trusted back ends, as `admin`.";
    let visitor = "The token that `verifyExtractionCode` gives to a visitor.";
    let beside = "The share's token, beside an access token.";
    json!({
        "accessToken": bearer("An access token (SMH section 3)."),
        "accessTokenInQuery": query("access_token", "The same in the query; it counts first."),
        "librarySecret": query("library_secret", secret),
        "shareToken": bearer(visitor),
        "shareTokenInQuery": query("access_token", "The same in the query."),
        "shareTokenBesideToken": query("share_access_token", beside),
        "consoleKey": bearer("The key of the console."),
    })
}

/// Which of them are enough, each by itself.
pub(super) fn security(operation: &Operation) -> Value {
    let token = [
        json!({ "accessToken": [] }),
        json!({ "accessTokenInQuery": [] }),
        json!({ "librarySecret": [] }),
    ];
    match operation.access {
        Access::Public | Access::TokenItself => json!([]),
        Access::Token(rights) if rights.iter().any(|right| right.is_public_read()) => {
            let mut all = token.to_vec();
            all.push(json!({}));
            Value::Array(all)
        }
        Access::Token(_) | Access::Only(_) => json!(token),
        // In the body instead.
        Access::Secret if operation.body.is_some() => json!([{ "librarySecret": [] }, {}]),
        Access::Secret => json!([{ "librarySecret": [] }]),
        Access::Share => json!([{ "shareToken": [] }, { "shareTokenInQuery": [] }]),
        Access::ShareAndToken(_) => json!([
            { "shareTokenBesideToken": [], "accessToken": [] },
            { "shareTokenBesideToken": [], "accessTokenInQuery": [] },
            { "shareTokenInQuery": [], "accessToken": [] },
        ]),
        Access::Console => json!([{ "consoleKey": [] }]),
    }
}

fn is_enough(right: Right, grant: Grant) -> bool {
    right.allowed_by(GrantSet::of(&[grant]))
}

fn is_for_any_token(right: Right) -> bool {
    right.allowed_by(GrantSet::READ_ONLY)
}

/// In which case a right is asked for.
fn case(right: Right) -> &'static str {
    match right {
        Right::DeleteDirectory { permanent: true } | Right::DeleteFile { permanent: true } => {
            "past the bin"
        }
        Right::BeginUpload { overwrite: true }
        | Right::ConfirmUpload { newly_overwrite: true }
        | Right::MoveFile { overwrite: true }
        | Right::CopyFile { overwrite: true }
        | Right::CreateSymlink { overwrite: true }
        | Right::CreateVirtual { overwrite: true }
        | Right::SaveShare { overwrite: true } => "to replace what has the name",
        Right::MoveDirectory | Right::CopyDirectory | Right::DeleteDirectory { .. } => {
            "for directories"
        }
        Right::MoveFile { .. } | Right::CopyFile { .. } | Right::DeleteFile { .. } => "for files",
        _ => "",
    }
}

/// The grants of an operation: for each case those of which any one is enough.
pub(super) fn grants(access: Access) -> Value {
    let (Access::Token(rights) | Access::ShareAndToken(rights)) = access else { return json!([]) };
    let enough = |right: &Right| {
        let grants = Grant::ALL.iter().filter(|grant| is_enough(*right, **grant));
        let words: Vec<&str> = match is_for_any_token(*right) {
            true => Vec::new(),
            false => grants.map(|grant| grant.as_str()).collect(),
        };
        match rights.len() {
            1 => json!({ "anyOf": words }),
            _ => json!({ "when": case(*right), "anyOf": words }),
        }
    };
    rights.iter().map(enough).collect()
}

/// The same as a sentence.
pub(super) fn sentence(access: Access) -> String {
    let rights = match access {
        Access::Public => return "For everybody.".to_owned(),
        Access::Only(who) => return who.to_owned(),
        Access::Secret => return "For who knows the library's secret.".to_owned(),
        Access::TokenItself => return "For who has the token.".to_owned(),
        Access::Share => return "For visitors of the share.".to_owned(),
        Access::Console => return "For who has the key of the console.".to_owned(),
        Access::Token(rights) | Access::ShareAndToken(rights) => rights,
    };
    let mut cases = Vec::new();
    for right in rights {
        let case = Some(case(*right)).filter(|case| rights.len() > 1 && !case.is_empty());
        let before = case.map(|case| format!("{case} ")).unwrap_or_default();
        cases.push(if right.is_public_read() {
            format!("{before}any token, none where reads are public")
        } else if is_for_any_token(*right) {
            format!("{before}any token")
        } else {
            let grants = Grant::ALL.iter().filter(|grant| is_enough(*right, **grant));
            let words: Vec<String> = grants.map(|grant| format!("`{}`", grant.as_str())).collect();
            format!("{before}any of {}", words.join(", "))
        });
    }
    format!("Grants: {}.", cases.join("; "))
}

/// What refuses who may not ask, and a place that is not there.
pub(super) fn refusals(operation: &Operation) -> Vec<ErrorCode> {
    use ErrorCode as C;
    // What no database takes, such as a NUL in a text, is refused anywhere.
    let mut codes = vec![C::ParamInvalid];
    let has = |place: &str| operation.path.contains(&format!("{{{place}}}"));
    if has("LibraryId") {
        codes.extend([C::EmptyLibraryId, C::LibraryNotFound]);
    }
    match operation.access {
        Access::Public | Access::Share => {}
        Access::TokenItself => codes.push(C::InvalidAccessToken),
        Access::Secret => codes.extend([C::EmptyLibrarySecret, C::WrongLibraryIdOrSecret]),
        Access::Console => codes.push(C::ConsoleKeyInvalid),
        Access::Token(_) | Access::Only(_) | Access::ShareAndToken(_) => {
            codes.extend([
                C::EmptyAccessToken,
                C::InvalidAccessToken,
                C::AccessTokenNotMatchLibrary,
                C::WrongLibraryIdOrSecret,
            ]);
        }
    }
    if has("SpaceId") {
        codes.extend([C::EmptySpaceId, C::SpaceNotFound, C::AccessTokenNotMatchSpace]);
    }
    match operation.access {
        Access::Only(_) => codes.push(C::NoPermission),
        Access::Token(rights) | Access::ShareAndToken(rights)
            if !rights.iter().all(|right| is_for_any_token(*right)) =>
        {
            codes.push(C::NoPermission);
        }
        _ => {}
    }
    if has("DirectoryPath") || has("NodePath") || has("FilePath") {
        codes.extend([
            C::IllegalFileName,
            C::FileNameLengthExceed,
            C::DirectoryNameLengthExceed,
            C::DirectoryLevelExceed,
        ]);
    }
    if has("FilePath") {
        codes.push(C::EmptyFileName);
    }
    if operation.body.is_some() {
        codes.push(C::BadRequest);
    }
    codes
}
