//! The list of commands: the only place where one is named. Shells call by name with JSON; the
//! pages' `Commands` type is written from the same list (see `bindings`). What a command does is in
//! the file of its noun below.
//!
//! Each says from where and how often it may be called, see [`Calling`].

pub(crate) mod args;
mod audit;
mod devices;
mod doctor;
mod folders;
mod ignore;
mod joining;
mod libraries;
mod mappings;
mod onboarding;
mod openid;
mod pairing;
mod people;
mod photos;
mod policies;
mod second_factor;
mod spaces;
mod state;
mod sync;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    App, AppError, Code,
    doctor::Finding,
    views::{
        ActivityView, AlbumView, AppState, AuditEntryView, AuditVerdict, DeleteGuardView,
        DeviceView, FolderPreview, IgnoreRulesView, IgnoreVerdict, InvitationView, InvitedView,
        JoinStep, JoinView, LibraryRemoval, LibraryView, LinkView, MappingPreview, MappingView,
        OpenIdPage, OpenIdStep, PairingOffer, PairingView, PersonView, PhotoView, PolicyView,
        ProblemView, RecoveryCodes, RegistrationView, RevocationReceipt, RotationView,
        SecondFactorSecret, SecondFactorView, ServerView, SpaceView, SyncOverview, TransferView,
        WaysIn,
    },
};
use args::{
    ActivityPage, AuditWanted, Change, Device, Empty, FilePath, FolderPath, ForeignLibrary,
    GuardChoice, IgnoreText, JoinByCode, Library, LibraryName, LibraryTrust, LinkText, LocalDevice,
    MappingChoice, MappingId, MaybeMapping, NamedDevice, NewInvitation, NewPolicy, NewRole,
    NewSpace, OfInvitation, OfMapping, OpenIdSignIn, OwnCode, OwnPassword, OwnPasswordAndCode,
    Pairing, Paths, ProblemId, Queue, Revoke, RevokeAccount, RevokeOthers, Row, ServerCode,
    ServerSignIn, ServerUrl, Space, WantedLocale, WantedRegistration,
};

pub use audit::check_audit_export;

/// How a command may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Calling {
    /// Again, when nobody knows whether it was done: asking twice changes no more than once. It
    /// ends when nobody waits for it any more.
    Again,
    /// Once: it runs to its end, whoever waits.
    Once,
    /// Once, and only in the process that owns the home: signing in replaces what all others see,
    /// and a password or a secret goes with it.
    Here,
}

