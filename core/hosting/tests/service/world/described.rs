//! Every request that the suites send and every reply that they get, held against the OpenAPI
//! document of the service: the operation is in it, the status and the code are among those it
//! names, the bodies are of its schemas, and a reply has no field that the document does not know.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex},
};

use jsonschema::Validator;
use serde_json::{Map, Value, json};

use super::Reply;

/// Parameters that say who asks: any operation takes them.
const WHO: &[&str] =
    &["access_token", "library_secret", "user_id", "share_access_token", "library_id"];
/// Places in a path that take the rest of it.
const REST: &[&str] = &["{DirectoryPath}", "{NodePath}", "{FilePath}", "{Inodes}", "{Rest}"];

/// The document.
pub(crate) static DOCUMENT: LazyLock<Value> = LazyLock::new(albumen_hosting::openapi);

/// The operations of the document.
pub(crate) static OPERATIONS: LazyLock<Vec<Operation>> = LazyLock::new(|| {
    let mut all = Vec::new();
    for (key, item) in DOCUMENT["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let (path, _) = key.split_once('#').unwrap_or((key, ""));
            let by =
                |place: &str| operation["x-albumen-selected-by"][place].as_str().map(str::to_owned);
            all.push(Operation {
                method: method.to_uppercase(),
                path: path.to_owned(),
                flag: by("query"),
                key: by("body"),
                said: operation.clone(),
            });
        }
    }
    all
});

/// One of them.
pub(crate) struct Operation {
    pub(crate) method: String,
    /// With its places, without what selects it.
    pub(crate) path: String,
    pub(crate) flag: Option<String>,
    pub(crate) key: Option<String>,
    pub(crate) said: Value,
}

/// What was asked.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: Value,
}

impl Asked {
    pub(super) fn of(request: &reqwest::Request) -> Self {
        let url = request.url();
        let body = request.body().and_then(reqwest::Body::as_bytes).unwrap_or_default();
        Self {
            method: request.method().to_string(),
            path: url.path().to_owned(),
            query: url.query_pairs().map(|(name, value)| (name.into(), value.into())).collect(),
            body: serde_json::from_slice(body).unwrap_or(Value::Null),
        }
    }

    fn has_flag(&self, flag: &str) -> bool {
        let first = self.query.iter().find(|(name, _)| name == flag);
        first.is_some_and(|(_, value)| value != "0" && value != "false")
    }

    fn has_key(&self, key: &str) -> bool {
        self.body.as_object().is_some_and(|body| body.contains_key(key))
    }
}

impl Operation {
    pub(crate) fn id(&self) -> &str {
        self.said["operationId"].as_str().expect("an id")
    }

    /// How well a path fits: how many of its words are those of the document, and whether every
    /// place is filled. `None`: not at all.
    fn fit(&self, path: &str) -> Option<(usize, bool)> {
        let mut there = path.trim_end_matches('/').split('/').skip(1).peekable();
        let (mut literal, mut is_filled) = (0, true);
        for part in self.path.split('/').skip(1) {
            if REST.contains(&part) {
                return Some((literal, is_filled));
            }
            let word = there.next();
            match (part.starts_with('{'), word) {
                (true, Some(_)) => {}
                // The service says which place is empty.
                (true, None) => is_filled = false,
                (false, Some(word)) if word == part => literal += 1,
                (false, _) => return None,
            }
        }
        there.peek().is_none().then_some((literal, is_filled))
    }

    fn is_selected(&self, asked: &Asked) -> bool {
        self.flag.as_ref().is_none_or(|flag| asked.has_flag(flag))
            && self.key.as_ref().is_none_or(|key| asked.has_key(key))
    }

    fn takes(&self, name: &str) -> bool {
        let parameters = self.said["parameters"].as_array().expect("parameters");
        parameters.iter().any(|known| known["in"] == "query" && known["name"] == name)
    }
}

/// The operation that is asked for: the nearest path, a flag before a key before neither.
pub(crate) fn find(asked: &Asked) -> Option<&'static Operation> {
    let fitting = OPERATIONS.iter().filter(|one| one.method == asked.method);
    let fitting = fitting.filter(|one| one.is_selected(asked));
    let fitting = fitting.filter_map(|one| Some((one.fit(&asked.path)?, one)));
    let rank = |one: &Operation| (one.flag.is_some(), one.key.is_some());
    fitting
        .max_by_key(|((literal, is_filled), one)| (*is_filled, *literal, rank(one)))
        .map(|(_, one)| one)
}

