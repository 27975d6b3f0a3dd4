//! What could be wrong, as the process that owns the home sees it.

use super::args::Empty;
use crate::{
    App, AppError,
    doctor::{self, Finding},
};

pub(super) async fn examine(app: &App, _: Empty) -> Result<Vec<Finding>, AppError> {
    Ok(doctor::look(app).await)
}
