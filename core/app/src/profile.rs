//! One signed-in identity on disk: whom it talks to, as whom, as which device. Holds no secret: the
//! device's key is with the other keys, under a name made from the profile's.

use std::fs;

use albumen_client::Certificate;
use albumen_model::{
    AccountId, ClientId, DeviceId, ServiceId, Timestamp,
    auth::{RevocationKind, Role, SignInReply},
};
use serde::{Deserialize, Serialize};

use crate::{
    AppError,
    places::{self, Places},
    server::Server,
    views::{self, CopiesView, ProfileKind, ProfileView, RevocationView},
};

/// The record, `profile.json` in the profile's folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Profile {
    /// Names the folder.
    pub(crate) id: String,
    /// Whom it talks to.
    pub(crate) kind: ProfileKind,
    /// Base URL of the token service. Of a hosted one only the last known: its port may change.
    pub(crate) tokens_url: String,
    /// The certificate authority to trust there beside the system's own, and nowhere else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) authority: Option<Certificate>,
    /// The service's name for people.
    pub(crate) server_name: String,
    /// The service itself, wherever it answers.
    pub(crate) service_id: ServiceId,
    /// The account.
    pub(crate) account_id: AccountId,
    /// Its name.
    pub(crate) account_name: String,
    /// What it may do.
    pub(crate) role: Role,
    /// This device.
    pub(crate) device_id: DeviceId,
    /// Its name.
    pub(crate) device_name: String,
    /// The client id its tokens carry.
    pub(crate) client_id: ClientId,
    /// Whether the service revoked the device.
    #[serde(default)]
    pub(crate) revoked: bool,
    /// What the service said about it, and what was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) revocation: Option<Revocation>,
}

/// What is known of a revocation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Revocation {
    /// In which way.
    pub(crate) kind: RevocationKind,
    /// When, by the service's clock.
    pub(crate) requested_at: Timestamp,
    /// What was done with local copies, once it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) copies: Option<CopiesView>,
    /// Whether the service has heard what was done.
    #[serde(default)]
    pub(crate) reported: bool,
}

/// Where and as what somebody signed in.
pub(crate) struct SignedIn<'a> {
    /// Whom with.
    pub(crate) kind: ProfileKind,
    /// Where.
    pub(crate) server: &'a Server,
    /// The name given to the device.
    pub(crate) device_name: &'a str,
    /// What the service said.
    pub(crate) reply: SignInReply,
}

