//! From the tables to the document: paths, parameters, replies, refusals.

use std::collections::BTreeMap;

use albumen_model::{ErrorCode, WireError};
use serde_json::{Map, Value, json};

use super::{
    access,
    operation::{Access, Kind, Operation, Parameter, Reply, Selector, json as schema_of},
    parameters::{PLACES, USER_ID},
    schemas::{Names, Schemas},
};

/// What any request may be refused with, whatever it asks for.
const ANY: &[ErrorCode] = &[
    ErrorCode::RouteNotFound,
    ErrorCode::IncompleteBody,
    ErrorCode::ReadRequestTimeout,
    ErrorCode::RequestEntityTooLarge,
    ErrorCode::URITooLong,
    ErrorCode::RateLimitExceeded,
    ErrorCode::InternalServerError,
    ErrorCode::ServerOverloaded,
    ErrorCode::RequestTimeout,
    ErrorCode::StoreFull,
];

/// How the operations of one path are told apart, said where readers look first.
const ABOUT: &str = "Libraries, spaces, albums and files by the interface of Smart Media Hosting, \
    with what Albumen adds under `/albumen/v1/` and the console under `/console/v1/`.\n\n\
    The contract tells operations of one method and path apart by a flag of the query or by a key \
    of the body, and OpenAPI knows only one operation a method and path. So a path key here may \
    end in `#` and the name of that flag or key: leave out what begins with `#` before you send. \
    The flag is a required parameter of the operation, the key a required field of its body, and \
    `x-albumen-selected-by` says which of the two it is.\n\n\
    Paths of files are one parameter; a `/` in it may be sent as it is or as `%2F`. Sizes and \
    CRC-64 values are decimal texts. A refusal is answered with a code to act on; those that any \
    request may hear are under `default`. `x-albumen-grants` lists which grants of an access \
    token are enough, `x-albumen-rows` the rows of the contract's table of operations and \
    `x-albumen-section` where it describes them.";

/// Names of groups and what is in them, as they are shown.
const TAGS: &[(&str, &str)] = &[
    ("token", "Access tokens."),
    ("space", "Tenant spaces."),
    ("usage", "How much is stored."),
    ("stats", "How much is stored, by tag."),
    ("directory", "Directories and albums."),
    ("cross-space", "Copies between spaces, the older way."),
    ("album", "Covers of albums."),
    ("file", "Files: uploads, reads, changes."),
    ("inode", "Files and directories by inode."),
    ("file-deletion-check", "Why something is gone."),
    ("batch", "Many operations in one request."),
    ("task", "What became of operations that went on."),
    ("task-result", "The same in the newer form."),
    ("recycled", "The bin."),
    ("directory-history", "Earlier content of files."),
    ("quota", "Limits over spaces."),
    ("space-quota", "The limit of one space."),
    ("search", "Searches."),
    ("favorite", "What users have marked."),
    ("recent", "What users looked at or changed lately."),
    ("fs-delta", "The change feed."),
    ("share", "Links for others."),
    ("version", "Who answers."),
    ("office", "Left out: editing of documents."),
    ("hls", "Left out: transcoding."),
    ("directory-local-sync", "Left out: sync folders."),
    ("authority", "Left out: rights of single folders."),
    ("tag", "Left out: tags."),
    ("file-tag", "Left out: tags of files."),
    ("albumen", "What Albumen adds to the contract."),
    ("console", "Making and removing libraries."),
];

/// The document over these operations.
pub(super) fn document(operations: &[&Operation]) -> Value {
    let mut schemas = Schemas::new();
    let error = schemas.reply(schema_of::<WireError>());
    let mut paths: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    for operation in operations {
        let written = write(operation, &mut schemas);
        paths.entry(operation.path_key()).or_default().insert(operation.method.to_owned(), written);
    }
    let (schemas, names) = schemas.finish();
    let mut paths = json!(paths);
    Names::settle(&names, &mut paths);
    let used = |tag: &str| operations.iter().any(|operation| operation.tag() == tag);
    let tags = TAGS.iter().filter(|(tag, _)| used(tag));
    let tags: Vec<Value> =
        tags.map(|(name, says)| json!({ "name": name, "description": says })).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Albumen library service",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": { "name": "MIT or Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/", "description": "Where this document comes from." }],
        "tags": tags,
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": access::schemes(),
            "responses": { "Refused": refused(ANY, &error, "Any request may hear these.") },
        },
    })
}

