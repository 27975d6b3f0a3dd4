//! Bytes to the object store, by the parameters that the library service gave. Owns exact lengths,
//! stall limits and reading the store's receipt; knows no token, and whether the receipt is right
//! is for the caller to compare.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use albumen_model::{Crc64, smh::UploadParameters};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{
    Method, Response, Url,
    header::{CONTENT_LENGTH, ETAG},
};

use crate::{
    Access, Error, HttpClient, Progress, UploadBody,
    error::Origin,
    http::send,
    reply,
    space::{ByteRange, Download, SignedUrl, fetch},
};

/// The most parts an upload may have (SMH section 7.3).
pub const PART_COUNT_MAX: u32 = 10_000;
/// The largest answer to a put that is read.
const ANSWER_MAX: usize = 64 * 1024;
/// Headers that are ours to set: they belong to the connection, not to the signature.
const NOT_TAKEN: &[&str] = &["host", "content-length", "transfer-encoding", "connection"];
const DOING: &str = "sending content";

/// What the store says it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The tag, with its quotes.
    pub etag: String,
    /// Check value of what was just sent, where the store tells (`x-cos-hash-crc64ecma`).
    pub crc64: Option<Crc64>,
}

/// The way to object stores. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct DataPlane {
    http: HttpClient,
}

impl DataPlane {
    /// Shares the connections of `http`.
    pub const fn new(http: HttpClient) -> Self {
        Self { http }
    }

    /// The way to the store of a library, as its token says whom to trust there.
    ///
    /// # Errors
    /// [`Error::Setup`] when the authority that it names cannot be read.
    pub fn of(&self, access: &Access) -> Result<Self, Error> {
        Ok(Self { http: self.http.trusting(access.authority.as_ref())? })
    }

    /// Sends a whole object of `length` bytes.
    ///
    /// # Errors
    /// `Expired` for any 403: begin again; `Source` when the content fails or is not `length` bytes
    /// long; `Transient`, `StoreFull`.
    pub async fn put_object(
        &self,
        parameters: &UploadParameters,
        data_scheme: &str,
        body: UploadBody,
        length: u64,
        progress: Option<Progress>,
    ) -> Result<Receipt, Error> {
        let url = target(parameters, data_scheme, None)?;
        self.put(url, &parameters.headers, body, length, progress).await
    }

    /// Sends part number `part` (from 1) of `length` bytes.
    ///
    /// # Errors
    /// As [`Self::put_object`], but `Expired` means: renew; also when the parameters hold no
    /// signature for this part.
    pub async fn put_part(
        &self,
        parameters: &UploadParameters,
        data_scheme: &str,
        part: u32,
        body: UploadBody,
        length: u64,
        progress: Option<Progress>,
    ) -> Result<Receipt, Error> {
        let (query, headers) = match &parameters.parts {
            Some(parts) => {
                let signed = parts.get(&part.to_string()).ok_or(Error::NotSigned { part })?;
                (signed.query.clone(), &signed.headers)
            }
            None => (None, &parameters.headers),
        };
        let query = match (query, &parameters.upload_id) {
            (Some(query), _) => query,
            (None, Some(upload_id)) => {
                let upload_id = utf8_percent_encode(upload_id, NON_ALPHANUMERIC);
                format!("partNumber={part}&uploadId={upload_id}")
            }
            (None, None) => return Err(Error::protocol(DOING, "this is no multipart upload")),
        };
        let url = target(parameters, data_scheme, Some(&query))?;
        self.put(url, headers, body, length, progress).await
    }

    /// Fetches from a signed address.
    ///
    /// # Errors
    /// `Expired` for any 403: ask for another address.
    pub async fn get(&self, url: &SignedUrl, range: Option<ByteRange>) -> Result<Download, Error> {
        fetch(&self.http, url, range).await
    }

    async fn put(
        &self,
        url: Url,
        headers: &BTreeMap<String, String>,
        body: UploadBody,
        length: u64,
        progress: Option<Progress>,
    ) -> Result<Receipt, Error> {
        let moved = Arc::new(AtomicU64::new(0));
        let body = body.into_request_body(length, &moved, progress)?;
        let mut request = self.http.data(Method::PUT, url).header(CONTENT_LENGTH, length);
        for (name, value) in headers {
            if !NOT_TAKEN.contains(&name.to_ascii_lowercase().as_str()) {
                request = request.header(name, value);
            }
        }
        let exchange = async {
            let response = send(request.body(body), DOING).await?;
            receipt(reply::accepted(response, Origin::Store).await?).await
        };
        unless_stalled(exchange, &moved, self.http.stall_timeout()).await
    }
}

