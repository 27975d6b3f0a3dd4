//! Devices of the account: listed, revoked, allowed again; and another secret for a library.

use albumen_model::{
    DeviceId, LibraryId,
    auth::{self, CopiesRemoved, DeviceRecord},
};

use super::{
    args::{Device, Empty, Library, NamedDevice, Revoke, RevokeAccount, RevokeOthers},
    onboarding::usable_name,
};
use crate::{
    App, AppError, Code,
    views::{AppEvent, CopiesView, DeviceView, RevocationKind, RevocationReceipt, RotationView},
};

pub(super) async fn list_devices(app: &App, _: Empty) -> Result<Vec<DeviceView>, AppError> {
    let session = app.session()?;
    let this = session.profile().device_id;
    let devices = session.service().devices().await?.devices;
    // Another device may have renamed this one.
    if let Some(own) = devices.iter().find(|device| device.device_id == this) {
        session.was_named(app, &own.name)?;
    }
    Ok(devices.into_iter().map(|device| view(device, &this)).collect())
}

pub(super) async fn rename_device(app: &App, args: NamedDevice) -> Result<DeviceView, AppError> {
    let session = app.session()?;
    let (id, this) = (device_id(&args.device_id)?, session.profile().device_id);
    let name = args.name.trim();
    if name.is_empty() {
        return Err(AppError::new(Code::BadRequest).with("detail", "A device needs a name"));
    }
    let record = session.service().rename_device(&id, &usable_name(name)?).await?;
    if id == this {
        session.was_named(app, &record.name)?;
    }
    app.0.events.send(AppEvent::DevicesChanged);
    Ok(view(record, &this))
}

pub(super) async fn revoke_device(app: &App, args: Revoke) -> Result<RevocationReceipt, AppError> {
    let session = app.session()?;
    let id = device_id(&args.device_id)?;
    let kind = args.kind.unwrap_or(RevocationKind::SignOut);
    let receipt = session.service().revoke(&id, kind.into()).await?;
    app.0.events.send(AppEvent::DevicesChanged);
    if id == session.profile().device_id {
        session.was_revoked(app)?;
    }
    Ok(shown(receipt))
}

pub(super) async fn revoke_others(
    app: &App,
    args: RevokeOthers,
) -> Result<Vec<RevocationReceipt>, AppError> {
    let receipts = app.session()?.service().revoke_others(args.kind.into()).await?.receipts;
    app.0.events.send(AppEvent::DevicesChanged);
    Ok(receipts.into_iter().map(shown).collect())
}

pub(super) async fn revoke_account(
    app: &App,
    args: RevokeAccount,
) -> Result<Vec<RevocationReceipt>, AppError> {
    let session = app.session()?;
    let wanted = args.account.to_lowercase();
    let accounts = session.service().accounts().await?.accounts;
    let account = accounts.into_iter().find(|one| one.account.name.to_lowercase() == wanted);
    let missing = || AppError::new(Code::AccountMissing).with("name", &args.account);
    let account = account.ok_or_else(missing)?.account.account_id;
    let receipts = session.service().revoke_account(&account, args.kind.into()).await?.receipts;
    app.0.events.send(AppEvent::DevicesChanged);
    Ok(receipts.into_iter().map(shown).collect())
}

pub(super) async fn allow_again(app: &App, args: Device) -> Result<RevocationReceipt, AppError> {
    let id = device_id(&args.device_id)?;
    let receipt = app.session()?.service().allow_again(&id).await?;
    app.0.events.send(AppEvent::DevicesChanged);
    Ok(shown(receipt))
}

pub(super) async fn rotate_secret(app: &App, args: Library) -> Result<RotationView, AppError> {
    let id = LibraryId::parse(args.library_id)
        .map_err(|error| AppError::new(Code::BadRequest).because(&error))?;
    let receipt = app.session()?.service().rotate_secret(&id).await?;
    Ok(RotationView {
        library_id: receipt.library_id.to_string(),
        requested_at: receipt.requested_at.to_string(),
        executed_at: receipt.executed_at.map(|at| at.to_string()),
        confirmed_at: receipt.confirmed_at.map(|at| at.to_string()),
        tokens_deleted: receipt.tokens_deleted,
    })
}

fn device_id(text: &str) -> Result<DeviceId, AppError> {
    DeviceId::parse(text).map_err(|error| AppError::new(Code::BadRequest).because(&error))
}

fn shown(receipt: auth::RevocationReceipt) -> RevocationReceipt {
    let copies =
        |CopiesRemoved { files, bytes, kept }| CopiesView { files, bytes, kept, trash: Vec::new() };
    RevocationReceipt {
        device_id: receipt.device_id.to_string(),
        kind: receipt.kind.into(),
        requested_at: receipt.requested_at.to_string(),
        executed_at: receipt.executed_at.map(|at| at.to_string()),
        confirmed_at: receipt.confirmed_at.map(|at| at.to_string()),
        tokens_deleted: receipt.tokens_deleted,
        uploads_fenced: receipt.uploads_fenced,
        writable_until: receipt.writable_until.map(|at| at.to_string()),
        copies: receipt.copies.map(copies),
    }
}

fn view(device: DeviceRecord, this: &DeviceId) -> DeviceView {
    DeviceView {
        this_device: device.device_id == *this,
        device_id: device.device_id.to_string(),
        client_id: device.client_id.to_string(),
        name: device.name,
        os: device.os,
        app_version: device.app_version,
        account_name: device.account_name,
        enrolled_at: device.enrolled_at.to_string(),
        last_seen_at: device.last_seen_at.map(|at| at.to_string()),
        last_address: device.last_address.filter(|address| !address.is_empty()),
        mappings: device.mappings,
        pending: device.pending,
        reported_at: device.reported_at.map(|at| at.to_string()),
        last_synced_at: device.last_synced_at.map(|at| at.to_string()),
        revoked_at: device.revoked_at.map(|at| at.to_string()),
        revocation: device.revocation.map(Into::into),
        silent_since: device.silent_since.map(|at| at.to_string()),
    }
}
