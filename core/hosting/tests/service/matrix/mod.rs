//! The whole matrix of grants by HTTP (SMH section 3.7): every operation of section 24, in every
//! sort of library, asked with each grant alone, with none, without a token, and without a token
//! where reads are public. Who is refused hears the contract's code, and nothing changes.

mod described;
mod hostile;
mod isolation;
mod place;
mod strange;
mod table;

use std::collections::BTreeMap;

use albumen_model::Grant;
use futures::{StreamExt, future::join_all, stream};

use self::{
    place::{Layout, Place},
    table::{BY_NO_GRANT, GRANTS, ROWS, Row},
};
use crate::world::{Reply, World};

/// Requests under way at a time, in each library.
const AT_ONCE: usize = 4;

/// Who asks.
#[derive(Clone, Copy, Debug)]
enum Asker {
    /// A token with this grant alone; empty: with none.
    Holder(&'static str),
    /// Nobody knows.
    Nobody { reads_are_public: bool },
}

/// Every asker but who comes where reads are public. In a library of one space, of the grants that
/// the row does not name only a few: what they say nothing of, they say nothing of there either.
fn askers(row: &Row, place: &Place) -> Vec<Asker> {
    let names = |grant: &str| row.may.contains(grant) || grant.starts_with("create_");
    let grants = GRANTS.iter().filter(|grant| place.multi || **grant == "admin" || names(grant));
    let holders = grants.chain([&""]).map(|grant| Asker::Holder(grant));
    holders.chain([Asker::Nobody { reads_are_public: false }]).collect()
}

/// What the contract says to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    /// Yes.
    LetIn,
    /// Yes to the batch, no to what is in it.
    ItemRefused,
    /// No, so.
    Refused(&'static str),
}

fn said(row: &Row, asker: Asker) -> Said {
    let grant = match asker {
        Asker::Nobody { reads_are_public: true } if row.may == "read" => return Said::LetIn,
        Asker::Nobody { .. } => return Said::Refused(row.nobody),
        Asker::Holder(grant) => grant,
    };
    let words: Vec<&str> = row.may.split_whitespace().collect();
    let any_token = matches!(row.may, "read" | "token");
    if any_token || grant == "admin" || (!grant.is_empty() && words.contains(&grant)) {
        return Said::LetIn;
    }
    let lets_begin = |word: &&str| *word == "(token)" || word.trim_matches(['(', ')']) == grant;
    if words.iter().any(lets_begin) {
        return Said::ItemRefused;
    }
    Said::Refused("403 NoPermission")
}

/// The answer to who is let in.
fn answer(row: &Row, place: &Place) -> &'static str {
    if !place.multi && !row.single.is_empty() {
        return row.single;
    }
    match (row.answers, place.layout) {
        ([alike], _) | ([alike, _, _], Layout::Tree) => alike,
        ([_, albums, _], Layout::Albums) => albums,
        ([_, _, flat], Layout::Flat) => flat,
        _ => panic!("{} has one answer or three", row.name),
    }
}

/// Whether a reply is one of these; of a batch, the code of its item counts.
fn is(row: &Row, reply: &Reply, wanted: &str) -> bool {
    let of_item = reply.json["result"][0]["code"].as_str();
    let own = if reply.status < 400 { "" } else { reply.code() };
    let code = of_item.unwrap_or(own);
    // A reply to HEAD has no body to say a code in.
    let is_head = row.request.starts_with("HEAD ");
    wanted.split(" or ").any(|one| {
        let (status, wanted) = one.split_once(' ').unwrap_or((one, ""));
        status == reply.status.to_string() && (is_head || wanted == code)
    })
}

