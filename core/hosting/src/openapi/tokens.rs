//! Access tokens (SMH section 3), and who answers.

use albumen_model::{
    ErrorCode as C,
    smh::{TokenReply, TokenRequest},
};

use schemars::{Schema, SchemaGenerator, json_schema};

use super::{
    operation::{Access, DONE, Operation, delete, get, ok, post},
    parameters::{needed, number, text},
};
use crate::routes::Version;

const TOKENS: &str = "/api/v1/token";
const TOKEN: &str = "/api/v1/token/{LibraryId}/{AccessToken}";

const REFUSALS: &[C] = &[
    C::EmptyLibraryIdOrSecret,
    C::EmptyLibraryId,
    C::EmptySpaceId,
    C::SpaceNotFound,
    C::UserIdLengthExceed,
    C::ClientIdLengthExceed,
];

/// Read as parameters, from a form or from JSON.
fn holders(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "properties": {
            "library_secret": { "type": "string" },
            "user_id": { "type": "string" },
            "client_id": { "type": "string" },
            "session_id": { "type": "string" }
        }
    })
}

pub(super) const OPERATIONS: &[Operation] = &[
    get("createToken", TOKENS)
        .row(&[1], "3.1")
        .says("Make an access token, by the query.")
        .by(Access::Secret)
        .takes(&[
            needed(text("library_id", "The library.")),
            needed(text("library_secret", "Its secret.")),
            text("space_id", "Spaces that the token is for, separated by commas; at most 100."),
            text("user_id", "The user that it acts for."),
            text("client_id", "The installation that it is for."),
            text("session_id", "The sign-in that it belongs to."),
            text("grant", "Grants, separated by commas; none is for reading only."),
            text("period", "Seconds that it lives after each use; without a number a day."),
        ])
        .replies(&[ok::<TokenReply>("The token.")])
        .refuses(REFUSALS),
    post("createTokenByBody", TOKENS)
        .row(&[111], "3.1")
        .says("Make an access token, by a form, a JSON body or the query.")
        .by(Access::Secret)
        .takes(&[
            text("library_id", "The library, if not in the body."),
            text("library_secret", "Its secret, if not in the body."),
            text("space_id", "The same, if not in the body."),
            text("user_id", "The same, if not in the body."),
            text("client_id", "The same, if not in the body."),
            text("session_id", "The same, if not in the body."),
            text("grant", "The same, if not in the body."),
            number("period", "The same, if not in the body."),
        ])
        .body::<TokenRequest>()
        .replies(&[ok::<TokenReply>("The token.")])
        .refuses(REFUSALS),
    post("renewToken", TOKEN)
        .row(&[4], "3.3")
        .says("Extend the life of a token.")
        .by(Access::TokenItself)
        .replies(&[ok::<TokenReply>("The same token.")]),
    delete("deleteToken", TOKEN)
        .row(&[2], "3.4")
        .says("End a token; one that is unknown is as good as ended.")
        .by(Access::TokenItself)
        .replies(&[DONE]),
    delete("deleteUserTokens", "/api/v1/token/{LibraryId}")
        .row(&[3], "3.5")
        .says("End the tokens of users, of installations or of sign-ins.")
        .by(Access::Secret)
        .takes(&[
            text("library_secret", "The library's secret, if not in the body."),
            text("user_id", "Users, separated by commas; at most 10."),
            text("client_id", "Only of these installations; at most 100."),
            text("session_id", "Only of these sign-ins; at most 100."),
        ])
        .body_of(holders)
        .replies(&[DONE]),
    get("version", "/api/v1/version")
        .row(&[137], "21")
        .says("Who answers.")
        .by(Access::Public)
        .replies(&[ok::<Version>("The version of the service.")]),
];
