//! Interim.

use std::path::Path;

use albumen_model::{ConsoleKey, LibraryId, LibrarySecret};

use super::{
    failed,
    ports::{Addresses, Listeners},
};
use crate::{AppError, keys::Keys};

pub(crate) struct ServiceKeys {
    console: ConsoleKey,
}
impl ServiceKeys {
    pub(crate) async fn of(keys: &Keys) -> Result<Self, AppError> {
        Ok(Self {
            console: ConsoleKey::new(super::hex(
                keys.get_or_make("services/console").await?.as_slice(),
            )),
        })
    }
}
pub(crate) struct Running {
    console: ConsoleKey,
    addresses: Addresses,
}
impl Running {
    pub(crate) async fn start(
        dir: &Path,
        keys: ServiceKeys,
        _name: &str,
    ) -> Result<Self, AppError> {
        let _listeners = Listeners::open(dir).await?;
        let _ = keys.console;
        Err(failed(&std::io::Error::other("interim")))
    }
    pub(crate) async fn ensure_owner(&self, _n: &str, _p: &str) -> Result<(), AppError> {
        Ok(())
    }
    pub(crate) async fn adopt(
        &self,
        _l: &LibraryId,
        _s: &LibrarySecret,
        _n: &str,
    ) -> Result<(), AppError> {
        Ok(())
    }
    pub(crate) fn console_key(&self) -> &ConsoleKey {
        &self.console
    }
    pub(crate) fn addresses(&self) -> &Addresses {
        &self.addresses
    }
    pub(crate) fn store_key(&self) -> (String, String) {
        (String::new(), String::new())
    }
    pub(crate) fn bucket(&self) -> &str {
        ""
    }
    pub(crate) async fn stop(self) {}
}
