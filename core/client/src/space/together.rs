//! Begins and confirms that are asked for at the same time go to the service in one call, where it
//! takes many. Owns who waits for whom; what a begin or a confirm is, is told in `upload`.
//!
//! Nobody waits for company: as long as few calls are under way a question leaves at once, and what
//! is asked meanwhile goes together with the next. A question alone is sent in the contract's own
//! form, so that any SMH can answer it.

use std::sync::Arc;

use albumen_model::{
    ConflictStrategy,
    smh::{BatchBegin, BatchConfirm, ConfirmedFile},
};
use futures::future::{BoxFuture, join_all};
use tokio::sync::{OnceCell, Semaphore, mpsc, oneshot};

use super::{BeginMode, Begun, SpaceClient};
use crate::Error;

/// Calls of one sort under way: some, so that those who wait do not all move in step.
const CALLS_AT_ONCE: usize = 4;
/// Questions that may wait; more callers wait before the queue.
const QUEUE: usize = 1024;
/// The most that one call asks, whatever the service would take: the paths must fit into its
/// bodies.
const TOGETHER_MAX: usize = 100;

/// Answers to several questions, or why there are none.
type Answers<'a, A> = BoxFuture<'a, Result<Vec<Result<A, Error>>, Error>>;

/// A question and where its answer goes.
type Asked<Q, A> = (Q, oneshot::Sender<Result<A, Error>>);

/// The uploads of a space.
#[derive(Debug)]
pub struct Uploads {
    begins: Gather<BatchBegin, Begun>,
    confirms: Gather<BatchConfirm, ConfirmedFile>,
}

impl Uploads {
    /// Of this space. Must be called within a Tokio runtime.
    pub fn of(space: &SpaceClient) -> Self {
        let shared = Arc::new(Shared { space: space.clone(), together: OnceCell::new() });
        Self { begins: Gather::start(&shared), confirms: Gather::start(&shared) }
    }

    /// Begins an upload. `upload.size` must be told; the conflict strategy too, as the service's
    /// own default would rename.
    ///
    /// # Errors
    /// As [`SpaceClient::begin_upload`].
    pub async fn begin(&self, upload: BatchBegin) -> Result<Begun, Error> {
        self.begins.ask(upload).await
    }

    /// Confirms an upload.
    ///
    /// # Errors
    /// As [`SpaceClient::confirm`].
    pub async fn confirm(&self, upload: BatchConfirm) -> Result<ConfirmedFile, Error> {
        self.confirms.ask(upload).await
    }
}

struct Shared {
    space: SpaceClient,
    /// How many files the service takes in one call; 0: none, it is asked one by one.
    together: OnceCell<usize>,
}

impl Shared {
    /// Not known counts as none, and is asked again the next time.
    async fn together(&self) -> usize {
        let ask = || async {
            let told = self.space.capabilities().await?.upload_batch;
            Ok::<_, Error>(usize::try_from(told).unwrap_or(0).min(TOGETHER_MAX))
        };
        self.together.get_or_try_init(ask).await.copied().unwrap_or(0)
    }
}

/// A question that can be asked alone or with others.
trait Question: Sized + Send + 'static {
    type Answer: Send + 'static;

    fn alone(self, space: &SpaceClient) -> BoxFuture<'_, Result<Self::Answer, Error>>;

    /// One answer for each question, in their order.
    fn together(all: Vec<Self>, space: &SpaceClient) -> Answers<'_, Self::Answer>;
}

impl Question for BatchBegin {
    type Answer = Begun;

    fn alone(self, space: &SpaceClient) -> BoxFuture<'_, Result<Begun, Error>> {
        Box::pin(async move {
            let mode = if self.multipart { BeginMode::Multipart } else { BeginMode::Simple };
            let (upload, cas) = (&self.upload, self.content_cas.as_deref());
            let strategy = self.conflict_resolution_strategy.unwrap_or(ConflictStrategy::Ask);
            let size = upload.size.unwrap_or_default();
            space.begin_upload(&self.path, mode, upload, strategy, cas, size).await
        })
    }

    fn together(all: Vec<Self>, space: &SpaceClient) -> Answers<'_, Begun> {
        Box::pin(space.begin_uploads(all))
    }
}

impl Question for BatchConfirm {
    type Answer = ConfirmedFile;

    fn alone(self, space: &SpaceClient) -> BoxFuture<'_, Result<ConfirmedFile, Error>> {
        Box::pin(async move {
            let strategy = self.conflict_resolution_strategy.unwrap_or(ConflictStrategy::Ask);
            let cas = self.content_cas.as_deref();
            space.confirm(&self.confirm_key, &self.upload, strategy, cas).await
        })
    }

    fn together(all: Vec<Self>, space: &SpaceClient) -> Answers<'_, ConfirmedFile> {
        Box::pin(space.confirm_uploads(all))
    }
}

/// Where questions of one sort come together.
#[derive(Debug)]
struct Gather<Q, A>(mpsc::Sender<Asked<Q, A>>);

impl<Q: Question<Answer = A>, A: Send + 'static> Gather<Q, A> {
    /// Ends when it is dropped; what was asked before is answered still.
    fn start(shared: &Arc<Shared>) -> Self {
        let (sender, mut queue) = mpsc::channel::<Asked<Q, A>>(QUEUE);
        let shared = Arc::clone(shared);
        tokio::spawn(async move {
            let calls = Arc::new(Semaphore::new(CALLS_AT_ONCE));
            while let Ok(permit) = Arc::clone(&calls).acquire_owned().await {
                let mut asked = Vec::new();
                if queue.recv_many(&mut asked, TOGETHER_MAX).await == 0 {
                    return;
                }
                let shared = Arc::clone(&shared);
                tokio::spawn(async move {
                    answer(&shared, asked).await;
                    drop(permit);
                });
            }
        });
        Self(sender)
    }

    async fn ask(&self, question: Q) -> Result<A, Error> {
        const GONE: &str = "the answer was lost";
        let (reply, answer) = oneshot::channel();
        let gone = || Error::protocol("asking together with others", GONE);
        self.0.send((question, reply)).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

async fn answer<Q: Question>(shared: &Shared, asked: Vec<Asked<Q, Q::Answer>>) {
    // Whoever went away meanwhile wants nothing.
    let mut asked: Vec<_> = asked.into_iter().filter(|(_, reply)| !reply.is_closed()).collect();
    let space = &shared.space;
    let most = if asked.len() < 2 { 0 } else { shared.together().await };
    if most < 2 {
        let each = asked.into_iter().map(|(question, reply)| async move {
            let _ = reply.send(question.alone(space).await);
        });
        join_all(each).await;
        return;
    }
    while !asked.is_empty() {
        let rest = asked.split_off(asked.len().min(most));
        let (questions, replies): (Vec<Q>, Vec<_>) = asked.into_iter().unzip();
        let answers = match Q::together(questions, space).await {
            Ok(answers) => answers,
            Err(error) => replies.iter().map(|_| Err(error.clone())).collect(),
        };
        for (reply, answer) in replies.into_iter().zip(answers) {
            let _ = reply.send(answer);
        }
        asked = rest;
    }
}
