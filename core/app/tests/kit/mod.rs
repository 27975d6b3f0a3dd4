//! What the tests of the façade have in common: real services to sign in at, commands asked as a
//! shell asks them, and patience.

use std::{path::Path, time::Duration};

use albumen_app::{App, AppError, PublicUrls, Surroundings, serve::Development, views::AppState};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Longer than anything here takes on a slow machine.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn surroundings(home: &Path) -> Surroundings {
    Surroundings { home: Some(home.to_owned()), no_keychain: true, ..Surroundings::default() }
}

pub(crate) async fn develop(folder: &Path) -> Result<Development, AppError> {
    Development::start(&folder.join("dev"), PublicUrls::default()).await
}

pub(crate) async fn ask<T: DeserializeOwned>(
    app: &App,
    name: &str,
    args: Value,
) -> Result<T, AppError> {
    app.call(name, args).await.map(|value| serde_json::from_value(value).unwrap())
}

pub(crate) async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let waited = tokio::time::timeout(PATIENCE, async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    waited.await.unwrap_or_else(|_| panic!("Waited in vain: {what}"))
}

pub(crate) async fn enrol(
    app: &App,
    development: &Development,
    name: &str,
) -> Result<AppState, AppError> {
    let line = development.line();
    let args = json!({
        "url": line.tokens, "account": line.account, "password": line.password, "deviceName": name,
    });
    ask(app, "onboard_server", args).await
}
