//! The first owner, and an owner who lost the password: by a one-time code that only those can read
//! who can read the service's files. Owns the code, its file and what it is good for. Nobody is
//! given a default password.

use std::{
    fs, io,
    net::IpAddr,
    path::{Path, PathBuf},
};

use albumen_db::Tx;
use albumen_model::{
    ErrorCode, Timestamp,
    auth::{AccountRecord, AccountState, Role, SetUpRequest, SignInReply},
};
use albumen_ops::Traffic;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{Service, account::fresh_account, attempts::Counted};
use crate::{
    Error, TokensConfig,
    audit::Act,
    lock,
    repository::{
        account,
        audit::{self, Actor},
        familiar, identity, revocation, second_factor,
        set_up::{self, SetUp},
    },
    rules::{
        self,
        code::{self, CODE_BYTES},
    },
    sealing::{random, write_private},
};

/// The file of the code, in the service's folder, mode 0600.
const CODE_FILE: &str = "set-up-code";
/// What the code is hashed for.
const SET_UP: &str = "set-up";
/// How long a code holds, in seconds: a day, for whoever sets a server up in the evening.
const LIFE_S: i64 = 24 * 3600;
/// Wrong tries that burn a code.
const WRONG_MAX: u32 = 5;

/// A code that waits in a file. The code itself is told nowhere else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetUpCode {
    /// The file; its first line is the code.
    pub file: PathBuf,
    /// Until when it holds.
    pub expires_at: Timestamp,
}

impl Service {
    /// Sees to it that there is a code to set the service up with, as long as there is no owner:
    /// the one that waits in the file, or a fresh one. `None` when there is an owner.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::Database`].
    pub async fn offer_set_up(&self) -> Result<Option<SetUpCode>, Error> {
        let waiting = self.waiting_code()?;
        let now = self.now();
        let (owned, good) = self
            .read(move |tx| {
                let kept = set_up::get(tx)?.filter(|kept| holds(kept, now));
                let fits =
                    |kept: &SetUp| waiting.as_ref().is_some_and(|code| same(&kept.code, code));
                let good = kept.filter(fits).map(|kept| kept.expires_at);
                Ok((account::has_owner(tx)?, good))
            })
            .await?;
        let file = self.code_file();
        match good {
            // The code in the file is one of an owner reset that nobody has used yet.
            Some(_) if owned => Ok(None),
            Some(expires_at) => Ok(Some(SetUpCode { file, expires_at })),
            None if owned => self.forget_code().map(|()| None),
            None => self.fresh_code(Act::SetUpCodeMade).await.map(Some),
        }
    }

    /// Makes a code by which the owner gets a new password, or by which an owner is made where
    /// there is none. Whoever calls this can read the service's files and its key.
    ///
    /// # Errors
    /// As [`Self::offer_set_up`].
    pub async fn begin_owner_reset(&self) -> Result<SetUpCode, Error> {
        self.fresh_code(Act::SetUpCodeMade).await
    }

    async fn fresh_code(&self, act: Act) -> Result<SetUpCode, Error> {
        let text = Zeroizing::new(code::written(&random::<CODE_BYTES>()?));
        let hash = self.sealer.code_hash(SET_UP, &code::typed(&text));
        let (now, key) = (self.now(), self.sealer.audit_key());
        let expires_at = now.plus_seconds(LIFE_S);
        self.write(move |tx| {
            tx.lock(&[lock::accounts(), lock::set_up()])?;
            let account_id = account::owner(tx)?.map(|owner| owner.record.account_id);
            let subject = account_id.as_ref().map_or("", |id| id.as_str()).to_owned();
            set_up::set(tx, &SetUp { code: hash, account_id, expires_at, wrong_tries: 0 })?;
            Ok(audit::append(tx, &key, now, Actor::default(), act, &subject)?)
        })
        .await?;
        let line = Zeroizing::new(format!("{}\n", *text));
        let (dir, file) = (&self.config.dir, self.code_file());
        write_private(dir, CODE_FILE, line.as_bytes())
            .map_err(|error| Error::file(&file, error))?;
        Ok(SetUpCode { file, expires_at })
    }

    /// Makes the owner, or gives the owner a new password, and enrols the device. The caller has
    /// checked that the device holds the key.
    pub(crate) async fn set_up(
        &self,
        request: SetUpRequest,
        address: IpAddr,
    ) -> Result<SignInReply, Error> {
        let counted = Counted::code(&self.sealer, SET_UP, address);
        self.count(&counted).await?;
        let hash = self.sealer.code_hash(SET_UP, &code::typed(request.code.expose()));
        let owner = self.try_code(hash.clone()).await?;
        let name = match owner {
            Some(owner) => owner.name,
            None => rules::name::checked(&request.account.unwrap_or_default())?,
        };
        rules::password::check(request.password.expose(), &name)?;
        let password = self.passwords.hash(request.password.expose()).await?;
        let folded = rules::name::folded(&name);
        let enrolment = self.enrolment(request.device, &folded, address)?;
        let fresh = fresh_account(name, Role::Owner)?;
        let (now, key) = (self.now(), self.sealer.audit_key());
        let (account, record) = self
            .write(move |tx| {
                let owner =
                    account::owner(tx)?.map(|owner| lock::account(&owner.record.account_id));
                let mut locks = counted.locks();
                locks.extend([lock::accounts(), lock::set_up()]);
                locks.extend(owner);
                tx.lock(&locks)?;
                let kept =
                    set_up::get(tx)?.filter(|kept| holds(kept, now) && same(&kept.code, &hash));
                let kept = kept.ok_or_else(no_good)?;
                let (account, act) = own(tx, kept, fresh, &password, now)?;
                set_up::remove(tx)?;
                counted.passed(tx)?;
                let record = enrolment.execute(tx, &account)?;
                let device = record.device_id.as_str();
                let actor = Actor { account: account.account_id.as_str(), device };
                audit::append(tx, &key, now, actor, act, account.account_id.as_str())?;
                audit::append(tx, &key, now, actor, Act::SignedIn, device)?;
                Ok((account, record))
            })
            .await?;
        if let Err(error) = self.forget_code() {
            tracing::warn!(%error, "A used code stays in its file");
        }
        Ok(self.enrolled(account, record))
    }

