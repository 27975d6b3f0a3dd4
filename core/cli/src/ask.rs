//! Calls of the façade with typed answers.

use albumen_app::{App, AppError};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Runs a command and reads its view.
pub(crate) async fn ask<T: DeserializeOwned>(
    app: &App,
    name: &str,
    args: Value,
) -> Result<T, AppError> {
    let answer = app.call(name, args).await?;
    serde_json::from_value(answer).map_err(|error| {
        AppError::internal("Answer of a command").with("command", name).because(&error)
    })
}
