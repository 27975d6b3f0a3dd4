//! Which rows a list request wants: marker or page, order, filter (SMH sections 1.11, 6.2, 6.4,
//! 12.1).

use albumen_model::ErrorCode;

use crate::{
    error::{Error, refuse},
    repository::list::{Filter, Sort},
    request::{Query, query::not_understood},
    rules::mode::Mode,
};

/// `page * page_size` at most: deeper pages cost what they skip (SMH section 1.11).
const PAGED_ROWS_MAX: u64 = 10_000;
/// Rows of a page when the request does not say.
const PAGE_DEFAULT: u64 = 20;

/// How far to page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Paging {
    /// After a marker, or from the start.
    Marker {
        /// As given out.
        marker: Option<String>,
        /// Rows.
        limit: usize,
    },
    /// From an offset on; counts go with it.
    Offset {
        /// Rows to skip.
        offset: usize,
        /// Rows.
        limit: usize,
    },
}

impl Paging {
    /// Reads it. With neither flag nor parameter it is the first page of markers; a limit is
    /// clamped and never refused.
    ///
    /// # Errors
    /// `ParamInvalid` for numbers that are none and for pages beyond the 10,000th row.
    pub(super) fn of(query: &Query, limit_default: u64, limit_max: u64) -> Result<Self, Error> {
        let size = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        let limit = query.number("limit")?;
        let by_page = query.flag("by-page") || query.get("page").is_some();
        if by_page && !query.flag("by-marker") {
            let page = query.number("page")?.unwrap_or(1).max(1);
            let rows = query.number("page_size")?.unwrap_or(PAGE_DEFAULT).max(1);
            if page.saturating_mul(rows) > PAGED_ROWS_MAX {
                let message = "page times page_size is over 10000; use a marker";
                return Err(refuse(ErrorCode::ParamInvalid, message));
            }
            return Ok(Self::Offset { offset: size((page - 1) * rows), limit: size(rows) });
        }
        let limit = limit.unwrap_or(limit_default).clamp(1, limit_max);
        if let Some(offset) = query.number("offset")? {
            return Ok(Self::Offset {
                offset: size(offset.min(PAGED_ROWS_MAX)),
                limit: size(limit),
            });
        }
        let marker = query.get("marker").map(str::to_owned);
        Ok(Self::Marker { marker, limit: size(limit) })
    }

    /// Whether this is the start of the list.
    pub(super) fn is_start(&self) -> bool {
        matches!(self, Self::Marker { marker: None, .. })
    }
}

/// Order and filter of a directory list, the directory itself left open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) sort: Option<Sort>,
    pub(super) descending: bool,
    pub(super) filter: Filter,
    pub(super) prefix: String,
    pub(super) start_name: String,
}

impl Wanted {
    /// Reads it.
    ///
    /// # Errors
    /// `ParamInvalid` for unknown words.
    pub(super) fn of(query: &Query) -> Result<Self, Error> {
        let sort = query
            .order_by()
            .map(|word| Sort::parse(word).ok_or_else(|| not_understood("order_by")))
            .transpose()?;
        let filter = match query.get("filter") {
            Some("onlyDir") => Filter::Directories,
            Some("onlyFile") => Filter::Leaves,
            None if query.get("sort_type") == Some("union") => Filter::Union,
            None => Filter::Both,
            Some(_) => return Err(not_understood("filter")),
        };
        // Prefix and start name count when the list is by name (SMH section 6.2).
        let by_name = matches!(sort, None | Some(Sort::Name));
        let text = |name| query.get(name).filter(|_| by_name).unwrap_or("").to_owned();
        Ok(Self {
            sort,
            descending: query.descending()?.unwrap_or(false),
            filter,
            prefix: text("prefix"),
            start_name: text("start_name"),
        })
    }

    /// Whether it is the plain list, whose eTag a client may hold against the directory's.
    pub(super) fn is_default(&self) -> bool {
        self.sort.is_none()
            && !self.descending
            && self.filter == Filter::Both
            && self.prefix.is_empty()
            && self.start_name.is_empty()
    }

    /// What leaves are sorted by when the request does not say. With a start name it has to be the
    /// name.
    pub(super) fn leaves_by(&self, mode: &Mode) -> Sort {
        if mode.lists_by_upload() && self.start_name.is_empty() {
            Sort::Uploaded
        } else {
            Sort::Name
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paging_of_section_1_11() {
        let marker = |marker: Option<&str>, limit| {
            Some(Paging::Marker { marker: marker.map(str::to_owned), limit })
        };
        let offset = |offset, limit| Some(Paging::Offset { offset, limit });
        for (query, paging) in [
            ("", marker(None, 20)),
            ("by-marker=1&limit=5", marker(None, 5)),
            ("by-marker&marker=abc&limit=0", marker(Some("abc"), 1)),
            ("limit=99999", marker(None, 1000)),
            ("by-page=1", offset(0, 20)),
            ("page=3&page_size=50", offset(100, 50)),
            ("by-page&page=0", offset(0, 20)),
            ("offset=40&limit=10", offset(40, 10)),
            ("page=2&page_size=5000", offset(5000, 5000)),
            ("page=2&page_size=5001", None),
            ("limit=many", None),
        ] {
            assert_eq!(Paging::of(&Query::parse(query), 20, 1000).ok(), paging, "{query}");
        }
    }

    #[test]
    fn words_of_section_6_2() {
        let wanted = |query: &str| Wanted::of(&Query::parse(query));
        assert!(wanted("").unwrap().is_default());
        assert!(!wanted("filter=onlyDir").unwrap().is_default());
        assert_eq!(wanted("sort_type=union").unwrap().filter, Filter::Union);
        assert_eq!(wanted("order_by=size&prefix=a").unwrap().prefix, "");
        assert_eq!(wanted("orderBy=name&prefix=a").unwrap().prefix, "a");
        for bad in ["order_by=colour", "filter=all", "order_by_type=up"] {
            assert!(wanted(bad).is_err(), "{bad}");
        }
    }
}
