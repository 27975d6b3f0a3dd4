//! Running the built-in services in the foreground.

use std::{
    net::IpAddr,
    path::{Path, PathBuf},
};

use albumen_app::{
    AppError, Code, LibraryService, LibraryServiceOptions, Operating, PublicUrls, Surroundings,
    TokenService, TokenServiceOptions, serve,
    tls::{CertificateFiles, TlsOptions},
};
use clap::{ArgGroup, Args};

use super::{
    ca, hosting_only::HostingOnly, openid::ProviderArguments, operating::OperatingArguments,
    tokens_only::TokensOnly,
};
use crate::{exit::Exit, output::Output, stop, systemd};

/// Run the built-in services in the foreground until interrupted.
///
/// Without --dev they are those of this computer's media library: their files are in the home
/// folder, their addresses stay the same. With --dev they are for scripts and tests: a fresh
/// library over a folder of its own, and one line with every address, key and id; such secrets are
/// printed nowhere else. They listen on this computer only, unless --bind says otherwise. With
/// --hosting-only it is the library service alone, one of several over one PostgreSQL database and
/// one object store; with --tokens-only the token service alone, for libraries that are kept
/// elsewhere.
///
/// With --tls all of them speak HTTPS. The first start makes a certificate authority in the folder
/// of the services (`tls/ca.pem`, and `tls/ca.key` for nobody else) and prints its SHA-256
/// fingerprint and how to trust it; `albumen ca show` prints that again. The server's own
/// certificate lasts 90 days, is made anew at every start, and replaced every 30 days while they
/// run.
///
/// Services that others reach (--bind, --trusted-proxy), and the token service alone, begin without
/// an owner: a one-time code is written to a file that nobody else can read, and `albumen login URL
/// --set-up` takes it. It holds for a day and for five tries; `albumen owner reset` makes another.
///
/// Asked to stop (SIGTERM, SIGINT), they take no new connection, give requests under way some
/// seconds and end with status 0. The library service and the token service answer GET /healthz
/// (the process lives) and GET /readyz (it is of use: 200; else 503 and what does not answer). Log
/// lines go to standard error; ALBUMEN_LOG=albumen_hosting=debug,albumen_tokens=debug adds one for
/// each request, with its id and never a path, a token or a secret.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("sort").args(["dev", "hosting_only", "tokens_only"])))]
pub(crate) struct Serve {
    /// Serve a development library and print its keys
    #[arg(long, requires = "dir")]
    dev: bool,
    /// Folder of the development library: empty, or made by an earlier `serve --dev`
    #[arg(long, value_name = "DIR", requires = "dev")]
    dir: Option<PathBuf>,
    /// Address of the library service that clients are told, where a proxy is in front of it
    #[arg(long, value_name = "URL", requires = "dev")]
    public_hosting: Option<String>,
    /// Address of the object store that clients are told, where a proxy is in front of it
    #[arg(long, value_name = "URL", requires = "dev")]
    public_store: Option<String>,
    /// File that names object stores of others (S3, COS) and where their keys are
    ///
    /// Without --dev it is back-ends.json in the folder of the services.
    #[arg(long, value_name = "FILE", requires = "back_end")]
    back_ends: Option<PathBuf>,
    /// Which of them keeps the content: of the development library, or with --hosting-only of every
    /// library that names none
    #[arg(long, value_name = "NAME", requires_all = ["back_ends", "sort"],
        conflicts_with = "tokens_only")]
    back_end: Option<String>,
    #[command(flatten)]
    hosting_only: HostingOnly,
    #[command(flatten)]
    tokens_only: TokensOnly,
    /// Speak HTTPS, by a certificate authority of their own that the first start makes
    #[arg(long)]
    tls: bool,
    /// One more host name in the certificate; may be given again
    ///
    /// The certificate is always for localhost, 127.0.0.1, ::1, this computer's name, --bind and
    /// the --public-* hosts. The first NAME is the host that clients are told, and must be known
    /// to them; buckets answer below each name.
    #[arg(long = "tls-name", value_name = "NAME", requires = "tls")]
    tls_names: Vec<String>,
    /// Use this certificate (PEM, with those above it) instead of one by our own authority
    ///
    /// It must be for the first --tls-name, except with --hosting-only, which is told no name. When
    /// the file changes it is read again, without a restart.
    #[arg(long, value_name = "FILE", requires_all = ["tls", "tls_key"])]
    tls_cert: Option<PathBuf>,
    /// The private key of --tls-cert (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Address to listen on, such as 0.0.0.0 for every network [default: this computer only]
    ///
    /// Without --tls it must be of this computer, such as 127.0.0.2: passwords and photos would
    /// travel for everybody to read.
    #[arg(long, value_name = "ADDRESS", conflicts_with = "hosting_only")]
    bind: Option<IpAddr>,
    /// Print a systemd unit that runs `albumen serve` with the other arguments given, and end
    #[arg(long)]
    print_systemd_unit: bool,
    #[command(flatten)]
    operating: OperatingArguments,
    #[command(flatten)]
    provider: ProviderArguments,
}

