//! Proof that what was uploaded is in the object store: every file of every mapping is fetched
//! again and its CRC-64 compared with the one that the library service holds and that the journal
//! noted at upload.

use albumen_client::SpaceClient;
use albumen_media::digest::Crc64Digest;
use albumen_model::{RemotePath, auth::TokenPurpose, smh::NodeItem};
use albumen_sync::{Mapping, VerifyReport};
use futures::{StreamExt, TryStreamExt, stream};

use crate::{App, AppError};

/// Files fetched at the same time.
const AT_ONCE: usize = 4;

/// What reading everything back came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadBack {
    /// Files whose bytes in the store are those that were uploaded.
    pub equal: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Places of files that are not there or not the same.
    pub wrong: Vec<String>,
}

impl App {
    /// Fetches every uploaded file from the object store and compares it. `told` hears how many
    /// were read.
    ///
    /// # Errors
    /// When nobody is signed in or a service does not answer; a file that differs is no error but
    /// in the result.
    pub async fn read_back(&self, told: impl Fn(u64)) -> Result<ReadBack, AppError> {
        let session = self.session()?;
        let mut all = ReadBack::default();
        for mapping in session.ask(|engine| engine.mappings()).await? {
            let expected = session.engine().verify(&mapping.id).await?;
            let bound = &mapping.bound;
            let (library, space) = (bound.library.clone(), bound.space.clone());
            let client = session.space(library, space, TokenPurpose::Browse);
            let before = all.clone();
            fetch_all(&client, &mapping, &mut all, &told).await?;
            account_for(&expected, &before, &mut all);
        }
        Ok(all)
    }
}

/// Files that the listing lacks, or has with another check value than was uploaded, are not equal.
fn account_for(expected: &VerifyReport, before: &ReadBack, all: &mut ReadBack) {
    for deviation in &expected.deviations {
        if !all.wrong.contains(&deviation.path) {
            all.wrong.push(deviation.path.clone());
        }
    }
    // The space may hold files of others beside ours: those prove nothing about ours.
    all.equal = before.equal + (all.equal - before.equal).min(expected.equal);
}

/// Fetches what lies where the mapping puts its files.
async fn fetch_all(
    client: &SpaceClient,
    mapping: &Mapping,
    all: &mut ReadBack,
    told: &impl Fn(u64),
) -> Result<(), AppError> {
    let mut waiting = vec![top(mapping)];
    while let Some(directory) = waiting.pop() {
        let mut files = Vec::new();
        let mut items = std::pin::pin!(client.list_directory(&directory));
        while let Some(item) = items.try_next().await? {
            if item.node_type.is_dir() {
                waiting.push(item.path);
            } else {
                files.push(item);
            }
        }
        let read = stream::iter(files).map(|item| async move {
            let same = is_same(client, &item).await?;
            Ok::<_, AppError>((item, same))
        });
        let mut read = std::pin::pin!(read.buffer_unordered(AT_ONCE));
        while let Some((item, same)) = read.try_next().await? {
            if same {
                all.equal += 1;
                all.bytes += item.size.unwrap_or(0);
            } else {
                all.wrong.push(item.path.to_string());
            }
            told(all.equal);
        }
    }
    Ok(())
}

fn top(mapping: &Mapping) -> RemotePath {
    match &mapping.bound.target {
        albumen_sync::Target::Album(name) => {
            RemotePath::root().join(name.clone()).unwrap_or_default()
        }
        albumen_sync::Target::Root | albumen_sync::Target::PerFolder => RemotePath::root(),
    }
}

/// Whether the bytes in the store have the check value that the library service holds.
async fn is_same(client: &SpaceClient, item: &NodeItem) -> Result<bool, AppError> {
    let mut download = client.open(&item.path, None).await?;
    let mut digest = Crc64Digest::new();
    while let Some(piece) = download.next_piece().await? {
        digest.update(&piece);
    }
    Ok(item.size == Some(digest.len()) && item.crc64 == Some(digest.finish()))
}

#[cfg(test)]
mod tests {
    use albumen_model::Crc64;
    use albumen_sync::Deviation;

    use super::*;

    #[test]
    fn a_file_that_differs_is_never_counted_as_equal() {
        let deviation = Deviation {
            path: "A/b.jpg".into(),
            expected: (3, Crc64::new(1)),
            found: Some((3, Some(Crc64::new(2)))),
        };
        let expected = VerifyReport { equal: 2, deviations: vec![deviation] };
        let before = ReadBack { equal: 5, bytes: 50, wrong: Vec::new() };
        // Three were read well: two of ours, and the one that is not what was uploaded.
        let mut all = ReadBack { equal: 8, bytes: 80, wrong: Vec::new() };
        account_for(&expected, &before, &mut all);
        assert_eq!(all.equal, 7);
        assert_eq!(all.wrong, ["A/b.jpg"]);
    }
}
