//! Somebody does something right before every single call of a few fixed scenarios, on the disk and
//! at the web. Owns what they do.

use albumen_sync::{cloud::simulated::SimulatedCloud, disk::simulated::SimulatedDisk};

use crate::{
    actors::Ledger,
    seeds::share,
    systematic::{SCENARIOS, calls, told},
};

type Here = fn(&SimulatedDisk, &Ledger);
type There = fn(&SimulatedCloud, &Ledger);

const HERE: &[(&str, Here)] = &[
    ("writes a.jpg", |disk, ledger| writes(disk, ledger, "a.jpg")),
    ("writes d/b.jpg", |disk, ledger| writes(disk, ledger, "d/b.jpg")),
    ("writes d/a.jpg", |disk, ledger| writes(disk, ledger, "d/a.jpg")),
    ("writes e/new.jpg", |disk, ledger| writes(disk, ledger, "e/new.jpg")),
    ("deletes d/b.jpg", |disk, ledger| {
        if let Some(content) = disk.content("d/b.jpg") {
            ledger.give_up(&content);
            disk.delete("d/b.jpg");
        }
    }),
    ("moves a.jpg", |disk, _| {
        disk.shift("a.jpg", "moved.jpg");
    }),
    ("moves d", |disk, _| {
        disk.shift("d", "f");
    }),
];

const THERE: &[(&str, There)] = &[
    ("writes a.jpg", |cloud, ledger| web_writes(cloud, ledger, "a.jpg")),
    ("writes d/b.jpg", |cloud, ledger| web_writes(cloud, ledger, "d/b.jpg")),
    ("writes d/new.jpg", |cloud, ledger| web_writes(cloud, ledger, "d/new.jpg")),
    ("writes e/new.jpg", |cloud, ledger| web_writes(cloud, ledger, "e/new.jpg")),
    ("moves a.jpg", |cloud, _| {
        cloud.shift("a.jpg", "moved.jpg");
    }),
    ("moves d", |cloud, _| {
        cloud.shift("d", "f");
    }),
    ("moves d, and makes another", |cloud, ledger| {
        if cloud.shift("d", "f") {
            web_writes(cloud, ledger, "d/other.jpg");
        }
    }),
];

fn writes(disk: &SimulatedDisk, ledger: &Ledger, path: &str) {
    disk.content(path).iter().for_each(|old| ledger.give_up(old));
    let content = format!("<{path}, meanwhile>");
    ledger.writes(content.as_bytes());
    disk.write(path, content.as_bytes());
}

fn web_writes(cloud: &SimulatedCloud, ledger: &Ledger, path: &str) {
    let files = cloud.files();
    let old = files.iter().find(|(at, _)| at == path);
    old.iter().for_each(|(_, old)| ledger.give_up(old));
    let content = format!("<{path}, meanwhile at the web>");
    ledger.writes(content.as_bytes());
    assert!(cloud.write(path, content.as_bytes()), "{path}");
}

#[test]
fn anybody_may_do_anything_between_two_calls() {
    let mut runs = 0;
    for (name, deed) in SCENARIOS {
        let (disk, cloud) = calls(*deed);
        for (which, (what, act)) in HERE.iter().enumerate() {
            for nth in share(which, disk) {
                let mut world = told(*deed);
                world.ledger.tell(format!("{name}; somebody {what} before call {nth}"));
                let (ledger, at) = (world.ledger.clone(), world.devices[0].disk.calls() + nth);
                world.devices[0].disk.meanwhile(at, move |disk| act(disk, &ledger));
                // Once for what was done, once more for who came in the last look.
                world.quieten();
                world.quieten();
                world.agree();
                runs += 1;
            }
        }
        for (which, (what, act)) in THERE.iter().enumerate() {
            for nth in share(which, cloud) {
                let mut world = told(*deed);
                world.ledger.tell(format!("{name}; at the web somebody {what} before call {nth}"));
                let (ledger, at) = (world.ledger.clone(), world.cloud.calls() + nth);
                world.cloud.meanwhile(at, move |cloud| act(cloud, &ledger));
                // Once for what was done, once more for who came in the last look.
                world.quieten();
                world.quieten();
                world.agree();
                runs += 1;
            }
        }
    }
    println!("{} scenarios, {runs} runs", SCENARIOS.len());
}
