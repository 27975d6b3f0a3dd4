//! A COS bucket: what clients are given, held against what the official Python SDK (1.9.44) signs
//! for the same request at the same moment; and the policy of a temporary key.

use std::sync::{Arc, Mutex};

use albumen_model::{Crc64, Timestamp};
use albumen_store::{
    Attributes, Body, Clock, Credential, Error, ManualClock, MemoryStore, ObjectAddress,
    ObjectStore, PutOptions,
    data_plane::{
        CosConfig, CosDataPlane, CosGrant, CosKey, CosKeyIssuer, DataPlane, GetOptions,
        StaticCosKey, UploadRequest,
    },
};
use async_trait::async_trait;
use serde_json::json;

const NOW: i64 = 1_480_932_292_000;
const SECRET: &str = "BQYIM75p8x0iWVFSIgqEKwFprpRSVHlz";
const DOMAIN: &str = "photos-1250000000.cos.ap-guangzhou.myqcloud.com";

fn credential() -> Credential {
    Credential::new("AKID", SECRET)
}

/// Gives out temporary keys as STS would, and remembers what for.
#[derive(Default)]
struct Issuer(Mutex<Vec<CosGrant>>);

#[async_trait]
impl CosKeyIssuer for Issuer {
    async fn issue(&self, grant: &CosGrant, now: Timestamp) -> Result<CosKey, Error> {
        self.0.lock().unwrap().push(grant.clone());
        let (token, expires_at) = (Some("token/+=".to_owned()), now.plus_seconds(7200));
        Ok(CosKey { credential: credential(), token, expires_at })
    }
}

async fn plane(issuer: Arc<dyn CosKeyIssuer>) -> (Arc<MemoryStore>, CosDataPlane) {
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(Timestamp::from_millis(NOW)));
    let store = Arc::new(MemoryStore::new(Arc::clone(&clock)));
    let config = CosConfig {
        region: "ap-guangzhou".into(),
        bucket: "photos-1250000000".parse().unwrap(),
        prefix: "albumen/".into(),
        public_url: None,
        credential: credential(),
    };
    store.create_bucket(&config.bucket).await.unwrap();
    let plane = CosDataPlane::over(store.clone(), config, issuer, clock).unwrap();
    (store, plane)
}

fn request(name: &str, kind: &str) -> UploadRequest {
    let key = format!("lib1/{name}").parse().unwrap();
    UploadRequest { content_type: Some(kind.to_owned()), ..UploadRequest::new(key, 100) }
}

fn signed(names: &str, params: &str, signature: &str) -> String {
    let time = "1480932292;1480933492";
    format!(
        "q-sign-algorithm=sha1&q-ak=AKID&q-sign-time={time}&q-key-time={time}\
         &q-header-list={names}&q-url-param-list={params}&q-signature={signature}"
    )
}

#[tokio::test]
async fn targets_are_signed_as_the_official_sdk_signs() {
    let issuer = Arc::new(Issuer::default());
    let (_, plane) = plane(issuer.clone()).await;
    let mut whole = request("照片", "image/jpeg");
    whole.bytes_per_second = Some(102_400);
    let target = plane.begin_simple(&whole).await.unwrap();
    assert_eq!((target.scheme.as_str(), target.domain.as_str()), ("https", DOMAIN));
    assert_eq!(target.path, "/albumen/content/lib1/%E7%85%A7%E7%89%87");
    let names = "content-type;host;x-cos-forbid-overwrite;x-cos-security-token;x-cos-traffic-limit";
    let expected = signed(names, "", "42412634420059eb59aefdfcbc70de5b2d6108a0");
    assert_eq!(target.headers["Authorization"], expected);
    assert_eq!(target.headers["x-cos-security-token"], "token/+=");
    assert_eq!(target.headers["x-cos-forbid-overwrite"], "true");
    let asked = issuer.0.lock().unwrap().pop().unwrap();
    assert_eq!(asked.key.as_str(), "albumen/content/lib1/照片");
    assert_eq!(target.expires_at, Timestamp::from_millis(NOW).plus_seconds(1200), "the shorter");
}

