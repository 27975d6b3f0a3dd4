//! Listing: prefix, delimiter, page. Owns the rule that turns an ordered run of keys into a page;
//! back ends only give it the keys, from a place it names.

use std::ops::Bound;

use albumen_model::{Crc64, Timestamp};

use crate::{ETag, Error};

/// Most entries of one page (S3, COS).
pub const MAX_PAGE: usize = 1000;

/// Which keys, how many.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListQuery {
    /// Only keys that begin with this.
    pub prefix: String,
    /// Only keys after this one; a rolled-up prefix given here skips all that is under it.
    pub after: Option<String>,
    /// Keys that have this after the prefix are rolled up into one entry. Empty: none.
    pub delimiter: String,
    /// Most entries, keys and rolled-up prefixes together; cut to [`MAX_PAGE`].
    pub limit: usize,
}

impl ListQuery {
    /// All keys under a prefix, by pages of [`MAX_PAGE`].
    pub fn under(prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into(), limit: MAX_PAGE, ..Self::default() }
    }
}

/// One key of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedObject {
    /// The key.
    pub key: String,
    /// Its bytes.
    pub size: u64,
    /// Its validator.
    pub etag: ETag,
    /// Its CRC-64; foreign stores do not list it.
    pub crc64: Option<Crc64>,
    /// When it was stored.
    pub modified: Timestamp,
}

/// One page, in byte order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListPage {
    /// Keys that were not rolled up.
    pub objects: Vec<ListedObject>,
    /// Rolled-up prefixes, with the delimiter at their end.
    pub prefixes: Vec<String>,
    /// If there is more: what to give as `after` for the next page.
    pub next: Option<String>,
}

/// Greater than every key that begins with some text: no UTF-8 holds this byte.
const BEYOND: u8 = 0xFF;

/// Builds a page. `from` opens a run of all keys at or after a place, in byte order; it is called
/// once, and once more for each rolled-up prefix.
pub(crate) fn page<'a, R>(
    query: &ListQuery,
    from: impl Fn(Bound<Vec<u8>>) -> Result<R, Error> + 'a,
) -> Result<ListPage, Error>
where
    R: Iterator<Item = Result<ListedObject, Error>>,
{
    let mut page = ListPage::default();
    let limit = query.limit.min(MAX_PAGE);
    if limit == 0 {
        return Ok(page);
    }
    let mut run = from(start(query))?;
    let mut last = String::new();
    while let Some(object) = run.next().transpose()? {
        if !object.key.starts_with(&query.prefix) {
            break;
        }
        if page.objects.len() + page.prefixes.len() == limit {
            page.next = Some(last);
            break;
        }
        match rolled_up(query, &object.key) {
            Some(prefix) => {
                run = from(beyond(prefix))?;
                prefix.clone_into(&mut last);
                page.prefixes.push(prefix.to_owned());
            }
            None => {
                last.clone_from(&object.key);
                page.objects.push(object);
            }
        }
    }
    Ok(page)
}

/// Where to begin.
fn start(query: &ListQuery) -> Bound<Vec<u8>> {
    let Some(after) = query.after.as_deref().filter(|after| *after >= query.prefix.as_str()) else {
        return Bound::Included(query.prefix.clone().into_bytes());
    };
    match rolled_up(query, after) {
        Some(prefix) if prefix == after => beyond(prefix),
        _ => Bound::Excluded(after.as_bytes().to_vec()),
    }
}

fn beyond(prefix: &str) -> Bound<Vec<u8>> {
    let mut place = prefix.as_bytes().to_vec();
    place.push(BEYOND);
    Bound::Included(place)
}

/// The prefix that a key is rolled up into, if any.
fn rolled_up<'k>(query: &ListQuery, key: &'k str) -> Option<&'k str> {
    if query.delimiter.is_empty() {
        return None;
    }
    let rest = key.strip_prefix(query.prefix.as_str())?;
    let end = rest.find(&query.delimiter)? + query.delimiter.len();
    Some(&key[..query.prefix.len() + end])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn listed(key: &str) -> ListedObject {
        let modified = Timestamp::from_millis(0);
        ListedObject { key: key.into(), size: 0, etag: ETag::new(""), crc64: None, modified }
    }

    fn one_page(keys: &BTreeSet<String>, query: &ListQuery) -> ListPage {
        let after = |place: &Bound<Vec<u8>>, key: &str| match place {
            Bound::Included(place) => key.as_bytes() >= place.as_slice(),
            Bound::Excluded(place) => key.as_bytes() > place.as_slice(),
            Bound::Unbounded => true,
        };
        page(query, |place| {
            let run: Vec<_> = keys.iter().filter(|key| after(&place, key)).collect();
            Ok(run.into_iter().map(|key| Ok(listed(key))))
        })
        .unwrap()
    }

    /// Follows `next` to the end; every page must make progress.
    fn all_pages(keys: &BTreeSet<String>, mut query: ListQuery) -> Vec<String> {
        let mut entries = Vec::new();
        loop {
            let page = one_page(keys, &query);
            assert!(page.objects.len() + page.prefixes.len() <= query.limit);
            let mut names: Vec<_> = page.objects.into_iter().map(|object| object.key).collect();
            names.extend(page.prefixes);
            names.sort();
            entries.extend(names);
            let Some(next) = page.next else { return entries };
            assert!(query.after.as_ref().is_none_or(|after| *after < next), "no progress");
            query.after = Some(next);
        }
    }

    #[test]
    fn folders_are_rolled_up() {
        let keys = ["a", "b/1", "b/2/3", "b-", "c/", "d"].map(str::to_owned).into();
        let query = ListQuery { delimiter: "/".into(), limit: 10, ..ListQuery::default() };
        let page = one_page(&keys, &query);
        assert_eq!(page.prefixes, ["b/", "c/"]);
        let names: Vec<_> = page.objects.iter().map(|object| object.key.as_str()).collect();
        assert_eq!(names, ["a", "b-", "d"]);
        assert_eq!(page.next, None);
    }

    proptest! {
        #[test]
        fn pages_together_are_everything_once(
            keys in proptest::collection::btree_set("[ab/é]{1,6}", 0..40),
            prefix in "[ab/]{0,2}",
            delimiter in prop_oneof![Just(""), Just("/"), Just("b/")],
            limit in 1_usize..6,
        ) {
            let query = ListQuery {
                prefix: prefix.clone(), delimiter: delimiter.into(), limit, after: None,
            };
            let expected: BTreeSet<String> = keys
                .iter()
                .filter(|key| key.starts_with(&prefix))
                .map(|key| rolled_up(&query, key).unwrap_or(key).to_owned())
                .collect();
            let found = all_pages(&keys, query);
            prop_assert_eq!(found, expected.into_iter().collect::<Vec<_>>());
        }
    }
}
