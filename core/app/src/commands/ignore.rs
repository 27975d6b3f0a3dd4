//! Ignore rules of mappings: shown, stored, tried.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    path::{Path, PathBuf},
};

use albumen_sync::{
    LocalPath, Mapping, ignore,
    ignore::{BuiltIn, IgnoreError, IgnoreRules, Rule, Source},
    ignore_rules, read_ignore_text, write_ignore_text,
};

use super::{
    args::{IgnoreText, MappingId, Paths},
    folders, mappings,
};
use crate::{
    App, AppError, Code,
    blocking::off_thread,
    session::Session,
    views::{IgnoreRulesView, IgnoreSource, IgnoreVerdict},
};

pub(super) async fn ignore_text(app: &App, args: MappingId) -> Result<IgnoreRulesView, AppError> {
    let session = app.session()?;
    let mapping = mapping(&session, &args.id)?;
    let folder = mapping.bound.folder.clone();
    let text = off_thread(move || read_ignore_text(&folder)).await??;
    Ok(view(text))
}

/// Stores the text and has the folder looked through: what is left out now is never deleted, and
/// what is taken in again is compared first.
pub(super) async fn set_ignore_text(
    app: &App,
    args: IgnoreText,
) -> Result<IgnoreRulesView, AppError> {
    ignore::check(&args.text).map_err(|error| refused(&error))?;
    let session = app.session()?;
    let mapping = mapping(&session, &args.id)?;
    let (folder, text) = (mapping.bound.folder.clone(), args.text.clone());
    off_thread(move || write_ignore_text(&folder, &text)).await??;
    session.engine().sync_now(Some(&mapping.id)).await?;
    Ok(view(args.text))
}

pub(super) async fn test_ignore(app: &App, args: Paths) -> Result<Vec<IgnoreVerdict>, AppError> {
    let mappings = app.session()?.engine().mappings()?;
    let paths: Vec<PathBuf> =
        args.paths.iter().map(|path| folders::absolute(path)).collect::<Result<_, _>>()?;
    off_thread(move || {
        let mut known = BTreeMap::new();
        paths.iter().map(|path| verdict(path, &mappings, &mut known)).collect()
    })
    .await?
}

fn mapping(session: &Session, id: &str) -> Result<Mapping, AppError> {
    let id = mappings::id(id)?;
    let found = session.engine().mappings()?.into_iter().find(|mapping| mapping.id == id);
    found.ok_or_else(|| AppError::new(Code::BadRequest).with("id", id))
}

fn view(text: String) -> IgnoreRulesView {
    let lists = [BuiltIn::System, BuiltIn::Temporary];
    let lines = lists.iter().flat_map(|list| list.text().lines());
    IgnoreRulesView { text, built_in: lines.map(str::to_owned).collect() }
}

fn refused(error: &IgnoreError) -> AppError {
    let told = AppError::new(Code::IgnoreRuleInvalid).because(error);
    match error {
        IgnoreError::Pattern { line, pattern, .. } => {
            told.with("line", line).with("pattern", pattern)
        }
        IgnoreError::TooLong => told.with("line", ignore::LINES_MAX).with("pattern", "…"),
    }
}

/// `known`: the rules that were read already, by the folder they hold in.
fn verdict(
    path: &Path,
    mappings: &[Mapping],
    known: &mut BTreeMap<PathBuf, IgnoreRules>,
) -> Result<IgnoreVerdict, AppError> {
    let place = mappings.iter().find_map(|mapping| {
        let below = path.strip_prefix(&mapping.bound.folder).ok()?;
        Some((mapping, LocalPath::from_relative(below)))
    });
    let asked = path.display().to_string();
    let Some((mapping, below)) = place else { return Ok(told(asked, None, false, None)) };
    let rules = match known.entry(mapping.bound.folder.clone()) {
        Entry::Occupied(read) => read.into_mut(),
        Entry::Vacant(place) => place.insert(ignore_rules(&mapping.bound.folder)?),
    };
    let decision = rules.decide(&below, path.is_dir());
    Ok(told(asked, Some(mapping.id.to_string()), decision.ignored, decision.by))
}

fn told(
    path: String,
    mapping_id: Option<String>,
    ignored: bool,
    by: Option<Rule>,
) -> IgnoreVerdict {
    let line = by.as_ref().and_then(|by| u32::try_from(by.line).ok());
    IgnoreVerdict {
        path,
        mapping_id,
        ignored,
        source: by.as_ref().map(|by| source(&by.source)),
        line,
        pattern: by.map(|by| by.pattern),
    }
}

fn source(source: &Source) -> IgnoreSource {
    match source {
        Source::BuiltIn(_) => IgnoreSource::BuiltIn,
        Source::Mapping => IgnoreSource::Mapping,
        Source::Folder(_) => IgnoreSource::Folder,
        Source::Policy => IgnoreSource::Policy,
        Source::Own => IgnoreSource::Own,
    }
}
