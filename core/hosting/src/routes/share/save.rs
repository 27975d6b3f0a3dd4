//! Keeping copies of shared things in a space of one's own (SMH section 18, in the manner of a
//! batch copy, section 10).
//!
//! The visitor shows two tokens. `access_token` is the user's when the share's comes as
//! `share_access_token`, as in the batch copy of the mobile clients; otherwise it is the share's,
//! and the user's is the bearer (our choice: the contract names both and one parameter).

use albumen_db::Tx;
use albumen_model::{
    ConflictStrategy, ErrorCode, NodeName, RemotePath, SpaceId, Timestamp, smh::BatchResult,
};
use axum::response::Response;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    inside::{self, walk},
    visit,
};
use crate::{
    error::{Error, Refusal, refuse},
    lock,
    operate::batch::texts,
    quota,
    repository::{
        node::{self, NewContent, NewNode, Node},
        share::{self, Share},
        space::Space,
        usage::Part,
    },
    request::{Ask, Call, Caller, Credentials},
    routes::{batch, directory, file},
    rules::{
        conflict::{self, Settled},
        grant::Operation,
        name,
        share::{self as rule, ITEMS_MAX},
    },
    secret::SecretHash,
    service::Service,
    tree::{self, Origin},
};

/// Nodes that one request copies: all of them in one transaction.
const NODES_MAX: usize = 5000;

#[derive(Default, Deserialize, JsonSchema)]
#[schemars(rename = "SaveShareRequest")]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Body {
    target_space_id: String,
    target_path: Option<String>,
    source_inodes_path: String,
    inodes: Vec<String>,
    conflict_resolution_strategy: Option<String>,
}

/// What is to be done, read and checked.
struct Wish {
    code: String,
    share_token: Option<SecretHash>,
    user_token: String,
    space: SpaceId,
    path: RemotePath,
    source: Vec<i64>,
    inodes: Vec<i64>,
    strategy: Option<ConflictStrategy>,
}

impl Wish {
    fn of(call: &Call, code: &str) -> Result<Self, Error> {
        let body: Body = call.json()?;
        let share_token = call.query.get("share_access_token");
        let user_token = match share_token {
            Some(_) => call.query.get("access_token").or_else(|| call.bearer()),
            None => call.bearer().filter(|_| call.query.get("access_token").is_some()),
        };
        let missing = || refuse(ErrorCode::LoginRequired, "Saving needs a token of the user, too");
        match body.inodes.len() {
            0 => return Err(ErrorCode::NoItemsProvided.into()),
            1..=ITEMS_MAX => {}
            _ => return Err(ErrorCode::TooManyItems.into()),
        }
        if body.target_space_id.is_empty() {
            return Err(ErrorCode::EmptySpaceId.into());
        }
        let path = RemotePath::parse(&body.target_path.unwrap_or_default());
        let inodes = body.inodes.iter().map(|inode| rule::inode(inode));
        Ok(Self {
            code: code.to_owned(),
            share_token: share_token.map(SecretHash::of).or_else(|| inside::token(call)),
            user_token: user_token.ok_or_else(missing)?.to_owned(),
            space: SpaceId::parse(body.target_space_id).map_err(|_| ErrorCode::SpaceNotFound)?,
            path: path.map_err(|error| name::refused(&error))?,
            source: rule::chain(&body.source_inodes_path)?,
            inodes: inodes.collect::<Result<_, _>>()?,
            strategy: body
                .conflict_resolution_strategy
                .filter(|word| !word.is_empty())
                .map(|word| word.parse())
                .transpose()
                .map_err(|()| ErrorCode::InvalidConflictResolutionStrategy)?,
        })
    }

    fn ask(&self, share: &Share) -> Ask {
        let overwrite = self.strategy == Some(ConflictStrategy::Overwrite);
        Ask {
            credentials: Credentials::of_token(&self.user_token),
            library: share.library.clone(),
            space: Some(self.space.clone()),
            operation: Operation::SaveShare { overwrite },
        }
    }
}

