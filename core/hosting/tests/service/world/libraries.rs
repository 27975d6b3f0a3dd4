//! Libraries, as the console makes them. Their secrets are told once, and looked for in the
//! service's files when the test ends.

use serde_json::{Value, json};

use super::{CONSOLE_KEY, Library, Reply, World};

impl World {
    pub(crate) async fn console(&self, method: &str, path: &str, body: Value) -> Reply {
        let path = format!("/console/v1/libraries{path}");
        let request = self.request(method, &path).bearer_auth(CONSOLE_KEY).json(&body);
        let reply = self.send(request).await;
        if let Some(secret) = reply.json["librarySecret"].as_str() {
            self.known.learn("a library's secret", secret);
        }
        reply
    }

    pub(crate) async fn library(&self, settings: Value) -> Library {
        let reply = self.console("POST", "", json!({ "settings": settings })).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        let id = reply.json["library"]["libraryId"].as_str().expect("an id").to_owned();
        Library { id, secret: reply.text("librarySecret") }
    }
}
