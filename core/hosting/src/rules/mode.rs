//! What may be where: media and file libraries, albums or none (SMH sections 2.1 and 2.2).

use albumen_model::{
    ErrorCode, NodeName, RemotePath,
    smh::{LibrarySettings, NodeType, SpaceExtension},
};

use super::kind::{self, Media};

/// How directories work in a space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// File library: any depth.
    Tree,
    /// Media library in albums: one level of directories, files only in them.
    Albums,
    /// Media library without: no directory, files only in the root.
    Flat,
}

/// The rules of one space, put together from its library and itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mode {
    /// How directories work.
    pub(crate) layout: Layout,
    /// The longest name, in characters.
    pub(crate) name_max: usize,
    photo: Option<Vec<Vec<String>>>,
    video: Option<Vec<Vec<String>>>,
    files: Vec<Vec<String>>,
}

impl Mode {
    /// In a library of one space the library's settings count; of many, the space's own, with the
    /// library's as an upper bound (our choice: SMH section 2.1 gives both and does not say how
    /// they meet).
    pub(crate) fn of(library: &LibrarySettings, space: &SpaceExtension) -> Self {
        let multi = library.is_multi_space;
        let albums = if multi { space.is_multi_album } else { library.is_multi_album };
        let layout = match (library.is_file_library, albums) {
            (true, _) => Layout::Tree,
            (false, true) => Layout::Albums,
            (false, false) => Layout::Flat,
        };
        let lists = |allowed: bool, by_library: &[String], by_space: &[String]| {
            allowed.then(|| vec![by_library.to_vec(), by_space.to_vec()])
        };
        let photo = library.allow_photo && (!multi || space.allow_photo);
        let video = library.allow_video && (!multi || space.allow_video);
        let of_space = space.allow_file_extname.clone().unwrap_or_default();
        Self {
            layout,
            name_max: usize::try_from(library.max_dir_file_name_length).unwrap_or(usize::MAX),
            photo: lists(photo, &library.allow_photo_ext_name, &space.allow_photo_extname),
            video: lists(video, &library.allow_video_ext_name, &space.allow_video_extname),
            files: vec![library.allow_file_ext_name.clone(), of_space],
        }
    }

    /// Whether a directory may be made at this path.
    ///
    /// # Errors
    /// `RootDirectoryNotAllowed`, `DirectoryNotAllowed` or `DirectoryLevelExceed`.
    pub(crate) fn admit_directory(&self, path: &RemotePath) -> Result<(), ErrorCode> {
        match (self.layout, path.depth()) {
            (_, 0) => Err(ErrorCode::RootDirectoryNotAllowed),
            (Layout::Flat, _) => Err(ErrorCode::DirectoryNotAllowed),
            (Layout::Albums, 2..) => Err(ErrorCode::DirectoryLevelExceed),
            _ => Ok(()),
        }
    }

    /// Whether a leaf may be in a directory of this depth (0 is the root).
    ///
    /// # Errors
    /// `UploadToRootDirectoryNotAllowed`.
    pub(crate) fn admit_leaf_at(&self, parent_depth: usize) -> Result<(), ErrorCode> {
        match (self.layout, parent_depth) {
            (Layout::Albums, 0) => Err(ErrorCode::UploadToRootDirectoryNotAllowed),
            _ => Ok(()),
        }
    }

    /// What a leaf of this name is here.
    ///
    /// # Errors
    /// `ExtnameNotAllowed`.
    pub(crate) fn leaf_type(&self, name: &NodeName) -> Result<NodeType, ErrorCode> {
        let refused = ErrorCode::ExtnameNotAllowed;
        if self.layout == Layout::Tree {
            return if allows(&self.files, name) { Ok(NodeType::File) } else { Err(refused) };
        }
        let media = kind::media(name);
        let lists = match media {
            Media::Photo => self.photo.as_ref(),
            Media::Video => self.video.as_ref(),
            Media::Neither => None,
        };
        let admitted = lists.is_some_and(|lists| allows(lists, name));
        media.node_type().filter(|_| admitted).ok_or(refused)
    }

    /// Whether a leaf of this kind may have this name here. What a leaf is never changes when it is
    /// moved or copied (SMH section 2.2).
    ///
    /// # Errors
    /// `FileTypeNotMatched` or `ExtnameNotAllowed`.
    pub(crate) fn admit_as(&self, kind: NodeType, name: &NodeName) -> Result<(), ErrorCode> {
        let named = self.leaf_type(name)?;
        match kind {
            NodeType::Symlink | NodeType::Virtual => Ok(()),
            kind if kind == named => Ok(()),
            _ => Err(ErrorCode::FileTypeNotMatched),
        }
    }

    /// Whether leaves are listed by the time of their upload (media libraries) or by name.
    pub(crate) fn lists_by_upload(&self) -> bool {
        self.layout != Layout::Tree
    }
}

