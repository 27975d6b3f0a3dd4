//! Fetching content: the library service names the place, the object store gives the bytes. Owns
//! the hop between the two; the token never goes along.

use std::fmt;

use albumen_model::{Crc64, RemotePath, smh::FileInfo};
use bytes::Bytes;
use futures::{Stream, stream};
use reqwest::{
    Method, Response, StatusCode, Url,
    header::{CONTENT_LENGTH, CONTENT_RANGE, ETAG, HeaderMap, HeaderValue, LOCATION, RANGE},
};
use serde::Deserialize;
use serde_json::Value;

use super::{Call, SpaceClient, directory::FileHead};
use crate::{Error, HttpClient, error::Origin, http::send, reply};

const DOING: &str = "fetching content";

/// An address that carries its own permission: hidden when printed.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedUrl(String);

impl SignedUrl {
    /// The bare address, for the one request it is made for. Never log it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SignedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignedUrl(hidden)")
    }
}

/// Where a file's content is, and what the service knows of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// Good for some minutes.
    pub url: SignedUrl,
    /// Bytes, when told.
    pub size: Option<u64>,
    /// Check value of the content, when told.
    pub crc64: Option<Crc64>,
    /// The file's own time, as the client gave it that sent it.
    pub local_modification_time: Option<String>,
}

/// An info of a file, as far as its content goes: all else may be left out (SMH section 8.3).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ContentInfo {
    cos_url: Option<String>,
    size: Option<Value>,
    crc64: Option<Crc64>,
    local_modification_time: Option<String>,
}

/// Which bytes are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteRange {
    /// The first, from 0.
    pub start: u64,
    /// How many; `None` is all that follow.
    pub length: Option<u64>,
}

impl ByteRange {
    fn header(self) -> String {
        match self.length {
            Some(length) => {
                format!("bytes={}-{}", self.start, self.start + length.saturating_sub(1))
            }
            None => format!("bytes={}-", self.start),
        }
    }
}

/// Content on its way.
#[derive(Debug)]
pub struct Download {
    /// Bytes that come with this download, when the store says.
    pub length: Option<u64>,
    /// Where they begin in the whole content.
    pub start: u64,
    /// Bytes of the whole content, when told.
    pub total: Option<u64>,
    /// Check value of the whole content, when told.
    pub crc64: Option<Crc64>,
    /// The store's tag of the content, when told.
    pub e_tag: Option<String>,
    response: Response,
    stall: std::time::Duration,
}

impl Download {
    /// The next piece; `None` at the end. A content that ends too early is an error.
    ///
    /// # Errors
    /// `Transient` when the connection breaks or stalls.
    pub async fn next_piece(&mut self) -> Result<Option<Bytes>, Error> {
        match tokio::time::timeout(self.stall, self.response.chunk()).await {
            Ok(piece) => piece.map_err(|e| Error::network(DOING, e)),
            Err(_) => Err(Error::Stalled { doing: DOING }),
        }
    }

    /// The content as a stream.
    pub fn into_stream(self) -> impl Stream<Item = Result<Bytes, Error>> + Send {
        stream::try_unfold(self, |mut download| async move {
            Ok(download.next_piece().await?.map(|piece| (piece, download)))
        })
    }
}

impl SpaceClient {
    /// A signed address of a file's content, good for some minutes, and what the service says of
    /// the content.
    ///
    /// # Errors
    /// `NotFound` when there is no such file; `Protocol` when the address leads to plain http
    /// although the service is reached by https.
    pub async fn download_url(&self, path: &RemotePath) -> Result<(SignedUrl, FileHead), Error> {
        let call = Call::at("asking where content is", Method::GET, "file", path);
        let access = self.access().await?;
        let response = self.call(&call).await?;
        let head = FileHead::read(response.headers());
        let location = response
            .headers()
            .get(LOCATION)
            .and_then(|value| value.to_str().ok())
            .filter(|_| response.status().is_redirection())
            .ok_or_else(|| Error::protocol(call.doing, "no redirection came"))?;
        let url = store_url(location, access.hosting_url.starts_with("https:"))?;
        Ok((SignedUrl(url.into()), head))
    }

    /// What the service knows of a file, with a signed address of its content (SMH section 8.3).
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn file_info(&self, path: &RemotePath) -> Result<FileInfo, Error> {
        let call = Call::at("looking at a file", Method::GET, "file", path)
            .flag("info")
            .flag("with_content_cas");
        reply::json(self.call(&call).await?, call.doing).await
    }

