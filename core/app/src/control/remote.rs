//! The side of the control socket that asks. Owns finding the owner and what it means when no
//! answer comes; does not know what commands do.

use std::{
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::Value;
use tokio::{
    io::BufReader,
    net::{
        UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
};

use super::{
    Trouble, is_own, place,
    wire::{self, Ask, Lines, REPLY_MAX, Reply},
};
use crate::{AppError, Code, views::AppEvent};

/// How long an owner may take to say that it is there.
const HELLO_WITHIN: Duration = Duration::from_secs(5);

/// A process that answers.
#[derive(Debug)]
pub(crate) struct Remote {
    socket: PathBuf,
}

impl Remote {
    /// Looks for the owner of these profiles.
    ///
    /// # Errors
    /// [`Code::RestartNeeded`] from another version, [`Code::ProfileInUse`] when it is somebody
    /// else's or does not answer.
    pub(crate) async fn find(profiles: &Path) -> Result<Self, Trouble> {
        let socket = place::find(profiles).map_err(|_| Trouble::Absent)?;
        let remote = Self { socket };
        match tokio::time::timeout(HELLO_WITHIN, remote.ask(&Ask::Hello)).await {
            Ok(Ok(_)) => Ok(remote),
            // Asking again does no harm.
            Ok(Err(Trouble::Lost)) => Err(Trouble::Absent),
            Ok(Err(trouble)) => Err(trouble),
            Err(_) => Err(refused("It does not answer")),
        }
    }

    /// Runs a command there.
    ///
    /// # Errors
    /// As [`Trouble`] says.
    pub(crate) async fn call(&self, name: &str, args: Value) -> Result<Value, Trouble> {
        self.ask(&Ask::Call { name: name.to_owned(), args }).await
    }

    /// Listens to what happens there.
    ///
    /// # Errors
    /// As [`Trouble`] says.
    pub(crate) async fn events(&self) -> Result<RemoteEvents, Trouble> {
        let mut answers = self.begin(&Ask::Events).await?;
        result(answers.next().await?)?;
        Ok(RemoteEvents(answers))
    }

    async fn ask(&self, ask: &Ask) -> Result<Value, Trouble> {
        let mut answers = self.begin(ask).await?;
        result(answers.next().await?)
    }

    async fn begin(&self, ask: &Ask) -> Result<Answers, Trouble> {
        let stream = UnixStream::connect(&self.socket).await.map_err(|error| nobody(&error))?;
        if !is_own(&stream) {
            return Err(refused("The control socket is another user's"));
        }
        let (reader, mut writer) = stream.into_split();
        // A request is done only when the whole of it has arrived.
        wire::send(&mut writer, &wire::question(ask)).await.map_err(|_| Trouble::Absent)?;
        Ok(Answers { lines: Lines::new(BufReader::new(reader), REPLY_MAX), _writer: writer })
    }
}

/// Events of another process.
pub(crate) struct RemoteEvents(Answers);

impl RemoteEvents {
    /// The next one; `None` once nobody is there any more. Giving up the wait loses nothing.
    pub(crate) async fn next(&mut self) -> Option<AppEvent> {
        match self.0.next().await {
            Ok(Reply::Event(event)) => Some(event),
            _ => None,
        }
    }
}

/// What comes back. The owner stops to listen when the writing half is dropped.
struct Answers {
    lines: Lines<BufReader<OwnedReadHalf>>,
    _writer: OwnedWriteHalf,
}

impl Answers {
    async fn next(&mut self) -> Result<Reply, Trouble> {
        match self.lines.next().await {
            Ok(Some(line)) => wire::read_answer(&line).map_err(Trouble::Said),
            Err(error) if error.kind() == ErrorKind::InvalidData => {
                let error = AppError::internal("Answer of the control socket").because(&error);
                Err(Trouble::Said(error))
            }
            Ok(None) | Err(_) => Err(Trouble::Lost),
        }
    }
}

fn result(reply: Reply) -> Result<Value, Trouble> {
    match reply {
        Reply::Done(value) => Ok(value),
        Reply::Failed(error) => Err(Trouble::Said(error)),
        Reply::Closed => Err(Trouble::Absent),
        Reply::Event(_) => Err(Trouble::Said(AppError::new(Code::RestartNeeded))),
    }
}

fn nobody(error: &io::Error) -> Trouble {
    match error.kind() {
        ErrorKind::PermissionDenied => refused("The control socket is another user's"),
        _ => Trouble::Absent,
    }
}

fn refused(detail: &str) -> Trouble {
    Trouble::Said(AppError::new(Code::ProfileInUse).with("detail", detail))
}
