//! Services in the foreground: those of this computer for `albumen serve`, and a development
//! library over a folder of its own for scripts and tests, whose keys are told.

use std::{
    fs,
    path::{Path, PathBuf},
};

use albumen_client::{HostingBackend, HttpClient};
use albumen_model::{
    Grant, GrantSet, LibraryId, LibrarySecret, SpaceId,
    smh::{CreateLibraryRequest, CreateSpaceRequest, LibrarySettings, TokenRequest},
};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{
    AppError, Code, Surroundings,
    app::places,
    keys::Keys,
    lock::{self, Lock},
    places::{self as files, Places},
    services::{
        self, Addresses, OWNER, Operating, PublicUrls, Reach, Running, ServiceKeys, Services,
    },
    tls::{CaView, TlsOptions, ca_of_folder},
};

/// The services of this computer's media library.
pub struct ThisComputer {
    services: Services,
    line: ServingLine,
}

/// Where they answer, and whom to trust there.
#[derive(Serialize)]
pub struct ServingLine {
    /// Where.
    #[serde(flatten)]
    pub addresses: Addresses,
    /// Their authority; absent without TLS, and where the certificate is somebody else's.
    #[serde(flatten)]
    pub ca: Option<CaView>,
    /// Page of metrics, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metrics: Option<String>,
    /// The file with the one-time code to become the owner with, where others reach the services
    /// and there is no owner yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set_up_code_file: Option<PathBuf>,
}

/// A code that waits in a file.
#[derive(Serialize)]
pub struct CodeLine {
    /// The file, for its owner alone.
    pub set_up_code_file: PathBuf,
    /// Until when it holds.
    pub expires_at: String,
}

/// Makes a one-time code by which the owner of this computer's services gets a new password, or
/// becomes one where there is none yet. Works whether they run or not.
///
/// # Errors
/// [`Code::FolderMissing`] where they never ran; [`Code::ServiceFailed`];
/// [`Code::KeychainUnavailable`].
pub async fn begin_owner_reset(surroundings: &Surroundings) -> Result<CodeLine, AppError> {
    let places = places(surroundings)?;
    let made = services::begin_owner_reset(&places, surroundings).await?;
    Ok(CodeLine { set_up_code_file: made.file, expires_at: made.expires_at.to_string() })
}

impl ThisComputer {
    /// Starts them, with TLS or in plain HTTP.
    ///
    /// # Errors
    /// [`Code::ProfileInUse`] when another process runs them already; [`Code::ServiceFailed`].
    pub async fn start(
        surroundings: Surroundings,
        tls: Option<&TlsOptions>,
        operating: &Operating,
    ) -> Result<Self, AppError> {
        let places = places(&surroundings)?;
        places.prepare().map_err(|error| services::failed(&error))?;
        let keys = Keys::open(&places, &surroundings)?;
        let services = Services::start(&places, &keys, tls, operating).await?;
        if matches!(services, Services::Elsewhere { .. }) {
            return Err(lock::in_use(&services::lock(&places)));
        }
        let authority = services.authority();
        let ca = authority.map(|_| ca_of_folder(&places.services())).transpose()?;
        let (addresses, metrics) = (services.addresses().clone(), services.metrics_url());
        let set_up_code_file = services.set_up().map(|code| code.file.clone());
        let line = ServingLine { addresses, ca, metrics, set_up_code_file };
        Ok(Self { services, line })
    }

    /// Where they answer.
    pub const fn line(&self) -> &ServingLine {
        &self.line
    }

    /// Stops them.
    pub async fn stop(self) {
        self.services.stop().await;
    }
}

/// In every folder of a development library, so that no other folder is ever taken for one.
const MARKER: &str = ".albumen-development";
/// Where the development library's id and secret are among the keys of its folder.
const LIBRARY_KEY: &str = "development/library";
/// The name of the library and its space for people.
const NAME: &str = "Development";