    /// The same address, with what only an info tells.
    ///
    /// # Errors
    /// As [`Self::download_url`]; `Protocol` for what has no content, a virtual file.
    pub async fn locate(&self, path: &RemotePath) -> Result<Located, Error> {
        let call = Call::at("asking where content is", Method::GET, "file", path).flag("info");
        let access = self.access().await?;
        let told: ContentInfo = reply::json(self.call(&call).await?, call.doing).await?;
        let url = told.cos_url.ok_or_else(|| Error::protocol(call.doing, "no address came"))?;
        let url = store_url(&url, access.hosting_url.starts_with("https:"))?;
        let size = told.size.and_then(|size| match size {
            Value::String(text) => text.parse().ok(),
            number => number.as_u64(),
        });
        Ok(Located {
            url: SignedUrl(url.into()),
            size,
            crc64: told.crc64,
            local_modification_time: told.local_modification_time,
        })
    }

    /// Opens a file's content, or a part of it.
    ///
    /// # Errors
    /// As [`Self::download_url`]; `Expired` when the store does not take the address: open again.
    pub async fn open(
        &self,
        path: &RemotePath,
        range: Option<ByteRange>,
    ) -> Result<Download, Error> {
        let (url, head) = self.download_url(path).await?;
        let http = self.http.trusting(self.access().await?.authority.as_ref())?;
        let mut download = fetch(&http, &url, range).await?;
        download.crc64 = download.crc64.or(head.crc64);
        download.total = download.total.or(head.size);
        Ok(download)
    }
}

/// Gets bytes from a signed address.
pub(crate) async fn fetch(
    http: &HttpClient,
    url: &SignedUrl,
    range: Option<ByteRange>,
) -> Result<Download, Error> {
    let url = Url::parse(&url.0).map_err(|_| Error::protocol(DOING, "the address is no URL"))?;
    let mut request = http.data(Method::GET, url);
    if let Some(range) = range {
        request = request.header(RANGE, range.header());
    }
    let stall = http.stall_timeout();
    let response = tokio::time::timeout(stall, send(request, DOING))
        .await
        .map_err(|_| Error::Stalled { doing: DOING })??;
    let response = reply::accepted(response, Origin::Store).await?;
    let (start, total) = match (range, response.status()) {
        (None, StatusCode::OK) => (0, number(response.headers().get(CONTENT_LENGTH))),
        (Some(range), StatusCode::PARTIAL_CONTENT) => {
            let (start, total) = content_range(response.headers())
                .ok_or_else(|| Error::protocol(DOING, "the range that came is not told"))?;
            if start != range.start {
                return Err(Error::protocol(DOING, "another range came than was asked for"));
            }
            (start, total)
        }
        (_, status) => {
            return Err(Error::protocol(DOING, format!("status {}", status.as_u16())));
        }
    };
    let headers = response.headers();
    let text = |name: &str| Some(headers.get(name)?.to_str().ok()?.to_owned());
    Ok(Download {
        length: number(headers.get(CONTENT_LENGTH)),
        start,
        total,
        crc64: text("x-cos-hash-crc64ecma").and_then(|text| text.parse().ok()),
        e_tag: text(ETAG.as_str()),
        response,
        stall,
    })
}

fn number(value: Option<&HeaderValue>) -> Option<u64> {
    value?.to_str().ok()?.parse().ok()
}

/// Reads `bytes 0-99/1234`.
fn content_range(headers: &HeaderMap) -> Option<(u64, Option<u64>)> {
    let text = headers.get(CONTENT_RANGE)?.to_str().ok()?.strip_prefix("bytes ")?;
    let (range, total) = text.split_once('/')?;
    let (start, _) = range.split_once('-')?;
    Some((start.trim().parse().ok()?, total.trim().parse().ok()))
}

/// The place the service sends us to: never from https down to plain http.
fn store_url(location: &str, from_https: bool) -> Result<Url, Error> {
    let wrong = |what| Error::protocol("asking where content is", what);
    let url = Url::parse(location).map_err(|_| wrong("the place is no URL"))?;
    match url.scheme() {
        "https" => Ok(url),
        "http" if !from_https => Ok(url),
        "http" => Err(wrong("the place is not encrypted although the service is")),
        _ => Err(wrong("the place is not on the web")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_written_and_read() {
        assert_eq!(ByteRange { start: 5, length: Some(10) }.header(), "bytes=5-14");
        assert_eq!(ByteRange { start: 5, length: None }.header(), "bytes=5-");
        for (text, read) in [
            ("bytes 5-14/100", Some((5, Some(100)))),
            ("bytes 5-14/*", Some((5, None))),
            ("5-14/100", None),
            ("bytes */100", None),
        ] {
            let headers = HeaderMap::from_iter([(CONTENT_RANGE, text.parse().unwrap())]);
            assert_eq!(content_range(&headers), read, "{text}");
        }
    }

    #[test]
    fn the_way_to_the_store_never_loses_encryption() {
        assert!(store_url("https://s/x?sig", true).is_ok());
        assert!(store_url("http://s/x", false).is_ok());
        for (location, from_https) in
            [("http://s/x", true), ("file:///etc/x", false), ("/x", false)]
        {
            assert!(store_url(location, from_https).is_err(), "{location}");
        }
    }
}
