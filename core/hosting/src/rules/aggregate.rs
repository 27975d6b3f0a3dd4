//! Counting what a search found: the aggregations of SMH section 15.2.

use std::collections::{BTreeMap, HashSet};

use albumen_model::ErrorCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{kind, search};

/// Aggregations of one request.
const MOST: usize = 5;
/// Measures below one group.
const MOST_BELOW: usize = 3;
/// Groups of one aggregation.
const GROUPS_MAX: usize = 2000;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "AggregationField")]
#[serde(rename_all = "camelCase")]
pub(crate) enum Field {
    ExtName,
    Category,
    Size,
    ContentType,
    UserId,
    Name,
    FileType,
}

/// How it is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "AggregationOperation")]
#[serde(rename_all = "lowercase")]
pub(crate) enum Operation {
    Group,
    Count,
    Distinct,
    Sum,
    Min,
    Max,
    Average,
}

/// One aggregation as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(rename = "AggregationRequest")]
#[serde(rename_all = "camelCase")]
pub(crate) struct Wanted {
    pub(crate) field: Field,
    pub(crate) operation: Operation,
    #[serde(default)]
    pub(crate) sub_aggregations: Option<Vec<Wanted>>,
}

impl Wanted {
    fn below(&self) -> &[Self] {
        self.sub_aggregations.as_deref().unwrap_or_default()
    }

    fn check(&self, is_below: bool) -> Result<(), (ErrorCode, String)> {
        use Operation as O;
        let invalid = |message: &str| Err((ErrorCode::ParamInvalid, message.to_owned()));
        let is_sum = matches!(self.operation, O::Sum | O::Min | O::Max | O::Average);
        if is_sum && self.field != Field::Size {
            return invalid("Only sizes have a sum, a minimum, a maximum and an average");
        }
        if is_below && self.operation == O::Group {
            return invalid("A group holds no groups");
        }
        if self.operation != O::Group && !self.below().is_empty() {
            return invalid("Only groups have subAggregations");
        }
        if self.below().len() > MOST_BELOW {
            return Err((ErrorCode::SearchTooComplex, "Over 3 subAggregations".to_owned()));
        }
        self.below().iter().try_for_each(|wanted| wanted.check(true))
    }
}

/// Refuses what SMH section 15.2 does not allow.
///
/// # Errors
/// `ParamInvalid`, `SearchTooComplex`.
pub(crate) fn check(wanted: &[Wanted]) -> Result<(), (ErrorCode, String)> {
    match wanted.len() {
        0 => Err((ErrorCode::ParamInvalid, "There are no aggregations".to_owned())),
        1..=MOST => wanted.iter().try_for_each(|wanted| wanted.check(false)),
        _ => Err((ErrorCode::SearchTooComplex, "Over 5 aggregations".to_owned())),
    }
}

/// One node that was found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fact<'a> {
    pub(crate) name: &'a str,
    pub(crate) is_dir: bool,
    pub(crate) size: Option<u64>,
    pub(crate) category: Option<&'a str>,
    pub(crate) content_type: Option<&'a str>,
    pub(crate) user_id: &'a str,
}

impl Fact<'_> {
    /// The value of a field; `None` when the node has none.
    fn value(&self, field: Field) -> Option<String> {
        let text = match field {
            Field::ExtName if self.is_dir => None,
            Field::ExtName => {
                let extension = search::extension(self.name);
                (!extension.is_empty()).then(|| format!(".{extension}"))
            }
            Field::Category => self.category.map(str::to_owned),
            Field::Size => self.size.map(|size| size.to_string()),
            Field::ContentType => self.content_type.map(str::to_owned),
            Field::UserId => Some(self.user_id.to_owned()),
            Field::Name => Some(self.name.to_owned()),
            Field::FileType => (!self.is_dir).then(|| kind::file_type_of(self.name).to_owned()),
        };
        text.filter(|text| !text.is_empty())
    }
}

