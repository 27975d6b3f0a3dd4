//! One store of each kind, with a bucket in it. Whatever a store needs lives as long as it does.

use std::{ops::Deref, sync::Arc};

use albumen_store::{
    BucketName, Credential, DiskStore, MemoryStore, ObjectAddress, ObjectStore, SystemClock,
    UploadKeys,
    s3::S3Store,
    sign::S3Endpoint,
    wire::{self, ServeConfig},
};
use tokio::net::TcpListener;

/// A store and what must outlive it.
pub(crate) struct Held {
    store: Box<dyn ObjectStore>,
    _keep: Vec<Box<dyn std::any::Any + Send>>,
}

impl Deref for Held {
    type Target = dyn ObjectStore;

    fn deref(&self) -> &Self::Target {
        &*self.store
    }
}

pub(crate) fn bucket() -> BucketName {
    "photos-125".parse().unwrap()
}

pub(crate) fn at(key: &str) -> ObjectAddress {
    ObjectAddress::new(bucket(), key.parse().unwrap())
}

async fn held(store: impl ObjectStore + 'static, keep: Vec<Box<dyn std::any::Any + Send>>) -> Held {
    store.create_bucket(&bucket()).await.unwrap();
    Held { store: Box::new(store), _keep: keep }
}

pub(crate) async fn memory() -> Held {
    held(MemoryStore::default(), Vec::new()).await
}

pub(crate) async fn disk() -> Held {
    let folder = tempfile::tempdir().unwrap();
    let store = DiskStore::open(&folder.path().join("store")).await.unwrap();
    held(store, vec![Box::new(folder)]).await
}

/// The disk store, served and spoken to over a real socket.
pub(crate) async fn http() -> Held {
    let folder = tempfile::tempdir().unwrap();
    let store = DiskStore::open(&folder.path().join("store")).await.unwrap();
    let (root, clock) = (Credential::random(), Arc::new(SystemClock));
    let config = ServeConfig {
        store: Arc::new(store),
        keys: Arc::new(UploadKeys::new(clock.clone())),
        clock: clock.clone(),
        root: root.clone(),
        base_domains: Vec::new(),
        max_connections: wire::DEFAULT_MAX_CONNECTIONS,
        tls: None,
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = wire::serve(listener, config).unwrap();
    let url = format!("http://{}", server.local_addr()).parse().unwrap();
    let client = S3Store::new(S3Endpoint::path_style(url), &root, clock).unwrap();
    held(client, vec![Box::new(folder), Box::new(server)]).await
}
