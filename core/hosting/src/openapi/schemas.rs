//! Schemas of requests and replies, made from the types that read and write them.
//!
//! A type may look different in both directions: what has a default may be left out of a request
//! and is always in a reply. So each direction has a generator of its own; where they differ, the
//! request's schema is called `...Input`.

use std::collections::BTreeSet;

use albumen_model::smh::NodeItem;
use schemars::{
    JsonSchema, Schema, SchemaGenerator,
    generate::SchemaSettings,
    transform::{RecursiveTransform, Transform},
};
use serde_json::{Map, Value};

use super::operation::SchemaOf;

const REPLIES: &str = "#/components/schemas/";
const REQUESTS: &str = "#/components/requests/";

/// The schemas that were asked for so far.
pub(super) struct Schemas {
    replies: SchemaGenerator,
    requests: SchemaGenerator,
}

impl Schemas {
    pub(super) fn new() -> Self {
        let settings = |path: &str| {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.meta_schema = None;
                settings.definitions_path = path.trim_start_matches('#').to_owned().into();
            })
        };
        Self {
            replies: settings(REPLIES).for_serialize().into_generator(),
            requests: settings(REQUESTS).for_deserialize().into_generator(),
        }
    }

    /// The schema of what the service writes.
    pub(super) fn reply(&mut self, of: SchemaOf) -> Value {
        tidy(of(&mut self.replies), true)
    }

    /// The schema of what it reads. References are settled by [`Schemas::finish`].
    pub(super) fn request(&mut self, of: SchemaOf) -> Value {
        tidy(of(&mut self.requests), false)
    }

    /// All schemas by name, and how references to those of requests are spelled.
    pub(super) fn finish(mut self) -> (Map<String, Value>, Names) {
        let tidied = |map: Map<String, Value>, is_reply: bool| -> Map<String, Value> {
            let schema = |value| Schema::try_from(value).unwrap_or_default();
            map.into_iter().map(|(name, value)| (name, tidy(schema(value), is_reply))).collect()
        };
        let mut all = tidied(self.replies.take_definitions(false), true);
        let requests = tidied(self.requests.take_definitions(false), false);
        let names = Names::of(&all, &requests);
        for (name, mut schema) in requests {
            names.settle(&mut schema);
            all.insert(names.of_request(&name), schema);
        }
        (all, names)
    }
}

/// Which types look different in requests.
pub(super) struct Names(BTreeSet<String>);

impl Names {
    fn of(replies: &Map<String, Value>, requests: &Map<String, Value>) -> Self {
        let mut names = Self(BTreeSet::new());
        loop {
            let before = names.0.len();
            for (name, request) in requests {
                let mut request = request.clone();
                names.settle(&mut request);
                if replies.get(name).is_some_and(|reply| *reply != request) {
                    names.0.insert(name.clone());
                }
            }
            // What refers to a type that differs, differs.
            if names.0.len() == before {
                return names;
            }
        }
    }

    fn of_request(&self, name: &str) -> String {
        let suffix = if self.0.contains(name) { "Input" } else { "" };
        format!("{name}{suffix}")
    }

    /// Has references lead to where the schemas of requests are in the document.
    pub(super) fn settle(&self, value: &mut Value) {
        match value {
            Value::Object(fields) => {
                if let Some(Value::String(reference)) = fields.get_mut("$ref")
                    && let Some(name) = reference.strip_prefix(REQUESTS)
                {
                    *reference = format!("{REPLIES}{}", self.of_request(name));
                }
                fields.values_mut().for_each(|field| self.settle(field));
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.settle(item)),
            _ => {}
        }
    }
}

/// What schemars cannot know of this contract.
fn tidy(mut schema: Schema, is_reply: bool) -> Value {
    RecursiveTransform(move |schema: &mut Schema| {
        let Some(fields) = schema.as_object_mut() else { return };
        if fields.get("default") == Some(&Value::Null) {
            fields.remove("default");
        }
        if let Some(Value::String(text)) = fields.get_mut("description") {
            // Links mean something to rustdoc alone.
            *text = text.replace("[`", "`").replace("`]", "`").replace('\n', " ");
        }
        if is_reply {
            never_null_where_left_out(fields);
        }
    })
    .transform(&mut schema);
    schema.to_value()
}

/// What a reply may leave out is left out rather than null (SMH section 1.7).
fn never_null_where_left_out(schema: &mut Map<String, Value>) {
    let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
    for (name, property) in properties.into_iter().flatten() {
        if required.iter().any(|required| required == name) {
            continue;
        }
        let Some(fields) = property.as_object_mut() else { continue };
        if let Some(Value::Array(types)) = fields.get_mut("type") {
            types.retain(|word| word != "null");
            if let [one] = types.as_slice() {
                let one = one.clone();
                fields.insert("type".to_owned(), one);
            }
        }
        if let Some(Value::Array(choices)) = fields.get_mut("anyOf") {
            choices.retain(|choice| choice["type"] != "null");
            if let [Value::Object(one)] = choices.as_slice() {
                let one = one.clone();
                fields.remove("anyOf");
                fields.extend(one);
            }
        }
    }
}

/// The schema of a node without some fields, or with some that may be missing: for replies that are
/// put together of a node's JSON.
pub(crate) fn node(
    generator: &mut SchemaGenerator,
    left_out: &[&str],
    optional: &[&str],
) -> Schema {
    let mut schema = NodeItem::json_schema(generator);
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        properties.retain(|name, _| !left_out.contains(&name.as_str()));
    }
    if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
        let is_one_of = |list: &[&str], name: &Value| list.iter().any(|word| name == word);
        required.retain(|name| !is_one_of(left_out, name) && !is_one_of(optional, name));
    }
    schema
}
