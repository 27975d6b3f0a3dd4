//! A small OpenID Connect provider over real HTTP: its document, a page that signs a chosen person
//! in at once, codes that are good once and by their PKCE verifier, keys that change. On request it
//! tells lies, one at a time; where a test asks for it, it speaks TLS by an authority of its own.
//! Knows nothing of the service that trusts it; the tests of the token service use this file too.

#[path = "provider/http.rs"]
mod http;
#[path = "provider/signing.rs"]
mod signing;
#[path = "provider/tls.rs"]
mod tls;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    hmac,
    rand::{SecureRandom, SystemRandom},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::{net::TcpListener, task::JoinHandle};

use http::{Answer, Request};
use signing::{SigningKey, signed_text};
use tls::Secured;

// Whoever uses this file has the other one beside it.
use super::secrets;

pub use http::{Visit, visit};

/// As what a service is known here.
pub const CLIENT_ID: &str = "albumen-at-home";
/// Its secret.
pub const CLIENT_SECRET: &str = "a secret: of the service & of the provider";
/// How long an ID token holds, in seconds.
const TOKEN_LIFE_S: i64 = 300;

/// What the provider does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lie {
    /// The token is of another issuer.
    Issuer,
    /// It is for another service.
    Audience,
    /// Its time is over.
    Expired,
    /// It is for another sign-in.
    Nonce,
    /// It is not signed, and says so.
    NoAlgorithm,
    /// It is signed with what anybody knows: the client id.
    HmacOfClientId,
    /// It is signed with a key that was never published.
    UnknownKey,
    /// Its content was changed after it was signed.
    Changed,
    /// Whoever is to sign in anew is let through by a session of an hour ago.
    OldSession,
    /// The token does not say when somebody signed in.
    NoAuthTime,
    /// The document is of another issuer.
    DocumentIssuer,
    /// The document names an address that others read along at.
    DocumentInsecure,
    /// Everything is answered with a page that has no end.
    Endless,
    /// Nothing is answered but that it is out of order.
    Away,
}

/// How often something was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The document.
    pub documents: u32,
    /// The keys.
    pub keys: u32,
    /// A token for a code.
    pub tokens: u32,
}

/// A running provider. It ends when it is dropped.
pub struct IdentityProvider {
    port: u16,
    authority_pem: Option<String>,
    shared: Arc<Shared>,
    tasks: Vec<JoinHandle<()>>,
}

struct Shared {
    /// What a service reaches, and what a browser does: the same without TLS.
    issuer: String,
    pages: String,
    clock: Box<dyn Fn() -> i64 + Send + Sync>,
    state: Mutex<State>,
}

struct State {
    subject: String,
    name: Option<String>,
    lie: Option<Lie>,
    asked: Asked,
    key: SigningKey,
    codes: HashMap<String, Given>,
}

/// What a code stands for.
struct Given {
    subject: String,
    name: Option<String>,
    nonce: String,
    challenge: String,
    redirect_uri: String,
    /// Whether somebody had to sign in for it, whatever session there was.
    anew: bool,
}

impl IdentityProvider {
    /// Starts one at a free port. `clock` says what time it is, in seconds.
    pub async fn start(clock: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        let (listener, port) = free_port().await;
        let issuer = format!("http://127.0.0.1:{port}");
        let shared = Shared::new(issuer.clone(), issuer, clock);
        let task = tokio::spawn(http::serve(listener, None, shared.answering()));
        Self { port, authority_pem: None, shared, tasks: vec![task] }
    }

    /// Starts one that services reach over TLS, by an authority that nobody trusts yet. Browsers
    /// find its pages at another port, without.
    pub async fn start_secure(clock: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        let ((listener, port), (pages, pages_port)) = (free_port().await, free_port().await);
        let Secured { acceptor, authority_pem } = Secured::new("127.0.0.1");
        let (issuer, at) = ("https://127.0.0.1", "http://127.0.0.1");
        let at = format!("{at}:{pages_port}");
        let shared = Shared::new(format!("{issuer}:{port}"), at, clock);
        let over_tls = http::serve(listener, Some(acceptor), shared.answering());
        let plain = http::serve(pages, None, shared.answering());
        let tasks = vec![tokio::spawn(over_tls), tokio::spawn(plain)];
        Self { port, authority_pem: Some(authority_pem), shared, tasks }
    }