/// What was counted so far.
#[derive(Default)]
struct Tally {
    count: u64,
    distinct: HashSet<String>,
    sum: u128,
    min: Option<u64>,
    max: u64,
}

impl Tally {
    fn add(&mut self, wanted: &Wanted, fact: &Fact<'_>) {
        let Some(value) = fact.value(wanted.field) else { return };
        self.count += 1;
        if wanted.operation == Operation::Distinct {
            self.distinct.insert(value);
        }
        if let (Field::Size, Some(size)) = (wanted.field, fact.size) {
            self.sum += u128::from(size);
            self.min = Some(self.min.map_or(size, |min| min.min(size)));
            self.max = self.max.max(size);
        }
    }

    #[allow(clippy::cast_precision_loss, reason = "an average is a fraction anyway")]
    fn value(&self, operation: Operation) -> serde_json::Number {
        let whole = |n: u128| serde_json::Number::from(u64::try_from(n).unwrap_or(u64::MAX));
        match operation {
            Operation::Group | Operation::Count => self.count.into(),
            Operation::Distinct => self.distinct.len().into(),
            Operation::Sum => whole(self.sum),
            Operation::Min => self.min.unwrap_or(0).into(),
            Operation::Max => self.max.into(),
            Operation::Average if self.count == 0 => 0.into(),
            Operation::Average => serde_json::Number::from_f64(self.sum as f64 / self.count as f64)
                .unwrap_or_else(|| 0.into()),
        }
    }
}

/// One aggregation as it is answered.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "Aggregation")]
pub(crate) struct Answer {
    field: Field,
    operation: Operation,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<serde_json::Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    groups: Option<Vec<GroupAnswer>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "AggregationGroup")]
#[serde(rename_all = "camelCase")]
pub(crate) struct GroupAnswer {
    value: String,
    count: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sub_aggregations: Vec<Answer>,
}

#[derive(Default)]
struct Group {
    count: u64,
    below: Vec<Tally>,
}

/// The aggregations of one request, being counted.
pub(crate) struct Counting {
    wanted: Vec<Wanted>,
    tallies: Vec<Tally>,
    groups: Vec<BTreeMap<String, Group>>,
    /// Whether there were more groups than are told.
    pub(crate) is_truncated: bool,
}

impl Counting {
    /// Nothing counted yet.
    pub(crate) fn new(wanted: Vec<Wanted>) -> Self {
        let tallies = wanted.iter().map(|_| Tally::default()).collect();
        let groups = wanted.iter().map(|_| BTreeMap::new()).collect();
        Self { wanted, tallies, groups, is_truncated: false }
    }

    /// Counts one node.
    pub(crate) fn add(&mut self, fact: &Fact<'_>) {
        for (index, wanted) in self.wanted.iter().enumerate() {
            if wanted.operation != Operation::Group {
                self.tallies[index].add(wanted, fact);
                continue;
            }
            let Some(value) = fact.value(wanted.field) else { continue };
            let groups = &mut self.groups[index];
            if groups.len() >= GROUPS_MAX && !groups.contains_key(&value) {
                self.is_truncated = true;
                continue;
            }
            let group = groups.entry(value).or_default();
            group.count += 1;
            group.below.resize_with(wanted.below().len(), Tally::default);
            for (tally, wanted) in group.below.iter_mut().zip(wanted.below()) {
                tally.add(wanted, fact);
            }
        }
    }

    /// What came of it; the largest groups first.
    pub(crate) fn answers(self) -> Vec<Answer> {
        let counted = self.wanted.iter().zip(self.tallies).zip(self.groups);
        counted
            .map(|((wanted, tally), groups)| match wanted.operation {
                Operation::Group => grouped(wanted, groups),
                operation => measured(wanted, tally.value(operation)),
            })
            .collect()
    }
}

fn measured(wanted: &Wanted, value: serde_json::Number) -> Answer {
    Answer { field: wanted.field, operation: wanted.operation, value: Some(value), groups: None }
}

