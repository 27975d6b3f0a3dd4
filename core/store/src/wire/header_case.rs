//! How header names are spelled on the wire. HTTP does not care, but the COS Python SDK hands
//! headers out as COS spells them and its users ask for `ETag`, `Content-Length`,
//! `x-cos-hash-crc64ecma`.
//!
//! The HTTP library keeps spellings in a type of its own that only its parser makes, as an
//! extension of a request. So it is made once, from a request that spells every name, and given to
//! each answer.

use std::{
    convert::Infallible,
    sync::{Mutex, PoisonError},
};

use http::{Extensions, Request, Response};
use http_body_util::Empty;
use hyper::{
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncWriteExt, duplex};

/// Names as COS and S3 spell them. What is not here is written in lower case, as `x-cos-*` are.
const NAMES: [&str; 16] = [
    "Accept-Ranges",
    "Access-Control-Allow-Origin",
    "Access-Control-Expose-Headers",
    "Cache-Control",
    "Connection",
    "Content-Disposition",
    "Content-Encoding",
    "Content-Language",
    "Content-Range",
    "Content-Type",
    "Date",
    "ETag",
    "Expires",
    "Last-Modified",
    "Location",
    "Vary",
];

/// What an answer must carry in its extensions to be spelled as COS spells it.
pub(super) async fn spelling() -> Extensions {
    let lines: String = NAMES.iter().map(|name| format!("{name}: close\r\n")).collect();
    let request = format!("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n{lines}\r\n");
    let found = Mutex::new(Extensions::new());
    let service = service_fn(|request: Request<Incoming>| {
        *found.lock().unwrap_or_else(PoisonError::into_inner) = request.extensions().clone();
        async { Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new())) }
    });
    let (mut near, far) = duplex(request.len() + 1024);
    // Both ends are in memory: what fails here leaves names in lower case.
    let _ = near.write_all(request.as_bytes()).await;
    let _ = http1::Builder::new()
        .preserve_header_case(true)
        .serve_connection(TokioIo::new(far), service)
        .await;
    found.into_inner().unwrap_or_else(PoisonError::into_inner)
}
