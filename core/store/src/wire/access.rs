//! The last word on what a caller may do, with the operation, bucket and key as the library
//! understood them; and the secrets it verifies SigV4 with.

use async_trait::async_trait;
use s3s::{
    S3Result,
    access::{S3Access, S3AccessContext},
    auth::{S3Auth, SecretKey},
    host::{S3Host, VirtualHost},
    path::S3Path,
    s3_error,
};

use super::admission::Caller;
use crate::{Credential, UploadScope, sign::without_port};

/// SigV4 is for the root key; upload sessions sign in the COS form alone.
pub(super) struct RootAuth(pub(super) Credential);

#[async_trait]
impl S3Auth for RootAuth {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        if access_key != self.0.access_key_id {
            return Err(s3_error!(InvalidAccessKeyId, "The access key is not known"));
        }
        Ok(SecretKey::from(self.0.secret_key.expose()))
    }
}

/// Judges a caller.
pub(super) struct Access;

#[async_trait]
impl S3Access for Access {
    async fn check(&self, request: &mut S3AccessContext<'_>) -> S3Result<()> {
        let caller = request.extensions_mut().get::<Caller>().cloned();
        match caller {
            Some(Caller::Root) => Ok(()),
            Some(Caller::Upload(grant)) => {
                let (operation, path) = (request.s3_op().name(), request.s3_path());
                if is_allowed(&grant.scope, operation, path) {
                    return Ok(());
                }
                Err(s3_error!(AccessDenied, "This key is for one object and for putting it only"))
            }
            None if request.credentials().is_some() => Ok(()),
            None => Err(s3_error!(AccessDenied, "The request is not signed")),
        }
    }
}

fn is_allowed(scope: &UploadScope, operation: &str, path: &S3Path) -> bool {
    let operation_of_key = if scope.multipart_id.is_some() { "UploadPart" } else { "PutObject" };
    let is_its_object = match path {
        S3Path::Object { bucket, key } => {
            **bucket == *scope.at.bucket.as_str() && **key == *scope.at.key.as_str()
        }
        _ => false,
    };
    operation == operation_of_key && is_its_object
}

/// Finds the bucket in a host name, if one of our domains is its end. Domains may lie below one
/// another: one of them alone names no bucket, and the longest that fits counts.
pub(super) struct Hosts(pub(super) Vec<String>);

impl S3Host for Hosts {
    fn parse_host_header<'a>(&'a self, host: &'a str) -> S3Result<VirtualHost<'a>> {
        let bare = without_port(host);
        let bucket_below = |domain: &String| bare.strip_suffix(domain.as_str())?.strip_suffix('.');
        let is_ours = self.0.iter().any(|domain| domain == bare);
        match self.0.iter().filter_map(bucket_below).min_by_key(|bucket| bucket.len()) {
            Some(bucket) if !is_ours => Ok(VirtualHost::new(bare).with_bucket(bucket)),
            _ => Ok(VirtualHost::new(bare)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_name_buckets_only_under_our_domains() {
        let domains = ["example.com", "store.example.com", "localhost"];
        let hosts = Hosts(domains.map(str::to_owned).into());
        let table = [
            ("photos-125.store.example.com:9000", Some("photos-125")),
            ("photos-125.localhost", Some("photos-125")),
            ("a.b.localhost:80", Some("a.b")),
            ("store.example.com:9000", None),
            ("photos-125.example.com", Some("photos-125")),
            ("photos-125.elsewhere.com", None),
            ("evilexample.com", None),
        ];
        for (host, bucket) in table {
            assert_eq!(hosts.parse_host_header(host).unwrap().bucket(), bucket, "{host}");
        }
    }
}
