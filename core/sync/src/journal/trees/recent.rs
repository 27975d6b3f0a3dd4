//! The nodes that were asked for last. Owns how many, and that none outlives a write: the planner
//! asks half a dozen questions of a node, and of the directories above it again and again.

use std::{collections::BTreeMap, sync::Arc};

use super::kept::Kept;
use crate::plan::tree::NodeId;

/// Nodes at most; some hundred bytes each.
const NODES_MAX: usize = 256;

/// What was read since the last write.
#[derive(Debug, Default)]
pub(super) struct Recent {
    nodes: BTreeMap<NodeId, Arc<Kept>>,
    writes: u64,
}

impl Recent {
    /// A node, if it was read since the last write.
    pub(super) fn get(&self, node: NodeId) -> Option<Arc<Kept>> {
        self.nodes.get(&node).cloned()
    }

    /// How many writes there were. To be asked before a node is read.
    pub(super) const fn writes(&self) -> u64 {
        self.writes
    }

    /// Keeps what was read after so many writes, unless there was another one meanwhile.
    pub(super) fn put(&mut self, node: NodeId, kept: Arc<Kept>, writes: u64) {
        if writes != self.writes {
            return;
        }
        if self.nodes.len() >= NODES_MAX {
            self.nodes.clear();
        }
        self.nodes.insert(node, kept);
    }

    /// Something was written. To be told before anybody else hears of the write.
    pub(super) fn wrote(&mut self) {
        self.writes += 1;
        self.nodes.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(binned: u64) -> Arc<Kept> {
        Arc::new(Kept { binned: Some(binned), ..Kept::default() })
    }

    #[test]
    fn nothing_outlives_a_write() {
        let mut recent = Recent::default();
        let before = recent.writes();
        recent.put(NodeId(1), kept(1), before);
        assert_eq!(recent.get(NodeId(1)), Some(kept(1)));
        recent.wrote();
        assert_eq!(recent.get(NodeId(1)), None);
        recent.put(NodeId(1), kept(1), before);
        assert_eq!(recent.get(NodeId(1)), None, "it was read before the write");
    }

    #[test]
    fn there_are_never_many() {
        let mut recent = Recent::default();
        for n in 0..10_000 {
            recent.put(NodeId(n), kept(0), 0);
            assert!(recent.nodes.len() <= NODES_MAX);
            assert!(recent.get(NodeId(n)).is_some());
        }
    }
}
