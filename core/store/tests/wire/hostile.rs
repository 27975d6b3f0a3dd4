//! Requests that somebody wrote to break the store: each is answered, none by a failure of the
//! store's own, and none moves a byte that its sender has no right to.

use std::collections::BTreeMap;

use albumen_fuzz::{HostileRequest, fuzz};
use albumen_store::{
    Credential, ObjectStore,
    data_plane::DataPlane,
    sign::{CosSigner, KeyTime},
};
use percent_encoding::percent_decode_str;

use crate::kit::{Served, at, request};

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

/// Signs what will be sent in the COS form: what comes after signatures is what is looked at here.
fn sign(served: &Served, key: &Credential, request: &mut HostileRequest) -> bool {
    let path = request.target.split('?').next().unwrap_or_default();
    let Ok(path) = percent_decode_str(path).decode_utf8() else { return false };
    let time = KeyTime { start: served.now() - 60, end: served.now() + 600 };
    let signer = CosSigner::new(key.clone());
    let value = signer.sign_headers(&request.method, &served.host, &path, &BTreeMap::new(), time);
    request.headers.retain(|(name, _)| name != "authorization");
    request.headers.push(("authorization".to_owned(), value.into_bytes()));
    true
}

/// Requests of the key that may do everything: ranges, conditions, copies, lists, XML.
#[test]
fn fuzz_store_requests() {
    let runtime = runtime();
    let served = runtime.block_on(Served::start());
    let seeds: &[&[u8]] = &[
        b"PUT /photos-125/a%20b?x=1\nContent-Type: image/jpeg\nx-cos-meta-a: b\n\nbytes",
        b"GET /photos-125/a\nRange: bytes=1-3\nIf-None-Match: \"abc\"\n\n",
        b"GET /photos-125/a\nRange: bytes=-5\nIf-Modified-Since: Wed, 21 Oct 2015 07:28:00 GMT\n",
        b"GET /photos-125/?list-type=2&prefix=a&delimiter=%2F&max-keys=3&encoding-type=url\n\n",
        b"GET /photos-125/?uploads&max-uploads=2\n\n",
        b"POST /photos-125/p?uploads\n\n",
        b"POST /photos-125/?delete\nContent-MD5: x\n\n\
          <Delete><Object><Key>a</Key></Object></Delete>",
        b"POST /photos-125/p?uploadId=00000000000000000000000000000000\n\n\
          <CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\"a\"</ETag></Part>\
          </CompleteMultipartUpload>",
        b"PUT /photos-125/c\nx-cos-copy-source: /photos-125/a\nx-amz-copy-source-range: bytes=0-1",
        b"PUT /photos-125/p?partNumber=1&uploadId=0\nx-amz-checksum-crc32: AAAAAA==\n\nbytes",
        b"HEAD /photos-125/a?response-content-type=a\n\n",
    ];
    fuzz("store-requests", seeds, |bytes| {
        let mut request = HostileRequest::read(bytes);
        if sign(&served, &served.root, &mut request) {
            let answer = request.send(served.server.local_addr());
            assert!(answer.status != 500, "{request:?}: {answer:?}");
        }
    });
}

