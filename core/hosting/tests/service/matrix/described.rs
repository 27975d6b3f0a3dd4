//! The grants that the OpenAPI document names are those of this matrix.

use std::collections::BTreeSet;

use super::table::{BY_NO_GRANT, ROWS};
use crate::world::described::OPERATIONS;

#[test]
fn the_document_names_the_grants_of_the_matrix() {
    let mut compared = 0;
    for operation in OPERATIONS.iter() {
        let numbers = operation.said["x-albumen-rows"].as_array().cloned().unwrap_or_default();
        let is_of = |number: u16| numbers.iter().any(|known| *known == number);
        let forms: Vec<&str> =
            ROWS.iter().filter(|row| is_of(row.number)).map(|row| row.may).collect();
        let cases = operation.said["x-albumen-grants"].as_array().expect("grants");
        // What depends on who made a thing is said in words.
        if forms.is_empty() || BY_NO_GRANT.iter().any(|number| is_of(*number)) || cases.is_empty() {
            continue;
        }
        let told: BTreeSet<&str> = cases
            .iter()
            .flat_map(|case| case["anyOf"].as_array().expect("grants"))
            .map(|grant| grant.as_str().expect("a word"))
            .collect();
        let mut held: BTreeSet<&str> = forms
            .iter()
            .flat_map(|may| may.split_whitespace())
            .filter(|word| !word.starts_with('(') && !["read", "token"].contains(word))
            .collect();
        if !forms.iter().any(|may| ["read", "token"].contains(may)) {
            held.insert("admin");
        }
        assert_eq!(told, held, "{}", operation.id());
        compared += 1;
    }
    assert!(compared > 80, "{compared}");
}
