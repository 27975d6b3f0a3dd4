//! What the log may never hold (SMH section 26, trap 25).

use std::{
    io,
    sync::{Arc, Mutex},
};

use serde_json::json;
use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

use crate::world::{CONSOLE_KEY, World};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("not poisoned").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn no_secret_no_token_and_no_name_of_a_file_is_logged() {
    let log = Log::default();
    let filter = EnvFilter::new("albumen_hosting=trace,albumen_db=trace");
    let subscriber =
        tracing_subscriber::fmt().with_ansi(false).with_env_filter(filter).with_writer(log.clone());
    // For the whole program: what the other tests do meanwhile must be as silent.
    tracing::subscriber::set_global_default(subscriber.finish()).expect("the only one");

    let world = World::start().await;
    let desk = world.file_desk().await;
    world.upload(&desk, "private-name.txt", "", b"x").await;
    world.at(&desk, "GET", "file", "private-name.txt?content_cas=").await;
    world.at(&desk, "PUT", "file", "private-name.txt?filesize=acctk").await;
    let token = format!("/api/v1/token/{}/{}", desk.library.id, desk.token);
    world.call("POST", &token).await;
    let secret = &desk.library.secret;
    let library = &desk.library.id;
    world.call("GET", &format!("/api/v1/token?library_id={library}&library_secret={secret}")).await;
    world
        .call_with(
            "POST",
            "/api/v1/token",
            json!({"library_id": library, "library_secret": [secret]}),
        )
        .await;
    world.call("DELETE", &token).await;

    let text = String::from_utf8(log.0.lock().expect("not poisoned").clone()).expect("UTF-8");
    assert!(text.contains("status=201") && text.contains("EmptySpaceId"), "nothing was logged");
    for hidden in [secret.as_str(), desk.token.as_str(), CONSOLE_KEY, "private-name", "/api/v1"] {
        let line = text.lines().find(|line| line.contains(hidden));
        assert_eq!(line, None, "{hidden}");
    }
}
