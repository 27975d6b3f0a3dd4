//! How the services are run: what an operator decides and a user never sees.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use albumen_hosting::{Limits, TrustedProxies};
use albumen_ops::{MetricsPage, metrics::registry::Registry};
use albumen_tokens::{OpenIdConfig, TokensConfig};

use super::failed;
use crate::AppError;

/// What an operator decides. By default: generous limits, no proxy is trusted, no page of metrics,
/// a stop without notice.
#[derive(Clone, Debug, Default)]
pub struct Operating {
    /// How often somebody may ask the library service.
    pub limits: Limits,
    /// Proxies whose word on a client's address is taken.
    pub trusted_proxies: TrustedProxies,
    /// Where `GET /metrics` is answered.
    pub metrics: Option<SocketAddr>,
    /// The address to listen on without TLS; of this computer alone. With TLS its own options say.
    pub bind: Option<IpAddr>,
    /// How long `/readyz` says that the services stop before they do.
    pub stop_notice: Duration,
    /// The provider that people may sign in by.
    pub openid: Option<OpenIdConfig>,
}

impl Operating {
    /// Adds to the settings of the token service what the operator decides of it.
    pub(crate) fn of_tokens(&self, config: TokensConfig) -> TokensConfig {
        TokensConfig {
            trusted_proxies: self.trusted_proxies.clone(),
            openid: self.openid.clone(),
            ..config
        }
    }
}

/// What an operator sees of running services.
pub(crate) struct Watched {
    page: Option<MetricsPage>,
    stop_notice: Duration,
}

impl Watched {
    /// Opens the page of metrics, if there is to be one.
    ///
    /// # Errors
    /// [`crate::Code::ServiceFailed`] when it cannot be where it shall.
    pub(crate) async fn open(operating: &Operating) -> Result<Self, AppError> {
        let page = match operating.metrics {
            Some(address) => {
                Some(MetricsPage::open(address).await.map_err(|error| failed(&error))?)
            }
            None => None,
        };
        Ok(Self { page, stop_notice: operating.stop_notice })
    }

    /// Shows what these services count.
    pub(crate) fn show(&self, registries: Vec<Arc<Registry>>) {
        if let Some(page) = &self.page {
            page.show(registries);
        }
    }

    /// Where the page is, if there is one.
    pub(crate) fn metrics_url(&self) -> Option<String> {
        self.page.as_ref().map(MetricsPage::url)
    }

    /// Waits until a balancer has seen that the services stop.
    pub(crate) async fn notice(&self) {
        tokio::time::sleep(self.stop_notice).await;
    }
}
