//! What a space of a million files costs those who ask how much is in it, or bring more: the same
//! as one of ten files, as nobody counts.

use albumen_tests::instances::Place;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    kit::{self, Sizes, TINY, Times, Unmeasured},
    seed,
};
use crate::figure::Rows;

/// Files of the space that the large one is held against.
const FEW: u32 = 10;
/// Far more than there is: nothing is refused.
const QUOTA_BYTES: u64 = 1 << 50;

/// What was asked of one space.
struct Asked {
    usage: Times,
    quota: Times,
    begin: Times,
    confirm: Times,
}

impl Asked {
    fn each(&self) -> [(&'static str, &Times); 4] {
        [
            ("usage", &self.usage),
            ("quota", &self.quota),
            ("begin under the quota", &self.begin),
            ("confirm under the quota", &self.confirm),
        ]
    }
}

/// Usage, quota, begin and confirm in both spaces, and how they compare.
pub(crate) fn measure() -> Rows {
    let sizes = kit::sizes();
    kit::run(seed::with_files(sizes.files, |server, large| async move {
        let small = server.place(&json!({})).await;
        for number in 0..FEW {
            kit::send(&small, &format!("file-{number}.txt")).await?;
        }
        for place in [&large, &small] {
            place.quota(QUOTA_BYTES).await;
        }
        // In turn, so that a noisy minute hits both. The first turn is for what is made once.
        ask(&large, sizes, "warm-up").await?;
        let asked_small = ask(&small, sizes, "small").await?;
        let asked_large = ask(&large, sizes, "large").await?;
        let mut rows = Vec::new();
        for ((what, many), (_, few)) in asked_large.each().into_iter().zip(asked_small.each()) {
            rows.push(row(what, sizes.files, many.json()));
            rows.push(row(what, FEW, few.json()));
            rows.push(json!({
                "who": format!("{what}: {} files beside {FEW}", sizes.files),
                "figures": many.beside(few),
            }));
        }
        Ok(rows)
    }))
}

fn row(what: &str, files: u32, figures: Value) -> Value {
    json!({ "who": what, "files": files, "figures": figures })
}

/// One after the other. What the usage says must be true before and after.
async fn ask(place: &Place, sizes: &Sizes, prefix: &str) -> Result<Asked, Unmeasured> {
    let (mut usage, mut quota, mut pairs) = (Vec::new(), Vec::new(), Vec::new());
    let before = used(place, &mut usage).await?;
    for number in 0..sizes.questions {
        used(place, &mut usage).await?;
        let request = place.request(Method::GET, "api/v1/space-quota", "");
        let (ms, told) = kit::timed(request, StatusCode::OK).await?;
        if kit::text(&told, "capacity")? != QUOTA_BYTES.to_string() {
            return Err(Unmeasured::Wrong(format!("another quota: {told}")));
        }
        quota.push(ms);
        pairs.push(kit::send(place, &format!("{prefix}-{number}.txt")).await?);
    }
    let after = used(place, &mut usage).await?;
    if after != before + u64::from(sizes.questions) * TINY.len() as u64 {
        return Err(Unmeasured::Wrong(format!("{before} bytes before, {after} after")));
    }
    Ok(Asked {
        usage: Times::of(usage),
        quota: Times::of(quota),
        begin: Times::of(pairs.iter().map(|pair| pair.begin)),
        confirm: Times::of(pairs.iter().map(|pair| pair.confirm)),
    })
}

/// Bytes that the space holds.
async fn used(place: &Place, times: &mut Vec<f64>) -> Result<u64, Unmeasured> {
    let request = place.request(Method::GET, "api/v1/usage", "");
    let (ms, told) = kit::timed(request, StatusCode::OK).await?;
    times.push(ms);
    let size = kit::text(&told[0], "size")?;
    size.parse().map_err(|_| Unmeasured::Wrong(format!("a size of {size}")))
}
