//! When deletions are held, by space: what the token service said last, and what was chosen on this
//! device. One small file in the profile's folder, replaced as a whole, so that both hold without a
//! connection too. The rule which of them counts is the model's.

use std::{
    collections::BTreeMap,
    fs,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use albumen_model::{
    LibraryId, SpaceId,
    auth::{DeleteGuard, LibraryView, MassDelete, OwnGuard},
};
use serde::{Deserialize, Serialize};

use crate::{AppError, places};

const FILE: &str = "guards.json";

/// Both, by library and space.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Known {
    said: BTreeMap<String, MassDelete>,
    chosen: BTreeMap<String, OwnGuard>,
}

/// The guard of a space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Holding {
    /// What holds; `None`: nothing is held.
    pub(crate) guard: Option<DeleteGuard>,
    /// An administrator has settled it.
    pub(crate) locked: bool,
    /// It was chosen here.
    pub(crate) own: bool,
}

/// The guards of a profile. Clones are the same: they change the file one after the other.
#[derive(Clone, Debug)]
pub(crate) struct Guards {
    folder: PathBuf,
    changing: Arc<Mutex<()>>,
}

impl Guards {
    /// Those kept in a profile's folder.
    pub(crate) fn in_folder(folder: PathBuf) -> Self {
        Self { folder, changing: Arc::default() }
    }

    /// What holds in a space.
    ///
    /// # Errors
    /// [`crate::Code::Internal`] when the file cannot be read; true of the calls below too.
    pub(crate) fn of(&self, library: &LibraryId, space: &SpaceId) -> Result<Holding, AppError> {
        let (known, key) = (self.read()?, key(library, space));
        let said = known.said.get(&key).copied().unwrap_or(MassDelete::USUAL);
        let chosen = known.chosen.get(&key).copied().filter(|_| !said.locked);
        let guard = said.holding(chosen);
        Ok(Holding { guard, locked: said.locked, own: chosen.is_some() })
    }

    /// Keeps what the token service says. A space that is not told of any more keeps what was said
    /// last: a list that is too short must not loosen anything.
    pub(crate) fn said(&self, libraries: &[LibraryView]) -> Result<(), AppError> {
        let _alone = self.alone();
        let mut known = self.read()?;
        let before = known.said.clone();
        for library in libraries {
            for space in &library.spaces {
                let place = key(&library.library_id, &space.space_id);
                known.said.insert(place, space.limits.mass_delete);
            }
        }
        if known.said == before { Ok(()) } else { self.write(&known) }
    }

    /// Keeps what was chosen on this device; `None`: whatever the service says. While the service's
    /// word is locked the choice waits.
    pub(crate) fn choose(
        &self,
        library: &LibraryId,
        space: &SpaceId,
        own: Option<OwnGuard>,
    ) -> Result<(), AppError> {
        let _alone = self.alone();
        let mut known = self.read()?;
        match own {
            Some(own) => drop(known.chosen.insert(key(library, space), own)),
            None => drop(known.chosen.remove(&key(library, space))),
        }
        self.write(&known)
    }

    /// Held from reading to writing: else the later of two writers takes back what the other wrote.
    fn alone(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self) -> Result<Known, AppError> {
        match fs::read(self.folder.join(FILE)) {
            // A damaged file costs choices; the usual guard holds again.
            Ok(text) => Ok(serde_json::from_slice(&text).unwrap_or_default()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Known::default()),
            Err(error) => Err(AppError::internal("Guards").because(&error)),
        }
    }

    fn write(&self, known: &Known) -> Result<(), AppError> {
        let failed = |error: &dyn std::error::Error| AppError::internal("Guards").because(error);
        let text = serde_json::to_vec_pretty(known).map_err(|error| failed(&error))?;
        places::replace_file(&self.folder.join(FILE), &text).map_err(|error| failed(&error))
    }
}

fn key(library: &LibraryId, space: &SpaceId) -> String {
    format!("{library}/{space}")
}

#[cfg(test)]
mod tests {
    use albumen_model::auth::{SpaceLimits, SpaceView};

    use super::*;

    fn told(mass_delete: MassDelete) -> Vec<LibraryView> {
        let space = SpaceView {
            space_id: SpaceId::parse("s1").unwrap(),
            name: "Family".into(),
            is_multi_album: true,
            can_read: true,
            can_upload: true,
            can_delete: true,
            limits: SpaceLimits { mass_delete, ..SpaceLimits::default() },
        };
        vec![LibraryView {
            library_id: LibraryId::parse("l1").unwrap(),
            name: "Photos".into(),
            is_file_library: false,
            is_multi_space: true,
            spaces: vec![space],
            hosting_url: None,
            authority: None,
        }]
    }

    #[test]
    fn a_locked_guard_wins_over_what_was_chosen_here_also_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let guards = || Guards::in_folder(folder.path().to_owned());
        let (library, space) = (LibraryId::parse("l1").unwrap(), SpaceId::parse("s1").unwrap());
        let of = || guards().of(&library, &space).unwrap();
        let usual = Some(DeleteGuard::USUAL);
        assert_eq!(of(), Holding { guard: usual, locked: false, own: false });

        guards().choose(&library, &space, Some(OwnGuard::Off)).unwrap();
        assert_eq!(of(), Holding { guard: None, locked: false, own: true });
        let strict = DeleteGuard { files: 3, percent: 0 };
        let locked = MassDelete { guard: strict, locked: true };
        guards().said(&told(locked)).unwrap();
        assert_eq!(of(), Holding { guard: Some(strict), locked: true, own: false });
        let own = OwnGuard::At(DeleteGuard { files: 900_000, percent: 100 });
        guards().choose(&library, &space, Some(own)).unwrap();
        assert_eq!(of().guard, Some(strict), "whatever is chosen");
        guards().said(&[]).unwrap();
        assert_eq!(of().guard, Some(strict), "and when nothing is told");
        fs::write(folder.path().join(FILE), "damaged").unwrap();
        assert_eq!(of().guard, usual, "never none by damage");

        // Unlocked again, a choice holds again.
        guards().choose(&library, &space, Some(own)).unwrap();
        guards().said(&told(MassDelete { guard: strict, locked: false })).unwrap();
        assert_eq!(of().guard, Some(DeleteGuard { files: 900_000, percent: 100 }));
        guards().choose(&library, &space, None).unwrap();
        assert_eq!(of().guard, Some(strict));
    }

    #[test]
    fn whoever_writes_at_one_time_loses_nothing_of_the_others() {
        let folder = tempfile::tempdir().unwrap();
        let guards = Guards::in_folder(folder.path().to_owned());
        let library = LibraryId::parse("l1").unwrap();
        let space = |number: usize| SpaceId::parse(format!("s{number}")).unwrap();
        std::thread::scope(|scope| {
            for number in 0..8 {
                let (guards, library) = (guards.clone(), library.clone());
                scope.spawn(move || {
                    guards.choose(&library, &space(number), Some(OwnGuard::Off)).unwrap();
                });
            }
        });
        for number in 0..8 {
            assert!(guards.of(&library, &space(number)).unwrap().own, "{number}");
        }
    }
}
