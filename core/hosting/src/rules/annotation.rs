//! Limits of what a client says about a node (SMH sections 1.12 and 27).

use std::collections::BTreeMap;

use crate::repository::node::Annotations;

/// All keys and values of custom metadata together, in bytes.
const META_MAX: usize = 2048;
/// Labels of one node.
const LABELS_MAX: usize = 20;
/// Characters of a label.
const LABEL_MAX: usize = 32;
/// Bytes of a category.
const CATEGORY_MAX: usize = 16;
/// Bytes of a local time, which is the client's own text.
const LOCAL_TIME_MAX: usize = 64;

/// Names the field that is over its limit.
pub(crate) fn over_limit(notes: &Annotations) -> Option<&'static str> {
    let meta_bytes = |meta: &BTreeMap<String, String>| -> usize {
        meta.iter().map(|(key, value)| key.len() + value.len()).sum()
    };
    let longer = |text: &Option<String>, max| text.as_ref().is_some_and(|text| text.len() > max);
    let labels = notes.labels.as_deref().unwrap_or(&[]);
    if notes.meta.as_ref().is_some_and(|meta| meta_bytes(meta) > META_MAX) {
        Some("metaData")
    } else if labels.len() > LABELS_MAX || labels.iter().any(|l| l.chars().count() > LABEL_MAX) {
        Some("labels")
    } else if longer(&notes.category, CATEGORY_MAX) {
        Some("category")
    } else if longer(&notes.local_created, LOCAL_TIME_MAX) {
        Some("localCreationTime")
    } else if longer(&notes.local_modified, LOCAL_TIME_MAX) {
        Some("localModificationTime")
    } else {
        None
    }
}

/// What becomes of the metadata of a node (SMH section 6.10): the given keys set, those given as
/// null removed, and the others kept or, with `replaces`, dropped.
pub(crate) fn merged(
    old: Option<BTreeMap<String, String>>,
    given: BTreeMap<String, Option<String>>,
    replaces: bool,
) -> Option<BTreeMap<String, String>> {
    let mut meta = old.filter(|_| !replaces).unwrap_or_default();
    for (key, value) in given {
        match value {
            Some(value) => meta.insert(key, value),
            None => meta.remove(&key),
        };
    }
    (!meta.is_empty()).then_some(meta)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_is_merged_or_replaced_by_section_6_10() {
        let map = |text: &str| -> BTreeMap<String, String> {
            let pairs = text.split(' ').filter_map(|pair| pair.split_once('='));
            pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
        };
        for (old, given, replaces, now) in [
            ("", "a=1", false, "a=1"),
            ("a=1 b=2", "a=3", false, "a=3 b=2"),
            ("a=1 b=2", "a=", false, "b=2"),
            ("a=1", "a=", false, ""),
            ("a=1 b=2", "c=3", true, "c=3"),
            ("a=1 b=2", "a=", true, ""),
            ("a=1", "", true, ""),
            ("a=1", "", false, "a=1"),
        ] {
            let given = map(given).into_iter();
            let given = given.map(|(key, value)| (key, Some(value).filter(|v| !v.is_empty())));
            let found = merged(Some(map(old)), given.collect(), replaces);
            assert_eq!(found.unwrap_or_default(), map(now), "{old} {replaces}");
        }
    }

    #[test]
    fn limits_of_section_27() {
        let text = |n: usize| Some("x".repeat(n));
        let labels = |count: usize, long: usize| Some(vec!["字".repeat(long); count]);
        let notes = Annotations::default;
        for (notes, field) in [
            (notes(), None),
            (Annotations { category: text(16), ..notes() }, None),
            (Annotations { category: text(17), ..notes() }, Some("category")),
            (Annotations { labels: labels(20, 32), ..notes() }, None),
            (Annotations { labels: labels(21, 1), ..notes() }, Some("labels")),
            (Annotations { labels: labels(1, 33), ..notes() }, Some("labels")),
            (Annotations { local_created: text(65), ..notes() }, Some("localCreationTime")),
            (
                Annotations { meta: Some([("k".to_owned(), "v".repeat(2048))].into()), ..notes() },
                Some("metaData"),
            ),
        ] {
            assert_eq!(over_limit(&notes), field, "{notes:?}");
        }
    }
}
