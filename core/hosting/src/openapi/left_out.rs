//! Operations of the contract that are always refused, with a code of the contract (SMH sections
//! 19 to 21).

use albumen_model::ErrorCode as C;

use super::operation::{Operation, delete, get, post, put};
use crate::rules::grant::Operation as Right;

const FILE: &str = "/api/v1/file/{LibraryId}/{SpaceId}/{FilePath}";
const HLS: &str = "/api/v1/hls/{LibraryId}/{SpaceId}/{Rest}";
const AUTHORIZE: &str = "/api/v1/authority/{LibraryId}/{SpaceId}/authorize/{Rest}";
const FILE_TAG: &str = "/api/v1/file-tag/{LibraryId}/{SpaceId}/{Rest}";

const ANY: &[Right] = &[Right::ReadWithToken];
const OF_LIBRARY: &[Right] = &[Right::ListSpaces];
const NOT_ENABLED: &[C] = &[C::FunctionNotEnabled];
const NO_ARCHIVES: &[C] = &[C::FileUncompressNotAllowed];
const NO_DOCUMENTS: &[C] = &[C::DocEditNotEnabled];

macro_rules! operations {
    ($($verb:ident $id:literal $path:expr, $flag:literal, $row:literal, $section:literal,
        $says:literal, $rights:expr, $codes:expr;)*) => {
        pub(super) const OPERATIONS: &[Operation] = &[$({
            let operation = $verb($id, $path)
                .row(&[$row], $section)
                .says(concat!("Not offered: ", $says))
                .needs($rights)
                .left_out($codes);
            if $flag.is_empty() { operation } else { operation.flag($flag) }
        },)*];
    };
}

operations! {
    put "convertFile" FILE, "convert", 33, "9.7",
        "convert a file.", &[Right::OpenFile], NOT_ENABLED;
    get "previewZipFile" FILE, "zip-preview", 50, "20",
        "look into an archive.", &[Right::OpenFile], NO_ARCHIVES;
    post "uncompressFile" FILE, "uncompress", 54, "20",
        "open an archive.", &[Right::Unpack], NO_ARCHIVES;
    get "officeEdit" "/api/v1/office/{LibraryId}/{SpaceId}/edit/{Rest}", "", 48, "20",
        "edit a document.", ANY, NO_DOCUMENTS;
    get "officeEditPreflight" "/api/v1/office/{LibraryId}/{SpaceId}/edit/{Rest}", "preflight",
        121, "20", "ask whether a document can be edited.", ANY, NO_DOCUMENTS;
    post "searchAi" "/api/v1/search/{LibraryId}/{SpaceId}/search-ai", "", 84, "15.3",
        "search by meaning.", ANY, NOT_ENABLED;
    post "confirmM3u8Upload" HLS, "confirm", 104, "19", "confirm a playlist.", ANY, NOT_ENABLED;
    post "createTranscodeTask" HLS, "transcode", 105, "19", "transcode a film.", ANY, NOT_ENABLED;
    get "getMediaFileInfo" HLS, "info", 106, "19", "streams of a film.", ANY, NOT_ENABLED;
    get "liveTranscodeMediaFile" HLS, "live_transcode", 107, "19",
        "transcode a film while it is played.", ANY, NOT_ENABLED;
    post "modifyM3u8Segments" HLS, "modify", 108, "19", "change a playlist.", ANY, NOT_ENABLED;
    put "prepareM3u8Upload" HLS, "", 109, "19", "begin a playlist.", ANY, NOT_ENABLED;
    post "renewM3u8Upload" HLS, "renew", 110, "19", "renew a playlist.", ANY, NOT_ENABLED;
    put "setSyncFolder" "/api/v1/directory-local-sync/{LibraryId}/{SpaceId}", "", 122, "21",
        "set a sync folder.", OF_LIBRARY, NOT_ENABLED;
    delete "removeSyncFolder" "/api/v1/directory-local-sync/{LibraryId}/{SpaceId}/{Rest}", "",
        123, "21", "remove a sync folder.", OF_LIBRARY, NOT_ENABLED;
    get "listRoles" "/api/v1/authority/{LibraryId}/role-list", "", 124, "21",
        "roles of folders.", OF_LIBRARY, NOT_ENABLED;
    get "listAuthorizedDirectories" "/api/v1/authority/{LibraryId}/authorized-directory", "",
        125, "21", "folders of others.", OF_LIBRARY, NOT_ENABLED;
    post "authorize" AUTHORIZE, "", 126, "21", "give rights to a folder.", OF_LIBRARY, NOT_ENABLED;
    post "unauthorize" AUTHORIZE, "delete", 127, "21",
        "take rights to a folder.", OF_LIBRARY, NOT_ENABLED;
    post "leaveAuthority" AUTHORIZE, "exit", 128, "21",
        "leave a folder of others.", OF_LIBRARY, NOT_ENABLED;
    post "authorizeSpace" "/api/v1/authority/{LibraryId}/{SpaceId}/authorize-space", "", 129, "21",
        "give rights to a space.", OF_LIBRARY, NOT_ENABLED;
    get "listTags" "/api/v1/tag/{LibraryId}", "", 130, "21", "tags.", OF_LIBRARY, NOT_ENABLED;
    put "createTag" "/api/v1/tag/{LibraryId}", "", 131, "21",
        "make a tag.", OF_LIBRARY, NOT_ENABLED;
    delete "deleteTag" "/api/v1/tag/{LibraryId}/{Rest}", "", 132, "21",
        "delete a tag.", OF_LIBRARY, NOT_ENABLED;
    put "addFileTag" FILE_TAG, "", 133, "21", "tag a file.", OF_LIBRARY, NOT_ENABLED;
    get "listFileTags" FILE_TAG, "", 134, "21", "tags of a file.", OF_LIBRARY, NOT_ENABLED;
    delete "removeFileTag" FILE_TAG, "", 135, "21",
        "take a tag off a file.", OF_LIBRARY, NOT_ENABLED;
    post "listFilesByTag" FILE_TAG, "", 136, "21", "files by tag.", OF_LIBRARY, NOT_ENABLED;
}
