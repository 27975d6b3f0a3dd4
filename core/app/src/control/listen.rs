//! The owner's side of the control socket. Owns who is let in, how many, for how long, and the
//! order of the end; what a command does is the façade's business.

use std::{
    io,
    path::PathBuf,
    sync::{Arc, Weak},
    time::Duration,
};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, BufReader},
    net::{
        UnixListener, UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::{
        Semaphore,
        broadcast::{Receiver, error::RecvError},
    },
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    is_own,
    place::{self, Place},
    wire::{self, Ask, Lines, REQUEST_MAX, Reply},
};
use crate::{
    App, AppError, Code,
    app::Inner,
    commands::{self, Calling},
    lock::Owner,
    views::AppEvent,
};

/// Connections at once; more wait until one of them ends.
const CONNECTIONS_MAX: usize = 64;
/// Of these, listeners at once: they stay, so that they must not take the place of all others.
const LISTENERS_MAX: usize = 16;
/// How long a request may take to arrive.
const REQUEST_WITHIN: Duration = Duration::from_secs(5);
/// How long commands under way may take when the owner ends.
const END_WITHIN: Duration = Duration::from_secs(10);
/// Pause after a connection that could not be taken: the process may have no file left to open.
const AGAIN_AFTER: Duration = Duration::from_millis(100);

/// The socket, open as long as this value lives.
pub(crate) struct Control {
    ending: CancellationToken,
    tasks: TaskTracker,
    place: Option<Place>,
}

impl Control {
    /// Opens the socket. Only to be called by who holds the lock of the profiles.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(crate) fn open(app: &App) -> io::Result<Self> {
        let runtime: Vec<PathBuf> = dirs::runtime_dir()
            .into_iter()
            .chain([std::env::temp_dir(), PathBuf::from("/tmp")])
            .collect();
        let (listener, place) = place::make(&app.0.places.profiles(), &runtime)?;
        listener.set_nonblocking(true)?;
        let listener = UnixListener::from_std(listener)?;
        let (ending, tasks) = (CancellationToken::new(), TaskTracker::new());
        let desk = Desk {
            app: Arc::downgrade(&app.0),
            ending: ending.clone(),
            listeners: Arc::new(Semaphore::new(LISTENERS_MAX)),
        };
        tasks.spawn(accept(listener, desk, tasks.clone()));
        Ok(Self { ending, tasks, place: Some(place) })
    }

    /// Lets nobody in any more and waits for what is under way.
    pub(crate) async fn close(mut self) {
        // First, so that nobody finds a socket that no longer answers.
        drop(self.place.take());
        self.ending.cancel();
        self.tasks.close();
        if tokio::time::timeout(END_WITHIN, self.tasks.wait()).await.is_err() {
            tracing::warn!("A command of another process did not end in time");
        }
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        self.ending.cancel();
    }
}

/// What every connection needs. It does not keep the app alive.
#[derive(Clone)]
struct Desk {
    app: Weak<Inner>,
    ending: CancellationToken,
    listeners: Arc<Semaphore>,
}

async fn accept(listener: UnixListener, desk: Desk, tasks: TaskTracker) {
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let next = async || {
        let permit = Arc::clone(&room).acquire_owned().await;
        (listener.accept().await, permit)
    };
    loop {
        let (taken, permit) = tokio::select! {
            next = next() => next,
            () = desk.ending.cancelled() => return,
        };
        match taken {
            Ok((stream, _)) if is_own(&stream) => {
                let desk = desk.clone();
                tasks.spawn(async move {
                    serve(stream, desk).await;
                    drop(permit);
                });
            }
            Ok(_) => tracing::warn!("Somebody else was turned away from the control socket"),
            Err(error) => {
                tracing::warn!(%error, "A connection could not be taken");
                tokio::time::sleep(AGAIN_AFTER).await;
            }
        }
    }
}

/// One connection: a request, its answer.
async fn serve(stream: UnixStream, desk: Desk) {
    let (reader, writer) = stream.into_split();
    let mut lines = Lines::new(BufReader::new(reader), REQUEST_MAX);
    let asked = tokio::select! {
        read = tokio::time::timeout(REQUEST_WITHIN, lines.next()) => match read {
            Ok(Ok(Some(line))) => wire::read_question(&line),
            Ok(Err(error)) if error.kind() == io::ErrorKind::InvalidData => Err(wire::no_request()),
            Ok(Ok(None) | Err(_)) | Err(_) => return,
        },
        () = desk.ending.cancelled() => return reply(writer, &Reply::Closed).await,
    };
    let other = Other { reader: lines.into_inner(), writer };
    match asked {
        Ok(Ask::Hello) => reply(other.writer, &Reply::Done(Value::Null)).await,
        Ok(Ask::Call { name, args }) => call(&desk, other, name, args).await,
        Ok(Ask::Events) => tell(&desk, other).await,
        Err(error) => reply(other.writer, &Reply::Failed(error)).await,
    }
}

async fn reply(mut writer: OwnedWriteHalf, reply: &Reply) {
    if let Err(error) = wire::send(&mut writer, &wire::answer(reply)).await {
        tracing::debug!(%error, "An answer was not taken");
    }
}

/// The process at the other end, after its request.
struct Other {
    reader: BufReader<OwnedReadHalf>,
    writer: OwnedWriteHalf,
}

impl Other {
    /// Returns when it closes; it has nothing more to say.
    async fn gone(reader: &mut BufReader<OwnedReadHalf>) {
        drop(reader.read_u8().await);
    }
}

async fn call(desk: &Desk, mut other: Other, name: String, args: Value) {
    let calling = commands::calling(&name);
    if calling == Some(Calling::Here) {
        let error = Owner::this().named_in(AppError::new(Code::ProfileInUse));
        return reply(other.writer, &Reply::Failed(error)).await;
    }
    let again = calling == Some(Calling::Again);
    let done = match desk.app.upgrade() {
        Some(inner) if !desk.ending.is_cancelled() => tokio::select! {
            done = work(App(inner), &name, args) => done,
            () = desk.ending.cancelled(), if again => Reply::Closed,
            () = Other::gone(&mut other.reader) => return,
        },
        _ => Reply::Closed,
    };
    reply(other.writer, &done).await;
}

async fn work(app: App, name: &str, args: Value) -> Reply {
    match app.call(name, args).await {
        Ok(value) => Reply::Done(value),
        Err(error) => Reply::Failed(error),
    }
}

async fn tell(desk: &Desk, mut other: Other) {
    let Ok(_permit) = desk.listeners.try_acquire() else {
        let error = AppError::internal("Too many listen already");
        return reply(other.writer, &Reply::Failed(error)).await;
    };
    let Some(app) = desk.app.upgrade().map(App) else { return };
    let mut events = app.subscribe();
    drop(app);
    let mut next = Reply::Done(Value::Null);
    loop {
        if wire::send(&mut other.writer, &wire::answer(&next)).await.is_err() {
            return;
        }
        let event = tokio::select! {
            event = following(&mut events) => event,
            () = Other::gone(&mut other.reader) => return,
            () = desk.ending.cancelled() => return,
        };
        let Some(event) = event else { return };
        next = Reply::Event(event);
    }
}

/// The next event; one that was missed is made up for by it, for it carries the whole new value.
async fn following(events: &mut Receiver<AppEvent>) -> Option<AppEvent> {
    loop {
        match events.recv().await {
            Ok(event) => return Some(event),
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return None,
        }
    }
}
