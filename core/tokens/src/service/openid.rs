//! Signing in by the provider: begun by a device, ended by the same one, once. What it ends with is
//! what a sign-in by password ends with. The provider answers for how a person proves who they are,
//! so no code of a second factor of ours is asked for.

use std::{net::IpAddr, sync::Arc};

use albumen_db::Tx;
use albumen_model::{
    AccountId, AuthorizationCode, DeviceId, ErrorCode, FlowState, OneTimeCode, Timestamp,
    auth::{
        AccountRecord, AccountState, BoundIdentity, DeviceRecord, OpenIdBegin, OpenIdBegun,
        OpenIdFinish, SignInReply,
    },
};

use super::{Service, attempts::Counted, device::disabled, enrolment::Enrolment, join::Newcomer};
use crate::{
    Error,
    audit::Act,
    lock,
    provider::{Proof, Provider, unguessable},
    repository::{
        account,
        audit::{self, Actor},
        identity::{self, Flow},
    },
    rules::{self, id_token::Vouched, throttle},
};

/// What states are hashed for.
const STATE: &str = "identity flow";
/// How long a sign-in at the provider may take, in seconds.
const LIFE_S: i64 = 600;
/// Sign-ins under way: from one place, and from all.
const OPEN_OF_PLACE_MAX: u32 = 20;
const OPEN_MAX: u32 = 2000;

/// Who may go on with what was begun.
#[derive(Clone, Debug)]
pub(crate) enum Holder {
    /// A device that comes in, by its key.
    New(String),
    /// A device that is enrolled, to bind an identity.
    Enrolled(DeviceId),
    /// A device that is enrolled, to give its account a first password.
    Proving(DeviceId),
}

impl Holder {
    fn text(&self) -> String {
        match self {
            Self::New(public_key) => format!("new {public_key}"),
            Self::Enrolled(device_id) => format!("device {device_id}"),
            Self::Proving(device_id) => format!("first password {device_id}"),
        }
    }

    /// Whether the person has to sign in at the provider anew: whom it knows already may be
    /// somebody who left an unlocked computer.
    const fn wants_anew(&self) -> bool {
        matches!(self, Self::Proving(_))
    }
}

impl Service {
    /// Begins a sign-in. The caller has checked that the device holds its key.
    pub(crate) async fn begin_openid(
        &self,
        request: OpenIdBegin,
        address: IpAddr,
    ) -> Result<OpenIdBegun, Error> {
        self.begin_flow(Holder::New(request.public_key), request.port, address, None).await
    }

    /// Writes down what is under way, and says where the browser goes. `passed` is a proof that was
    /// right, to be noted together with it.
    pub(super) async fn begin_flow(
        &self,
        holder: Holder,
        port: u16,
        address: IpAddr,
        passed: Option<Counted>,
    ) -> Result<OpenIdBegun, Error> {
        if port == 0 {
            return Err(Error::refused(ErrorCode::ParamInvalid, "The device listens nowhere"));
        }
        let (provider, now) = (self.provider()?, self.now());
        let (state, proof) = (unguessable()?, Proof::fresh()?);
        let url = provider.page(&state, &proof, port, holder.wants_anew(), now).await?;
        let hash = self.sealer.code_hash(STATE, &state);
        let flow = Flow {
            sealed: self.sealer.seal(&place_of(&hash), proof.text().as_bytes())?,
            state: hash,
            holder: holder.text(),
            port,
            place: self.sealer.attempt_name("\nidentity flow", &throttle::place_of(address)),
            expires_at: now.plus_seconds(LIFE_S),
        };
        self.write(move |tx| {
            let mut locks = vec![lock::identity_flows()];
            locks.extend(passed.iter().flat_map(Counted::locks));
            tx.lock(&locks)?;
            let (here, all) = identity::count(tx, &flow.place, now)?;
            if here >= OPEN_OF_PLACE_MAX || all >= OPEN_MAX {
                let why = "Too many sign-ins are under way";
                return Err(Error::refused(ErrorCode::RateLimitExceeded, why));
            }
            if let Some(passed) = passed {
                passed.passed(tx)?;
            }
            Ok(identity::begin(tx, &flow)?)
        })
        .await?;
        let expires_in = u64::try_from(LIFE_S).unwrap_or_default();
        Ok(OpenIdBegun { url, state: FlowState::new(state), expires_in })
    }

