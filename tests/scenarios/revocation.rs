//! One device of three is revoked in the middle of an upload, with the services on one machine and
//! with the library hosted by a process of its own: what it still tries, what the others notice,
//! what it says, and how it comes back.

mod killed;
mod relay;

use std::time::{Duration, Instant};

use albumen_client::ErrorKind;
use albumen_model::{
    ConflictStrategy, ErrorCode, RemotePath,
    auth::TokenPurpose,
    smh::{ConfirmUploadRequest, UploadParameters},
};
use albumen_tests::{Device, Person, Proxy, Smh, World, photos, world::Services};
use serde_json::Value;

use crate::faults::assert_there_once;

const FILM_BYTES: usize = 128 << 20;
const UNDER_WAY: u64 = 48 << 20;
/// Half of a round trip to the store meanwhile: the film is surely not through before the receipt.
const SLOW: Duration = Duration::from_secs(1);
const PART: usize = 5 << 20;
/// A device says so within this.
const TOLD_WITHIN: Duration = Duration::from_secs(5);

/// Where it happens.
struct Stage<'a> {
    world: &'a World,
    services: Services,
    store: &'a Proxy,
    /// Whether the object store itself refuses what was signed before.
    store_is_fenced: bool,
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_three_devices_is_revoked_and_comes_back() {
    let mut world = World::new();
    let (services, front) = world.serve_behind_proxies().await;
    let (store, store_is_fenced) = (&front.store, true);
    let stage = Stage { world: &world, services, store, store_is_fenced };
    stage.plays().await;
}

