//! Instances that start again, beside another one or in another way, and requests that are not
//! finished.

use albumen_hosting::{HostingConfig, HostingHandle, serve};
use albumen_ops::metrics::encoding::text::encode;
use tokio::{io::AsyncWriteExt, net::TcpStream};

use super::{World, config, run, socket};

impl World {
    /// Stops the service and starts it over the same data.
    pub(crate) async fn restart(self) -> Self {
        let Self { database, dir, known, clock, store, service, client } = self;
        service.shutdown().await;
        let service = run(&database, &clock, &store).await;
        Self { database, dir, known, clock, store, service, client }
    }

    /// Another instance over the same database and the same store.
    pub(crate) async fn second(&self) -> HostingHandle {
        run(&self.database, &self.clock, &self.store).await
    }

    /// Another instance over the same data, run as the closure says.
    pub(crate) async fn second_with(
        &self,
        change: impl FnOnce(&mut HostingConfig),
    ) -> HostingHandle {
        let mut config = config(&self.database, &self.clock, &self.store);
        change(&mut config);
        serve(socket().await, config).await.expect("the service starts")
    }

    /// A connection on which this much of a request was sent.
    pub(crate) async fn half_a_request(&self, text: &str) -> TcpStream {
        let address = self.service.local_addr();
        let mut stream = TcpStream::connect(address).await.expect("the service answers");
        let _ = stream.write_all(text.as_bytes()).await;
        stream
    }

    /// What an instance has counted, as a page shows it.
    pub(crate) fn metrics(instance: &HostingHandle) -> String {
        let mut text = String::new();
        encode(&mut text, &instance.metrics()).expect("text");
        text
    }
}
