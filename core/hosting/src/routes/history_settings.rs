//! `/api/v1/directory-history/{LibraryId}/library-history`: whether and how long a library keeps
//! earlier content (SMH section 13). A library always has numbers for both, so that a change may
//! leave out what stays.

use albumen_model::{ErrorCode, LibraryId};
use axum::response::Response;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{no_content, ok};
use crate::{
    error::{Error, refuse},
    repository::library,
    request::{Ask, Call, Credentials},
    rules::{grant::Operation, settings},
    service::Service,
};

/// The settings of the history of one library; in a change, what is absent stays.
#[derive(Clone, Default, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "HistorySettings")]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Settings {
    enable_file_history: Option<bool>,
    file_history_count: Option<i64>,
    file_history_expire_day: Option<i64>,
    merge_interval: Option<i64>,
}

/// A question about the library.
pub(super) fn ask(call: &Call, library: LibraryId) -> Result<Ask, Error> {
    let credentials = Credentials::of(call)?;
    Ok(Ask { credentials, library, space: None, operation: Operation::ManageLibrary })
}

/// `GET`.
pub(super) async fn get(
    service: &Service,
    call: &Call,
    library: LibraryId,
) -> Result<Response, Error> {
    let found = service
        .read(ask(call, library)?, |_, caller| {
            let settings = &caller.library.settings;
            Ok(Settings {
                enable_file_history: Some(settings.enable_file_history),
                file_history_count: Some(i64::from(settings.file_history_count)),
                file_history_expire_day: Some(i64::from(settings.file_history_expire_day)),
                merge_interval: Some(i64::from(settings.file_history_merge_interval)),
            })
        })
        .await?;
    Ok(ok(&found))
}

/// `POST`.
pub(super) async fn set(
    service: &Service,
    call: &Call,
    library: LibraryId,
) -> Result<Response, Error> {
    let wish: Settings = call.json()?;
    service
        .write(ask(call, library)?, move |tx, caller, _| {
            let mut library = caller.library.clone();
            let set = &mut library.settings;
            set.enable_file_history = wish.enable_file_history.unwrap_or(set.enable_file_history);
            let numbers = [
                (wish.file_history_count, &mut set.file_history_count),
                (wish.file_history_expire_day, &mut set.file_history_expire_day),
                (wish.merge_interval, &mut set.file_history_merge_interval),
            ];
            for (wished, now) in numbers {
                // What is no such number at all is out of every range.
                *now = wished.map_or(*now, |number| u32::try_from(number).unwrap_or(u32::MAX));
            }
            match settings::out_of_range(set) {
                Some(name) => Err(refused(name)),
                None => library::update(tx, &library),
            }
        })
        .await?;
    Ok(no_content())
}

fn refused(name: &str) -> Error {
    let (code, range) = match name {
        "fileHistoryCount" => (ErrorCode::InvalidFileHistoryCount, "1 to 999 versions"),
        "fileHistoryExpireDay" => {
            (ErrorCode::InvalidFileHistoryExpireDay, "0 to 999 days, 0 for ever")
        }
        "fileHistoryMergeInterval" => {
            (ErrorCode::InvalidFileHistoryMergeInterval, "0 or 5 to 600 seconds")
        }
        _ => (ErrorCode::ParamInvalid, "its range"),
    };
    refuse(code, format!("The value is outside of {range}"))
}
