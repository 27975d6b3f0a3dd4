//! Folders bound to spaces.

use std::{path::PathBuf, str::FromStr};

use albumen_model::{
    NodeName,
    auth::{LibraryView, SpaceView},
};
use albumen_sync::{
    Engine, Inspection, MappingId as Id, NewMapping, Target,
    album::{self, AlbumPlan},
    inspect,
};

use super::{
    args::{MappingChoice, MappingId},
    folders,
    spaces::{self, albums, browser},
};
use crate::{
    App, AppError, Code,
    blocking::off_thread,
    session::Session,
    views::{AlbumPreview, AlbumTarget, MappingPreview, MappingView, RejectedFile},
};

/// Files that are listed one by one; a preview is not a report.
const REJECTED_MAX: usize = 100;

pub(super) async fn preview_mapping(
    app: &App,
    args: MappingChoice,
) -> Result<MappingPreview, AppError> {
    let session = app.session()?;
    let new = chosen(&session, args).await?;
    let folder = new.folder.clone();
    let found = off_thread(move || inspect(&folder)).await??;
    let client = browser(&session, new.library.clone(), new.space.clone());
    let existing = albums(&client).await?;
    let plans = album::preview(&Engine::layout(&new), &found.folders, &existing);
    Ok(preview(&plans, &found, &new.target))
}

fn preview(plans: &[AlbumPlan], found: &Inspection, target: &Target) -> MappingPreview {
    let shown = plans.iter().filter(|_| *target != Target::Root);
    MappingPreview {
        albums: shown.map(album_preview).collect(),
        files: found.files,
        bytes: found.bytes,
        clashes: plans.iter().filter(|plan| plan.clash).count() as u64,
        rejected: found
            .refused
            .iter()
            .take(REJECTED_MAX)
            .map(|path| RejectedFile {
                relative_path: path.to_string(),
                reason: Code::FileNameInvalid.to_string(),
            })
            .collect(),
    }
}

fn album_preview(plan: &AlbumPlan) -> AlbumPreview {
    AlbumPreview {
        album: plan.wanted.clone(),
        folders: plan.folders.iter().map(ToString::to_string).collect(),
        files: plan.files,
        bytes: plan.bytes,
        exists: plan.exists,
        clash: plan.clash,
        proposed: plan.clash.then(|| plan.album.clone()),
    }
}

pub(super) async fn add_mapping(app: &App, args: MappingChoice) -> Result<MappingView, AppError> {
    let session = app.session()?;
    let new = chosen(&session, args).await?;
    let mapping = session.engine().add_mapping(new).await?;
    view(&session, &mapping.id).await
}

pub(super) async fn remove_mapping(app: &App, args: MappingId) -> Result<(), AppError> {
    let session = app.session()?;
    Ok(session.engine().remove_mapping(&id(&args.id)?).await?)
}

pub(super) async fn pause_mapping(app: &App, args: MappingId) -> Result<MappingView, AppError> {
    let (session, id) = (app.session()?, id(&args.id)?);
    session.engine().pause(&id).await?;
    view(&session, &id).await
}

pub(super) async fn resume_mapping(app: &App, args: MappingId) -> Result<MappingView, AppError> {
    let (session, id) = (app.session()?, id(&args.id)?);
    session.engine().resume(&id).await?;
    view(&session, &id).await
}

/// A mapping's id as the pages send it.
pub(super) fn id(text: &str) -> Result<Id, AppError> {
    Id::from_str(text)
        .map_err(|error| AppError::new(Code::BadRequest).with("id", text).because(&error))
}

async fn view(session: &Session, id: &Id) -> Result<MappingView, AppError> {
    let overview = session.overview().await?;
    let found = overview.mappings.into_iter().find(|mapping| mapping.id == id.as_str());
    found.ok_or_else(|| AppError::new(Code::BadRequest).with("id", id))
}

