//! The databases of a home's services: files below their folder, or schemas on a PostgreSQL server
//! once they were moved there. Owns which, and the move; copying is the database crate's.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use albumen_db::{MovedTable, Place, PostgresUrl, Server};
use serde::{Deserialize, Serialize};

use crate::{
    AppError, Code, Surroundings,
    app::places,
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

/// Moves both databases of a home's services, which must not run, to the PostgreSQL server whose
/// address is in a file that nobody else can read. From then on the services use them there. The
/// files stay, under another name.
///
/// # Errors
/// [`Code::ProfileInUse`] while the services run, [`Code::NoServices`], [`Code::BadRequest`] when
/// they were moved before, [`Code::ServiceFailed`] when the server cannot be reached or its schemas
/// are not empty.
pub async fn move_databases(
    surroundings: &Surroundings,
    address_file: &Path,
) -> Result<MovedDatabases, AppError> {
    let places = places(surroundings)?;
    let dir = places.services();
    if !file(&dir, "tokens").is_file() || !file(&dir, "hosting").is_file() {
        return Err(match dir.join(FILE).is_file() {
            true => AppError::new(Code::BadRequest).with("detail", "They were moved before"),
            false => AppError::new(Code::NoServices).with("path", dir.display()),
        });
    }
    let _lock = Lock::take(&services::lock(&places))?;
    let address_file = std::path::absolute(address_file).map_err(|error| failed(&error))?;
    let url = address(&address_file)?;
    let to = |schema: &str| Server { connections: 1, ..Server::new(url.clone(), schema) };
    let tokens = albumen_tokens::move_database(file(&dir, "tokens"), &to(TOKENS_SCHEMA)).await;
    let tokens = tokens.map_err(|error| failed(&error))?;
    let hosting = albumen_hosting::move_database(file(&dir, "hosting"), &to(HOSTING_SCHEMA)).await;
    let hosting = hosting.map_err(|error| {
        let hint = format!("; before the next try, drop the schema {TOKENS_SCHEMA} there");
        let told = failed(&error);
        let detail = told.params.get("detail").cloned().unwrap_or_default() + &hint;
        told.with("detail", detail)
    })?;
    // The one step that decides: before it the files count, after it the server.
    let moved = serde_json::to_vec_pretty(&Moved { address_file });
    let moved = moved.map_err(|error| failed(&error))?;
    replace_file(&dir.join(FILE), &moved).map_err(|error| failed(&error))?;
    for service in ["tokens", "hosting"] {
        let old = file(&dir, service);
        fs::rename(&old, old.with_extension(MOVED)).map_err(|error| failed(&error))?;
    }
    let rows = |tables: &[MovedTable]| tables.iter().map(|table| table.rows).sum();
    Ok(MovedDatabases {
        tokens_rows: rows(&tokens),
        hosting_rows: rows(&hosting),
        tables: tokens.len() + hosting.len(),
    })
}

/// Whether the databases of a services' folder are on a server.
pub(crate) fn is_moved(dir: &Path) -> bool {
    dir.join(FILE).is_file()
}

fn file(dir: &Path, service: &str) -> PathBuf {
    dir.join(service).join(format!("{service}.db"))
}

fn address(file: &Path) -> Result<PostgresUrl, AppError> {
    secret_of_file(file)?.parse().map_err(|error| failed(&error))
}
