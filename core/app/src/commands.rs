//! The list of commands: the only place where one is named. Shells call by name with JSON; the pages'
//! `Commands` type is written from the same list (see `bindings`). What a command does is in the file
//! of its noun below.

pub(crate) mod args;

use crate::views::{
    ActivityView, AlbumView, AppState, DeviceView, FolderPreview, MappingPreview, MappingView,
    PhotoView, ProblemView, RevocationReceipt, ServerView, SpaceView, SyncOverview, TransferView,
};
use args::{
    ActivityPage, Device, Empty, FolderPath, LocalDevice, MappingChoice, MappingId, MaybeMapping,
    NewSpace, OfMapping, ProblemId, Queue, Row, ServerSignIn, ServerUrl, Space, WantedLocale,
};

macro_rules! commands {
    ($($name:ident($args:ty) -> $result:ty;)*) => {
        /// The name of every command.
        pub const COMMANDS: &[&str] = &[$(stringify!($name),)*];

        /// Name, arguments and result of every command, as TypeScript.
        #[cfg(test)]
        pub(crate) fn describe(config: &ts_rs::Config) -> Vec<[String; 3]> {
            use ts_rs::TS;
            vec![$([
                stringify!($name).to_owned(),
                <$args>::inline(config),
                <$result>::name(config),
            ],)*]
        }
    };
}

commands! {
    app_state(Empty) -> AppState;
    set_locale(WantedLocale) -> AppState;
    onboard_local(LocalDevice) -> AppState;
    probe_server(ServerUrl) -> ServerView;
    onboard_server(ServerSignIn) -> AppState;
    sign_out(Empty) -> AppState;
    suggested_folders(Empty) -> Vec<String>;
    inspect_folder(FolderPath) -> FolderPreview;
    list_spaces(Empty) -> Vec<SpaceView>;
    create_space(NewSpace) -> SpaceView;
    list_albums(Space) -> Vec<AlbumView>;
    preview_mapping(MappingChoice) -> MappingPreview;
    add_mapping(MappingChoice) -> MappingView;
    remove_mapping(MappingId) -> ();
    pause_mapping(MappingId) -> MappingView;
    resume_mapping(MappingId) -> MappingView;
    sync_now(MaybeMapping) -> ();
    sync_overview(Empty) -> SyncOverview;
    list_queue(Queue) -> Vec<TransferView>;
    list_problems(OfMapping) -> Vec<ProblemView>;
    retry_problem(ProblemId) -> ();
    list_activity(ActivityPage) -> Vec<ActivityView>;
    photo_detail(Row) -> PhotoView;
    list_devices(Empty) -> Vec<DeviceView>;
    revoke_device(Device) -> RevocationReceipt;
}

/// The name of every command that answers with bytes.
pub const BYTES_COMMANDS: &[&str] = &["photo_index"];
