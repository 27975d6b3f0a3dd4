//! Forward migrations in a PostgreSQL schema of the service's own. What SQLite keeps in a file's
//! head is a row of the table `albumen_schema` here.

use deadpool_postgres::ClientWrapper;
use tokio_postgres::Transaction;

use super::{Server, failure::failed, tx::number};
use crate::{Error, LockKey, Schema};

/// The mark and the version, in one row.
const BOOK: &str = "CREATE TABLE albumen_schema (
    application_id INTEGER NOT NULL,
    version BIGINT NOT NULL,
    one BOOLEAN NOT NULL DEFAULT TRUE PRIMARY KEY CHECK (one)
)";

/// Brings the schema to its newest version, all steps in one transaction. Of several instances
/// that start at once, one does the work and the others wait.
pub(super) async fn apply(
    client: &mut ClientWrapper,
    server: &Server,
    schema: Schema,
) -> Result<(), Error> {
    migrate(client, server, schema).await.map_err(|error| match error {
        Failure::Said(error) => error,
        Failure::Server(error) => failed(&error),
    })
}

enum Failure {
    Said(Error),
    Server(tokio_postgres::Error),
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Server(error)
    }
}

async fn migrate(
    client: &mut ClientWrapper,
    server: &Server,
    schema: Schema,
) -> Result<(), Failure> {
    let place = || server.to_string();
    let tx = tokio_postgres::Client::transaction(client).await?;
    // A large table may take its time, and so may whoever migrates before us.
    tx.batch_execute("SET LOCAL statement_timeout = 0").await?;
    let lock = number(&server.schema, &LockKey::alone("schema", ""));
    tx.execute("SELECT pg_advisory_xact_lock($1)", &[&lock]).await?;
    make_schema(&tx, &server.schema).await?;
    let (id, version) = match found(&tx, &server.schema).await? {
        Found::Nothing => {
            tx.batch_execute(BOOK).await?;
            let sql = "INSERT INTO albumen_schema (application_id, version) VALUES ($1, 0)";
            tx.execute(sql, &[&schema.application_id]).await?;
            (schema.application_id, 0)
        }
        Found::Foreign => (0, 0),
        Found::Version(id, version) => (id, version),
    };
    if id != schema.application_id {
        return Err(Failure::Said(Error::Foreign { place: place(), found: id }));
    }
    let (version, known) = (usize::try_from(version).unwrap_or(usize::MAX), schema.steps.len());
    let Some(steps) = schema.steps.get(version..) else {
        let refusal = Error::NewerSchema { place: place(), found: version, known };
        return Err(Failure::Said(refusal));
    };
    for step in steps {
        tx.batch_execute(step.postgres).await?;
    }
    if !steps.is_empty() {
        let version = i64::try_from(known).unwrap_or(i64::MAX);
        tx.execute("UPDATE albumen_schema SET version = $1", &[&version]).await?;
    }
    Ok(tx.commit().await?)
}

/// Makes it only when it is not there: who may use one need not have the right to make any.
async fn make_schema(tx: &Transaction<'_>, name: &str) -> Result<(), tokio_postgres::Error> {
    let sql = "SELECT 1 FROM pg_namespace WHERE nspname = $1";
    if tx.query_opt(sql, &[&name]).await?.is_none() {
        tx.batch_execute(&format!("CREATE SCHEMA {name}")).await?;
    }
    Ok(())
}

enum Found {
    Nothing,
    /// Tables of somebody else.
    Foreign,
    /// Mark and version.
    Version(i32, i64),
}

async fn found(tx: &Transaction<'_>, schema: &str) -> Result<Found, tokio_postgres::Error> {
    let sql = "SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')";
    let tables = tx.query(sql, &[&schema]).await?;
    if tables.iter().any(|row| row.get::<_, &str>(0) == "albumen_schema") {
        let row = tx.query_one("SELECT application_id, version FROM albumen_schema", &[]).await?;
        return Ok(Found::Version(row.get(0), row.get(1)));
    }
    Ok(if tables.is_empty() { Found::Nothing } else { Found::Foreign })
}
