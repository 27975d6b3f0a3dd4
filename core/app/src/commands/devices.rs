//! Devices of the account.

use albumen_model::{DeviceId, auth::DeviceRecord};

use super::{
    args::{Device, Empty, NamedDevice},
    onboarding::usable_name,
};
use crate::{
    App, AppError, Code,
    views::{AppEvent, DeviceView, RevocationReceipt},
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
    let (id, this) = (parsed(args.device_id)?, session.profile().device_id);
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

fn parsed(id: String) -> Result<DeviceId, AppError> {
    DeviceId::parse(id).map_err(|error| AppError::new(Code::BadRequest).because(&error))
}

pub(super) async fn revoke_device(app: &App, args: Device) -> Result<RevocationReceipt, AppError> {
    let session = app.session()?;
    let id = parsed(args.device_id)?;
    let receipt = session.service().revoke(&id).await?;
    app.0.events.send(AppEvent::DevicesChanged);
    if id == session.profile().device_id {
        session.was_revoked(app)?;
    }
    Ok(RevocationReceipt {
        device_id: receipt.device_id.to_string(),
        requested_at: receipt.requested_at.to_string(),
        executed_at: receipt.executed_at.map(|at| at.to_string()),
        confirmed_at: receipt.confirmed_at.map(|at| at.to_string()),
        tokens_deleted: receipt.tokens_deleted,
        uploads_fenced: receipt.uploads_fenced,
        writable_until: receipt.writable_until.map(|at| at.to_string()),
    })
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
        revoked_at: device.revoked_at.map(|at| at.to_string()),
    }
}
