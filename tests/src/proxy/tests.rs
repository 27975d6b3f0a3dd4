//! The proxy's promises, over real sockets.

use super::*;

/// A service that sends back what it gets.
async fn echo() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut from, mut to) = client.split();
                drop(tokio::io::copy(&mut from, &mut to).await);
            });
        }
    });
    address
}

/// Sends bytes and reads as many back; fewer when the connection broke.
async fn round_trip(proxy: &Proxy, bytes: usize) -> std::io::Result<usize> {
    let (mut from, mut to) = TcpStream::connect(proxy.address()).await?.into_split();
    let sending = tokio::spawn(async move {
        drop(to.write_all(&vec![7; bytes]).await);
        to
    });
    let mut answer = vec![0; bytes];
    let mut read = 0;
    while read < bytes {
        match from.read(&mut answer[read..]).await {
            Ok(more @ 1..) => read += more,
            _ => break,
        }
    }
    drop(sending.await);
    Ok(read)
}

#[tokio::test]
async fn counts_what_passes_each_way() {
    let proxy = Proxy::start(echo().await).await;
    assert_eq!(round_trip(&proxy, 3_000_000).await.expect("connects"), 3_000_000);
    assert_eq!(proxy.counts(), Counts { up: 3_000_000, down: 3_000_000, connections: 1 });
    proxy.reset_counts();
    assert_eq!(proxy.counts(), Counts::default());
}

#[tokio::test]
async fn delays_answers_but_not_the_stream() {
    let proxy = Proxy::start(echo().await).await;
    proxy.set_delay(Duration::from_millis(100));
    let start = Instant::now();
    // 40 chunks: held back one after the other they would take 8 s.
    let bytes = 40 * CHUNK_BYTES;
    assert_eq!(round_trip(&proxy, bytes).await.expect("connects"), bytes);
    let took = start.elapsed();
    assert!(took >= Duration::from_millis(200), "there and back: {took:?}");
    assert!(took < Duration::from_secs(4), "each chunk waited for the one before: {took:?}");
}

#[tokio::test]
async fn cuts_after_so_many_bytes_and_only_once() {
    let proxy = Proxy::start(echo().await).await;
    proxy.cut_after(100_000);
    let back = round_trip(&proxy, 1_000_000).await.expect("connects");
    assert!(back <= 100_000, "{back} came back");
    assert_eq!(proxy.counts().up, 100_000);
    assert_eq!(round_trip(&proxy, 1_000_000).await.expect("connects"), 1_000_000);
}

#[tokio::test]
async fn switched_off_it_refuses_and_comes_back_on_the_same_port() {
    let mut proxy = Proxy::start(echo().await).await;
    let mut open = TcpStream::connect(proxy.address()).await.expect("connects");
    open.write_all(b"a").await.expect("carried");
    open.read_exact(&mut [0]).await.expect("echoed");

    proxy.switch_off().await;
    let refused = TcpStream::connect(proxy.address()).await.expect_err("nobody listens");
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    assert!(!matches!(open.read(&mut [0]).await, Ok(1..)), "the old connection still speaks");

    let other = echo().await;
    proxy.set_target(other);
    proxy.switch_on().await;
    assert_eq!(round_trip(&proxy, 10).await.expect("connects"), 10);
}
