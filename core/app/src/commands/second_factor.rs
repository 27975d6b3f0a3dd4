//! One's own second factor.

use super::args::{Empty, OwnCode, OwnPassword, OwnPasswordAndCode};
use crate::{
    App, AppError,
    views::{RecoveryCodes, SecondFactorSecret, SecondFactorView},
};

pub(super) async fn second_factor(app: &App, _: Empty) -> Result<SecondFactorView, AppError> {
    let state = app.session()?.service().second_factor().await?;
    Ok(SecondFactorView { on: state.on, recovery_codes_left: state.recovery_codes_left })
}

pub(super) async fn begin(app: &App, args: OwnPassword) -> Result<SecondFactorSecret, AppError> {
    let password = args.password.take();
    let begun = app.session()?.service().begin_second_factor(&password).await?;
    Ok(SecondFactorSecret { uri: begun.uri.expose().to_owned() })
}

pub(super) async fn confirm(app: &App, args: OwnCode) -> Result<RecoveryCodes, AppError> {
    let code = args.code.take();
    let on = app.session()?.service().confirm_second_factor(&code).await?;
    let codes = on.recovery_codes.iter().map(|code| code.expose().to_owned());
    Ok(RecoveryCodes { codes: codes.collect() })
}

pub(super) async fn end(app: &App, args: OwnPasswordAndCode) -> Result<SecondFactorView, AppError> {
    let (password, code) = (args.password.take(), args.code.take());
    let state = app.session()?.service().end_second_factor(&password, &code).await?;
    Ok(SecondFactorView { on: state.on, recovery_codes_left: state.recovery_codes_left })
}