impl Serve {
    pub(super) const fn logs_json(&self) -> bool {
        self.operating.logs_json()
    }

    pub(super) fn operating(&self) -> Operating {
        Operating { bind: self.bind.filter(|_| !self.tls), ..self.operating.decided() }
    }

    pub(super) async fn run(
        self,
        surroundings: Surroundings,
        output: &Output,
    ) -> Result<Exit, AppError> {
        if self.print_systemd_unit {
            return systemd::print(output);
        }
        let operating = Operating { openid: self.provider.decided()?, ..self.operating() };
        let own = self.tls_cert.zip(self.tls_key);
        let own = own.map(|(certificate, key)| CertificateFiles { certificate, key });
        if self.tls && self.hosting_only.is_asked_for() && own.is_none() {
            return Err(unusable("--hosting-only needs --tls-cert and --tls-key for its TLS"));
        }
        let content = (self.back_ends.clone(), self.back_end.clone());
        let console_key_file = self.hosting_only.console_key_file();
        if let Some(options) = self.hosting_only.options(content, own.clone(), &operating) {
            return hosting_alone(options, &surroundings, output).await;
        }
        if own.is_some() && self.tls_names.is_empty() {
            return Err(unusable("--tls-cert needs the name it is for: --tls-name"));
        }
        let tls = TlsOptions { names: self.tls_names, own, bind: self.bind };
        let tls = self.tls.then_some(tls);
        let around = surroundings.clone();
        if let Some(options) = self.tokens_only.options(tls.clone(), console_key_file, &operating) {
            return tokens_alone(options, surroundings, output).await;
        }
        match self.dir {
            Some(dir) if self.dev => {
                let public = PublicUrls { hosting: self.public_hosting, store: self.public_store };
                let back_end = self.back_ends.as_deref().zip(self.back_end.as_deref());
                let starting =
                    serve::Development::start_on(&dir, public, tls, back_end, &operating);
                let dev = starting.await?;
                let line = dev.line();
                output.value(line);
                for (name, value) in line.rows() {
                    output.line(&format!("{name:>17}  {value}"));
                }
                line.ca.iter().for_each(|ca| ca::trust(ca, output));
                run_until_asked(&around).await;
                dev.stop().await;
            }
            _ => {
                let starting = serve::ThisComputer::start(surroundings, tls.as_ref(), &operating);
                let services = starting.await?;
                let line = services.line();
                output.value(line);
                line.ca.iter().for_each(|ca| ca::trust(ca, output));
                output.say("cli.serve.running", &[("url", &line.addresses.tokens)]);
                say_metrics(line.metrics.as_deref(), output);
                say_set_up(line.set_up_code_file.as_deref(), &line.addresses.tokens, output);
                run_until_asked(&around).await;
                services.stop().await;
            }
        }
        Ok(Exit::Done)
    }
}

async fn hosting_alone(
    options: LibraryServiceOptions,
    surroundings: &Surroundings,
    output: &Output,
) -> Result<Exit, AppError> {
    let service = LibraryService::start(options).await?;
    output.value(service.line());
    output.say("cli.serve.hosting", &[("url", &service.line().hosting)]);
    say_metrics(service.line().metrics.as_deref(), output);
    run_until_asked(surroundings).await;
    service.stop().await;
    Ok(Exit::Done)
}

async fn tokens_alone(
    options: TokenServiceOptions,
    surroundings: Surroundings,
    output: &Output,
) -> Result<Exit, AppError> {
    let around = surroundings.clone();
    let service = TokenService::start(surroundings, options).await?;
    let line = service.line();
    output.value(line);
    line.ca.iter().for_each(|ca| ca::trust(ca, output));
    output.say("cli.serve.tokens", &[("url", &line.tokens)]);
    say_metrics(line.metrics.as_deref(), output);
    say_set_up(line.set_up_code_file.as_deref(), &line.tokens, output);
    run_until_asked(&around).await;
    service.stop().await;
    Ok(Exit::Done)
}

/// Tells whoever started it that it answers, and waits to be asked to stop.
async fn run_until_asked(surroundings: &Surroundings) {
    surroundings.tell_manager("READY=1");
    stop::asked().await;
    surroundings.tell_manager("STOPPING=1");
}

/// Where the code lies by which somebody becomes the owner; never the code itself, as standard
/// output may go to a log.
fn say_set_up(file: Option<&Path>, url: &str, output: &Output) {
    if let Some(file) = file {
        let file = file.display().to_string();
        output.say("cli.serve.set_up", &[("url", url), ("file", &file)]);
    }
}

fn say_metrics(url: Option<&str>, output: &Output) {
    if let Some(url) = url {
        output.say("cli.serve.metrics", &[("url", url)]);
    }
}

/// Arguments that make no sense together.
fn unusable(detail: &str) -> AppError {
    AppError::new(Code::BadRequest).with("detail", detail)
}
