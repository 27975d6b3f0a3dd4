//! What is done without being asked: tokens past their limit are deleted, open revocations carried
//! on, policies told to library services, removed libraries let go of, what is over forgotten. All
//! of it is found in the database, so a restart loses none.

use std::sync::Arc;

use albumen_db::Tx;

use crate::{
    Error,
    repository::{attempt, familiar, identity, invitation, mint, pairing, revocation, token},
    rules::throttle::{FAMILIAR_MS, FORGET_AFTER_MS},
    service::Service,
};

/// Tokens deleted in one round; the next round follows at once when there are more.
const ROUND: u32 = 100;

/// How long the note of a mint may stand: longer than any takes, however far clocks are apart.
const MINTS_KEPT_MS: i64 = 3_600_000;

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
    if let Err(error) = service.open_rotations().await {
        tracing::warn!(%error, "Open rotations could not be looked at");
    }
    if let Err(error) = service.apply_policies().await {
        tracing::warn!(%error, "Policies could not be looked at");
    }
    if let Err(error) = service.finish_removals().await {
        tracing::warn!(%error, "Removed libraries could not be looked at");
    }
    if let Err(error) = service.tell_of_silence().await {
        tracing::warn!(%error, "Silent devices could not be looked for");
    }
    if let Err(error) = forget(service).await {
        tracing::warn!(%error, "What is over could not be forgotten");
    }
    swept.unwrap_or_else(|error| {
        tracing::warn!(%error, "Tokens past their limit are still to be deleted");
        false
    })
}

/// Forgets old counts, mints nobody waits for, places where nobody signed in for long, and codes,
/// invitations and sign-ins by a provider that have ended.
async fn forget(service: &Service) -> Result<(), Error> {
    let (now, codes) = (service.now(), service.pairings_kept_since());
    let forget = move |tx: &Tx<'_>| {
        mint::give_up_before(tx, now.plus_millis(-MINTS_KEPT_MS))?;
        attempt::forget_before(tx, now.plus_millis(-FORGET_AFTER_MS))?;
        pairing::forget_before(tx, codes)?;
        familiar::forget_before(tx, now.plus_millis(-FAMILIAR_MS))?;
        identity::forget_before(tx, now)?;
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
    let open = service.read(|tx| Ok(revocation::open(tx)?)).await?;
    service.execute_all(open).await;
    Ok(())
}
