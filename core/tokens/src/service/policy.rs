//! Policies of spaces: set by those who manage. Who may do what holds from the transaction on that
//! writes it down, and ends the tokens that had more; quota and kinds are told to the library
//! service until it has taken them.

use std::time::Duration;

use albumen_client::{Error as ClientError, HostingBackend};
use albumen_db::Tx;
use albumen_model::{
    AccessToken, ErrorCode, Grant, LibraryId, SpaceId, Timestamp, UserId,
    auth::{AllowedKinds, AuthEvent, PolicyReply, QUOTA_MAX, SpacePolicy, Who},
    smh::SpaceExtensionChange,
};

use super::{
    Caller, Service,
    account::must_manage,
    library::{OWN_CLIENT, drop_token, own_token, unknown_library, unknown_space},
};
use crate::{
    Error,
    audit::Act,
    lock,
    notice::Audience,
    repository::{
        account,
        audit::{self, Actor},
        library::{self, KnownLibrary},
        policy::{self, KnownPolicy},
        token,
    },
};

/// How long the answer to a change waits for the library service.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// Changes that may come in while one is being applied, before the background work goes on with it.
const ROUNDS_MAX: u32 = 4;

impl Service {
    /// The policy of a space.
    pub(crate) async fn policy(
        &self,
        caller: &Caller,
        library_id: LibraryId,
        space_id: SpaceId,
    ) -> Result<PolicyReply, Error> {
        must_manage(caller)?;
        self.read(move |tx| {
            must_be_known(tx, &library_id, &space_id)?;
            let known = policy::of(tx, &library_id, &space_id)?;
            Ok(reply(library_id, space_id, known))
        })
        .await
    }

    /// Sets the policy of a space.
    pub(crate) async fn set_policy(
        &self,
        caller: Caller,
        library_id: LibraryId,
        space_id: SpaceId,
        wanted: SpacePolicy,
    ) -> Result<PolicyReply, Error> {
        must_manage(&caller)?;
        let wanted = tidy(wanted)?;
        let (now, key) = (self.now(), self.sealer.audit_key());
        let (library, space) = (library_id.clone(), space_id.clone());
        let known = self
            .write(move |tx| {
                tx.lock(&[lock::library(&library)])?;
                let of = must_be_known(tx, &library, &space)?;
                check(tx, &of, &wanted)?;
                let before = policy::of(tx, &library, &space)?;
                let known = follows(&before, wanted);
                policy::set(tx, &library, &space, &known)?;
                end_what_had_more(tx, &library, &space, &known.policy, now)?;
                let subject = format!("{library} {space} {}", told(&known.policy));
                audit::append(tx, &key, now, caller.actor(), Act::PolicySet, &subject)?;
                Ok(known)
            })
            .await?;
        self.wake.notify_one();
        self.notices.tell(Audience::Everyone, AuthEvent::PolicyChanged);
        if known.is_applied() {
            return Ok(reply(library_id, space_id, known));
        }
        let applying = self.apply_policy(library_id.clone(), space_id.clone());
        match tokio::time::timeout(ANSWER_WITHIN, applying).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%library_id, %error, "A policy is applied later"),
            Err(_) => tracing::warn!(%library_id, "Applying a policy takes long"),
        }
        self.read(move |tx| {
            let known = policy::of(tx, &library_id, &space_id)?;
            Ok(reply(library_id, space_id, known))
        })
        .await
    }

    /// Tells the library service the quota and kinds of a space, until what it was told last is
    /// what holds: another change may come in between, here or at another instance.
    pub(crate) async fn apply_policy(
        &self,
        library_id: LibraryId,
        space_id: SpaceId,
    ) -> Result<(), Error> {
        // One at a time in this process: the next finds it done.
        let _turn = self.policies.lock().await;
        for _ in 0..ROUNDS_MAX {
            let (library, space) = (library_id.clone(), space_id.clone());
            let (of, known) = self
                .read(move |tx| {
                    let of = must_be_known(tx, &library, &space)?;
                    Ok((of, policy::of(tx, &library, &space)?))
                })
                .await?;
            if known.is_applied() {
                return Ok(());
            }
            self.tell(&of, &space_id, &known.policy).await?;
            let (library, space) = (library_id.clone(), space_id.clone());
            let (now, key) = (self.now(), self.sealer.audit_key());
            self.write(move |tx| {
                tx.lock(&[lock::library(&library)])?;
                if policy::applied(tx, &library, &space, known.version)? {
                    let subject = format!("{library} {space}");
                    let nobody = Actor::default();
                    audit::append(tx, &key, now, nobody, Act::PolicyApplied, &subject)?;
                }
                Ok(())
            })
            .await?;
        }
        Ok(())
    }

    /// Everything that the library service has not taken yet.
    pub(crate) async fn apply_policies(&self) -> Result<(), Error> {
        for (library, space) in self.read(|tx| Ok(policy::unapplied(tx)?)).await? {
            if let Err(error) = self.apply_policy(library.clone(), space).await {
                tracing::warn!(%library, %error, "A policy is still to be applied");
            }
        }
        Ok(())
    }

    async fn tell(
        &self,
        of: &KnownLibrary,
        space: &SpaceId,
        policy: &SpacePolicy,
    ) -> Result<(), Error> {
        let (hosting, secret) = (self.hosting_of(of)?, self.secret_of(of)?);
        let user = UserId::parse(OWN_CLIENT);
        let token = own_token(&hosting, &of.library_id, &secret, user, Grant::Admin).await?;
        let told = tell_with(&hosting, of, space, policy, &token).await;
        drop_token(&hosting, &of.library_id, &token).await;
        Ok(told?)
    }
}

