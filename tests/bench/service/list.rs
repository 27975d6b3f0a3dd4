//! Reading a directory of a million files page by page, from first to last: whether the last pages
//! cost what the first ones do.

use albumen_tests::{instances::Place, process};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    kit::{self, Sizes, Times, Unmeasured},
    seed,
};
use crate::figure::Rows;

/// Pages by size, an order for which the database has no index: each page costs a look at all.
const UNINDEXED: usize = 5;

/// All pages, the first ones, the last ones; and a few in an order without an index.
pub(crate) fn measure() -> Rows {
    let sizes = kit::sizes();
    kit::run(seed::with_files(sizes.files, |server, place| async move {
        let spent = || process::cpu_seconds(server.pid()).unwrap_or_default();
        // What is compiled once for a connection is none of a page's cost.
        read(&place, sizes, "name", Some(1)).await?;
        let (before, mut passes) = (spent(), Vec::new());
        for _ in 0..sizes.passes {
            passes.push(read(&place, sizes, "name", None).await?);
        }
        let cpu_seconds = spent() - before;
        let part = |of: fn(&[f64], usize) -> &[f64]| {
            Times::of(passes.iter().flat_map(|pass| of(pass, sizes.part)).copied())
        };
        let first = part(|pass, part| &pass[..part.min(pass.len())]);
        let last = part(|pass, part| &pass[pass.len().saturating_sub(part)..]);
        let all = Times::of(passes.iter().flatten().copied());
        let by_size = Times::of(read(&place, sizes, "size", Some(UNINDEXED)).await?);
        let row = |who: &str, figures: Value| {
            json!({
                "who": who,
                "files": sizes.files,
                "entries_a_page": sizes.page,
                "figures": figures,
            })
        };
        let pages: usize = passes.iter().map(Vec::len).sum();
        #[expect(clippy::cast_precision_loss, reason = "some thousands")]
        let cpu_ms = cpu_seconds * 1e3 / pages as f64;
        Ok(vec![
            row("all pages by name", all.json()),
            row(&format!("the first {} by name", sizes.part), first.json()),
            row(&format!("the last {} by name", sizes.part), last.json()),
            row("the last beside the first", last.beside(&first)),
            row(&format!("the first {UNINDEXED} by size, without an index"), by_size.json()),
            row(
                "the server (library service on SQLite, idle object store)",
                json!({
                    "cpu_ms_a_page_by_name": cpu_ms,
                    "peak_rss_bytes": process::peak_rss_bytes(server.pid()),
                }),
            ),
        ])
    }))
}

/// Milliseconds of each page, to the last or so many. All files must be there exactly once when it
/// is to the last.
async fn read(
    place: &Place,
    sizes: &Sizes,
    order: &str,
    pages: Option<usize>,
) -> Result<Vec<f64>, Unmeasured> {
    let (mut times, mut marker, mut entries) = (Vec::new(), String::new(), 0);
    let limit = sizes.page.to_string();
    loop {
        let query =
            [("by-marker", "1"), ("limit", &limit), ("order_by", order), ("marker", &marker)];
        // An empty marker is none.
        let query = &query[..if marker.is_empty() { 3 } else { 4 }];
        let request = place.request(Method::GET, "api/v1/directory", "").query(query);
        let (ms, page) = kit::timed(request, StatusCode::OK).await?;
        times.push(ms);
        entries += page["contents"].as_array().map_or(0, Vec::len);
        if pages.is_some_and(|pages| times.len() >= pages) {
            return Ok(times);
        }
        match page["nextMarker"].as_str() {
            Some(next) => next.clone_into(&mut marker),
            None if entries == sizes.files as usize => return Ok(times),
            None => return Err(Unmeasured::Wrong(format!("a list of {entries} entries"))),
        }
    }
}