fn write(operation: &Operation, schemas: &mut Schemas) -> Value {
    let who = access::sentence(operation.access);
    let mut written = json!({
        "operationId": operation.id,
        "tags": [operation.tag()],
        "summary": operation.says,
        "description": who,
        "security": access::security(operation),
        "parameters": parameters(operation),
        "responses": responses(operation, schemas),
        "x-albumen-grants": access::grants(operation.access),
    });
    if !operation.rows.is_empty() {
        written["x-albumen-rows"] = json!(operation.rows);
        written["x-albumen-section"] = json!(operation.section);
    }
    match operation.selector {
        Selector::None => {}
        Selector::Flag(name) => written["x-albumen-selected-by"] = json!({ "query": name }),
        Selector::Key(name) => written["x-albumen-selected-by"] = json!({ "body": name }),
    }
    if !operation.is_offered {
        written["x-albumen-offered"] = json!(false);
    }
    if let Some(of) = operation.body {
        let schema = with_key(operation.selector, schemas.request(of));
        let mut content = json!({ "application/json": { "schema": schema } });
        if operation.has_form_body() {
            content["application/x-www-form-urlencoded"] = json!({ "schema": schema });
        }
        let required = matches!(operation.selector, Selector::Key(_));
        written["requestBody"] = json!({ "content": content, "required": required });
    }
    written
}

/// The key that selects an operation must be there.
fn with_key(selector: Selector, schema: Value) -> Value {
    match selector {
        Selector::Key(name) => json!({ "allOf": [schema, { "required": [name] }] }),
        _ => schema,
    }
}

fn parameters(operation: &Operation) -> Vec<Value> {
    let mut all: Vec<Value> = operation
        .path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .map(place)
        .collect();
    if let Selector::Flag(name) = operation.selector {
        let says = "Selects this operation.";
        let schema = json!({ "type": "string", "enum": ["", "1", "true"], "default": "1" });
        all.push(json!({
            "name": name, "in": "query", "required": true, "allowEmptyValue": true,
            "description": says, "schema": schema,
        }));
    }
    all.extend(operation.parameters.iter().map(parameter));
    if matches!(operation.access, Access::Token(_) | Access::Only(_))
        && !operation.parameters.iter().any(|known| known.name == USER_ID.name)
    {
        all.push(parameter(&USER_ID));
    }
    all
}

fn place(name: &str) -> Value {
    let says = PLACES.iter().find(|(known, _)| *known == name).map(|(_, says)| *says);
    json!({
        "name": name, "in": "path", "required": true, "description": says.unwrap_or_default(),
        "schema": { "type": "string" },
    })
}

fn parameter(parameter: &Parameter) -> Value {
    let schema = match parameter.kind {
        Kind::Text => json!({ "type": "string" }),
        Kind::Switch => json!({ "type": "string", "enum": ["1", "true", "0", "false"] }),
        Kind::Flag => json!({ "type": "string", "enum": ["", "1", "true", "0", "false"] }),
        Kind::Integer { min, max: None } => json!({ "type": "integer", "minimum": min }),
        Kind::Integer { min, max: Some(max) } => {
            json!({ "type": "integer", "minimum": min, "maximum": max })
        }
        Kind::Words(words) => json!({ "type": "string", "enum": words }),
    };
    let place = if parameter.is_header { "header" } else { "query" };
    let mut written = json!({
        "name": parameter.name, "in": place, "required": parameter.is_required,
        "description": parameter.says, "schema": schema,
    });
    if matches!(parameter.kind, Kind::Flag) {
        written["allowEmptyValue"] = json!(true);
    }
    written
}

fn responses(operation: &Operation, schemas: &mut Schemas) -> Value {
    let mut all = Map::new();
    for reply in operation.replies {
        all.insert(reply.status.to_string(), success(reply, schemas));
    }
    let mut codes = access::refusals(operation);
    codes.extend(operation.refusals);
    codes.retain(|code| !ANY.contains(code));
    let mut by_status: BTreeMap<u16, Vec<ErrorCode>> = BTreeMap::new();
    for code in codes {
        let codes = by_status.entry(code.status()).or_default();
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    let error = schemas.reply(schema_of::<WireError>());
    for (status, codes) in by_status {
        let written = match operation.method {
            "head" => json!({ "description": listed(&codes) }),
            _ => refused(&codes, &error, ""),
        };
        all.insert(status.to_string(), written);
    }
    all.insert("default".to_owned(), json!({ "$ref": "#/components/responses/Refused" }));
    Value::Object(all)
}

fn success(reply: &Reply, schemas: &mut Schemas) -> Value {
    let mut written = json!({ "description": reply.says });
    if let Some(of) = reply.body {
        written["content"] = json!({ "application/json": { "schema": schemas.reply(of) } });
    }
    if !reply.headers.is_empty() {
        let header = |(name, says): &(&str, &str)| {
            let header = json!({ "description": says, "schema": { "type": "string" } });
            ((*name).to_owned(), header)
        };
        let headers: Map<String, Value> = reply.headers.iter().map(header).collect();
        written["headers"] = Value::Object(headers);
    }
    written
}

fn listed(codes: &[ErrorCode]) -> String {
    let words: Vec<String> = codes.iter().map(|code| format!("`{code}`")).collect();
    words.join(", ")
}

fn refused(codes: &[ErrorCode], error: &Value, says: &str) -> Value {
    let words: Vec<&str> = codes.iter().map(|code| code.as_str()).collect();
    let schema = json!({ "allOf": [error, { "properties": { "code": { "enum": words } } }] });
    let says = format!("{says} {}", listed(codes));
    json!({
        "description": says.trim(),
        "content": { "application/json": { "schema": schema } },
    })
}
