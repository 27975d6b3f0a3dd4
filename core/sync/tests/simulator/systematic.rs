//! Every call of a few fixed scenarios fails once, is the last one before an end, and is the last
//! one before a power cut. Owns the scenarios.

use albumen_sync::{
    cloud::{CloudErrorKind, simulated::Strike},
    disk::{DiskErrorKind, simulated::Fault},
};

use crate::{dice::Dice, seeds::share, world::World};

/// Both have this before a scenario begins.
const BEFORE: &[(&str, &str)] =
    &[("a.jpg", "<a>"), ("d/b.jpg", "<b>"), ("d/c.jpg", "<c>"), ("long", "<a long one, in parts>")];

/// What somebody does, on the device or at the web.
pub(crate) type Deed = fn(&World);

pub(crate) const SCENARIOS: &[(&str, Deed)] = &[
    ("a new file here", |world| world.writes("e/new.jpg", "<new>")),
    ("a new file there", |world| world.web_writes("e/new.jpg", "<new>")),
    ("a long file here", |world| {
        world.writes("other", "<long enough to go in several parts>");
    }),
    ("an edit here", |world| world.writes("a.jpg", "<a, edited>")),
    ("an edit there", |world| world.web_writes("a.jpg", "<a, edited>")),
    ("an edit on both sides", |world| {
        world.writes("a.jpg", "<a, here>");
        world.web_writes("a.jpg", "<a, there>");
    }),
    ("a deletion here", |world| world.deletes("d/b.jpg")),
    ("a deletion there", |world| world.web_deletes("d/b.jpg")),
    ("a folder deleted here", |world| world.deletes("d")),
    ("a directory deleted there", |world| world.web_deletes("d")),
    ("an edit here of what is deleted there", |world| {
        world.writes("d/b.jpg", "<b, edited>");
        world.web_deletes("d");
    }),
    ("a move here", |world| world.moves("a.jpg", "d/a.jpg")),
    ("a move there", |world| world.web_moves("a.jpg", "d/a.jpg")),
    ("a folder moved here", |world| world.moves("d", "e")),
    ("a directory moved there", |world| world.web_moves("d", "e")),
    ("names changed here", |world| {
        world.moves("d/b.jpg", "x");
        world.moves("d/c.jpg", "d/b.jpg");
        world.moves("x", "d/c.jpg");
    }),
    ("names changed there", |world| {
        world.web_moves("d/b.jpg", "x");
        world.web_moves("d/c.jpg", "d/b.jpg");
        world.web_moves("x", "d/c.jpg");
    }),
    ("one name for two", |world| {
        world.writes("new.jpg", "<here>");
        world.web_writes("new.jpg", "<there>");
    }),
];

/// Where the world goes wrong.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    DiskFails {
        done: bool,
    },
    CloudFails {
        done: bool,
    },
    /// All calls from one on do nothing, then the program is ended.
    Ends {
        done: bool,
    },
    /// The same, and what was not durable is lost or left.
    PowerFails {
        seed: u64,
    },
}

const TROUBLES: &[Trouble] = &[
    Trouble::DiskFails { done: false },
    Trouble::DiskFails { done: true },
    Trouble::CloudFails { done: false },
    Trouble::CloudFails { done: true },
    Trouble::Ends { done: false },
    Trouble::Ends { done: true },
    Trouble::PowerFails { seed: 0 },
    Trouble::PowerFails { seed: 1 },
    Trouble::PowerFails { seed: 2 },
];

/// A world in which both sides hold the same, and somebody has just done something.
pub(crate) fn told(deed: Deed) -> World {
    let mut world = World::plain();
    for (path, content) in BEFORE {
        world.writes(path, content);
    }
    world.quieten();
    deed(&world);
    world.wait(20_000);
    world
}

/// Calls of the disk and of the cloud that it takes when nothing goes wrong.
pub(crate) fn calls(deed: Deed) -> (u64, u64) {
    let mut world = told(deed);
    let before = (world.devices[0].disk.calls(), world.cloud.calls());
    world.quieten();
    (world.devices[0].disk.calls() - before.0, world.cloud.calls() - before.1)
}

fn suffer(world: &mut World, trouble: Trouble, nth: u64) {
    let device = &mut world.devices[0];
    let at = device.disk.calls() + nth;
    let fault = |lasting, done| Some(Fault { at, kind: DiskErrorKind::Device, lasting, done });
    match trouble {
        Trouble::DiskFails { done } => {
            device.disk.fail(fault(false, done));
            (0..3).for_each(|_| drop(device.round()));
        }
        Trouble::CloudFails { done } => {
            let at = world.cloud.calls() + nth;
            let strike = if done { Strike::After } else { Strike::Before };
            world.cloud.strike(Some(Box::new(move |_, number| {
                (number == at).then_some(strike(CloudErrorKind::Lost))
            })));
            (0..3).for_each(|_| drop(device.round()));
        }
        Trouble::Ends { done } => {
            device.disk.fail(fault(true, done));
            while device.disk.calls() <= at && !device.round().is_some_and(|round| round.at_rest())
            {
            }
            device.kill();
        }
        Trouble::PowerFails { seed } => {
            device.disk.fail(fault(true, false));
            while device.disk.calls() <= at && !device.round().is_some_and(|round| round.at_rest())
            {
            }
            device.cut_power(&mut Dice::new(seed.wrapping_mul(1000).wrapping_add(nth)));
        }
    }
    world.devices[0].disk.fail(None);
    world.cloud.strike(None);
}

#[test]
fn every_call_may_fail_and_may_be_the_last() {
    let mut runs = 0;
    for (name, deed) in SCENARIOS {
        let (disk, cloud) = calls(*deed);
        for (which, trouble) in TROUBLES.iter().enumerate() {
            let calls = if matches!(trouble, Trouble::CloudFails { .. }) { cloud } else { disk };
            for nth in share(which, calls) {
                let mut world = told(*deed);
                world.ledger.tell(format!("{name}; {trouble:?} at call {nth}"));
                suffer(&mut world, *trouble, nth);
                world.quieten();
                world.agree();
                runs += 1;
            }
        }
    }
    println!("{} scenarios, {runs} runs", SCENARIOS.len());
}
