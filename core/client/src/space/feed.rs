//! The change feed of a space (SMH section 17). Owns the two questions; what an event means is for
//! the caller to judge.

use albumen_model::smh::{DeltaCursor, DeltaPage};
use reqwest::Method;

use super::{Call, SpaceClient};
use crate::{Error, reply};

/// Events asked for at once: the most that the feed gives (SMH section 17).
pub const EVENTS_AT_ONCE_MAX: u32 = 1000;

impl SpaceClient {
    /// Where the feed ends now. Whoever lists a space takes this first, and follows from here.
    ///
    /// # Errors
    /// See [`Self::access`].
    pub async fn feed_end(&self) -> Result<String, Error> {
        let call = Call::new("asking where changes end", Method::GET, "fs-delta", "cursor".into());
        let end: DeltaCursor = reply::json(self.call(&call).await?, call.doing).await?;
        Ok(end.cursor)
    }

    /// What happened after a cursor: at most `limit` events, 1 to [`EVENTS_AT_ONCE_MAX`].
    ///
    /// # Errors
    /// Code `CursorExpired` when the feed does not reach back so far: take a new cursor and list
    /// everything; `ParamInvalid` for what never was one of its cursors.
    pub async fn changes(&self, cursor: &str, limit: u32) -> Result<DeltaPage, Error> {
        let call = Call::new("asking for changes", Method::GET, "fs-delta", "delta".into())
            .with("cursor", cursor)
            .with("limit", limit.to_string());
        let page: DeltaPage = reply::json(self.call(&call).await?, call.doing).await?;
        if page.has_more && page.cursor == cursor {
            return Err(Error::protocol(call.doing, "a page follows itself"));
        }
        Ok(page)
    }
}
