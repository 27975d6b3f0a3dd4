//! Several services on one bucket: whatever each does below its prefix, no other sees a difference.

use std::{collections::BTreeMap, sync::Arc};

use albumen_model::Timestamp;
use albumen_store::{
    BucketName, Clock, Credential, ListQuery, ManualClock, MemoryStore, ObjectAddress, ObjectKey,
    ObjectStore, PartNumber, PutOptions,
    data_plane::{DataPlane, S3Config, S3DataPlane, UploadRequest},
    sign::S3Endpoint,
};
use bytes::Bytes;
use proptest::prelude::*;
use tokio::runtime::Builder;

/// Prefixes, one a beginning of another: that is where a slip would show.
const PREFIXES: [&str; 4] = ["", "a/", "a/b/", "ab/"];
/// Keys that look like other planes' prefixes.
const KEYS: [&str; 4] = ["x", "a/x", "b/content/x", "content/a/x"];

/// Something one of the services does to one of its keys.
#[derive(Clone, Debug)]
enum Step {
    Upload(u8),
    UploadParts(u8),
    Abandon,
    AbandonParts,
    Make(u8),
    Delete,
}

fn steps() -> impl Strategy<Value = Vec<(usize, usize, Step)>> {
    let step = prop_oneof![
        any::<u8>().prop_map(Step::Upload),
        any::<u8>().prop_map(Step::UploadParts),
        Just(Step::Abandon),
        Just(Step::AbandonParts),
        any::<u8>().prop_map(Step::Make),
        Just(Step::Delete),
    ];
    prop::collection::vec((0..PREFIXES.len(), 0..KEYS.len(), step), 0..40)
}

fn bucket() -> BucketName {
    "shared-125".parse().unwrap()
}

fn plane(store: &Arc<MemoryStore>, prefix: &str) -> S3DataPlane {
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(Timestamp::from_millis(0)));
    let config = S3Config {
        endpoint: S3Endpoint::path_style("http://s3.test".parse().unwrap()),
        public_url: None,
        bucket: bucket(),
        prefix: prefix.to_owned(),
        credential: Credential::new("id", "secret"),
    };
    S3DataPlane::over(store.clone(), config, clock).unwrap()
}

/// Plays the client: puts what a target of this plane would take.
async fn client_puts(store: &MemoryStore, prefix: &str, key: &str, byte: u8) {
    let key = format!("{prefix}incoming/{key}").parse().unwrap();
    let at = ObjectAddress::new(bucket(), key);
    store.put(&at, vec![byte; 3].into(), PutOptions::default()).await.unwrap();
}

/// What one plane should hold by now.
type Model = BTreeMap<String, u8>;

async fn act(store: &Arc<MemoryStore>, prefix: &str, key: &str, step: &Step, model: &mut Model) {
    let plane = plane(store, prefix);
    let object_key: ObjectKey = key.parse().unwrap();
    let request = UploadRequest::new(object_key.clone(), 100);
    match step {
        // Keys are fresh in life: a finished one is never begun again.
        Step::Upload(byte) if !model.contains_key(key) => {
            client_puts(store, prefix, key, *byte).await;
            plane.finish(&request, None, None).await.unwrap();
            model.insert(key.to_owned(), *byte);
        }
        Step::UploadParts(byte) if !model.contains_key(key) => {
            let target = plane.begin_multipart(&request).await.unwrap();
            let id = target.multipart_id.unwrap();
            let at = format!("{prefix}content/{key}").parse().unwrap();
            let at = ObjectAddress::new(bucket(), at);
            let body = vec![*byte; 3].into();
            let put = store.put_part(&at, &id, PartNumber::FIRST, body, Default::default());
            put.await.unwrap();
            plane.finish(&request, Some(&id), None).await.unwrap();
            model.insert(key.to_owned(), *byte);
        }
        Step::Abandon if !model.contains_key(key) => {
            client_puts(store, prefix, key, 0).await;
            plane.abort(&object_key, None).await.unwrap();
        }
        Step::AbandonParts if !model.contains_key(key) => {
            let target = plane.begin_multipart(&request).await.unwrap();
            plane.abort(&object_key, target.multipart_id.as_ref()).await.unwrap();
        }
        Step::Make(byte) => {
            let bytes = Bytes::from(vec![*byte; 3]);
            plane.put(&object_key, "image/jpeg", bytes).await.unwrap();
            model.insert(key.to_owned(), *byte);
        }
        Step::Delete => {
            plane.delete(&object_key).await.unwrap();
            model.remove(key);
        }
        _ => {}
    }
}

proptest! {
    #[test]
    fn no_service_touches_what_is_another_s(steps in steps()) {
        Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
            let store = Arc::new(MemoryStore::default());
            store.create_bucket(&bucket()).await.unwrap();
            let mut models: [Model; PREFIXES.len()] = Default::default();
            for (who, key, step) in &steps {
                act(&store, PREFIXES[*who], KEYS[*key], step, &mut models[*who]).await;
            }
            let expected: BTreeMap<String, u8> = models
                .iter()
                .zip(PREFIXES)
                .flat_map(|(model, prefix)| {
                    model.iter().map(move |(key, byte)| (format!("{prefix}content/{key}"), *byte))
                })
                .collect();
            let query = ListQuery { limit: 1000, ..ListQuery::default() };
            let listed = store.list(&bucket(), &query).await.unwrap();
            let found: Vec<_> = listed.objects.iter().map(|object| object.key.clone()).collect();
            prop_assert_eq!(found, expected.keys().cloned().collect::<Vec<_>>());
            for (who, model) in models.iter().enumerate() {
                for (key, byte) in model {
                    let plane = plane(&store, PREFIXES[who]);
                    let head = plane.head(&key.parse().unwrap()).await.unwrap();
                    let crc64 = albumen_media::digest::Crc64Digest::of(&[*byte; 3]);
                    prop_assert_eq!(head.crc64, Some(crc64));
                }
            }
            prop_assert!(store.uploads(&bucket(), "").await.unwrap().is_empty());
            Ok(())
        })?;
    }

    #[test]
    fn a_prefix_is_made_of_plain_names(prefix in "[a-z./-]{0,12}") {
        let store = Arc::new(MemoryStore::default());
        let config = S3Config {
            endpoint: S3Endpoint::path_style("http://s3.test".parse().unwrap()),
            public_url: None,
            bucket: bucket(),
            prefix: prefix.clone(),
            credential: Credential::new("id", "secret"),
        };
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(Timestamp::from_millis(0)));
        let good = S3DataPlane::over(store, config, clock).is_ok();
        let plain = prefix.is_empty()
            || (prefix.ends_with('/')
                && prefix[..prefix.len() - 1].split('/').all(|n| !["", ".", ".."].contains(&n)));
        prop_assert_eq!(good, plain);
    }
}
