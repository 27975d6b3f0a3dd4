//! Checking an export of the audit log without any secret: its lines against the digest in its end,
//! and the end against the service's public key. Owns no file: text in, verdict out.

use albumen_model::auth::{AuditEntry, ExportEnd, SignedHead};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use crate::{PublicKey, token_service::hex};

/// Why an export is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// The last line is no signed end: the file was cut, or is something else.
    #[error("There is no signed end")]
    NoEnd,
    /// A line is no entry, or not the next one.
    #[error("Entry {entry} is missing or damaged")]
    Gap {
        /// The number that was to come.
        entry: i64,
    },
    /// The lines are not those that were signed.
    #[error("A line was changed")]
    Changed,
    /// The signature is not one of that key.
    #[error("The signature does not fit")]
    Signature,
    /// Signed well, by a key that is not the expected one.
    #[error("It was signed by another key")]
    AnotherKey,
}

/// Checks a whole export. With `key`, the public key noted before, only that one is believed.
///
/// # Errors
/// The first thing that does not fit.
pub fn check_export(text: &str, key: Option<&str>) -> Result<ExportEnd, ExportError> {
    let whole = text.strip_suffix('\n').unwrap_or(text);
    let (lines, last) = whole.rsplit_once('\n').unwrap_or(("", whole));
    let end: ExportEnd = serde_json::from_str(last).map_err(|_| ExportError::NoEnd)?;
    let mut digest = Sha256::new();
    let mut next = end.first;
    for line in lines.lines() {
        let entry: AuditEntry =
            serde_json::from_str(line).map_err(|_| ExportError::Gap { entry: next })?;
        if entry.entry != next {
            return Err(ExportError::Gap { entry: next });
        }
        digest.update(line.as_bytes());
        digest.update(b"\n");
        next += 1;
    }
    if next != end.head.entry + 1 {
        return Err(ExportError::Gap { entry: next });
    }
    if end.head.lines.as_deref() != Some(hex(&digest.finalize()).as_str()) {
        return Err(ExportError::Changed);
    }
    check_head(&end.head, key)?;
    Ok(end)
}

/// Checks the signature of a head.
///
/// # Errors
/// [`ExportError::Signature`], [`ExportError::AnotherKey`].
pub fn check_head(head: &SignedHead, key: Option<&str>) -> Result<(), ExportError> {
    if key.is_some_and(|key| key != head.public_key) {
        return Err(ExportError::AnotherKey);
    }
    let public = PublicKey::parse(&head.public_key).map_err(|_| ExportError::Signature)?;
    let signature = URL_SAFE_NO_PAD.decode(&head.signature).map_err(|_| ExportError::Signature)?;
    if public.verifies(head.text().as_bytes(), &signature) {
        Ok(())
    } else {
        Err(ExportError::Signature)
    }
}

#[cfg(test)]
mod tests {
    use albumen_model::{ServiceId, Timestamp};

    use super::*;
    use crate::DeviceKey;

    fn entry(number: i64) -> AuditEntry {
        AuditEntry {
            entry: number,
            at: Timestamp::from_millis(number),
            account: "acc1".to_owned(),
            device: "dev1".to_owned(),
            act: "device_revoked".to_owned(),
            subject: format!("dev{number}"),
        }
    }

    fn export(key: &DeviceKey, numbers: std::ops::RangeInclusive<i64>) -> String {
        let (first, last) = (*numbers.start(), *numbers.end());
        let lines: String = numbers.map(|number| entry(number).line()).collect();
        let mut head = SignedHead {
            service_id: ServiceId::parse("svc1").unwrap(),
            entry: last,
            mac: "00".to_owned(),
            at: Timestamp::from_millis(9),
            lines: Some(hex(&Sha256::digest(lines.as_bytes()))),
            public_key: key.public().to_string(),
            signature: String::new(),
        };
        head.signature = URL_SAFE_NO_PAD.encode(key.sign(head.text().as_bytes()));
        let end = serde_json::to_string(&ExportEnd { first, head }).unwrap();
        format!("{lines}{end}\n")
    }

    #[test]
    fn a_whole_export_is_believed_and_no_other() {
        let key = DeviceKey::generate().unwrap();
        let whole = export(&key, 4..=8);
        let public = key.public().to_string();
        assert_eq!(check_export(&whole, Some(&public)).unwrap().head.entry, 8);
        let lines: Vec<&str> = whole.lines().collect();
        let without = |left_out: usize| {
            let kept = lines.iter().enumerate().filter(|(at, _)| *at != left_out);
            kept.map(|(_, line)| format!("{line}\n")).collect::<String>()
        };
        let other = export(&DeviceKey::generate().unwrap(), 4..=8);
        let earlier = whole.replace("\"entry\":8,\"mac\"", "\"entry\":7,\"mac\"");
        for (what, text, error) in [
            ("a changed word", whole.replace("dev6", "dev9"), ExportError::Changed),
            ("a gap", without(2), ExportError::Gap { entry: 6 }),
            ("no beginning", without(0), ExportError::Gap { entry: 4 }),
            ("a cut end", without(5), ExportError::NoEnd),
            ("the last entry gone", without(4), ExportError::Gap { entry: 8 }),
            ("an end of before", earlier, ExportError::Gap { entry: 9 }),
            ("another moment", whole.replace(".009Z", ".010Z"), ExportError::Signature),
            ("another key", other, ExportError::AnotherKey),
            ("nothing", String::new(), ExportError::NoEnd),
        ] {
            assert_eq!(check_export(&text, Some(&public)), Err(error), "{what}");
        }
    }
}
