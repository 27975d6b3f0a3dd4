//! The grants of SMH sections 3.7 and 24 as they are written there, operation by operation: what to
//! send, which grants are enough, and what is answered to who has one. It knows no rule of the
//! service; where the contract says "not stated", the choice of ours stands here in words.

/// One operation in one form.
pub(super) struct Row {
    /// Its number in section 24, or [`BEYOND`].
    pub(super) number: u16,
    /// Its name there, and which form.
    pub(super) name: &'static str,
    /// Method and path below `/api/v1/`, or from the root; `<word>` stands for a thing of the
    /// place.
    pub(super) request: &'static str,
    /// JSON, with such words too; empty for none.
    pub(super) body: &'static str,
    /// Grants that are enough, beside `admin`. `read` is any token, or none where reads are public;
    /// `token` is any token. In parentheses: what lets a batch begin, whose items are refused.
    pub(super) may: &'static str,
    /// Status and code that who may is answered with: in a file library, in a media library of
    /// albums, in one without; one for all three if they are alike.
    pub(super) answers: &'static [&'static str],
    /// The answer in a library of one space, where it differs.
    pub(super) single: &'static str,
    /// The answer to who shows no token at all.
    pub(super) nobody: &'static str,
}

const fn row(
    number: u16,
    name: &'static str,
    request: &'static str,
    body: &'static str,
    may: &'static str,
    answers: &'static [&'static str],
) -> Row {
    Row { number, name, request, body, may, answers, single: "", nobody: "400 EmptyAccessToken" }
}

impl Row {
    const fn in_one_space(mut self, answer: &'static str) -> Self {
        self.single = answer;
        self
    }

    const fn for_nobody(mut self, answer: &'static str) -> Self {
        self.nobody = answer;
        self
    }
}

/// Every grant of section 3.7, those that are named by single endpoints included.
pub(super) const GRANTS: &[&str] = &[
    "admin",
    "space_admin",
    "create_space",
    "delete_space",
    "create_directory",
    "delete_directory",
    "delete_directory_permanent",
    "move_directory",
    "copy_directory",
    "upload_file",
    "upload_file_force",
    "begin_upload",
    "begin_upload_force",
    "confirm_upload",
    "create_symlink",
    "create_symlink_force",
    "delete_file",
    "delete_file_permanent",
    "move_file",
    "move_file_force",
    "copy_file",
    "copy_file_force",
    "delete_recycled",
    "restore_recycled",
    "read_only",
    "delete_history",
    "set_history_latest",
    "create_virtual",
];

/// The number of what Albumen adds to the contract.
pub(super) const BEYOND: u16 = 0;

/// Rows that no grant decides: by the library's secret, by the token in the path, by a share's own
/// token, open to everybody.
pub(super) const BY_NO_GRANT: &[u16] = &[1, 2, 3, 4, 93, 95, 96, 98, 103, 111];

const BEGIN: &str = "space_admin upload_file upload_file_force begin_upload begin_upload_force";
const BEGIN_EACH: &str =
    "space_admin upload_file upload_file_force begin_upload begin_upload_force (token)";
const BEGIN_OVER: &str = "space_admin upload_file_force begin_upload_force";
const SPACES: &str = "400 NotMultiSpaceLibrary";
const NO_DIR: &str = "404 SourceDirectoryNotFound";
const FLAT: &str = "400 DirectoryNotAllowed";
const GONE: &str = "404 PathNotFound";
const IN_FILES: &str = "400 CoverNotSupportedInFileLibrary";
const ONE: &str = r#"[{"copyFrom":"<file>","from":"<file>","path":"<file>","to":"<new>"}]"#;
const MANY: &str = r#"[{"copyFrom":"<dir>","from":"<dir>","path":"<dir>","to":"<newdir>"}]"#;
const ONE_FOR_GOOD: &str = r#"[{"path":"<file>","permanent":true}]"#;
const MANY_FOR_GOOD: &str = r#"[{"path":"<dir>","permanent":1}]"#;
const ONE_OVER: &str = r#"[{"copyFrom":"<file>","to":"<taken>",
    "conflictResolutionStrategy":"overwrite"}]"#;