impl Profile {
    /// The profile for an identity that just signed in. One that was here before gets its folder
    /// back, and with it all that its journal knows.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn create(places: &Places, signed_in: SignedIn<'_>) -> Result<Self, AppError> {
        let reply = signed_in.reply;
        let same = |known: &Self| {
            known.service_id == reply.service_id && known.account_id == reply.account.account_id
        };
        let known = Self::all(places).into_iter().find(same);
        let profile = Self {
            id: known.map_or_else(|| format!("{:016x}", rand::random::<u64>()), |known| known.id),
            kind: signed_in.kind,
            tokens_url: signed_in.server.url.clone(),
            authority: signed_in.server.authority.clone(),
            server_name: reply.service_name,
            service_id: reply.service_id,
            account_id: reply.account.account_id,
            account_name: reply.account.name,
            role: reply.account.role,
            device_id: reply.device_id,
            device_name: signed_in.device_name.to_owned(),
            client_id: reply.client_id,
            revoked: false,
            revocation: None,
        };
        let folder = places.profile(&profile.id);
        places::private_folder(&folder).map_err(|error| failed(&profile.id, &error))?;
        profile.save(places)?;
        Ok(profile)
    }

    /// Reads one.
    ///
    /// # Errors
    /// When it cannot be read or understood.
    pub(crate) fn load(places: &Places, id: &str) -> Result<Self, AppError> {
        let text = fs::read(Self::file(places, id)).map_err(|error| failed(id, &error))?;
        serde_json::from_slice(&text).map_err(|error| failed(id, &error))
    }

    /// Writes it.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn save(&self, places: &Places) -> Result<(), AppError> {
        let text = serde_json::to_vec_pretty(self).map_err(|error| failed(&self.id, &error))?;
        places::replace_file(&Self::file(places, &self.id), &text)
            .map_err(|error| failed(&self.id, &error))
    }

    /// The server.
    pub(crate) fn server(&self) -> Server {
        Server { url: self.tokens_url.clone(), authority: self.authority.clone() }
    }

    /// The name of its device key among the other keys.
    pub(crate) fn key_name(&self) -> String {
        format!("device/{}", self.id)
    }

    /// What happened to the device, when it was revoked.
    pub(crate) fn revocation_view(&self) -> Option<RevocationView> {
        let known = self.revocation.as_ref();
        self.revoked.then(|| RevocationView {
            kind: known.map(|known| known.kind.into()),
            requested_at: known.map(|known| known.requested_at.to_string()),
            copies: known.and_then(|known| known.copies.clone()),
        })
    }

    /// As the pages see it.
    pub(crate) fn view(&self) -> ProfileView {
        ProfileView {
            id: self.id.clone(),
            kind: self.kind,
            server_name: self.server_name.clone(),
            tokens_url: self.tokens_url.clone(),
            account_name: self.account_name.clone(),
            role: role_view(self.role),
            device_id: self.device_id.to_string(),
            device_name: self.device_name.clone(),
            client_id: self.client_id.to_string(),
        }
    }

    fn file(places: &Places, id: &str) -> std::path::PathBuf {
        places.profile(id).join("profile.json")
    }

    /// Every profile that can be read.
    fn all(places: &Places) -> Vec<Self> {
        let listed = fs::read_dir(places.profiles()).into_iter().flatten();
        listed
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter_map(|id| Self::load(places, &id).ok())
            .collect()
    }
}

/// A role as the pages see it.
pub(crate) fn role_view(role: Role) -> views::Role {
    match role {
        Role::Owner => views::Role::Owner,
        Role::Admin => views::Role::Admin,
        Role::Member => views::Role::Member,
        Role::Viewer => views::Role::Viewer,
    }
}

/// A role that somebody chose on a page.
pub(crate) fn role_of(role: views::Role) -> Role {
    match role {
        views::Role::Owner => Role::Owner,
        views::Role::Admin => Role::Admin,
        views::Role::Member => Role::Member,
        views::Role::Viewer => Role::Viewer,
    }
}

fn failed(id: &str, error: &dyn std::error::Error) -> AppError {
    AppError::internal("Profile").with("profile", id).because(error)
}

#[cfg(test)]
mod tests {
    use albumen_model::auth::AccountRecord;

    use super::*;

    fn reply(account: &str, device: &str) -> SignInReply {
        SignInReply {
            device_id: DeviceId::parse(device).unwrap(),
            client_id: ClientId::parse("c1").unwrap(),
            account: AccountRecord {
                account_id: AccountId::parse(account).unwrap(),
                name: "lin".into(),
                role: Role::Member,
            },
            service_id: ServiceId::parse("s1").unwrap(),
            service_name: "Home".into(),
        }
    }

    fn create(places: &Places, account: &str, device: &str) -> Profile {
        let server = Server { url: "https://photos.example".to_owned(), authority: None };
        let (kind, reply) = (ProfileKind::Server, reply(account, device));
        let signed_in = SignedIn { kind, server: &server, device_name: "d", reply };
        Profile::create(places, signed_in).unwrap()
    }

    #[test]
    fn who_comes_back_gets_the_same_folder() {
        let folder = tempfile::tempdir().unwrap();
        let places = Places::new(folder.path());
        places.prepare().unwrap();
        let first = create(&places, "a1", "d1");
        let other = create(&places, "a2", "d2");
        let again = create(&places, "a1", "d3");
        assert_eq!(first.id, again.id);
        assert_ne!(first.id, other.id);
        assert_eq!(Profile::load(&places, &first.id).unwrap(), again);
    }
}
