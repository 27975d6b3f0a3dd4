//! Which grants an operation needs (SMH sections 3.7 and 24).

use albumen_model::{ConflictStrategy, Grant, GrantSet};

/// What a caller wants to do, as far as rights are concerned. One operation may stand for several
/// rows of SMH section 24 that ask for the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    /// List, info, HEAD, download, preview, cover: any token of the space, or none where reads are
    /// public.
    Read,
    /// Look into the bin, the history, the change feed, tasks, favourites, shares of one's own, or
    /// search: any token of the space, public or not (SMH section 1.9).
    ReadWithToken,
    /// List everything of a space flatly.
    ReadFlat,
    /// Make a space.
    CreateSpace,
    /// List or count spaces: `admin` sees all, others their own; any token may.
    ListSpaces,
    /// Remove a space.
    DeleteSpace,
    /// Attributes and size of a space.
    ReadSpace,
    /// Change them, its speed limit and how long its bin keeps things.
    UpdateSpace,
    /// Counts and usage of a space, why a file was deleted, counting anew.
    InspectSpace,
    /// What concerns the library as a whole: usage, quotas, history settings, all shares, tasks.
    ManageLibrary,
    /// Make a directory or an album.
    CreateDirectory,
    /// Move or rename one.
    MoveDirectory,
    /// Copy one.
    CopyDirectory,
    /// Delete one.
    DeleteDirectory {
        /// Past the bin.
        permanent: bool,
    },
    /// Change labels and metadata of a directory or a file.
    Annotate,
    /// Begin an upload.
    BeginUpload {
        /// Replace what has the name.
        overwrite: bool,
    },
    /// Ask after, renew or cancel a session.
    HandleUpload,
    /// Confirm an upload.
    ConfirmUpload {
        /// Replace, though begin did not say so.
        newly_overwrite: bool,
    },
    /// Move or rename a file.
    MoveFile {
        /// Replace what has the name.
        overwrite: bool,
    },
    /// Copy a file.
    CopyFile {
        /// Replace what has the name.
        overwrite: bool,
    },
    /// Make a link.
    CreateSymlink {
        /// Replace what has the name.
        overwrite: bool,
    },
    /// Make a file without content.
    CreateVirtual {
        /// Replace what has the name.
        overwrite: bool,
    },
    /// Make an empty office file; its name is always a free one.
    CreateFromTemplate,
    /// Delete a file.
    DeleteFile {
        /// Past the bin.
        permanent: bool,
    },
    /// Take something out of the bin.
    Restore,
    /// Delete from the bin for good.
    Purge,
    /// Show something of a space to others, who may keep it longer than the token lives.
    CreateShare,
    /// Keep copies of what others show.
    SaveShare {
        /// Replace what has the name.
        overwrite: bool,
    },
    /// Delete earlier content of a file.
    DeleteHistory,
    /// Make earlier content of a file its latest.
    SetHistoryLatest,
    /// Make a document another one, look into an archive.
    OpenFile,
    /// Make files of what is in an archive.
    Unpack,
}

