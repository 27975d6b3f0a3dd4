//! The COS signature of a form upload (POST object): a policy, signed, that says what else the form
//! may hold. Making it and verifying it. Pure: time comes in, fields are names and values.

use std::collections::BTreeMap;

use albumen_model::Timestamp;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use sha1::{Digest, Sha1};
use subtle::ConstantTimeEq;

use super::cos::{KeyTime, hmac_hex};
use crate::Credential;

/// The algorithm's name in `q-sign-algorithm`.
const ALGORITHM: &str = "sha1";
/// Largest policy taken, in bytes of its base64.
const MAX_POLICY: usize = 16 * 1024;
/// Fields that carry the signature itself, so that no condition can name them.
const OF_SIGNATURE: [&str; 4] = ["policy", "q-key-time", "q-signature", "q-sign-time"];

/// What a form may be used for.
#[derive(Clone, Debug)]
pub struct FormGrant<'a> {
    /// The one bucket.
    pub bucket: &'a str,
    /// The one key.
    pub key: &'a str,
    /// Most bytes of the file.
    pub max_bytes: u64,
    /// Further fields, each with the one value it may have.
    pub fields: BTreeMap<String, String>,
}

/// The fields of a form that is signed with this key, the file's own field not among them.
pub fn sign_form(
    credential: &Credential,
    grant: &FormGrant<'_>,
    time: KeyTime,
) -> BTreeMap<String, String> {
    let key_time = time.to_string();
    let mut fields = grant.fields.clone();
    fields.insert("key".to_owned(), grant.key.to_owned());
    fields.insert("q-sign-algorithm".to_owned(), ALGORITHM.to_owned());
    fields.insert("q-ak".to_owned(), credential.access_key_id.clone());
    let exact = fields.iter().map(|(name, value)| json!({ name.as_str(): value }));
    let mut conditions: Vec<Value> = exact.collect();
    conditions.push(json!({ "bucket": grant.bucket }));
    conditions.push(json!({ "q-sign-time": key_time }));
    conditions.push(json!(["content-length-range", 0, grant.max_bytes]));
    let expiration = Timestamp::from_millis(time.end.saturating_mul(1000)).to_string();
    let policy = json!({ "expiration": expiration, "conditions": conditions }).to_string();
    let secret = credential.secret_key.expose();
    fields.insert("q-signature".to_owned(), signature(secret, &key_time, policy.as_bytes()));
    fields.insert("q-key-time".to_owned(), key_time);
    fields.insert("policy".to_owned(), STANDARD.encode(policy));
    fields
}

fn signature(secret: &str, key_time: &str, policy: &[u8]) -> String {
    let sign_key = hmac_hex(secret.as_bytes(), key_time);
    hmac_hex(sign_key.as_bytes(), &hex::encode(Sha1::digest(policy)))
}

/// Why a form is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FormDenied {
    /// It lacks a field, or its policy is none.
    Malformed,
    /// Its policy or its key's time is over.
    Expired,
    /// It was signed with another secret, or the policy is another.
    Mismatch,
    /// A field is not what the policy says, or the policy does not name it.
    NotAllowed,
}

/// The fields of a form as they came, the file not among them.
pub(crate) struct FormFields(pub(crate) BTreeMap<String, String>);

impl FormFields {
    fn get(&self, name: &str) -> Result<&str, FormDenied> {
        self.0.get(name).map(String::as_str).ok_or(FormDenied::Malformed)
    }

    /// Whose form this is.
    pub(crate) fn access_key_id(&self) -> Result<&str, FormDenied> {
        self.get("q-ak")
    }

    /// The key the file is for.
    pub(crate) fn key(&self) -> Result<&str, FormDenied> {
        self.get("key")
    }

    /// Holds the form against the secret and its own policy. How many bytes the file may have: from
    /// the first to the second number, both included.
    pub(crate) fn verify(
        &self,
        secret: &str,
        bucket: &str,
        now: Timestamp,
    ) -> Result<(u64, u64), FormDenied> {
        let key_time = self.get("q-key-time")?;
        let window = KeyTime::parse(key_time).ok_or(FormDenied::Malformed)?;
        let text = self.get("policy")?;
        if self.get("q-sign-algorithm")? != ALGORITHM || text.len() > MAX_POLICY {
            return Err(FormDenied::Malformed);
        }
        let policy = STANDARD.decode(text).map_err(|_| FormDenied::Malformed)?;
        let expected = signature(secret, key_time, &policy);
        let given = self.get("q-signature")?.to_ascii_lowercase();
        if !bool::from(expected.as_bytes().ct_eq(given.as_bytes())) {
            return Err(FormDenied::Mismatch);
        }
        let policy = Policy::parse(&policy).ok_or(FormDenied::Malformed)?;
        if now >= policy.expiration || !window.holds(now.millis().div_euclid(1000)) {
            return Err(FormDenied::Expired);
        }
        policy.judge(&self.0, bucket, key_time)
    }
}

