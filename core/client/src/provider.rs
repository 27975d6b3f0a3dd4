//! An OpenID Connect provider as a token service calls it: its document, its keys, and a code that
//! is changed for an ID token. Owns the limits of these calls and where a secret may go; judges no
//! token.

use std::time::Duration;

use albumen_model::{AuthorizationCode, ClientSecret};
use base64::{Engine, engine::general_purpose::STANDARD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Method, RequestBuilder, Response, StatusCode, Url, header::AUTHORIZATION};
use serde::{Deserialize, de::DeserializeOwned};
use zeroize::Zeroizing;

use crate::{
    Certificate, Error, HttpClient, HttpClientConfig, Origin, Refusal, http::send, is_loopback,
    keeps_secrets, reply,
};

/// How long a call may take as a whole: a person waits.
const CALL_WITHIN: Duration = Duration::from_secs(15);
/// How long a connection may take to open.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// The largest answer read: a document or a set of keys is some kilobytes.
const ANSWER_MAX: usize = 256 * 1024;
/// Where a provider's document is, after the issuer.
const DOCUMENT_PATH: &str = "/.well-known/openid-configuration";

/// What is asked for: who it is, and a name to propose for a new account.
const SCOPE: &str = "openid profile";

/// One provider.
#[derive(Clone, Debug)]
pub struct OpenIdProvider {
    http: HttpClient,
    issuer: String,
}

/// What a provider's document says, as far as it counts here.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ProviderDocument {
    /// Who the provider says that it is.
    pub issuer: String,
    /// Where a person signs in.
    pub authorization_endpoint: String,
    /// Where a code is changed for tokens.
    pub token_endpoint: String,
    /// Where its keys are.
    pub jwks_uri: String,
    /// How a client may show its secret; absent: by the header.
    #[serde(default)]
    pub token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

/// A key of a provider, as it publishes it. Which of the fields are there depends on its kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct ProviderKey {
    /// `RSA` or `EC`.
    pub kty: String,
    /// Its name; tokens say by it which key has signed them.
    #[serde(default)]
    pub kid: Option<String>,
    /// `sig`, or absent where it is good for everything.
    #[serde(rename = "use", default)]
    pub usage: Option<String>,
    /// The only algorithm it is for, if there is one.
    #[serde(default)]
    pub alg: Option<String>,
    /// RSA: the modulus, base64url.
    #[serde(default)]
    pub n: Option<String>,
    /// RSA: the exponent, base64url.
    #[serde(default)]
    pub e: Option<String>,
    /// EC: the curve.
    #[serde(default)]
    pub crv: Option<String>,
    /// EC: one coordinate, base64url.
    #[serde(default)]
    pub x: Option<String>,
    /// EC: the other.
    #[serde(default)]
    pub y: Option<String>,
}

/// A code and what proves that it may be changed.
#[derive(Clone, Copy, Debug)]
pub struct Redeem<'a> {
    /// The code.
    pub code: &'a AuthorizationCode,
    /// Where the browser was sent back to.
    pub redirect_uri: &'a str,
    /// As what the service is known to the provider.
    pub client_id: &'a str,
    /// Its secret there, if it has one.
    pub client_secret: Option<&'a ClientSecret>,
    /// The PKCE verifier.
    pub verifier: &'a str,
}

/// What a person's browser tells the provider.
#[derive(Clone, Copy, Debug)]
pub struct Authorize<'a> {
    /// As what the service is known to the provider.
    pub client_id: &'a str,
    /// Where the browser is sent back to.
    pub redirect_uri: &'a str,
    /// Comes back with the code.
    pub state: &'a str,
    /// Comes back in the ID token.
    pub nonce: &'a str,
    /// The PKCE challenge: SHA-256 of the verifier, base64url.
    pub challenge: &'a str,
    /// Whether a person has to sign in there anew, whoever the provider knows already.
    pub anew: bool,
}

