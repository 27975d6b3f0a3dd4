//! What could be wrong on this computer, looked at one by one without changing anything that
//! matters.

use albumen_model::auth::Role;
use serde::{Deserialize, Serialize};
use serde_json::json;
use ts_rs::TS;

use crate::{
    App, AppError, Code, Door, Surroundings,
    app::places,
    blocking::off_thread,
    keys::Keys,
    places::Places,
    session::Session,
    standing,
    stopped::check_if_stopped,
    views::{AuditVerdict, MappingState, Phase, SecretStore, SyncOverview},
};

/// What was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// The home folder.
    Home,
    /// The store of keys.
    Keys,
    /// Who is signed in.
    SignIn,
    /// The token service.
    Server,
    /// This computer's clock.
    Clock,
    /// A mapped folder.
    Folder,
    /// The audit log of the services, for whoever manages.
    Audit,
}

impl Check {
    /// The catalogue's key for it.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Home => "cli.doctor.home",
            Self::Keys => "cli.doctor.keys",
            Self::SignIn => "cli.doctor.sign_in",
            Self::Server => "cli.doctor.server",
            Self::Clock => "cli.doctor.clock",
            Self::Folder => "cli.doctor.folder",
            Self::Audit => "cli.doctor.audit",
        }
    }
}

/// What was found.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct Finding {
    /// What was looked at.
    pub check: Check,
    /// What is there: a path, a name, an address.
    pub seen: String,
    /// What is wrong with it; absent when nothing is.
    pub error: Option<AppError>,
}

impl Finding {
    fn of(check: Check, seen: impl Into<String>, outcome: Result<(), AppError>) -> Self {
        Self { check, seen: seen.into(), error: outcome.err() }
    }
}

/// Looks at everything that can be looked at; what is in use by another process that does not
/// answer is only partly.
///
/// # Errors
/// [`Code::Internal`] when there is no home to look at.
pub async fn examine(surroundings: Surroundings) -> Result<Vec<Finding>, AppError> {
    let places = places(&surroundings)?;
    let home = places.home().display().to_string();
    let usable = places
        .prepare()
        .map_err(|error| AppError::new(Code::FolderUnreadable).with("path", &home).because(&error));
    if usable.is_err() {
        return Ok(vec![Finding::of(Check::Home, home, usable)]);
    }
    let refused = match Door::open(Surroundings { idle: true, ..surroundings.clone() }).await {
        Ok(door) => {
            let inside = door.ask::<Vec<Finding>>("examine", json!({})).await;
            door.close().await;
            let mut findings = vec![Finding::of(Check::Home, home, Ok(()))];
            findings.extend(inside?);
            let keys = Keys::open(&places, &surroundings)?;
            findings.extend(stopped_audit(&places, &keys).await);
            return Ok(findings);
        }
        Err(error) => error,
    };
    let in_use = matches!(refused.code, Code::ProfileInUse | Code::RestartNeeded);
    let (home_is, sign_in) = if in_use { (Err(refused), None) } else { (Ok(()), Some(refused)) };
    let keys = Keys::open(&places, &surroundings)?;
    let mut findings = vec![Finding::of(Check::Home, home, home_is), look_at_keys(&keys).await];
    findings.extend(sign_in.map(|error| Finding::of(Check::SignIn, "", Err(error))));
    findings.extend(stopped_audit(&places, &keys).await);
    Ok(findings)
}

/// What the process that owns the home sees.
pub(crate) async fn look(app: &App) -> Vec<Finding> {
    let mut findings = vec![look_at_keys(&app.0.keys).await];
    look_inside(app, &mut findings).await;
    findings
}

async fn look_at_keys(keys: &Keys) -> Finding {
    let fetched = keys.get("doctor").await.map(drop);
    Finding::of(Check::Keys, kept_in(keys.kind().0), fetched)
}

