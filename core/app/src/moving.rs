//! The databases of a home's services: files below their folder, or schemas on a PostgreSQL server
//! once they were moved there. Owns which, the move, and that a copy is a file either way; how rows
//! travel is the database crate's business.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use albumen_db::{Error, MovedTable, Place, PostgresUrl, Server, copy_file, must_be_vacant};
use serde::{Deserialize, Serialize};

use crate::{
    AppError, Code, Surroundings,
    app::places,
    blocking::off_thread,
    lock::Lock,
    places::replace_file,
    secret_file::secret_of_file,
    services::{self, failed},
};

/// Says that the databases are on a server, and which file has its address.
const FILE: &str = "database.json";
/// The schemas there.
const TOKENS_SCHEMA: &str = "albumen_tokens";
const HOSTING_SCHEMA: &str = "albumen_hosting";
/// What the files are called that are not used any more.
const MOVED: &str = "moved.db";

/// Where the address of the server is; never the address itself, which has a password in it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Moved {
    address_file: PathBuf,
}

/// Where the databases of services are.
pub(crate) enum Databases {
    /// In their folder.
    Files(PathBuf),
    /// On a server.
    Server(PostgresUrl),
}

impl Databases {
    /// Those of the services in a folder.
    ///
    /// # Errors
    /// [`Code::ServiceFailed`] when the address of the server cannot be read.
    pub(crate) fn of(dir: &Path) -> Result<Self, AppError> {
        let text = match fs::read(dir.join(FILE)) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Self::Files(dir.to_owned()));
            }
            Err(error) => return Err(failed(&error)),
        };
        let moved: Moved = serde_json::from_slice(&text).map_err(|error| failed(&error))?;
        Ok(Self::Server(address(&moved.address_file)?))
    }

    /// The same where there are any: the token service ran there at least.
    ///
    /// # Errors
    /// [`Code::NoServices`], and as [`Self::of`].
    pub(crate) fn there(dir: &Path) -> Result<Self, AppError> {
        let databases = Self::of(dir)?;
        match &databases {
            Self::Files(dir) if !file(dir, "tokens").is_file() => {
                Err(AppError::new(Code::NoServices).with("path", dir.display()))
            }
            _ => Ok(databases),
        }
    }

    /// Copies the token service's database as it is at this moment, beside those who use it, into a
    /// SQLite file that is not there yet.
    ///
    /// # Errors
    /// [`Code::ServiceFailed`].
    pub(crate) async fn copy_tokens(&self, to: PathBuf) -> Result<(), AppError> {
        match self {
            Self::Files(dir) => copy(file(dir, "tokens"), to).await,
            Self::Server(url) => {
                let from = Server::new(url.clone(), TOKENS_SCHEMA);
                let copied = albumen_tokens::copy_database(&from, to).await;
                copied.map_err(|error| failed(&error))
            }
        }
    }

    /// The same of the library service's.
    ///
    /// # Errors
    /// [`Code::ServiceFailed`].
    pub(crate) async fn copy_hosting(&self, to: PathBuf) -> Result<(), AppError> {
        match self.hosting() {
            Place::Server(server) => {
                let copied = albumen_hosting::copy_database(&server, to).await;
                copied.map_err(|error| failed(&error))
            }
            Place::File(from) => copy(from, to).await,
        }
    }

    /// The database of the library service.
    pub(crate) fn hosting(&self) -> Place {
        match self {
            Self::Files(dir) => Place::File(file(dir, "hosting")),
            Self::Server(url) => Place::Server(Server::new(url.clone(), HOSTING_SCHEMA)),
        }
    }

    /// The server that has the token service's database; `None`: a file in its folder.
    pub(crate) fn tokens(&self) -> Option<Server> {
        match self {
            Self::Files(_) => None,
            Self::Server(url) => Some(Server::new(url.clone(), TOKENS_SCHEMA)),
        }
    }
}

/// What was moved, by service.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MovedDatabases {
    /// Rows of the token service.
    pub tokens_rows: u64,
    /// Rows of the library service.
    pub hosting_rows: u64,
    /// Tables, each compared row by row.
    pub tables: usize,
}