#[derive(Deserialize)]
struct Keys {
    keys: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

impl OpenIdProvider {
    /// Opens nothing yet. `authorities` are trusted for this provider beside the system's own, and
    /// for nothing else.
    ///
    /// # Errors
    /// [`Error::Insecure`] for an issuer that is neither https nor on this computer;
    /// [`Error::Setup`].
    pub fn new(issuer: &str, authorities: &[Certificate]) -> Result<Self, Error> {
        let doing = "choosing an identity provider";
        let plain = Url::parse(issuer).is_ok_and(|url| {
            url.query().is_none() && url.fragment().is_none() && url.username().is_empty()
        });
        if !plain || !keeps_secrets(issuer) {
            return Err(Error::Insecure { doing });
        }
        let config = HttpClientConfig {
            connect_timeout: CONNECT_WITHIN,
            read_timeout: CALL_WITHIN,
            authorities: authorities.to_vec(),
            ..HttpClientConfig::suited_to(issuer)
        };
        Ok(Self { http: HttpClient::new(&config)?, issuer: issuer.to_owned() })
    }

    /// Fetches the provider's document. One of another issuer, or with an address that others can
    /// read along at, is refused.
    ///
    /// # Errors
    /// [`Error::Protocol`], [`Error::Network`], [`Error::Stalled`], [`Error::Refused`]; true of
    /// every call below.
    pub async fn document(&self) -> Result<ProviderDocument, Error> {
        let doing = "reading the identity provider's document";
        let url = format!("{}{DOCUMENT_PATH}", self.issuer.trim_end_matches('/'));
        let document: ProviderDocument = self.get(&url, doing).await?;
        if document.issuer != self.issuer {
            return Err(Error::protocol(doing, "it is of another issuer"));
        }
        let ProviderDocument { authorization_endpoint, token_endpoint, jwks_uri, .. } = &document;
        for url in [authorization_endpoint, token_endpoint, jwks_uri] {
            if !self.may_name(url) {
                return Err(Error::protocol(doing, "it names an address that is not encrypted"));
            }
        }
        Ok(document)
    }

    /// Fetches the provider's keys; those that cannot be read are left out.
    ///
    /// # Errors
    /// As [`Self::document`].
    pub async fn keys(&self, document: &ProviderDocument) -> Result<Vec<ProviderKey>, Error> {
        let doing = "reading the identity provider's keys";
        let known: Keys = self.get(&document.jwks_uri, doing).await?;
        let read = known.keys.into_iter().map(serde_json::from_value::<ProviderKey>);
        Ok(read.filter_map(Result::ok).collect())
    }

    /// Changes a code for an ID token, which is not looked at.
    ///
    /// # Errors
    /// As [`Self::document`]; [`Error::Refused`] with status 400 for a code that is not good.
    pub async fn redeem(
        &self,
        document: &ProviderDocument,
        what: Redeem<'_>,
    ) -> Result<Zeroizing<String>, Error> {
        let doing = "changing the identity provider's code";
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", what.code.expose()),
            ("redirect_uri", what.redirect_uri),
            ("client_id", what.client_id),
            ("code_verifier", what.verifier),
        ];
        let mut request = self.http.control(Method::POST, url(&document.token_endpoint, doing)?);
        if let Some(secret) = what.client_secret {
            if by_header(document) {
                request = request.header(AUTHORIZATION, basic(what.client_id, secret).as_str());
            } else {
                form.push(("client_secret", secret.expose()));
            }
        }
        let tokens: Tokens = ask(request.form(&form), doing).await?;
        Ok(Zeroizing::new(tokens.id_token))
    }

    async fn get<T: DeserializeOwned>(&self, at: &str, doing: &'static str) -> Result<T, Error> {
        ask(self.http.control(Method::GET, url(at, doing)?), doing).await
    }

    /// Whether the document may name this address: encrypted, or on this computer where the
    /// provider itself is.
    fn may_name(&self, url: &str) -> bool {
        keeps_secrets(url) && (url.starts_with("https://") || is_loopback(&self.issuer))
    }
}

impl ProviderDocument {
    /// The page at which a person signs in.
    ///
    /// # Errors
    /// [`Error::Protocol`] when the provider names none.
    pub fn page(&self, what: Authorize<'_>) -> Result<String, Error> {
        let doing = "leading a browser to the identity provider";
        let mut page = url(&self.authorization_endpoint, doing)?;
        page.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("scope", SCOPE)
            .append_pair("client_id", what.client_id)
            .append_pair("redirect_uri", what.redirect_uri)
            .append_pair("state", what.state)
            .append_pair("nonce", what.nonce)
            .append_pair("code_challenge", what.challenge)
            .append_pair("code_challenge_method", "S256");
        if what.anew {
            // Asked for an age, a provider must say in its token when the person signed in.
            page.query_pairs_mut().append_pair("prompt", "login").append_pair("max_age", "0");
        }
        Ok(page.into())
    }
}

