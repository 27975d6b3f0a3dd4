//! The list of commands: the only place where one is named. Shells call by name with JSON; the
//! pages' `Commands` type is written from the same list (see `bindings`). What a command does is in
//! the file of its noun below.

pub(crate) mod args;
mod devices;
mod folders;
mod mappings;
mod onboarding;
mod photos;
mod spaces;
mod state;
mod sync;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    App, AppError, Code,
    views::{
        ActivityView, AlbumView, AppState, DeviceView, FolderPreview, MappingPreview, MappingView,
        PhotoView, ProblemView, RevocationReceipt, ServerView, SpaceView, SyncOverview,
        TransferView,
    },
};
use args::{
    ActivityPage, Device, Empty, FolderPath, LocalDevice, MappingChoice, MappingId, MaybeMapping,
    NewSpace, OfMapping, ProblemId, Queue, Row, ServerSignIn, ServerUrl, Space, WantedLocale,
};

macro_rules! commands {
    ($($name:ident($args:ty) -> $result:ty = $run:path;)*) => {
        /// The name of every command.
        pub const COMMANDS: &[&str] = &[$(stringify!($name),)*];

        /// Runs the command of that name.
        pub(crate) async fn run(app: &App, name: &str, args: Value) -> Result<Value, AppError> {
            match name {
                $(stringify!($name) => {
                    let args: $args = read(name, args)?;
                    // Boxed: else the future of this function is as large as the largest of them.
                    let result: $result = Box::pin($run(app, args)).await?;
                    write(name, &result)
                })*
                _ => Err(unknown(name)),
            }
        }

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
    app_state(Empty) -> AppState = state::app_state;
    set_locale(WantedLocale) -> AppState = state::set_locale;
    onboard_local(LocalDevice) -> AppState = onboarding::onboard_local;
    probe_server(ServerUrl) -> ServerView = onboarding::probe_server;
    onboard_server(ServerSignIn) -> AppState = onboarding::onboard_server;
    sign_out(Empty) -> AppState = onboarding::sign_out;
    suggested_folders(Empty) -> Vec<String> = folders::suggested_folders;
    inspect_folder(FolderPath) -> FolderPreview = folders::inspect_folder;
    list_spaces(Empty) -> Vec<SpaceView> = spaces::list_spaces;
    create_space(NewSpace) -> SpaceView = spaces::create_space;
    list_albums(Space) -> Vec<AlbumView> = spaces::list_albums;
    preview_mapping(MappingChoice) -> MappingPreview = mappings::preview_mapping;
    add_mapping(MappingChoice) -> MappingView = mappings::add_mapping;
    remove_mapping(MappingId) -> () = mappings::remove_mapping;
    pause_mapping(MappingId) -> MappingView = mappings::pause_mapping;
    resume_mapping(MappingId) -> MappingView = mappings::resume_mapping;
    sync_now(MaybeMapping) -> () = sync::sync_now;
    sync_overview(Empty) -> SyncOverview = sync::sync_overview;
    list_queue(Queue) -> Vec<TransferView> = sync::list_queue;
    list_problems(OfMapping) -> Vec<ProblemView> = sync::list_problems;
    retry_problem(ProblemId) -> () = sync::retry_problem;
    list_activity(ActivityPage) -> Vec<ActivityView> = sync::list_activity;
    photo_detail(Row) -> PhotoView = photos::photo_detail;
    list_devices(Empty) -> Vec<DeviceView> = devices::list_devices;
    revoke_device(Device) -> RevocationReceipt = devices::revoke_device;
}

/// The name of every command that answers with bytes.
pub const BYTES_COMMANDS: &[&str] = &["photo_index"];

/// Runs the command of that name that answers with bytes.
pub(crate) async fn run_bytes(app: &App, name: &str, args: Value) -> Result<Vec<u8>, AppError> {
    match name {
        "photo_index" => {
            let Empty {} = read(name, args)?;
            photos::photo_index(app).await
        }
        _ => Err(unknown(name)),
    }
}

fn read<T: DeserializeOwned>(name: &str, args: Value) -> Result<T, AppError> {
    // Calls without arguments may leave them out.
    let args = if args.is_null() { Value::Object(serde_json::Map::new()) } else { args };
    // The parser's message names fields and types, never a value of a text, so no password is in
    // it.
    serde_json::from_value(args).map_err(|error| {
        AppError::new(Code::BadRequest).with("command", name).with("detail", shape_of(&error))
    })
}

/// What was wrong with the arguments, without what was in them.
fn shape_of(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.split_once(" string \"") {
        Some((before, _)) => format!("{before} text"),
        None => text,
    }
}

fn write<T: Serialize>(name: &str, result: &T) -> Result<Value, AppError> {
    serde_json::to_value(result).map_err(|error| {
        AppError::internal("Result of a command").with("command", name).because(&error)
    })
}

fn unknown(name: &str) -> AppError {
    let name: String = name.chars().take(64).collect();
    AppError::new(Code::BadRequest).with("command", name).with("detail", "No such command")
}
