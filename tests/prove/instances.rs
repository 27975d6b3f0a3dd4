//! Two instances of the library service over one PostgreSQL and one object store, one of them
//! killed every few seconds under the load of many clients: nothing that was confirmed is lost, no
//! name is there twice, and the quota counts what there is.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use albumen_tests::{
    instances::{Instances, Place},
    smh::Reply,
};
use reqwest::Method;
use serde_json::{Value, json};

/// How long the load lasts, and how long an instance lives.
const LOAD: Duration = Duration::from_secs(120);
const KILL_EVERY: Duration = Duration::from_secs(5);
const CLIENTS: u64 = 32;
/// Bytes that the space may hold: little enough that it is full for some of the time.
const QUOTA: u64 = 1_500_000;
/// A question that nobody answers is asked again this often.
const PATIENCE: u32 = 200;

/// What the clients know for certain.
#[derive(Default)]
struct Ledger {
    /// Files whose confirm was answered and which nobody touched afterwards: their content.
    files: Mutex<BTreeMap<String, Vec<u8>>>,
    full: AtomicU64,
    done: AtomicU64,
}

impl Ledger {
    fn files(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Vec<u8>>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One client: makes files, replaces, renames and deletes its own, and all want the same name.
struct Client {
    number: u64,
    place: Arc<Place>,
    ledger: Arc<Ledger>,
    turn: u64,
}

impl Client {
    /// Asks one instance, then the other, until one answers.
    async fn ask(&mut self, method: Method, noun: &str, place: &str, body: &Value) -> Reply {
        for attempt in 0..PATIENCE {
            self.turn += 1;
            let instance = (self.number + self.turn) % 2;
            let asked = self.place.ask(instance as usize, method.clone(), noun, place, body);
            match asked.await {
                Some(reply) if reply.status < 500 && reply.status != 429 => return reply,
                _ => {
                    tokio::time::sleep(Duration::from_millis(u64::from(attempt.min(10)) * 20)).await
                }
            }
        }
        panic!("No instance answers")
    }

    fn content(&self, round: u64) -> Vec<u8> {
        let length = 1000 + (self.number * 7919 + round * 104_729) % 9000;
        (0..length).map(|at| (at * 31 + self.number + round) as u8).collect()
    }

    /// Sends content to a name. `None`: refused for the quota, or somebody was faster.
    async fn send(&mut self, name: &str, strategy: &str, content: &[u8]) -> Option<String> {
        // A begin whose answer was lost is simply made again; nobody confirms the first.
        let rest =
            format!("{name}?conflict_resolution_strategy={strategy}&filesize={}", content.len());
        let begun = self.ask(Method::PUT, "file", &rest, &Value::Null).await;
        if begun.status != 201 {
            return self.refused(&begun);
        }
        self.place.put(&begun.json, content).await;
        let key = begun.json["confirmKey"].as_str().expect("a confirm key").to_owned();
        // A confirm whose answer was lost hears the same answer again.
        let done = self.ask(Method::POST, "file", &format!("{key}?confirm=1"), &Value::Null).await;
        if done.status != 200 {
            return self.refused(&done);
        }
        Some(done.json["name"].as_str().expect("a name").to_owned())
    }

    fn refused(&self, reply: &Reply) -> Option<String> {
        match reply.code() {
            "QuotaLimitReached" => {
                self.ledger.full.fetch_add(1, Ordering::Relaxed);
                None
            }
            "SameNameDirectoryOrFileExists" => None,
            _ => panic!("Refused: {reply:?}"),
        }
    }

    async fn round(&mut self, round: u64) {
        let content = self.content(round);
        match (self.number + round) % 8 {
            // Everybody wants this name; the service finds others.
            0 | 1 => {
                if let Some(name) = self.send("same.txt", "rename", &content).await {
                    let earlier = self.ledger.files().insert(name.clone(), content);
                    assert_eq!(earlier, None, "two files were given the name {name}");
                }
            }
            // Exactly one client gets each of these.
            2 => {
                let name = format!("first-{round}.txt");
                if let Some(name) = self.send(&name, "ask", &content).await {
                    let earlier = self.ledger.files().insert(name.clone(), content);
                    assert_eq!(earlier, None, "two clients were first at {name}");
                }
            }
            // One's own, replaced again and again.
            3 | 4 => {
                let name = format!("own-{}.txt", self.number);
                if self.send(&name, "overwrite", &content).await.is_some() {
                    self.ledger.files().insert(name, content);
                }
            }
            // Made and deleted for good: room for others.
            5 => {
                let name = format!("brief-{}-{round}.txt", self.number);
                if self.send(&name, "ask", &content).await.is_some() {
                    self.delete(&name).await;
                }
            }
            6 => {
                let mine = format!("own-{}.txt", self.number);
                let there = self.ledger.files().contains_key(&mine);
                if there {
                    self.ledger.files().remove(&mine);
                    self.delete(&mine).await;
                }
            }
            _ => {
                let list = self.ask(Method::GET, "directory", "?limit=200", &Value::Null).await;
                assert_eq!(list.status, 200, "{list:?}");
            }
        }
        self.ledger.done.fetch_add(1, Ordering::Relaxed);
    }

    /// A delete whose answer was lost finds nothing the second time.
    async fn delete(&mut self, name: &str) {
        let rest = format!("{name}?permanent=1");
        let gone = self.ask(Method::DELETE, "file", &rest, &Value::Null).await;
        assert!(matches!(gone.status, 200 | 204 | 404), "{gone:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn instances_come_and_go_and_nothing_that_was_confirmed_is_lost() {
    let mut instances = Instances::start(2);
    let settings = json!({"isFileLibrary": true, "enableQuota": true, "useRecycleBin": false,
        "enableFileHistory": false});
    let place = Arc::new(instances.place(settings).await);
    place.quota(QUOTA).await;
    let ledger = Arc::new(Ledger::default());
    let stop = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|number| {
            let (place, ledger) = (Arc::clone(&place), Arc::clone(&ledger));
            let stop = Arc::clone(&stop);
            tokio::spawn(async move {
                let mut client = Client { number, place, ledger, turn: 0 };
                let mut round = 0;
                while !stop.load(Ordering::Relaxed) {
                    client.round(round).await;
                    round += 1;
                }
            })
        })
        .collect();
    let (began, mut kills) = (Instant::now(), 0);
    while began.elapsed() < LOAD {
        tokio::time::sleep(KILL_EVERY).await;
        instances.kill_and_restart(kills % 2);
        kills += 1;
    }
    stop.store(true, Ordering::Relaxed);
    for client in clients {
        client.await.expect("no client saw a broken promise");
    }
    let (done, full) = (ledger.done.load(Ordering::Relaxed), ledger.full.load(Ordering::Relaxed));
    println!("{kills} kills, {done} rounds of {CLIENTS} clients, {full} times no room");
    assert!(kills >= 20 && done > 500 && full > 0, "{kills} kills, {done} rounds, {full} full");

    let expected = ledger.files().clone();
    for instance in 0..2 {
        let listed = place.listed(instance).await;
        let names: Vec<&String> = listed.iter().map(|(name, _)| name).collect();
        let mut once = names.clone();
        once.dedup();
        assert_eq!(names, once, "a name is there twice");
        for name in expected.keys() {
            assert!(names.contains(&name), "{name} was confirmed and is gone");
        }
        let sum: u64 = listed.iter().map(|(_, size)| size).sum();
        let used = place.used(instance).await;
        assert_eq!(used, sum, "what the quota counts is not what there is");
        assert!(used <= QUOTA, "{used} of {QUOTA}");
    }
    for (name, content) in &expected {
        assert_eq!(&place.download(name).await, content, "{name}");
    }
    println!("{} files read back and found equal", expected.len());
}
