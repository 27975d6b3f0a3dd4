//! Mint against revoke, a thousand times, interleaved at random on two instances over the same
//! data: from the receipt on no token of the device is alive, and none is handed out that was made
//! after the revocation was written down.

use std::time::{Duration, Instant};

use albumen_client::{DeviceKey, ErrorKind};
use albumen_db::testing;
use albumen_model::{
    ClientId, DeviceId,
    auth::{RevocationKind, SignInReply, TokenPurpose},
};
use futures::{StreamExt, future::join_all, stream};

use crate::kit::{Device, World, server, wanting};

/// Races on a server that two instances share, and on a file, which has one.
const RUNS: u64 = 1000;
const RUNS_ON_A_FILE: u64 = 200;
/// Runs at the same time: they meet in the database, not in the device.
const AT_ONCE: usize = 16;

/// Numbers that a seed gives.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        // xorshift64*
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % below
    }

    fn moment(&mut self, below_us: u64) -> Duration {
        Duration::from_micros(self.roll(below_us))
    }
}

/// Enrols all devices past the password, which would take most of the time.
async fn enrol(world: &World, owner: &Device, runs: u64) -> Vec<Device> {
    let account = &owner.reply.account.account_id;
    let (mut sql, mut devices) = (String::new(), Vec::new());
    for run in 0..runs {
        let key = DeviceKey::generate().unwrap();
        sql.push_str(&format!(
            "INSERT INTO device (device_id, client_id, account_id, name, os, app_version,
                 public_key, enrolled_at)
             VALUES ('race{run}', 'client{run}', '{account}', 'r', 'T', '0', '{}', 1);\n",
            key.public()
        ));
        let reply = SignInReply {
            device_id: DeviceId::parse(format!("race{run}")).unwrap(),
            client_id: ClientId::parse(format!("client{run}")).unwrap(),
            ..owner.reply.clone()
        };
        devices.push(world.device(key, reply));
    }
    testing::run(&world.database, &format!("BEGIN;\n{sql}COMMIT;")).await.unwrap();
    devices
}

/// One race; how many mints were given out before the revocation came.
async fn race(
    world: &World,
    bases: &[String; 2],
    owner: &Device,
    place: &(albumen_model::LibraryId, albumen_model::SpaceId),
    (run, device): (u64, Device),
    seed: u64,
) -> u32 {
    let mut dice = Dice(seed | 1);
    let mints = 1 + dice.roll(3);
    let minting: Vec<_> = (0..mints)
        .map(|_| {
            let at = &bases[dice.roll(2) as usize];
            let service = world.device_at(at, device.key.clone(), device.reply.clone()).service;
            let (wanted, after) = (wanting(place, TokenPurpose::Browse), dice.moment(12_000));
            tokio::spawn(async move {
                tokio::time::sleep(after).await;
                service.token(&wanted).await
            })
        })
        .collect();
    let at = &bases[dice.roll(2) as usize];
    let service = world.device_at(at, owner.key.clone(), owner.reply.clone()).service;
    tokio::time::sleep(dice.moment(200_000)).await;
    let receipt = service.revoke(&device.reply.device_id, RevocationKind::SignOut).await.unwrap();
    assert!(receipt.confirmed_at.is_some(), "seed {seed}: {receipt:?}");
    let alive = |when: &str| {
        let inside = world.smh.inside();
        let alive = inside.live.values().any(|one| one.client_id == device.reply.client_id);
        assert!(!alive, "seed {seed}, run {run}: a token outlives its revocation {when}");
    };
    alive("at the receipt");
    let mut given = 0;
    for outcome in join_all(minting).await {
        match outcome.unwrap() {
            Ok(reply) => {
                given += 1;
                let inside = world.smh.inside();
                let text = reply.access_token.expose();
                let made = inside.answered.iter().find(|one| one.token == text).unwrap();
                assert!(!made.after_fence, "seed {seed}, run {run}: handed out after the fence");
            }
            // A machine that stands still for seconds gives no answer, and no token either.
            Err(error) => {
                let fits = error.kind() == ErrorKind::Revoked || error.is_transient();
                assert!(fits, "seed {seed}: {error}");
            }
        }
    }
    alive("after the last answer");
    given
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_token_outlives_its_revocation_in_a_thousand_races() {
    let began = Instant::now();
    let world = World::start().await;
    let owner = world.owner().await;
    let place = world.library(&owner).await;
    // Two instances share a server; a file has one, and the dice are thrown all the same.
    let second = if server(&world.database).is_some() { Some(world.second().await) } else { None };
    let there = second.as_ref().map(|second| format!("http://{}", second.local_addr()));
    let bases = [world.base(), there.unwrap_or_else(|| world.base())];
    world.smh.inside().mint_takes = (Duration::from_millis(40), Duration::from_millis(60));
    let seed =
        u64::from_le_bytes(DeviceKey::generate().unwrap().to_secret()[..8].try_into().unwrap());
    println!("seed {seed}");
    let count = if second.is_some() { RUNS } else { RUNS_ON_A_FILE };
    let devices = enrol(&world, &owner, count).await;
    let runs = stream::iter((0..count).zip(devices)).map(|(run, device)| {
        race(
            &world,
            &bases,
            &owner,
            &place,
            (run, device),
            seed.wrapping_add(run.wrapping_mul(0x9e37_79b9)),
        )
    });
    let given: Vec<u32> = runs.buffer_unordered(AT_ONCE).collect().await;
    let some = given.iter().filter(|given| **given > 0).count();
    println!("{count} races, in {some} a token came before the revocation, {:?}", began.elapsed());
    assert!(some > 0 && (some as u64) < count, "the dice met one order alone: {some}");
    world.handle.service().verify_audit(None).await.unwrap();
    if let Some(second) = second {
        second.shutdown().await;
    }
}
