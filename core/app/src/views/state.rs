//! What the program is doing as a whole: signed in or not, as whom, with which warnings.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::device::RevocationView;

/// How far this installation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Nobody ever signed in here.
    Onboarding,
    /// Signed in.
    Ready,
    /// The service revoked this device.
    Revoked,
    /// Somebody signed out here, or the key of who was signed in is gone.
    SignedOut,
    /// Somebody is signed in, and the keychain with their key is still locked.
    WaitingForKeys,
}

/// A language there are texts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub enum Locale {
    /// English.
    #[serde(rename = "en")]
    English,
    /// Simplified Chinese.
    #[serde(rename = "zh-CN")]
    Chinese,
}

/// The operating system, as far as the pages differ by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Os {
    /// Linux and whatever else is like it.
    Linux,
    /// macOS.
    Macos,
    /// Windows.
    Windows,
}

/// Where keys are kept on this computer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SecretStore {
    /// The system's keychain.
    Keychain,
    /// A file encrypted by a key from a passphrase.
    EncryptedFile,
    /// A file encrypted by a key that lies in a file beside it, readable by the user only.
    KeyFile,
    /// Nowhere yet.
    #[default]
    None,
}

/// The whole of what the frame of the window needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AppState {
    /// How far this installation is.
    pub phase: Phase,
    /// The language of every text.
    pub locale: Locale,
    /// Version of the program.
    pub version: String,
    /// The operating system.
    pub os: Os,
    /// Who is signed in; absent before onboarding and after signing out.
    pub profile: Option<ProfileView>,
    /// What happened to this device, when it was revoked.
    pub revocation: Option<Box<RevocationView>>,
    /// Where keys are kept.
    pub secret_store: SecretStore,
    /// Codes of what the user should know, `notice.<code>` in the catalogue.
    pub warnings: Vec<String>,
    /// A name to propose for this device.
    pub default_device_name: String,
}

/// Whom a profile talks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum ProfileKind {
    /// Services that this program hosts itself.
    Local,
    /// A server elsewhere.
    Server,
}

/// What an account may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The first account.
    Owner,
    /// Manages libraries, people and devices.
    Admin,
    /// Sees and uploads.
    Member,
    /// Sees.
    Viewer,
}

/// One signed-in identity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ProfileView {
    /// Names its folder.
    pub id: String,
    /// Whom it talks to.
    pub kind: ProfileKind,
    /// The name the service has for people.
    pub server_name: String,
    /// Base URL of the token service.
    pub tokens_url: String,
    /// The account.
    pub account_name: String,
    /// What the account may do.
    pub role: Role,
    /// This device at the token service.
    pub device_id: String,
    /// Its name.
    pub device_name: String,
    /// The client id its tokens carry.
    pub client_id: String,
}

/// A server that answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ServerView {
    /// Its address as it will be used.
    pub url: String,
    /// The name its owner gave it.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Whether the connection is encrypted.
    pub secure: bool,
    /// The name of the provider that people may sign in by; absent where there is none.
    pub openid: Option<String>,
}
