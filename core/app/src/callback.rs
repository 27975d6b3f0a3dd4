//! Where the browser comes back to: a page of this computer alone, at a port that is free, for one
//! sign-in (RFC 8252, section 7.3). Owns what is let through: a request to this very host and port
//! with the state of the sign-in, once. Anything else gets a page that says nothing and changes
//! nothing, so that no other page can put its own sign-in in the place of ours.

use std::{collections::HashMap, sync::Arc};

use albumen_client::BroughtBack;
use albumen_model::{AuthorizationCode, FlowState, auth::CALLBACK_PATH};
use axum::{
    Router,
    extract::{Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use tokio::{net::TcpListener, sync::watch};
use tokio_util::task::AbortOnDropHandle;

use crate::{AppError, text, views::Locale};

/// The longest code that is taken; real ones have some dozens to some hundreds of characters.
const CODE_MAX: usize = 4096;

/// What the browser brought.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    /// A code.
    Code(BroughtBack),
    /// The provider, or the person there, said no.
    Refused,
}

/// A port that waits for the browser. Closed when it is dropped.
pub(crate) struct Callback {
    outcome: watch::Receiver<Option<Outcome>>,
    _server: AbortOnDropHandle<()>,
}

/// A port that is taken already, for an address that is still to be asked for.
pub(crate) struct Port(TcpListener, u16);

struct Expected {
    state: FlowState,
    host: String,
    locale: Locale,
    outcome: watch::Sender<Option<Outcome>>,
}

impl Port {
    /// Takes a free one.
    ///
    /// # Errors
    /// [`crate::Code::Internal`] when the system has none.
    pub(crate) async fn take() -> Result<Self, AppError> {
        let failed = |error| AppError::internal("A port for the browser").because(&error);
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        Ok(Self(listener, port))
    }

    /// Its number.
    pub(crate) const fn number(&self) -> u16 {
        self.1
    }

    /// Waits there for the browser with this state.
    pub(crate) fn wait_for(self, state: FlowState, locale: Locale) -> Callback {
        let Self(listener, port) = self;
        let (sender, outcome) = watch::channel(None);
        let host = format!("127.0.0.1:{port}");
        let expected = Arc::new(Expected { state, host, locale, outcome: sender });
        let router = Router::new().route(CALLBACK_PATH, get(come)).with_state(expected);
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::warn!(%error, "The browser cannot come back");
            }
        });
        Callback { outcome, _server: AbortOnDropHandle::new(server) }
    }
}

impl Callback {
    /// Returns once the browser was here.
    pub(crate) async fn outcome(&self) -> Outcome {
        let mut outcome = self.outcome.clone();
        loop {
            if let Some(outcome) = outcome.borrow_and_update().clone() {
                return outcome;
            }
            if outcome.changed().await.is_err() {
                return Outcome::Refused;
            }
        }
    }
}

async fn come(
    State(expected): State<Arc<Expected>>,
    headers: HeaderMap,
    Query(mut fields): Query<HashMap<String, String>>,
) -> Response {
    // A name that somebody made lead here would be another host.
    let here = headers.get(header::HOST).is_some_and(|host| host == expected.host.as_str());
    let state = fields.remove("state").map(FlowState::new);
    let is_ours = here && state.is_some_and(|state| state == expected.state);
    let code = fields.remove("code").filter(|code| (1..=CODE_MAX).contains(&code.len()));
    let outcome = match code {
        _ if !is_ours => return page(StatusCode::BAD_REQUEST, "openid.page.stray", &expected),
        Some(code) => Outcome::Code(BroughtBack {
            state: expected.state.clone(),
            code: AuthorizationCode::new(code),
        }),
        None => Outcome::Refused,
    };
    let refused = matches!(outcome, Outcome::Refused);
    let first = expected.outcome.send_if_modified(|known| {
        let is_first = known.is_none();
        known.get_or_insert(outcome);
        is_first
    });
    let said = match (first, refused) {
        (false, _) => "openid.page.stray",
        (true, true) => "openid.page.refused",
        (true, false) => "openid.page.done",
    };
    page(StatusCode::OK, said, &expected)
}

/// A page of our own words; nothing that came in is on it.
fn page(status: StatusCode, key: &str, expected: &Expected) -> Response {
    let words = text::catalogue(expected.locale);
    let lang = expected.locale.tag();
    let (title, said) = (words.text("app.name"), words.text(key));
    let html = format!(
        "<!doctype html><html lang=\"{lang}\"><meta charset=\"utf-8\"><title>{title}</title>\
         <h1>{title}</h1><p>{said}</p></html>"
    );
    let rules = [
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONNECTION, "close"),
    ];
    (status, rules, Html(html)).into_response()
}

#[cfg(test)]
#[path = "callback_tests.rs"]
mod tests;
