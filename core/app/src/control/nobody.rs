//! Systems without the kind of socket that is used elsewhere: the owner cannot be asked, so a
//! second process is told that the profile is in use.

use std::{io, path::Path};

use serde_json::Value;

use super::Trouble;
use crate::{App, AppError, Code, views::AppEvent};

/// Never there.
pub(crate) enum Control {}

impl Control {
    /// # Errors
    /// Always.
    pub(crate) fn open(_: &App) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(crate) async fn close(self) {
        match self {}
    }
}

/// Never found.
#[derive(Debug)]
pub(crate) enum Remote {}

impl Remote {
    /// # Errors
    /// [`Code::ProfileInUse`], always.
    pub(crate) async fn find(_: &Path) -> Result<Self, Trouble> {
        Err(Trouble::Said(AppError::new(Code::ProfileInUse)))
    }

    pub(crate) async fn call(&self, _: &str, _: Value) -> Result<Value, Trouble> {
        match *self {}
    }

    pub(crate) async fn events(&self) -> Result<RemoteEvents, Trouble> {
        match *self {}
    }
}

/// Never heard.
pub(crate) enum RemoteEvents {}

impl RemoteEvents {
    pub(crate) async fn next(&mut self) -> Option<AppEvent> {
        match *self {}
    }
}
