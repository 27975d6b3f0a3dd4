//! What every handler has at hand, and the transactions in which a caller is let in and served.

use std::{sync::Arc, time::Duration};

use albumen_db::{Database, Tx};
use albumen_model::{SpaceId, Timestamp};
use albumen_store::Clock;
use tokio::sync::{Notify, Semaphore};
use tracing::Instrument;

use crate::{
    data_plane::DataPlane,
    error::Error,
    hashing::Hashing,
    lock,
    operations::{Operations, Work},
    preview::Previews,
    repository::token,
    request::{Ask, Caller, caller},
    seal::Sealer,
    secret::SecretHash,
};

/// The running service.
pub(crate) struct Service {
    pub(crate) db: Database,
    pub(crate) data_plane: Arc<DataPlane>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) console_key: SecretHash,
    /// For extraction codes.
    pub(crate) sealer: Sealer,
    pub(crate) data_scheme: String,
    /// Requests that may be worked on at once.
    pub(crate) gate: Semaphore,
    /// Rung when something is to be freed in the background.
    pub(crate) broom: Notify,
    /// Tells this running service from others over the same database.
    pub(crate) instance: String,
    /// How long the store keeps the content of what was deleted for good.
    pub(crate) collect_after: Duration,
    /// Rung when there is a new task.
    pub(crate) bell: Notify,
    pub(crate) hashing: Hashing,
    pub(crate) previews: Previews,
    pub(crate) operations: Operations,
}

impl Service {
    /// Now, by the service's clock.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Counts how a round of background work ended, and hands it on.
    pub(crate) fn noted<T>(&self, work: Work, outcome: Result<T, Error>) -> Result<T, Error> {
        self.operations.counters.round(work, &outcome, self.now());
        outcome
    }

    /// Lets the caller in and reads, in one transaction.
    ///
    /// # Errors
    /// Those of [`caller::identify`] and of the closure.
    pub(crate) async fn read<T, F>(&self, ask: Ask, closure: F) -> Result<T, Error>
    where
        F: FnOnce(&Tx<'_>, &Caller) -> Result<T, Error> + Send + 'static,
        T: Send + 'static,
    {
        let now = self.now();
        let (outcome, used) = self
            .db
            .read(move |tx| -> Result<_, Error> {
                let caller = caller::identify(tx, now, &ask)?;
                Ok((closure(tx, &caller), caller.stale_use(now)))
            })
            .await?;
        if let Some((hash, expires)) = used {
            let db = self.db.clone();
            // Not waited for: the reply need not pay for the disk. Lost in a crash, it is made up
            // for by the slack of `rules::token`.
            let noting = async move {
                let noted = db.write(move |tx| token::extend(tx, hash, expires)).await;
                if let Err(error) = noted {
                    tracing::warn!(%error, "Use of a token not noted");
                }
            };
            tokio::spawn(noting.in_current_span());
        }
        outcome
    }

    /// Lets the caller in and changes something, in one transaction. It holds the lock of the space
    /// asked about, or of the library when the request names none; see [`lock`].
    ///
    /// # Errors
    /// Those of [`caller::identify`] and of the closure; nothing is changed then.
    pub(crate) async fn write<T, F>(&self, ask: Ask, closure: F) -> Result<T, Error>
    where
        F: FnOnce(&Tx<'_>, &Caller, Timestamp) -> Result<T, Error> + Send + 'static,
        T: Send + 'static,
    {
        self.write_over(ask, Vec::new(), closure).await
    }

    /// The same for an operation that changes other spaces of the library too.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub(crate) async fn write_over<T, F>(
        &self,
        ask: Ask,
        others: Vec<SpaceId>,
        closure: F,
    ) -> Result<T, Error>
    where
        F: FnOnce(&Tx<'_>, &Caller, Timestamp) -> Result<T, Error> + Send + 'static,
        T: Send + 'static,
    {
        let now = self.now();
        self.db
            .write(move |tx| -> Result<T, Error> {
                let locks = match &ask.space {
                    Some(space) => lock::spaces(&ask.library, others.iter().chain([space])),
                    None => vec![lock::library(&ask.library)],
                };
                tx.lock(&locks)?;
                let caller = caller::identify(tx, now, &ask)?;
                if let Some((hash, expires)) = caller.stale_use(now) {
                    token::extend(tx, hash, expires)?;
                }
                closure(tx, &caller, now)
            })
            .await
    }
}
