//! Access tokens for devices: the least grants, tracked from the first moment, deleted at their
//! limit. Owns the order that closes the race with a revocation, over every instance of the
//! service: look and announce the mint in one transaction, ask, write down and look again in
//! another, and only then answer. A revocation is written down first and waits for mints that were
//! announced before.

use albumen_client::{Certificate, HostingBackend};
use albumen_db::Tx;
use albumen_model::{
    AccessToken, ErrorCode, GrantSet, Timestamp, UserId,
    auth::{AccountRecord, DeviceTokenReply, DeviceTokenRequest},
    smh::TokenRequest,
};

use crate::{
    Error, lock,
    repository::{
        device, library,
        library::KnownLibrary,
        mint, policy,
        token::{self, NewToken, TrackedToken},
    },
    service::{
        Caller, Service,
        device::must_be_enrolled,
        library::{DATA_SCHEME_UNTOLD, unknown_library, unknown_space},
    },
};

/// Lifetime and extension of a token that is asked for, in seconds: the shortest every SMH takes.
const PERIOD_S: u64 = 1200;
/// A token is deleted this long after it was made, however often it is used, in seconds.
pub(crate) const HARD_LIMIT_S: u32 = 12 * 3600;
/// Tokens that one device may hold; the oldest are deleted. More than anybody has mappings.
const TOKENS_MAX: u32 = 256;

/// Where a token is sealed for.
fn token_place(library: &str) -> String {
    format!("token:{library}")
}

/// What is asked for, of which library, and what role and policy give for it.
struct Wish {
    request: DeviceTokenRequest,
    known: KnownLibrary,
    grants: GrantSet,
}

impl Service {
    /// Gives a device a token for a purpose.
    pub(crate) async fn mint(
        &self,
        caller: Caller,
        request: DeviceTokenRequest,
    ) -> Result<DeviceTokenReply, Error> {
        let (asked, mint) = self.announce(&caller, request).await?;
        let minted = self.minted(caller, asked, mint).await;
        if minted.is_err() {
            // A row that stays would only keep a revocation waiting.
            let ended = self.write(move |tx| Ok(mint::end(tx, mint)?)).await;
            ended.inspect_err(|error| tracing::warn!(%error, "A mint was not ended")).ok();
        }
        minted
    }

    /// What follows once the mint is announced.
    async fn minted(
        &self,
        caller: Caller,
        wish: Wish,
        mint: i64,
    ) -> Result<DeviceTokenReply, Error> {
        let Wish { request, known, grants } = &wish;
        let hosting = self.hosting_of(known)?;
        let user_id = UserId::parse(caller.account.account_id.as_str())
            .map_err(|_| Error::Setting { what: "an account id is no user id" })?;
        let single = request.space_id.as_str() == "-";
        let asked = TokenRequest {
            space_id: if single { String::new() } else { request.space_id.to_string() },
            user_id: user_id.clone(),
            client_id: caller.client_id.clone(),
            period: Some(PERIOD_S),
            grant: *grants,
            ..TokenRequest::new(known.library_id.clone(), self.secret_of(known)?)
        };
        // The limit counts from before the answer: never a moment too long.
        let minted_at = self.now();
        let late = |_| Error::refused(ErrorCode::LibraryServiceUnreachable, "It did not answer");
        let minted = tokio::time::timeout(self.config.mint_within, hosting.mint(&asked));
        let minted = minted.await.map_err(late)??;
        let tracked = self.track(&caller, &wish, &minted.access_token, minted_at, mint).await?;
        if let Some((row, refusal)) = tracked {
            self.drop_refused(&hosting, known, &minted.access_token, row).await;
            return Err(refusal);
        }
        let public = self.config.public_hosting_url.as_deref();
        let own = public.unwrap_or(&self.config.hosting_url);
        let Wish { known, grants, .. } = wish;
        let near = self.config.hosting_authority.as_ref().filter(|_| known.hosting_url.is_none());
        let authority = known.authority.as_ref().or(near);
        let fingerprint = authority.map(Certificate::fingerprint);
        let authority = authority.map(Certificate::to_base64);
        let scheme = known.data_scheme.or_else(|| self.config.data_scheme.clone());
        Ok(DeviceTokenReply {
            access_token: minted.access_token,
            expires_in: minted.expires_in,
            hard_limit_in: u64::from(HARD_LIMIT_S),
            hosting_url: known.hosting_url.unwrap_or_else(|| own.to_owned()),
            data_scheme: scheme.unwrap_or_else(|| DATA_SCHEME_UNTOLD.to_owned()),
            ca_fingerprint: fingerprint.or(self.config.ca_fingerprint),
            authority,
            user_id,
            client_id: caller.client_id,
            grants,
        })
    }

    /// Looks before asking, and announces the mint: the device is enrolled, library and space are
    /// known, role and policy allow it. Under the device's lock, so that a revocation either sees
    /// the mint or is seen by it.
    async fn announce(
        &self,
        caller: &Caller,
        request: DeviceTokenRequest,
    ) -> Result<(Wish, i64), Error> {
        let (caller, now) = (caller.clone(), self.now());
        self.write(move |tx| {
            tx.lock(&[lock::device(&caller.device_id)])?;
            must_be_enrolled(&device::by_id(tx, &caller.device_id)?.ok_or_else(gone)?)?;
            let known = library::present(tx, &request.library_id)?.ok_or_else(unknown_library)?;
            let grants = allowed(tx, &caller.account, &request)?;
            let mint = mint::begin(tx, &caller.device_id, now)?;
            Ok((Wish { request, known, grants }, mint))
        })
        .await
    }

