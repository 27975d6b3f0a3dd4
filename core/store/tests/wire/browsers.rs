//! What browsers need: pages of any origin talk to the data plane (SMH section 1.13).

use reqwest::Method;

use crate::kit::Served;

#[tokio::test]
async fn a_preflight_is_answered_without_a_signature() {
    let served = Served::start().await;
    let url = format!("http://{}/photos-125/a?uploadId=1&partNumber=1", served.host);
    let asked = "authorization,content-type,x-cos-security-token,cache-control,range";
    let preflight = served
        .http
        .request(Method::OPTIONS, url)
        .header("origin", "https://app.example.com")
        .header("access-control-request-method", "PUT")
        .header("access-control-request-headers", asked)
        .send()
        .await
        .unwrap();
    assert_eq!(preflight.status(), 200);
    let headers = preflight.headers();
    assert_eq!(headers["access-control-allow-origin"], "*");
    assert_eq!(headers["access-control-allow-headers"], asked);
    let methods = headers["access-control-allow-methods"].to_str().unwrap();
    for method in ["PUT", "POST", "GET", "HEAD", "DELETE"] {
        assert!(methods.contains(method), "{methods}");
    }
}

#[tokio::test]
async fn answers_and_refusals_may_be_read_by_pages() {
    let served = Served::start().await;
    let target = served.begin("a").await;
    let put = served.send(&target, Method::PUT, "").header("origin", "https://app.example.com");
    let put = put.body("x").send().await.unwrap();
    assert_eq!(put.headers()["access-control-allow-origin"], "*");
    let exposed = put.headers()["access-control-expose-headers"].to_str().unwrap().to_owned();
    for name in ["etag", "content-length", "content-range", "x-cos-hash-crc64ecma"] {
        assert!(exposed.contains(name), "{exposed}");
    }
    let bare = served.http.get(format!("http://{}/photos-125/a", served.host));
    let bare = bare.header("origin", "https://app.example.com").send().await.unwrap();
    assert_eq!(
        (bare.status().as_u16(), bare.headers()["access-control-allow-origin"].as_bytes()),
        (403, &b"*"[..])
    );
}
