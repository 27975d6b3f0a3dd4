//! `albumen` on the command line. Owns arguments, output and exit codes; everything else is the
//! façade's.

mod command;
mod exit;
mod output;
mod password;
mod progress;
mod stop;
mod systemd;

use std::process::ExitCode;

use albumen_app::Surroundings;
use clap::Parser;

use command::Arguments;
use output::Output;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.command.logs_json() {
        albumen_app::start_logging_json();
    } else {
        albumen_app::start_logging();
    }
    let mut surroundings = Surroundings::here();
    if let Some(home) = &arguments.home {
        surroundings.home = Some(home.clone());
    }
    let output = Output::new(surroundings.locale, arguments.json);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a process that just began can start threads");
    let outcome = runtime.block_on(command::run(arguments.command, surroundings, &output));
    // What blocks for ever, such as a keychain that does not answer, must not keep the process
    // alive.
    runtime.shutdown_background();
    match outcome {
        Ok(done) => done.into(),
        Err(error) => {
            output.error(&error);
            exit::of(error.code).into()
        }
    }
}
