//! The state as a whole, and the language.

use super::args::{Empty, WantedLocale};
use crate::{App, AppError, views::AppState};

pub(super) async fn app_state(app: &App, _: Empty) -> Result<AppState, AppError> {
    Ok(app.state())
}

pub(super) async fn set_locale(app: &App, args: WantedLocale) -> Result<AppState, AppError> {
    app.settings().change(|settings| settings.locale = Some(args.locale))?;
    app.tell_state();
    Ok(app.state())
}
