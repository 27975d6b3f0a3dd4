//! What runs as long as somebody is signed in: the engine, and those who tell the shells what it
//! and the token service say. None of them keeps the app alive.

pub(super) mod report;

use std::{
    pin::pin,
    sync::{Arc, Weak},
    time::{Duration, Instant},
};

use albumen_client::TokenService;
use albumen_model::auth::AuthEvent;
use albumen_sync::{Engine, MappingState, SyncOverview};
use futures::StreamExt;
use tokio::{sync::Notify, task::AbortHandle};

use super::Session;
use crate::{App, app::Inner, overview, photos::FactsWorker, views::AppEvent};

/// While files travel, the pages fetch the photo index anew at most this often.
const PHOTOS_EVERY: Duration = Duration::from_secs(5);

/// Begins all of them.
pub(super) fn begin(app: &App, session: &Arc<Session>) -> Vec<AbortHandle> {
    let (inner, weak) = (Arc::downgrade(&app.0), Arc::downgrade(session));
    let engine = session.engine().clone();
    let looked = Arc::new(Notify::new());
    let tell = Tell { app: inner, session: weak };
    let worker = FactsWorker::new(
        engine.clone(),
        Arc::clone(session.facts_wanted()),
        Arc::clone(&looked),
        app.0.events.clone(),
    );
    let mut tasks = vec![
        tokio::spawn(progress(tell.clone(), engine.clone(), looked)).abort_handle(),
        tokio::spawn(worker.run()).abort_handle(),
    ];
    if session.profile().revoked {
        session.settle_soon(app);
    } else if !app.0.surroundings.idle {
        let running = tokio::spawn(run(engine)).abort_handle();
        session.is_running(running.clone());
        tasks.push(running);
        tasks.push(tokio::spawn(standing(tell.clone(), session.service())).abort_handle());
        tasks.push(tokio::spawn(report::run(tell.clone())).abort_handle());
        tasks.push(tokio::spawn(listen(tell, Arc::clone(session.service()))).abort_handle());
    }
    tasks
}

/// Whom to tell, as long as they are there.
#[derive(Clone)]
struct Tell {
    app: Weak<Inner>,
    session: Weak<Session>,
}

impl Tell {
    fn both(&self) -> Option<(App, Arc<Session>)> {
        Some((App(self.app.upgrade()?), self.session.upgrade()?))
    }

    fn revoked(&self) {
        if let Some((app, session)) = self.both() {
            session.heard_of_revocation(&app);
        }
    }
}

async fn run(engine: Engine) {
    if let Err(error) = engine.run().await {
        tracing::error!(%error, "The engine ended");
    }
}

/// Tells what the engine does. Its changes come at most four times a second.
async fn progress(tell: Tell, engine: Engine, looked: Arc<Notify>) {
    let mut changes = engine.subscribe();
    drop(engine);
    let mut photos_told = Instant::now();
    let mut busy = false;
    loop {
        let found = match changes.next().await {
            Ok(found) => found,
            Err(error) => {
                tracing::warn!(%error, "The journal could not be read");
                continue;
            }
        };
        if found.mappings.iter().any(|mapping| mapping.state == MappingState::BlockedRevoked) {
            tell.revoked();
        }
        let Some((app, session)) = tell.both() else { return };
        if !app.0.events.is_heard() {
            looked.notify_one();
            continue;
        }
        // Who listens will want to see photos, unless it is for one command.
        if !app.0.surroundings.idle {
            session.want_facts();
        }
        looked.notify_one();
        let overview = overview::view(&found, session.profile().revoked);
        app.0.events.send(AppEvent::Sync { overview });
        // Photos change their mark when they are uploaded.
        let was_busy = std::mem::replace(&mut busy, is_busy(&found));
        if (was_busy && !busy) || (busy && photos_told.elapsed() > PHOTOS_EVERY) {
            photos_told = Instant::now();
            tell_photos(&app).await;
        }
    }
}

fn is_busy(found: &SyncOverview) -> bool {
    found.files_left > 0
}

async fn tell_photos(app: &App) {
    let Some(session) = app.session_if_any() else { return };
    match session.ask(Engine::photo_count).await {
        Ok(total) => app.0.events.send(AppEvent::PhotosChanged { total }),
        Err(error) => tracing::warn!(%error, "The photos could not be counted"),
    }
}

/// Tells the state as a whole whenever the device stands otherwise with its service.
fn standing(tell: Tell, service: &TokenService) -> impl Future<Output = ()> + use<> {
    let mut standing = service.standing();
    async move {
        while standing.changed().await.is_ok() {
            let Some((app, _)) = tell.both() else { return };
            app.tell_state();
        }
    }
}

/// Fetches what the service says of the spaces. Without an answer what it said last goes on to
/// hold.
async fn learn_policy(session: &Session) {
    if let Err(error) = session.libraries().await {
        tracing::warn!(%error, "The policies could not be fetched");
    }
}

/// Listens to the token service until the device is revoked.
async fn listen(tell: Tell, service: Arc<TokenService>) {
    if let Some((_, session)) = tell.both() {
        learn_policy(&session).await;
    }
    let mut events = pin!(service.events());
    while let Some(event) = events.next().await {
        let Some((app, session)) = tell.both() else { return };
        match event {
            AuthEvent::Revoked => {
                drop((app, session));
                tell.revoked();
                return;
            }
            AuthEvent::PolicyChanged => {
                session.tokens().forget_all();
                learn_policy(&session).await;
                app.tell_state();
            }
            AuthEvent::DevicesChanged | AuthEvent::DeviceSilent { .. } => {
                app.0.events.send(AppEvent::DevicesChanged);
            }
            AuthEvent::PairingChanged { pairing_id } => {
                let pairing_id = pairing_id.to_string();
                app.0.events.send(AppEvent::PairingChanged { pairing_id });
            }
        }
    }
}
