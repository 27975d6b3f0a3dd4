//! One store of each kind, with a bucket in it. Whatever a store needs lives as long as it does.

use std::ops::Deref;

use albumen_store::{BucketName, DiskStore, MemoryStore, ObjectAddress, ObjectStore};

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