/// All that a script needs. Secrets: printed by `serve --dev` alone.
#[derive(Serialize)]
pub struct DevelopmentLine {
    /// Base URL of the library service.
    pub hosting: String,
    /// Base URL of the token service.
    pub tokens: String,
    /// Base URL of the object store.
    pub store: String,
    /// Key of the library service's console.
    pub console_key: String,
    /// The library.
    pub library_id: String,
    /// Its secret.
    pub library_secret: String,
    /// Its space, with albums.
    pub space_id: String,
    /// Bucket of the object store.
    pub bucket: String,
    /// Access key of the object store.
    pub access_key_id: String,
    /// The secret of that.
    pub secret_access_key: String,
    /// Account at the token service.
    pub account: String,
    /// The password of that.
    pub password: String,
    /// The authority of the services; absent as in [`ServingLine`].
    #[serde(flatten)]
    pub ca: Option<CaView>,
    /// Page of metrics, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metrics: Option<String>,
}

impl DevelopmentLine {
    /// Name and value of each.
    pub fn rows(&self) -> Vec<(&'static str, &str)> {
        let rows: [(&'static str, &str); 12] = [
            ("hosting", &self.hosting),
            ("tokens", &self.tokens),
            ("store", &self.store),
            ("console_key", &self.console_key),
            ("library_id", &self.library_id),
            ("library_secret", &self.library_secret),
            ("space_id", &self.space_id),
            ("bucket", &self.bucket),
            ("access_key_id", &self.access_key_id),
            ("secret_access_key", &self.secret_access_key),
            ("account", &self.account),
            ("password", &self.password),
        ];
        let metrics = self.metrics.as_deref().map(|metrics| ("metrics", metrics));
        rows.into_iter().chain(metrics).collect()
    }
}

/// What is remembered of the development library.
#[derive(Serialize, Deserialize)]
struct Known {
    library_id: LibraryId,
    library_secret: LibrarySecret,
    space_id: SpaceId,
}

/// Three services over a development library.
pub struct Development {
    running: Running,
    line: DevelopmentLine,
    _lock: Lock,
}

impl Development {
    /// Starts them in a folder that is empty or was made by an earlier start. Clients are told the
    /// public addresses, where there are any.
    ///
    /// # Errors
    /// [`Code::FolderNotEmpty`] for any other folder; [`Code::ProfileInUse`] when it is being
    /// served; [`Code::ServiceFailed`].
    pub async fn start(dir: &Path, public: PublicUrls) -> Result<Self, AppError> {
        Self::start_on(dir, public, None, None, &Operating::default()).await
    }

    /// The same with TLS, and with the library's content on a back end: the file that names it, and
    /// its name.
    ///
    /// # Errors
    /// As [`Development::start`].
    pub async fn start_on(
        dir: &Path,
        public: PublicUrls,
        tls: Option<TlsOptions>,
        back_end: Option<(&Path, &str)>,
        operating: &Operating,
    ) -> Result<Self, AppError> {
        let dir = std::path::absolute(dir).map_err(|error| services::failed(&error))?;
        claim(&dir)?;
        let lock = Lock::take(&dir.join("lock"))?;
        // Keys of something that is thrown away have no business in anybody's keychain.
        let surroundings = Surroundings { no_keychain: true, ..Surroundings::default() };
        let keys = Keys::open(&Places::new(&dir), &surroundings)?;
        let service_keys = ServiceKeys::of(&keys).await?;
        let (file, back_end) = back_end.unzip();
        let reach = Reach { public, tls, operating: operating.clone() };
        let running = Running::start(&dir, service_keys, NAME, reach, file).await?;
        let password = services::owner_password(&keys).await?;
        running.ensure_owner(OWNER, &password).await?;
        let known = library(&keys, &running, back_end.unwrap_or_default()).await?;
        let ca = running.authority().map(|_| ca_of_folder(&dir)).transpose()?;
        let line = DevelopmentLine { ca, ..line(&running, known, &password) };
        Ok(Self { running, line, _lock: lock })
    }

