//! Who is held back: tokens that ask too often, addresses that guess. Each instance counts for
//! itself, so that N behind a balancer give N times the rates; nothing is lost when one ends.

use std::{net::IpAddr, time::Duration};

use albumen_model::ErrorCode;
use albumen_ops::{Limiter, Penalty, Rate, network_of};
use http::{Method, request::Parts};

use super::naming;
use crate::request::{Query, call::bearer};

/// How long an address that guesses is kept away: some hundred requests may be under way when the
/// last wrong one is noted, and no more than those get through in this time.
const KEPT_AWAY: Duration = Duration::from_secs(60);

/// Where tokens are made, by a secret in the query or the body (SMH section 3.1).
const MINTING: &str = "/api/v1/token";
/// Where extraction codes are shown.
const VERIFYING: &str = "/api/v1/share/verify/";

/// How often somebody may ask; `None` is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Requests of one token, or of one address where there is none.
    pub requests: Option<Rate>,
    /// Searches among them (SMH section 15.1: about 10 each second).
    pub searches: Option<Rate>,
    /// Different wrong credentials of one kind from one address: tokens, secrets, extraction codes.
    /// Past it, requests of that kind from there are refused for a minute without a look.
    pub wrong_credentials: Option<Rate>,
}

impl Default for Limits {
    /// Several times what a syncing client asks for: one on the same machine makes some hundred
    /// pairs of begin and confirm each second. Wrong credentials: an office of some hundred devices
    /// behind one address may come back with expired tokens at once.
    fn default() -> Self {
        Self {
            requests: Rate::new(2_000, 10_000),
            searches: Rate::new(10, 20),
            wrong_credentials: Rate::new(1, 600),
        }
    }
}

/// What a wrong credential would be. Kinds are counted apart: tokens that expired must not keep a
/// trusted back end away that asks from the same address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Token,
    Secret,
    ConsoleKey,
    ExtractionCode,
}

/// What a request shows of itself before anybody looks at it.
pub(crate) struct Shown {
    pub(crate) operation: &'static str,
    pub(crate) method: Method,
    client: IpAddr,
    kind: Option<Kind>,
    /// Token or secret, where it is in the head; a body is not read for this.
    credential: Option<String>,
}

impl Shown {
    /// By the head of a request of this client.
    pub(crate) fn of(head: &Parts, client: IpAddr) -> Self {
        let query = Query::parse(head.uri.query().unwrap_or(""));
        let operation = naming::operation(&head.uri, &query);
        let secret = query.get("library_secret");
        let path = head.uri.path().trim_end_matches('/');
        // `POST` and `DELETE /token/...` name a token in the path (SMH sections 3.2 and 3.3).
        let in_path = || (operation == "token").then_some(path);
        let credential =
            secret.or_else(|| query.get("access_token")).or_else(|| bearer(&head.headers));
        let credential = credential.or_else(in_path).filter(|text| *text != MINTING);
        let kind = match operation {
            "console" => Some(Kind::ConsoleKey),
            "albumen.uploads" => Some(Kind::Secret),
            "token" if path == MINTING => Some(Kind::Secret),
            "share" if path.starts_with(VERIFYING) => Some(Kind::ExtractionCode),
            _ if secret.is_some() => Some(Kind::Secret),
            _ => credential.map(|_| Kind::Token),
        };
        Self {
            operation,
            method: head.method.clone(),
            client: network_of(client),
            kind,
            credential: credential.map(str::to_owned),
        }
    }
}

/// Which limit somebody met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Limit {
    Requests,
    Searches,
    WrongCredentials,
}

impl Limit {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Searches => "searches",
            Self::WrongCredentials => "wrongCredentials",
        }
    }
}

/// The limits at work.
pub(crate) struct Guards {
    requests: Option<Limiter>,
    searches: Option<Limiter>,
    wrong: Option<Penalty>,
}

impl Guards {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            requests: limits.requests.map(Limiter::new),
            searches: limits.searches.map(Limiter::new),
            wrong: limits.wrong_credentials.map(|rate| Penalty::new(rate, KEPT_AWAY)),
        }
    }

    /// Whether a request may go on.
    ///
    /// # Errors
    /// The limit that it met, and how long to wait.
    pub(crate) fn check(&self, shown: &Shown) -> Result<(), (Limit, Duration)> {
        if let (Some(wrong), Some(kind)) = (&self.wrong, shown.kind) {
            wrong.check(&(shown.client, kind)).map_err(|wait| (Limit::WrongCredentials, wait))?;
        }
        let is_search = shown.operation == "search" && shown.method != Method::DELETE;
        if is_search {
            take(self.searches.as_ref(), shown).map_err(|wait| (Limit::Searches, wait))?;
        }
        take(self.requests.as_ref(), shown).map_err(|wait| (Limit::Requests, wait))
    }

    /// Notes how it was answered.
    pub(crate) fn answered(&self, shown: &Shown, code: ErrorCode) {
        use ErrorCode::{
            ConsoleKeyInvalid, ExtractionCodeInvalid, InvalidAccessToken, ShareTokenInvalid,
            WrongLibraryIdOrSecret,
        };
        let (Some(wrong), Some(kind)) = (&self.wrong, shown.kind) else { return };
        let is_wrong = matches!(
            code,
            ConsoleKeyInvalid
                | ExtractionCodeInvalid
                | InvalidAccessToken
                | ShareTokenInvalid
                | WrongLibraryIdOrSecret
        );
        if is_wrong {
            // The code itself is in the body.
            let credential = shown.credential.as_ref().filter(|_| kind != Kind::ExtractionCode);
            wrong.fault(&(shown.client, kind), credential);
        }
    }
}

fn take(limiter: Option<&Limiter>, shown: &Shown) -> Result<(), Duration> {
    let Some(limiter) = limiter else { return Ok(()) };
    match &shown.credential {
        Some(credential) => limiter.take(credential),
        None => limiter.take(&shown.client),
    }
}