async fn ask(
    world: &World,
    place: &Place,
    row: &Row,
    asker: Asker,
    given: Option<&BTreeMap<String, String>>,
) -> Option<String> {
    let grant = match asker {
        Asker::Holder(grant) => grant,
        Asker::Nobody { .. } => "",
    };
    let wish = place.filled(world, row, given, grant).await;
    let token = Some(wish.token.as_str()).filter(|_| matches!(asker, Asker::Holder(_)));
    let reply = wish.send(world, token).await;
    let wanted = match said(row, asker) {
        Said::LetIn => answer(row, place),
        // Of what is not there nobody can say which right it needs.
        Said::ItemRefused if answer(row, place).starts_with("207 ") => answer(row, place),
        Said::ItemRefused => "207 NoPermission",
        Said::Refused(answer) => answer,
    };
    if is(row, &reply, wanted) {
        return None;
    }
    let Place { layout, multi, .. } = place;
    let what = format!("{} {} for {asker:?} in {layout:?}, multi {multi}", row.number, row.name);
    Some(format!("{what}: not {wanted} but {} {}", reply.status, reply.json))
}

fn looks_only(row: &Row) -> bool {
    row.request.starts_with("GET ") || row.request.starts_with("HEAD ")
}

/// Asks everything that changes nothing, then everything that may.
async fn walk(world: &World, place: &Place) -> (usize, Vec<String>) {
    let shared = place.shared(world, ROWS).await;
    let of = |row| askers(row, place).into_iter();
    let all = || ROWS.iter().flat_map(|row| of(row).map(move |asker| (row, asker)));
    let acts = |row: &Row, asker| said(row, asker) == Said::LetIn && !looks_only(row);
    let before = place.state(world).await;
    let quiet = all().filter(|(row, asker)| !acts(row, *asker));
    let heard = quiet.map(|(row, asker)| ask(world, place, row, asker, Some(&shared)));
    let heard = stream::iter(heard).buffer_unordered(AT_ONCE).collect::<Vec<_>>().await;
    let mut count = heard.len();
    let mut wrong: Vec<String> = heard.into_iter().flatten().collect();
    if place.state(world).await != before {
        wrong.push(format!("Something was changed by who may not: {before:?}"));
    }
    for row in ROWS {
        let askers = of(row).filter(|asker| acts(row, *asker));
        let heard = askers.map(|asker| ask(world, place, row, asker, None));
        let heard = stream::iter(heard).buffer_unordered(AT_ONCE).collect::<Vec<_>>().await;
        count += heard.len();
        wrong.extend(heard.into_iter().flatten());
    }
    place.open(world).await;
    // What the others did may have taken away what was made before.
    let shared = place.shared(world, ROWS).await;
    let nobody = Asker::Nobody { reads_are_public: true };
    let heard = ROWS.iter().map(|row| ask(world, place, row, nobody, Some(&shared)));
    let heard = stream::iter(heard).buffer_unordered(AT_ONCE).collect::<Vec<_>>().await;
    count += heard.len();
    wrong.extend(heard.into_iter().flatten());
    (count, wrong)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_grant_for_every_operation_in_every_sort_of_library() {
    let world = World::start().await;
    let sorts = [Layout::Tree, Layout::Albums, Layout::Flat];
    let sorts = sorts.into_iter().flat_map(|layout| [(layout, true), (layout, false)]);
    let places = join_all(sorts.map(|(layout, multi)| Place::new(&world, layout, multi))).await;
    let walked = join_all(places.iter().map(|place| walk(&world, place))).await;
    let asked: usize = walked.iter().map(|(count, _)| count).sum();
    let wrong: Vec<String> = walked.into_iter().flat_map(|(_, wrong)| wrong).collect();
    println!("{asked} requests");
    assert!(wrong.is_empty(), "{} wrong, as these:\n{}", wrong.len(), wrong[..].join("\n"));
}

#[test]
fn the_table_has_every_grant_and_every_row() {
    let known: Vec<&str> = Grant::ALL.iter().map(|grant| grant.as_str()).collect();
    assert_eq!(GRANTS, known);
    for row in ROWS {
        for word in row.may.split_whitespace().map(|word| word.trim_matches(['(', ')'])) {
            assert!(known.contains(&word) || ["read", "token"].contains(&word), "{word}");
        }
    }
    let rows: Vec<u16> = ROWS.iter().map(|row| row.number).collect();
    let missing = (1..=103).chain(111..=120).filter(|row| !rows.contains(row));
    let missing: Vec<u16> = missing.filter(|row| !BY_NO_GRANT.contains(row)).collect();
    assert!(missing.is_empty(), "rows without a line: {missing:?}");
}
