//! One tenant's token at another one's things (SMH sections 2.3 and 7.4): refused for every
//! operation with the contract's code; no name, place, size or id of them in any reply; and nothing
//! changes.

use std::collections::BTreeMap;

use super::{
    is,
    place::{CONTENT, Layout, NAME, Place, Wish},
    table::{ROWS, Row},
};
use crate::world::{Reply, World};

/// Things that a path or an id of one space stands for, and of no other.
const THINGS: &[&str] = &[
    "<dir>",
    "<file>",
    "<taken>",
    "<favorite>",
    "<key>",
    "<parts>",
    "<ready>",
    "<item>",
    "<history>",
    "<inode>",
    "<gone>",
    "<search>",
];

/// Who comes to a space that is not hers. Each may do what a tenant may do at most.
#[derive(Clone, Copy, Debug)]
enum Stranger {
    /// `space_admin` of another space of the library.
    Neighbour,
    /// The same, who asks in her own space for the things of the other.
    Borrower,
    /// `admin` of another library.
    Foreigner,
    /// `space_admin` of the same space, another user.
    Colleague,
}

fn speaks_of(row: &Row, words: &[&str]) -> bool {
    words.iter().any(|word| row.request.contains(word) || row.body.contains(word))
}

/// What the contract says to her; `None` where a row is none of this matter.
fn answer(row: &Row, stranger: Stranger) -> Option<&'static str> {
    let is_of_share = speaks_of(row, &["<share>", "<foreign>"]);
    match stranger {
        Stranger::Foreigner => Some("403 AccessTokenNotMatchLibrary"),
        // A share of a space that a token is not for is not there, as it is not told of.
        Stranger::Neighbour if is_of_share => Some("404 ShareNotFound"),
        Stranger::Neighbour if speaks_of(row, &["<S>", "<other>"]) => {
            Some("403 AccessTokenNotMatchSpace")
        }
        // Lists of her own spaces and shares.
        Stranger::Neighbour if row.may == "token" => Some("200"),
        Stranger::Neighbour => Some("403 NoPermission"),
        Stranger::Borrower if !speaks_of(row, &["<S>"]) || !speaks_of(row, THINGS) => None,
        // What is not there any more is passed over: the list may come a second time.
        Stranger::Borrower if row.name == "recyclePurgeBatch" => Some("204"),
        // Not offered, whatever it is about.
        Stranger::Borrower if row.answers[0].starts_with("400 ") => Some(row.answers[0]),
        Stranger::Borrower => Some("404"),
        Stranger::Colleague if row.name == "batchConfirm" => Some("207 UploadNotBelongYou"),
        Stranger::Colleague if speaks_of(row, &["<key>", "<parts>", "<ready>"]) => {
            Some("403 UploadNotBelongYou")
        }
        Stranger::Colleague if speaks_of(row, &["<search>"]) => Some("404 SearchIdNotFound"),
        Stranger::Colleague if speaks_of(row, &["<favorite>"]) => Some("404 FavoriteIdNotFound"),
        // Who administers a space may look at its shares.
        Stranger::Colleague if is_of_share && row.number == 94 => Some("200"),
        Stranger::Colleague if is_of_share => Some("403 NoPermission"),
        Stranger::Colleague => None,
    }
}

/// Whether a reply is what was said; for things that are not there, any code of theirs.
fn is_refused(row: &Row, reply: &Reply, wanted: &str) -> bool {
    if wanted != "404" {
        return is(row, reply, wanted);
    }
    let item = &reply.json["result"][0];
    let code = item["code"].as_str().unwrap_or_else(|| reply.code());
    let status = item["status"].as_u64().unwrap_or_else(|| reply.status.into());
    status == 404 && (row.request.starts_with("HEAD ") || code.ends_with("NotFound"))
}

/// What of the place a reply tells that the request did not.
fn leak(place: &Place, shared: &BTreeMap<String, String>, wish: &Wish, reply: &Reply) -> String {
    let mut text = format!("{} {:?}", reply.json, reply.headers);
    let ids = || shared.values().chain([&place.space]).map(String::as_str);
    let is_asked = |id: &&str| wish.request.contains(id) || wish.body.contains(id);
    // What was asked about may be repeated: a path, in its parts.
    for name in ids().filter(is_asked).flat_map(|id| id.split('/')) {
        text = text.replace(name, "");
    }
    // Short numbers are found in any text.
    let told = ids().filter(|id| id.len() > 5 && !is_asked(id)).map(str::to_owned);
    let told = told.chain([NAME.to_owned(), CONTENT.to_string()]);
    told.filter(|secret| text.contains(secret)).collect::<Vec<_>>().join(", ")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_a_space_for_who_is_not_of_it() {
    let world = World::start().await;
    let place = Place::new(&world, Layout::Tree, true).await;
    let shared = place.shared(&world, ROWS).await;
    let own = world.space(&place.library, serde_json::json!({})).await;
    let borrowed: BTreeMap<String, String> =
        shared.clone().into_iter().chain([("S".to_owned(), own.clone())]).collect();
    let eve = "user_id=eve&client_id=pc&grant=space_admin";
    let neighbour = world.token(&place.library, &format!("space_id={own}&{eve}")).await;
    let colleague = world.token(&place.library, &format!("space_id={}&{eve}", place.space)).await;
    let elsewhere = world.file_desk().await;
    let foreigner = world.token(&elsewhere.library, "grant=admin&user_id=eve").await;
    let before = place.state(&world).await;
    let mut wrong = Vec::new();
    for (stranger, token, given) in [
        (Stranger::Neighbour, &neighbour, &shared),
        (Stranger::Borrower, &neighbour, &borrowed),
        (Stranger::Foreigner, &foreigner, &shared),
        (Stranger::Colleague, &colleague, &shared),
    ] {
        for row in ROWS {
            let Some(wanted) = answer(row, stranger) else { continue };
            let wish = place.filled(&world, row, Some(given), "").await;
            let reply = wish.send(&world, Some(token)).await;
            let what = format!("{} {} by {stranger:?}", row.number, row.name);
            if !is_refused(row, &reply, wanted) {
                wrong.push(format!("{what}: not {wanted} but {} {}", reply.status, reply.json));
            }
            // A colleague may see the space.
            let told = leak(&place, &shared, &wish, &reply);
            if !told.is_empty() && !matches!(stranger, Stranger::Colleague) {
                wrong.push(format!("{what}: told {told} in {reply:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong, as these:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(place.state(&world).await, before, "something was changed");
}
