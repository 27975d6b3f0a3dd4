//! The two records, short ways to say what is seen, and all answers a record gives.

use std::{path::PathBuf, sync::Arc};

use albumen_model::{Crc64, Inode};
use albumen_sync::{
    Error, Journal,
    cloud::Cursor,
    name::VolumeRules,
    plan::{
        guard::Tally,
        tree::{
            Agreed, Aside, Base, Content, Entry, Gone, LocalStat, Name, NodeId, Place, Side, Sight,
            What,
        },
    },
    reconcile::{
        Remembered, TreeRecord,
        record::{InCloud, Intent, Note, OnDisk, Record},
    },
};
use rusqlite::Connection;
use tempfile::TempDir;

pub(crate) const SIDES: [Side; 2] = [Side::Local, Side::Remote];

/// A record in a journal on disk.
pub(crate) struct OnPaper {
    pub(crate) home: TempDir,
    pub(crate) rules: VolumeRules,
    pub(crate) journal: Option<Arc<Journal>>,
    record: Option<TreeRecord>,
}

impl OnPaper {
    pub(crate) fn new(rules: VolumeRules) -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut paper = Self { home, rules, journal: None, record: None };
        drop(Journal::open(&paper.path()).unwrap());
        for mapping in 1..=2 {
            Connection::open(paper.path())
                .unwrap()
                .execute(
                    "INSERT INTO mapping(id, uuid, mode, folder, root_ino, root_btime, library,
                       space, space_name, target_kind, nested, added_at)
                     VALUES(?1, printf('%032x', ?1), 0, x'2f', 1, 1, 'smh1', '-', 'S', 0, 1, 1)",
                    [mapping],
                )
                .unwrap();
        }
        paper.reopen();
        paper
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.home.path().join("journal.db")
    }

    pub(crate) fn close(&mut self) {
        self.record = None;
        self.journal = None;
    }

    pub(crate) fn reopen(&mut self) {
        self.close();
        let journal = Arc::new(Journal::open(&self.path()).unwrap());
        self.record = Some(self.of_mapping(&journal, 0));
        self.journal = Some(journal);
    }

    /// The record of one of the two mappings.
    pub(crate) fn of_mapping(&self, journal: &Arc<Journal>, which: usize) -> TreeRecord {
        let mapping = &journal.mappings().unwrap()[which];
        TreeRecord::open(Arc::clone(journal), mapping, self.rules).unwrap()
    }

    pub(crate) fn record(&self) -> &TreeRecord {
        self.record.as_ref().unwrap()
    }
}

/// One of the two forms.
pub(crate) enum Form {
    Memory(Box<Remembered>),
    Paper(Box<OnPaper>),
}

impl Form {
    pub(crate) fn get(&self) -> &dyn Record {
        match self {
            Self::Memory(record) => &**record,
            Self::Paper(paper) => paper.record(),
        }
    }

    /// What lies on disk is closed and opened again.
    pub(crate) fn reopen(&mut self) {
        if let Self::Paper(paper) = self {
            paper.reopen();
        }
    }
}

/// Tells a story to both, on a volume of these rules.
pub(crate) fn on(rules: VolumeRules, story: impl Fn(&mut Form)) {
    story(&mut Form::Memory(Box::new(Remembered::new(rules))));
    story(&mut Form::Paper(Box::new(OnPaper::new(rules))));
}

pub(crate) fn both(story: impl Fn(&mut Form)) {
    on(VolumeRules::LINUX, story);
}

pub(crate) fn place(parent: i64, name: &str) -> Place {
    Place { parent: NodeId(parent), name: Name::new(name) }
}

pub(crate) fn number(text: &str) -> Inode {
    Inode::parse(text).unwrap()
}

/// The state of a file in its version `n`.
pub(crate) fn stat(n: u64) -> LocalStat {
    let time = 1_700_000_000_000_000_000 + n.cast_signed();
    LocalStat { size: n, mtime_ns: time, ctime_ns: time + 5, inode: 40 + n, btime_ns: time - 5 }
}

/// What tells a file in this state from every other.
pub(crate) const fn identity(stat: &LocalStat) -> (u64, i64) {
    (stat.inode, stat.btime_ns)
}

pub(crate) fn file_here(parent: i64, name: &str, n: u64) -> OnDisk {
    let crc64 = Some(Crc64::new(u64::MAX - n));
    let content = Content { size: n, crc64, stat: Some(stat(n)), cas: None };
    let entry = Entry { place: place(parent, name), what: What::File(content) };
    OnDisk { entry, spelling: None, racy: false, identity: identity(&stat(n)) }
}

pub(crate) fn folder_here(parent: i64, name: &str) -> OnDisk {
    let what = What::Directory { lived_in: false };
    let entry = Entry { place: place(parent, name), what };
    OnDisk { entry, spelling: None, racy: false, identity: (900, 70) }
}

pub(crate) fn file_there(parent: i64, name: &str, n: u64, inode: &str) -> InCloud {
    let (crc64, cas) = (Some(Crc64::new(u64::MAX - n)), Some(format!("{n:024x}")));
    let content = Content { size: n, crc64, stat: None, cas };
    let entry = Entry { place: place(parent, name), what: What::File(content) };
    InCloud { entry, inode: number(inode) }
}

pub(crate) fn folder_there(parent: i64, name: &str, inode: &str) -> InCloud {
    let what = What::Directory { lived_in: false };
    InCloud { entry: Entry { place: place(parent, name), what }, inode: number(inode) }
}

