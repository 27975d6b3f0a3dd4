//! What may be asked of an engine beside its overview. Owns nothing: each is a question to the
//! journal.

use std::path::PathBuf;

use super::Engine;
use crate::{
    error::{Error, Result},
    journal::{Activity, FileRow, PhotoDetail, PhotoFacts, PhotoRow, Problem},
    mapping::{Mapping, MappingId},
    trees::NodeId,
};

/// Problems given at once.
const PROBLEMS_MAX: usize = 1000;

impl Engine {
    /// Every mapping, oldest first.
    ///
    /// # Errors
    /// What the journal says; true of every question here.
    pub fn mappings(&self) -> Result<Vec<Mapping>> {
        self.journal().mappings()
    }

    /// Files that cannot travel, oldest problem first, at most 1,000.
    ///
    /// # Errors
    /// [`Error::NoMapping`].
    pub fn problems(&self, mapping: Option<&MappingId>) -> Result<Vec<Problem>> {
        let row = mapping.map(|id| self.journal().mapping(id)).transpose()?.map(|m| m.row);
        self.journal().problems(row, PROBLEMS_MAX)
    }

    /// Tries the file of a problem again now.
    ///
    /// # Errors
    /// [`Error::NoRow`] when the problem is gone.
    pub async fn retry_problem(&self, id: i64) -> Result<()> {
        self.journal().retry_problem(id).await?;
        for mapping in self.journal().mappings()? {
            self.shared.live(mapping.row).wake.notify_one();
        }
        Ok(())
    }

    /// What happened before row `before`, newest first.
    ///
    /// # Errors
    /// What the journal says.
    pub fn activity(&self, limit: usize, before: Option<i64>) -> Result<Vec<Activity>> {
        self.journal().activity(limit, before)
    }

    /// Pending files in the order in which they will be looked at.
    ///
    /// # Errors
    /// [`Error::NoMapping`].
    pub fn queue(&self, mapping: &MappingId, limit: usize) -> Result<Vec<FileRow>> {
        self.journal().queued(self.journal().mapping(mapping)?.row, limit)
    }

    /// Sends a file again that somebody deleted, or changed, in the cloud: only when a person says
    /// so.
    ///
    /// # Errors
    /// What the journal says.
    pub async fn upload_again(&self, file: NodeId) -> Result<()> {
        self.journal().unbury(file).await?;
        for mapping in self.journal().mappings()? {
            self.shared.live(mapping.row).wake.notify_one();
        }
        Ok(())
    }

    /// Takes facts of pictures in; those of files that are gone meanwhile are dropped.
    ///
    /// # Errors
    /// What the journal says.
    pub async fn record_facts(&self, facts: Vec<(NodeId, PhotoFacts)>) -> Result<()> {
        self.journal().record_facts(facts).await
    }

    /// Files without facts behind number `after`, lowest first, with their places on disk. A file
    /// that changes loses its facts and appears here again.
    ///
    /// # Errors
    /// What the journal says.
    pub fn without_facts(&self, after: NodeId, limit: usize) -> Result<Vec<(NodeId, PathBuf)>> {
        self.journal().without_facts(after, limit)
    }

    /// Hands every picture to `each`, newest capture first, holding one at a time.
    ///
    /// # Errors
    /// What the journal says.
    pub fn photo_rows(&self, each: impl FnMut(PhotoRow)) -> Result<()> {
        self.journal().photo_rows(each)
    }

    /// How many pictures have facts.
    ///
    /// # Errors
    /// What the journal says.
    pub fn photo_count(&self) -> Result<u64> {
        self.journal().photo_count()
    }

    /// One file with everything known of its picture.
    ///
    /// # Errors
    /// [`Error::NoRow`].
    pub fn photo(&self, file: NodeId) -> Result<PhotoDetail> {
        self.journal().photo(file)?.ok_or(Error::NoRow(file.0))
    }
}