/// Moves the databases of a home's services, which must not run, to the PostgreSQL server whose
/// address is in a file that nobody else can read. From then on the services use them there. The
/// files stay, under another name.
///
/// # Errors
/// [`Code::ProfileInUse`] while the services run, [`Code::NoServices`], [`Code::BadRequest`] when
/// they were moved before, [`Code::DatabaseNotEmpty`], [`Code::ServiceFailed`] when the server
/// cannot be reached.
pub async fn move_databases(
    surroundings: &Surroundings,
    address_file: &Path,
) -> Result<MovedDatabases, AppError> {
    let places = places(surroundings)?;
    let dir = places.services();
    if dir.join(FILE).is_file() {
        return Err(AppError::new(Code::BadRequest).with("detail", "They were moved before"));
    }
    let has = |service| file(&dir, service).is_file();
    if !has("tokens") || (has_library_service(&dir) && !has("hosting")) {
        return Err(AppError::new(Code::NoServices).with("path", dir.display()));
    }
    let _lock = Lock::take(&services::lock(&places))?;
    let target = Target::read(address_file)?;
    target.must_be_vacant().await?;
    target.take_in(&dir).await
}

/// Whether a library service was ever run in a folder, beside the token service.
pub(crate) fn has_library_service(dir: &Path) -> bool {
    dir.join("hosting").is_dir()
}

/// A server that databases are to be moved to.
pub(crate) struct Target {
    address_file: PathBuf,
    url: PostgresUrl,
}

impl Target {
    /// The one whose address is in a file that nobody else can read.
    ///
    /// # Errors
    /// [`Code::ServiceFailed`] when it cannot be read.
    pub(crate) fn read(address_file: &Path) -> Result<Self, AppError> {
        let address_file = std::path::absolute(address_file).map_err(|error| failed(&error))?;
        let url = address(&address_file)?;
        Ok(Self { address_file, url })
    }

    /// Looks whether there is room, before any work is done.
    ///
    /// # Errors
    /// [`Code::DatabaseNotEmpty`]; [`Code::ServiceFailed`] when it cannot be reached.
    pub(crate) async fn must_be_vacant(&self) -> Result<(), AppError> {
        for schema in [TOKENS_SCHEMA, HOSTING_SCHEMA] {
            must_be_vacant(&self.schema(schema)).await.map_err(|error| match &error {
                Error::NotEmpty { table } => {
                    let table = format!("{schema}.{table}");
                    AppError::new(Code::DatabaseNotEmpty).with("table", table)
                }
                _ => failed(&error),
            })?;
        }
        Ok(())
    }

    /// Moves the files of a services' folder there, which nobody may use meanwhile.
    ///
    /// # Errors
    /// [`Code::ServiceFailed`]; then the files still count.
    pub(crate) async fn take_in(&self, dir: &Path) -> Result<MovedDatabases, AppError> {
        let to = self.schema(TOKENS_SCHEMA);
        let tokens = albumen_tokens::move_database(file(dir, "tokens"), &to).await;
        let tokens = tokens.map_err(|error| failed(&error))?;
        let hosting = match has_library_service(dir) {
            true => self.take_in_hosting(dir).await?,
            false => Vec::new(),
        };
        // The one step that decides: before it the files count, after it the server.
        let moved = Moved { address_file: self.address_file.clone() };
        let moved = serde_json::to_vec_pretty(&moved).map_err(|error| failed(&error))?;
        replace_file(&dir.join(FILE), &moved).map_err(|error| failed(&error))?;
        for service in ["tokens", "hosting"] {
            let old = file(dir, service);
            if old.is_file() {
                fs::rename(&old, old.with_extension(MOVED)).map_err(|error| failed(&error))?;
            }
        }
        let rows = |tables: &[MovedTable]| tables.iter().map(|table| table.rows).sum();
        Ok(MovedDatabases {
            tokens_rows: rows(&tokens),
            hosting_rows: rows(&hosting),
            tables: tokens.len() + hosting.len(),
        })
    }

    async fn take_in_hosting(&self, dir: &Path) -> Result<Vec<MovedTable>, AppError> {
        let to = self.schema(HOSTING_SCHEMA);
        let moved = albumen_hosting::move_database(file(dir, "hosting"), &to).await;
        moved.map_err(|error| {
            let hint = format!("; before the next try, drop the schema {TOKENS_SCHEMA} there");
            let told = failed(&error);
            let detail = told.params.get("detail").cloned().unwrap_or_default() + &hint;
            told.with("detail", detail)
        })
    }

    fn schema(&self, name: &str) -> Server {
        Server { connections: 1, ..Server::new(self.url.clone(), name) }
    }
}

async fn copy(from: PathBuf, to: PathBuf) -> Result<(), AppError> {
    off_thread(move || copy_file(&from, &to)).await?.map_err(|error| failed(&error))
}

fn file(dir: &Path, service: &str) -> PathBuf {
    dir.join(service).join(format!("{service}.db"))
}

fn address(file: &Path) -> Result<PostgresUrl, AppError> {
    secret_of_file(file)?.parse().map_err(|error| failed(&error))
}
