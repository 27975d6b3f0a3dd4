//! Which grants an operation needs (SMH sections 3.7 and 24).

use albumen_model::{ConflictStrategy, Grant, GrantSet};

/// What a caller wants to do, as far as rights are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    /// List, info, HEAD, download: any token of the space, or none where reads are public.
    Read,
    /// Look into the bin: any token of the space, public or not (SMH section 1.9).
    ReadBin,
    /// Make a space.
    CreateSpace,
    /// List spaces: `admin` sees all, others their own; any token may.
    ListSpaces,
    /// Remove a space.
    DeleteSpace,
    /// Attributes of a space.
    ReadSpace,
    /// Change them.
    UpdateSpace,
    /// Make a directory or an album.
    CreateDirectory,
    /// Delete one.
    DeleteDirectory {
        /// Past the bin.
        permanent: bool,
    },
    /// Begin an upload, or ask after, renew or cancel one.
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
    /// Delete a file.
    DeleteFile {
        /// Past the bin.
        permanent: bool,
    },
    /// Take something out of the bin.
    Restore,
}

impl Operation {
    /// Any one of these is enough; `None` when every token will do.
    const fn needs(self) -> Option<&'static [Grant]> {
        use Grant as G;
        Some(match self {
            Self::Read | Self::ReadBin | Self::ListSpaces | Self::ReadSpace => return None,
            Self::CreateSpace => &[G::CreateSpace],
            Self::DeleteSpace => &[G::DeleteSpace],
            Self::UpdateSpace => &[G::SpaceAdmin],
            Self::CreateDirectory => &[G::CreateDirectory],
            Self::DeleteDirectory { permanent: false } => &[G::DeleteDirectory],
            Self::DeleteDirectory { permanent: true } => &[G::DeleteDirectoryPermanent],
            Self::BeginUpload { overwrite: true } => &[G::UploadFileForce, G::BeginUploadForce],
            Self::BeginUpload { overwrite: false } | Self::HandleUpload => {
                &[G::UploadFile, G::UploadFileForce, G::BeginUpload, G::BeginUploadForce]
            }
            Self::ConfirmUpload { newly_overwrite: false } => {
                &[G::UploadFile, G::UploadFileForce, G::ConfirmUpload]
            }
            // Else begin_upload and confirm_upload together could overwrite what neither may.
            Self::ConfirmUpload { newly_overwrite: true } => &[G::UploadFileForce],
            Self::DeleteFile { permanent: false } => &[G::DeleteFile],
            Self::DeleteFile { permanent: true } => &[G::DeleteFilePermanent],
            Self::Restore => &[G::RestoreRecycled],
        })
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

    #[test]
    fn grants_by_operation_of_section_24() {
        use Operation as O;
        let begin = O::BeginUpload { overwrite: false };
        let begin_force = O::BeginUpload { overwrite: true };
        let confirm = O::ConfirmUpload { newly_overwrite: false };
        let confirm_force = O::ConfirmUpload { newly_overwrite: true };
        for (held, operation, allowed) in [
            ("", O::Read, true),
            ("", O::ReadBin, true),
            ("", O::ListSpaces, true),
            ("", begin, false),
            ("upload_file", begin, true),
            ("upload_file", begin_force, false),
            ("upload_file", confirm, true),
            ("upload_file", confirm_force, false),
            ("upload_file_force", begin_force, true),
            ("upload_file_force", confirm_force, true),
            ("begin_upload", begin, true),
            ("begin_upload", O::HandleUpload, true),
            ("begin_upload", confirm, false),
            ("begin_upload", begin_force, false),
            ("begin_upload_force", begin_force, true),
            ("confirm_upload", confirm, true),
            ("confirm_upload", confirm_force, false),
            ("confirm_upload", begin, false),
            ("begin_upload,confirm_upload", confirm_force, false),
            ("create_directory", O::CreateDirectory, true),
            ("upload_file", O::CreateDirectory, false),
            ("delete_file", O::DeleteFile { permanent: false }, true),
            ("delete_file", O::DeleteFile { permanent: true }, false),
            ("delete_file_permanent", O::DeleteFile { permanent: true }, true),
            ("delete_directory", O::DeleteDirectory { permanent: true }, false),
            ("delete_directory_permanent", O::DeleteDirectory { permanent: true }, true),
            ("restore_recycled", O::Restore, true),
            ("delete_recycled", O::Restore, false),
            ("space_admin", O::DeleteFile { permanent: true }, true),
            ("space_admin", O::UpdateSpace, true),
            ("space_admin", O::CreateSpace, false),
            ("space_admin", O::DeleteSpace, false),
            ("create_space", O::CreateSpace, true),
            ("create_space", O::DeleteSpace, false),
            ("delete_space", O::DeleteSpace, true),
            ("admin", O::CreateSpace, true),
            ("admin", begin_force, true),
        ] {
            let grants = GrantSet::parse(held);
            assert_eq!(operation.allowed_by(grants), allowed, "{held:?} for {operation:?}");
        }
        assert!(O::Read.is_public_read() && !O::ReadBin.is_public_read());
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