async fn look_inside(app: &App, findings: &mut Vec<Finding>) {
    let state = app.state();
    let who =
        state.profile.as_ref().map_or_else(String::new, |profile| profile.account_name.clone());
    let signed_in = match state.phase {
        Phase::Ready => Ok(()),
        Phase::Revoked => Err(AppError::new(Code::DeviceRevoked)),
        Phase::WaitingForKeys => Err(AppError::new(Code::KeychainUnavailable)),
        Phase::Onboarding | Phase::SignedOut => Err(AppError::new(Code::NotSignedIn)),
    };
    findings.push(Finding::of(Check::SignIn, who, signed_in));
    let Ok(session) = app.session() else { return };
    let url = session.service().base_url().to_owned();
    let answer = session.service().service_info().await;
    let told = answer.is_ok();
    findings.push(Finding::of(Check::Server, url, answer.map(drop).map_err(AppError::from)));
    if told {
        findings.push(look_at_clock(session.standing().clock_ahead_ms));
    }
    if matches!(session.profile().role, Role::Admin | Role::Owner) {
        findings.extend(audit(&session).await);
    }
    let Ok(overview) = session.overview().await else { return };
    folders(&overview, findings).await;
}

/// The service's time came with its answer a moment ago.
fn look_at_clock(ahead_ms: Option<i64>) -> Finding {
    let seen = ahead_ms.map(standing::offset).unwrap_or_default();
    let outcome = match ahead_ms {
        None => Ok(()),
        Some(_) => Err(AppError::new(Code::ClockWrong).with("offset", &seen)),
    };
    Finding::of(Check::Clock, seen, outcome)
}

/// Whether somebody had a hand in the log; nothing when the service cannot be asked.
async fn audit(session: &Session) -> Option<Finding> {
    let check = session.service().check_audit().await.ok()?;
    Some(match (check.tampered_at, check.head) {
        (Some(entry), _) => tampered(entry),
        (None, head) => {
            let seen = head.map(|head| format!("{} {}", head.entry, head.public_key));
            Finding::of(Check::Audit, seen.unwrap_or_default(), Ok(()))
        }
    })
}

/// The log of services of this computer that do not run; nothing where there are none.
async fn stopped_audit(places: &Places, keys: &Keys) -> Option<Finding> {
    Some(match check_if_stopped(places, keys).await? {
        Ok(AuditVerdict { tampered_at: Some(entry), .. }) => tampered(entry),
        Ok(AuditVerdict { last, public_key, .. }) => {
            let (last, key) = (last.unwrap_or_default(), public_key.unwrap_or_default());
            Finding::of(Check::Audit, format!("{last} {key}"), Ok(()))
        }
        Err(error) => Finding::of(Check::Audit, "", Err(error)),
    })
}

fn tampered(entry: impl std::fmt::Display) -> Finding {
    let error = AppError::new(Code::AuditTampered).with("detail", format!("entry {entry}"));
    Finding::of(Check::Audit, entry.to_string(), Err(error))
}

async fn folders(overview: &SyncOverview, findings: &mut Vec<Finding>) {
    for mapping in &overview.mappings {
        let folder = mapping.folder.clone();
        let looked = folder.clone();
        let listed = off_thread(move || std::fs::read_dir(&looked).map(drop)).await;
        let outcome = match listed {
            Ok(Ok(())) if mapping.state == MappingState::BlockedFolderMissing => {
                Err(AppError::new(Code::FolderMissing).with("path", &folder))
            }
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => {
                Err(AppError::new(Code::FolderMissing).with("path", &folder).because(&error))
            }
            Err(error) => Err(error),
        };
        findings.push(Finding::of(Check::Folder, folder, outcome));
    }
}

fn kept_in(store: SecretStore) -> &'static str {
    match store {
        SecretStore::Keychain => "keychain",
        SecretStore::EncryptedFile => "encrypted_file",
        SecretStore::KeyFile => "key_file",
        SecretStore::None => "none",
    }
}