impl Stage<'_> {
    async fn plays(&self) {
        let services = &self.services;
        let owner = Person::owner(services, "the test").await;
        let mia = owner.invites(services, "mia").await;
        let [laptop, desktop, tablet] =
            ["laptop", "desktop", "tablet"].map(|name| self.world.device(name));
        for (device, services, album) in
            [(&laptop, services, "Trip"), (&desktop, services, "Desk"), (&tablet, &mia, "Mia")]
        {
            device.photos(2);
            device.set_up(services, album);
            device.sync_all();
        }
        let phone = Person::owner(services, "phone").await;
        let place = RemotePath::parse("Trip/phone.mp4").expect("a place");
        let session = phone.begin(&place, 2 * PART as u64).await;
        assert!(phone.put_part(&session, 1, vec![1; PART]).await);
        let stolen = phone.space.access().await.expect("a token").token.expose().to_owned();

        let film = laptop.write("film.mp4", &photos::film(1, FILM_BYTES));
        self.store.reset_counts();
        let mut watching = laptop.start(&["watch"]);
        watching.until("the upload is under way", || self.store.counts().up > UNDER_WAY);
        self.store.set_delay(SLOW);
        let (began, receipts) = self.revoke_all_but(&desktop);
        let said = watching.end().is(4);
        let told_after = began.elapsed();
        self.store.set_delay(Duration::ZERO);
        assert_eq!(said.error(), "device_revoked", "{said:?}");
        assert!(told_after < TOLD_WITHIN, "{told_after:?}");
        receipts.iter().for_each(|receipt| self.is_whole(receipt));
        has_receipt(&laptop, &receipts);
        self.nothing_is_accepted(&phone, &session, &stolen, services).await;

        desktop.write("later.jpg", &photos::make(7, 80, 80));
        tablet.write("later.jpg", &photos::make(8, 80, 80));
        assert_eq!(desktop.sync_all().verified, 3, "it never noticed");
        assert_eq!(tablet.sync_all().verified, 3, "nor did the other person");
        self.it_says_what_happened(&laptop);
        assert!(film.exists(), "nothing is lost");
        self.comes_back(&laptop).await;
    }

    /// Signs everything else out from one device; when that was asked for, and the receipts.
    fn revoke_all_but(&self, device: &Device) -> (Instant, Vec<Value>) {
        let began = Instant::now();
        let receipts = device.run(&["devices", "revoke", "--others"]).is(0).value();
        (began, receipts.as_array().expect("a list").clone())
    }

    fn is_whole(&self, receipt: &Value) {
        assert_eq!(receipt["kind"], "sign_out", "{receipt}");
        for moment in ["requestedAt", "executedAt", "confirmedAt"] {
            assert!(receipt[moment].is_string(), "{moment}: {receipt}");
        }
        let fenced = receipt["uploadsFenced"].as_u64().expect("it tells");
        let late = receipt["writableUntil"].is_string();
        assert_eq!(late, fenced > 0 && !self.store_is_fenced, "{receipt}");
    }

    /// Tokens, the library service, a later confirm and the store refuse the device.
    async fn nothing_is_accepted(
        &self,
        phone: &Person,
        session: &UploadParameters,
        stolen: &str,
        services: &Services,
    ) {
        let refused = phone.service.me().await.expect_err("the token service refuses");
        assert_eq!(refused.kind(), ErrorKind::Revoked);
        let space = phone.space.for_purpose(TokenPurpose::Browse);
        assert_eq!(space.access().await.expect_err("no token").kind(), ErrorKind::Revoked);
        let url = format!(
            "{}/api/v1/directory/{}/{}/?access_token={stolen}",
            services.hosting, services.library_id, services.space_id
        );
        let listed = albumen_tests::smh::send(albumen_tests::smh::http().get(url)).await;
        assert_eq!((listed.status, listed.code()), (403, "InvalidAccessToken"));
        let key = &session.confirm_key;
        let (confirm, ask) = (ConfirmUploadRequest::default(), ConflictStrategy::Ask);
        let late = phone.space.confirm(key, &confirm, ask, None).await.expect_err("no confirm");
        assert_eq!(late.kind(), ErrorKind::Revoked, "{late}");
        // Not even with a token that the same person gets elsewhere.
        let elsewhere = Person::owner(services, "a new phone").await;
        let late = elsewhere.space.confirm(key, &confirm, ask, None).await.expect_err("no confirm");
        assert_eq!(late.code(), Some(ErrorCode::UploadFenced));
        let late = elsewhere.space.renew(key, None).await.expect_err("no renewal");
        assert_eq!(late.code(), Some(ErrorCode::UploadFenced));
        let taken = phone.put_part(session, 2, vec![2; PART]).await;
        assert_eq!(taken, !self.store_is_fenced, "what was signed before");
    }

    fn it_says_what_happened(&self, laptop: &Device) {
        let status = laptop.run(&["status"]).is(4).value();
        let told = &status["state"]["revocation"];
        assert_eq!(told["kind"], "sign_out", "{status}");
        assert!(told["requestedAt"].is_string(), "{status}");
        assert_eq!(told["copies"], Value::Null, "nobody asked for that");
        let mapping = &status["sync"]["mappings"][0];
        assert_eq!(mapping["filesPending"], 1, "the queue is kept: {status}");
    }

    /// Signs in again; the parts that arrived are not sent a second time.
    async fn comes_back(&self, laptop: &Device) {
        self.store.reset_counts();
        laptop.login(&self.services);
        let report = laptop.sync_all();
        assert_eq!(report.verified, 3);
        let sent = self.store.counts().up;
        let most = FILM_BYTES as u64 - (8 << 20);
        assert!(sent < most, "{sent} bytes were sent again of {FILM_BYTES}");
        let cloud = Smh::admin(&self.services).await;
        assert_there_once(&cloud, "Trip", laptop).await;
    }
}

/// The device is among those that were revoked, by what it says itself.
fn has_receipt(device: &Device, receipts: &[Value]) {
    let state = device.run(&["status"]).value();
    let id = state["state"]["profile"]["deviceId"].as_str().expect("an id").to_owned();
    let has = |receipt: &Value| receipt["deviceId"] == id.as_str();
    assert!(receipts.iter().any(has), "{id} has no receipt: {receipts:?}");
}