/// Reads the answer to its end, so that the connection can be used again.
async fn receipt(response: Response) -> Result<Receipt, Error> {
    if !response.status().is_success() {
        let status = response.status().as_u16();
        return Err(Error::protocol(DOING, format!("status {status}")));
    }
    let text = |name: &str| Some(response.headers().get(name)?.to_str().ok()?.to_owned());
    let receipt = Receipt {
        etag: text(ETAG.as_str()).unwrap_or_default(),
        crc64: text("x-cos-hash-crc64ecma").and_then(|text| text.parse().ok()),
    };
    reply::body(response, ANSWER_MAX, DOING).await?;
    Ok(receipt)
}

/// Where to send to.
fn target(
    parameters: &UploadParameters,
    data_scheme: &str,
    query: Option<&str>,
) -> Result<Url, Error> {
    let UploadParameters { domain, path, .. } = parameters;
    let data_scheme = match parameters.data_scheme.as_deref() {
        // Never less safe than what came with the token.
        Some("http") if data_scheme == "https" => {
            return Err(Error::protocol(DOING, "the upload's address is not encrypted"));
        }
        Some(own) => own,
        None => data_scheme,
    };
    let question = if query.is_some() { "?" } else { "" };
    let query = query.unwrap_or_default();
    let url = Url::parse(&format!("{data_scheme}://{domain}{path}{question}{query}")).ok();
    url.filter(|url| {
        let plain = url.username().is_empty() && url.password().is_none();
        plain && path.starts_with('/') && matches!(url.scheme(), "http" | "https")
    })
    .filter(|_| !domain.is_empty() && domain.bytes().all(is_host_byte))
    .ok_or_else(|| Error::protocol(DOING, "the upload's address is no URL"))
}

/// What a host with its port is made of, IPv6 in brackets too.
fn is_host_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte)
}

/// Ends an exchange in which no byte moves for the whole of `limit`.
async fn unless_stalled<T>(
    exchange: impl Future<Output = Result<T, Error>>,
    moved: &AtomicU64,
    limit: Duration,
) -> Result<T, Error> {
    let mut exchange = std::pin::pin!(exchange);
    let mut seen = 0;
    loop {
        match tokio::time::timeout(limit, exchange.as_mut()).await {
            Ok(outcome) => return outcome,
            Err(_) => {
                let now = moved.load(Ordering::Relaxed);
                if now == seen {
                    return Err(Error::Stalled { doing: DOING });
                }
                seen = now;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(domain: &str, path: &str) -> UploadParameters {
        serde_json::from_value(serde_json::json!({
            "domain": domain, "path": path, "confirmKey": "k",
            "expiration": "2030-01-01T00:00:00.000Z"
        }))
        .unwrap()
    }

    #[test]
    fn addresses_are_put_together_and_hostile_ones_refused() {
        let url = target(&parameters("h:1", "/b/k"), "http", Some("partNumber=1&uploadId=u"));
        assert_eq!(url.unwrap().as_str(), "http://h:1/b/k?partNumber=1&uploadId=u");
        for (domain, path, scheme) in
            [("u:p@h", "/k", "http"), ("h", "k", "http"), ("h", "/k", "file"), ("", "/k", "https")]
        {
            assert!(target(&parameters(domain, path), scheme, None).is_err(), "{domain}{path}");
        }
    }

    #[test]
    fn an_address_may_have_a_scheme_of_its_own_but_none_less_safe() {
        let mut parameters = parameters("h:1", "/b/k?X-Amz-Signature=1");
        parameters.data_scheme = Some("https".to_owned());
        let url = target(&parameters, "http", None).unwrap();
        assert_eq!(url.as_str(), "https://h:1/b/k?X-Amz-Signature=1");
        parameters.data_scheme = Some("http".to_owned());
        assert!(target(&parameters, "https", None).is_err());
        assert!(target(&parameters, "http", None).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn an_exchange_that_moves_lives_and_one_that_does_not_ends() {
        let moved = AtomicU64::new(0);
        let slow = async {
            for _ in 0..10 {
                tokio::time::sleep(Duration::from_secs(50)).await;
                moved.fetch_add(1, Ordering::Relaxed);
            }
            Ok(())
        };
        unless_stalled(slow, &moved, Duration::from_secs(60)).await.unwrap();
        let dead = std::future::pending::<Result<(), Error>>();
        let error = unless_stalled(dead, &moved, Duration::from_secs(60)).await.unwrap_err();
        assert!(error.is_transient());
    }
}