    /// Whom the provider vouches for, to the device that began.
    pub(super) async fn flow_vouched(
        &self,
        state: &FlowState,
        code: &AuthorizationCode,
        holder: &Holder,
    ) -> Result<Vouched, Error> {
        let (provider, now) = (self.provider()?, self.now());
        let (hash, text) = (self.sealer.code_hash(STATE, state.expose()), holder.text());
        let flow = self
            .write(move |tx| {
                tx.lock(&[lock::identity_flows()])?;
                Ok(identity::take(tx, &hash, &text, now)?)
            })
            .await?;
        let flow = flow.ok_or_else(over)?;
        let sealed = self.sealer.open(&place_of(&flow.state), &flow.sealed)?;
        let proof = Proof::parse(&sealed).ok_or(Error::Unsealable)?;
        let under_way_ms = now.millis() - flow.expires_at.plus_seconds(-LIFE_S).millis();
        // A little more rather than less: seconds are whole.
        let anew_within_s = holder.wants_anew().then(|| under_way_ms.div_euclid(1000) + 1);
        provider.vouched(code, &proof, flow.port, anew_within_s, now).await
    }

    /// Enrols the device of whom the provider vouches for. The caller has checked that the device
    /// holds the key.
    pub(crate) async fn finish_openid(
        &self,
        request: OpenIdFinish,
        address: IpAddr,
    ) -> Result<SignInReply, Error> {
        let OpenIdFinish { state, code, invitation, account, device } = request;
        let counted = Counted::code(&self.sealer, "identity", address);
        self.count(&counted).await?;
        let holder = Holder::New(device.public_key.clone());
        let vouched = match self.flow_vouched(&state, &code, &holder).await {
            Err(error) if error.code() == ErrorCode::IdentityProviderUnreachable => {
                self.write(move |tx| {
                    tx.lock(&counted.locks())?;
                    counted.take_back(tx)
                })
                .await?;
                return Err(error);
            }
            outcome => outcome?,
        };
        let issuer = self.provider()?.issuer().to_owned();
        let (of, subject) = (issuer.clone(), vouched.subject.clone());
        let bound = self
            .read(move |tx| {
                let id = identity::account_of(tx, &of, &subject)?;
                Ok(id.map(|id| account::by_id(tx, &id)).transpose()?.flatten())
            })
            .await?;
        let identity = BoundIdentity { issuer, subject: vouched.subject, bound_at: self.now() };
        let (account, record) = match bound {
            Some(_) if invitation.is_some() => return Err(bound_already()),
            Some(known) => {
                let folded = rules::name::folded(&known.record.name);
                let enrolment = self.enrolment(device, &folded, address)?;
                let account_id = known.record.account_id;
                self.come_back(identity, account_id, enrolment, counted).await?
            }
            None => {
                let newcomer = self.newcomer_of(invitation, account, vouched.name).await?;
                let enrolment = self.enrolment(device, newcomer.folded(), address)?;
                self.come_first(identity, newcomer, enrolment, counted).await?
            }
        };
        Ok(self.enrolled(account, record))
    }

    /// Signs in at the account that the identity is bound to.
    async fn come_back(
        &self,
        identity: BoundIdentity,
        account_id: AccountId,
        enrolment: Enrolment,
        counted: Counted,
    ) -> Result<(AccountRecord, DeviceRecord), Error> {
        let (now, key) = (self.now(), self.sealer.audit_key());
        self.write(move |tx| {
            let mut locks = counted.locks();
            locks.extend([lock::account(&account_id), of(&identity)]);
            tx.lock(&locks)?;
            let account = match still_bound(tx, &identity, &account_id)? {
                Ok(account) => account,
                Err(refusal) => {
                    counted.take_back(tx)?;
                    return Ok(Err(refusal));
                }
            };
            counted.passed(tx)?;
            let record = enrolment.execute(tx, &account)?;
            note_sign_in(tx, &key, now, &account, &record)?;
            Ok(Ok((account, record)))
        })
        .await?
    }