#[tokio::test]
async fn one_set_of_headers_serves_every_part() {
    let (store, plane) = plane(Arc::new(StaticCosKey(credential()))).await;
    let film = request("film", "video/mp4");
    let target = plane.begin_multipart(&film).await.unwrap();
    let expected = signed("content-type;host", "", "7842f5fb595cd6dd6fc2f9ce1ecb222a7e5e0ec2");
    assert_eq!(target.headers["Authorization"], expected);
    assert_eq!(target.headers.len(), 2);
    assert!(target.parts.is_none() && target.multipart_id.is_some());
    let open = store.uploads(&"photos-1250000000".parse().unwrap(), "").await.unwrap();
    assert_eq!(open[0].key.as_str(), "albumen/content/lib1/film");
}

#[tokio::test]
async fn downloads_are_signed_as_the_official_sdk_signs() {
    let (_, plane) = plane(Arc::new(Issuer::default())).await;
    let options = GetOptions {
        content_disposition: Some("inline; filename*=UTF-8''a%20b.jpg".into()),
        content_type: Some("image/jpeg".into()),
        bytes_per_second: Some(102_400),
    };
    let url = plane.signed_get(&"lib1/a b".parse().unwrap(), &options).unwrap();
    assert!(url.starts_with(&format!("https://{DOMAIN}/albumen/content/lib1/a%20b?")), "{url}");
    assert!(url.contains("&q-signature=3b1513c51a9a83e1b0e019f69dfc7c37418f825b"), "{url}");
    assert!(!url.contains("token"), "the service's own key signs what it reads");
}

#[tokio::test]
async fn a_temporary_key_is_asked_for_one_object_only() {
    let issuer = Arc::new(Issuer::default());
    let (_, plane) = plane(issuer.clone()).await;
    plane.begin_form(&request("a", "image/jpeg")).await.unwrap();
    plane.begin_multipart(&request("a", "image/jpeg")).await.unwrap();
    let grants = issuer.0.lock().unwrap().clone();
    let statement = |actions| {
        json!({"version": "2.0", "statement": [{
            "effect": "allow", "action": actions,
            "resource":
                ["qcs::cos:ap-guangzhou:uid/1250000000:photos-1250000000/albumen/content/lib1/a"],
            "condition": {"numeric_less_than_equal": {"cos:content-length": 100}},
        }]})
    };
    let whole = statement(json!(["name/cos:PutObject", "name/cos:PostObject"]));
    assert_eq!(grants[0].policy(), whole);
    assert_eq!(grants[1].policy(), statement(json!(["name/cos:UploadPart"])));
}

#[tokio::test]
async fn what_arrived_is_verified() {
    let (store, plane) = plane(Arc::new(Issuer::default())).await;
    let whole = request("a", "image/jpeg");
    assert!(matches!(plane.finish(&whole, None, None).await, Err(Error::NotFound(_))));
    let bucket = "photos-1250000000".parse().unwrap();
    let at = ObjectAddress::new(bucket, "albumen/content/lib1/a".parse().unwrap());
    let put = |bytes: Vec<u8>| store.put(&at, Body::from(bytes), PutOptions::default());
    put(vec![1; 101]).await.unwrap();
    assert!(matches!(plane.finish(&whole, None, None).await, Err(Error::TooLarge { .. })));
    let right = put(vec![1; 100]).await.unwrap().crc64;
    let wrong = plane.finish(&whole, None, Some(Crc64::new(1))).await;
    assert!(matches!(wrong, Err(Error::BadCrc64 { .. })));
    assert_eq!(plane.finish(&whole, None, right).await.unwrap().crc64, right);
    let id = store.create_multipart(&at, Attributes::default()).await.unwrap();
    plane.abort(&whole.key, Some(&id)).await.unwrap();
    assert!(matches!(plane.renew(&whole, Some(&id)).await, Err(Error::NoSuchUpload(_))));
}
