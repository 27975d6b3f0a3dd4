//! For tests of what stands on this crate: a database of their own in whichever of the two is under
//! test, and a hand that reaches into it from outside.

use std::{
    path::Path,
    sync::atomic::{AtomicU32, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

use tokio_postgres::{Client, NoTls};

use crate::{Place, Server};

/// Names a PostgreSQL server for tests; without it they run on SQLite. The runner of the suites
/// starts one.
pub const SERVER: &str = "ALBUMEN_TEST_POSTGRES";

/// An empty database for one test: a schema of a name that nobody had, or a file in the folder.
///
/// # Panics
/// When the variable does not hold a server's address.
#[expect(clippy::disallowed_methods, reason = "a test is told by nobody else")]
pub fn place(folder: &Path) -> Place {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let Ok(url) = std::env::var(SERVER) else {
        return Place::File(folder.join("test.db"));
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    let (process, count) = (std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let url = url.parse().unwrap_or_else(|error| panic!("{SERVER}: {error}"));
    // Few connections: many tests share the server.
    Place::Server(Server {
        connections: 4,
        ..Server::new(url, format!("t{now}_{process}_{count}"))
    })
}

/// Runs statements from outside, as an operator would; on a server with the schema in reach.
///
/// # Errors
/// What the database says.
///
/// # Panics
/// When it cannot be reached.
pub async fn run(place: &Place, sql: &str) -> Result<(), String> {
    match place {
        Place::File(path) => file(path).execute_batch(sql).map_err(|error| error.to_string()),
        Place::Server(server) => {
            let done = client(server).await.batch_execute(sql).await;
            done.map_err(|error| format!("{:?}", error.as_db_error()))
        }
    }
}

/// The number that a query gives.
///
/// # Panics
/// When it gives none.
pub async fn number(place: &Place, sql: &str) -> i64 {
    match place {
        Place::File(path) => {
            file(path).query_row(sql, [], |row| row.get(0)).expect("the query gives a number")
        }
        Place::Server(server) => {
            client(server).await.query_one(sql, &[]).await.expect("the query gives a row").get(0)
        }
    }
}

/// Whether these bytes are kept anywhere: in a file of the folder, or in a row on the server.
///
/// # Panics
/// When it cannot be looked at.
pub async fn holds(place: &Place, wanted: &[u8]) -> bool {
    match place {
        Place::File(path) => {
            let folder = path.parent().expect("a file lies in a folder");
            let entries = std::fs::read_dir(folder).expect("the folder can be read");
            let files = entries.map(|entry| entry.expect("an entry").path());
            files.filter(|path| path.is_file()).any(|path| {
                let bytes = std::fs::read(path).expect("the file can be read");
                bytes.windows(wanted.len()).any(|window| window == wanted)
            })
        }
        Place::Server(server) => {
            let client = client(server).await;
            client.batch_execute("SET xmlbinary TO hex").await.expect("it can be set");
            let sql = "SELECT CAST(schema_to_xml(current_schema(), true, false, '') AS TEXT)";
            let all: String = client.query_one(sql, &[]).await.expect("it can be read").get(0);
            let hex: String = wanted.iter().map(|byte| format!("{byte:02X}")).collect();
            all.contains(&*String::from_utf8_lossy(wanted)) || all.contains(&hex)
        }
    }
}

fn file(path: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(path).expect("the file can be opened")
}

async fn client(server: &Server) -> Client {
    let config = server.config().expect("the address can be used");
    let (client, connection) = config.connect(NoTls).await.expect("the server answers");
    tokio::spawn(connection);
    client
}