fn grouped(wanted: &Wanted, groups: BTreeMap<String, Group>) -> Answer {
    let mut rows: Vec<GroupAnswer> = groups
        .into_iter()
        .map(|(value, group)| {
            let below = wanted.below().iter().zip(&group.below);
            let measure = |(wanted, tally): (&Wanted, &Tally)| {
                measured(wanted, tally.value(wanted.operation))
            };
            let sub_aggregations = below.map(measure).collect();
            GroupAnswer { value, count: group.count, sub_aggregations }
        })
        .collect();
    // Stable: equal counts stay in the order of their values.
    rows.sort_by_key(|row| std::cmp::Reverse(row.count));
    Answer { field: wanted.field, operation: wanted.operation, value: None, groups: Some(rows) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn wanted(value: Value) -> Vec<Wanted> {
        serde_json::from_value(value).unwrap()
    }

    fn fact(name: &str, size: Option<u64>) -> Fact<'_> {
        let (category, content_type) = (None, None);
        Fact { name, is_dir: size.is_none(), size, category, content_type, user_id: "ann" }
    }

    #[test]
    fn groups_and_measures_of_section_15_2() {
        let asked = json!([
            {"field": "extName", "operation": "group", "subAggregations":
                [{"field": "size", "operation": "sum"},
                 {"field": "name", "operation": "distinct"}]},
            {"field": "size", "operation": "average"},
            {"field": "size", "operation": "min"},
            {"field": "category", "operation": "count"},
        ]);
        let mut counting = Counting::new(wanted(asked));
        for (name, size) in
            [("a.JPG", Some(1)), ("b.jpg", Some(4)), ("c.txt", Some(4)), ("d.jpg", None)]
        {
            counting.add(&fact(name, size));
        }
        assert!(!counting.is_truncated);
        let answers = serde_json::to_value(counting.answers()).unwrap();
        assert_eq!(
            answers,
            json!([
                {"field": "extName", "operation": "group", "groups": [
                    {"value": ".jpg", "count": 2, "subAggregations": [
                        {"field": "size", "operation": "sum", "value": 5},
                        {"field": "name", "operation": "distinct", "value": 2}]},
                    {"value": ".txt", "count": 1, "subAggregations": [
                        {"field": "size", "operation": "sum", "value": 4},
                        {"field": "name", "operation": "distinct", "value": 1}]}]},
                {"field": "size", "operation": "average", "value": 3.0},
                {"field": "size", "operation": "min", "value": 1},
                {"field": "category", "operation": "count", "value": 0},
            ])
        );
    }

    #[test]
    fn limits_of_section_15_2() {
        use ErrorCode::{ParamInvalid, SearchTooComplex};
        let count = json!({"field": "name", "operation": "count"});
        let group = |below: Value| {
            json!([{"field": "name", "operation": "group",
                "subAggregations": below}])
        };
        for (asked, code) in [
            (json!([]), Some(ParamInvalid)),
            (json!(vec![&count; 5]), None),
            (json!(vec![&count; 6]), Some(SearchTooComplex)),
            (json!([{"field": "name", "operation": "sum"}]), Some(ParamInvalid)),
            (group(json!(vec![&count; 3])), None),
            (group(json!(vec![&count; 4])), Some(SearchTooComplex)),
            (group(json!([{"field": "name", "operation": "group"}])), Some(ParamInvalid)),
        ] {
            assert_eq!(check(&wanted(asked.clone())).err().map(|(code, _)| code), code, "{asked}");
        }
        let mut counting = Counting::new(wanted(group(json!(null))));
        for n in 0..=GROUPS_MAX {
            counting.add(&fact(&format!("{n}"), Some(1)));
        }
        assert!(counting.is_truncated);
        let answers = serde_json::to_value(counting.answers()).unwrap();
        assert_eq!(answers[0]["groups"].as_array().map(Vec::len), Some(GROUPS_MAX));
    }
}
