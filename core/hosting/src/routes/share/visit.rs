//! The door of a share: what a visitor learns from the link, and how a share token is got.

use albumen_db::{LockKey, Tx};
use albumen_model::{AccessToken, ErrorCode, Timestamp, UserId};
use axum::response::Response;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Domain, NO_DOMAIN, detail::STATUS_PASSED, first, ok, space_of};
use crate::{
    error::{Error, refuse},
    repository::{
        share::{self, Share},
        space::Space,
    },
    request::{Ask, Call, Credentials, caller},
    rules::{
        grant::Operation,
        share::{self as rule, TOKEN_LIFE_MS},
    },
    seal::Sealer,
    secret::{self, SecretHash},
    service::Service,
};

/// The share of a link.
fn find(tx: &Tx<'_>, code: &str) -> Result<Share, Error> {
    share::by_code(tx, code)?.ok_or_else(|| ErrorCode::ShareNotFound.into())
}

/// Whether a share lets anybody in now.
fn check_open(share: &Share, now: Timestamp) -> Result<(), Error> {
    let is_enabled = share.owner_enabled && share.admin_enabled;
    Ok(rule::check_open(is_enabled, &share.terms, now)?)
}

/// Keeps two that come to one share in a row.
pub(super) fn lock(code: &str) -> LockKey {
    LockKey::alone("share", code)
}

/// The share that a token opens, as it is now, and its space.
///
/// # Errors
/// `ShareNotFound`, `ShareDisabled`, `ShareExpired`, `ShareTokenInvalid`, `ShareHasBeenUpdated`.
pub(super) fn let_in(
    tx: &Tx<'_>,
    code: &str,
    token: Option<SecretHash>,
    now: Timestamp,
) -> Result<(Share, Space), Error> {
    let share = find(tx, code)?;
    check_open(&share, now)?;
    let invalid = || refuse(ErrorCode::ShareTokenInvalid, "The share token is unknown or expired");
    let token = token.ok_or_else(invalid)?;
    let revision = share::token_revision(tx, share.id, token, now)?.ok_or_else(invalid)?;
    if revision != share.revision {
        return Err(ErrorCode::ShareHasBeenUpdated.into());
    }
    let space = space_of(tx, &share)?;
    Ok((share, space))
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ShareUrlDetail")]
#[serde(rename_all = "camelCase")]
pub(crate) struct UrlDetail {
    name: String,
    enabled: bool,
    is_expired: bool,
    need_extraction_code: bool,
    allow_anonymous_user: bool,
    // Here alone the contract spells it so.
    #[serde(rename = "canSaveToNetDisc")]
    can_save: bool,
    can_preview: bool,
    can_download: bool,
    status: u8,
    user_id: UserId,
    enable_share_watermark: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_name: Option<String>,
    domain: Domain,
}

/// `GET /share/url-detail/{ShareToken}`: what the page of a link shows before the door.
pub(super) async fn look(service: &Service, code: &str) -> Result<Response, Error> {
    let (code, now) = (code.to_owned(), service.now());
    let detail = service
        .db
        .read(move |tx| -> Result<_, Error> {
            let share = find(tx, &code)?;
            // What a share that is closed would show is nobody's business.
            let file_name = match check_open(&share, now) {
                Ok(()) => first(tx, &share, &space_of(tx, &share)?)?.map(|node| node.name),
                Err(_) => None,
            };
            Ok(UrlDetail {
                name: share.name,
                enabled: share.owner_enabled && share.admin_enabled,
                is_expired: share.terms.is_expired(now),
                need_extraction_code: share.sealed.is_some(),
                allow_anonymous_user: !share.terms.login_needed,
                can_save: share.terms.can_save,
                can_preview: share.terms.can_preview,
                can_download: share.terms.can_download,
                status: STATUS_PASSED,
                user_id: share.creator,
                enable_share_watermark: false,
                file_name,
                domain: NO_DOMAIN,
            })
        })
        .await?;
    Ok(ok(&detail))
}

/// `libraryId` and `device_id` come too; the share knows its library, a device can say anything.
#[derive(Default, Deserialize, JsonSchema)]
#[schemars(rename = "EnterShareRequest")]
#[serde(default)]
pub(crate) struct Body {
    #[serde(rename = "extractionCode")]
    extraction_code: Option<String>,
    access_token: Option<String>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ShareToken")]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entered {
    access_token: AccessToken,
    expire_time: Timestamp,
}

/// `POST /share/verify/{ShareCode}`.
pub(super) async fn enter(service: &Service, call: &Call, code: &str) -> Result<Response, Error> {
    let body: Body = call.json()?;
    let access_token = secret::share_token()?;
    let hash = SecretHash::of(access_token.expose());
    let (code, sealer, now) = (code.to_owned(), service.sealer.clone(), service.now());
    let entered = service
        .db
        .write(move |tx| -> Result<Option<Timestamp>, Error> {
            tx.lock(&[lock(&code)])?;
            let share = find(tx, &code)?;
            check_open(&share, now)?;
            let (wrong, since) = rule::wrong_now(share.wrong, now);
            rule::check_tries(wrong)?;
            let user = user(tx, &share, body.access_token.as_deref(), now)?;
            if !is_right(&sealer, &share, body.extraction_code.as_deref().unwrap_or("")) {
                // Written down though the visitor is refused: no error, or it would be undone.
                share::set_wrong(tx, share.id, wrong + 1, since)?;
                return Ok(None);
            }
            if let Some(user) = user {
                share::add_user(tx, share.id, user.as_str())?;
            }
            let expires = now.plus_millis(TOKEN_LIFE_MS);
            share::add_token(tx, &share, hash, expires)?;
            Ok(Some(expires))
        })
        .await?;
    let message = "The extraction code is wrong";
    let expire_time = entered.ok_or_else(|| refuse(ErrorCode::ExtractionCodeInvalid, message))?;
    Ok(ok(&Entered { access_token, expire_time }))
}

/// Compares hashes, so that the time tells nothing of how much was right.
fn is_right(sealer: &Sealer, share: &Share, given: &str) -> bool {
    let Some(sealed) = &share.sealed else { return true };
    let code = sealer.open(sealed, &share.code);
    code.is_some_and(|code| SecretHash::of(&code).matches(&SecretHash::of(given)))
}

/// Who the visitor is, if the share wants to know.
fn user(
    tx: &Tx<'_>,
    share: &Share,
    token: Option<&str>,
    now: Timestamp,
) -> Result<Option<UserId>, Error> {
    if !share.terms.login_needed {
        return Ok(None);
    }
    let user = match token.filter(|token| !token.is_empty()) {
        None => None,
        Some(token) => {
            let ask = Ask {
                credentials: Credentials::of_token(token),
                library: share.library.clone(),
                space: None,
                operation: Operation::ReadWithToken,
            };
            Some(caller::identify(tx, now, &ask)?.user_id)
        }
    };
    let before = match &user {
        Some(user) => share::has_user(tx, share.id, user.as_str())?,
        None => false,
    };
    let name = user.as_ref().map(UserId::as_str);
    rule::check_user(&share.terms, name, (before, share.used.users))?;
    Ok(user)
}