impl Operation {
    /// Any one of these is enough; `None` when every token will do.
    const fn needs(self) -> Option<&'static [Grant]> {
        use Grant as G;
        Some(match self {
            Self::Read | Self::ReadWithToken | Self::ListSpaces | Self::ReadSpace => return None,
            Self::ReadFlat => &[G::ReadOnly],
            Self::CreateSpace => &[G::CreateSpace],
            Self::DeleteSpace => &[G::DeleteSpace],
            Self::UpdateSpace | Self::InspectSpace | Self::Annotate | Self::OpenFile => {
                &[G::SpaceAdmin]
            }
            Self::ManageLibrary => &[G::Admin],
            Self::CreateDirectory => &[G::CreateDirectory],
            Self::MoveDirectory => &[G::MoveDirectory],
            Self::CopyDirectory => &[G::CopyDirectory],
            Self::DeleteDirectory { permanent: false } => &[G::DeleteDirectory],
            Self::DeleteDirectory { permanent: true } => &[G::DeleteDirectoryPermanent],
            Self::BeginUpload { .. } | Self::HandleUpload | Self::ConfirmUpload { .. } => {
                return Some(self.needs_to_upload());
            }
            Self::MoveFile { overwrite: false } => &[G::MoveFile, G::MoveFileForce],
            Self::MoveFile { overwrite: true } => &[G::MoveFileForce],
            Self::CopyFile { overwrite: false } => &[G::CopyFile, G::CopyFileForce],
            Self::CopyFile { overwrite: true } => &[G::CopyFileForce],
            Self::CreateSymlink { overwrite: false } => {
                &[G::UploadFile, G::UploadFileForce, G::CreateSymlink, G::CreateSymlinkForce]
            }
            Self::CreateSymlink { overwrite: true } => &[G::UploadFileForce, G::CreateSymlinkForce],
            Self::CreateVirtual { overwrite: false } => {
                &[G::UploadFile, G::UploadFileForce, G::CreateVirtual]
            }
            Self::CreateVirtual { overwrite: true } => &[G::UploadFileForce],
            Self::CreateFromTemplate | Self::Unpack => &[G::UploadFile, G::UploadFileForce],
            Self::DeleteFile { permanent: false } => &[G::DeleteFile],
            Self::DeleteFile { permanent: true } => &[G::DeleteFilePermanent],
            Self::Restore => &[G::RestoreRecycled],
            Self::Purge => &[G::DeleteRecycled],
            // Reading alone is not enough (our choice: SMH section 18 says "rights on the items"):
            // who may only look may not show it to everybody.
            Self::CreateShare | Self::SaveShare { overwrite: false } => {
                &[G::UploadFile, G::UploadFileForce]
            }
            Self::SaveShare { overwrite: true } => &[G::UploadFileForce],
            Self::DeleteHistory => &[G::DeleteHistory],
            Self::SetHistoryLatest => &[G::SetHistoryLatest],
        })
    }

    const fn needs_to_upload(self) -> &'static [Grant] {
        use Grant as G;
        match self {
            Self::BeginUpload { overwrite: true } => &[G::UploadFileForce, G::BeginUploadForce],
            Self::ConfirmUpload { newly_overwrite: false } => {
                &[G::UploadFile, G::UploadFileForce, G::ConfirmUpload]
            }
            // Else begin_upload and confirm_upload together could overwrite what neither may.
            Self::ConfirmUpload { newly_overwrite: true } => &[G::UploadFileForce],
            _ => &[G::UploadFile, G::UploadFileForce, G::BeginUpload, G::BeginUploadForce],
        }
    }

    /// Whether these grants allow it.
    pub(crate) fn allowed_by(self, held: GrantSet) -> bool {
        self.needs().is_none_or(|wanted| held.allows_any(wanted))
    }

    /// Whether it is about spaces as such, not about what is in them: tokens that name no space may
    /// ask for these (SMH section 3.1).
    pub(crate) fn is_about_spaces(self) -> bool {
        use Operation as O;
        matches!(
            self,
            O::CreateSpace | O::ListSpaces | O::DeleteSpace | O::ReadSpace | O::UpdateSpace
        )
    }

    /// Whether a space that is read by everybody lets it pass without a token (SMH section 1.9).
    pub(crate) fn is_public_read(self) -> bool {
        self == Self::Read
    }

    /// Begin with this strategy.
    pub(crate) fn begin(strategy: ConflictStrategy) -> Self {
        Self::BeginUpload { overwrite: strategy == ConflictStrategy::Overwrite }
    }

    /// Confirm with this strategy after a begin with that.
    pub(crate) fn confirm(now: ConflictStrategy, begun: ConflictStrategy) -> Self {
        let overwrite = ConflictStrategy::Overwrite;
        Self::ConfirmUpload { newly_overwrite: now == overwrite && begun != overwrite }
    }
}

/// Whether a token may speak of this space (SMH section 2.3). A token that names spaces is for
/// these alone, `admin` or not (our choice: the narrower reading); one that names none is for
/// libraries of one space, and elsewhere needs `admin`.
pub(crate) fn covers_space(
    named: &[String],
    space: &str,
    is_multi_space: bool,
    held: GrantSet,
) -> bool {
    if named.is_empty() {
        return !is_multi_space || held.contains(Grant::Admin);
    }
    named.iter().any(|name| name == space)
}

