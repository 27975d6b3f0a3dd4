//! What is open while somebody is signed in: the profile, the token service, the engine and the
//! tasks that listen to them. Owns when these begin and end.

mod clock;
mod revoked;
mod tasks;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use albumen_client::{
    DeviceKey, Enrolment, HttpClient, SpaceClient, Standing, TokenService, TokenSource,
};
use albumen_model::{
    LibraryId, SpaceId,
    auth::{LibraryView, TokenPurpose},
};
use albumen_sync::{Engine, EngineConfig, PhotoDetail, PhotoRow, SpaceClouds, trees::NodeId};
use tokio::{sync::Notify, task::AbortHandle};
use tokio_util::sync::CancellationToken;

use self::clock::EngineClock;
use crate::{
    App, AppError, Code,
    blocking::off_thread,
    guards::Guards,
    overview,
    profile::Profile,
    views::{ProfileKind, SyncOverview},
};

/// How long a journal that is being closed is waited for.
const JOURNAL_FREE_WITHIN: Duration = Duration::from_secs(3);
/// How often it is looked at meanwhile.
const JOURNAL_LOOK_EVERY: Duration = Duration::from_millis(50);

/// An open profile.
pub(crate) struct Session {
    profile: Mutex<Profile>,
    http: HttpClient,
    service: Arc<TokenService>,
    tokens: Arc<TokenSource>,
    engine: Engine,
    guards: Guards,
    facts_wanted: Arc<Notify>,
    tasks: Mutex<Vec<AbortHandle>>,
    /// The engine at work; ended by itself when the device is revoked.
    running: Mutex<Option<AbortHandle>>,
    /// Held by who syncs to the end.
    syncing: tokio::sync::Mutex<()>,
    /// Held by who does what a revocation asks for.
    settling: tokio::sync::Mutex<()>,
    ended: CancellationToken,
}

impl Session {
    /// Opens the profile that was signed in when the program last ran; `None` when its key is gone,
    /// so that somebody has to sign in again.
    ///
    /// # Errors
    /// [`Code::KeychainUnavailable`], [`Code::ProfileInUse`], [`Code::ServiceFailed`].
    pub(crate) async fn resume(
        app: &App,
        mut profile: Profile,
    ) -> Result<Option<Arc<Self>>, AppError> {
        let Some(key) = app.0.keys.get(&profile.key_name()).await? else { return Ok(None) };
        let key = DeviceKey::from_secret(&key)?;
        if profile.kind == ProfileKind::Local {
            let server = app.local_server().await?;
            if server != profile.server() {
                profile.tokens_url = server.url;
                profile.authority = server.authority;
                profile.save(&app.0.places)?;
            }
        }
        Self::start(app, profile, key).await.map(Some)
    }

    /// Opens a profile.
    ///
    /// # Errors
    /// [`Code::ProfileInUse`]; [`Code::Internal`] when the journal cannot be opened.
    pub(crate) async fn start(
        app: &App,
        profile: Profile,
        key: DeviceKey,
    ) -> Result<Arc<Self>, AppError> {
        let http = profile.server().http()?;
        let enrolment = Enrolment {
            key,
            device_id: profile.device_id.clone(),
            service_id: profile.service_id.clone(),
        };
        let clock = app.0.surroundings.clock();
        let service = TokenService::enrolled(http.clone(), &profile.tokens_url, enrolment)?;
        let service = Arc::new(service.with_clock(clock.clone()));
        let tokens = Arc::new(TokenSource::new(Arc::clone(&service)));
        let clouds = SpaceClouds::new(http.clone(), Arc::clone(&tokens));
        let guards = Guards::in_folder(app.0.places.profile(&profile.id));
        let journal = app.0.places.profile(&profile.id).join("journal.db");
        let config = EngineConfig {
            clock: Arc::new(EngineClock::new(clock)),
            ..EngineConfig::new(journal, profile.device_name.clone())
        };
        let engine = open_engine(config, Arc::new(clouds)).await?;
        let session = Arc::new(Self {
            profile: Mutex::new(profile),
            http,
            service,
            tokens,
            engine,
            guards,
            facts_wanted: Arc::new(Notify::new()),
            tasks: Mutex::default(),
            running: Mutex::default(),
            syncing: tokio::sync::Mutex::new(()),
            settling: tokio::sync::Mutex::new(()),
            ended: CancellationToken::new(),
        });
        let tasks = tasks::begin(app, &session);
        session.tasks().extend(tasks);
        Ok(session)
    }

