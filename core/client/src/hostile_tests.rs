//! What a service that was taken over, or somebody on the way, might answer.

use albumen_fuzz::{HostileRequest, fuzz};
use albumen_model::{
    auth::{DeviceList, DeviceTokenReply, LibrariesReply, ServiceInfo, SignInReply},
    smh::{BatchReply, UploadParameters, UploadState},
};
use reqwest::Response;

use crate::{
    Certificate, check_export, error::Origin, reply, token_service::event_stream::EventParser,
};

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// Events are the same however the bytes are cut, and none holds an end of a line of the stream.
#[test]
fn fuzz_event_stream() {
    let seeds: &[&[u8]] =
        &[b": beat\n\nevent: x\ndata: {\"a\":1}\n\n", b"data:two\r\ndata: lines\r\n\r\n"];
    fuzz("event-stream", seeds, |bytes| {
        let whole = EventParser::default().push(bytes);
        let (first, second) = bytes.split_at(bytes.len() / 2);
        let mut parser = EventParser::default();
        let cut = parser.push(first).and_then(|mut events| {
            events.extend(parser.push(second)?);
            Ok(events)
        });
        assert_eq!(whole, cut);
        assert!(whole.unwrap_or_default().iter().all(|data| !data.is_empty()));
    });
}

/// A refusal holds words that may be shown and logged, and asks for a wait of an hour at most.
#[test]
fn fuzz_refusal() {
    let runtime = runtime();
    let seeds: &[&[u8]] = &[
        b"GET /403\nRetry-After: 30\nx-request-id: abc\n\n{\"code\":\"NoPermission\"}",
        b"GET /404\n\n<Error><Code>NoSuchUpload</Code></Error>",
        b"GET /429\nretry-after: 99999999999999999999\n\n",
    ];
    fuzz("refusal", seeds, |bytes| {
        let sent = HostileRequest::read(bytes);
        for origin in [Origin::Service, Origin::Store] {
            let mut response = http::Response::builder()
                .status(sent.target[1..].parse::<u16>().ok().filter(|s| *s >= 400).unwrap_or(400));
            for (name, value) in &sent.headers {
                response = response.header(name, value.as_slice());
            }
            let Ok(response) = response.body(sent.body.clone()) else { return };
            let error = runtime.block_on(reply::refusal(Response::from(response), origin));
            assert!(error.retry_after().is_none_or(|wait| wait.as_secs() <= 3600), "{error:?}");
            let told = error.to_string();
            assert!(!told.contains(|c: char| c.is_control() || "<>\"{}".contains(c)), "{told}");
        }
    });
}

/// Replies of both services, and texts that come as files: read or refused.
#[test]
fn fuzz_replies() {
    let seeds: &[&[u8]] = &[
        br#"{"confirmKey":"abc","domain":"127.0.0.1:1","path":"/b/k","headers":{"a":"b"}}"#,
        br#"{"libraries":[{"library_id":"a","name":"b","spaces":[]}]}"#,
        br#"{"access_token":"x","expires_at":"2026-11-27T21:45:20.123Z","base_url":"http://x"}"#,
        br#"{"devices":[]}"#,
        br#"{"result":[{"status":200,"path":["a"]}]}"#,
        b"{\"entry\":1,\"at\":1}\n{\"first\":1,\"head\":{\"entry\":1,\"public_key\":\"\"}}\n",
        b"-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUQ==\n-----END CERTIFICATE-----\n",
    ];
    fuzz("replies", seeds, |bytes| {
        drop(serde_json::from_slice::<SignInReply>(bytes));
        drop(serde_json::from_slice::<DeviceTokenReply>(bytes));
        drop(serde_json::from_slice::<LibrariesReply>(bytes));
        drop(serde_json::from_slice::<DeviceList>(bytes));
        drop(serde_json::from_slice::<ServiceInfo>(bytes));
        drop(serde_json::from_slice::<UploadParameters>(bytes));
        drop(serde_json::from_slice::<UploadState>(bytes));
        drop(serde_json::from_slice::<BatchReply>(bytes));
        let Ok(text) = std::str::from_utf8(bytes) else { return };
        assert!(check_export(text, None).is_err(), "nobody signed this");
        drop(Certificate::all_from_pem(text));
    });
}