/// `POST /share/file/{ShareCode}?save=1`.
pub(super) async fn save(service: &Service, call: &Call, code: &str) -> Result<Response, Error> {
    let (wish, now) = (Wish::of(call, code)?, service.now());
    let (code, token) = (wish.code.clone(), wish.share_token);
    let looked = service.db.read(move |tx| visit::let_in(tx, &code, token, now)).await;
    let ask = wish.ask(&looked?.0);
    let result = service
        .write(ask, move |tx, caller, now| {
            let (share, source) = visit::let_in(tx, &wish.code, wish.share_token, now)?;
            if !share.terms.can_save {
                return Err(ErrorCode::CannotSaveToNetDisk.into());
            }
            let keeper = Keeper { tx, caller, now, share: &share, source: &source };
            keeper.keep_all(&wish)
        })
        .await?;
    Ok(batch::reply(result))
}

/// One request at work, inside its transaction.
struct Keeper<'a> {
    tx: &'a Tx<'a>,
    caller: &'a Caller,
    now: Timestamp,
    share: &'a Share,
    source: &'a Space,
}

/// A thing that can be copied: nothing was written yet.
struct Plan {
    /// What is copied, each after its directory; the first is the thing itself.
    nodes: Vec<Node>,
    name: NodeName,
    replaces: Option<Node>,
    strategy: ConflictStrategy,
}

