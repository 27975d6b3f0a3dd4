//! Whatever is noted, both records answer the same, also after the one on disk was closed and
//! opened again.

use albumen_model::{Crc64, RemotePath};
use albumen_sync::{
    Error, LocalPath,
    cloud::Cursor,
    effect::Version,
    name::{CaseRule, Normalisation, VolumeRules},
    plan::tree::{
        Agreed, Aside, Base, Content, Entry, Gone, LocalStat, NodeId, Place, Side, Sight, Trees,
        What,
    },
    reconcile::{
        Remembered,
        record::{InCloud, Intent, Note, OnDisk, Placing, Record},
    },
};
use proptest::{prelude::*, sample::select, strategy::ValueTree, test_runner::TestRunner};

use crate::kit::{
    OnPaper, SIDES, Universe, agreement, answers, folder_in_sync, identity, in_sync, number, place,
    stat,
};

pub(crate) const UNIVERSE: Universe = Universe {
    nodes: 6,
    names: &["a", "A", "b", "\u{e9}", "e\u{301}"],
    inodes: &["17", "017", "18", "x_1", "19"],
    moments: &[i64::MIN, 0, 100_000_000, 300_000_000],
};

/// Nodes up to this are directories, the others files; hardly ever is it the other way round.
const DIRECTORIES: i64 = 3;

/// Notes, or what needs the trees to be put into notes.
#[derive(Clone, Debug)]
pub(crate) enum Deed {
    Note(Note),
    /// The cloud has what the disk has.
    Up(i64, &'static str),
    /// Both are agreed on.
    Agree(i64),
    /// Both sides have the same here, and agree on it.
    InSync(i64, Place, &'static str),
    /// It is nowhere any more.
    Gone(i64),
    /// Two nodes change places.
    Swap(Side, i64, i64),
}

fn node() -> impl Strategy<Value = i64> {
    1..=UNIVERSE.nodes
}

fn name() -> impl Strategy<Value = &'static str> {
    select(UNIVERSE.names)
}

fn inode() -> impl Strategy<Value = &'static str> {
    select(UNIVERSE.inodes)
}

fn side() -> impl Strategy<Value = Side> {
    select(&[Side::Local, Side::Remote][..])
}

fn spot() -> impl Strategy<Value = Place> {
    let parent = prop_oneof![12 => Just(0), 12 => 1..=DIRECTORIES, 1 => node()];
    (parent, name()).prop_map(|(parent, name)| place(parent, name))
}

fn state() -> impl Strategy<Value = LocalStat> {
    (1..3u64).prop_map(stat)
}

fn crc64() -> impl Strategy<Value = Crc64> {
    (1..3u64).prop_map(Crc64::new)
}

fn cas() -> impl Strategy<Value = Option<String>> {
    prop_oneof![Just(None), Just(Some("00ff".to_owned())), Just(Some("v\u{e9}1".to_owned()))]
}

fn content() -> impl Strategy<Value = Content> {
    let stat = proptest::option::of(state());
    (1..3u64, proptest::option::of(crc64()), stat, cas())
        .prop_map(|(size, crc64, stat, cas)| Content { size, crc64, stat, cas })
}

fn what(node: i64) -> impl Strategy<Value = What> {
    (content(), any::<bool>(), 0..40u8).prop_map(move |(content, lived_in, odd)| {
        match (node <= DIRECTORIES) == (odd > 0) {
            true => What::Directory { lived_in },
            false => What::File(content),
        }
    })
}

fn entry(node: i64) -> impl Strategy<Value = Entry> {
    (spot(), what(node)).prop_map(|(place, what)| Entry { place, what })
}

fn sight<T: Clone + std::fmt::Debug>(
    seen: impl Strategy<Value = T>,
) -> impl Strategy<Value = Option<Sight<T>>> {
    prop_oneof![
        8 => seen.prop_map(|seen| Some(Sight::Present(seen))),
        1 => Just(Some(Sight::Unknown)),
        3 => Just(None),
    ]
}

/// Most often the one that goes with what is seen.
fn identities() -> impl Strategy<Value = Option<(u64, i64)>> {
    let others = select(&[(0, 0), (7, 0), (u64::MAX, i64::MIN)][..]);
    proptest::option::weighted(0.3, others)
}

fn of(entry: &Entry) -> (u64, i64) {
    entry.content().and_then(|content| content.stat).map_or((900, 70), |stat| identity(&stat))
}

fn on_disk(node: i64) -> impl Strategy<Value = Note> {
    let spelling = proptest::option::weighted(0.1, Just(vec![0xff]));
    let seen = (entry(node), spelling, proptest::bool::weighted(0.1), identities()).prop_map(
        |(entry, spelling, racy, other)| {
            let identity = other.unwrap_or_else(|| of(&entry));
            OnDisk { entry, spelling, racy, identity }
        },
    );
    sight(seen).prop_map(move |seen| Note::OnDisk(NodeId(node), seen))
}

