//! The audit log: shown, checked, exported into a file, cut once it was.

use std::{
    fs::OpenOptions,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use albumen_client::{ExportError, check_export};
use albumen_model::{
    Timestamp,
    auth::{AuditCheck, AuditFilter, ExportEnd},
};

use super::args::{AuditWanted, Empty, FilePath};
use crate::{
    App, AppError, Code,
    blocking::off_thread,
    views::{AuditEntryView, AuditVerdict},
};

pub(super) async fn list_audit(
    app: &App,
    args: AuditWanted,
) -> Result<Vec<AuditEntryView>, AppError> {
    let wanted = AuditFilter {
        after: i64::try_from(args.after.unwrap_or_default()).unwrap_or(i64::MAX),
        limit: args.limit.unwrap_or_default(),
        account: args.account,
        act: args.act,
        from: moment(args.from.as_deref())?,
        until: moment(args.until.as_deref())?,
    };
    let entries = app.session()?.service().audit(&wanted).await?.entries;
    let view = |entry: albumen_model::auth::AuditEntry| AuditEntryView {
        entry: number(entry.entry),
        at: entry.at.to_string(),
        account: entry.account,
        device: entry.device,
        act: entry.act,
        subject: entry.subject,
    };
    Ok(entries.into_iter().map(view).collect())
}

pub(super) async fn check_audit(app: &App, _: Empty) -> Result<AuditVerdict, AppError> {
    Ok(verdict(app.session()?.service().check_audit().await?))
}

/// Writes a whole export into a new file that only its owner may read.
pub(super) async fn export_audit(app: &App, args: FilePath) -> Result<AuditVerdict, AppError> {
    let session = app.session()?;
    let path = PathBuf::from(&args.path);
    let mut file = create(&path)?;
    let unwritable = |error: std::io::Error| cannot(&path, &error);
    let write = |line: &str| file.write_all(line.as_bytes()).map_err(unwritable);
    let end = session.service().export_audit(write).await?;
    let last = serde_json::to_string(&end).map_err(|error| cannot(&path, &error))?;
    writeln!(file, "{last}").and_then(|()| file.flush()).map_err(unwritable)?;
    file.get_ref().sync_all().map_err(unwritable)?;
    Ok(of_export(&end))
}

/// Cuts from the log what an export holds, after checking that the file still does.
pub(super) async fn cut_audit(app: &App, args: FilePath) -> Result<AuditVerdict, AppError> {
    let session = app.session()?;
    let path = PathBuf::from(&args.path);
    let end = off_thread(move || read(&path, None)).await??;
    Ok(verdict(session.service().cut_audit(&end).await?))
}

/// Checks an export by itself: no service and no secret is needed. With `key`, the public key that
/// was noted before, only that one is believed.
///
/// # Errors
/// [`Code::AuditTampered`]; [`Code::FileUnreadable`].
pub fn check_audit_export(path: &Path, key: Option<&str>) -> Result<AuditVerdict, AppError> {
    read(path, key).map(|end| of_export(&end))
}

fn read(path: &Path, key: Option<&str>) -> Result<ExportEnd, AppError> {
    let unreadable = |error: std::io::Error| {
        AppError::new(Code::FileUnreadable).with("path", path.display()).because(&error)
    };
    let text = std::fs::read_to_string(path).map_err(unreadable)?;
    check_export(&text, key).map_err(|error: ExportError| {
        AppError::new(Code::AuditTampered).with("path", path.display()).because(&error)
    })
}

fn create(path: &Path) -> Result<BufWriter<std::fs::File>, AppError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    Ok(BufWriter::new(options.open(path).map_err(|error| cannot(path, &error))?))
}

fn cannot(path: &Path, error: &dyn std::error::Error) -> AppError {
    AppError::new(Code::FileUnreadable).with("path", path.display()).because(error)
}

fn moment(text: Option<&str>) -> Result<Option<Timestamp>, AppError> {
    let wrong = |text: &str| AppError::new(Code::BadRequest).with("detail", text);
    text.map(|text| Timestamp::parse(text).ok_or_else(|| wrong(text))).transpose()
}

fn number(entry: i64) -> u64 {
    u64::try_from(entry).unwrap_or_default()
}

fn of_export(end: &ExportEnd) -> AuditVerdict {
    AuditVerdict {
        tampered_at: None,
        first: Some(number(end.first)),
        last: Some(number(end.head.entry)),
        public_key: Some(end.head.public_key.clone()),
    }
}

fn verdict(check: AuditCheck) -> AuditVerdict {
    AuditVerdict {
        tampered_at: check.tampered_at.map(number),
        first: None,
        last: check.head.as_ref().map(|head| number(head.entry)),
        public_key: check.head.map(|head| head.public_key),
    }
}