    /// The authority that its certificate comes from, in PEM.
    ///
    /// # Panics
    /// Without TLS there is none.
    pub fn authority_pem(&self) -> &str {
        self.authority_pem.as_deref().expect("it speaks TLS")
    }

    /// The issuer.
    pub fn issuer(&self) -> String {
        self.shared.issuer.clone()
    }

    /// Its port.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// From now on whoever comes is this person.
    pub fn signs_in(&self, subject: &str, name: Option<&str>) {
        let mut state = self.shared.state();
        state.subject = subject.to_owned();
        state.name = name.map(str::to_owned);
    }

    /// From now on it tells this lie, or none.
    pub fn tells(&self, lie: Option<Lie>) {
        self.shared.state().lie = lie;
    }

    /// Signs with another key from now on; the old one is published no more.
    pub fn rotate(&self) {
        self.shared.state().key = SigningKey::fresh();
    }

    /// How often what was asked for.
    pub fn asked(&self) -> Asked {
        self.shared.state().asked
    }
}

impl Drop for IdentityProvider {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

async fn free_port() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("a bound socket has an address").port();
    (listener, port)
}

impl Shared {
    fn new(
        issuer: String,
        pages: String,
        clock: impl Fn() -> i64 + Send + Sync + 'static,
    ) -> Arc<Self> {
        let state = State {
            subject: "nobody-yet".to_owned(),
            name: None,
            lie: None,
            asked: Asked::default(),
            key: SigningKey::rsa(),
            codes: HashMap::new(),
        };
        Arc::new(Self { issuer, pages, clock: Box::new(clock), state: Mutex::new(state) })
    }