macro_rules! commands {
    ($($calling:ident $name:ident($args:ty) -> $result:ty = $run:path;)*) => {
        /// The name of every command.
        pub const COMMANDS: &[&str] = &[$(stringify!($name),)*];

        /// How the command of that name may be called.
        pub(crate) fn calling(name: &str) -> Option<Calling> {
            match name {
                $(stringify!($name) => Some(Calling::$calling),)*
                _ => None,
            }
        }

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
    Again app_state(Empty) -> AppState = state::app_state;
    Once set_locale(WantedLocale) -> AppState = state::set_locale;
    Here onboard_local(LocalDevice) -> AppState = onboarding::onboard_local;
    Again probe_server(ServerUrl) -> ServerView = onboarding::probe_server;
    Here onboard_server(ServerSignIn) -> AppState = onboarding::onboard_server;
    Here set_up_server(ServerCode) -> AppState = onboarding::set_up_server;
    Here join_server(ServerCode) -> AppState = onboarding::join_server;
    Here read_pair_link(LinkText) -> LinkView = joining::read_pair_link;
    Here join_by_code(JoinByCode) -> JoinView = joining::join_by_code;
    Here await_join(Empty) -> JoinStep = joining::await_join;
    Here cancel_join(Empty) -> () = joining::cancel_join;
    Here begin_openid(OpenIdSignIn) -> OpenIdPage = openid::begin_openid;
    Here await_openid(Empty) -> OpenIdStep = openid::await_openid;
    Here cancel_openid(Empty) -> () = openid::cancel_openid;
    Again identity(Empty) -> WaysIn = openid::identity;
    Here begin_identity(OwnPassword) -> OpenIdPage = openid::begin_identity;
    Here unbind_identity(OwnPassword) -> WaysIn = openid::unbind_identity;
    Here begin_first_password(OwnPassword) -> OpenIdPage = openid::begin_first_password;
    Once sign_out(Empty) -> AppState = onboarding::sign_out;
    Again suggested_folders(Empty) -> Vec<String> = folders::suggested_folders;
    Again inspect_folder(FolderPath) -> FolderPreview = folders::inspect_folder;
    Again list_spaces(Empty) -> Vec<SpaceView> = spaces::list_spaces;
    Once create_space(NewSpace) -> SpaceView = spaces::create_space;
    Again list_libraries(Empty) -> Vec<LibraryView> = libraries::list_libraries;
    Here adopt_library(ForeignLibrary) -> LibraryView = libraries::adopt_library;
    Once trust_library(LibraryTrust) -> LibraryView = libraries::trust_library;
    Once rename_library(LibraryName) -> LibraryView = libraries::rename_library;
    Once remove_library(Library) -> LibraryRemoval = libraries::remove_library;
    Again space_policy(Space) -> PolicyView = policies::space_policy;
    Once set_space_policy(NewPolicy) -> PolicyView = policies::set_space_policy;
    Again delete_guard(Space) -> DeleteGuardView = policies::delete_guard;
    Once set_delete_guard(GuardChoice) -> DeleteGuardView = policies::set_delete_guard;
    Again list_albums(Space) -> Vec<AlbumView> = spaces::list_albums;
    Again preview_mapping(MappingChoice) -> MappingPreview = mappings::preview_mapping;
    Once add_mapping(MappingChoice) -> MappingView = mappings::add_mapping;
    Once remove_mapping(MappingId) -> () = mappings::remove_mapping;
    Once pause_mapping(MappingId) -> MappingView = mappings::pause_mapping;
    Once resume_mapping(MappingId) -> MappingView = mappings::resume_mapping;
    Again ignore_text(MappingId) -> IgnoreRulesView = ignore::ignore_text;
    Once set_ignore_text(IgnoreText) -> IgnoreRulesView = ignore::set_ignore_text;
    Again test_ignore(Paths) -> Vec<IgnoreVerdict> = ignore::test_ignore;
    Once sync_now(MaybeMapping) -> () = sync::sync_now;
    Again sync_to_end(Empty) -> SyncOverview = sync::sync_to_end;
    Again sync_overview(Empty) -> SyncOverview = sync::sync_overview;
    Again list_queue(Queue) -> Vec<TransferView> = sync::list_queue;
    Again list_problems(OfMapping) -> Vec<ProblemView> = sync::list_problems;
    Once retry_problem(ProblemId) -> () = sync::retry_problem;
    Again list_activity(ActivityPage) -> Vec<ActivityView> = sync::list_activity;
    Again photo_detail(Row) -> PhotoView = photos::photo_detail;
    Again list_devices(Empty) -> Vec<DeviceView> = devices::list_devices;
    Once rename_device(NamedDevice) -> DeviceView = devices::rename_device;
    Once begin_pairing(Empty) -> PairingOffer = pairing::begin_pairing;
    Again pairing_state(Pairing) -> PairingView = pairing::pairing_state;
    Once approve_pairing(Pairing) -> PairingView = pairing::approve_pairing;
    Once refuse_pairing(Pairing) -> PairingView = pairing::refuse_pairing;
    Once revoke_device(Revoke) -> RevocationReceipt = devices::revoke_device;
    Once revoke_others(RevokeOthers) -> Vec<RevocationReceipt> = devices::revoke_others;
    Once revoke_account(RevokeAccount) -> Vec<RevocationReceipt> = devices::revoke_account;
    Once allow_again(Device) -> RevocationReceipt = devices::allow_again;
    Once rotate_secret(Library) -> RotationView = devices::rotate_secret;
    Again list_audit(AuditWanted) -> Vec<AuditEntryView> = audit::list_audit;
    Again check_audit(Empty) -> AuditVerdict = audit::check_audit;
    Once export_audit(FilePath) -> AuditVerdict = audit::export_audit;
    Once cut_audit(FilePath) -> AuditVerdict = audit::cut_audit;
    Again list_people(Empty) -> Vec<PersonView> = people::list_people;
    Once change_role(NewRole) -> () = people::change_role;
    Once change_person(Change) -> PersonView = people::change_person;
    Again list_invitations(Empty) -> Vec<InvitationView> = people::list_invitations;
    Once invite_person(NewInvitation) -> InvitedView = people::invite_person;
    Once withdraw_invitation(OfInvitation) -> Vec<InvitationView> = people::withdraw_invitation;
    Again registration(Empty) -> RegistrationView = people::registration;
    Once set_registration(WantedRegistration) -> RegistrationView = people::set_registration;
    Again second_factor(Empty) -> SecondFactorView = second_factor::second_factor;
    Here begin_second_factor(OwnPassword) -> SecondFactorSecret = second_factor::begin;
    Here confirm_second_factor(OwnCode) -> RecoveryCodes = second_factor::confirm;
    Here end_second_factor(OwnPasswordAndCode) -> SecondFactorView = second_factor::end;
    Again examine(Empty) -> Vec<Finding> = doctor::examine;
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
