//! What the library service says of itself is OpenAPI to a validator of others.

use std::path::Path;
use std::process::Command;

use albumen_tests::programs::{peer, program};
use serde_json::Value;

/// What the validator has against it.
fn judge(folder: &Path, document: &Value) -> Result<(), String> {
    let path = folder.join("openapi.json");
    std::fs::write(&path, document.to_string()).expect("a file");
    let judged = Command::new(peer("openapi-spec-validator")).arg(&path).output();
    let judged = judged.expect("the validator starts");
    if judged.status.success() {
        return Ok(());
    }
    let said = [judged.stdout.as_slice(), &judged.stderr].concat();
    Err(String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn a_validator_of_others_takes_the_document_of_the_library_service() {
    let folder = tempfile::tempdir().expect("a folder");
    let printed = Command::new(program("albumen")).args(["openapi", "--json"]).output();
    let printed = printed.expect("the program starts");
    let mut document: Value = serde_json::from_slice(&printed.stdout).expect("JSON");
    assert_eq!(judge(folder.path(), &document), Ok(()));
    // One that can say no.
    document["paths"]["/albumen/v1/capabilities"]["get"]["responses"]["200"] = Value::Null;
    assert!(judge(folder.path(), &document).is_err());
}
