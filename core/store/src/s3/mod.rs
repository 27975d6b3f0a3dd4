//! A store behind somebody else's S3 wire: a foreign bucket, Ceph, MinIO, or our own store over HTTP.
//! Owns the calls; the signing is a library's, the meaning of failures is in `failure`.

mod failure;
mod reply;

use std::{fmt, sync::Arc, time::Duration};

use albumen_model::Timestamp;
use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt};
use reqwest::{Client, Method, RequestBuilder, Response};
use rusty_s3::{Bucket as RemoteBucket, Credentials, S3Action, actions::ListObjectsV2};
use tokio::sync::Mutex;
use url::Url;

use self::failure::{About, checked, unreachable};
use crate::{
    Attributes, Body, Bucket, BucketName, ByteRange, Clock, Credential, Error, ListPage, ListQuery,
    ListedPart, MultipartId, ObjectAddress, ObjectContent, ObjectMeta, ObjectStore, PartMeta,
    PartNumber, PartOptions, PutOptions, WriteMode,
    sign::{S3Endpoint, Validity},
};

/// Seconds that the URL of one call is good: it is used at once, but a large body takes its time.
const CALL_SECONDS: u32 = 3600;
/// Silence after which a call is given up.
const IDLE: Duration = Duration::from_secs(60);
/// Time for a connection to be made.
const CONNECT: Duration = Duration::from_secs(15);
/// Most parts asked for at once; completing asks until it has all.
const PARTS_PAGE: u16 = 1000;

/// See the module.
pub struct S3Store {
    http: Client,
    endpoint: S3Endpoint,
    credentials: Credentials,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for S3Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Store").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}
