//! Somebody at the token service by the client's own calls: for accounts that no command makes yet,
//! and for a device whose tokens and sessions a test can look at and use wrongly.

use std::{path::Path, sync::Arc, time::Duration};

use albumen_client::{
    BeginMode, Begun, DataPlane, DeviceKey, Enrolment, HttpClient, HttpClientConfig, SpaceClient,
    TokenService, TokenSource, UploadBody,
};
use albumen_model::{
    ClientId, ConflictStrategy, DeviceId, LibraryId, OneTimeCode, RemotePath, SpaceId,
    auth::{CreateAccount, Role, SignInReply, TokenPurpose},
    smh::{BeginUploadRequest, UploadParameters},
};

use rusqlite::Connection;

use crate::secrets;
use crate::world::Services;

/// What people of tests choose who come in by an invitation.
pub const PASSWORD: &str = "a long enough password for tests";

/// A signed-in device of the test's own.
#[derive(Debug)]
pub struct Person {
    /// Calls of this device.
    pub service: Arc<TokenService>,
    /// What signing in said.
    pub signed_in: SignInReply,
    /// The development space with tokens of this device.
    pub space: SpaceClient,
    data: DataPlane,
}

impl Person {
    /// Signs in as the owner of the services.
    ///
    /// # Panics
    /// When that is refused; so do all of these.
    pub async fn owner(services: &Services, device: &str) -> Self {
        let key = fresh_key();
        let http = HttpClient::new(&HttpClientConfig::loopback()).expect("a plain client");
        let service = TokenService::new(http, &services.tokens).expect("a base URL");
        let (account, password) = (&services.account, &services.password);
        let about = (device, "Test", "0.0.0");
        let signed_in = service.sign_in(&key, account, password, about).await;
        Self::enrolled(services, key, signed_in.expect("signing in"))
    }

    /// Makes an account of this name by the code of an invitation, at services that run in a home,
    /// and looks at the space of a library there. Its password is [`PASSWORD`].
    ///
    /// # Panics
    /// When that is refused.
    pub async fn invited(
        tokens: &str,
        (account, code): (&str, &str),
        (library, space): (&str, &str),
    ) -> Self {
        let key = fresh_key();
        secrets::learn("a password", PASSWORD);
        let http = HttpClient::new(&HttpClientConfig::loopback()).expect("a plain client");
        let service = TokenService::new(http, tokens).expect("a base URL");
        let (code, about) = (OneTimeCode::new(code), ("a guest's", "Test", "0.0.0"));
        let signed_in = service.join(&key, Some(&code), Some(account), PASSWORD, about).await;
        let services = Services {
            hosting: String::new(),
            tokens: tokens.to_owned(),
            store: String::new(),
            console_key: String::new(),
            library_id: library.to_owned(),
            library_secret: String::new(),
            space_id: space.to_owned(),
            bucket: String::new(),
            access_key_id: String::new(),
            secret_access_key: String::new(),
            account: account.to_owned(),
            password: PASSWORD.to_owned(),
            ca_file: None,
            ca_sha256: None,
        };
        Self::enrolled(&services, key, signed_in.expect("joining"))
    }

    /// A file's bytes, by a signed address, straight from the store.
    ///
    /// # Panics
    /// When it is not there.
    pub async fn download(&self, place: &str) -> Vec<u8> {
        let path = RemotePath::parse(place).expect("a place");
        let space = self.space.for_purpose(TokenPurpose::Browse);
        let mut download = space.open(&path, None).await.expect("the file is there");
        let mut bytes = Vec::new();
        while let Some(piece) = download.next_piece().await.expect("it comes whole") {
            bytes.extend_from_slice(&piece);
        }
        bytes
    }

    /// A device that is enrolled already.
    ///
    /// # Panics
    /// When the services tell what cannot be.
    pub fn enrolled(services: &Services, key: DeviceKey, signed_in: SignInReply) -> Self {
        let http = HttpClient::new(&HttpClientConfig::loopback()).expect("a plain client");
        let enrolment = Enrolment {
            key,
            device_id: signed_in.device_id.clone(),
            service_id: signed_in.service_id.clone(),
        };
        let service = TokenService::enrolled(http.clone(), &services.tokens, enrolment);
        let service = Arc::new(service.expect("a base URL"));
        let tokens = Arc::new(TokenSource::new(Arc::clone(&service)));
        let library = LibraryId::parse(&services.library_id).expect("an id");
        let space = SpaceId::parse(&services.space_id).expect("an id");
        let data = DataPlane::new(http.clone());
        let space = SpaceClient::new(http, tokens, library, space, TokenPurpose::Backup);
        Self { service, signed_in, space, data }
    }

    /// So many devices more of the same account, enrolled past the password, which would take most
    /// of the time: written into the token service's database, a SQLite file.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn more(
        &self,
        services: &Services,
        database: &Path,
        names: &str,
        count: usize,
    ) -> Vec<Self> {
        let database = Connection::open(database).expect("the token service's database");
        database.busy_timeout(Duration::from_secs(30)).expect("a setting");
        let account = self.signed_in.account.account_id.as_str();
        let sql = "INSERT INTO device (device_id, client_id, account_id, name, os, app_version,
            public_key, enrolled_at) VALUES (?1, ?1, ?2, 'extra', 'T', '0', ?3, 1)";
        let one = |number| {
            let (key, id) = (fresh_key(), format!("{names}x{number}"));
            let values = [id.as_str(), account, &key.public().to_string()];
            database.execute(sql, values).expect("a row");
            let signed_in = SignInReply {
                device_id: DeviceId::parse(id.clone()).expect("an id"),
                client_id: ClientId::parse(id).expect("an id"),
                ..self.signed_in.clone()
            };
            Self::enrolled(services, key, signed_in)
        };
        (0..count).map(one).collect()
    }

    /// Makes an account for another person; the services as they are to that one.
    ///
    /// # Panics
    /// When that is refused.
    pub async fn invites(&self, services: &Services, name: &str) -> Services {
        let password = PASSWORD.to_owned();
        secrets::learn("a password", &password);
        let account =
            CreateAccount { name: name.to_owned(), password: password.clone(), role: Role::Member };
        self.service.create_account(&account).await.expect("a new account");
        Services { account: name.to_owned(), password, ..services.clone() }
    }

    /// Begins an upload in parts.
    ///
    /// # Panics
    /// When that is refused.
    pub async fn begin(&self, path: &RemotePath, size: u64) -> UploadParameters {
        let request = BeginUploadRequest {
            size: Some(size),
            part_number_range: Some("1-10".to_owned()),
            ..BeginUploadRequest::default()
        };
        let (mode, ask) = (BeginMode::Multipart, ConflictStrategy::Ask);
        match self.space.begin_upload(path, mode, &request, ask, None, size).await {
            Ok(Begun::Upload(parameters)) => *parameters,
            other => panic!("No upload begins: {other:?}"),
        }
    }

    /// Sends a part straight to the store; whether it was taken.
    pub async fn put_part(&self, to: &UploadParameters, number: u32, bytes: Vec<u8>) -> bool {
        let length = bytes.len() as u64;
        let body = UploadBody::from(bytes::Bytes::from(bytes));
        self.data.put_part(to, "http", number, body, length, None).await.is_ok()
    }
}

/// A new device's key; nobody may find it anywhere.
fn fresh_key() -> DeviceKey {
    let key = DeviceKey::generate().expect("the system has randomness");
    secrets::learn_key("a device's key", &key.to_secret()[..]);
    key
}
