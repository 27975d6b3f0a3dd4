//! The contract, row by row: every operation of SMH section 24 that this service offers, asked in
//! the exact forms that shipped clients send, and refused with the codes its section documents.
//!
//! One module a row, named `r` + number + operation; one test a form or a refusal. The last test
//! holds the rows that are here against those that must be: `make conformance` ends with its line.

/// Makes a test of every case of every row; `ROWS` lists the rows.
macro_rules! rows {
    ($($row:ident { $($case:ident),+ $(,)? })*) => {
        pub(crate) const ROWS: &[&str] = &[$(stringify!($row),)*];
        $(mod $row {
            $(#[tokio::test]
            async fn $case() {
                super::$case().await;
            })+
        })*
    };
}

mod batches;
mod copies;
mod delta;
mod directories;
mod document;
mod files;
mod history;
mod left_out;
mod listings;
mod made;
mod marked;
mod moves;
mod previews;
mod quotas;
mod recycled;
mod saving;
mod search;
mod sessions;
mod shares;
mod sharing;
mod spaces;
mod tasks;
mod tokens;
mod uploads;
mod usage;
#[path = "../service/world.rs"]
#[allow(dead_code, reason = "the words of the other suite; each suite uses its own share")]
mod world;

/// Rows of section 24a that are offered: 1 to 103 but for what needs engines of its own (office
/// files, transcoding, archives, search by meaning).
const OFFERED: std::ops::RangeInclusive<u16> = 1..=103;
/// See [`OFFERED`].
const NOT_OFFERED: &[u16] = &[33, 39, 48, 50, 54, 84];
/// Rows of section 24b that older clients need.
const OLDER: &[u16] = &[111, 112, 113, 114, 115, 118, 119, 120, 137];

/// The rows of every group, as their modules are named.
const GROUPS: &[&[&str]] = &[
    batches::ROWS,
    copies::ROWS,
    delta::ROWS,
    directories::ROWS,
    files::ROWS,
    history::ROWS,
    left_out::ROWS,
    listings::ROWS,
    made::ROWS,
    marked::ROWS,
    moves::ROWS,
    previews::ROWS,
    quotas::ROWS,
    recycled::ROWS,
    saving::ROWS,
    search::ROWS,
    shares::ROWS,
    sharing::ROWS,
    sessions::ROWS,
    spaces::ROWS,
    tasks::ROWS,
    tokens::ROWS,
    uploads::ROWS,
    usage::ROWS,
];

fn number(row: &str) -> u16 {
    row[1..4].parse().unwrap_or_else(|_| panic!("a row begins with its number: {row}"))
}

#[test]
fn every_row_has_its_tests() {
    let mut wanted: Vec<u16> = OFFERED.filter(|row| !NOT_OFFERED.contains(row)).collect();
    wanted.extend(OLDER);
    let mut here: Vec<u16> = GROUPS.concat().into_iter().map(number).collect();
    here.sort_unstable();
    let mut once = here.clone();
    once.dedup();
    assert_eq!(here, once, "a row is tested in one place");
    let missing: Vec<u16> = wanted.iter().copied().filter(|row| !once.contains(row)).collect();
    println!("rows {} of {}", wanted.len() - missing.len(), wanted.len());
    assert!(missing.is_empty(), "rows without a test: {missing:?}");
}
