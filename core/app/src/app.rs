//! The façade itself: what is open as long as the program runs. Owns the order of opening and
//! closing; what commands do is in `commands`, what is open while somebody is signed in in
//! `session`.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError, RwLock,
    atomic::{AtomicBool, Ordering},
};

use serde_json::Value;
use tokio::sync::broadcast;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;

use crate::{
    AppError, Code, Surroundings,
    at_provider::AtProvider,
    commands::{self, Calling},
    control::Control,
    device_name,
    events::Events,
    join::Waiting,
    keys::{self, Keys},
    lock::Lock,
    photos::{PhotoThumbnail, Thumbs},
    places::Places,
    profile::Profile,
    server::Server,
    services::{Operating, Services},
    session::Session,
    settings::SettingsFile,
    standing, surroundings,
    views::{AppEvent, AppState, Locale, Phase},
};

/// The one door for every shell. Clones are the same app.
#[derive(Clone)]
pub struct App(pub(crate) Arc<Inner>);

/// What is open.
pub(crate) struct Inner {
    pub(crate) places: Places,
    pub(crate) surroundings: Surroundings,
    pub(crate) keys: Keys,
    session: RwLock<Option<Arc<Session>>>,
    /// The services in this process, once the profile needs them.
    services: tokio::sync::Mutex<Option<Services>>,
    /// The key of who was signed in is not where it was kept.
    key_missing: AtomicBool,
    /// Waits for a keychain that is locked, as long as it is.
    waiting: Mutex<Option<AbortOnDropHandle<()>>>,
    /// A device that brought a code and waits to be let in.
    pub(crate) joining: Waiting,
    /// What is under way at a server's provider.
    pub(crate) at_provider: AtProvider,
    /// Held while somebody signs in or out: one at a time.
    pub(crate) entrance: tokio::sync::Mutex<()>,
    pub(crate) events: Events,
    pub(crate) thumbs: Thumbs,
    /// Before the lock, which it must not outlive.
    control: Mutex<Option<Control>>,
    _lock: Lock,
}

impl App {
    /// Opens the app for the surroundings of this process.
    ///
    /// # Errors
    /// See [`App::open`].
    pub async fn open_here() -> Result<Self, AppError> {
        Self::open(Surroundings::here()).await
    }

    /// Opens the app: takes the home's lock and, where somebody is signed in, starts to sync.
    ///
    /// # Errors
    /// [`Code::ProfileInUse`] when another process has it; [`Code::KeychainUnavailable`] when the
    /// keys of whoever is signed in cannot be fetched and nothing is kept running (else they are
    /// waited for); [`Code::Internal`] when the home cannot be used.
    pub async fn open(surroundings: Surroundings) -> Result<Self, AppError> {
        let places = prepared(&surroundings)?;
        let lock = Lock::take(&places.profiles_lock())?;
        Self::own(places, lock, surroundings).await
    }

    /// Opens the app for who has the home's lock.
    ///
    /// # Errors
    /// As for [`App::open`].
    pub(crate) async fn own(
        places: Places,
        lock: Lock,
        surroundings: Surroundings,
    ) -> Result<Self, AppError> {
        let keys = Keys::open(&places, &surroundings)?;
        let active = keys.settings().get().active_profile.clone();
        let app = Self(Arc::new(Inner {
            thumbs: Thumbs::new(places.thumbs()),
            surroundings,
            keys,
            session: RwLock::new(None),
            services: tokio::sync::Mutex::new(None),
            key_missing: AtomicBool::new(false),
            waiting: Mutex::default(),
            joining: Waiting::default(),
            at_provider: AtProvider::default(),
            entrance: tokio::sync::Mutex::new(()),
            events: Events::new(),
            places,
            control: Mutex::new(None),
            _lock: lock,
        }));
        if let Some(id) = active {
            let profile = Profile::load(&app.0.places, &id)?;
            app.resume(profile).await?;
        }
        app.listen();
        Ok(app)
    }

    /// Lets other processes in. Without it the app works as well, but alone.
    fn listen(&self) {
        match Control::open(self) {
            Ok(control) => *self.control() = Some(control),
            Err(error) => tracing::warn!(%error, "Other processes cannot use this one"),
        }
    }

