//! Counting tries before they are looked at. The rule, who is counted under what, is
//! [`crate::rules::throttle`].

use std::net::IpAddr;

use albumen_db::{LockKey, Tx};
use albumen_model::{AccountId, DeviceId, ErrorCode};

use super::Service;
use crate::{
    Error, lock,
    repository::attempt,
    rules::throttle::{self, Count, SHARE_OF_ALL, Standing},
    sealing::Sealer,
};

/// The names that a try is counted under, each with the times it may be wrong as often as usual.
#[derive(Clone)]
pub(crate) struct Counted(Vec<(Vec<u8>, u32)>);

impl Counted {
    /// A try to sign in at an account, which may not exist.
    pub(crate) fn sign_in(
        sealer: &Sealer,
        folded: &str,
        address: IpAddr,
        standing: &Standing,
    ) -> Self {
        let place = throttle::place_of(address);
        let name = |count| match (count, standing) {
            (Count::Device, Standing::Device(device)) => sealer.attempt_name("device", device),
            (Count::Device | Count::Pair, _) => sealer.attempt_name(folded, &place),
            (Count::Place, _) => sealer.attempt_name("", &place),
            (Count::Account, _) => sealer.attempt_name(folded, ""),
        };
        let counts = throttle::counts(standing).iter();
        Self(counts.map(|&(count, share)| (name(count), share)).collect())
    }

    /// A try to use a code, by somebody who need not have an account. `what` is the sort of code.
    pub(crate) fn code(sealer: &Sealer, what: &str, address: IpAddr) -> Self {
        let place = throttle::place_of(address);
        // Accounts have no such names: a control character is none of theirs.
        let pair = sealer.attempt_name(&format!("\n{what}"), &place);
        Self(vec![(pair, 1), (sealer.attempt_name("", &place), SHARE_OF_ALL)])
    }

    /// A try of a device to prove again that it is its person who uses it. Counted by the device,
    /// wherever it is: another device of the account is not slowed down by it.
    pub(crate) fn proof(sealer: &Sealer, account: &AccountId, device: &DeviceId) -> Self {
        Self(vec![(sealer.attempt_name(&format!("\nproof {account}"), device.as_str()), 1)])
    }

    /// The locks to hold while counts change.
    pub(crate) fn locks(&self) -> Vec<LockKey> {
        self.0.iter().map(|(name, _)| lock::attempt(name)).collect()
    }

    /// A right try: see [`throttle::counts`].
    pub(crate) fn passed(&self, tx: &Tx<'_>) -> Result<(), Error> {
        let Some(((first, _), others)) = self.0.split_first() else { return Ok(()) };
        attempt::succeeded(tx, first)?;
        for (name, _) in others {
            attempt::take_back(tx, name)?;
        }
        Ok(())
    }

    /// A try that was neither right nor wrong.
    pub(crate) fn take_back(&self, tx: &Tx<'_>) -> Result<(), Error> {
        for (name, _) in &self.0 {
            attempt::take_back(tx, name)?;
        }
        Ok(())
    }
}

impl Service {
    /// Counts a try as wrong before it is looked at, so that many at once cannot pass; a right one
    /// takes the count back.
    pub(crate) async fn count(&self, counted: &Counted) -> Result<(), Error> {
        let (counted, now) = (counted.clone(), self.now());
        self.write(move |tx| {
            tx.lock(&counted.locks())?;
            for (name, share) in &counted.0 {
                let (failures, last) = attempt::get(tx, name)?.unwrap_or_default();
                if let Some(left) = throttle::must_wait(failures / share, last, now.millis()) {
                    return Err(Error::Refused {
                        code: ErrorCode::RateLimitExceeded,
                        why: "Too many wrong tries",
                        retry_after: Some(left),
                    });
                }
            }
            for (name, _) in &counted.0 {
                attempt::failed(tx, name, now)?;
            }
            Ok(())
        })
        .await
    }

    /// The place of an account that is remembered as known, by its keyed hash.
    pub(crate) fn place(&self, folded: &str, address: IpAddr) -> Vec<u8> {
        let known = format!("\nknown {folded}");
        self.sealer.attempt_name(&known, &throttle::place_of(address))
    }
}
