//! The OpenID Connect provider of a service: what is known of it, and whom it vouches for. Its
//! document and its keys are kept for a while and fetched by one request at a time; while it is
//! away, sign-ins by it are refused at once and everything else goes on.

use std::sync::Arc;

use albumen_client::{Authorize, OpenIdProvider, ProviderDocument, ProviderKey, Redeem};
use albumen_model::{AuthorizationCode, ErrorCode, Timestamp, auth::CALLBACK_PATH};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;
use zeroize::Zeroizing;

use crate::{
    Error, OpenIdConfig,
    rules::{
        self,
        id_token::{self, Expected, Unfit, Vouched},
    },
    sealing::random,
};

/// How long the provider's document is taken for true.
const DOCUMENT_KEPT_MS: i64 = 3_600_000;
/// How soon keys are fetched again for one that is not among them. Anybody may send tokens with
/// made-up names of keys, so not at once.
const KEYS_AGAIN_MS: i64 = 10_000;
/// How soon a provider that failed is asked again: who waited meanwhile must not wait in a row.
const FAILED_AGAIN_MS: i64 = 3_000;

/// What a sign-in is proven by, once its code has come.
pub(crate) struct Proof {
    /// Comes back in the ID token.
    pub(crate) nonce: String,
    /// The PKCE verifier.
    pub(crate) verifier: Zeroizing<String>,
}

/// The provider.
pub(crate) struct Provider {
    config: OpenIdConfig,
    wire: OpenIdProvider,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    document: Option<(Arc<ProviderDocument>, Timestamp)>,
    keys: Option<(Arc<[ProviderKey]>, Timestamp)>,
    failed_at: Option<Timestamp>,
}

impl Proof {
    pub(crate) fn fresh() -> Result<Self, Error> {
        Ok(Self { nonce: unguessable()?, verifier: Zeroizing::new(unguessable()?) })
    }

    /// As it is sealed.
    pub(crate) fn text(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{}.{}", self.nonce, *self.verifier))
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (nonce, verifier) = text.split_once('.')?;
        Some(Self { nonce: nonce.to_owned(), verifier: Zeroizing::new(verifier.to_owned()) })
    }
}

impl Provider {
    /// Reads the settings; asks the provider nothing yet, for it may be away when we start.
    ///
    /// # Errors
    /// [`Error::Setting`] for what cannot be used.
    pub(crate) fn new(config: OpenIdConfig) -> Result<Self, Error> {
        if config.client_id.is_empty() {
            return Err(Error::Setting { what: "the client id at the identity provider is empty" });
        }
        rules::name::checked(&config.name)
            .map_err(|_| Error::Setting { what: "the identity provider's name is unusable" })?;
        if !config.authorities.is_empty() && !config.issuer.starts_with("https://") {
            return Err(Error::Setting { what: "an authority is for an issuer with https" });
        }
        let unusable = "the issuer is no https address, and none of this computer";
        let wire = OpenIdProvider::new(&config.issuer, &config.authorities);
        let wire = wire.map_err(|_| Error::Setting { what: unusable })?;
        Ok(Self { config, wire, known: Mutex::default() })
    }

    /// Its name for people.
    pub(crate) fn name(&self) -> &str {
        &self.config.name
    }

    /// Who it is: subjects are known beside this.
    pub(crate) fn issuer(&self) -> &str {
        &self.config.issuer
    }