/// Whether a token may be made without naming a space (SMH section 3.1).
pub(crate) fn may_name_no_space(is_multi_space: bool, held: GrantSet) -> bool {
    !is_multi_space || held.allows_any(&[Grant::CreateSpace, Grant::DeleteSpace])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every operation with the grants that are enough for it; `admin` always is, `*` is any token.
    const MATRIX: &[(Operation, &str)] = {
        use Operation as O;
        &[
            (O::Read, "*"),
            (O::ReadWithToken, "*"),
            (O::ListSpaces, "*"),
            (O::ReadSpace, "*"),
            (O::ReadFlat, "read_only space_admin"),
            (O::CreateSpace, "create_space"),
            (O::DeleteSpace, "delete_space"),
            (O::UpdateSpace, "space_admin"),
            (O::InspectSpace, "space_admin"),
            (O::ManageLibrary, ""),
            (O::CreateDirectory, "create_directory space_admin"),
            (O::MoveDirectory, "move_directory space_admin"),
            (O::CopyDirectory, "copy_directory space_admin"),
            (O::DeleteDirectory { permanent: false }, "delete_directory space_admin"),
            (O::DeleteDirectory { permanent: true }, "delete_directory_permanent space_admin"),
            (O::Annotate, "space_admin"),
            (
                O::BeginUpload { overwrite: false },
                "upload_file upload_file_force begin_upload begin_upload_force space_admin",
            ),
            (
                O::BeginUpload { overwrite: true },
                "upload_file_force begin_upload_force space_admin",
            ),
            (
                O::HandleUpload,
                "upload_file upload_file_force begin_upload begin_upload_force space_admin",
            ),
            (
                O::ConfirmUpload { newly_overwrite: false },
                "upload_file upload_file_force confirm_upload space_admin",
            ),
            (O::ConfirmUpload { newly_overwrite: true }, "upload_file_force space_admin"),
            (O::MoveFile { overwrite: false }, "move_file move_file_force space_admin"),
            (O::MoveFile { overwrite: true }, "move_file_force space_admin"),
            (O::CopyFile { overwrite: false }, "copy_file copy_file_force space_admin"),
            (O::CopyFile { overwrite: true }, "copy_file_force space_admin"),
            (
                O::CreateSymlink { overwrite: false },
                "upload_file upload_file_force create_symlink create_symlink_force space_admin",
            ),
            (
                O::CreateSymlink { overwrite: true },
                "upload_file_force create_symlink_force space_admin",
            ),
            (
                O::CreateVirtual { overwrite: false },
                "upload_file upload_file_force create_virtual space_admin",
            ),
            (O::CreateVirtual { overwrite: true }, "upload_file_force space_admin"),
            (O::CreateFromTemplate, "upload_file upload_file_force space_admin"),
            (O::DeleteFile { permanent: false }, "delete_file space_admin"),
            (O::DeleteFile { permanent: true }, "delete_file_permanent space_admin"),
            (O::Restore, "restore_recycled space_admin"),
            (O::Purge, "delete_recycled space_admin"),
            (O::CreateShare, "upload_file upload_file_force space_admin"),
            (O::SaveShare { overwrite: false }, "upload_file upload_file_force space_admin"),
            (O::SaveShare { overwrite: true }, "upload_file_force space_admin"),
            (O::DeleteHistory, "delete_history space_admin"),
            (O::SetHistoryLatest, "set_history_latest space_admin"),
            (O::OpenFile, "space_admin"),
            (O::Unpack, "upload_file upload_file_force space_admin"),
        ]
    };

    #[test]
    fn every_grant_for_every_operation_by_sections_3_7_and_24() {
        for (operation, enough) in MATRIX {
            let enough: Vec<&str> = enough.split(' ').collect();
            for grant in Grant::ALL {
                let allowed =
                    enough == ["*"] || *grant == Grant::Admin || enough.contains(&grant.as_str());
                let held = GrantSet::of(&[*grant]);
                assert_eq!(operation.allowed_by(held), allowed, "{grant:?} for {operation:?}");
            }
            let nothing = operation.allowed_by(GrantSet::READ_ONLY);
            assert_eq!(nothing, enough == ["*"], "no grant for {operation:?}");
        }
    }

    #[test]
    fn grants_that_only_together_would_be_too_much() {
        let both = GrantSet::parse("begin_upload,confirm_upload");
        assert!(!Operation::ConfirmUpload { newly_overwrite: true }.allowed_by(both));
        assert!(Operation::Read.is_public_read() && !Operation::ReadWithToken.is_public_read());
    }

    #[test]
    fn spaces_of_a_token_by_section_2_3() {
        let named = |list: &str| -> Vec<String> {
            list.split(',').filter(|s| !s.is_empty()).map(str::to_owned).collect()
        };
        for (spaces, space, multi, grants, covered) in [
            ("", "-", false, "", true),
            ("", "s1", true, "", false),
            ("", "s1", true, "space_admin", false),
            ("", "s1", true, "admin", true),
            ("s1,s2", "s2", true, "", true),
            ("s1", "s2", true, "", false),
            ("s1", "s2", true, "admin", false),
        ] {
            let found = covers_space(&named(spaces), space, multi, GrantSet::parse(grants));
            assert_eq!(found, covered, "{spaces:?} {space:?} {grants:?}");
        }
        assert!(may_name_no_space(false, GrantSet::READ_ONLY));
        assert!(!may_name_no_space(true, GrantSet::parse("upload_file,space_admin")));
        assert!(may_name_no_space(true, GrantSet::parse("create_space")));
        assert!(may_name_no_space(true, GrantSet::parse("admin")));
    }
}