/// Holds a reply against the document.
pub(super) fn check(asked: &Asked, reply: &Reply) {
    let ours = ["/api/v1/", "/albumen/v1/", "/console/v1/"];
    if !ours.iter().any(|prefix| asked.path.starts_with(prefix)) || asked.method == "OPTIONS" {
        return;
    }
    let told = || format!("{asked:?} {reply:?}");
    if is_for_any(reply) {
        held("#/components/responses/Refused/content/application~1json/schema", reply, &told());
        return;
    }
    let operation = find(asked).unwrap_or_else(|| panic!("not in the document: {}", told()));
    let status = reply.status.to_string();
    let documented = &operation.said["responses"][&status];
    assert!(documented.is_object(), "{} does not name the status: {}", operation.id(), told());
    let place = |rest: &str| {
        let selector = operation.flag.as_ref().or(operation.key.as_ref());
        let selector = selector.map(|name| format!("#{name}")).unwrap_or_default();
        let key = format!("{}{selector}", operation.path).replace('/', "~1");
        format!("#/paths/{key}/{}/{rest}", operation.method.to_lowercase())
    };
    match documented["content"]["application/json"].is_object() {
        true => {
            let place = place(&format!("responses/{status}/content/application~1json/schema"));
            held(&place, reply, &told());
        }
        false => assert!(reply.json.is_null(), "{} has a body: {}", operation.id(), told()),
    }
    if reply.status < 400 {
        for (name, _) in &asked.query {
            let known = WHO.contains(&name.as_str()) || operation.takes(name);
            assert!(known, "{} does not name the parameter {name}: {}", operation.id(), told());
        }
        if !asked.body.is_null() && operation.said["requestBody"].is_object() {
            let place = place("requestBody/content/application~1json/schema");
            let errors = errors(&place, &asked.body, false);
            assert!(errors.is_empty(), "{} takes another body: {errors:?} {}", place, told());
        }
    }
}

/// Whether a reply is one that any request may hear.
fn is_for_any(reply: &Reply) -> bool {
    let any = &DOCUMENT["components"]["responses"]["Refused"]["content"]["application/json"];
    let codes = any["schema"]["allOf"][1]["properties"]["code"]["enum"].as_array().expect("codes");
    reply.status >= 400 && codes.iter().any(|code| code == reply.code())
}

fn held(place: &str, reply: &Reply, told: &str) {
    let errors = errors(place, &reply.json, true);
    assert!(errors.is_empty(), "another schema at {place}: {errors:?} {told}");
}

/// By place in the document, and whether it is of a reply.
type Validators = HashMap<(String, bool), Arc<Validator>>;

/// What is wrong with a value by the schema at a place of the document.
fn errors(place: &str, value: &Value, is_closed: bool) -> Vec<String> {
    static KNOWN: LazyLock<Mutex<Validators>> = LazyLock::new(Mutex::default);
    let key = (place.to_owned(), is_closed);
    let known = KNOWN.lock().expect("no panic inside").get(&key).cloned();
    let validator = known.unwrap_or_else(|| {
        let made = Arc::new(validator(place, is_closed));
        KNOWN.lock().expect("no panic inside").insert(key, Arc::clone(&made));
        made
    });
    let error =
        |error: jsonschema::ValidationError| format!("{error} at {}", error.instance_path());
    validator.iter_errors(value).map(error).collect()
}

fn validator(place: &str, is_closed: bool) -> Validator {
    let pointer = place.trim_start_matches('#').replace("%7B", "{").replace("%7D", "}");
    let mut schema = DOCUMENT.pointer(&pointer).unwrap_or_else(|| panic!("no {place}")).clone();
    let mut all = DOCUMENT["components"]["schemas"].clone();
    if is_closed {
        close(&mut schema, true);
        for (_, schema) in all.as_object_mut().expect("schemas") {
            close(schema, false);
        }
    }
    schema["components"] = json!({ "schemas": all });
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    let options = jsonschema::options().should_validate_formats(true);
    options.build(&schema).unwrap_or_else(|error| panic!("no schema at {place}: {error}"))
}

/// Lets a value have no field that no schema names. Clients must not be so strict: fields may come.
fn close(schema: &mut Value, is_whole: bool) {
    let Some(fields) = schema.as_object_mut() else { return };
    close_parts(fields);
    let says = |name: &str| fields.contains_key(name);
    let names_fields = ["$ref", "properties", "allOf", "anyOf", "oneOf"].into_iter().any(says);
    if is_whole && names_fields && !says("additionalProperties") {
        fields.insert("unevaluatedProperties".to_owned(), json!(false));
    }
}

fn close_parts(fields: &mut Map<String, Value>) {
    for list in ["allOf", "anyOf", "oneOf"] {
        let parts = fields.get_mut(list).and_then(Value::as_array_mut);
        parts.into_iter().flatten().for_each(|part| close(part, false));
    }
    let properties = fields.get_mut("properties").and_then(Value::as_object_mut);
    properties.into_iter().flatten().for_each(|(_, property)| close(property, true));
    for whole in ["items", "additionalProperties"] {
        if let Some(whole) = fields.get_mut(whole) {
            close(whole, true);
        }
    }
}