pub(crate) fn here(node: i64, seen: OnDisk) -> Note {
    Note::OnDisk(NodeId(node), Some(Sight::Present(seen)))
}

pub(crate) fn there(node: i64, seen: InCloud) -> Note {
    Note::InCloud(NodeId(node), Some(Sight::Present(seen)))
}

/// What two entries and a number can be agreed on as.
pub(crate) fn agreement(here: &Entry, there: &Entry, inode: Option<Inode>) -> Option<Base> {
    let content = match (here.content(), there.content()) {
        (Some(one), Some(other)) => Some(Agreed {
            size: other.size,
            crc64: other.crc64?,
            stat: one.stat?,
            cas: other.cas.clone(),
        }),
        (None, None) => None,
        _ => return None,
    };
    Some(Base { local: here.place.clone(), remote: there.place.clone(), content, inode })
}

/// A file of which all three trees say the same.
pub(crate) fn in_sync(node: i64, parent: i64, name: &str, inode: &str) -> Vec<Note> {
    let n = node.unsigned_abs();
    let (one, other) = (file_here(parent, name, n), file_there(parent, name, n, inode));
    let base = agreement(&one.entry, &other.entry, Some(number(inode))).unwrap();
    vec![here(node, one), there(node, other), Note::Agreed(NodeId(node), base)]
}

/// The same of a directory.
pub(crate) fn folder_in_sync(node: i64, parent: i64, name: &str, inode: &str) -> Vec<Note> {
    let (one, other) = (folder_here(parent, name), folder_there(parent, name, inode));
    let base = agreement(&one.entry, &other.entry, Some(number(inode))).unwrap();
    vec![here(node, one), there(node, other), Note::Agreed(NodeId(node), base)]
}

/// What can be asked about.
pub(crate) struct Universe {
    pub(crate) nodes: i64,
    pub(crate) names: &'static [&'static str],
    pub(crate) inodes: &'static [&'static str],
    pub(crate) moments: &'static [i64],
}

/// What is said of one node.
#[derive(Debug, PartialEq)]
struct OfNode {
    node: NodeId,
    entries: [Option<Sight<Entry>>; 2],
    base: Option<Base>,
    aside: Option<Aside>,
    gone: Gone,
    on_disk: Option<Sight<OnDisk>>,
    inode: Option<Inode>,
    binned: Option<u64>,
    children: [Vec<NodeId>; 2],
}

/// All answers of a record.
#[derive(Debug, PartialEq)]
pub(crate) struct Answers {
    nodes: Vec<OfNode>,
    places: Vec<(Side, Place, NodeId)>,
    inodes: Vec<Option<NodeId>>,
    unsettled: Vec<NodeId>,
    unknown: [Vec<NodeId>; 2],
    intents: Vec<(NodeId, Intent)>,
    followed: Option<Cursor>,
    tallies: Vec<Tally>,
}

fn of_node(record: &dyn Record, node: NodeId) -> OfNode {
    let children = |side| {
        let mut children = record.children(side, node);
        children.sort_unstable();
        children
    };
    OfNode {
        node,
        entries: SIDES.map(|side| record.entry(side, node)),
        base: record.base(node),
        aside: record.aside(node),
        gone: record.gone(node),
        on_disk: record.on_disk(node),
        inode: record.inode(node),
        binned: record.binned(node),
        children: SIDES.map(children),
    }
}

/// Asks for everything there is.
pub(crate) fn answers(record: &dyn Record, universe: &Universe) -> Answers {
    let nodes: Vec<OfNode> =
        (0..=universe.nodes).map(|node| of_node(record, NodeId(node))).collect();
    let mut places = Vec::new();
    for side in SIDES {
        for parent in 0..=universe.nodes {
            for name in universe.names {
                let place = place(parent, name);
                if let Some(node) = record.at(side, &place) {
                    places.push((side, place, node));
                }
            }
        }
    }
    let answers = Answers {
        nodes,
        places,
        inodes: universe.inodes.iter().map(|text| record.by_inode(&number(text))).collect(),
        unsettled: record.unsettled().unwrap(),
        unknown: SIDES.map(|side| record.unknown(side).unwrap()),
        intents: record.intents().unwrap(),
        followed: record.followed().unwrap(),
        tallies: universe.moments.iter().map(|at| record.tally(*at).unwrap()).collect(),
    };
    record.sound().unwrap();
    answers
}

pub(crate) const N1: NodeId = NodeId(1);
pub(crate) const N2: NodeId = NodeId(2);
pub(crate) const N3: NodeId = NodeId(3);

pub(crate) fn write(form: &Form, notes: impl IntoIterator<Item = Note>) {
    form.get().write(notes.into_iter().collect()).unwrap();
}

/// The notes are refused, and nothing of them is remembered: not what came first either.
pub(crate) fn torn(form: &mut Form, notes: impl IntoIterator<Item = Note>) {
    let mut all = vec![Note::Followed(Some(Cursor::new("torn")))];
    all.extend(notes);
    let before = form.get().followed().unwrap();
    assert!(matches!(form.get().write(all), Err(Error::Torn)));
    form.reopen();
    assert_eq!(form.get().followed().unwrap(), before);
}

pub(crate) fn unsettled(form: &Form) -> Vec<i64> {
    form.get().unsettled().unwrap().into_iter().map(|node| node.0).collect()
}

pub(crate) fn children(form: &Form, side: Side, node: i64) -> Vec<i64> {
    let mut all: Vec<i64> =
        form.get().children(side, NodeId(node)).into_iter().map(|node| node.0).collect();
    all.sort_unstable();
    all
}
