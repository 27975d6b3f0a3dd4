//! Calls that take access away, and those that a device makes once its own is gone.

use albumen_model::{
    AccountId, DeviceId, ErrorCode, LibraryId,
    auth::{
        CopiesRemoved, OwnRevocation, RevocationKind, RevocationNotice, RevocationReceipt,
        RevocationReceipts, RevokeRequest, RotationReceipt,
    },
};
use reqwest::Method;

use super::{TokenService, account_path};
use crate::Error;

impl TokenService {
    /// Revokes a device. The receipt may still be open: ask [`Self::receipt`] later.
    ///
    /// # Errors
    /// See [`Self::service_info`]; true of every call here. Code `ParamInvalid` for this device and
    /// another kind than signing out.
    pub async fn revoke(
        &self,
        device: &DeviceId,
        kind: RevocationKind,
    ) -> Result<RevocationReceipt, Error> {
        let path = format!("/devices/{device}/revoke");
        self.post(&path, &RevokeRequest { kind }, "revoking a device").await
    }

    /// Revokes every other device of the account.
    ///
    /// # Errors
    /// See [`Self::revoke`].
    pub async fn revoke_others(&self, kind: RevocationKind) -> Result<RevocationReceipts, Error> {
        let doing = "revoking the other devices";
        self.post("/devices/revoke-others", &RevokeRequest { kind }, doing).await
    }

    /// Revokes every device of an account, this one excepted; for administrators.
    ///
    /// # Errors
    /// See [`Self::revoke`]; code `AccountNotFound`.
    pub async fn revoke_account(
        &self,
        account: &AccountId,
        kind: RevocationKind,
    ) -> Result<RevocationReceipts, Error> {
        let path = format!("{}/revoke-devices", account_path(account));
        self.post(&path, &RevokeRequest { kind }, "revoking the devices of an account").await
    }

    /// How far the revocation of a device is.
    ///
    /// # Errors
    /// `NotFound` when it was never asked for.
    pub async fn receipt(&self, device: &DeviceId) -> Result<RevocationReceipt, Error> {
        self.get(&format!("/devices/{device}/receipt"), "asking for a receipt").await
    }

    /// Lets the account of a blocked device sign in on new devices again; for administrators.
    ///
    /// # Errors
    /// See [`Self::receipt`].
    pub async fn allow_again(&self, device: &DeviceId) -> Result<RevocationReceipt, Error> {
        let path = format!("/devices/{device}/allow");
        self.call(Method::POST, &path, &[], "allowing new devices").await
    }

    /// Signs this device out: revokes it.
    ///
    /// # Errors
    /// See [`Self::revoke`].
    pub async fn sign_out(&self) -> Result<RevocationReceipt, Error> {
        let device = &self.enrolment.as_ref().ok_or(Error::NotEnrolled)?.device_id;
        self.revoke(device, RevocationKind::SignOut).await
    }

    /// What happened to this device; `None` when it is not revoked. A revoked device may ask this
    /// too. An older service tells nothing of it: then it was signed out at an unknown time.
    ///
    /// # Errors
    /// See [`Self::revoke`].
    pub async fn own_revocation(&self) -> Result<Option<RevocationNotice>, Error> {
        let doing = "asking why the device was revoked";
        match self.get::<OwnRevocation>("/devices/self/revocation", doing).await {
            Ok(own) => Ok(own.revocation),
            Err(error) => match error.code() {
                Some(ErrorCode::RouteNotFound | ErrorCode::DeviceRevoked) => Ok(None),
                _ => Err(error),
            },
        }
    }

    /// Says what this revoked device did with its local copies; the service keeps the first word.
    ///
    /// # Errors
    /// See [`Self::revoke`].
    pub async fn told_copies(&self, did: CopiesRemoved) -> Result<(), Error> {
        let doing = "saying what was done with local copies";
        self.post::<OwnRevocation>("/devices/self/copies", &did, doing).await.map(drop)
    }

    /// Gives a library another secret; for administrators. Tokens given out before are deleted, and
    /// devices ask for new ones by themselves.
    ///
    /// # Errors
    /// Code `FunctionNotEnabled` for a library that is hosted elsewhere.
    pub async fn rotate_secret(&self, library: &LibraryId) -> Result<RotationReceipt, Error> {
        let path = format!("/libraries/{library}/rotate-secret");
        self.call(Method::POST, &path, &[], "rotating a library's secret").await
    }

    /// How far the last rotation of a library's secret is; for administrators.
    ///
    /// # Errors
    /// `NotFound` when there was none.
    pub async fn rotation(&self, library: &LibraryId) -> Result<RotationReceipt, Error> {
        self.get(&format!("/libraries/{library}/rotation"), "asking for a rotation").await
    }
}
