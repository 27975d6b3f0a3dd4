//! Conditional reads: which of `If-Match`, `If-None-Match` and the two dates let a read happen.
//! Pure.

use s3s::{
    S3Error, S3ErrorCode, S3Result,
    dto::{ETagCondition, Timestamp},
};
use time::OffsetDateTime;

use crate::ObjectMeta;

/// What a read asks for; each may be absent.
#[derive(Default)]
pub(super) struct Conditions<'r> {
    pub(super) matches: Option<&'r ETagCondition>,
    pub(super) matches_none: Option<&'r ETagCondition>,
    pub(super) modified_since: Option<&'r Timestamp>,
    pub(super) unmodified_since: Option<&'r Timestamp>,
}

impl Conditions<'_> {
    /// `PreconditionFailed` or `NotModified` if the read must not happen. ETags win over dates.
    pub(super) fn check(&self, meta: &ObjectMeta) -> S3Result<()> {
        let is_it = |condition: &ETagCondition| match condition {
            ETagCondition::Any => true,
            ETagCondition::ETag(etag) => etag.value() == meta.etag.as_str(),
        };
        let later_than = |moment: &Timestamp| {
            let moment: OffsetDateTime = moment.clone().into();
            meta.modified.millis().div_euclid(1000) > moment.unix_timestamp()
        };
        match (self.matches, self.unmodified_since) {
            (Some(condition), _) if !is_it(condition) => return Err(failed()),
            (None, Some(moment)) if later_than(moment) => return Err(failed()),
            _ => {}
        }
        match (self.matches_none, self.modified_since) {
            (Some(condition), _) if is_it(condition) => Err(S3ErrorCode::NotModified.into()),
            (None, Some(moment)) if !later_than(moment) => Err(S3ErrorCode::NotModified.into()),
            _ => Ok(()),
        }
    }
}

fn failed() -> S3Error {
    S3ErrorCode::PreconditionFailed.into()
}

#[cfg(test)]
mod tests {
    use s3s::dto::ETag;

    use super::*;
    use crate::Attributes;

    #[test]
    fn etags_and_dates() {
        let modified = albumen_model::Timestamp::from_millis(100_900);
        let etag = crate::ETag::new("abc");
        let attributes = Attributes::default();
        let meta = ObjectMeta { size: 1, crc64: None, etag, modified, attributes };
        let at = |second| Timestamp::from(OffsetDateTime::from_unix_timestamp(second).unwrap());
        let same = ETagCondition::ETag(ETag::Strong("abc".into()));
        let other = ETagCondition::ETag(ETag::Strong("xyz".into()));
        let [before, then] = [at(99), at(100)];
        let none = Conditions::default;
        let table = [
            (none(), None),
            (Conditions { matches: Some(&same), ..none() }, None),
            (Conditions { matches: Some(&other), ..none() }, Some("PreconditionFailed")),
            (Conditions { matches_none: Some(&same), ..none() }, Some("NotModified")),
            (Conditions { matches_none: Some(&other), ..none() }, None),
            (Conditions { modified_since: Some(&then), ..none() }, Some("NotModified")),
            (Conditions { modified_since: Some(&before), ..none() }, None),
            (Conditions { unmodified_since: Some(&before), ..none() }, Some("PreconditionFailed")),
            (Conditions { unmodified_since: Some(&then), ..none() }, None),
        ];
        for (row, (conditions, expected)) in table.into_iter().enumerate() {
            let found = conditions.check(&meta).err();
            assert_eq!(found.as_ref().map(|error| error.code().as_str()), expected, "row {row}");
        }
    }
}