fn in_cloud(node: i64) -> impl Strategy<Value = Note> {
    let seen =
        (entry(node), inode()).prop_map(|(entry, text)| InCloud { entry, inode: number(text) });
    sight(seen).prop_map(move |seen| Note::InCloud(NodeId(node), seen))
}

/// Boxed, as are those below: as one type, a deed would be too large for a thread's stack.
fn base(file: bool) -> BoxedStrategy<Base> {
    let content = (1..3u64, crc64(), state(), cas()).prop_map(|(size, crc64, stat, cas)| Agreed {
        size,
        crc64,
        stat,
        cas,
    });
    (spot(), spot(), content, proptest::option::of(inode()))
        .prop_map(move |(local, remote, content, inode)| {
            let (content, inode) = (file.then_some(content), inode.map(number));
            Base { local, remote, content, inode }
        })
        .boxed()
}

fn agreed(node: i64) -> impl Strategy<Value = Note> {
    base(node > DIRECTORIES).prop_map(move |base| Note::Agreed(NodeId(node), base))
}

fn version() -> impl Strategy<Value = Version> {
    (state(), proptest::option::of(crc64())).prop_map(|(stat, crc64)| Version { stat, crc64 })
}

fn placing() -> BoxedStrategy<Placing> {
    let old = proptest::option::of(version());
    (any::<u64>(), spot(), old, version(), any::<bool>().prop_flat_map(base))
        .prop_map(|(op, to, old, fetched, base)| Placing {
            op,
            day: "2026-02-03".to_owned(),
            to,
            path: LocalPath::from_bytes(vec![b'a', b'/', 0xff]),
            old,
            fetched,
            base,
        })
        .boxed()
}

fn intent() -> BoxedStrategy<Intent> {
    let base = any::<bool>().prop_flat_map(base).prop_map(Box::new);
    prop_oneof![
        (spot(), base).prop_map(|(to, base)| Intent::Upload { to, base }),
        spot().prop_map(|to| Intent::Detach { to }),
        spot().prop_map(|to| Intent::MakeDirectory { to }),
        (spot(), any::<bool>()).prop_map(|(to, passing)| Intent::Move { to, passing }),
        select(&["", "a", "trip/\u{e9}"][..])
            .prop_map(|text| Intent::RemoveDirectory { path: RemotePath::parse(text).unwrap() }),
        placing().prop_map(|placing| Intent::Place(Box::new(placing))),
    ]
    .boxed()
}

fn decided(node: i64) -> impl Strategy<Value = Note> {
    let id = NodeId(node);
    let how = select(
        &[Gone::Deleted { in_bin: false }, Gone::Deleted { in_bin: true }, Gone::Withdrawn][..],
    );
    let why = select(
        &[
            Aside::DeletedInCloud,
            Aside::ChangedInCloud,
            Aside::Archived,
            Aside::Withdrawn,
            Aside::NameClash,
        ][..],
    );
    prop_oneof![
        (how, proptest::option::of(any::<u64>()))
            .prop_map(move |(how, bin)| { Note::Went(id, how, bin) }),
        Just(Note::Forgot(id)),
        why.prop_map(move |why| Note::SetAside(id, why)),
        intent().prop_map(move |intent| Note::Began(id, intent)),
        Just(Note::Ended(id)),
    ]
}

fn aloof() -> impl Strategy<Value = Note> {
    prop_oneof![
        3 => (node(), side(), 0..400_000_000i64)
            .prop_map(|(node, side, at)| Note::Deleted(NodeId(node), side, at)),
        1 => proptest::option::of(select(&["c1", "c2"][..]))
            .prop_map(|text| Note::Followed(text.map(Cursor::new))),
    ]
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        5 => node().prop_flat_map(on_disk).prop_map(Deed::Note),
        5 => node().prop_flat_map(in_cloud).prop_map(Deed::Note),
        2 => node().prop_flat_map(agreed).prop_map(Deed::Note),
        3 => node().prop_flat_map(decided).prop_map(Deed::Note),
        1 => aloof().prop_map(Deed::Note),
        4 => (node(), inode()).prop_map(|(node, inode)| Deed::Up(node, inode)),
        4 => node().prop_map(Deed::Agree),
        6 => (node(), spot(), inode()).prop_map(|(n, place, inode)| Deed::InSync(n, place, inode)),
        2 => node().prop_map(Deed::Gone),
        1 => (side(), node(), node()).prop_map(|(side, one, other)| Deed::Swap(side, one, other)),
    ]
}

pub(crate) fn batches(most: usize) -> impl Strategy<Value = Vec<Vec<Deed>>> {
    proptest::collection::vec(proptest::collection::vec(deed(), 1..4), 1..most)
}

fn seen(record: &dyn Record, side: Side, node: i64) -> Option<Entry> {
    match record.entry(side, NodeId(node))? {
        Sight::Present(entry) => Some(entry),
        Sight::Unknown => None,
    }
}