/// Whatever a stranger writes for a signature, in a header or in the URL, opens nothing.
#[test]
fn fuzz_store_signatures() {
    let runtime = runtime();
    let served = runtime.block_on(Served::start());
    let seeds: &[&[u8]] = &[
        b"GET /photos-125/a\nAuthorization: q-sign-algorithm=sha1&q-ak=AKID&q-sign-time=1;2\
          &q-key-time=1;2&q-header-list=host&q-url-param-list=&q-signature=00\n\n",
        b"PUT /photos-125/a\nAuthorization: AWS4-HMAC-SHA256 Credential=AKID/20261127/us/s3/\
          aws4_request, SignedHeaders=host;x-amz-date, Signature=00\nx-amz-date: 20261127T000000Z\n\
          x-amz-content-sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD\n\n\
          5;chunk-signature=00\r\nbytes",
        b"GET /photos-125/a?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKID%2F20261127%2Fus\
          %2Fs3%2Faws4_request&X-Amz-Date=20261127T000000Z&X-Amz-Expires=60&X-Amz-SignedHeaders\
          =host&X-Amz-Signature=00\n\n",
        b"GET /photos-125/a?q-sign-algorithm=sha1&q-ak=AKID&q-sign-time=1;2&q-key-time=1;2\
          &q-header-list=host&q-url-param-list=a&q-signature=00&a=1\n\n",
        b"GET /photos-125/a?AWSAccessKeyId=AKID&Expires=1&Signature=00\n\n",
        b"GET /photos-125/?list-type=2\n\n",
    ];
    let id = served.root.access_key_id.clone();
    fuzz("store-signatures", seeds, |bytes| {
        let mut request = HostileRequest::read(bytes);
        // Who knows the name of the key knows no more than that.
        request.target = request.target.replace("AKID", &id);
        for (_, value) in &mut request.headers {
            let text = String::from_utf8_lossy(value).replace("AKID", &id);
            *value = text.into_bytes();
        }
        let answer = request.send(served.server.local_addr());
        let status = answer.status;
        let refused = (400..500).contains(&status) || status == 501;
        // Anybody may ask what CORS allows.
        let asks_first = request.method == "OPTIONS" && status == 200;
        assert!(refused || asks_first, "{answer:?} {request:?}");
    });
}

/// The holder of an upload session's key writes its one object, within its cap, and nothing else.
#[test]
fn fuzz_store_upload_keys() {
    let runtime = runtime();
    let served = runtime.block_on(Served::start());
    let key = served.grant("mine", None);
    let seeds: &[&[u8]] = &[
        b"PUT /photos-125/mine\nContent-Type: image/jpeg\n\nbytes",
        b"PUT /photos-125/others\n\nbytes",
        b"PUT /photos-125/mine\nx-cos-copy-source: /photos-125/others\n\n",
        b"GET /photos-125/mine\n\n",
        b"DELETE /photos-125/mine?x=1\n\n",
    ];
    fuzz("store-upload-keys", seeds, |bytes| {
        let mut request = HostileRequest::read(bytes);
        if sign(&served, &key, &mut request) {
            let answer = request.send(served.server.local_addr());
            let status = answer.status;
            assert!(status != 500, "{request:?}: {answer:?}");
            let is_put = request.method == "PUT" && request.body.len() <= 1000;
            let asks_first = request.method == "OPTIONS";
            assert!(status >= 400 || is_put || asks_first, "{status} {request:?}");
        }
    });
    let page = runtime.block_on(served.store.uploads(&crate::kit::bucket(), "")).unwrap();
    assert!(page.is_empty(), "no upload was begun");
    assert!(
        runtime.block_on(served.store.head(&at("others"))).is_err(),
        "nothing else was written"
    );
}

/// A form is held to its policy however it is written.
#[test]
fn fuzz_store_forms() {
    let runtime = runtime();
    let served = runtime.block_on(Served::start());
    let target = runtime.block_on(served.plane.begin_form(&request("form"))).unwrap();
    let mut form = Vec::new();
    for (name, value) in &target.form {
        let part =
            format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        form.extend_from_slice(part.as_bytes());
    }
    form.extend_from_slice(
        b"--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nx\r\n--b--",
    );
    let head = b"POST /photos-125\nContent-Type: multipart/form-data; boundary=b\n\n".as_slice();
    let whole = [head, &form].concat();
    fuzz("store-forms", &[&whole, head], |bytes| {
        let request = HostileRequest::read(bytes);
        let answer = request.send(served.server.local_addr());
        let status = answer.status;
        assert!(status != 500, "{request:?}: {answer:?}");
        let stored = status == 204 && request.body.len() <= 8 * 1024;
        assert!(status >= 400 || stored || request.method == "OPTIONS", "{status} {request:?}");
    });
}