enum Condition {
    Equals(String, String),
    StartsWith(String, String),
    Length(u64, u64),
}

struct Policy {
    expiration: Timestamp,
    conditions: Vec<Condition>,
}

impl Policy {
    fn parse(text: &[u8]) -> Option<Self> {
        let value: Value = serde_json::from_slice(text).ok()?;
        let conditions = value.get("conditions")?.as_array()?.iter().map(condition);
        Some(Self {
            expiration: Timestamp::parse(value.get("expiration")?.as_str()?)?,
            conditions: conditions.collect::<Option<_>>()?,
        })
    }

    fn judge(
        &self,
        fields: &BTreeMap<String, String>,
        bucket: &str,
        key_time: &str,
    ) -> Result<(u64, u64), FormDenied> {
        let value = |name: &str| match name {
            "bucket" => Some(bucket),
            "q-sign-time" => Some(key_time),
            _ => fields.get(name).map(String::as_str),
        };
        let mut range = (0, u64::MAX);
        for condition in &self.conditions {
            let holds = match condition {
                Condition::Equals(name, wanted) => value(name) == Some(wanted),
                Condition::StartsWith(name, start) => {
                    value(name).is_some_and(|value| value.starts_with(start))
                }
                Condition::Length(least, most) => {
                    range = (range.0.max(*least), range.1.min(*most));
                    true
                }
            };
            if !holds {
                return Err(FormDenied::NotAllowed);
            }
        }
        let is_special = |name: &&String| name.starts_with("x-cos-") || name.starts_with("x-amz-");
        let is_needed = |name: &&String| is_special(name) || name.as_str() == "key";
        match fields.keys().filter(is_needed).all(|name| self.names(name)) {
            true => Ok(range),
            false => Err(FormDenied::NotAllowed),
        }
    }

    fn names(&self, wanted: &str) -> bool {
        self.conditions.iter().any(|condition| match condition {
            Condition::Equals(name, _) | Condition::StartsWith(name, _) => name == wanted,
            Condition::Length(..) => false,
        })
    }
}

/// One condition: `{"name": "value"}`, `["eq", "$name", "value"]`, `["starts-with", "$name", ""]`
/// or `["content-length-range", 0, 9]`.
fn condition(value: &Value) -> Option<Condition> {
    if let Some(object) = value.as_object() {
        let mut pairs = object.iter();
        let (Some((name, wanted)), None) = (pairs.next(), pairs.next()) else { return None };
        return Some(Condition::Equals(field_name(name)?, wanted.as_str()?.to_owned()));
    }
    let [word, one, two] = value.as_array()?.as_slice() else { return None };
    match word.as_str()? {
        "content-length-range" => Some(Condition::Length(one.as_u64()?, two.as_u64()?)),
        word => {
            let name = field_name(one.as_str()?.strip_prefix('$')?)?;
            let text = two.as_str()?.to_owned();
            match word {
                "eq" => Some(Condition::Equals(name, text)),
                "starts-with" => Some(Condition::StartsWith(name, text)),
                _ => None,
            }
        }
    }
}