/// Every list that is not empty must have the extension; with or without the dot, in any case.
fn allows(lists: &[Vec<String>], name: &NodeName) -> bool {
    let extension = name.extension().unwrap_or_default();
    lists.iter().filter(|list| !list.is_empty()).all(|list| {
        list.iter().any(|one| one.trim_start_matches('.').eq_ignore_ascii_case(&extension))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn library(
        is_file_library: bool,
        is_multi_space: bool,
        is_multi_album: bool,
    ) -> LibrarySettings {
        LibrarySettings {
            is_file_library,
            is_multi_space,
            is_multi_album,
            ..LibrarySettings::default()
        }
    }

    fn space(is_multi_album: bool) -> SpaceExtension {
        SpaceExtension {
            is_multi_album,
            allow_photo: true,
            allow_video: true,
            ..SpaceExtension::default()
        }
    }

    #[test]
    fn layouts_by_section_2_2() {
        use ErrorCode as E;
        let tree = Mode::of(&library(true, false, true), &space(true));
        let albums = Mode::of(&library(false, false, true), &space(false));
        let flat = Mode::of(&library(false, false, false), &space(true));
        let space_albums = Mode::of(&library(false, true, false), &space(true));
        for (mode, layout) in [
            (&tree, Layout::Tree),
            (&albums, Layout::Albums),
            (&flat, Layout::Flat),
            (&space_albums, Layout::Albums),
        ] {
            assert_eq!(mode.layout, layout);
        }
        for (mode, path, admitted) in [
            (&tree, "", Err(E::RootDirectoryNotAllowed)),
            (&tree, "a/b/c", Ok(())),
            (&albums, "a", Ok(())),
            (&albums, "a/b", Err(E::DirectoryLevelExceed)),
            (&flat, "a", Err(E::DirectoryNotAllowed)),
        ] {
            let path = RemotePath::parse(path).unwrap();
            assert_eq!(mode.admit_directory(&path), admitted, "{path}");
        }
        assert_eq!(tree.admit_leaf_at(0), Ok(()));
        assert_eq!(flat.admit_leaf_at(0), Ok(()));
        assert_eq!(albums.admit_leaf_at(1), Ok(()));
        assert_eq!(albums.admit_leaf_at(0), Err(E::UploadToRootDirectoryNotAllowed));
    }

    #[test]
    fn leaves_by_section_2_2_and_trap_21() {
        let name = |text: &str| NodeName::parse(text).unwrap();
        let fresh = Mode::of(&library(false, true, false), &SpaceExtension::default());
        assert_eq!(fresh.leaf_type(&name("a.jpg")), Err(ErrorCode::ExtnameNotAllowed));

        let media = Mode::of(&library(false, true, false), &space(false));
        assert_eq!(media.leaf_type(&name("a.JPG")), Ok(NodeType::Image));
        assert_eq!(media.leaf_type(&name("a.mov")), Ok(NodeType::Video));
        assert_eq!(media.leaf_type(&name("a.pdf")), Err(ErrorCode::ExtnameNotAllowed));
        assert_eq!(media.leaf_type(&name("noext")), Err(ErrorCode::ExtnameNotAllowed));

        for (kind, text, admitted) in [
            (NodeType::Image, "b.png", Ok(())),
            (NodeType::Image, "b.mp4", Err(ErrorCode::FileTypeNotMatched)),
            (NodeType::Video, "b.jpg", Err(ErrorCode::FileTypeNotMatched)),
            (NodeType::Image, "b.txt", Err(ErrorCode::ExtnameNotAllowed)),
            (NodeType::Symlink, "b.mp4", Ok(())),
            (NodeType::Virtual, "b.txt", Err(ErrorCode::ExtnameNotAllowed)),
        ] {
            assert_eq!(media.admit_as(kind, &name(text)), admitted, "{kind:?} {text}");
        }

        let mut narrow = space(false);
        narrow.allow_photo_extname = vec![".PNG".to_owned()];
        narrow.allow_video = false;
        let narrow = Mode::of(&library(false, true, false), &narrow);
        assert_eq!(narrow.leaf_type(&name("a.png")), Ok(NodeType::Image));
        assert!(narrow.leaf_type(&name("a.jpg")).is_err());
        assert!(narrow.leaf_type(&name("a.mov")).is_err());

        let mut files = library(true, true, false);
        assert_eq!(Mode::of(&files, &space(false)).leaf_type(&name("x.exe")), Ok(NodeType::File));
        files.allow_file_ext_name = vec!["pdf".to_owned()];
        let files = Mode::of(&files, &space(false));
        assert!(files.leaf_type(&name("x.exe")).is_err());
        assert_eq!(files.leaf_type(&name("x.pdf")), Ok(NodeType::File));
    }
}
