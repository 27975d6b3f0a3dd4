//! The add-only rule, story by story, and that it comes to rest.

use albumen_model::{Crc64, RemotePath};
use proptest::prelude::*;

use super::*;
use crate::{local_path::LocalPath, trees::LocalStat};

const NEW: Op = Op::Upload { replace: false };
const REPLACE: Op = Op::Upload { replace: true };

fn path(text: &str) -> RemotePath {
    RemotePath::parse(text).unwrap()
}

fn stat(content: u64) -> LocalStat {
    LocalStat { size: content, mtime_ns: 1, ctime_ns: 1, inode: 7, btime_ns: 1 }
}

/// Content is told by one number: its length, its check value and its stamp all follow from it.
fn on_disk(name: &str, content: u64) -> LocalVersion {
    LocalVersion {
        path: name.into(),
        target: path(name),
        stat: stat(content),
        crc64: Some(Crc64::new(content)),
    }
}

fn in_cloud(name: &str, content: u64) -> RemoteVersion {
    RemoteVersion {
        path: path(name),
        size: content,
        crc64: Some(Crc64::new(content)),
        inode: None,
        content_cas: Some(content.to_string()),
    }
}

fn agreed(name: &str, content: u64) -> SyncedVersion {
    SyncedVersion {
        local_path: LocalPath::from(name),
        stat: stat(content),
        remote: in_cloud(name, content),
        crc64: Crc64::new(content),
        aside: None,
    }
}

fn step(
    local: LocalVersion,
    remote: Option<RemoteVersion>,
    synced: Option<&SyncedVersion>,
) -> Option<Op> {
    next(&Sight::Present(local), remote.map(Sight::Present).as_ref(), synced)
}

#[test]
fn story_by_story() {
    let disk = |content| on_disk("a", content);
    let cloud = |content| Some(in_cloud("a", content));
    let base = || Some(agreed("a", 1));
    let aside = |why| Some(SyncedVersion { aside: Some(why), ..agreed("a", 1) });
    let deleted = Aside::DeletedInCloud;
    for (story, local, remote, synced, wanted) in [
        ("new here", disk(1), None, None, Some(NEW)),
        ("the same is there already", disk(1), cloud(1), None, Some(Op::Adopt)),
        ("another has the name", disk(1), cloud(2), None, Some(Op::UploadBeside)),
        ("nothing happened", disk(1), cloud(1), base(), None),
        ("edited here", disk(2), cloud(1), base(), Some(REPLACE)),
        ("edited on both", disk(2), cloud(3), base(), Some(Op::UploadBeside)),
        ("edited alike on both", disk(2), cloud(2), base(), Some(Op::Adopt)),
        ("deleted there", disk(1), None, base(), Some(Op::SetAside(deleted))),
        ("deleted there, known", disk(1), None, aside(deleted), None),
        ("deleted there, edited here", disk(2), None, aside(deleted), Some(NEW)),
        ("restored there", disk(1), cloud(1), aside(deleted), Some(Op::Adopt)),
        ("changed there", disk(1), cloud(2), base(), Some(Op::SetAside(Aside::ChangedInCloud))),
        ("back on disk", disk(1), cloud(1), aside(Aside::Archived), Some(Op::Adopt)),
        ("moved there", disk(1), Some(in_cloud("b", 1)), base(), Some(Op::Adopt)),
        ("moved there, edited here", disk(2), Some(in_cloud("b", 1)), base(), Some(REPLACE)),
        ("moved here", on_disk("b", 1), cloud(1), base(), Some(NEW)),
    ] {
        assert_eq!(step(local, remote, synced.as_ref()), wanted, "{story}");
    }
}

#[test]
fn what_cannot_be_told_leads_to_nothing() {
    let (seen, base) = (Sight::Present(in_cloud("a", 1)), agreed("a", 1));
    assert_eq!(next(&Sight::Unknown, Some(&seen), Some(&base)), None);
    let here = Sight::Present(on_disk("a", 2));
    assert_eq!(next(&here, Some(&Sight::Unknown), Some(&base)), None);
}

proptest! {
    #[test]
    fn one_step_brings_a_file_to_rest(
        local in 1..4u64,
        remote in proptest::option::of((0..2u8, 1..4u64)),
        synced in proptest::option::of(1..4u64),
    ) {
        let name = |place| ["a", "b"][usize::from(place)];
        let remote = remote.map(|(place, content)| in_cloud(name(place), content));
        let synced = synced.map(|content| agreed("a", content));
        let there = remote.as_ref().is_none_or(|remote| remote.path == path("a"));
        let known = synced.is_some() || there;
        prop_assume!(known);
        let here = on_disk("a", local);
        let Some(op) = step(here.clone(), remote.clone(), synced.as_ref()) else { return Ok(()) };
        let (remote, synced) = match op {
            Op::Adopt => (remote.clone(), remote.map(|there| base_of(&here, there))),
            Op::Upload { replace } => {
                // It replaces nothing but what was agreed on.
                if replace {
                    let agreed = synced.as_ref().map(|base| base.remote.content_cas.clone());
                    prop_assert_eq!(remote.as_ref().map(|there| there.content_cas.clone()), agreed);
                }
                let there = remote.filter(|_| replace);
                let place = there.map_or_else(|| path("a"), |there| there.path);
                let sent = RemoteVersion { path: place, ..in_cloud("a", local) };
                (Some(sent.clone()), Some(base_of(&here, sent)))
            }
            Op::UploadBeside => {
                let sent = in_cloud("a beside", local);
                (Some(sent.clone()), Some(base_of(&here, sent)))
            }
            Op::SetAside(why) => {
                (remote, synced.map(|base| SyncedVersion { aside: Some(why), ..base }))
            }
        };
        prop_assert_eq!(step(here, remote, synced.as_ref()), None);
    }
}

fn base_of(here: &LocalVersion, remote: RemoteVersion) -> SyncedVersion {
    SyncedVersion {
        local_path: here.path.clone(),
        stat: here.stat,
        remote,
        crc64: here.crc64.unwrap(),
        aside: None,
    }
}