const KEEP: &str = r#"{"targetSpaceId":"<S>","targetPath":"<box>","inodes":["<within>"]}"#;
const KEEP_OVER: &str = r#"{"targetSpaceId":"<S>","targetPath":"<box>","inodes":["<within>"],
    "conflictResolutionStrategy":"overwrite"}"#;
const SHARE: &str = r#"{"name":"x","filePath":["<file>"],"config":{"isPermanent":true}}"#;
const TERMS: &str = r#"{"config":{"isPermanent":true}}"#;

#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    // Spaces, usage. Who may look at a space is not stated: any token of it.
    row(5, "createSpace", "POST space/<L>", "", "create_space", &["201"]).in_one_space(SPACES),
    row(6, "deleteSpace", "DELETE space/<L>/<other>", "", "delete_space", &["204"])
        .in_one_space(SPACES),
    row(7, "getContentsView", "GET space/<L>/<S>/contents-view?filter=onlyFile", "",
        "space_admin read_only", &["200"]),
    row(8, "getFileCountInSpace", "GET space/<L>/<S>/file-count", "", "space_admin", &["200"]),
    row(9, "getLibrarySpaceCount", "GET space/<L>/count", "", "token", &["200"])
        .in_one_space(SPACES),
    row(10, "getSpaceExtension", "GET space/<L>/<S>/extension", "", "token", &["200"])
        .in_one_space(SPACES),
    row(11, "getSpaceSize", "GET space/<L>/<S>/size", "", "token", &["200"]),
    row(12, "listSpace", "GET space/<L>/list", "", "token", &["200"]).in_one_space(SPACES),
    row(13, "setSpaceTrafficLimit", "POST space/<L>/<S>/traffic-limit",
        r#"{"downloadTrafficLimit":-1}"#, "space_admin", &["204"]),
    row(14, "updateSpaceExtension", "POST space/<L>/<S>/extension", "{}", "space_admin", &["204"])
        .in_one_space(SPACES),
    row(15, "getLibraryUsage", "GET usage/<L>", "", "", &["200"]),
    row(16, "getUsage", "GET usage/<L>/<S>", "", "space_admin", &["200"]),
    // Directories. Statistics: any token.
    row(17, "calibrateDirectoryStats", "PUT directory/<L>/<S>/?calibrate=1&stats_type=normal", "",
        "space_admin", &["200 or 429 RateLimitExceeded"]),
    row(18, "checkDirectoryStatus", "HEAD directory/<L>/<S>/<box>", "", "read", &["200"]),
    row(19, "copyDirectory", "PUT directory/<L>/<S>/<newdir>", r#"{"copyFrom":"<dir>"}"#,
        "space_admin copy_directory", &["204", "204", NO_DIR]),
    row(20, "createDirectory", "PUT directory/<L>/<S>/<newdir>", "",
        "space_admin create_directory", &["201", "201", FLAT]),
    row(21, "deleteDirectory", "DELETE directory/<L>/<S>/<dir>", "",
        "space_admin delete_directory", &["200", "200", "404 DirectoryNotFound"]),
    row(21, "deleteDirectory permanent", "DELETE directory/<L>/<S>/<dir>?permanent=1", "",
        "space_admin delete_directory_permanent", &["204", "204", "404 DirectoryNotFound"]),
    row(22, "getDirectoryStats", "GET directory/<L>/<S>/<box>?stats=1&stats_type=normal", "",
        "token", &["200"]),
    row(23, "infoFileOrDirectory", "GET directory/<L>/<S>/<box>?info=1", "", "read", &["200"]),
    row(24, "listDirectory", "GET directory/<L>/<S>/<box>?by-marker=1", "", "read", &["200"]),
    row(25, "listDirectoryByPage", "GET directory/<L>/<S>/<box>?by-page=1", "", "read", &["200"]),
    row(26, "moveDirectory", "PUT directory/<L>/<S>/<newdir>", r#"{"from":"<dir>"}"#,
        "space_admin move_directory", &["204", "204", NO_DIR]),
    row(27, "updateDirectoryLabels", "POST directory/<L>/<S>/<dir>?update=1", r#"{"labels":[]}"#,
        "space_admin", &["204", "204", GONE]),
    row(28, "updateFileLabels", "POST directory/<L>/<S>/<file>?update=1", r#"{"labels":[]}"#,
        "space_admin", &["204"]),
    // Files.
    row(29, "abortFileUpload", "DELETE file/<L>/<S>/<key>?upload=1", "", BEGIN, &["204"]),
    row(30, "checkFileDeletion", "GET file-deletion-check/<L>/<S>/<gone>", "", "space_admin",
        &["200"]),
    row(31, "checkFileStatus", "HEAD file/<L>/<S>/<file>", "", "read", &["200"]),
    row(32, "completeFileUpload", "POST file/<L>/<S>/<ready>?confirm=1", "",
        "space_admin upload_file upload_file_force confirm_upload", &["200"]),
    row(32, "completeFileUpload overwriting",
        "POST file/<L>/<S>/<ready>?confirm=1&conflict_resolution_strategy=overwrite", "",
        "space_admin upload_file_force", &["200"]),
    row(33, "convertFile", "PUT file/<L>/<S>/<new>?convert=1", r#"{"convertFrom":"<file>"}"#,
        "space_admin", &["400 FunctionNotEnabled"]),
    row(34, "copyFile", "PUT file/<L>/<S>/<new>", r#"{"copyFrom":"<file>"}"#,
        "space_admin copy_file copy_file_force", &["200"]),
    row(34, "copyFile overwriting", "PUT file/<L>/<S>/<taken>?force=1", r#"{"copyFrom":"<file>"}"#,
        "space_admin copy_file_force", &["200"]),
    row(35, "createSymlink", "PUT file/<L>/<S>/<new>", r#"{"linkTo":"<file>"}"#,
        "space_admin upload_file upload_file_force create_symlink create_symlink_force", &["200"]),
    row(35, "createSymlink overwriting", "PUT file/<L>/<S>/<new>?force=1", r#"{"linkTo":"<file>"}"#,
        "space_admin upload_file_force create_symlink_force", &["200"]),
    row(36, "createVirtualFile", "PUT file/<L>/<S>/<new>?virtual_file=1", "",
        "space_admin upload_file upload_file_force create_virtual", &["200"]),
    row(36, "createVirtualFile overwriting", "PUT file/<L>/<S>/<taken>?virtual_file=1&force=1", "",
        "space_admin upload_file_force", &["200"]),
    row(37, "deleteFile", "DELETE file/<L>/<S>/<file>", "", "space_admin delete_file", &["200"]),
    row(37, "deleteFile permanent", "DELETE file/<L>/<S>/<file>?permanent=1", "",
        "space_admin delete_file_permanent", &["204"]),
    row(38, "downloadFile", "GET file/<L>/<S>/<file>", "", "read", &["302"]),
    row(39, "downloadTranscodedVideo", "GET file/<L>/<S>/<file>?transcoding_template_id=h264_480p",
        "", "read", &["302"]),
    row(40, "formUploadFile", "POST file/<L>/<S>/<new>", "", BEGIN, &["201"]),
    row(40, "formUploadFile overwriting", "POST file/<L>/<S>/<taken>?force=1", "", BEGIN_OVER,
        &["201"]),
    row(41, "getCover", "GET file/<L>/<S>/<file>?preview=1&size=64", "", "read", &["302"]),
    // The change feed: any token.
    row(42, "getDeltaCursor", "GET fs-delta/<L>/<S>/cursor", "", "token", &["200"]),
    row(43, "getFileInfoByInode", "GET inode/<L>/<S>/<inode>", "", "read", &["200"]),
    row(44, "getFileUpload", "GET file/<L>/<S>/<key>?upload=1", "", BEGIN, &["200"]),
    row(45, "infoFile", "GET file/<L>/<S>/<file>?info=1", "", "read", &["200"]),
    row(46, "moveFile", "PUT file/<L>/<S>/<new>", r#"{"from":"<file>"}"#,
        "space_admin move_file move_file_force", &["200"]),
    row(46, "moveFile overwriting", "PUT file/<L>/<S>/<taken>?force=1", r#"{"from":"<file>"}"#,
        "space_admin move_file_force", &["200"]),
    row(47, "multipartUploadFile", "POST file/<L>/<S>/<new>?multipart=1", "", BEGIN, &["201"]),
    row(47, "multipartUploadFile overwriting", "POST file/<L>/<S>/<taken>?multipart=1&force=1", "",
        BEGIN_OVER, &["201"]),
    row(48, "officeEdit", "GET office/<L>/<S>/edit/<file>", "", "token",
        &["400 DocEditNotEnabled"]),
    row(49, "previewFile", "GET file/<L>/<S>/<file>?preview=1", "", "read", &["302"]),
    row(50, "previewZipFile", "GET file/<L>/<S>/<file>?zip-preview=1", "", "space_admin",
        &["400 FileUncompressNotAllowed"]),
    row(51, "queryDeltaLog", "GET fs-delta/<L>/<S>/delta?cursor=<cursor>", "", "token", &["200"]),
    row(52, "renewMultipartUpload", "POST file/<L>/<S>/<parts>?renew=1", "", BEGIN, &["200"]),
    row(53, "simpleUploadFile", "PUT file/<L>/<S>/<new>", "", BEGIN, &["201"]),
    row(53, "simpleUploadFile overwriting",
        "PUT file/<L>/<S>/<taken>?conflict_resolution_strategy=overwrite", "", BEGIN_OVER,
        &["201"]),
    row(54, "uncompressFile", "POST file/<L>/<S>/<file>?uncompress=1", r#"{"targetPath":"<box>"}"#,
        "space_admin upload_file upload_file_force", &["400 FileUncompressNotAllowed"]),
    // Batches: each item asks for its own right.
    row(55, "batchCopy of a file", "POST batch/<L>/<S>?copy=1", ONE,
        "space_admin copy_file copy_file_force (copy_directory)", &["200"]),
    row(55, "batchCopy onto a file", "POST batch/<L>/<S>?copy=1", ONE_OVER,
        "space_admin copy_file_force (copy_file) (copy_directory)", &["200"]),
    row(55, "batchCopy of a directory", "POST batch/<L>/<S>?copy=1", MANY,
        "space_admin copy_directory (copy_file) (copy_file_force)",
        &["200", "200", "207 SourceFileNotFound"]),
    row(56, "batchDelete of a file", "POST batch/<L>/<S>?delete=1", ONE, "space_admin delete_file \
        (delete_file_permanent) (delete_directory) (delete_directory_permanent)", &["200"]),
    row(56, "batchDelete of a file for good", "POST batch/<L>/<S>?delete=1", ONE_FOR_GOOD,
        "space_admin delete_file_permanent \
        (delete_file) (delete_directory) (delete_directory_permanent)", &["200"]),
    row(56, "batchDelete of a directory", "POST batch/<L>/<S>?delete=1", MANY,
        "space_admin delete_directory \
        (delete_file) (delete_file_permanent) (delete_directory_permanent)",
        &["200", "200", "207 PathNotFound"]),
    row(56, "batchDelete of a directory for good", "POST batch/<L>/<S>?delete=1", MANY_FOR_GOOD,
        "space_admin delete_directory_permanent \
        (delete_file) (delete_file_permanent) (delete_directory)",
        &["200", "200", "207 PathNotFound"]),
    row(57, "batchMove of a file", "POST batch/<L>/<S>?move=1", ONE,
        "space_admin move_file move_file_force (move_directory)", &["200"]),
    row(57, "batchMove of a directory", "POST batch/<L>/<S>?move=1", MANY,
        "space_admin move_directory (move_file) (move_file_force)",
        &["200", "200", "207 SourceFileNotFound"]),
    // Tasks of the library are about its history: `admin`, as that is. Those of a space: any token.
    row(58, "queryLibraryTask", "GET task/<L>/1", "", "", &["200"]),
    row(59, "queryLibraryTaskV2", "GET task-result/<L>/1", "", "", &[GONE]),
    row(60, "queryTask", "GET task/<L>/<S>/1", "", "token", &["200"]),
    row(61, "queryTaskV2", "GET task-result/<L>/<S>/999999999", "", "token", &[GONE]),
    // The bin. Looking into it: any token. Its days are a setting of the space.
    row(63, "recycleInfo", "GET recycled/<L>/<S>/<item>?info=1", "", "token", &["200"]),
    row(64, "recycleList", "GET recycled/<L>/<S>?by-marker=1", "", "token", &["200"]),
    row(65, "recycleListByPage", "GET recycled/<L>/<S>?by-page=1", "", "token", &["200"]),
    row(66, "recyclePreview", "GET recycled/<L>/<S>/<item>?preview=1", "", "token", &["302"]),
    row(67, "recyclePurge", "DELETE recycled/<L>/<S>/<item>", "", "space_admin delete_recycled",
        &["204"]),
    row(68, "recyclePurgeBatch", "POST recycled/<L>/<S>?delete=1", "[<item>]",
        "space_admin delete_recycled", &["204"]),
    row(69, "recycleRestore", "POST recycled/<L>/<S>/<item>?restore=1", "",
        "space_admin restore_recycled", &["200"]),
    row(70, "recycleRestoreBatch", "POST recycled/<L>/<S>?restore=1", "[<item>]",
        "space_admin restore_recycled", &["200"]),
    row(71, "recycleSetLifecycle", "POST recycled/<L>/<S>?lifecycle=1", r#"{"retentionDays":9}"#,
        "space_admin", &["204"]),
    row(62, "recycleEmpty", "DELETE recycled/<L>/<S>", "", "space_admin delete_recycled", &["204"]),
    // History.
    row(72, "deleteHistory", "POST directory-history/<L>/<S>/delete", "[<history>]",
        "space_admin delete_history", &["204"]),
    row(73, "emptyHistory", "DELETE directory-history/<L>/library-history", "", "",
        &["400 BadRequest"]),
    row(74, "getHistoryConfig", "GET directory-history/<L>/library-history", "", "", &["200"]),
    row(75, "listHistory", "GET directory-history/<L>/<S>/history-list/<file>", "", "token",
        &["200"]),
    row(76, "setHistoryConfig", "POST directory-history/<L>/library-history",
        r#"{"mergeInterval":0}"#, "", &["204"]),
    row(77, "setHistoryLatest", "POST directory-history/<L>/<S>/latest-version/<history>", "",
        "space_admin set_history_latest", &["200"]),
    // Quotas. That of a space is shown, as its usage, to who administers the space.
    row(78, "createQuota", "POST quota/<L>", r#"{<spaces>"capacity":"1000000"}"#, "", &["201"])
        .in_one_space("409 DuplicateQuota"),
    row(79, "getQuota", "GET quota/<L>/<S>", "", "", &["200"]),
    row(80, "getQuotaInfo", "GET quota/<L>/<quota>", "", "", &["200"]),
    row(81, "getSpaceQuota", "GET space-quota/<L>/<S>", "", "space_admin", &["200"]),
    row(82, "updateQuota", "PUT quota/<L>/<S>", r#"{"capacity":99000000}"#, "", &["204"]),
    row(83, "updateQuotaById", "PUT quota/<L>/<quota>", r#"{"capacity":"99000000"}"#, "", &["204"]),
    // Search, favourites, recent files: any token.
    row(84, "searchAI", "POST search/<L>/<S>/search-ai", r#"{"type":"pic","keywords":"sea"}"#,
        "token", &["400 FunctionNotEnabled"]),
    row(85, "searchFs", "POST search/<L>/<S>/search-fs", r#"{"keywords":["x"]}"#, "token",
        &["200"]),
    row(86, "searchFsStats", "POST search/<L>/<S>/search-fs-stats",
        r#"{"aggregations":[{"field":"size","operation":"sum"}]}"#, "token", &["200"]),
    row(87, "createFavorite", "POST favorite/<L>/<S>", r#"{"path":"<file>"}"#, "token", &["200"]),
    row(88, "deleteFavorite", "POST favorite/<L>/<S>?cancel=1", r#"{"path":"<favorite>"}"#,
        "token", &["204"]),
    row(89, "listFavorite", "GET favorite/<L>/<S>/list", "", "token", &["200"]),
    row(90, "listRecentlyUsedFile", "POST recent/<L>/<S>/recently-used-file", "{}", "token",
        &["200"]),
    // Shares. "Right on the items": who may only look may not show it to everybody.
    row(91, "createShare", "POST share/<L>/<S>", SHARE,
        "space_admin upload_file upload_file_force", &["200"]),
    row(92, "deleteShare of one's own", "DELETE share/<L>/<share>", "", "token", &["204"]),
    row(92, "deleteShare of another", "DELETE share/<L>/<foreign>", "", "", &["204"]),
    row(94, "getShareDetail of one's own", "GET share/<L>/<share>?detail=1", "", "token", &["200"]),
    row(94, "getShareDetail of another", "GET share/<L>/<foreign>?detail=1", "", "space_admin",
        &["200"]),
    row(97, "listShares", "GET share/<L>/list", "", "token", &["200"]),
    row(99, "saveShareFile", "POST share/file/<code>?save=1&share_access_token=<visit>", KEEP,
        "space_admin upload_file upload_file_force", &["200"]).for_nobody("403 LoginRequired"),
    row(99, "saveShareFile overwriting", "POST share/file/<code>?save=1&share_access_token=<visit>",
        KEEP_OVER, "space_admin upload_file_force", &["200"]).for_nobody("403 LoginRequired"),
    row(100, "searchShares", "POST share/<L>/search", "{}", "", &["200"]),
    row(101, "setShareEnabled by its owner", "POST share/<L>/<share>?setEnabled=1",
        r#"{"ownerEnabled":true}"#, "token", &["204"]),
    row(101, "setShareEnabled by an administrator", "POST share/<L>/<share>?setEnabled=1",
        r#"{"adminEnabled":true}"#, "", &["204"]),
    row(101, "setShareEnabled of another", "POST share/<L>/<foreign>?setEnabled=1",
        r#"{"ownerEnabled":true}"#, "", &["204"]),
    row(102, "updateShare of one's own", "POST share/<L>/<share>?update=1", TERMS, "token",
        &["200"]),
    row(102, "updateShare of another", "POST share/<L>/<foreign>?update=1", TERMS, "", &["200"]),
    // Older operations, section 24b. The older list of spaces tells what the newer one does.
    row(112, "list (old)", "GET space/<L>", "", "token", &["200"]).in_one_space(SPACES),
    row(113, "size by tag", "GET stats/<L>/space-size", "", "", &["200"]),
    row(114, "cover of space", "GET album/<L>/<S>/cover", "", "read",
        &[IN_FILES, "400 CoverNotSupportedInRootDirectory", "302"]),
    row(115, "cover of album", "GET album/<L>/<S>/cover/box", "", "read",
        &[IN_FILES, "302", "404 DirectoryNotFound"]),
    row(116, "cross-space copy", "PUT cross-space/directory/<L>/<S>/copy/<newdir>",
        r#"{"copyFrom":"<dir>","copyFromSpaceId":"<S>"}"#, "space_admin copy_directory",
        &["204", "204", NO_DIR]),
    row(117, "create from template", "PUT file/<L>/<S>/<office>", r#"{"fromTemplate":"word.docx"}"#,
        "space_admin upload_file upload_file_force",
        &["200", "400 ExtnameNotAllowed", "400 ExtnameNotAllowed"]),
    row(118, "search start", "POST search/<L>/<S>/space-contents", "{}", "token", &["200"]),
    row(119, "search more", "GET search/<L>/<S>/<search>", "", "token", &["200"]),
    row(120, "search end", "DELETE search/<L>/<S>/<search>", "", "token", &["204"]),
    // Many uploads in one call: each needs what it needs alone.
    row(BEYOND, "batchBegin", "POST /albumen/v1/batch-begin/<L>/<S>",
        r#"{"files":[{"path":<newpath>,"size":"1"}]}"#, BEGIN_EACH, &["200"]),
    row(BEYOND, "batchConfirm", "POST /albumen/v1/batch-confirm/<L>/<S>",
        r#"{"files":[{"confirmKey":"<ready>"}]}"#,
        "space_admin upload_file upload_file_force confirm_upload (token)", &["200"]),
];
