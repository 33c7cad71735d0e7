//! `kubeadm` 1.36: one subcommand a file (`cmd/kubeadm/app/cmd`). It knows the cluster by the HTTP of the API server, and
//! its node by files and by what [`Node`] lets it do.

mod certs;
mod config;
mod connection;
mod help;
mod images;
mod init;
mod join;
mod jws;
mod kubeconfig;
mod node;
pub mod pki;
mod preflight;
mod reset;
mod table;
#[cfg(test)]
mod tests;
mod token;
mod upgrade;
mod version;

use std::rc::Rc;

use shell::{Candidate, LocalBoxFuture, Process};

use crate::apart::Surroundings;
use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::{Command, Flag, Found, find};
use crate::kubectl::failure::Failure;

pub use node::Node;

/// The release whose manners these are, and the one it sets up.
const VERSION: &str = "v1.36.2";

/// Flags of every command.
static GLOBAL_FLAGS: [Flag; 1] = [Flag::int("v", "0", "number for the log level verbosity").short('v')];

/// kubeadm itself.
static ROOT: Command = Command::group(
    "kubeadm",
    "",
    "kubeadm: set up a cluster of Kubernetes, and add nodes to it",
    &[
        &certs::CERTS,
        &config::CONFIG,
        &init::INIT,
        &join::JOIN,
        &reset::RESET,
        &token::TOKEN,
        &upgrade::UPGRADE,
        &version::VERSION_COMMAND,
    ],
)
.long(help::BANNER)
.help_on_stdout();

/// Runs it on the node that is among its surroundings.
pub(crate) fn run(process: Process, found: Rc<Surroundings>) -> LocalBoxFuture<'static, i32> {
    Box::pin(async move {
        let stdout = process.stdout.clone();
        let code = run_line(Rc::new(process), &found).await;
        stdout.flush().await;
        code
    })
}

async fn run_line(process: Rc<Process>, surroundings: &Surroundings) -> i32 {
    let words = process.args.get(1..).unwrap_or_default();
    let words = if words.first().is_some_and(|word| word == "help") { &words[1..] } else { words };
    let asks_for_help = words.len() + 1 < process.args.len();
    let found = find(&ROOT, &GLOBAL_FLAGS, words);
    let command = found.command();
    let flags = match found.flags(&GLOBAL_FLAGS) {
        Ok(flags) => flags,
        Err(why) => return conclude(&process, Err(Failure::plain(why))),
    };
    if flags.wants_help || asks_for_help {
        process.stdout.put(help::help(&found));
        return 0;
    }
    let Some(run) = command.run else { return unrunnable(&process, &found) };
    let path = found.path();
    let (transport, node) = (surroundings.transport.clone(), surroundings.node.clone());
    let mut cli = Cli::new(process.clone(), transport, surroundings.rare, flags, command, path);
    cli.node = node;
    conclude(&process, run(Rc::new(cli)).await)
}

/// A group of commands without one of them, or with one that does not exist (`cmdutil.SubCmdRun`).
fn unrunnable(process: &Process, found: &Found) -> i32 {
    let (word, name) = (found.word(&GLOBAL_FLAGS), found.command().name);
    let is_root = found.chain.len() == 1;
    let words = match word {
        None if is_root => {
            process.stdout.put(help::help(found));
            return 0;
        }
        None => format!("missing subcommand; \"{name}\" is not meant to be run on its own"),
        Some(word) if is_root => format!("unknown command {} for \"kubeadm\"", crate::go::quote(word)),
        Some(word) => format!("invalid subcommand {}", crate::go::quote(word)),
    };
    conclude(process, Err(Failure::plain(words)))
}

/// Says why a command ended as it did, and gives its exit code (`cmd/kubeadm/app/util/error.go`).
fn conclude(process: &Process, result: Result<(), Failure>) -> i32 {
    match result {
        Ok(()) => 0,
        Err(Failure::Silent(code)) => code,
        Err(failure) => {
            let words = failure.text();
            process
                .eprint(format!("error: {words}\nTo see the stack trace of this error execute with --v=5 or higher\n"));
            failure.code()
        }
    }
}

/// Settings that contradict each other have an exit code of their own (`ValidationExitCode`).
fn invalid(cli: &Cli, words: impl std::fmt::Display) -> Failure {
    let hint = "To see the stack trace of this error execute with --v=5 or higher";
    cli.eprintln(format_args!("error: {words}\n{hint}"));
    Failure::Silent(3)
}

/// What may follow these words.
pub(crate) fn complete(words: &[String]) -> Vec<Candidate> {
    crate::kubectl::complete_of(&ROOT, &GLOBAL_FLAGS, words)
}
