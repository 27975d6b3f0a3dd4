//! `albumen serve` as those who run it meet it: the page of metrics, the log, the stop.

use std::{
    fs::File,
    io::{Read, Write},
    net::TcpStream,
    process::Command,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{Bench, Serving};

/// From the signal to the end of the process: what is under way has some seconds in each service.
const STOP_BOUND: Duration = Duration::from_secs(20);

/// Host and port of a base URL.
fn host(url: &str) -> &str {
    let host = url.strip_prefix("http://").unwrap();
    host.split_once('/').map_or(host, |(host, _)| host)
}

fn connect(url: &str) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect(host(url))?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    Ok(stream)
}

/// The whole answer to a GET; `None` when nobody answers.
fn get(url: &str, path: &str) -> Option<String> {
    let mut stream = connect(url).ok()?;
    write!(stream, "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    (!answer.is_empty()).then_some(answer)
}

impl Serving {
    fn terminate(&self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    }

    /// Its exit status, once it has ended.
    fn ended(&mut self) -> Option<i32> {
        let begun = Instant::now();
        while begun.elapsed() < STOP_BOUND {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("It did not end in time");
    }
}

fn until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while begun.elapsed() < STOP_BOUND {
        if is_so() {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("It never came about: {what}");
}

#[test]
fn a_stop_is_announced_and_what_is_under_way_ends() {
    let bench = Bench::new();
    let more = ["--stop-notice", "1"];
    let mut serving =
        Serving::start_with(&bench, &bench.path("dev"), &more, std::process::Stdio::null());
    let (hosting, tokens) = (serving.text("hosting").to_owned(), serving.text("tokens").to_owned());
    for url in [&hosting, &tokens] {
        for path in ["/healthz", "/readyz"] {
            assert!(get(url, path).unwrap().starts_with("HTTP/1.1 200"), "{url}{path}");
        }
    }
    let (library, secret) = (serving.text("library_id"), serving.text("library_secret"));
    let body =
        json!({"library_id": library, "library_secret": secret, "grant": "admin"}).to_string();
    let mut stream = connect(&hosting).unwrap();
    let length = body.len();
    write!(stream, "POST /api/v1/token HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n")
        .unwrap();
    write!(stream, "content-type: application/json\r\n\r\n{}", &body[..10]).unwrap();
    // The head has been read when another request on a later connection is answered.
    assert!(get(&hosting, "/albumen/v1/capabilities").is_some());

    serving.terminate();
    until("they say that they stop", || {
        [&hosting, &tokens].iter().all(|url| {
            get(url, "/readyz").is_some_and(|answer| {
                answer.starts_with("HTTP/1.1 503") && answer.contains("stopping")
            })
        })
    });
    assert!(get(&hosting, "/albumen/v1/capabilities").unwrap().starts_with("HTTP/1.1 200"));
    until("no connection is taken any more", || connect(&hosting).is_err());
    write!(stream, "{}", &body[10..]).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("accessToken"), "{answer}");
    assert_eq!(serving.ended(), Some(0));
}

#[test]
fn metrics_are_on_an_address_of_their_own_and_only_when_asked_for() {
    let bench = Bench::new();
    let log = File::create(bench.path("log")).unwrap();
    let more = ["--metrics", "0", "--log-json"];
    let mut serving = Serving::start_with(&bench, &bench.path("dev"), &more, log.into());
    let metrics = serving.text("metrics").to_owned();
    assert!(metrics.starts_with("http://127.0.0.1:"), "{metrics}");
    let page = get(&metrics, "/metrics").unwrap();
    assert!(page.contains("application/openmetrics-text") && page.contains("# EOF"), "{page}");
    for line in ["albumen_hosting_requests_total{", "albumen_tokens_received_bytes_total "] {
        assert!(page.contains(line), "{line}\n{page}");
    }
    for url in [serving.text("hosting"), serving.text("tokens")] {
        assert!(get(url, "/metrics").unwrap().starts_with("HTTP/1.1 404"), "{url}");
    }
    serving.terminate();
    assert_eq!(serving.ended(), Some(0));
    let log = std::fs::read_to_string(bench.path("log")).unwrap();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let request = lines.iter().find(|line| line["operation"] == "other").unwrap();
    assert_eq!((&request["status"], &request["method"]), (&json!(404), &json!("GET")));
    assert!(request["span"]["id"].as_str().unwrap().len() >= 16, "{request}");
    let secrets = ["library_secret", "console_key", "secret_access_key", "password"];
    assert!(secrets.iter().all(|name| !log.contains(serving.text(name))), "a secret is in the log");

    let plain = Serving::start(&bench, &bench.path("other"));
    assert!(plain.line.get("metrics").is_none());
}