/// Field names are held against each other without regard to case, as they are in HTML.
fn field_name(name: &str) -> Option<String> {
    let name = name.to_ascii_lowercase();
    let is_free = name == "q-sign-time" || !OF_SIGNATURE.contains(&name.as_str());
    is_free.then_some(name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: i64 = 1_480_932_292;

    fn signed(credential: &Credential) -> FormFields {
        let fields = [("content-type", "image/jpeg"), ("x-cos-traffic-limit", "819200")];
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let grant =
            FormGrant {
                bucket: "photos-125", key: "照片/a", max_bytes: 9, fields: fields.into()
            };
        FormFields(sign_form(credential, &grant, KeyTime { start: NOW, end: NOW + 60 }))
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    #[test]
    fn a_form_is_good_for_what_its_policy_says() {
        let key = Credential::new("AKID", "secret");
        let verify = |change: &dyn Fn(&mut BTreeMap<String, String>), bucket, now| {
            let mut form = signed(&key);
            change(&mut form.0);
            form.verify("secret", bucket, at(now))
        };
        let same = |_: &mut BTreeMap<String, String>| {};
        assert_eq!(verify(&same, "photos-125", NOW), Ok((0, 9)));
        assert_eq!(verify(&same, "other-125", NOW), Err(FormDenied::NotAllowed));
        assert_eq!(verify(&same, "photos-125", NOW + 60), Err(FormDenied::Expired));
        assert_eq!(signed(&key).verify("guess", "photos-125", at(NOW)), Err(FormDenied::Mismatch));
        let table: [(&str, Option<&str>, FormDenied); 8] = [
            ("key", Some("照片/b"), FormDenied::NotAllowed),
            ("content-type", Some("text/html"), FormDenied::NotAllowed),
            ("content-type", None, FormDenied::NotAllowed),
            ("x-cos-traffic-limit", None, FormDenied::NotAllowed),
            ("x-cos-acl", Some("public-read"), FormDenied::NotAllowed),
            ("x-amz-acl", Some("public-read"), FormDenied::NotAllowed),
            ("policy", Some("e30="), FormDenied::Mismatch),
            ("q-key-time", Some("0;9999999999"), FormDenied::Mismatch),
        ];
        for (name, value, denied) in table {
            let change = |form: &mut BTreeMap<String, String>| {
                form.remove(name);
                form.extend(value.map(|value| (name.to_owned(), value.to_owned())));
            };
            assert_eq!(verify(&change, "photos-125", NOW), Err(denied), "{name} {value:?}");
        }
        for name in ["key", "policy", "q-ak", "q-key-time", "q-signature", "q-sign-algorithm"] {
            let change = |form: &mut BTreeMap<String, String>| drop(form.remove(name));
            assert!(verify(&change, "photos-125", NOW).is_err(), "{name}");
        }
    }

    /// What the official documents show: conditions in each of their forms.
    #[test]
    fn every_form_of_a_condition_is_read() {
        for (text, good) in [
            (r#"{"key":"a"}"#, true),
            (r#"["eq","$key","a"]"#, true),
            (r#"["starts-with","$key",""]"#, true),
            (r#"["content-length-range",0,10]"#, true),
            (r#"{"key":"a","b":"c"}"#, false),
            (r#"["ends-with","$key","a"]"#, false),
            (r#"["eq","key","a"]"#, false),
            (r#"["content-length-range",-1,10]"#, false),
            (r#"{"q-signature":"a"}"#, false),
            ("7", false),
        ] {
            assert_eq!(condition(&serde_json::from_str(text).unwrap()).is_some(), good, "{text}");
        }
    }

    /// A policy signed by the right key lets through what it names and nothing else.
    #[test]
    fn fuzz_form_policy() {
        let seeds: &[&[u8]] = &[
            br#"{"expiration":"2027-01-01T00:00:00.000Z","conditions":[["eq","$key","a"]]}"#,
            br#"{"expiration":"2016-12-05T10:04:52.000Z","conditions":[["eq","$b",""]]}"#,
            br#"{"conditions":[["starts-with","$key",""],["content-length-range",0,9]]}"#,
        ];
        albumen_fuzz::fuzz("form-policy", seeds, |policy| {
            let key_time = format!("{NOW};{}", NOW + 60);
            let fields = BTreeMap::from([
                ("key".to_owned(), "a".to_owned()),
                ("x-cos-acl".to_owned(), "public-read".to_owned()),
                ("q-ak".to_owned(), "AKID".to_owned()),
                ("q-sign-algorithm".to_owned(), "sha1".to_owned()),
                ("q-key-time".to_owned(), key_time.clone()),
                ("q-signature".to_owned(), signature("secret", &key_time, policy)),
                ("policy".to_owned(), STANDARD.encode(policy)),
            ]);
            let verdict = FormFields(fields).verify("secret", "photos-125", at(NOW));
            if verdict.is_ok() {
                let text = String::from_utf8_lossy(policy);
                assert!(text.contains("conditions") && text.contains("expiration"), "{text}");
                let low = text.to_ascii_lowercase();
                assert!(low.contains("key") && low.contains("acl") || low.contains('\\'), "{text}");
            }
        });
    }

    proptest! {
        #[test]
        fn no_policy_makes_it_panic(policy in ".{0,200}", key in ".{0,20}") {
            let key_time = format!("{NOW};{}", NOW + 60);
            let fields = BTreeMap::from([
                ("key".to_owned(), key),
                ("q-ak".to_owned(), "AKID".to_owned()),
                ("q-sign-algorithm".to_owned(), "sha1".to_owned()),
                ("q-key-time".to_owned(), key_time.clone()),
                ("q-signature".to_owned(), signature("secret", &key_time, policy.as_bytes())),
                ("policy".to_owned(), STANDARD.encode(&policy)),
            ]);
            let verdict = FormFields(fields).verify("secret", "photos-125", at(NOW));
            prop_assert!(verdict.is_err());
        }
    }
}