/// What was chosen, held against what the space is.
async fn chosen(session: &Session, args: MappingChoice) -> Result<NewMapping, AppError> {
    let folder = folders::absolute(&args.folder)?;
    let (library_id, space_id) =
        (spaces::library(&args.library_id)?, spaces::space(&args.space_id)?);
    let libraries = session.libraries().await?;
    let missing = || AppError::new(Code::SpaceMissing).with("name", &args.space_id);
    let library = libraries.into_iter().find(|library| library.library_id == library_id);
    let library = library.ok_or_else(missing)?;
    let space = library.spaces.iter().find(|space| space.space_id == space_id);
    let space = space.ok_or_else(missing)?.clone();
    bind(folder, &library, &space, args.target)
}

/// The rules of where files may go.
fn bind(
    folder: PathBuf,
    library: &LibraryView,
    space: &SpaceView,
    target: AlbumTarget,
) -> Result<NewMapping, AppError> {
    if !space.can_upload {
        return Err(AppError::new(Code::NoPermission).with("name", &space.name));
    }
    let has_folders = space.is_multi_album || library.is_file_library;
    let target = match target {
        AlbumTarget::Root if space.is_multi_album => {
            return Err(refused("Files of this space are in albums"));
        }
        AlbumTarget::Root => Target::Root,
        AlbumTarget::Album { .. } | AlbumTarget::PerFolder if !has_folders => {
            return Err(refused("This space has no albums"));
        }
        AlbumTarget::Album { name } => Target::Album(album_name(&name)?),
        AlbumTarget::PerFolder => Target::PerFolder,
    };
    Ok(NewMapping {
        folder,
        library: library.library_id.clone(),
        space: space.space_id.clone(),
        space_name: space.name.clone(),
        target,
        nested: library.is_file_library,
    })
}

fn refused(detail: &str) -> AppError {
    AppError::new(Code::BadRequest).with("detail", detail)
}

fn album_name(typed: &str) -> Result<NodeName, AppError> {
    NodeName::parse(typed.trim())
        .map_err(|error| AppError::new(Code::AlbumNameInvalid).with("name", typed).because(&error))
}

#[cfg(test)]
mod tests {
    use albumen_model::{LibraryId, SpaceId, auth::SpaceLimits};

    use super::*;

    fn place(is_multi_album: bool, is_file_library: bool) -> (LibraryView, SpaceView) {
        let space = SpaceView {
            space_id: SpaceId::parse("s1").unwrap(),
            name: "Family".into(),
            is_multi_album,
            can_read: true,
            can_upload: true,
            can_delete: true,
            limits: SpaceLimits::default(),
        };
        let library = LibraryView {
            library_id: LibraryId::parse("l1").unwrap(),
            name: "Photos".into(),
            is_file_library,
            is_multi_space: true,
            spaces: vec![space.clone()],
            hosting_url: None,
            authority: None,
        };
        (library, space)
    }

    #[test]
    fn a_target_must_fit_the_space() {
        let album = || AlbumTarget::Album { name: "Trip".into() };
        for (multi_album, file_library, target, fits) in [
            (true, false, album(), true),
            (true, false, AlbumTarget::PerFolder, true),
            (true, false, AlbumTarget::Root, false),
            (false, false, AlbumTarget::Root, true),
            (false, false, album(), false),
            (false, true, album(), true),
            (false, true, AlbumTarget::Root, true),
        ] {
            let (library, space) = place(multi_album, file_library);
            let bound = bind(PathBuf::from("p"), &library, &space, target.clone());
            assert_eq!(bound.is_ok(), fits, "{multi_album} {file_library} {target:?}");
        }
    }

    #[test]
    fn names_and_rights_are_looked_at_before_anything_is_made() {
        let (library, mut space) = place(true, false);
        let bad = AlbumTarget::Album { name: "a/b".into() };
        let error = bind(PathBuf::from("p"), &library, &space, bad).unwrap_err();
        assert_eq!(error.code, Code::AlbumNameInvalid);
        space.can_upload = false;
        let error = bind(PathBuf::from("p"), &library, &space, AlbumTarget::PerFolder).unwrap_err();
        assert_eq!(error.code, Code::NoPermission);
    }
}
