//! The space in memory, held against the contract that the real one keeps.

use std::sync::Arc;

use albumen_model::RemotePath;
use async_trait::async_trait;

use super::SimulatedCloud;
use crate::cloud::{
    CloudTree,
    contract::ground::{Elsewhere, Ground},
};

crate::contract_of!(crate::cloud::simulated::contract_tests::ground);

async fn ground() -> Ground {
    let cloud = SimulatedCloud::new();
    Ground { tree: Arc::new(cloud.clone()), elsewhere: Box::new(cloud) }
}

#[async_trait]
impl Elsewhere for SimulatedCloud {
    fn with_events_at_once(&self, count: u32) -> Arc<dyn CloudTree> {
        Arc::new(Self::with_events_at_once(self, count as usize))
    }

    async fn purge(&self, item: u64) {
        Self::purge(self, item);
    }

    async fn delete_for_good(&self, path: &RemotePath) {
        assert!(Self::delete_for_good(self, &path.to_string()));
    }

    async fn move_onto(&self, from: &RemotePath, to: &RemotePath) {
        assert!(self.shift_onto(&from.to_string(), &to.to_string()));
    }

    async fn move_away(&self, path: &RemotePath) {
        assert!(Self::move_away(self, &path.to_string()));
    }

    async fn quota_takes_all(&self) {
        self.take_contents();
    }

    async fn half_a_year_passes(&self) {
        self.forget_changes();
    }
}
