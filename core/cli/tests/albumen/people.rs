//! People as those who run a server meet them: the first owner, invitations, a lost password.

use std::{fs, io::Write, path::Path, process::Stdio};

use serde_json::Value;

use crate::{Bench, Serving, error_code, last_line};

/// What makes services ones that others come to: a proxy in front of them.
const REACHED: [&str; 4] = ["serve", "--json", "--trusted-proxy", "127.0.0.1"];

impl Bench {
    /// Writes a line to a file that arguments can name.
    fn line(&self, name: &str, line: &str) -> String {
        let path = self.path(name);
        fs::write(&path, format!("{line}\n")).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn json(&self, home: &str, arguments: &[&str]) -> Value {
        let output = self.run(home, &[arguments, &["--json"]].concat());
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        last_line(&output)
    }

    fn refused(&self, home: &str, arguments: &[&str]) -> (Option<i32>, String) {
        let output = self.run(home, &[arguments, &["--json"]].concat());
        (output.status.code(), error_code(&output))
    }
}

#[test]
fn a_server_is_set_up_by_its_code_and_people_come_and_go() {
    let bench = Bench::new();
    let serving = Serving::of(&bench, "server", &REACHED);
    let (url, code) = (serving.text("tokens"), serving.text("set_up_code_file"));
    let text = fs::read_to_string(code).unwrap();
    assert!(!serving.line.to_string().contains(text.trim()), "the code is in its file alone");
    let password = bench.line("password", "a good long password");
    let by_code = ["--password-file", &password, "--code-file"];

    let wrong = bench.line("wrong", "aaaa-bbbb");
    let set_up = [&["login", url, "--set-up", "--account", "olga"], &by_code[..]].concat();
    let refused = bench.refused("olga", &[&set_up[..], &[&wrong]].concat());
    assert_eq!(refused, (Some(7), "code_invalid".to_owned()));
    let weak = bench.line("weak", "short");
    let short = ["login", url, "--set-up", "--account", "olga", "--password-file", &weak];
    let refused = bench.refused("olga", &[&short[..], &["--code-file", code]].concat());
    assert_eq!(refused, (Some(2), "account_unsuitable".to_owned()));
    let state = bench.json("olga", &[&set_up[..], &[code]].concat());
    assert_eq!(state["profile"]["role"], "owner");
    assert!(!Path::new(code).exists());

    let invited = bench.json("olga", &["people", "invite", "--role", "member", "--days", "2"]);
    let invitation = bench.line("invitation", invited["code"].as_str().unwrap());
    let join =
        [&["login", url, "--join", "--account", "Mia"], &by_code[..], &[&invitation]].concat();
    assert_eq!(bench.json("mia", &join)["profile"]["accountName"], "Mia");
    assert_eq!(bench.refused("eve", &join), (Some(7), "code_invalid".to_owned()));
    let open = ["login", url, "--register", "--account", "eve", "--password-file", &password];
    assert_eq!(bench.refused("eve", &open), (Some(7), "registration_closed".to_owned()));
    let second = bench.json("olga", &["people", "invite", "--name", "Ben"]);
    let id = second["invitation"]["id"].as_str().unwrap();
    assert_eq!(bench.json("olga", &["people", "withdraw", id]), serde_json::json!([]));

    assert_eq!(bench.json("olga", &["people", "role", "mia", "viewer"])["role"], "viewer");
    assert_eq!(bench.json("olga", &["people", "disable", "mia"])["state"], "disabled");
    assert_eq!(bench.refused("mia", &["devices"]), (Some(7), "account_disabled".to_owned()));
    bench.json("olga", &["people", "enable", "mia"]);
    assert_eq!(bench.json("mia", &["devices"]).as_array().unwrap().len(), 1);
    assert_eq!(bench.refused("mia", &["people"]), (Some(7), "no_permission".to_owned()));
    assert_eq!(bench.json("olga", &["people", "remove", "mia"])["state"], "removed");
    assert_eq!(bench.refused("mia", &["devices"]).0, Some(4));
    let gone = bench.refused("olga", &["people", "enable", "mia"]);
    assert_eq!(gone, (Some(10), "person_missing".to_owned()));
    assert_eq!(bench.json("olga", &["people"])["people"].as_array().unwrap().len(), 1);
    let all = bench.json("olga", &["people", "list", "--all"]);
    assert_eq!(all["people"].as_array().unwrap().len(), 2);
}

#[test]
fn an_owner_who_lost_the_password_gets_back_in_beside_the_running_services() {
    let bench = Bench::new();
    let none = bench.refused("nowhere", &["owner", "reset"]);
    assert_eq!(none, (Some(8), "folder_missing".to_owned()));
    let serving = Serving::of(&bench, "server", &REACHED);
    let url = serving.text("tokens");
    let made = bench.json("server", &["owner", "reset"]);
    let code = made["set_up_code_file"].as_str().unwrap().to_owned();
    for (home, text) in [("first", "the first password"), ("second", "another password")] {
        let password = bench.line(&format!("{home}.txt"), text);
        let made = bench.json("server", &["owner", "reset"]);
        assert_eq!(made["set_up_code_file"].as_str(), Some(code.as_str()));
        let login = ["login", url, "--set-up", "--account", "olga", "--code-file", &code];
        let state = bench.json(home, &[&login[..], &["--password-file", &password]].concat());
        assert_eq!(state["profile"]["accountName"], "olga");
    }
    let login = |file: &str| {
        let file = bench.path(file).to_str().unwrap().to_owned();
        let arguments = ["login", url, "--account", "olga", "--json", "--password-file", &file];
        bench.run("third", &arguments)
    };
    assert_eq!(error_code(&login("first.txt")), "wrong_password");
    assert!(login("second.txt").status.success());
}

#[test]
fn this_computer_sets_services_up_that_others_reach_without_being_asked() {
    let bench = Bench::new();
    let serving = Serving::of(&bench, "h", &REACHED);
    let code = serving.text("set_up_code_file").to_owned();
    assert_eq!(bench.json("h", &["login", "--here"])["profile"]["role"], "owner");
    assert!(!Path::new(&code).exists());
    drop(serving);
    assert_eq!(bench.json("h", &["devices"]).as_array().unwrap().len(), 1);
    let again = Serving::of(&bench, "h", &REACHED);
    assert!(again.line.get("set_up_code_file").is_none(), "{}", again.line);
}

#[test]
fn a_second_factor_is_asked_for_after_the_password() {
    let bench = Bench::new();
    let serving = Serving::start(&bench, &bench.path("dev"));
    let password = serving.text("password");
    assert!(serving.login(&bench, "h", password).status.success());
    assert_eq!(bench.json("h", &["second-factor"])["on"], false);
    let mut on = bench.albumen("h", &["second-factor", "on", "--json"]);
    on.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = on.spawn().unwrap();
    writeln!(child.stdin.take().unwrap(), "{password}\n000000").unwrap();
    let refused = child.wait_with_output().unwrap();
    let told: Value = serde_json::from_slice(&refused.stdout).unwrap();
    assert!(told["uri"].as_str().unwrap().starts_with("otpauth://totp/"), "{refused:?}");
    assert_eq!(error_code(&refused), "second_factor_wrong");
    assert_eq!(bench.json("h", &["second-factor"])["on"], false);
}