fn put(record: &dyn Record, side: Side, node: i64, entry: Entry) -> Option<Note> {
    let id = NodeId(node);
    Some(match side {
        Side::Local => {
            let identity = of(&entry);
            let seen = OnDisk { entry, spelling: None, racy: false, identity };
            Note::OnDisk(id, Some(Sight::Present(seen)))
        }
        Side::Remote => {
            let inode = record.inode(id)?;
            Note::InCloud(id, Some(Sight::Present(InCloud { entry, inode })))
        }
    })
}

impl Deed {
    /// The notes of it, as a record stands. None where there is nothing to do it to.
    pub(crate) fn notes(&self, record: &dyn Record) -> Vec<Note> {
        let notes = || match self {
            Self::Note(note) => Some(vec![note.clone()]),
            Self::Up(node, text) => {
                let mut entry = seen(record, Side::Local, *node)?;
                if let What::File(content) = &mut entry.what {
                    content.stat = None;
                    content.cas = Some("00ff".to_owned());
                }
                let seen = InCloud { entry, inode: number(text) };
                Some(vec![Note::InCloud(NodeId(*node), Some(Sight::Present(seen)))])
            }
            Self::Agree(node) => {
                let here = seen(record, Side::Local, *node)?;
                let there = seen(record, Side::Remote, *node)?;
                let base = agreement(&here, &there, record.inode(NodeId(*node)))?;
                Some(vec![Note::Agreed(NodeId(*node), base)])
            }
            Self::InSync(node, Place { parent, name }, text) => Some(if *node <= DIRECTORIES {
                folder_in_sync(*node, parent.0, name.as_str(), text)
            } else {
                in_sync(*node, parent.0, name.as_str(), text)
            }),
            Self::Gone(node) => {
                let id = NodeId(*node);
                let unseen = [Note::OnDisk(id, None), Note::InCloud(id, None)];
                Some([unseen, [Note::Forgot(id), Note::Ended(id)]].concat())
            }
            Self::Swap(side, one, other) => {
                let (mut left, mut right) =
                    (seen(record, *side, *one)?, seen(record, *side, *other)?);
                std::mem::swap(&mut left.place, &mut right.place);
                Some(vec![put(record, *side, *one, left)?, put(record, *side, *other, right)?])
            }
        };
        notes().unwrap_or_default()
    }
}

/// The notes of a batch as the record in memory stands before it.
pub(crate) fn notes_of(batch: &[Deed], record: &dyn Record) -> Vec<Note> {
    batch.iter().flat_map(|deed| deed.notes(record)).collect()
}

fn volume() -> impl Strategy<Value = VolumeRules> {
    let folding = VolumeRules { case: CaseRule::Insensitive, ..VolumeRules::LINUX };
    let composing = VolumeRules { normalisation: Normalisation::Same, ..VolumeRules::LINUX };
    select(vec![VolumeRules::LINUX, folding, composing])
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 96,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn both_records_answer_the_same(
        rules in volume(),
        story in batches(24),
        ends in proptest::collection::vec(0..24usize, 0..3),
    ) {
        let memory = Remembered::new(rules);
        let mut paper = OnPaper::new(rules);
        for (index, batch) in story.iter().enumerate() {
            let notes = notes_of(batch, &memory);
            let outcomes = [memory.write(notes.clone()), paper.record().write(notes)];
            match outcomes {
                [Ok(()), Ok(())] | [Err(Error::Torn), Err(Error::Torn)] => {}
                [one, other] => prop_assert!(false, "{one:?}, {other:?}"),
            }
            if ends.contains(&index) {
                paper.reopen();
            }
            let (one, other) = (answers(&memory, &UNIVERSE), answers(paper.record(), &UNIVERSE));
            prop_assert_eq!(one, other);
        }
    }
}

/// Notes that were all refused, or nodes that never agree, would prove little.
#[test]
fn the_stories_are_worth_telling() {
    let mut runner = TestRunner::deterministic();
    let (mut taken, mut torn, mut settled, mut forgotten) = (0, 0, 0, 0);
    for _ in 0..300 {
        let memory = Remembered::new(VolumeRules::LINUX);
        let mut known = 0;
        for batch in batches(24).new_tree(&mut runner).unwrap().current() {
            match memory.write(notes_of(&batch, &memory)) {
                Ok(()) => taken += 1,
                Err(_) => torn += 1,
            }
            let there = |node: &i64| {
                SIDES.iter().any(|side| memory.entry(*side, NodeId(*node)).is_some())
                    || memory.base(NodeId(*node)).is_some()
            };
            let now = (1..=UNIVERSE.nodes).filter(there).count();
            settled += now - memory.unsettled().unwrap().len();
            forgotten += usize::from(now < known);
            known = now;
        }
    }
    println!("taken {taken}, torn {torn}, settled {settled}, forgotten {forgotten}");
    assert!(taken > torn && torn > 100 && settled > 100 && forgotten > 50);
}