    /// Writes a token down and looks again, in one transaction. When the device, the role or the
    /// policy changed meanwhile, the token is written down as ended, so that it is deleted whatever
    /// happens next.
    async fn track(
        &self,
        caller: &Caller,
        wish: &Wish,
        minted: &AccessToken,
        minted_at: Timestamp,
        mint: i64,
    ) -> Result<Option<(i64, Error)>, Error> {
        let place = token_place(wish.request.library_id.as_str());
        let sealed = self.sealer.seal(&place, minted.expose().as_bytes())?;
        let (caller, request, grants) = (caller.clone(), wish.request.clone(), wish.grants);
        let (now, secret) = (self.now(), wish.known.sealed.clone());
        self.write(move |tx| {
            // A change of role ends the tokens of all the account's devices, one of policy those of
            // all devices in the space.
            tx.lock(&[
                lock::device(&caller.device_id),
                lock::account(&caller.account.account_id),
                lock::library_shared(&request.library_id),
            ])?;
            let current = library::by_id(tx, &request.library_id)?;
            let same_secret = current.is_some_and(|current| current.sealed == secret);
            let device = device::by_id(tx, &caller.device_id)?.ok_or_else(gone)?;
            let in_time = mint::end(tx, mint)?;
            let refusal = match must_be_enrolled(&device) {
                // Whoever gave the mint up, or rotated the secret, has gone on without it.
                Ok(()) if !in_time || !same_secret => {
                    Some(Error::refused(ErrorCode::ServerOverloaded, "Ask again"))
                }
                Ok(()) => still_allowed(tx, &device.account, &request, grants)?,
                Err(revoked) => Some(revoked),
            };
            let ends_at = match refusal {
                None => minted_at.plus_seconds(i64::from(HARD_LIMIT_S)),
                Some(_) => now,
            };
            let id = &caller.device_id;
            let (library, space) = (&request.library_id, &request.space_id);
            let (purpose, sealed) = (request.purpose, &sealed[..]);
            let new = NewToken { device: id, library, space, purpose, sealed, minted_at, ends_at };
            let row = token::insert(tx, &new)?;
            token::end_oldest(tx, id, TOKENS_MAX, now)?;
            Ok(refusal.map(|refusal| (row, refusal)))
        })
        .await
    }

    /// Deletes a token that must not be given out; if that fails now, the background work does it.
    async fn drop_refused(
        &self,
        hosting: &HostingBackend,
        known: &KnownLibrary,
        minted: &AccessToken,
        row: i64,
    ) {
        let deleted = hosting.delete_token(&known.library_id, minted).await;
        let forgotten = match deleted {
            Ok(()) => self.write(move |tx| Ok(token::remove(tx, row)?)).await,
            Err(error) => Err(error.into()),
        };
        if let Err(error) = forgotten {
            tracing::warn!(%error, "A refused token is deleted later");
            self.wake.notify_one();
        }
    }

    /// Deletes one tracked token at its library service and forgets it.
    pub(crate) async fn delete_tracked(&self, tracked: TrackedToken) -> Result<(), Error> {
        let library_id = tracked.library_id.clone();
        let known = self.read(move |tx| Ok(library::by_id(tx, &library_id)?)).await?;
        let known = known.ok_or_else(unknown_library)?;
        let place = token_place(known.library_id.as_str());
        let plain = self.sealer.open(&place, &tracked.sealed)?;
        let minted = AccessToken::new(plain.as_str());
        self.hosting_of(&known)?.delete_token(&known.library_id, &minted).await?;
        self.write(move |tx| Ok(token::remove(tx, tracked.row)?)).await
    }
}

/// What an account gets for a purpose in a space. One that may not be looked into is not there.
fn allowed(
    tx: &Tx<'_>,
    account: &AccountRecord,
    request: &DeviceTokenRequest,
) -> Result<GrantSet, Error> {
    let (library, space) = (&request.library_id, &request.space_id);
    library::space(tx, library, space)?.ok_or_else(unknown_space)?;
    let policy = policy::of(tx, library, space)?.policy;
    if !policy.may_read(account.role, &account.account_id) {
        return Err(unknown_space());
    }
    policy.grants(account.role, &account.account_id, request.purpose).ok_or_else(|| {
        let why = "The role or the policy of the space does not allow this";
        Error::refused(ErrorCode::NoPermission, why)
    })
}

/// Why a token with these grants must not be given out any more.
fn still_allowed(
    tx: &Tx<'_>,
    account: &AccountRecord,
    request: &DeviceTokenRequest,
    grants: GrantSet,
) -> Result<Option<Error>, Error> {
    if library::present(tx, &request.library_id)?.is_none() {
        return Ok(Some(unknown_library()));
    }
    match allowed(tx, account, request) {
        Ok(now) if grants.is_subset_of(now) => Ok(None),
        Ok(_) => Ok(Some(Error::refused(ErrorCode::NoPermission, "The policy has changed"))),
        Err(refused @ Error::Refused { .. }) => Ok(Some(refused)),
        Err(failed) => Err(failed),
    }
}

const fn gone() -> Error {
    Error::refused(ErrorCode::DeviceRevoked, "This device is not enrolled any more")
}
