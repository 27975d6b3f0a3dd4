//! Letting another device in: a code with its link and picture, the device that brings it, a yes or
//! no. What that device does is in `joining`.

use albumen_client::pairing_check;
use albumen_model::{PairingId, auth};

use super::args::{Empty, Pairing};
use crate::{
    App, AppError, Code,
    pair_link::PairLink,
    qr::Qr,
    views::{PairingOffer, PairingState, PairingView, PendingDevice, QrView},
};

pub(super) async fn begin_pairing(app: &App, _: Empty) -> Result<PairingOffer, AppError> {
    let session = app.session()?;
    let offer = session.service().begin_pairing().await?;
    let server = session.profile().server();
    let link = PairLink::new(&server, offer.code.clone()).map(|link| link.text());
    let qr = link.as_ref().map(|link| Qr::of(link)).transpose()?;
    Ok(PairingOffer {
        pairing_id: offer.pairing_id.to_string(),
        code: offer.code.expose().to_owned(),
        seconds_left: offer.expires_in,
        server: server.url,
        link: link.map(|link| link.to_string()),
        qr: qr.map(|qr| QrView { side: qr.side() as u64, path: qr.path(), lines: qr.lines() }),
    })
}

pub(super) async fn pairing_state(app: &App, args: Pairing) -> Result<PairingView, AppError> {
    let session = app.session()?;
    Ok(view(session.service().pairing(&id(args)?).await?))
}

pub(super) async fn approve_pairing(app: &App, args: Pairing) -> Result<PairingView, AppError> {
    let session = app.session()?;
    Ok(view(session.service().approve_pairing(&id(args)?).await?))
}

pub(super) async fn refuse_pairing(app: &App, args: Pairing) -> Result<PairingView, AppError> {
    let session = app.session()?;
    Ok(view(session.service().refuse_pairing(&id(args)?).await?))
}

fn id(args: Pairing) -> Result<PairingId, AppError> {
    PairingId::parse(args.pairing_id).map_err(|e| AppError::new(Code::BadRequest).because(&e))
}

fn view(record: auth::PairingRecord) -> PairingView {
    let id = record.pairing_id;
    PairingView {
        state: state(record.state),
        seconds_left: record.expires_in,
        device: record.device.map(|device| PendingDevice {
            // Made here from the key itself: what people compare is not the service's word.
            check: pairing_check(&id, &device.public_key),
            name: device.name,
            os: device.os,
            app_version: device.app_version,
            address: device.address,
        }),
        pairing_id: id.to_string(),
    }
}

/// As the pages see it.
pub(super) const fn state(state: auth::PairingState) -> PairingState {
    match state {
        auth::PairingState::Open => PairingState::Open,
        auth::PairingState::Pending => PairingState::Pending,
        auth::PairingState::Approved => PairingState::Approved,
        auth::PairingState::Refused => PairingState::Refused,
        auth::PairingState::Burnt => PairingState::Burnt,
        auth::PairingState::Expired => PairingState::Expired,
    }
}
