//! What is done without being asked: tokens past their limit are deleted, open revocations carried
//! on, what is over forgotten. All of it is found in the database, so a restart loses none.

use std::sync::Arc;

use albumen_db::Tx;

use crate::{
    Error,
    repository::{attempt, familiar, invitation, revocation, token},
    rules::throttle::{FAMILIAR_MS, FORGET_AFTER_MS},
    service::Service,
};

/// Tokens deleted in one round; the next round follows at once when there are more.
const ROUND: u32 = 100;

/// Works until the service stops.
pub(crate) async fn run(service: Arc<Service>) {
    let stopping = service.stopping.clone();
    let work = async {
        loop {
            let more = round(&service).await;
            if !more {
                let pause = service.config.tick;
                let _ = tokio::time::timeout(pause, service.wake.notified()).await;
            }
        }
    };
    stopping.run_until_cancelled(work).await;
}

/// One round of everything; whether more waits.
async fn round(service: &Service) -> bool {
    let swept = sweep(service).await;
    if let Err(error) = revocations(service).await {
        tracing::warn!(%error, "Open revocations could not be looked at");
    }
    if let Err(error) = forget(service).await {
        tracing::warn!(%error, "What is over could not be forgotten");
    }
    swept.unwrap_or_else(|error| {
        tracing::warn!(%error, "Tokens past their limit are still to be deleted");
        false
    })
}

/// Forgets old counts, places where nobody signed in for long, and invitations that have ended.
async fn forget(service: &Service) -> Result<(), Error> {
    let now = service.now();
    let forget = move |tx: &Tx<'_>| {
        attempt::forget_before(tx, now.plus_millis(-FORGET_AFTER_MS))?;
        familiar::forget_before(tx, now.plus_millis(-FAMILIAR_MS))?;
        Ok(invitation::forget_before(tx, now)?)
    };
    service.write(forget).await
}

/// Deletes tokens whose end has come; whether there are more.
async fn sweep(service: &Service) -> Result<bool, Error> {
    let now = service.now();
    let ended = service.read(move |tx| Ok(token::ended(tx, now, ROUND)?)).await?;
    let more = ended.len() == ROUND as usize;
    let mut failure = None;
    for tracked in ended {
        // One library service that is away must not keep the tokens of others alive.
        if let Err(error) = service.delete_tracked(tracked).await {
            failure = Some(error);
        }
    }
    failure.map_or(Ok(more), Err)
}

async fn revocations(service: &Service) -> Result<(), Error> {
    for device in service.read(|tx| Ok(revocation::open(tx)?)).await? {
        if let Err(error) = service.execute(&device).await {
            tracing::warn!(%device, %error, "A revocation is still open");
        }
    }
    Ok(())
}