impl Keeper<'_> {
    fn keep_all(&self, wish: &Wish) -> Result<Vec<BatchResult>, Error> {
        // From here on nobody lets go of what is shared. Both now, as one item may let go of an
        // object, and only the next come under the quota.
        quota::lock_ahead(self.tx, self.caller)?;
        self.tx.lock(&[lock::objects()])?;
        let directory = directory::find(self.tx, self.caller, &wish.path)?;
        let mut room = NODES_MAX;
        let mut outcomes = Vec::new();
        for inode in &wish.inodes {
            let chain: Vec<i64> = wish.source.iter().copied().chain([*inode]).collect();
            let planned = self.plan(&chain, &directory, &wish.path, wish.strategy, room);
            let outcome = match planned {
                Ok(plan) => {
                    room -= plan.nodes.len();
                    self.carry_out(&plan, &directory, &wish.path)?
                }
                Err(Error::Refused(refusal)) => refused(*inode, &wish.path, refusal),
                Err(error) => return Err(error),
            };
            outcomes.push(outcome);
        }
        Ok(outcomes)
    }

    fn plan(
        &self,
        chain: &[i64],
        directory: &Node,
        path: &RemotePath,
        strategy: Option<ConflictStrategy>,
        room: usize,
    ) -> Result<Plan, Error> {
        let top = walk(self.tx, self.share, self.source, chain)?;
        let top = top.ok_or(ErrorCode::FileNotInShare)?;
        let (is_dir, wished) = (top.is_dir(), top.node_name()?);
        let strategy = strategy.unwrap_or(match is_dir {
            true => ConflictStrategy::Ask,
            false => ConflictStrategy::Rename,
        });
        let taken_by = node::child(self.tx, directory.id, &wished)?;
        let settled = match is_dir {
            true => conflict::settle_directory(strategy, taken_by.is_some())?,
            false => file::settle(strategy, "", taken_by.as_ref())?,
        };
        let name_max = self.caller.mode()?.name_max;
        let (name, replaces) = match settled {
            Settled::FindFreeName => {
                let parent = directory.id;
                let free = directory::free_name(self.tx, parent, &wished, is_dir, name_max)?;
                (free, None)
            }
            Settled::Create => (wished, None),
            Settled::Replace => (wished, taken_by),
        };
        let nodes = self.collect(top, path, room)?;
        let mut extra = 0;
        for (index, node) in nodes.iter().enumerate() {
            let replaced = replaces.as_ref().filter(|_| index == 0);
            if let Some(size) = node.size() {
                extra += quota::growth(self.caller, size, replaced);
            }
        }
        quota::admit(self.tx, self.caller, extra)?;
        Ok(Plan { nodes, name, replaces, strategy })
    }

    /// A thing with all below it, if the target space takes all of it.
    fn collect(&self, top: Node, path: &RemotePath, room: usize) -> Result<Vec<Node>, Error> {
        let top_path = path.join(top.node_name()?).map_err(|error| name::refused(&error))?;
        self.admit(&top, &top_path)?;
        let mut paths = vec![top_path];
        let mut nodes = vec![top];
        let mut at = 0;
        while at < nodes.len() {
            if nodes.len() > room {
                let message = format!("More than {NODES_MAX} things in one request");
                return Err(refuse(ErrorCode::TooManyItems, message));
            }
            if nodes[at].is_dir() {
                for child in share::below(self.tx, nodes[at].id, room + 1)? {
                    let path = paths[at].join(child.node_name()?);
                    let path = path.map_err(|error| name::refused(&error))?;
                    self.admit(&child, &path)?;
                    paths.push(path);
                    nodes.push(child);
                }
            }
            at += 1;
        }
        Ok(nodes)
    }

    fn admit(&self, node: &Node, path: &RemotePath) -> Result<(), Error> {
        let mode = self.caller.mode()?;
        if node.is_dir() {
            return Ok(mode.admit_directory(path)?);
        }
        mode.admit_leaf_at(path.depth().saturating_sub(1))?;
        mode.leaf_type(&node.node_name()?)?;
        Ok(())
    }

    fn carry_out(
        &self,
        plan: &Plan,
        directory: &Node,
        path: &RemotePath,
    ) -> Result<BatchResult, Error> {
        let mut copies = std::collections::HashMap::new();
        for (index, node) in plan.nodes.iter().enumerate() {
            let own = node.node_name()?;
            let is_top = index == 0;
            let above = if is_top { None } else { node.parent };
            let parent = match above {
                None => directory.id,
                Some(above) => *copies.get(&above).ok_or(Error::Damaged("copy"))?,
            };
            let name = if is_top { &plan.name } else { &own };
            let replaces = plan.replaces.as_ref().filter(|_| is_top);
            copies.insert(node.id, self.copy(node, parent, name, replaces)?);
        }
        let top = plan.nodes.first().ok_or(Error::Damaged("copy"))?;
        let final_path = path.join(plan.name.clone()).map_err(|_| Error::Damaged("path"))?;
        let renames = plan.strategy == ConflictStrategy::Rename;
        let mut to = texts(path);
        to.push(top.name.clone());
        Ok(BatchResult {
            status: if renames { 200 } else { 204 },
            copy_from: Some(vec![top.name.clone()]),
            to: Some(to),
            path: renames.then(|| texts(&final_path)),
            ..BatchResult::default()
        })
    }

    fn copy(
        &self,
        node: &Node,
        parent: i64,
        name: &NodeName,
        replaces: Option<&Node>,
    ) -> Result<i64, Error> {
        let space = self.caller.space()?;
        let kind = match node.is_dir() || node.content.is_none() {
            true => node.kind,
            false => self.caller.mode()?.leaf_type(name)?,
        };
        let content = node.content.as_ref().map(|content| NewContent {
            object: Some(content.object),
            size: content.size,
            content_type: &content.content_type,
        });
        let declared = node.declared.as_ref().map(|declared| NewContent {
            object: None,
            size: declared.size,
            content_type: &declared.content_type,
        });
        let new = NewNode {
            space: space.key,
            parent,
            name,
            kind,
            annotations: &node.annotations,
            user_id: self.caller.user_id.as_str(),
            now: self.now,
            content: content.or(declared),
            target: None,
        };
        let origin = Origin::CopyOf(node.id);
        let copy = match replaces {
            None => tree::add(self.tx, &new, Part::Tree, origin)?,
            Some(old) => {
                let settings = &self.caller.library.settings;
                let keep = settings.enable_file_history.then_some(settings.file_history_count);
                tree::replace(self.tx, old, &new, keep, Part::Tree, origin)?
            }
        };
        Ok(copy.id)
    }
}

fn refused(inode: i64, path: &RemotePath, refusal: Refusal) -> BatchResult {
    BatchResult {
        status: refusal.code.status(),
        copy_from: Some(vec![inode.to_string()]),
        to: Some(texts(path)),
        code: Some(refusal.code.to_string()),
        message: Some(refusal.message),
        ..BatchResult::default()
    }
}
