//! Tokens under a clock that the test moves.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

const HOUR: Duration = Duration::from_secs(3600);

/// A token service that answers after a while, numbers its tokens, and is away when told so.
#[derive(Clone, Default)]
struct Service {
    asked: Arc<AtomicUsize>,
    away: Arc<Mutex<bool>>,
    seen: Arc<Mutex<Vec<DeviceTokenRequest>>>,
}

impl Service {
    fn source(&self) -> TokenSource {
        let service = self.clone();
        TokenSource::asking(Arc::new(move |request| service.clone().answer(request).boxed()))
    }

    async fn answer(self, request: DeviceTokenRequest) -> Result<DeviceTokenReply, Error> {
        let number = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        self.seen.lock().unwrap().push(request.clone());
        tokio::time::sleep(Duration::from_secs(2)).await;
        if *self.away.lock().unwrap() {
            return Err(Error::Stalled { doing: "testing" });
        }
        Ok(DeviceTokenReply {
            access_token: AccessToken::new(format!("{}/{number}", request.space_id)),
            expires_in: 1200,
            hard_limit_in: 12 * 3600,
            hosting_url: format!("http://127.0.0.1/{}", request.library_id),
            data_scheme: "http".to_owned(),
            ca_fingerprint: None,
            authority: None,
            user_id: UserId::parse("u").unwrap(),
            client_id: ClientId::parse("c").unwrap(),
            grants: GrantSet::READ_ONLY,
        })
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    fn set_away(&self, away: bool) {
        *self.away.lock().unwrap() = away;
    }
}

async fn token(source: &TokenSource, library: &str, space: &str, purpose: TokenPurpose) -> String {
    let (library, space) = (LibraryId::parse(library).unwrap(), SpaceId::parse(space).unwrap());
    source.access(&library, &space, purpose).await.unwrap().token.expose().to_owned()
}

async fn backup(source: &TokenSource) -> String {
    token(source, "l1", "s1", TokenPurpose::Backup).await
}

/// Moves the clock in steps that keep a token in use; the answers that are due come meanwhile.
async fn pass(source: &TokenSource, time: Duration) {
    let step = Duration::from_secs(600);
    let mut left = time;
    while !left.is_zero() {
        let now = step.min(left);
        tokio::time::sleep(now).await;
        left -= now;
        backup(source).await;
    }
}

#[tokio::test(start_paused = true)]
async fn who_asks_at_the_same_time_shares_one_question() {
    let service = Service::default();
    let source = service.source();
    let all = futures::future::join_all((0..100).map(|_| backup(&source))).await;
    assert!(all.iter().all(|token| token == "s1/1"), "{all:?}");
    assert_eq!(service.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn spaces_libraries_and_purposes_have_tokens_of_their_own() {
    let service = Service::default();
    let source = service.source();
    let wanted = [
        ("l1", "s1", TokenPurpose::Backup),
        ("l1", "s1", TokenPurpose::Browse),
        ("l1", "s2", TokenPurpose::Backup),
        ("l2", "s1", TokenPurpose::Backup),
    ];
    for round in 0..2 {
        for (number, (library, space, purpose)) in wanted.iter().enumerate() {
            let got = token(&source, library, space, *purpose).await;
            assert_eq!(got, format!("{space}/{}", number + 1), "round {round}");
        }
    }
    assert_eq!(service.asked(), 4);
    let seen = service.seen.lock().unwrap().clone();
    for (asked, (library, space, purpose)) in seen.iter().zip(wanted) {
        let got = (asked.library_id.as_str(), asked.space_id.as_str(), asked.purpose);
        assert_eq!(got, (library, space, purpose));
    }
}

#[tokio::test(start_paused = true)]
async fn use_keeps_a_token_alive_and_near_its_limit_the_next_comes_unasked() {
    let service = Service::default();
    let source = service.source();
    backup(&source).await;
    pass(&source, 11 * HOUR + Duration::from_secs(40 * 60)).await;
    assert_eq!(service.asked(), 1, "more than eleven hours of use");
    // 12 h less 15 min: the old one serves while the new one is asked for.
    tokio::time::sleep(Duration::from_secs(301)).await;
    let before = tokio::time::Instant::now();
    assert_eq!(backup(&source).await, "s1/1");
    assert_eq!(before.elapsed(), Duration::ZERO, "nobody waited");
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(backup(&source).await, "s1/2");
    assert_eq!(service.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_away_for_a_while_is_not_noticed() {
    let service = Service::default();
    let source = service.source();
    backup(&source).await;
    pass(&source, 11 * HOUR + Duration::from_secs(45 * 60)).await;
    service.set_away(true);
    for _ in 0..20 {
        tokio::time::sleep(Duration::from_secs(10)).await;
        assert_eq!(backup(&source).await, "s1/1", "the old one goes on");
    }
    let tries = service.asked() - 1;
    assert!((5..=8).contains(&tries), "every half minute, not at each use: {tries}");
    service.set_away(false);
    tokio::time::sleep(Duration::from_secs(31)).await;
    backup(&source).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_ne!(backup(&source).await, "s1/1");
}

#[tokio::test(start_paused = true)]
async fn an_unused_token_ends_and_none_is_used_past_its_limit() {
    let service = Service::default();
    let source = service.source();
    backup(&source).await;
    tokio::time::sleep(Duration::from_secs(1171)).await;
    assert_eq!(backup(&source).await, "s1/2", "20 minutes without use");
    service.set_away(true);
    let start = tokio::time::Instant::now();
    let (library, space) = (LibraryId::parse("l1").unwrap(), SpaceId::parse("s1").unwrap());
    let mut lived = Duration::ZERO;
    while source.access(&library, &space, TokenPurpose::Backup).await.is_ok() {
        lived = start.elapsed();
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
    assert!(lived <= 12 * HOUR && lived > 12 * HOUR - Duration::from_secs(120), "{lived:?}");
}

#[tokio::test(start_paused = true)]
async fn what_was_forgotten_stays_forgotten_while_a_renewal_is_under_way() {
    let service = Service::default();
    let source = service.source();
    backup(&source).await;
    pass(&source, 11 * HOUR + Duration::from_secs(40 * 60)).await;
    tokio::time::sleep(Duration::from_secs(301)).await;
    assert_eq!(backup(&source).await, "s1/1", "and a renewal began");
    tokio::time::sleep(Duration::from_secs(1)).await;
    source.forget_all();
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(service.asked(), 2);
    assert_eq!(backup(&source).await, "s1/3", "asked anew, under the policy that holds now");
}

#[tokio::test(start_paused = true)]
async fn a_question_that_failed_is_asked_again() {
    let service = Service::default();
    let source = service.source();
    service.set_away(true);
    let (library, space) = (LibraryId::parse("l1").unwrap(), SpaceId::parse("s1").unwrap());
    let asked = source.access(&library, &space, TokenPurpose::Backup).await;
    assert!(asked.unwrap_err().is_transient());
    service.set_away(false);
    assert_eq!(backup(&source).await, "s1/2");
}