async fn tell_with(
    hosting: &HostingBackend,
    of: &KnownLibrary,
    space: &SpaceId,
    policy: &SpacePolicy,
    token: &AccessToken,
) -> Result<(), ClientError> {
    let library = &of.library_id;
    if of.is_multi_space {
        let change = extension(&policy.limits.kinds, of.is_file_library);
        hosting.change_space(library, space, token, &change).await?;
    }
    // A quota cannot be deleted (SMH section 14); one that nobody can reach is none.
    let capacity = policy.limits.quota_bytes.unwrap_or(QUOTA_MAX);
    match hosting.change_quota(library, space, token, capacity).await {
        Err(error) if error.code() == Some(ErrorCode::NoQuota) => {
            if policy.limits.quota_bytes.is_none() {
                return Ok(());
            }
            let space = of.is_multi_space.then_some(space);
            hosting.create_quota(library, space, token, capacity).await
        }
        other => other,
    }
}

fn extension(kinds: &AllowedKinds, is_file_library: bool) -> SpaceExtensionChange {
    let list = Some(kinds.extensions.clone());
    if is_file_library {
        return SpaceExtensionChange { allow_file_extname: list, ..Default::default() };
    }
    SpaceExtensionChange {
        allow_photo: Some(kinds.photos),
        allow_video: Some(kinds.videos),
        allow_photo_extname: list.clone(),
        allow_video_extname: list,
        ..Default::default()
    }
}

/// The next version of a policy. Where nothing changes that the library service has to know, it
/// is as applied as the one before.
fn follows(before: &KnownPolicy, wanted: SpacePolicy) -> KnownPolicy {
    let (was, is) = (&before.policy.limits, &wanted.limits);
    let same = was.quota_bytes == is.quota_bytes && was.kinds == is.kinds;
    let version = before.version + 1;
    let applied_version = if same && before.is_applied() { version } else { 0 };
    KnownPolicy { policy: wanted, version, applied_version }
}

/// Each account and extension once, in order; then what makes no sense is refused.
fn tidy(mut policy: SpacePolicy) -> Result<SpacePolicy, Error> {
    for who in [&mut policy.read, &mut policy.upload, &mut policy.delete] {
        who.accounts.sort();
        who.accounts.dedup();
    }
    policy.limits.kinds.extensions.sort();
    policy.limits.kinds.extensions.dedup();
    match policy.fault() {
        Some(why) => Err(Error::refused(ErrorCode::ParamInvalid, why)),
        None => Ok(policy),
    }
}

