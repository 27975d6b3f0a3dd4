//! Commands of a home, whichever process owns it: this one, or another that came first and answers
//! on its control socket. Owns which of the two it is and that this changes when the other process
//! ends; shells call and listen without knowing.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::{
    sync::broadcast::{self, error::RecvError},
    time::Instant,
};

use crate::{
    App, AppError, Surroundings,
    app::prepared,
    commands::{self, Calling},
    control::{Remote, RemoteEvents, Trouble},
    lock::{self, Lock},
    views::AppEvent,
};

/// How long an owner that does not listen yet, or not any more, is waited for.
const OWNER_WITHIN: Duration = Duration::from_secs(10);
/// How often it is looked at meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Owners that may end while one command is asked of them.
const OWNERS_MAX: u32 = 5;

/// The door to a home.
pub struct Door {
    surroundings: Surroundings,
    now: Mutex<Now>,
    /// Held by who finds out anew which process it is.
    entrance: tokio::sync::Mutex<()>,
}

/// Which process it is, and the how-many-th since the door was opened.
#[derive(Clone)]
struct Now {
    turn: u64,
    who: Who,
}

#[derive(Clone)]
enum Who {
    Here(App),
    There(Arc<Remote>),
}

impl From<App> for Door {
    /// The door to an app of this process.
    fn from(app: App) -> Self {
        Self::to(app.0.surroundings.clone(), Who::Here(app))
    }
}

impl Door {
    /// Opens the home in this process or, where another one owns it, finds that.
    ///
    /// # Errors
    /// [`crate::Code::ProfileInUse`] when the owner does not answer; [`crate::Code::RestartNeeded`]
    /// when it is of another version; those of [`App::open`].
    pub async fn open(surroundings: Surroundings) -> Result<Self, AppError> {
        let who = enter(&surroundings).await?;
        Ok(Self::to(surroundings, who))
    }

    /// Opens the home in this process only: for what cannot be done beside another owner.
    ///
    /// # Errors
    /// Those of [`App::open`].
    pub async fn open_alone(surroundings: Surroundings) -> Result<Self, AppError> {
        App::open(surroundings).await.map(Self::from)
    }

    fn to(surroundings: Surroundings, who: Who) -> Self {
        let entrance = tokio::sync::Mutex::new(());
        Self { surroundings, now: Mutex::new(Now { turn: 0, who }), entrance }
    }

    /// Runs a command of [`crate::COMMANDS`]. When the process that runs it ends before, one that
    /// may be asked again is: of the next owner, or of this process.
    ///
    /// # Errors
    /// What the command says; [`crate::Code::Internal`] when it is not known whether it was done.
    pub async fn call(&self, name: &str, args: Value) -> Result<Value, AppError> {
        for _ in 0..OWNERS_MAX {
            let now = self.now();
            let trouble = match now.who.call(name, args.clone()).await {
                Ok(value) => return Ok(value),
                Err(trouble) => trouble,
            };
            match trouble {
                Trouble::Said(error) => return Err(error),
                Trouble::Lost if commands::calling(name) != Some(Calling::Again) => break,
                Trouble::Lost | Trouble::Absent => self.find_anew(now.turn).await?,
            }
        }
        let detail = "The other Albumen ended before it answered: look whether this was done";
        Err(AppError::internal(detail).with("command", name))
    }

    /// Runs a command and reads its view.
    ///
    /// # Errors
    /// As for [`Door::call`].
    pub async fn ask<T: DeserializeOwned>(&self, name: &str, args: Value) -> Result<T, AppError> {
        let answer = self.call(name, args).await?;
        serde_json::from_value(answer).map_err(|error| {
            AppError::internal("Answer of a command").with("command", name).because(&error)
        })
    }

    /// Listens to what happens from now on.
    ///
    /// # Errors
    /// As for [`Door::call`].
    pub async fn events(&self) -> Result<Listening<'_>, AppError> {
        for _ in 0..OWNERS_MAX {
            let now = self.now();
            match now.who.events().await {
                Ok(source) => return Ok(Listening { door: self, turn: now.turn, source }),
                Err(Trouble::Said(error)) => return Err(error),
                Err(Trouble::Lost | Trouble::Absent) => self.find_anew(now.turn).await?,
            }
        }
        Err(AppError::internal("The other Albumen ends again and again"))
    }

    /// Ends what this process has opened.
    pub async fn close(self) {
        if let Who::Here(app) = self.now().who {
            app.shutdown().await;
        }
    }

    fn now(&self) -> Now {
        self.now.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Finds the next owner, unless somebody has since that turn.
    async fn find_anew(&self, turn: u64) -> Result<(), AppError> {
        let _entrance = self.entrance.lock().await;
        if self.now().turn == turn {
            let now = Now { turn: turn + 1, who: enter(&self.surroundings).await? };
            *self.now.lock().unwrap_or_else(PoisonError::into_inner) = now;
        }
        Ok(())
    }
}

impl Who {
    async fn call(&self, name: &str, args: Value) -> Result<Value, Trouble> {
        match self {
            Self::Here(app) => app.call(name, args).await.map_err(Trouble::Said),
            Self::There(remote) => remote.call(name, args).await,
        }
    }

    async fn events(&self) -> Result<Source, Trouble> {
        match self {
            Self::Here(app) => Ok(Source::Here(app.subscribe())),
            Self::There(remote) => Ok(Source::There(remote.events().await?)),
        }
    }
}

/// Owns the home or finds who does.
async fn enter(surroundings: &Surroundings) -> Result<Who, AppError> {
    let places = prepared(surroundings)?;
    let path = places.profiles_lock();
    let until = Instant::now() + OWNER_WITHIN;
    loop {
        let lock = Lock::try_take(&path).map_err(|error| lock::unusable(&path, &error))?;
        if let Some(lock) = lock {
            return App::own(places, lock, surroundings.clone()).await.map(Who::Here);
        }
        match Remote::find(&places.profiles()).await {
            Ok(remote) => return Ok(Who::There(Arc::new(remote))),
            Err(Trouble::Said(error)) => return Err(lock::with_owner(error, &path)),
            Err(_) if Instant::now() > until => return Err(lock::in_use(&path)),
            Err(_) => tokio::time::sleep(LOOK_EVERY).await,
        }
    }
}

/// What happens, from whichever process owns the home.
pub struct Listening<'a> {
    door: &'a Door,
    turn: u64,
    source: Source,
}

enum Source {
    Here(broadcast::Receiver<AppEvent>),
    There(RemoteEvents),
}

impl Listening<'_> {
    /// The next event. When the owner has ended it comes from the next one, once a call has found
    /// that. Some may be missed; each carries the whole new value. Giving up the wait loses none.
    ///
    /// # Errors
    /// As for [`Door::events`].
    pub async fn next(&mut self) -> Result<AppEvent, AppError> {
        loop {
            if let Some(event) = self.source.next().await {
                return Ok(event);
            }
            while self.door.now().turn == self.turn {
                tokio::time::sleep(LOOK_EVERY).await;
            }
            *self = self.door.events().await?;
        }
    }
}

impl Source {
    /// `None`: there will be no more.
    async fn next(&mut self) -> Option<AppEvent> {
        match self {
            Self::Here(events) => loop {
                match events.recv().await {
                    Ok(event) => return Some(event),
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return None,
                }
            },
            Self::There(events) => events.next().await,
        }
    }
}