    /// What admits somebody whom nobody here knows yet.
    async fn newcomer_of(
        &self,
        invitation: Option<OneTimeCode>,
        named: Option<String>,
        proposed: Option<String>,
    ) -> Result<Newcomer, Error> {
        let is_invited = invitation.is_some();
        let newcomer = self.newcomer(invitation.as_ref(), named, proposed).await;
        newcomer.map_err(|error| match error.code() {
            ErrorCode::RegistrationClosed if !is_invited => unknown_identity(),
            _ => error,
        })
    }

    /// Makes an account without a password, with the identity bound to it.
    async fn come_first(
        &self,
        identity: BoundIdentity,
        newcomer: Newcomer,
        enrolment: Enrolment,
        counted: Counted,
    ) -> Result<(AccountRecord, DeviceRecord), Error> {
        let (now, key) = (self.now(), self.sealer.audit_key());
        self.write(move |tx| {
            let mut locks = [counted.locks(), newcomer.locks()].concat();
            locks.push(of(&identity));
            tx.lock(&locks)?;
            if identity::account_of(tx, &identity.issuer, &identity.subject)?.is_some() {
                return Err(bound_already());
            }
            let (account, record) =
                newcomer.execute(tx, WITHOUT_PASSWORD, &enrolment, &counted, &key)?;
            identity::bind(tx, &account.account_id, &identity)?;
            let device = record.device_id.as_str();
            let actor = Actor { account: account.account_id.as_str(), device };
            let subject = account.account_id.as_str();
            audit::append(tx, &key, now, actor, Act::IdentityBound, subject)?;
            Ok((account, record))
        })
        .await
    }

    /// The provider, if people may sign in by one.
    pub(super) fn provider(&self) -> Result<Arc<Provider>, Error> {
        self.provider.clone().ok_or_else(|| {
            let why = "There is no identity provider here";
            Error::refused(ErrorCode::OpenIdNotOffered, why)
        })
    }
}

/// What is kept as the password of somebody who has none.
pub(super) const WITHOUT_PASSWORD: &str = "";

/// The account as it is now, under its lock and that of the identity.
fn still_bound(
    tx: &Tx<'_>,
    identity: &BoundIdentity,
    account_id: &AccountId,
) -> Result<Result<AccountRecord, Error>, Error> {
    let bound = identity::account_of(tx, &identity.issuer, &identity.subject)?;
    let known = account::by_id(tx, account_id)?.filter(|_| bound.as_ref() == Some(account_id));
    Ok(match known {
        Some(known) if known.state == AccountState::Active => Ok(known.record),
        Some(known) if known.state == AccountState::Disabled => Err(disabled()),
        _ => Err(unknown_identity()),
    })
}

/// That somebody came in, and by an identity.
fn note_sign_in(
    tx: &Tx<'_>,
    key: &[u8; 32],
    now: Timestamp,
    account: &AccountRecord,
    record: &DeviceRecord,
) -> Result<(), Error> {
    let device = record.device_id.as_str();
    let actor = Actor { account: account.account_id.as_str(), device };
    audit::append(tx, key, now, actor, Act::IdentityUsed, account.account_id.as_str())?;
    Ok(audit::append(tx, key, now, actor, Act::SignedIn, device)?)
}

/// Where the secrets of a sign-in are sealed for.
fn place_of(state: &[u8]) -> String {
    format!("identity-flow:{}", hex::encode(state))
}

/// The lock of an identity.
pub(super) fn of(identity: &BoundIdentity) -> albumen_db::LockKey {
    lock::identity(&identity.issuer, &identity.subject)
}

/// The same for a state that is made up, used, over, or another device's.
const fn over() -> Error {
    let why = "This sign-in is over, was used, or was begun by another device";
    Error::refused(ErrorCode::IdentityFlowOver, why)
}

const fn unknown_identity() -> Error {
    let why = "No account here is bound to this identity";
    Error::refused(ErrorCode::IdentityUnknown, why)
}

pub(super) const fn bound_already() -> Error {
    Error::refused(ErrorCode::IdentityBound, "An account is bound to this identity already")
}
