//! The audit log by HTTP, for those who manage.

use albumen_model::auth::{AuditCheck, AuditFilter, AuditPage, ExportEnd};
use axum::{
    Json,
    extract::{Query, State},
};
use serde::Deserialize;

use super::{Shared, signed::Signed};
use crate::Error;

/// Up to which entry an export goes; the end of the log when it is left out.
#[derive(Deserialize)]
pub(crate) struct Through {
    through: Option<i64>,
}

pub(crate) async fn page(
    State(service): Shared,
    Query(wanted): Query<AuditFilter>,
    signed: Signed,
) -> Result<Json<AuditPage>, Error> {
    Ok(Json(service.audit_page(&signed.caller, wanted).await?))
}

pub(crate) async fn verify(
    State(service): Shared,
    signed: Signed,
) -> Result<Json<AuditCheck>, Error> {
    Ok(Json(service.check_audit(&signed.caller).await?))
}

pub(crate) async fn end(
    State(service): Shared,
    Query(Through { through }): Query<Through>,
    signed: Signed,
) -> Result<Json<ExportEnd>, Error> {
    Ok(Json(service.audit_export_end(&signed.caller, through).await?))
}

pub(crate) async fn cut(State(service): Shared, signed: Signed) -> Result<Json<AuditCheck>, Error> {
    let export = signed.json()?;
    Ok(Json(service.cut_audit(signed.caller, export).await?))
}