    fn control(&self) -> MutexGuard<'_, Option<Control>> {
        self.0.control.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a command of [`crate::COMMANDS`]. One that changes something runs to its end even when
    /// the caller goes away.
    ///
    /// # Errors
    /// What the command says; [`Code::BadRequest`] for arguments of another shape.
    pub async fn call(&self, name: &str, args: Value) -> Result<Value, AppError> {
        let app = self.clone();
        let span = tracing::debug_span!("command", name);
        let name = name.to_owned();
        let goes_on = commands::calling(&name) != Some(Calling::Again);
        let work = async move {
            let done = commands::run(&app, &name, args).await;
            app.heard(&done);
            done
        };
        let work = work.instrument(span);
        if goes_on { apart(work).await } else { while_wanted(work).await }
    }

    /// A device that was revoked is so from the answer on that says it, whichever command asked:
    /// where nothing runs beside the command, nobody else would hear of it.
    fn heard(&self, done: &Result<Value, AppError>) {
        let revoked = done.as_ref().is_err_and(|error| error.code == Code::DeviceRevoked);
        if let Some(session) = self.session_if_any().filter(|_| revoked) {
            session.heard_of_revocation(self);
        }
    }

    /// Runs a command of [`crate::BYTES_COMMANDS`].
    ///
    /// # Errors
    /// As for [`App::call`].
    pub async fn call_bytes(&self, name: &str, args: Value) -> Result<Vec<u8>, AppError> {
        let app = self.clone();
        let name = name.to_owned();
        apart(async move { commands::run_bytes(&app, &name, args).await }).await
    }

