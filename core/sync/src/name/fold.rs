//! Which names are one name. Owns the two keys; what becomes of names that share a key is decided
//! where they are compared.

use unicase::UniCase;
use unicode_normalization::UnicodeNormalization;

use super::volume::{CaseRule, Normalisation, VolumeRules};

/// What two names share when any volume that people use might take them for one: letter case
/// (in full: `ß` is `ss`), Unicode form, and the dots and blanks that Windows drops from the end.
/// Stricter than each single volume, so that names with different keys are safe everywhere. The key
/// of a key is itself.
pub fn fold_key(name: &str) -> String {
    without_end(&caseless(name)).to_owned()
}

/// What two names share when this volume takes them for one. Where letter case does not count it is
/// folded in full, although some volumes fold less: two names too many held apart are listed, one
/// too few would be written over.
pub fn compare_key(name: &str, rules: &VolumeRules) -> String {
    let key = match (rules.case, rules.normalisation) {
        (CaseRule::Insensitive, _) => caseless(name),
        (CaseRule::Sensitive, Normalisation::Distinct) => name.to_owned(),
        (CaseRule::Sensitive, Normalisation::Same) => name.nfc().collect(),
    };
    if rules.windows { without_end(&key).to_owned() } else { key }
}

/// Canonical caseless matching needs the decomposed form before folding: some marks fold to letters
/// and would else end up in another order.
fn caseless(name: &str) -> String {
    let decomposed: String = name.nfd().collect();
    UniCase::unicode(decomposed).to_folded_case().nfc().collect()
}

/// What Windows keeps of a name. A name of nothing else is kept whole: it is no name there at all.
fn without_end(name: &str) -> &str {
    let kept = name.trim_end_matches(['.', ' ']);
    if kept.is_empty() { name } else { kept }
}
