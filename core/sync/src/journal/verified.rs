//! Files whose content is in the cloud for certain. Owns the question alone.

use albumen_model::Crc64;
use rusqlite::params;

use super::{FileState, Journal, files};
use crate::{
    error::Result,
    local_path::LocalPath,
    trees::{LocalStat, NodeId},
};

/// A file in the state in which its content was agreed on with the cloud.
#[derive(Clone, Debug)]
pub(crate) struct VerifiedFile {
    pub(crate) node: NodeId,
    pub(crate) path: LocalPath,
    pub(crate) stat: LocalStat,
    pub(crate) crc64: Crc64,
}

impl Journal {
    /// Verified files of a mapping behind number `after`, lowest first. Left out is what the cloud
    /// was last seen to hold otherwise or no more, and what was set aside without being there.
    pub(crate) fn verified(
        &self,
        mapping: i64,
        after: NodeId,
        limit: u32,
    ) -> Result<Vec<VerifiedFile>> {
        self.read(|conn| {
            let mut rows = conn.prepare_cached(
                "SELECT file.id, file.path, synced.size, synced.mtime, synced.ctime, synced.ino,
                     synced.btime, synced.crc
                 FROM file JOIN synced ON synced.file = file.id
                 WHERE file.mapping = ?1 AND file.id > ?2 AND file.state = ?3
                     AND synced.aside IS NULL
                     AND NOT EXISTS(SELECT 1 FROM remote WHERE remote.file = file.id)
                 ORDER BY file.id LIMIT ?4",
            )?;
            let state = FileState::Verified.number();
            let found = rows.query_map(params![mapping, after.0, state, limit], |row| {
                Ok(VerifiedFile {
                    node: NodeId(row.get(0)?),
                    path: LocalPath::from_bytes(row.get::<_, Vec<u8>>(1)?),
                    stat: files::stat(row, 2)?,
                    crc64: Crc64::new(row.get::<_, i64>(7)?.cast_unsigned()),
                })
            })?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
    }
}