    fn answering(self: &Arc<Self>) -> impl Fn(Request) -> Answer + Send + Sync + 'static {
        let shared = Arc::clone(self);
        move |asked| shared.answer(&asked)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, asked: &Request) -> Answer {
        let mut state = self.state();
        match state.lie {
            Some(Lie::Away) => return Answer::status(503),
            Some(Lie::Endless) => return Answer::endless(),
            _ => {}
        }
        match asked.path.as_str() {
            "/.well-known/openid-configuration" => {
                state.asked.documents += 1;
                Answer::json(&self.document(state.lie))
            }
            "/keys" => {
                state.asked.keys += 1;
                Answer::json(&json!({ "keys": [state.key.public()] }))
            }
            "/authorize" => authorize(&mut state, asked),
            "/token" => {
                state.asked.tokens += 1;
                self.token(&mut state, asked)
            }
            _ => Answer::status(404),
        }
    }

    fn document(&self, lie: Option<Lie>) -> Value {
        let own = &self.issuer;
        let issuer = match lie {
            Some(Lie::DocumentIssuer) => "http://127.0.0.1:1".to_owned(),
            _ => own.clone(),
        };
        let keys = match lie {
            Some(Lie::DocumentInsecure) => "http://keys.example/keys".to_owned(),
            _ => format!("{own}/keys"),
        };
        json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{}/authorize", self.pages),
            "token_endpoint": format!("{own}/token"),
            "jwks_uri": keys,
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "ES256"],
            "code_challenge_methods_supported": ["S256"],
        })
    }

    fn token(&self, state: &mut State, asked: &Request) -> Answer {
        if !asked.is_by(CLIENT_ID, CLIENT_SECRET) {
            return Answer::status(401);
        }
        secrets::learn("a sign-in's verifier", asked.field("code_verifier"));
        let given = state.codes.remove(asked.field("code"));
        let good = given.filter(|given| {
            let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(asked.field("code_verifier")));
            asked.field("grant_type") == "authorization_code"
                && asked.field("redirect_uri") == given.redirect_uri
                && challenge == given.challenge
        });
        let Some(given) = good else {
            return Answer::json(&json!({ "error": "invalid_grant" })).with_status(400);
        };
        let token = self.id_token(state, &given);
        secrets::learn("an ID token", &token);
        Answer::json(
            &json!({ "id_token": token, "access_token": "not used", "token_type": "Bearer" }),
        )
    }

    fn id_token(&self, state: &State, given: &Given) -> String {
        let (lie, now) = (state.lie, (self.clock)());
        let mut claims = json!({
            "iss": self.issuer, "sub": given.subject, "aud": CLIENT_ID, "iat": now,
            "exp": now + TOKEN_LIFE_S, "nonce": given.nonce,
        });
        if let Some(name) = &given.name {
            claims["preferred_username"] = json!(name);
        }
        if given.anew {
            claims["auth_time"] = json!(now);
        }
        match lie {
            Some(Lie::OldSession) => claims["auth_time"] = json!(now - 3600),
            Some(Lie::NoAuthTime) => claims["auth_time"] = Value::Null,
            Some(Lie::Issuer) => claims["iss"] = json!("http://127.0.0.1:1"),
            Some(Lie::Audience) => claims["aud"] = json!("another service"),
            Some(Lie::Expired) => claims["exp"] = json!(now - 3600),
            Some(Lie::Nonce) => claims["nonce"] = json!("of another sign-in"),
            _ => {}
        }
        match lie {
            Some(Lie::NoAlgorithm) => format!("{}.", signed_text("none", None, &claims)),
            Some(Lie::HmacOfClientId) => {
                let text = signed_text("HS256", Some(&state.key.kid()), &claims);
                let key = hmac::Key::new(hmac::HMAC_SHA256, CLIENT_ID.as_bytes());
                let tag = hmac::sign(&key, text.as_bytes());
                format!("{text}.{}", URL_SAFE_NO_PAD.encode(tag))
            }
            Some(Lie::UnknownKey) => SigningKey::fresh().sign(&claims),
            Some(Lie::Changed) => {
                let whole = state.key.sign(&claims);
                claims["sub"] = json!("somebody else");
                let other = state.key.sign(&claims);
                let (text, _) = other.rsplit_once('.').expect("a token has three parts");
                let (_, signature) = whole.rsplit_once('.').expect("a token has three parts");
                format!("{text}.{signature}")
            }
            _ => state.key.sign(&claims),
        }
    }
}

/// Signs the chosen person in at once and sends the browser back.
fn authorize(state: &mut State, asked: &Request) -> Answer {
    let redirect_uri = asked.field("redirect_uri");
    let good = asked.field("response_type") == "code"
        && asked.field("client_id") == CLIENT_ID
        && asked.field("code_challenge_method") == "S256"
        && asked.field("scope").split(' ').any(|scope| scope == "openid")
        && redirect_uri.starts_with("http://127.0.0.1:")
        && redirect_uri.ends_with("/callback");
    if !good {
        return Answer::status(400);
    }
    let code = unguessable();
    secrets::learn("a provider's code", &code);
    let given = Given {
        subject: state.subject.clone(),
        name: state.name.clone(),
        nonce: asked.field("nonce").to_owned(),
        challenge: asked.field("code_challenge").to_owned(),
        redirect_uri: redirect_uri.to_owned(),
        anew: asked.field("prompt") == "login" && asked.field("max_age") == "0",
    };
    state.codes.insert(code.clone(), given);
    Answer::redirect(&format!("{redirect_uri}?code={code}&state={}", asked.field("state")))
}

fn unguessable() -> String {
    let mut bytes = [0; 16];
    SystemRandom::new().fill(&mut bytes).expect("randomness");
    URL_SAFE_NO_PAD.encode(bytes)
}