    /// The page for one sign-in; `anew` where whoever the provider knows has to sign in once more.
    pub(crate) async fn page(
        &self,
        state: &str,
        proof: &Proof,
        port: u16,
        anew: bool,
        now: Timestamp,
    ) -> Result<String, Error> {
        let document = self.document(now).await?;
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(proof.verifier.as_bytes()));
        let what = Authorize {
            client_id: &self.config.client_id,
            redirect_uri: &redirect_uri(port),
            state,
            nonce: &proof.nonce,
            challenge: &challenge,
            anew,
        };
        document.page(what).map_err(|error| away(&error))
    }

    /// Changes a code for an ID token, and checks whom that vouches for; with `anew_within_s` that
    /// they signed in anew since it was begun, so many seconds ago.
    ///
    /// # Errors
    /// A refusal with [`ErrorCode::IdentityRefused`] when the provider or its token does not vouch
    /// for anybody; with [`ErrorCode::IdentityNotFresh`] when nobody signed in anew; with
    /// [`ErrorCode::IdentityProviderUnreachable`].
    pub(crate) async fn vouched(
        &self,
        code: &AuthorizationCode,
        proof: &Proof,
        port: u16,
        anew_within_s: Option<i64>,
        now: Timestamp,
    ) -> Result<Vouched, Error> {
        let document = self.document(now).await?;
        let what = Redeem {
            code,
            redirect_uri: &redirect_uri(port),
            client_id: &self.config.client_id,
            client_secret: self.config.client_secret.as_ref(),
            verifier: &proof.verifier,
        };
        let token = self.wire.redeem(&document, what).await.map_err(|error| redeemed(&error))?;
        let expected = Expected {
            issuer: &self.config.issuer,
            client_id: &self.config.client_id,
            nonce: &proof.nonce,
            now_s: now.millis().div_euclid(1000),
            anew_within_s,
        };
        let keys = self.keys(&document, None, now).await?;
        let mut judged = id_token::vouched(&token, &keys, expected);
        if judged == Err(Unfit::UnknownKey) {
            let keys = self.keys(&document, Some(&keys), now).await?;
            judged = id_token::vouched(&token, &keys, expected);
        }
        judged.map_err(|unfit| {
            tracing::warn!(%unfit, "An ID token of the identity provider was refused");
            if unfit == Unfit::Stale { not_fresh() } else { refused() }
        })
    }

    async fn document(&self, now: Timestamp) -> Result<Arc<ProviderDocument>, Error> {
        let mut known = self.known.lock().await;
        let kept = known.document.clone();
        if let Some((document, at)) = &kept
            && is_within(*at, DOCUMENT_KEPT_MS, now)
        {
            return Ok(Arc::clone(document));
        }
        known.may_ask(now)?;
        match self.wire.document().await {
            Ok(document) => {
                let document = Arc::new(document);
                known.document = Some((Arc::clone(&document), now));
                Ok(document)
            }
            Err(error) => Err(known.failed(&error, now)),
        }
    }

    /// The keys that are known; others than `stale`, if it is time to look for others.
    async fn keys(
        &self,
        document: &ProviderDocument,
        stale: Option<&Arc<[ProviderKey]>>,
        now: Timestamp,
    ) -> Result<Arc<[ProviderKey]>, Error> {
        let mut known = self.known.lock().await;
        if let Some((keys, at)) = &known.keys {
            let is_stale = stale.is_some_and(|stale| Arc::ptr_eq(stale, keys));
            if !is_stale || is_within(*at, KEYS_AGAIN_MS, now) {
                return Ok(Arc::clone(keys));
            }
        }
        known.may_ask(now)?;
        match self.wire.keys(document).await {
            Ok(keys) => {
                let keys: Arc<[ProviderKey]> = keys.into();
                known.keys = Some((Arc::clone(&keys), now));
                Ok(keys)
            }
            Err(error) => Err(known.failed(&error, now)),
        }
    }
}

impl Known {
    fn may_ask(&self, now: Timestamp) -> Result<(), Error> {
        let failed = self.failed_at.is_some_and(|at| is_within(at, FAILED_AGAIN_MS, now));
        if failed { Err(unreachable()) } else { Ok(()) }
    }

    fn failed(&mut self, error: &albumen_client::Error, now: Timestamp) -> Error {
        self.failed_at = Some(now);
        away(error)
    }
}

/// Whether `now` is no later than so long after `at`. A clock that was set back counts as later.
fn is_within(at: Timestamp, ms: i64, now: Timestamp) -> bool {
    (0..ms).contains(&(now.millis() - at.millis()))
}

/// Where the browser comes back to: a device's own address, and no other (RFC 8252, section 7.3).
fn redirect_uri(port: u16) -> String {
    format!("http://127.0.0.1:{port}{CALLBACK_PATH}")
}

/// A text of 256 random bits.
pub(crate) fn unguessable() -> Result<String, Error> {
    Ok(URL_SAFE_NO_PAD.encode(random::<32>()?))
}

/// What came of a code: a provider says by 400 that it is wrong, used, over, or another's.
fn redeemed(error: &albumen_client::Error) -> Error {
    match error {
        albumen_client::Error::Refused(refusal) if refusal.status == 400 => refused(),
        error => away(error),
    }
}

fn away(error: &albumen_client::Error) -> Error {
    tracing::warn!(%error, "The identity provider cannot be used");
    unreachable()
}

const fn unreachable() -> Error {
    let why = "The identity provider does not answer as it should";
    Error::refused(ErrorCode::IdentityProviderUnreachable, why)
}

const fn refused() -> Error {
    let why = "The identity provider vouches for nobody by this";
    Error::refused(ErrorCode::IdentityRefused, why)
}

const fn not_fresh() -> Error {
    let why = "The identity provider does not say that somebody signed in there just now";
    Error::refused(ErrorCode::IdentityNotFresh, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_is_read_as_it_was_written() {
        let proof = Proof::fresh().unwrap();
        let read = Proof::parse(&proof.text()).unwrap();
        assert_eq!((read.nonce, read.verifier), (proof.nonce, proof.verifier));
        assert!(Proof::parse("one part").is_none());
    }

    #[test]
    fn a_verifier_is_as_long_as_it_must_be() {
        let proof = Proof::fresh().unwrap();
        assert_eq!(proof.verifier.len(), 43, "RFC 7636, section 4.1: 43 to 128 characters");
        assert_ne!(proof.nonce, *proof.verifier);
    }

    #[test]
    fn what_is_kept_for_a_while_is_not_kept_for_ever() {
        let at = Timestamp::from_millis(1_000_000);
        for (later, within) in [(-1, false), (0, true), (99, true), (100, false)] {
            assert_eq!(is_within(at, 100, at.plus_millis(later)), within, "{later}");
        }
    }
}
