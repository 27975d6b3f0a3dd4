//! Spaces and albums of the account.

use albumen_client::SpaceClient;
use albumen_model::{
    LibraryId, NodeName, RemotePath, SpaceId,
    auth::{CreateSpace, LibraryView, TokenPurpose},
};

use super::args::{Empty, NewSpace, Space};
use crate::{
    App, AppError, Code,
    session::Session,
    views::{AlbumView, SpaceView},
};

/// Longest name of a space, in characters.
const NAME_MAX: usize = 80;

pub(super) async fn list_spaces(app: &App, _: Empty) -> Result<Vec<SpaceView>, AppError> {
    let session = app.session()?;
    let libraries = session.libraries().await?;
    Ok(libraries.iter().flat_map(views).collect())
}

pub(super) async fn create_space(app: &App, args: NewSpace) -> Result<SpaceView, AppError> {
    let session = app.session()?;
    let name = args.name.trim().to_owned();
    if name.is_empty() || name.chars().count() > NAME_MAX {
        let detail = "A space's name has 1 to 80 characters";
        return Err(AppError::new(Code::BadRequest).with("detail", detail));
    }
    let library_id = library(&args.library_id)?;
    let libraries = session.service().libraries().await?.libraries;
    let library = libraries
        .into_iter()
        .find(|library| library.library_id == library_id)
        .ok_or_else(|| AppError::new(Code::SpaceMissing).with("name", &args.library_id))?;
    // Media libraries hold albums; a file library has directories instead.
    let wanted = CreateSpace { name, is_multi_album: !library.is_file_library };
    let made = session.service().create_space(&library_id, &wanted).await?;
    Ok(view(&library, &made))
}

pub(super) async fn list_albums(app: &App, args: Space) -> Result<Vec<AlbumView>, AppError> {
    let session = app.session()?;
    let client = browser(&session, library(&args.library_id)?, space(&args.space_id)?);
    let names = albums(&client).await?;
    // How many files an album has would take a call for each.
    Ok(names.into_iter().map(|name| AlbumView { name: name.to_string(), files: None }).collect())
}

/// The names of the albums of a space, in the service's order.
pub(super) async fn albums(client: &SpaceClient) -> Result<Vec<NodeName>, AppError> {
    Ok(client.directory_names(&RemotePath::root()).await?)
}

/// A client that may only look.
pub(super) fn browser(session: &Session, library: LibraryId, space: SpaceId) -> SpaceClient {
    session.space(library, space, TokenPurpose::Browse)
}

/// Every space that may be looked into, with the library it is in.
pub(super) fn views(library: &LibraryView) -> Vec<SpaceView> {
    let open = library.spaces.iter().filter(|space| space.can_read);
    open.map(|space| view(library, space)).collect()
}

fn view(library: &LibraryView, space: &albumen_model::auth::SpaceView) -> SpaceView {
    SpaceView {
        library_id: library.library_id.to_string(),
        library_name: library.name.clone(),
        space_id: space.space_id.to_string(),
        name: space.name.clone(),
        multi_album: space.is_multi_album,
        file_library: library.is_file_library,
        can_upload: space.can_upload,
    }
}

pub(super) fn library(text: &str) -> Result<LibraryId, AppError> {
    LibraryId::parse(text).map_err(|error| AppError::new(Code::BadRequest).because(&error))
}

pub(super) fn space(text: &str) -> Result<SpaceId, AppError> {
    SpaceId::parse(text).map_err(|error| AppError::new(Code::BadRequest).because(&error))
}
