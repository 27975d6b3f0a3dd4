//! What is planted is found, wherever a test looks; what only looks like it is not.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use crate::secrets::{Exempt, Known, Searched, Secrets, learn_answer, learn_key, learned, note};

fn of(text: &str) -> Secrets {
    let mut secrets = Secrets::default();
    assert!(secrets.add("it", text.as_bytes()));
    secrets
}

#[test]
fn a_planted_secret_is_found_in_a_log() {
    let secrets = Secrets::default().with_source(
        "const PASSWORD: &str = \"correct horse battery\";\n\
         const NAME: &str = \"a long name\";",
    );
    let token = format!("bearer acctk{}", "0a".repeat(32));
    let signed = format!("GET /b/k?q-ak=x&q-signature={}", "ab".repeat(20));
    let log = format!("fine\npassword: correct horse battery\na long name\n{token}\n{signed}\n");
    let found = secrets.find(log.as_bytes());
    let told: Vec<_> = found.iter().map(|found| (found.line, found.what.as_str())).collect();
    assert_eq!(told, [(2, "the tests' PASSWORD"), (4, "an access token"), (5, "a signed address")]);
    let harmless = "acctk01\nq-signature=00\n";
    assert_eq!(secrets.find(harmless.as_bytes()), []);
}

#[test]
fn a_code_of_digits_is_no_part_of_a_longer_number() {
    let secrets = of("12345678");
    for (text, count) in [
        ("12345678", 1),
        ("code=12345678&", 1),
        ("at 12345678.", 1),
        ("1234567890", 0),
        ("a12345678", 0),
        ("1764212345678 ", 0),
    ] {
        assert_eq!(secrets.find(text.as_bytes()).len(), count, "{text}");
    }
}

#[test]
fn what_is_noted_is_read_back_and_nobody_else_reads_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("secrets");
    assert_eq!(Secrets::noted(&file).expect("no file is no secret"), Secrets::default());
    note(&file, "a code", b"ABCD-\"1234\"").expect("it can be written");
    note(&file, "a key", b"two\nlines\xff of it").expect("it can be written");
    let mode = fs::metadata(&file).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let noted = Secrets::noted(&file).expect("it can be read");
    assert_eq!(noted.find(b"x ABCD-\"1234\" y")[0].what, "a code");
    assert_eq!(noted.find(b"two\nlines\xff of it")[0].line, 2);
}

#[test]
fn a_folder_is_looked_through_but_for_what_is_meant_to_hold_secrets() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("a")).expect("a folder");
    for name in ["a/log", "password"] {
        fs::write(folder.path().join(name), "1\nhunter2hunter2").expect("a file");
    }
    let told = of("hunter2hunter2").in_folder(folder.path(), &|path| path.ends_with("password"));
    assert_eq!(told, ["a/log:2: it"]);
}

#[test]
fn a_database_is_looked_through_however_large_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let database = rusqlite::Connection::open(folder.path().join("rows.db")).expect("a database");
    let sql = "CREATE TABLE word (text TEXT);
        INSERT INTO word VALUES (hex(randomblob(3000000))), ('hunter2hunter2');";
    database.execute_batch(sql).expect("rows");
    let large = vec![b'x'; 5 << 20];
    fs::write(folder.path().join("picture"), [&large, &b"hunter2hunter2"[..]].concat())
        .expect("ours");
    let told = of("hunter2hunter2").in_folder(folder.path(), &|_| false);
    assert!(told.len() == 1 && told[0].starts_with("rows.db:"), "{told:?}");
}

#[test]
fn a_folder_that_holds_a_secret_of_its_test_fails_it() {
    const EXEMPT: &[Exempt] =
        &[Exempt::of_test("password", "given"), Exempt::of_ours("key", "its own")];
    let known = Known::default();
    let folder = tempfile::tempdir().expect("a folder");
    let folder = Searched::for_its_own(folder, known.clone(), EXEMPT);
    let write = |name: &str, mode| {
        let path = folder.path().join(name);
        fs::write(&path, "hunter2hunter2").expect("a file");
        fs::set_permissions(&path, Permissions::from_mode(mode)).expect("ours");
    };
    write("password", 0o644);
    write("a key", 0o600);
    write("log", 0o600);
    assert_eq!(folder.told(), Vec::<String>::new(), "nobody knows it yet");
    known.learn("it", "hunter2hunter2");
    assert_eq!(folder.told(), ["log:1: it"]);
    fs::remove_file(folder.path().join("log")).expect("ours");
    write("a key", 0o640);
    assert_eq!(folder.told(), ["a key: others may read it"]);
    fs::remove_file(folder.path().join("a key")).expect("ours");
}

#[test]
fn what_an_answer_tells_once_is_learned_in_each_form() {
    let answer = r#"{"pairingId":"p1","code":"90123456","link":"albumen://pair?code=90123456"}
        {"invitation":{"role":"member"},"code":"abcd-efgh-ijkl"}
        {"codes":["mnop-qrst-uvwx"],"uri":"otpauth://totp/a?secret=ABCDEFGHIJKLMNOP&issuer=b"}
        {"problems":[{"code":"store_full"}],"codes":["short"]}"#;
    learn_answer(answer);
    learn_key("a key", &[0xfb; 32]);
    let key = "-_v7".repeat(10);
    for (text, what) in [
        ("90123456", "a one-time code"),
        ("albumen://pair?code=90123456", "a pairing link"),
        ("abcdefghijkl", "a one-time code"),
        ("mnopqrstuvwx", "a recovery code"),
        ("secret=ABCDEFGHIJKLMNOP", "the secret of a second factor"),
        ("fbfb".repeat(16).as_str(), "a key"),
        (key.as_str(), "a key"),
    ] {
        let found = learned().find(text.as_bytes());
        assert!(found.iter().any(|found| found.what == what), "{text}: {found:?}");
    }
    assert_eq!(learned().find(b"store_full short"), []);
}
