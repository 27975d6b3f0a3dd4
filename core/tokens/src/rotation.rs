//! Giving a library another secret. Written down first; then the library service makes the new one,
//! which ends the old one there; the new one is sealed here; then every token that was given out
//! under the old one is deleted, and devices ask for others by themselves.
//!
//! A crash after the library service answered loses a secret that nobody has: the next round simply
//! asks for another, for which the console's key is enough.

use std::sync::Arc;

use albumen_model::{
    ErrorCode, LibraryId,
    auth::{AuthEvent, RotationReceipt},
};

use crate::{
    Error,
    audit::Act,
    lock,
    notice::Audience,
    repository::{
        audit::{self, Actor},
        library, rotation, token,
    },
    service::{Caller, Service, account::must_manage, library::unknown_library, secret_place},
};

/// Tokens deleted in one go.
const ROUND: u32 = 100;

impl Service {
    /// Begins a rotation, or goes on with one, for those who manage; how far it is.
    pub(crate) async fn rotate_secret(
        self: Arc<Self>,
        caller: Caller,
        library_id: LibraryId,
    ) -> Result<RotationReceipt, Error> {
        must_manage(&caller)?;
        let of = library_id.clone();
        let known = self.read(move |tx| Ok(library::by_id(tx, &of)?)).await?;
        if known.ok_or_else(unknown_library)?.hosting_url.is_some() {
            let why = "The library is hosted elsewhere: rotate its secret there";
            return Err(Error::refused(ErrorCode::FunctionNotEnabled, why));
        }
        let (of, key, now) = (library_id.clone(), self.sealer.audit_key(), self.now());
        self.write(move |tx| {
            tx.lock(&[lock::library(&of)])?;
            if rotation::request(tx, &of, now)? {
                let act = Act::RotationAsked;
                audit::append(tx, &key, now, caller.actor(), act, of.as_str())?;
            }
            Ok(())
        })
        .await?;
        if let Err(error) = self.go_on_rotating(&library_id).await {
            tracing::warn!(library = %library_id, %error, "A rotation is still open");
            self.wake.notify_one();
        }
        self.rotation(library_id).await
    }

    /// How far the last rotation of a library is, for those who manage.
    pub(crate) async fn rotation_of(
        &self,
        caller: &Caller,
        library_id: LibraryId,
    ) -> Result<RotationReceipt, Error> {
        must_manage(caller)?;
        self.rotation(library_id).await
    }

    async fn rotation(&self, library_id: LibraryId) -> Result<RotationReceipt, Error> {
        let receipt = self.read(move |tx| Ok(rotation::receipt(tx, &library_id)?)).await?;
        let none = "The secret of this library was never rotated";
        receipt.ok_or_else(|| Error::refused(ErrorCode::LibraryNotFound, none))
    }

    /// Carries on with every rotation that is open.
    pub(crate) async fn open_rotations(&self) -> Result<(), Error> {
        for library in self.read(|tx| Ok(rotation::open(tx)?)).await? {
            if let Err(error) = self.go_on_rotating(&library).await {
                tracing::warn!(%library, %error, "A rotation is still open");
            }
        }
        Ok(())
    }

    async fn go_on_rotating(&self, library_id: &LibraryId) -> Result<(), Error> {
        let _alone = self.rotating.lock().await;
        let receipt = self.rotation(library_id.clone()).await?;
        if receipt.executed_at.is_none() {
            self.take_new_secret(library_id).await?;
            self.notices.tell(Audience::Everyone, AuthEvent::PolicyChanged);
        }
        self.delete_ended_of(library_id).await?;
        let (of, key, now) = (library_id.clone(), self.sealer.audit_key(), self.now());
        self.write(move |tx| {
            tx.lock(&[lock::library(&of)])?;
            if !token::has_ended(tx, &of, now)? && rotation::close(tx, &of, now)? {
                let (nobody, act) = (Actor::default(), Act::RotationConfirmed);
                audit::append(tx, &key, now, nobody, act, of.as_str())?;
            }
            Ok(())
        })
        .await
    }

    /// Has the library service make a secret and seals it; what was given out under the old one
    /// ends.
    async fn take_new_secret(&self, library_id: &LibraryId) -> Result<(), Error> {
        let console = self.config.console_key.as_ref();
        let console = console.ok_or(Error::Setting { what: "there is no console key" })?;
        let hosting = self.own_hosting()?;
        let fresh = hosting.rotate_secret(console, library_id).await?;
        let place = secret_place(library_id.as_str());
        let sealed = self.sealer.seal(&place, fresh.library_secret.expose().as_bytes())?;
        let (of, key, now) = (library_id.clone(), self.sealer.audit_key(), self.now());
        self.write(move |tx| {
            tx.lock(&[lock::library(&of)])?;
            library::set_secret(tx, &of, &sealed)?;
            let ended = token::end_of_library(tx, &of, now, now)?;
            rotation::executed(tx, &of, now, ended)?;
            let (nobody, act) = (Actor::default(), Act::SecretRotated);
            Ok(audit::append(tx, &key, now, nobody, act, of.as_str())?)
        })
        .await
    }

    async fn delete_ended_of(&self, library_id: &LibraryId) -> Result<(), Error> {
        loop {
            let (of, now) = (library_id.clone(), self.now());
            let ended = self.read(move |tx| Ok(token::ended_of(tx, &of, now, ROUND)?)).await?;
            if ended.is_empty() {
                return Ok(());
            }
            for tracked in ended {
                self.delete_tracked(tracked).await?;
            }
        }
    }
}
