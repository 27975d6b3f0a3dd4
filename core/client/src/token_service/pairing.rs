//! Calls for letting a new device in: by the device that makes a code, and by the one that brings
//! it. Owns no rule but the digits that both screens show.

use std::fmt::Write as _;

use albumen_model::{
    DeviceId, PairingId, ServiceId,
    auth::{
        DeviceDescription, DeviceRecord, DeviceReport, PairOutcome, PairReply, PairRequest,
        PairingCode, PairingOffer, PairingRecord, Rename,
    },
};
use reqwest::Method;
use sha2::{Digest, Sha256};

use super::{TokenService, enrolling::ENROLLING, json_body};
use crate::{DeviceKey, Error, reply, signing::Signer};

/// Groups of four digits that people compare: 40 bits, more keys than anybody can make in the life
/// of a code, whose id is part of them.
const GROUPS: usize = 3;

/// What both screens show of a new device's key, for people to compare: `4821 9037 5516`.
pub fn pairing_check(pairing: &PairingId, public_key: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(b"albumen pairing check v1");
    for part in [pairing.as_str(), public_key] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let digest = hash.finalize();
    let mut text = String::new();
    for group in digest[..].as_chunks::<4>().0.iter().take(GROUPS) {
        let number = u32::from_be_bytes(*group) % 10_000;
        let blank = if text.is_empty() { "" } else { " " };
        let _ = write!(text, "{blank}{number:04}");
    }
    text
}

impl TokenService {
    /// Makes a code for one new device of this account; the only time it is told.
    ///
    /// # Errors
    /// See [`Self::service_info`]; true of every call here.
    pub async fn begin_pairing(&self) -> Result<PairingOffer, Error> {
        self.call(Method::POST, "/pairings", &[], "making a pairing code").await
    }

    /// How a code of this device stands.
    ///
    /// # Errors
    /// Code `PairingNotFound` for one that somebody else made, or of long ago.
    pub async fn pairing(&self, pairing: &PairingId) -> Result<PairingRecord, Error> {
        self.get(&format!("/pairings/{pairing}"), "asking for a pairing code").await
    }

    /// Lets the device in that used a code.
    ///
    /// # Errors
    /// Code `PairingOver` when nobody waits any more.
    pub async fn approve_pairing(&self, pairing: &PairingId) -> Result<PairingRecord, Error> {
        let path = format!("/pairings/{pairing}/approve");
        self.call(Method::POST, &path, &[], "letting a device in").await
    }

    /// Sends the device away that used a code, or takes the code back.
    ///
    /// # Errors
    /// Code `PairingOver` when the device was let in already.
    pub async fn refuse_pairing(&self, pairing: &PairingId) -> Result<PairingRecord, Error> {
        let path = format!("/pairings/{pairing}/refuse");
        self.call(Method::POST, &path, &[], "sending a device away").await
    }

    /// Brings a code: the device that holds `key` is pending from then on. May be repeated when the
    /// answer was lost. `name`, `os` and `app_version` are what the other screen shows of it.
    ///
    /// # Errors
    /// Code `PairingCodeWrong` for a code that is wrong, used or over.
    pub async fn pair(
        &self,
        key: &DeviceKey,
        code: PairingCode,
        (name, os, app_version): (&str, &str, &str),
    ) -> Result<PairReply, Error> {
        let doing = "pairing";
        let service = self.service_info().await?.service_id;
        let device = DeviceDescription {
            name: name.to_owned(),
            os: os.to_owned(),
            app_version: app_version.to_owned(),
            public_key: key.public().to_string(),
        };
        let signer = Signer { key, key_id: ENROLLING, service: &service };
        let body = json_body(&PairRequest { code, device }, doing)?;
        let response = self.exchange(&signer, Method::POST, "/pair", &body, doing).await?;
        let reply: PairReply = reply::json(response, doing).await?;
        if reply.service_id != service {
            return Err(Error::protocol(doing, "the service changed its id"));
        }
        Ok(reply)
    }

    /// Waits some seconds for a yes or no to the device that brought a code.
    ///
    /// # Errors
    /// Code `PairingNotFound` long after its end.
    pub async fn wait_for_pairing(
        &self,
        key: &DeviceKey,
        service: &ServiceId,
        pairing: &PairingId,
    ) -> Result<PairOutcome, Error> {
        let doing = "waiting to be let in";
        let signer = Signer { key, key_id: pairing.as_str(), service };
        let path = format!("/pair/{pairing}");
        reply::json(self.exchange(&signer, Method::GET, &path, &[], doing).await?, doing).await
    }

    /// Reports what lists show of this device.
    ///
    /// # Errors
    /// See [`Self::service_info`].
    pub async fn report(&self, report: &DeviceReport) -> Result<DeviceRecord, Error> {
        self.post("/devices/self/report", report, "reporting how this device is").await
    }

    /// Gives a device another name.
    ///
    /// # Errors
    /// Code `DeviceNotFound` for one that is not the account's, unless it manages.
    pub async fn rename_device(
        &self,
        device: &DeviceId,
        name: &str,
    ) -> Result<DeviceRecord, Error> {
        let doing = "renaming a device";
        let body = json_body(&Rename { name: name.to_owned() }, doing)?;
        self.call(Method::PATCH, &format!("/devices/{device}"), &body, doing).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digits_are_of_this_key_and_this_code() {
        let (one, two) = (PairingId::parse("pair1").unwrap(), PairingId::parse("pair2").unwrap());
        let check = pairing_check(&one, "key");
        assert_eq!(check, pairing_check(&one, "key"));
        assert_ne!(check, pairing_check(&two, "key"), "made anew for each code");
        assert_ne!(check, pairing_check(&one, "kez"));
        let groups: Vec<&str> = check.split(' ').collect();
        assert!(groups.len() == 3 && groups.iter().all(|group| group.len() == 4), "{check}");
    }
}
