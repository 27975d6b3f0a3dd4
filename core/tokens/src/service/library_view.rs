//! What somebody is shown of libraries and spaces: names, rights and limits, never more than the
//! policies of the spaces let them see.

use albumen_client::Certificate;
use albumen_db::Tx;
use albumen_model::{
    LibraryId,
    auth::{AccountRecord, LibraryView, SpacePolicy, SpaceView, TokenPurpose},
};

use crate::{
    Error,
    repository::{
        library::{self, KnownLibrary, KnownSpace},
        policy,
    },
};

/// Who looks.
#[derive(Clone, Debug)]
pub(crate) enum Looker {
    /// The host program: sees everything and may do everything.
    Host,
    /// An account.
    Account(AccountRecord),
}

impl Looker {
    fn manages(&self) -> bool {
        match self {
            Self::Host => true,
            Self::Account(account) => account.role.manages(),
        }
    }

    fn may(&self, policy: &SpacePolicy, purpose: TokenPurpose) -> bool {
        match self {
            Self::Host => true,
            Self::Account(account) => {
                policy.grants(account.role, &account.account_id, purpose).is_some()
            }
        }
    }
}

/// A library with those of its spaces that may be seen.
pub(crate) fn view(
    tx: &Tx<'_>,
    known: KnownLibrary,
    looker: &Looker,
) -> Result<LibraryView, Error> {
    let mut spaces = Vec::new();
    for space in library::spaces(tx, &known.library_id)? {
        let shown = space_view(tx, &known.library_id, space, looker)?;
        // Who manages must find what nobody may look into, to change who may.
        if shown.can_read || looker.manages() {
            spaces.push(shown);
        }
    }
    let authority = known.authority.as_ref().map(Certificate::fingerprint);
    Ok(LibraryView {
        authority: authority.filter(|_| looker.manages()),
        library_id: known.library_id,
        name: known.name,
        is_file_library: known.is_file_library,
        is_multi_space: known.is_multi_space,
        spaces,
        hosting_url: known.hosting_url.filter(|_| looker.manages()),
    })
}

/// Every library that may be seen: one whose spaces are all hidden is hidden with them.
pub(crate) fn all(tx: &Tx<'_>, looker: &Looker) -> Result<Vec<LibraryView>, Error> {
    let mut views = Vec::new();
    for known in library::list(tx)? {
        let has_spaces = library::has_spaces(tx, &known.library_id)?;
        let shown = view(tx, known, looker)?;
        if !shown.spaces.is_empty() || !has_spaces {
            views.push(shown);
        }
    }
    Ok(views)
}

pub(crate) fn space_view(
    tx: &Tx<'_>,
    library: &LibraryId,
    known: KnownSpace,
    looker: &Looker,
) -> Result<SpaceView, Error> {
    let policy = policy::of(tx, library, &known.space_id)?.policy;
    Ok(SpaceView {
        space_id: known.space_id,
        name: known.name,
        is_multi_album: known.is_multi_album,
        can_read: looker.may(&policy, TokenPurpose::Browse),
        can_upload: looker.may(&policy, TokenPurpose::Backup),
        can_delete: looker.may(&policy, TokenPurpose::Organise),
        limits: policy.limits,
    })
}
