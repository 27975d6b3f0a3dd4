//! Names for conflict copies. Owns which names count as taken.

use time::{OffsetDateTime, PrimitiveDateTime};

use super::{Reconciler, act::Standing, failure::Failure, places::local_path};
use crate::{
    moment::day_of,
    name::{ConflictStamp, NameRoom, conflict_stem},
    plan::tree::{Name, Place, Side, Sight},
};

/// The longest name that the service holds, in characters.
const SERVICE_CHARS: usize = 255;

impl Reconciler {
    fn now(&self) -> PrimitiveDateTime {
        let ns = i128::from(self.clock.now_ms()) * 1_000_000;
        let at = OffsetDateTime::from_unix_timestamp_nanos(ns);
        let at = at.unwrap_or(OffsetDateTime::UNIX_EPOCH);
        PrimitiveDateTime::new(at.date(), at.time())
    }

    /// The day by which the bin on disk is sorted.
    pub(super) fn day(&self) -> String {
        day_of(self.clock.now_ms())
    }

    /// A free place beside a node's own on a side, under a name that says that there were two.
    pub(super) fn conflict_place(&self, at: &Standing, side: Side) -> Result<Place, Failure> {
        let entry = match (side, &at.local, &at.remote) {
            (Side::Local, Some(seen), _) | (Side::Remote, Some(seen), None) => &seen.entry,
            (Side::Remote, _, Some(seen)) => &seen.entry,
            (Side::Local, None, _) | (Side::Remote, None, None) => return Err(Failure::Changed),
        };
        let Place { parent, name } = entry.place.clone();
        let (stem, ending) = match name.as_str().rsplit_once('.') {
            Some((stem, ending)) if !stem.is_empty() && !entry.is_directory() => {
                (stem.to_owned(), format!(".{ending}"))
            }
            _ => (name.as_str().to_owned(), String::new()),
        };
        let taken = self.names_in(parent)?;
        let stamp = ConflictStamp { at: self.now(), device: &self.settings.device };
        let room = NameRoom { volume: self.settings.volume.max, service_chars: SERVICE_CHARS };
        let others = taken.iter().map(String::as_str);
        let with = |stem: &str| vec![format!("{stem}{ending}")];
        let stem = conflict_stem(&stem, &stamp, &room, others, with);
        let stem = stem.map_err(|_| Failure::NoName)?;
        Ok(Place { parent, name: Name::new(format!("{stem}{ending}")) })
    }

    /// Every name in a directory that is known on either side, and those on disk that are no nodes.
    fn names_in(&self, directory: crate::plan::tree::NodeId) -> Result<Vec<String>, Failure> {
        let mut names = Vec::new();
        for side in [Side::Local, Side::Remote] {
            for child in self.record.children(side, directory) {
                if let Some(Sight::Present(entry)) = self.record.entry(side, child) {
                    names.push(entry.place.name.as_str().to_owned());
                }
            }
        }
        if let Some(path) = local_path(self.record.as_ref(), directory) {
            let listed = self.disk.list(&path)?;
            names.extend(
                listed.iter().map(|listed| String::from_utf8_lossy(&listed.name).into_owned()),
            );
        }
        Ok(names)
    }
}
