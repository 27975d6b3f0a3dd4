//! Work that blocks, away from the async threads.

use crate::AppError;

/// Runs what blocks where it holds nobody up.
///
/// # Errors
/// [`crate::Code::Internal`] when it panicked.
pub(crate) async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, AppError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| AppError::internal("A task ended early").because(&error))
}
