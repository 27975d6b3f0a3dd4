//! Folders that are kept in the media library.

use std::path::{self, PathBuf};

use albumen_app::{
    AppError, Code, Door,
    views::{AlbumTarget, MappingPreview, MappingView, SpaceView, SyncOverview},
};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::{
    exit::Exit,
    output::{Output, size},
    progress::state_key,
};

/// Folders that are kept in the media library.
#[derive(Debug, Args)]
pub(crate) struct Map {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Keep a folder in a space
    Add(Choice),
    /// Show what `map add` would do, without doing it
    Preview(Choice),
    /// Show the folders
    List,
    /// Stop keeping a folder; its files stay here and in the media library
    Remove {
        /// Its id, as `map list` shows it
        id: String,
    },
}

/// A folder and where it is to go.
///
/// Without --album, --per-folder or --root, files of a space with albums go to one album named like
/// the folder, and files of another space to its root.
#[derive(Debug, Args)]
struct Choice {
    /// The folder
    folder: PathBuf,
    /// Name or id of the space [default: the only one that can be uploaded to]
    #[arg(long, value_name = "SPACE")]
    space: Option<String>,
    /// Put everything into this album
    #[arg(long, value_name = "NAME", conflicts_with_all = ["per_folder", "root"])]
    album: Option<String>,
    /// Make one album for each sub-folder
    #[arg(long, conflicts_with = "root")]
    per_folder: bool,
    /// Put everything at the root of the space
    #[arg(long)]
    root: bool,
}

impl Map {
    pub(super) async fn run(self, door: &Door, output: &Output) -> Result<Exit, AppError> {
        match self.action {
            Action::Add(choice) => add(door, choice, output).await,
            Action::Preview(choice) => preview(door, choice, output).await,
            Action::List => list(door, output).await,
            Action::Remove { id } => {
                door.call("remove_mapping", json!({ "id": id })).await?;
                output.say("cli.map.removed", &[]);
                output.value(&json!({ "removed": id }));
                Ok(Exit::Done)
            }
        }
    }
}

impl Choice {
    /// What was chosen, as the façade takes it.
    async fn arguments(self, door: &Door) -> Result<Value, AppError> {
        let folder = path::absolute(&self.folder)
            .map_err(|error| AppError::new(Code::FolderMissing).because(&error))?;
        let spaces: Vec<SpaceView> = door.ask("list_spaces", json!({})).await?;
        let space = choose(spaces, self.space.as_deref())?;
        let target = match self.album {
            Some(name) => AlbumTarget::Album { name },
            None if self.per_folder => AlbumTarget::PerFolder,
            None if self.root || !space.multi_album => AlbumTarget::Root,
            None => AlbumTarget::Album { name: album_for(&folder) },
        };
        Ok(json!({
            "folder": folder,
            "libraryId": space.library_id,
            "spaceId": space.space_id,
            "target": target,
        }))
    }
}

async fn add(door: &Door, choice: Choice, output: &Output) -> Result<Exit, AppError> {
    let mapping: MappingView = door.ask("add_mapping", choice.arguments(door).await?).await?;
    let params = [("folder", mapping.folder.as_str()), ("target", &mapping.target_label)];
    output.say("cli.map.added", &params);
    output.value(&mapping);
    Ok(Exit::Done)
}

async fn preview(door: &Door, choice: Choice, output: &Output) -> Result<Exit, AppError> {
    let preview: MappingPreview =
        door.ask("preview_mapping", choice.arguments(door).await?).await?;
    for album in &preview.albums {
        let files = output.catalogue().plural("unit.files", album.files, &[]);
        let name = album.proposed.as_ref().unwrap_or(&album.album);
        output.line(&format!(
            "{} → {name}: {files}, {}",
            album.folders.join(", "),
            size(album.bytes)
        ));
    }
    for file in &preview.rejected {
        let title = output.catalogue().title(&file.reason);
        output.line(&format!("! {}: {title}", file.relative_path));
    }
    output.value(&preview);
    Ok(Exit::Done)
}

/// The album for a folder that nobody named one for.
fn album_for(folder: &path::Path) -> String {
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned());
    name.unwrap_or_else(|| "Photos".to_owned())
}

/// The space that was asked for; without a wish the only one there is.
fn choose(spaces: Vec<SpaceView>, wanted: Option<&str>) -> Result<SpaceView, AppError> {
    let missing = || AppError::new(Code::SpaceMissing);
    let mut fitting: Vec<SpaceView> = spaces
        .into_iter()
        .filter(|space| match wanted {
            Some(wanted) => space.space_id == wanted || space.name == wanted,
            None => space.can_upload,
        })
        .collect();
    match (fitting.len(), wanted) {
        (1, _) => Ok(fitting.remove(0)),
        (0, Some(wanted)) => Err(missing().with("name", wanted)),
        (0, None) => Err(missing()),
        _ => {
            let names: Vec<String> =
                fitting.iter().map(|s| format!("{} ({})", s.name, s.space_id)).collect();
            let detail = format!("Several spaces fit, choose with --space: {}", names.join(", "));
            Err(AppError::new(Code::BadRequest).with("detail", detail))
        }
    }
}

async fn list(door: &Door, output: &Output) -> Result<Exit, AppError> {
    let overview: SyncOverview = door.ask("sync_overview", json!({})).await?;
    if overview.mappings.is_empty() {
        output.say("sync.empty.title", &[]);
    }
    for mapping in &overview.mappings {
        let state = output.catalogue().text(state_key(mapping.state));
        let (id, folder, target) = (&mapping.id, &mapping.folder, &mapping.target_label);
        output.line(&format!("{id}  {state}  {folder} → {target}"));
    }
    output.value(&overview.mappings);
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn space(id: &str, name: &str, can_upload: bool) -> SpaceView {
        SpaceView {
            library_id: "l".into(),
            library_name: "L".into(),
            space_id: id.into(),
            name: name.into(),
            multi_album: true,
            file_library: false,
            can_upload,
        }
    }

    #[test]
    fn the_space_people_mean() {
        let two = || vec![space("s1", "Family", true), space("s2", "Work", true)];
        assert_eq!(choose(two(), Some("Work")).unwrap().space_id, "s2");
        assert_eq!(choose(two(), Some("s1")).unwrap().space_id, "s1");
        assert_eq!(choose(two(), None).unwrap_err().code, Code::BadRequest);
        assert_eq!(choose(two(), Some("Other")).unwrap_err().code, Code::SpaceMissing);
        let one = vec![space("s1", "Family", false), space("s2", "Work", true)];
        assert_eq!(choose(one, None).unwrap().space_id, "s2");
        assert_eq!(choose(Vec::new(), None).unwrap_err().code, Code::SpaceMissing);
    }
}
