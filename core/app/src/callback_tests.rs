//! Who is let through, by raw requests as any program of this computer can send them.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::*;

struct Waiting {
    callback: Callback,
    port: u16,
}

async fn waiting(locale: Locale) -> Waiting {
    let port = Port::take().await.unwrap();
    let number = port.number();
    Waiting { callback: port.wait_for(FlowState::new("ours"), locale), port: number }
}

impl Waiting {
    async fn ask(&self, host: &str, target: &str) -> String {
        let mut socket = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        let asked = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        socket.write_all(asked.as_bytes()).await.unwrap();
        let mut text = String::new();
        socket.read_to_string(&mut text).await.unwrap();
        text
    }

    async fn come(&self, target: &str) -> String {
        self.ask(&format!("127.0.0.1:{}", self.port), target).await
    }

    async fn now(&self) -> Option<Outcome> {
        tokio::time::timeout(Duration::from_millis(50), self.callback.outcome()).await.ok()
    }
}

#[tokio::test]
async fn the_browser_brings_a_code_once() {
    let waiting = waiting(Locale::English).await;
    let page = waiting.come("/callback?code=c%2B1&state=ours&session_state=x").await;
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("close this page"), "{page}");
    assert!(page.contains("no-store") && page.contains("default-src 'none'"));
    assert!(!page.contains("c+1") && !page.contains("ours"), "nothing that came in is shown");
    let second = waiting.come("/callback?code=other&state=ours").await;
    assert!(!second.contains("close this page"), "{second}");
    let Some(Outcome::Code(brought)) = waiting.now().await else { panic!("no code came") };
    assert_eq!((brought.code.expose(), brought.state.expose()), ("c+1", "ours"));
}

#[tokio::test]
async fn what_is_not_of_our_sign_in_changes_nothing() {
    let waiting = waiting(Locale::English).await;
    for target in [
        "/callback?code=theirs&state=theirs",
        "/callback?code=theirs",
        "/callback?error=access_denied&state=theirs",
        "/callback",
    ] {
        let page = waiting.come(target).await;
        assert!(page.starts_with("HTTP/1.1 400"), "{target}: {page}");
    }
    let renamed = format!("rebound.example:{}", waiting.port);
    let page = waiting.ask(&renamed, "/callback?code=c&state=ours").await;
    assert!(page.starts_with("HTTP/1.1 400"), "{page}");
    assert!(waiting.come("/?code=c&state=ours").await.starts_with("HTTP/1.1 404"));
    assert!(waiting.now().await.is_none());
    waiting.come("/callback?code=c&state=ours").await;
    assert!(matches!(waiting.now().await, Some(Outcome::Code(_))));
}

#[tokio::test]
async fn a_no_at_the_provider_is_told_in_the_persons_language() {
    let waiting = waiting(Locale::Chinese).await;
    let page = waiting.come("/callback?error=access_denied&state=ours").await;
    assert!(page.contains("lang=\"zh-CN\"") && page.contains("未"), "{page}");
    assert!(matches!(waiting.now().await, Some(Outcome::Refused)));
}

#[tokio::test]
async fn the_port_is_closed_with_the_sign_in() {
    let Waiting { callback, port } = waiting(Locale::English).await;
    drop(callback);
    for _ in 0..100 {
        if TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the port is still open");
}
