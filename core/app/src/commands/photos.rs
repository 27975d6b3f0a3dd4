//! Photos: the whole index as bytes, one of them in detail.

use albumen_sync::{FileState, PhotoDetail};

use super::args::Row;
use crate::{
    App, AppError, moment,
    photos::{IndexRow, encode, version},
    views::{PhotoKind, PhotoView, SyncState, TakenAtSource},
};

pub(super) async fn photo_index(app: &App) -> Result<Vec<u8>, AppError> {
    let Some(session) = app.session_if_any() else { return Ok(encode(&[])) };
    session.want_facts();
    let rows = session.photo_rows().await?;
    let rows: Vec<IndexRow> = rows
        .iter()
        .filter_map(|photo| {
            Some(IndexRow {
                row: u32::try_from(photo.node.0).ok()?,
                day: photo.day,
                width: photo.width,
                height: photo.height,
                video: photo.video,
                pending: photo.state == FileState::Pending,
                failed: photo.state == FileState::Failed,
                rgb: photo.rgb,
            })
        })
        .collect();
    Ok(encode(&rows))
}

pub(super) async fn photo_detail(app: &App, args: Row) -> Result<PhotoView, AppError> {
    let photo = app.session()?.photo(args.row).await?;
    Ok(view(args.row, &photo))
}

fn view(row: u32, photo: &PhotoDetail) -> PhotoView {
    let facts = photo.facts.as_ref();
    let path = photo.path.on_disk(&photo.folder).unwrap_or_default();
    let from_exif = facts.is_some_and(|facts| facts.from_exif);
    // A place in a space with albums is album and name.
    let album = photo.target.as_deref().and_then(|target| target.rsplit_once('/'));
    PhotoView {
        row,
        name: String::from_utf8_lossy(photo.path.name()).into_owned(),
        path: path.to_string_lossy().into_owned(),
        taken_at: facts.map(|facts| moment::wall(facts.taken_ms, facts.offset_min)),
        taken_at_source: if from_exif { TakenAtSource::Exif } else { TakenAtSource::File },
        width: facts.map_or(0, |facts| facts.width),
        height: facts.map_or(0, |facts| facts.height),
        bytes: photo.bytes,
        camera: facts.and_then(|facts| facts.camera.clone()),
        kind: if facts.is_some_and(|f| f.video) { PhotoKind::Video } else { PhotoKind::Image },
        sync_state: match photo.state {
            FileState::Verified | FileState::Archived => SyncState::Verified,
            FileState::Pending => SyncState::Pending,
            FileState::Failed => SyncState::Failed,
            FileState::Skipped => SyncState::Skipped,
        },
        album: album.map(|(album, _)| album.to_owned()),
        space_name: photo.space_name.clone(),
        version: version(photo),
    }
}