    /// Where they answer, and every key.
    pub const fn line(&self) -> &DevelopmentLine {
        &self.line
    }

    /// Stops them.
    pub async fn stop(self) {
        self.running.stop().await;
    }
}

/// Makes a folder ours, if it is empty or ours already.
pub(crate) fn claim(dir: &Path) -> Result<(), AppError> {
    let refused = || AppError::new(Code::FolderNotEmpty).with("path", dir.display());
    files::private_folder(dir).map_err(|error| refused().because(&error))?;
    let marker = dir.join(MARKER);
    if marker.is_file() {
        return Ok(());
    }
    let mut entries = fs::read_dir(dir).map_err(|error| refused().because(&error))?;
    if entries.next().is_some() {
        return Err(refused());
    }
    files::replace_file(
        &marker,
        b"A development library or demonstration of Albumen. Everything here may be deleted.\n",
    )
    .map_err(|error| services::failed(&error))
}

/// The library of the folder, made at the first start and known to the token service.
async fn library(keys: &Keys, running: &Running, back_end: &str) -> Result<Known, AppError> {
    if let Some(text) = keys.get(LIBRARY_KEY).await? {
        return serde_json::from_slice(&text).map_err(|error| services::failed(&error));
    }
    let http = HttpClient::new(running.http())?;
    let hosting = HostingBackend::new(http, &running.addresses().hosting)?;
    let settings = LibrarySettings { back_end: back_end.to_owned(), ..Default::default() };
    let request = CreateLibraryRequest { remark: NAME.to_owned(), settings };
    let made = hosting.create_library(running.console_key(), &request).await?;
    let (library_id, library_secret) = (made.library.library_id, made.library_secret);
    let mut token = TokenRequest::new(library_id.clone(), library_secret.clone());
    token.grant = GrantSet::of(&[Grant::Admin]);
    let token = hosting.mint(&token).await?.access_token;
    let space = CreateSpaceRequest {
        is_multi_album: true,
        allow_photo: true,
        allow_video: true,
        ..Default::default()
    };
    let space_id = hosting.create_space(&library_id, &token, &space).await?.space_id;
    hosting.delete_token(&library_id, &token).await?;
    running.adopt(&library_id, &library_secret, &space_id, NAME).await?;
    let known = Known { library_id, library_secret, space_id };
    let text = serde_json::to_vec(&known).map_err(|error| services::failed(&error))?;
    keys.keep(LIBRARY_KEY, &text).await?;
    Ok(known)
}

fn line(running: &Running, known: Known, password: &Zeroizing<String>) -> DevelopmentLine {
    let addresses = running.addresses().clone();
    let (access_key_id, secret_access_key) = running.store_key();
    DevelopmentLine {
        hosting: addresses.hosting,
        tokens: addresses.tokens,
        store: addresses.store,
        console_key: running.console_key().expose().to_owned(),
        library_id: known.library_id.to_string(),
        library_secret: known.library_secret.expose().to_owned(),
        space_id: known.space_id.to_string(),
        bucket: running.bucket().to_owned(),
        access_key_id,
        secret_access_key,
        account: OWNER.to_owned(),
        password: password.to_string(),
        ca: None,
        metrics: running.metrics_url(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_empty_folder_or_an_own_one_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("own");
        claim(&own).unwrap();
        fs::write(own.join("more"), "x").unwrap();
        claim(&own).unwrap();
        let other = folder.path().join("photos");
        fs::create_dir(&other).unwrap();
        fs::write(other.join("a.jpg"), "x").unwrap();
        assert_eq!(claim(&other).unwrap_err().code, Code::FolderNotEmpty);
        assert_eq!(fs::read_dir(&other).unwrap().count(), 1, "nothing was put there");
    }
}
