//! How much the instrument itself weighs: bytes and byte counts of other figures pass through the
//! proxy.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use albumen_tests::Proxy;
use albumen_tests::measure::median;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::figure::Rows;

/// What is sent for one rate: enough for some tenths of a second.
const STREAM_BYTES: usize = 512 * 1024 * 1024;
const CHUNK_BYTES: usize = 256 * 1024;
/// Questions of one byte for one delay.
const QUESTIONS: u32 = 500;
const REPEATS: usize = 3;

/// Straight, through the proxy, and through the proxy with a delay of 5 ms each way.
pub(crate) fn measure() -> Rows {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let target = answering().await?;
        let proxy = Proxy::start(target).await;
        let mut rows = Vec::new();
        for (who, address, delay_ms) in
            [("straight", target, 0), ("proxy", proxy.address(), 0), ("proxy", proxy.address(), 5)]
        {
            proxy.set_delay(Duration::from_millis(delay_ms));
            let (mut rates, mut delays) = (Vec::new(), Vec::new());
            for _ in 0..REPEATS {
                rates.push(stream(address).await?);
                delays.push(ask(address, if delay_ms == 0 { QUESTIONS } else { 20 }).await?);
            }
            rows.push(json!({
                "who": who,
                "one_way_delay_ms": delay_ms,
                "megabytes_per_second": median(&rates),
                "round_trip_ms": median(&delays),
            }));
        }
        Ok(rows)
    })
}

/// A service that reads everything and answers each connection's last byte, and every small
/// question.
async fn answering() -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(answer(client));
        }
    });
    Ok(address)
}

async fn answer(mut client: TcpStream) {
    drop(client.set_nodelay(true));
    let mut buffer = vec![0; CHUNK_BYTES];
    while let Ok(read @ 1..) = client.read(&mut buffer).await {
        // A question is one byte; the stream ends with a byte of 1.
        if (read == 1 || buffer[read - 1] == 1) && client.write_all(&[1]).await.is_err() {
            break;
        }
    }
}

/// Megabytes a second until the other side has it all.
async fn stream(address: SocketAddr) -> std::io::Result<f64> {
    let mut target = TcpStream::connect(address).await?;
    let mut chunk = vec![0; CHUNK_BYTES];
    let start = Instant::now();
    for sent in 1..=STREAM_BYTES / CHUNK_BYTES {
        if sent == STREAM_BYTES / CHUNK_BYTES {
            chunk[CHUNK_BYTES - 1] = 1;
        }
        target.write_all(&chunk).await?;
    }
    target.read_exact(&mut [0]).await?;
    #[expect(clippy::cast_precision_loss, reason = "half a gigabyte is exact in 53 bits")]
    let megabytes = STREAM_BYTES as f64 / 1e6;
    Ok(megabytes / start.elapsed().as_secs_f64())
}

/// Milliseconds for one byte there and one back, on average.
async fn ask(address: SocketAddr, questions: u32) -> std::io::Result<f64> {
    let mut target = TcpStream::connect(address).await?;
    target.set_nodelay(true)?;
    let start = Instant::now();
    for _ in 0..questions {
        target.write_all(&[0]).await?;
        target.read_exact(&mut [0]).await?;
    }
    Ok(start.elapsed().as_secs_f64() * 1000.0 / f64::from(questions))
}
