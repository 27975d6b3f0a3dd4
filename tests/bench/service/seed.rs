//! Rows by the million, written straight into the database of a development server while it is
//! stopped: as many requests would take hours. What is written is what the service itself would
//! have, counters included.

use std::time::{SystemTime, UNIX_EPOCH};

use albumen_tests::{World, instances::Place, world::Services};
use rusqlite::{Connection, params};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::kit::{self, TINY, Unmeasured};
use crate::figure::Rows;
use crate::ground::is_on_disk;

/// The file that all others of the large directory are copies of.
const ORIGINAL: &str = "original.txt";
/// What the database may keep in memory while it is filled: most of its indexes.
const CACHE_KIB: i64 = 256 * 1024;
/// How long a seeded token lives without use.
const PERIOD_S: i64 = 365 * 86_400;
/// More than a figure takes. A token is this much younger than can be, so that no use of it has to
/// be written down meanwhile: what is measured is the check alone.
const AHEAD_S: i64 = 86_400;

/// A development server: library service on SQLite and object store in one process.
pub(super) struct Server {
    world: World,
    services: Services,
}

impl Server {
    /// Starts one over nothing.
    pub(super) fn start() -> Result<Self, std::io::Error> {
        let mut world = World::new();
        if !is_on_disk(world.root()) {
            let why = "The folder for temporary files lies in memory: set TMPDIR";
            return Err(std::io::Error::other(why));
        }
        let services = world.serve_without_limits();
        Ok(Self { world, services })
    }

    /// A space in a library of its own; `space` says what it is to be like.
    pub(super) async fn place(&self, space: &Value) -> Place {
        let bases = vec![self.services.hosting.clone()];
        Place::make(bases, &self.services.console_key, &kit::settings(), space).await
    }

    /// Where the library service answers.
    pub(super) fn hosting(&self) -> &str {
        &self.services.hosting
    }

    /// The process.
    pub(super) fn pid(&self) -> u32 {
        self.world.server().expect("it has been started")
    }

    /// Puts so many files into the root of a space, which stay after it has started again; the
    /// space is returned as it is reached then.
    pub(super) async fn fill(&mut self, place: &Place, files: u32) -> Result<Place, Unmeasured> {
        kit::send(place, ORIGINAL).await?;
        self.while_stopped(|database| copy_files(database, place, files.saturating_sub(1)))?;
        Ok(place.through(&self.services.hosting))
    }

    /// Adds so many live tokens, each as that of the space and of a user of its own: see [`token`].
    pub(super) fn add_tokens(&mut self, place: &Place, count: u32) -> Result<Place, Unmeasured> {
        self.while_stopped(|database| copy_tokens(database, place.token(), count))?;
        Ok(place.through(&self.services.hosting))
    }

    fn while_stopped(
        &mut self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<()>,
    ) -> Result<(), Unmeasured> {
        self.world.stop_serving();
        let path = self.world.path("services").join("hosting").join("hosting.db");
        let mut database = Connection::open(path)?;
        // The world goes with this program, so a power cut may have it.
        database.pragma_update(None, "synchronous", "OFF")?;
        database.pragma_update(None, "cache_size", -CACHE_KIB)?;
        work(&mut database)?;
        database.close().map_err(|(_, error)| error)?;
        self.services = self.world.serve_without_limits();
        Ok(())
    }
}

/// Files beside [`ORIGINAL`] that have its content, and the counters with them.
fn copy_files(database: &mut Connection, place: &Place, count: u32) -> rusqlite::Result<()> {
    let transaction = database.transaction()?;
    let find = "SELECT n.id, n.space FROM nodes n JOIN spaces s ON s.key = n.space
        WHERE s.library = ?1 AND s.id = ?2 AND n.name = ?3";
    let (node, space): (i64, i64) =
        transaction.query_row(find, params![place.library(), place.space(), ORIGINAL], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    transaction.execute(
        "WITH RECURSIVE numbers (number) AS (
            SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < ?2)
        INSERT INTO nodes (space, parent, name, leaf, kind, created_ms, modified_ms, uploaded_ms,
            revision, object, size, content_type, user_id)
        SELECT n.space, n.parent, printf('file-%08d.txt', number), n.leaf, n.kind,
            n.created_ms + number, n.modified_ms + number, n.uploaded_ms + number, n.revision,
            n.object, n.size, n.content_type, n.user_id
        FROM numbers JOIN nodes n ON n.id = ?1",
        params![node, count],
    )?;
    let bytes = i64::from(count) * i64::try_from(TINY.len()).expect("a tiny file");
    transaction.execute(
        "UPDATE usages SET files = files + ?2, bytes = bytes + ?3 WHERE space = ?1",
        params![space, count, bytes],
    )?;
    transaction.commit()
}

/// Tokens that may what this one may.
fn copy_tokens(database: &mut Connection, like: &str, count: u32) -> rusqlite::Result<()> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = i64::try_from(now.as_millis()).unwrap_or(i64::MAX);
    let expires = now.saturating_add((PERIOD_S + AHEAD_S) * 1000);
    let mut hashes: Vec<([u8; 32], u32)> =
        (0..count).map(|number| (Sha256::digest(token(number)).into(), number)).collect();
    // In the order of the table, which fills many times faster so.
    hashes.sort_unstable();
    let like: [u8; 32] = Sha256::digest(like).into();
    let transaction = database.transaction()?;
    {
        let mut copy = transaction.prepare(
            "INSERT INTO tokens (hash, library, spaces, user_id, client_id, session_id, grants,
                period_s, expires_ms)
            SELECT ?2, library, spaces, ?3, ?4, session_id, grants, ?5, ?6
            FROM tokens WHERE hash = ?1",
        )?;
        for (hash, number) in hashes {
            let (user, device) = (format!("user-{number}"), format!("device-{number}"));
            copy.execute(params![like, hash, user, device, PERIOD_S, expires])?;
        }
    }
    transaction.commit()
}

/// The seeded token of this number, in the form of real ones.
pub(super) fn token(number: u32) -> String {
    format!("acctk{number:064x}")
}

/// A figure with the large directory: a space of so many files, and its server.
pub(super) async fn with_files<F>(files: u32, measure: impl FnOnce(Server, Place) -> F) -> Rows
where
    F: Future<Output = Rows>,
{
    let mut server = Server::start()?;
    let place = server.place(&Value::Object(serde_json::Map::new())).await;
    let place = server.fill(&place, files).await?;
    measure(server, place).await
}
