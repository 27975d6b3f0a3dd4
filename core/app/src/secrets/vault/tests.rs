//! Stories of the vault: what opens it, what does not, what can be read without it.

use super::*;

fn passphrase(folder: &Path, text: &str) -> Unlock {
    let file = folder.join(format!("passphrase-{}", text.len()));
    fs::write(&file, text).unwrap();
    Unlock::PassphraseFile(file)
}

#[test]
fn the_same_passphrase_opens_it_another_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vault");
    let right = passphrase(folder.path(), "口令 horse\nsecond line");
    Vault::open(&path, &right).unwrap().set("device", Some(b"seed")).unwrap();
    let again = Vault::open(&path, &passphrase(folder.path(), "口令 horse")).unwrap();
    assert_eq!(again.get("device").unwrap().unwrap().as_slice(), b"seed");
    let wrong = Vault::open(&path, &passphrase(folder.path(), "wrong"));
    assert!(matches!(wrong, Err(SecretError::Damaged(_))));
    let empty = Vault::open(&path, &passphrase(folder.path(), "\n"));
    assert!(matches!(empty, Err(SecretError::EmptyPassphrase(_))));
}

#[test]
fn neither_names_nor_secrets_can_be_read_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vault");
    let unlock = Unlock::KeyFile(folder.path().join("key"));
    let vault = Vault::open(&path, &unlock).unwrap();
    vault.set("device-key", Some(b"very secret seed")).unwrap();
    let file = fs::read(&path).unwrap();
    for needle in [&b"device-key"[..], b"very secret seed", b"dmVyeSBzZWNyZXQ"] {
        assert!(!file.windows(needle.len()).any(|window| window == needle));
    }
}

#[test]
fn one_changed_byte_anywhere_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vault");
    let unlock = Unlock::KeyFile(folder.path().join("key"));
    Vault::open(&path, &unlock).unwrap().set("a", Some(b"b")).unwrap();
    let file = fs::read(&path).unwrap();
    for position in 0..file.len() {
        let mut changed = file.clone();
        changed[position] ^= 1;
        fs::write(&path, &changed).unwrap();
        let opened = Vault::open(&path, &unlock);
        assert!(matches!(opened, Err(SecretError::Damaged(_))), "byte {position}");
    }
    fs::write(&path, &file[..HEAD_BYTES]).unwrap();
    assert!(Vault::open(&path, &unlock).is_err());
}

#[test]
fn a_lost_key_is_an_error_not_a_fresh_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vault");
    let key = folder.path().join("key");
    Vault::open(&path, &Unlock::KeyFile(key.clone())).unwrap().set("a", Some(b"b")).unwrap();
    fs::remove_file(&key).unwrap();
    let opened = Vault::open(&path, &Unlock::KeyFile(key.clone()));
    assert!(matches!(opened, Err(SecretError::File { .. })));
    assert!(!key.exists());
}

#[cfg(unix)]
#[test]
fn a_key_that_others_may_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vault");
    let key = folder.path().join("key");
    Vault::open(&path, &Unlock::KeyFile(key.clone())).unwrap().set("a", Some(b"b")).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let opened = Vault::open(&path, &Unlock::KeyFile(key));
    assert!(matches!(opened, Err(SecretError::Exposed(_))));
}

#[test]
fn two_processes_do_not_undo_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vault");
    let unlock = Unlock::KeyFile(folder.path().join("key"));
    let first = Vault::open(&path, &unlock).unwrap();
    first.set("a", Some(b"1")).unwrap();
    let second = Vault::open(&path, &unlock).unwrap();
    second.set("b", Some(b"2")).unwrap();
    first.set("c", Some(b"3")).unwrap();
    for (name, secret) in [("a", b"1"), ("b", b"2"), ("c", b"3")] {
        assert_eq!(second.get(name).unwrap().unwrap().as_slice(), secret);
    }
}
