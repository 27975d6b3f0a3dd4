//! Listings.

use albumen_store::{Body, Error, ListQuery, ObjectStore, PutOptions};

use crate::stores::{at, bucket};

async fn fill(store: &dyn ObjectStore, keys: &[&str]) {
    for key in keys {
        let body = Body::from(key.as_bytes().to_vec());
        store.put(&at(key), body, PutOptions::default()).await.unwrap();
    }
}

pub(crate) async fn keys_come_in_byte_order_by_pages(store: &dyn ObjectStore) {
    // A space sorts before a dash, a dash before a slash, capitals before small letters.
    let keys = ["a b", "a-b", "a/b", "a0", "B", "b", "z/1", "z/2", "z/3", "照片"];
    fill(store, &keys).await;
    let mut found = Vec::new();
    let mut query = ListQuery { limit: 3, ..ListQuery::under("") };
    loop {
        let page = store.list(&bucket(), &query).await.unwrap();
        assert!(page.objects.len() <= 3);
        for object in page.objects {
            assert_eq!(object.size, object.key.len() as u64);
            found.push(object.key);
        }
        let Some(next) = page.next else { break };
        query.after = Some(next);
    }
    let mut expected = keys.map(str::to_owned);
    expected.sort_unstable();
    assert_eq!(found, expected);
    let under = store.list(&bucket(), &ListQuery::under("z/")).await.unwrap();
    assert_eq!(under.objects.len(), 3);
    let none = "no-bucket".parse().unwrap();
    let nowhere = store.list(&none, &ListQuery::under("")).await;
    assert!(matches!(nowhere, Err(Error::NoSuchBucket(_))), "{nowhere:?}");
}

pub(crate) async fn folders_are_rolled_up_by_pages(store: &dyn ObjectStore) {
    fill(store, &["p/2023/a", "p/2023/b", "p/2024/c", "p/x", "p/y", "q/z"]).await;
    let mut query = ListQuery { prefix: "p/".into(), delimiter: "/".into(), limit: 1, after: None };
    let (mut prefixes, mut keys) = (Vec::new(), Vec::new());
    loop {
        let page = store.list(&bucket(), &query).await.unwrap();
        prefixes.extend(page.prefixes);
        keys.extend(page.objects.into_iter().map(|object| object.key));
        let Some(next) = page.next else { break };
        query.after = Some(next);
    }
    assert_eq!(prefixes, ["p/2023/", "p/2024/"]);
    assert_eq!(keys, ["p/x", "p/y"]);
}
