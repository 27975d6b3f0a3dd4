//! Libraries: shown to everybody, taken in and let go of by those who manage.

use albumen_model::{
    LibrarySecret,
    auth::{self, AdoptForeignLibrary, LibraryAuthority},
};

use super::{
    args::{Empty, ForeignLibrary, Library, LibraryName, LibraryTrust},
    spaces::library,
};
use crate::{
    App, AppError, Code,
    address::base_url,
    views::{LibraryRemoval, LibraryView, NamedSpace},
};

pub(super) async fn list_libraries(app: &App, _: Empty) -> Result<Vec<LibraryView>, AppError> {
    let session = app.session()?;
    let libraries = session.libraries().await?;
    Ok(libraries.into_iter().map(view).collect())
}

pub(super) async fn adopt_library(
    app: &App,
    args: ForeignLibrary,
) -> Result<LibraryView, AppError> {
    let secret = args.secret.take();
    let wanted = AdoptForeignLibrary {
        hosting_url: base_url(&args.url)?,
        library_id: library(&args.library_id)?,
        secret: LibrarySecret::new(secret.trim()),
        name: args.name,
        is_file_library: args.file_library,
        authority: authority(args.ca_pem, args.ca_sha256.as_deref())?,
    };
    if wanted.secret.expose().is_empty() {
        return Err(AppError::new(Code::BadRequest).with("detail", "The secret is empty"));
    }
    let adopted = app.session()?.service().adopt_library(&wanted).await;
    let adopted = adopted.map_err(|error| AppError::from(error).with("url", &args.url))?;
    app.tell_state();
    Ok(view(adopted))
}

pub(super) async fn trust_library(app: &App, args: LibraryTrust) -> Result<LibraryView, AppError> {
    let id = library(&args.library_id)?;
    let authority = authority(args.ca_pem, args.ca_sha256.as_deref())?;
    let changed = app.session()?.service().set_library_authority(&id, &authority).await?;
    app.tell_state();
    Ok(view(changed))
}

/// An authority as a person names it; what is in a certificate is the service's to read.
fn authority(ca_pem: Option<String>, sha256: Option<&str>) -> Result<LibraryAuthority, AppError> {
    let wrong = |error| AppError::new(Code::BadRequest).because(&error);
    let ca_sha256 = sha256.map(str::parse).transpose().map_err(wrong)?;
    Ok(LibraryAuthority { ca_pem, ca_sha256 })
}

pub(super) async fn rename_library(app: &App, args: LibraryName) -> Result<LibraryView, AppError> {
    let id = library(&args.library_id)?;
    Ok(view(app.session()?.service().rename_library(&id, &args.name).await?))
}

pub(super) async fn remove_library(app: &App, args: Library) -> Result<LibraryRemoval, AppError> {
    let id = library(&args.library_id)?;
    let removal = app.session()?.service().remove_library(&id).await?;
    app.tell_state();
    Ok(LibraryRemoval {
        library_id: removal.library_id.to_string(),
        tokens_left: removal.tokens_left,
    })
}

fn view(library: auth::LibraryView) -> LibraryView {
    let space = |space: auth::SpaceView| NamedSpace {
        space_id: space.space_id.to_string(),
        name: space.name,
        can_read: space.can_read,
        can_upload: space.can_upload,
        can_delete: space.can_delete,
    };
    LibraryView {
        library_id: library.library_id.to_string(),
        name: library.name,
        file_library: library.is_file_library,
        hosting_url: library.hosting_url,
        ca_sha256: library.authority.map(|authority| authority.to_string()),
        spaces: library.spaces.into_iter().map(space).collect(),
    }
}
