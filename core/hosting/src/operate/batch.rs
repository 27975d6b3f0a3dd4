//! One item of a batch or a task: what to do, and what came of it (SMH section 10).

use albumen_db::Tx;
use albumen_model::{
    ConflictStrategy, ErrorCode, RemotePath, SpaceId, Timestamp, smh::BatchResult,
};
use serde::{Deserialize, Serialize};

use super::{
    copying, moving,
    order::{self, Order, Placed},
    room::remove,
};
use crate::{
    error::{Error, Refusal, refuse},
    repository::{node, usage},
    request::Caller,
    rules::grant::Operation,
    tree::Draft,
};

/// What an item asks for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Todo {
    /// Copy a file or a directory.
    Copy(Order),
    /// Move one.
    Move(Order),
    /// Delete one.
    Delete {
        path: RemotePath,
        /// Past the bin.
        permanent: bool,
    },
    /// Count anew what the space holds (SMH section 6.12).
    CountAnew,
    /// Nothing: it was refused as it came.
    Refused {
        /// A wire code.
        code: String,
        message: String,
    },
}

/// An item with what its result repeats.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Item {
    pub(crate) todo: Todo,
    /// The result so far: what was asked for.
    pub(crate) echo: BatchResult,
}

impl Item {
    /// A space beside its own that the item changes or takes from.
    pub(crate) fn other_space(&self) -> Option<&SpaceId> {
        match &self.todo {
            Todo::Copy(order) | Todo::Move(order) => order.from_space.as_ref(),
            Todo::Delete { .. } | Todo::CountAnew | Todo::Refused { .. } => None,
        }
    }

    /// The result of an item that failed.
    pub(crate) fn failed(&self, refusal: &Refusal) -> BatchResult {
        BatchResult {
            status: refusal.code.status(),
            code: Some(refusal.code.to_string()),
            message: Some(refusal.message.clone()),
            ..self.echo.clone()
        }
    }

    /// Does it, or of a large copy the next so many nodes; `None` while there is more to do, in
    /// another transaction.
    ///
    /// # Errors
    /// Those of the single operation; nothing of it may be kept then.
    pub(crate) fn run(
        &self,
        tx: &Tx<'_>,
        caller: &Caller,
        draft: &mut Option<Draft>,
        most: usize,
        now: Timestamp,
    ) -> Result<Option<BatchResult>, Error> {
        let done = |result| Ok(Some(result));
        match &self.todo {
            Todo::Copy(order) => {
                let placed = copying::copy(tx, caller, order, draft, most, now)?;
                Ok(placed.map(|placed| self.placed(&placed)))
            }
            Todo::Move(order) => done(self.placed(&moved(tx, caller, order, now)?)),
            Todo::Delete { path, permanent } => {
                let recycled_item_id = deleted(tx, caller, path, *permanent, now)?;
                let status = if recycled_item_id.is_some() { 200 } else { 204 };
                done(BatchResult { status, recycled_item_id, ..self.echo.clone() })
            }
            Todo::CountAnew => {
                let space = caller.space()?;
                usage::count_anew(tx, space.key, space.root)?;
                done(BatchResult { status: 204, ..self.echo.clone() })
            }
            Todo::Refused { code, message } => {
                let code = ErrorCode::parse(code).ok_or(Error::Damaged("code in a task"))?;
                Err(refuse(code, message.clone()))
            }
        }
    }

    /// 200 with the path for a rename, else 204 (SMH section 1.10).
    fn placed(&self, placed: &Placed) -> BatchResult {
        match placed.strategy {
            ConflictStrategy::Rename => {
                BatchResult { status: 200, path: Some(texts(&placed.path)), ..self.echo.clone() }
            }
            ConflictStrategy::Ask | ConflictStrategy::Overwrite => {
                BatchResult { status: 204, ..self.echo.clone() }
            }
        }
    }
}

fn moved(tx: &Tx<'_>, caller: &Caller, order: &Order, now: Timestamp) -> Result<Placed, Error> {
    match order::is_directory(tx, caller, order)? {
        Some(true) => moving::move_directory(tx, caller, order, now),
        Some(false) => moving::move_file(tx, caller, order, now),
        None => Err(ErrorCode::SourceFileNotFound.into()),
    }
}

fn deleted(
    tx: &Tx<'_>,
    caller: &Caller,
    path: &RemotePath,
    permanent: bool,
    now: Timestamp,
) -> Result<Option<u64>, Error> {
    if path.is_root() {
        return Err(ErrorCode::RootDirectoryNotAllowed.into());
    }
    let node = node::resolve(tx, caller.space()?.root, path)?.ok_or(ErrorCode::PathNotFound)?;
    let permanent = caller.library.settings.use_recycle_bin && permanent;
    caller.require(match node.is_dir() {
        true => Operation::DeleteDirectory { permanent },
        false => Operation::DeleteFile { permanent },
    })?;
    remove(tx, caller, &node, path, permanent, now)
}

/// A path as results tell it.
pub(crate) fn texts(path: &RemotePath) -> Vec<String> {
    path.names().iter().map(|name| name.as_str().to_owned()).collect()
}
