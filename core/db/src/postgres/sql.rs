//! The common SQL text in PostgreSQL's words: `?1` becomes `$1`. Pure but for a memory of what was
//! rewritten already.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

/// Texts remembered; more come only of lists whose length a request chooses, and those are
/// forgotten together.
const REMEMBERED_MAX: usize = 512;

/// What was rewritten already.
#[derive(Default)]
pub(crate) struct Rewritten(RwLock<HashMap<String, Arc<str>>>);

impl Rewritten {
    /// The text in PostgreSQL's words.
    pub(crate) fn of(&self, sql: &str) -> Arc<str> {
        if let Some(known) = self.0.read().unwrap_or_else(PoisonError::into_inner).get(sql) {
            return Arc::clone(known);
        }
        let text: Arc<str> = rewrite(sql).into();
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED_MAX {
            known.clear();
        }
        known.insert(sql.to_owned(), Arc::clone(&text));
        text
    }
}

/// Replaces parameters outside of literals, quoted names and comments. One without a number gets
/// the next after the highest so far, as in SQLite.
fn rewrite(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len() + 8);
    let (mut highest, mut rest) = (0_usize, sql);
    while let Some(at) = rest.find(['?', '\'', '"', '-']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix('?') {
            let digits = after.bytes().take_while(u8::is_ascii_digit).count();
            let number = after[..digits].parse().unwrap_or(highest + 1);
            highest = highest.max(number);
            out.push_str(&format!("${number}"));
            rest = &after[digits..];
            continue;
        }
        let end = untouched(rest);
        out.push_str(&rest[..end]);
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

/// How long the literal, quoted name or comment is that the text begins with. A doubled quote
/// closes one and opens the next, which comes to the same.
fn untouched(text: &str) -> usize {
    let quote = &text[..1];
    let end = match quote {
        "-" if !text.starts_with("--") => return 1,
        "-" => text.find('\n'),
        _ => text[1..].find(quote).map(|at| at + 1),
    };
    end.map_or(text.len(), |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_rewritten_and_nothing_else() {
        for (sql, wanted) in [
            ("SELECT 1", "SELECT 1"),
            ("a = ?1 AND b = ?2 OR a < ?1", "a = $1 AND b = $2 OR a < $1"),
            ("(a, b) > (?, ?) LIMIT ?", "(a, b) > ($1, $2) LIMIT $3"),
            ("?12, ?, ?3", "$12, $13, $3"),
            ("'?1' || ?1 || 'it''s ?' || \"?2\"", "'?1' || $1 || 'it''s ?' || \"?2\""),
            ("a - ?1 -- what?\n, ?2", "a - $1 -- what?\n, $2"),
            ("'open ?1", "'open ?1"),
            ("-- all ?", "-- all ?"),
            ("'相簿?' || ?1", "'相簿?' || $1"),
        ] {
            assert_eq!(rewrite(sql), wanted);
            let known = Rewritten::default();
            assert_eq!((&*known.of(sql), &*known.of(sql)), (wanted, wanted));
        }
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let known = Rewritten::default();
        for n in 0..2 * REMEMBERED_MAX {
            assert_eq!(&*known.of(&format!("{n} = ?")), format!("{n} = $1"));
        }
        assert!(known.0.read().unwrap().len() <= REMEMBERED_MAX);
    }
}