    /// Listens to what happens from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<AppEvent> {
        self.0.events.subscribe()
    }

    /// A small picture of the photo in this row of the index, 256 or 1024 pixels at its long edge.
    ///
    /// # Errors
    /// [`Code::FileMissing`] for a row or file that is gone, [`Code::FileUnreadable`] where no
    /// picture can be made of it, [`Code::BadRequest`] for another size.
    pub async fn thumbnail(&self, row: u32, size: u32) -> Result<PhotoThumbnail, AppError> {
        let app = self.clone();
        apart(async move {
            let session = app.session()?;
            app.0.thumbs.of(&session, row, size).await
        })
        .await
    }

    /// Ends transfers and services in order. Nothing is lost without it; the next start is faster.
    pub async fn shutdown(&self) {
        let control = self.control().take();
        if let Some(control) = control {
            control.close().await;
        }
        drop(self.waiting().take());
        let _entrance = self.0.entrance.lock().await;
        if let Some(session) = self.leave() {
            session.finish_revocation(self).await;
            session.stop().await;
        }
        if let Some(services) = self.0.services.lock().await.take() {
            services.stop().await;
        }
    }

    /// The state as a whole.
    pub(crate) fn state(&self) -> AppState {
        let session = self.session_if_any();
        let profile = session.as_ref().map(|session| session.profile());
        let settings = self.settings().get().clone();
        let phase = match &profile {
            Some(profile) if profile.revoked => Phase::Revoked,
            Some(_) => Phase::Ready,
            None if self.is_waiting_for_keys() => Phase::WaitingForKeys,
            // Somebody was signed in whose key is gone; nothing else of them is.
            None if settings.signed_out || settings.active_profile.is_some() => Phase::SignedOut,
            None => Phase::Onboarding,
        };
        let (secret_store, mut warnings) = self.0.keys.kind();
        let standing = session.as_ref().map(|session| session.standing());
        warnings.extend(standing.iter().flat_map(standing::notices).map(str::to_owned));
        if self.0.key_missing.load(Ordering::Relaxed) {
            warnings.push("key_missing".to_owned());
        }
        if profile.as_ref().is_some_and(|profile| !surroundings::is_safe(&profile.tokens_url)) {
            warnings.push("connection_not_encrypted".to_owned());
        }
        AppState {
            phase,
            locale: settings.locale.or(self.0.surroundings.locale).unwrap_or(Locale::English),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            os: surroundings::os(),
            revocation: profile.as_ref().and_then(Profile::revocation_view).map(Box::new),
            profile: profile.map(|profile| profile.view()),
            secret_store,
            warnings,
            default_device_name: device_name::proposed(),
        }
    }

    /// Tells the shells the state as a whole.
    pub(crate) fn tell_state(&self) {
        self.0.events.send(AppEvent::State { state: self.state() });
    }

    /// What is open while somebody is signed in.
    ///
    /// # Errors
    /// [`Code::NotSignedIn`]; [`Code::KeychainUnavailable`] while the keychain is waited for.
    pub(crate) fn session(&self) -> Result<Arc<Session>, AppError> {
        let locked = self.is_waiting_for_keys();
        let code = if locked { Code::KeychainUnavailable } else { Code::NotSignedIn };
        self.session_if_any().ok_or_else(|| AppError::new(code))
    }

    pub(crate) fn session_if_any(&self) -> Option<Arc<Session>> {
        self.0.session.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Opens the profile of who is signed in, now or, where the keychain is locked and this process
    /// goes on, when it is unlocked. A key that is gone signs nobody out: the profile stays, and
    /// whoever signs in again finds everything as it was.
    async fn resume(&self, profile: Profile) -> Result<(), AppError> {
        match Session::resume(self, profile.clone()).await {
            Ok(Some(session)) => drop(self.enter(session)),
            Ok(None) => self.0.key_missing.store(true, Ordering::Relaxed),
            Err(error) if keys::may_unlock(&error) && !self.0.surroundings.idle => {
                tracing::warn!(%error, "The keychain is waited for");
                let waiting = keys::wait(Arc::downgrade(&self.0), profile);
                let waiting = AbortOnDropHandle::new(tokio::spawn(waiting));
                *self.waiting() = Some(waiting);
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Tries once more after the keychain was locked; whether to go on waiting.
    pub(crate) async fn resume_again(&self, profile: &Profile) -> bool {
        let _entrance = self.0.entrance.lock().await;
        match Session::resume(self, profile.clone()).await {
            Err(error) if keys::may_unlock(&error) => return true,
            Err(error) => tracing::error!(%error, "The profile could not be opened"),
            Ok(Some(session)) => drop(self.enter(session)),
            Ok(None) => self.0.key_missing.store(true, Ordering::Relaxed),
        }
        // Let go, not aborted: this runs on it.
        if let Some(waiting) = self.waiting().take() {
            drop(waiting.detach());
        }
        self.tell_state();
        false
    }

    fn is_waiting_for_keys(&self) -> bool {
        self.waiting().is_some()
    }

    fn waiting(&self) -> MutexGuard<'_, Option<AbortOnDropHandle<()>>> {
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a session in place; the one before, if any, is given back to be stopped.
    pub(crate) fn enter(&self, session: Arc<Session>) -> Option<Arc<Session>> {
        self.0.key_missing.store(false, Ordering::Relaxed);
        self.0.session.write().unwrap_or_else(PoisonError::into_inner).replace(session)
    }

    pub(crate) fn leave(&self) -> Option<Arc<Session>> {
        self.0.session.write().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(crate) fn settings(&self) -> MutexGuard<'_, SettingsFile> {
        self.0.keys.settings()
    }

    /// The services of this computer, started when they are not running yet.
    ///
    /// # Errors
    /// [`Code::ServiceFailed`] when they cannot be started.
    pub(crate) async fn local_server(&self) -> Result<Server, AppError> {
        let mut services = self.0.services.lock().await;
        if services.is_none() {
            let (keys, operating) = (&self.0.keys, Operating::default());
            *services = Some(Services::start(&self.0.places, keys, None, &operating).await?);
        }
        let services = services.as_ref().expect("just started");
        Ok(Server {
            url: services.tokens_url().to_owned(),
            authority: services.authority().cloned(),
        })
    }
}

/// The home these surroundings ask for.
pub(crate) fn places(surroundings: &Surroundings) -> Result<Places, AppError> {
    let home = surroundings.home.clone().or_else(Places::platform_home);
    let home = home.ok_or_else(|| AppError::internal("No home folder: set ALBUMEN_HOME"))?;
    let home = std::path::absolute(&home)
        .map_err(|error| AppError::internal("Home folder").because(&error))?;
    Ok(Places::new(home))
}

/// The home these surroundings ask for, with the folders that are always there.
///
/// # Errors
/// [`Code::Internal`] when it cannot be used.
pub(crate) fn prepared(surroundings: &Surroundings) -> Result<Places, AppError> {
    let places = places(surroundings)?;
    places.prepare().map_err(|error| {
        AppError::internal("Home folder").with("path", places.home().display()).because(&error)
    })?;
    Ok(places)
}

/// Runs on a task of its own, so that neither a panic nor a caller that went away stops it
/// half-way.
async fn apart<T: Send + 'static>(
    work: impl Future<Output = Result<T, AppError>> + Send + 'static,
) -> Result<T, AppError> {
    let outcome = tokio::spawn(work).await;
    outcome.unwrap_or_else(|_| Err(AppError::internal("A command panicked")))
}

/// The same for work that ends when nobody waits for it any more.
async fn while_wanted<T: Send + 'static>(
    work: impl Future<Output = Result<T, AppError>> + Send + 'static,
) -> Result<T, AppError> {
    let outcome = AbortOnDropHandle::new(tokio::spawn(work)).await;
    outcome.unwrap_or_else(|_| Err(AppError::internal("A command panicked")))
}