    /// The profile as it is now.
    pub(crate) fn profile(&self) -> Profile {
        self.profile.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The token service, as this device.
    pub(crate) const fn service(&self) -> &Arc<TokenService> {
        &self.service
    }

    /// How this device stands with the service, by its last answer.
    pub(crate) fn standing(&self) -> Standing {
        *self.service.standing().borrow()
    }

    /// The service, or another device, has named this one.
    ///
    /// # Errors
    /// [`Code::Internal`] when it cannot be written down.
    pub(crate) fn was_named(&self, app: &App, name: &str) -> Result<(), AppError> {
        let profile = {
            let mut profile = self.profile.lock().unwrap_or_else(PoisonError::into_inner);
            if profile.device_name == name {
                return Ok(());
            }
            name.clone_into(&mut profile.device_name);
            profile.clone()
        };
        profile.save(&app.0.places)?;
        app.tell_state();
        Ok(())
    }

    /// Tokens of this device.
    pub(crate) const fn tokens(&self) -> &Arc<TokenSource> {
        &self.tokens
    }

    /// The engine.
    pub(crate) const fn engine(&self) -> &Engine {
        &self.engine
    }

    /// A space, for a purpose.
    pub(crate) fn space(
        &self,
        library: LibraryId,
        space: SpaceId,
        purpose: TokenPurpose,
    ) -> SpaceClient {
        let tokens = Arc::clone(&self.tokens);
        SpaceClient::new(self.http.clone(), tokens, library, space, purpose)
    }

    /// The libraries and spaces that the account may see. What the service says of guards is kept.
    ///
    /// # Errors
    /// [`Code::ServerUnreachable`].
    pub(crate) async fn libraries(&self) -> Result<Vec<LibraryView>, AppError> {
        let libraries = self.service.libraries().await?.libraries;
        self.guards.said(&libraries)?;
        Ok(libraries)
    }

    /// When deletions are held.
    pub(crate) const fn guards(&self) -> &Guards {
        &self.guards
    }

    /// Everything the Sync page shows.
    ///
    /// # Errors
    /// [`Code::Internal`] when the journal cannot be read; true of the questions below too.
    pub(crate) async fn overview(&self) -> Result<SyncOverview, AppError> {
        let found = self.ask(Engine::overview).await?;
        Ok(overview::view(&found, self.profile().revoked))
    }

    /// The rows of the photo index, newest capture first.
    pub(crate) async fn photo_rows(&self) -> Result<Vec<PhotoRow>, AppError> {
        self.ask(|engine| {
            let mut rows = Vec::new();
            engine.photo_rows(|row| rows.push(row))?;
            Ok(rows)
        })
        .await
    }

    /// One photo.
    ///
    /// # Errors
    /// [`Code::FileMissing`] when its row is gone.
    pub(crate) async fn photo(&self, row: u32) -> Result<PhotoDetail, AppError> {
        let found = self.ask(move |engine| engine.photo(NodeId(i64::from(row)))).await;
        found.map_err(|error| match error.code {
            Code::BadRequest => AppError::new(Code::FileMissing).with("row", row),
            _ => error,
        })
    }

    /// Asks the journal something away from the async threads.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Engine) -> albumen_sync::Result<T> + Send + 'static,
    ) -> Result<T, AppError> {
        let engine = self.engine.clone();
        Ok(off_thread(move || question(&engine)).await??)
    }

    /// Somebody looks at photos: from now on their facts are worked out.
    pub(crate) fn want_facts(&self) {
        self.facts_wanted.notify_one();
    }

    pub(crate) const fn facts_wanted(&self) -> &Arc<Notify> {
        &self.facts_wanted
    }

    /// Tells the service how a sync ended, where the program ends with it.
    pub(crate) async fn report_last(&self, app: &App, overview: &SyncOverview) {
        tasks::report::last(app, self, overview).await;
    }

    /// Waits for the turn to sync to the end.
    pub(crate) async fn turn_to_sync(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.syncing.lock().await
    }

    /// Returns once it is being stopped.
    pub(crate) async fn ended(&self) {
        self.ended.cancelled().await;
    }

    /// Ends the tasks.
    pub(crate) async fn stop(&self) {
        self.ended.cancel();
        let tasks: Vec<AbortHandle> = std::mem::take(&mut *self.tasks());
        tasks.iter().for_each(AbortHandle::abort);
        while !tasks.iter().all(AbortHandle::is_finished) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    fn tasks(&self) -> std::sync::MutexGuard<'_, Vec<AbortHandle>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.tasks().iter().for_each(AbortHandle::abort);
    }
}

/// A session that just ended may hold the journal for a moment longer: a call of it may still run.
async fn open_engine(config: EngineConfig, clouds: Arc<SpaceClouds>) -> Result<Engine, AppError> {
    let mut waited = Duration::ZERO;
    loop {
        let (config, clouds) = (config.clone(), Arc::clone(&clouds));
        match off_thread(move || Engine::open(config, clouds)).await? {
            Err(albumen_sync::Error::InUse(_)) if waited < JOURNAL_FREE_WITHIN => {
                tokio::time::sleep(JOURNAL_LOOK_EVERY).await;
                waited += JOURNAL_LOOK_EVERY;
            }
            opened => return Ok(opened?),
        }
    }
}