/// Asks within the time, and takes 200 alone: nothing is followed elsewhere.
async fn ask<T: DeserializeOwned>(
    request: RequestBuilder,
    doing: &'static str,
) -> Result<T, Error> {
    let request = request.header("accept", "application/json");
    let work = async {
        let response = send(request, doing).await?;
        if response.status() != StatusCode::OK {
            return Err(refused(&response));
        }
        let bytes = reply::body(response, ANSWER_MAX, doing).await?;
        serde_json::from_slice(&bytes).map_err(|_| Error::protocol(doing, "it is not as agreed"))
    };
    let done = tokio::time::timeout(CALL_WITHIN, work).await;
    done.unwrap_or(Err(Error::Stalled { doing }))
}

/// What a provider writes about its refusal may quote anything, so only the status is kept.
fn refused(response: &Response) -> Error {
    Error::Refused(Refusal {
        origin: Origin::Service,
        status: response.status().as_u16(),
        word: String::new(),
        request_id: String::new(),
        retry_after: None,
    })
}

fn url(text: &str, doing: &'static str) -> Result<Url, Error> {
    Url::parse(text).map_err(|_| Error::protocol(doing, "an address of it is none"))
}

fn by_header(document: &ProviderDocument) -> bool {
    let methods = document.token_endpoint_auth_methods_supported.as_ref();
    methods.is_none_or(|methods| {
        let takes = |wanted: &str| methods.iter().any(|method| method == wanted);
        takes("client_secret_basic") || !takes("client_secret_post")
    })
}

/// Id and secret as RFC 6749 wants them in a header: each encoded by itself first.
fn basic(id: &str, secret: &ClientSecret) -> Zeroizing<String> {
    let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let pair = Zeroizing::new(format!("{}:{}", encoded(id), encoded(secret.expose())));
    Zeroizing::new(format!("Basic {}", STANDARD.encode(pair.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_is_reached_encrypted_or_on_this_computer() {
        for (issuer, good) in [
            ("https://id.example", true),
            ("https://id.example/realms/home", true),
            ("http://127.0.0.1:9000", true),
            ("http://id.example", false),
            ("http://127.0.0.1.example", false),
            ("https://user@id.example", false),
            ("https://id.example/?a=b", false),
            ("https://id.example/#a", false),
            ("id.example", false),
            ("", false),
        ] {
            assert_eq!(OpenIdProvider::new(issuer, &[]).is_ok(), good, "{issuer}");
        }
    }

    #[test]
    fn a_provider_elsewhere_names_no_address_of_this_computer() {
        let elsewhere = OpenIdProvider::new("https://id.example", &[]).unwrap();
        assert!(elsewhere.may_name("https://keys.example/jwks"));
        assert!(!elsewhere.may_name("http://127.0.0.1:80/"));
        assert!(!elsewhere.may_name("http://keys.example/jwks"));
        let here = OpenIdProvider::new("http://127.0.0.1:9000", &[]).unwrap();
        assert!(here.may_name("http://127.0.0.1:9000/jwks"));
        assert!(!here.may_name("http://keys.example/jwks"));
    }

    #[test]
    fn a_secret_is_shown_as_the_provider_takes_it() {
        let secret = ClientSecret::new("a:b c");
        assert_eq!(*basic("id", &secret), format!("Basic {}", STANDARD.encode("id:a%3Ab%20c")));
        for (methods, header) in [
            (None, true),
            (Some(vec!["client_secret_post"]), false),
            (Some(vec!["client_secret_post", "client_secret_basic"]), true),
            (Some(vec!["private_key_jwt"]), true),
        ] {
            let document = ProviderDocument {
                issuer: String::new(),
                authorization_endpoint: String::new(),
                token_endpoint: String::new(),
                jwks_uri: String::new(),
                token_endpoint_auth_methods_supported: methods
                    .map(|methods| methods.into_iter().map(str::to_owned).collect()),
            };
            assert_eq!(by_header(&document), header, "{document:?}");
        }
    }
}
