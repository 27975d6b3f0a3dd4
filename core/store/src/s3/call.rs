//! One call to a foreign store: signed, sent, checked; and how our words become S3's on the way.

use futures::StreamExt;
use http::header;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Method, Response};
use rusty_s3::{Bucket as Remote, Map, S3Action};
use url::Url;

use super::{
    S3Store,
    outgoing::Outgoing,
    reply::{About, checked, unreachable},
};
use crate::{Attributes, BucketName, Error, ListQuery, ObjectAddress, WriteMode, sign::Validity};

/// Seconds that the URL of one call is good: it is used at once, but a large body takes its time.
const CALL_SECONDS: u32 = 3600;
/// Sorts after every key that begins with some prefix, in UTF-8 byte order.
const BEYOND: char = char::MAX;

impl S3Store {
    pub(super) fn remote(&self, bucket: &BucketName) -> Result<Remote, Error> {
        self.endpoint.bucket(bucket)
    }

    pub(super) fn now(&self) -> Validity {
        Validity { from: self.clock.now(), seconds: CALL_SECONDS }
    }

    /// Signs an action and sends it with the headers it signs.
    pub(super) async fn call<'a, A: S3Action<'a>>(
        &self,
        mut action: A,
        about: About<'_>,
        extra: &[(header::HeaderName, String)],
        body: Option<Outgoing>,
    ) -> Result<Response, Error> {
        let url = self.now().sign(&action);
        let method = Method::from_bytes(A::METHOD.to_str().as_bytes());
        let mut request = self.http.request(method.expect("a known method"), url);
        for (name, value) in action.headers_mut().iter() {
            request = request.header(name, value);
        }
        for (name, value) in extra {
            request = request.header(name, value);
        }
        let Some(body) = body else {
            return checked(request.send().await.map_err(unreachable)?, about).await;
        };
        let (length, mut stream, fault) = body.into_parts();
        let body = if length == 0 {
            // A body declared empty may be sent without being asked for, its checks left undone.
            while stream.next().await.is_some() {}
            reqwest::Body::default()
        } else {
            reqwest::Body::wrap_stream(stream)
        };
        if let Some(error) = fault.take() {
            return Err(error);
        }
        let sent = request.header(header::CONTENT_LENGTH, length).body(body).send().await;
        if let Some(error) = fault.take() {
            return Err(error);
        }
        checked(sent.map_err(unreachable)?, about).await
    }

    /// A GET that the signing library has no action for; gives the XML.
    pub(super) async fn ask(
        &self,
        url: Url,
        query: &[(&str, &str)],
        about: About<'_>,
    ) -> Result<String, Error> {
        let Validity { from, seconds } = self.now();
        let url = rusty_s3::signing::sign(
            &jiff::Timestamp::from_millisecond(from.millis()).unwrap_or_default(),
            rusty_s3::Method::Get,
            url,
            self.credentials.key(),
            self.credentials.secret(),
            None,
            &self.endpoint.region,
            seconds.into(),
            query.iter().copied(),
            std::iter::empty(),
        );
        let response = self.http.get(url).send().await.map_err(unreachable)?;
        Self::text(checked(response, about).await?).await
    }

    pub(super) async fn text(response: Response) -> Result<String, Error> {
        response.text().await.map_err(unreachable)
    }
}

/// Attributes as headers that have to be signed.
pub(super) fn sign_attributes(headers: &mut Map<'_>, attributes: &Attributes) {
    if let Some(kind) = &attributes.content_type {
        headers.insert("content-type", kind.clone());
    }
    for (name, value) in &attributes.headers {
        headers.insert(name.clone(), value.clone());
    }
    for (name, value) in &attributes.user {
        headers.insert(format!("x-amz-meta-{}", name.to_ascii_lowercase()), value.clone());
    }
}

/// The place of a copy's source, as a header can carry it.
pub(super) fn copy_source(from: &ObjectAddress) -> String {
    const PATH: &AsciiSet =
        &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'/');
    format!("/{}/{}", from.bucket, utf8_percent_encode(from.key.as_str(), PATH))
}

/// What makes a write conditional.
pub(super) fn condition(mode: WriteMode) -> Option<(header::HeaderName, String)> {
    (mode != WriteMode::Replace).then(|| (header::IF_NONE_MATCH, "*".to_owned()))
}

/// Where a listing goes on: a rolled-up prefix stands for everything under it.
pub(super) fn start_after(query: &ListQuery) -> Option<String> {
    let after = query.after.as_ref()?;
    let is_prefix = !query.delimiter.is_empty()
        && after.len() > query.prefix.len()
        && after.ends_with(&query.delimiter);
    Some(if is_prefix { format!("{after}{BEYOND}") } else { after.clone() })
}