/// What only the library and the accounts can tell.
fn check(tx: &Tx<'_>, of: &KnownLibrary, wanted: &SpacePolicy) -> Result<(), Error> {
    let kinds = &wanted.limits.kinds;
    let both = kinds.photos && kinds.videos;
    if of.is_file_library && !both {
        let why = "A file library tells files apart by their extension only";
        return Err(Error::refused(ErrorCode::ParamInvalid, why));
    }
    if !of.is_multi_space && *kinds != AllowedKinds::any() {
        let why = "What a library with one space takes was settled when it was made";
        return Err(Error::refused(ErrorCode::ParamInvalid, why));
    }
    for who in [&wanted.read, &wanted.upload, &wanted.delete] {
        for named in &who.accounts {
            if account::by_id(tx, named)?.is_none() {
                let why = "A policy names an account that is not there";
                return Err(Error::refused(ErrorCode::AccountNotFound, why));
            }
        }
    }
    Ok(())
}

/// Ends the tokens of a space that the policy would not give any more.
fn end_what_had_more(
    tx: &Tx<'_>,
    library: &LibraryId,
    space: &SpaceId,
    policy: &SpacePolicy,
    now: Timestamp,
) -> Result<(), Error> {
    for live in token::live_in(tx, library, space, now)? {
        let may = live.purpose.and_then(|purpose| policy.grants(live.role, &live.account, purpose));
        if may.is_none() {
            token::end(tx, live.row, now)?;
        }
    }
    Ok(())
}

fn must_be_known(
    tx: &Tx<'_>,
    library_id: &LibraryId,
    space_id: &SpaceId,
) -> Result<KnownLibrary, Error> {
    let known = library::present(tx, library_id)?.ok_or_else(unknown_library)?;
    library::space(tx, library_id, space_id)?.ok_or_else(unknown_space)?;
    Ok(known)
}

fn reply(library_id: LibraryId, space_id: SpaceId, known: KnownPolicy) -> PolicyReply {
    let is_applied = known.is_applied();
    PolicyReply { library_id, space_id, policy: known.policy, is_applied }
}

/// A policy in the words of the audit log.
fn told(policy: &SpacePolicy) -> String {
    let who = |who: &Who| {
        let role = who.least_role.map_or("none", |role| role.as_str());
        let named = who.accounts.iter().map(|id| id.as_str());
        std::iter::once(role).chain(named).collect::<Vec<_>>().join("+")
    };
    let limits = &policy.limits;
    let quota = limits.quota_bytes.map_or_else(|| "none".to_owned(), |bytes| bytes.to_string());
    let kinds = match (limits.kinds.photos, limits.kinds.videos) {
        (true, true) => "any",
        (true, false) => "photos",
        (false, true) => "videos",
        (false, false) => "none",
    };
    let guard = limits.mass_delete.guard;
    let locked = if limits.mass_delete.locked { " locked" } else { "" };
    format!(
        "read={} upload={} delete={} quota={quota} kinds={kinds}{} guard={guard}{locked}",
        who(&policy.read),
        who(&policy.upload),
        who(&policy.delete),
        limits.kinds.extensions.concat()
    )
}

#[cfg(test)]
mod tests {
    use albumen_model::auth::MassDelete;

    use super::*;

    #[test]
    fn only_what_the_library_service_enforces_has_to_be_told_again() {
        let usual = KnownPolicy { policy: SpacePolicy::default(), version: 3, applied_version: 3 };
        let mut wanted = SpacePolicy::default();
        wanted.limits.mass_delete = MassDelete { locked: true, ..MassDelete::USUAL };
        assert!(follows(&usual, wanted.clone()).is_applied());
        wanted.limits.quota_bytes = Some(1);
        let told_later = follows(&usual, wanted.clone());
        assert!(!told_later.is_applied() && told_later.version == 4);
        assert!(!follows(&told_later, wanted).is_applied(), "not until it was told once");
    }

    #[test]
    fn the_log_has_ids_and_numbers_in_one_form() {
        let mut policy = SpacePolicy::default();
        policy.limits.quota_bytes = Some(5);
        policy.limits.kinds.extensions = vec![".jpg".to_owned(), ".png".to_owned()];
        policy.limits.mass_delete.locked = true;
        let text = "read=viewer upload=member delete=member quota=5 kinds=any.jpg.png \
                    guard=20,2% locked";
        assert_eq!(told(&policy), text);
    }
}