    /// Looks at a code: the owner it is for, if there is one. A wrong one counts, whoever sends it
    /// and from wherever; the last of them burns the code.
    async fn try_code(&self, hash: Vec<u8>) -> Result<Option<AccountRecord>, Error> {
        let (now, key) = (self.now(), self.sealer.audit_key());
        self.write(move |tx| {
            tx.lock(&[lock::set_up()])?;
            let Some(kept) = set_up::get(tx)?.filter(|kept| holds(kept, now)) else {
                return Ok(Err(no_good()));
            };
            if same(&kept.code, &hash) {
                return Ok(Ok(account::owner(tx)?.map(|owner| owner.record)));
            }
            set_up::count_wrong_try(tx)?;
            if kept.wrong_tries + 1 >= WRONG_MAX {
                set_up::remove(tx)?;
                let act = Act::SetUpCodeBurned;
                audit::append(tx, &key, now, Actor::default(), act, "")?;
            }
            Ok(Err(no_good()))
        })
        .await?
    }

    fn code_file(&self) -> PathBuf {
        self.config.dir.join(CODE_FILE)
    }

    /// The hash of the code that waits in the file.
    fn waiting_code(&self) -> Result<Option<Vec<u8>>, Error> {
        let waiting = waiting_set_up_code(&self.config.dir)?;
        Ok(waiting.map(|text| self.sealer.code_hash(SET_UP, &code::typed(&text))))
    }

    fn forget_code(&self) -> Result<(), Error> {
        let file = self.code_file();
        match fs::remove_file(&file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::file(file, error)),
            _ => Ok(()),
        }
    }
}

/// Makes a code for the owner of a service whose files are here, whether it runs or not.
///
/// # Errors
/// [`Error::Unsealable`] when the seal key does not fit the data; [`Error::Setting`],
/// [`Error::File`], [`Error::Database`].
pub async fn begin_owner_reset(config: TokensConfig) -> Result<SetUpCode, Error> {
    let mut metrics = albumen_ops::metrics::registry::Registry::with_prefix("albumen_tokens");
    let service = Service::open(config, Traffic::register(&mut metrics)).await?;
    let made = service.begin_owner_reset().await;
    service.db.close().await;
    made
}

/// The code in the folder of a service, if one waits there: for a program that runs beside the
/// service, as the same user.
///
/// # Errors
/// [`Error::File`].
pub fn waiting_set_up_code(dir: &Path) -> Result<Option<Zeroizing<String>>, Error> {
    let file = dir.join(CODE_FILE);
    match fs::read_to_string(&file).map(Zeroizing::new) {
        Ok(text) => Ok(Some(Zeroizing::new(text.trim().to_owned()))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::file(file, error)),
    }
}

/// What the code does: makes the owner, or gives the one there is a new password, takes the second
/// factor and the identity at a provider, and lifts a block.
fn own(
    tx: &Tx<'_>,
    kept: SetUp,
    fresh: AccountRecord,
    password: &str,
    now: Timestamp,
) -> Result<(AccountRecord, Act), Error> {
    match (kept.account_id, account::owner(tx)?) {
        (None, None) => {
            let folded = rules::name::folded(&fresh.name);
            account::insert(tx, &fresh, &folded, password, now)?;
            Ok((fresh, Act::OwnerMade))
        }
        (Some(of), Some(owner)) if of == owner.record.account_id => {
            account::set_password(tx, &of, password)?;
            account::set_state(tx, &of, AccountState::Active)?;
            second_factor::remove(tx, &of)?;
            identity::unbind(tx, &of)?;
            familiar::forget(tx, &of)?;
            // Nobody else may be there to lift it.
            revocation::lift(tx, &of, now)?;
            Ok((owner.record, Act::OwnerReset))
        }
        // An owner was made meanwhile.
        _ => Err(no_good()),
    }
}

fn holds(kept: &SetUp, now: Timestamp) -> bool {
    kept.expires_at > now && kept.wrong_tries < WRONG_MAX
}

fn same(kept: &[u8], given: &[u8]) -> bool {
    kept.ct_eq(given).into()
}

/// The same for a code that is wrong, was used, has ended or was burned.
pub(super) const fn no_good() -> Error {
    Error::refused(ErrorCode::CodeInvalid, "The code is wrong, was used or has ended")
}
