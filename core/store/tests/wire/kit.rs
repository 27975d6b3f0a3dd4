//! A served store with its data plane, and an HTTP client that sends what it is told.

use std::{collections::BTreeMap, sync::Arc};

use albumen_store::{
    Attributes, BucketName, Clock, Credential, DiskStore, ManualClock, MultipartId, ObjectAddress,
    ObjectKey, ObjectStore, SystemClock, UploadKeys, UploadScope,
    data_plane::{
        DataPlane, EmbeddedConfig, EmbeddedDataPlane, SIGNED_SECONDS, UploadRequest, UploadTarget,
    },
    sign::{CosSigner, KeyTime},
    wire::{self, ServeConfig, StoreServer},
};
use reqwest::{Client, Method, RequestBuilder, Response};
use tempfile::TempDir;
use tokio::net::TcpListener;

pub(crate) struct Served {
    pub(crate) store: Arc<DiskStore>,
    pub(crate) keys: Arc<UploadKeys>,
    pub(crate) plane: EmbeddedDataPlane,
    pub(crate) clock: ManualClock,
    pub(crate) root: Credential,
    pub(crate) server: StoreServer,
    pub(crate) http: Client,
    pub(crate) host: String,
    _folder: TempDir,
}

pub(crate) fn bucket() -> BucketName {
    "photos-125".parse().unwrap()
}

pub(crate) fn key(text: &str) -> ObjectKey {
    text.parse().unwrap()
}

pub(crate) fn at(text: &str) -> ObjectAddress {
    ObjectAddress::new(bucket(), key(text))
}

impl Served {
    pub(crate) async fn start() -> Self {
        Self::with_connections(wire::DEFAULT_MAX_CONNECTIONS).await
    }

    pub(crate) async fn with_connections(max_connections: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = ManualClock::at(SystemClock.now());
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        let path = folder.path().join("store");
        let store = Arc::new(DiskStore::open_at(&path, Arc::clone(&shared)).await.unwrap());
        let keys = Arc::new(UploadKeys::new(Arc::clone(&shared)));
        let root = Credential::random();
        let config = ServeConfig {
            store: store.clone(),
            keys: keys.clone(),
            clock: Arc::clone(&shared),
            root: root.clone(),
            base_domains: vec!["store.test".into()],
            max_connections,
            tls: None,
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = wire::serve(listener, config).unwrap();
        let host = server.local_addr().to_string();
        let embedded = EmbeddedConfig {
            bucket: bucket(),
            public_scheme: "http".into(),
            public_data_host: host.clone(),
            root: root.clone(),
        };
        let plane = EmbeddedDataPlane::new(store.clone(), keys.clone(), shared, embedded);
        let plane = plane.await.unwrap();
        drop(rustls::crypto::ring::default_provider().install_default());
        let http = Client::builder().no_proxy().build().unwrap();
        Self { store, keys, plane, clock, root, server, http, host, _folder: folder }
    }

    pub(crate) fn now(&self) -> i64 {
        self.clock.now().millis() / 1000
    }

    /// An upload session for a whole object of at most 1000 bytes.
    pub(crate) async fn begin(&self, name: &str) -> UploadTarget {
        self.plane.begin_simple(&request(name)).await.unwrap()
    }

    /// An upload session for parts of together at most 3 MiB.
    pub(crate) async fn begin_parts(&self, name: &str) -> UploadTarget {
        self.plane.begin_multipart(&request_parts(name)).await.unwrap()
    }

    /// What a client does with a target: all its headers, whatever is sent.
    pub(crate) fn send(&self, target: &UploadTarget, method: Method, more: &str) -> RequestBuilder {
        let url = format!("http://{}{}{more}", target.domain, target.path);
        target.headers.iter().fold(self.http.request(method, url), |r, (n, v)| r.header(n, v))
    }

    pub(crate) async fn put(&self, target: &UploadTarget, bytes: Vec<u8>) -> Response {
        self.send(target, Method::PUT, "").body(bytes).send().await.unwrap()
    }

    pub(crate) async fn put_part(&self, target: &UploadTarget, n: u16, bytes: Vec<u8>) -> Response {
        let id = target.multipart_id.as_ref().unwrap();
        let more = format!("?uploadId={id}&partNumber={n}");
        self.send(target, Method::PUT, &more).body(bytes).send().await.unwrap()
    }

    /// A key for `name` whose secret the test holds: a holder who can sign whatever it likes.
    pub(crate) fn grant(&self, name: &str, id: Option<MultipartId>) -> Credential {
        let scope = UploadScope {
            at: at(name),
            multipart_id: id,
            max_bytes: 1000,
            content_type: None,
            valid_seconds: SIGNED_SECONDS,
        };
        self.keys.grant(scope).credential
    }

    /// A request on a path-style path, signed in the COS form with some key.
    pub(crate) fn signed(
        &self,
        credential: &Credential,
        method: Method,
        path: &str,
        query: &str,
    ) -> RequestBuilder {
        let time = KeyTime { start: self.now() - 60, end: self.now() + 600 };
        let signer = CosSigner::new(credential.clone());
        let none = BTreeMap::new();
        let value = signer.sign_headers(method.as_str(), &self.host, path, &none, time);
        let url = format!("http://{}{path}{query}", self.host);
        self.http.request(method, url).header("authorization", value)
    }

    pub(crate) async fn create_parts(&self, name: &str) -> MultipartId {
        self.store.create_multipart(&at(name), Attributes::default()).await.unwrap()
    }
}

pub(crate) fn request(name: &str) -> UploadRequest {
    let content_type = Some("image/jpeg".to_owned());
    UploadRequest { content_type, ..UploadRequest::new(key(name), 1000) }
}

pub(crate) fn request_parts(name: &str) -> UploadRequest {
    UploadRequest { size_cap: 3 * 1024 * 1024, ..request(name) }
}

/// The error code of an answer's XML, with its status.
pub(crate) async fn refusal(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    let xml = response.text().await.unwrap();
    let code = xml.split("<Code>").nth(1).and_then(|rest| rest.split("</Code>").next());
    (status, code.unwrap_or_default().to_owned())
}
