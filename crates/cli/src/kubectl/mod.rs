//! `kubectl` 1.36.4: one subcommand a file. It knows the cluster only by the HTTP of the API server.

pub(crate) mod age;
mod builder;
mod change;
pub(crate) mod cli;
pub(crate) mod client;
pub(crate) mod cmdline;
mod commands;
pub(crate) mod failure;
mod generate;
pub(crate) mod kubeconfig;
mod kustomize;
mod manifest;
mod merge;
pub(crate) mod print;
mod quantity;
#[cfg(test)]
pub(crate) mod tests;

use std::rc::Rc;

use shell::{Candidate, LocalBoxFuture, Process};

use crate::transport::Transport;
use cli::Cli;
use cmdline::{Command, Flag, Kind, find, help, suggestions};
use failure::Failure;

pub(crate) use commands::ROOT;
pub use commands::{RareCall, RareCommands};

/// The release whose manners these are.
pub const VERSION: &str = "v1.36.4";

/// Flags of every command (`genericclioptions.ConfigFlags`, klog's).
pub(crate) static GLOBAL_FLAGS: [Flag; 26] = [
    Flag::text("as", "user to act for; a user or a service account of a namespace"),
    Flag::array("as-group", "group to act for; may be given several times"),
    Flag::text("as-uid", "uid to act for"),
    Flag::array("as-user-extra", "extra fields of the user to act for"),
    Flag::text("cache-dir", "directory for what the server was asked before").default("/root/.kube/cache"),
    Flag::text("certificate-authority", "certificate file of the authority to trust"),
    Flag::text("client-certificate", "certificate file that identifies this client"),
    Flag::text("client-key", "key file that belongs to the client's certificate"),
    Flag::text("cluster", "cluster of the kubeconfig file to use"),
    Flag::text("context", "context of the kubeconfig file to use"),
    Flag::switch("disable-compression", "ask for answers that are not compressed"),
    Flag::switch("insecure-skip-tls-verify", "do not check the server's certificate"),
    Flag::text("kubeconfig", "kubeconfig file to use"),
    Flag::text("kuberc", "file of preferences to use"),
    Flag::new("log-flush-frequency", Kind::Duration, "5s", "how often logs are written out"),
    Flag::switch("match-server-version", "require the server to have this program's version"),
    Flag::text("namespace", "namespace that the command is about").short('n'),
    Flag::text("password", "password for basic authentication"),
    Flag::text("profile", "what to profile").default("none"),
    Flag::text("profile-output", "file for the profile").default("profile.pprof"),
    Flag::text("request-timeout", "how long one request may take; 0 is for ever").default("0"),
    Flag::text("server", "address of the API server").short('s'),
    Flag::text("tls-server-name", "name to expect in the server's certificate"),
    Flag::text("token", "bearer token that identifies this client"),
    Flag::text("user", "user of the kubeconfig file to use"),
    Flag::int("v", "0", "how much is logged").short('v'),
];

/// Runs the program, which reaches the cluster through `transport`.
pub fn run(process: Process, transport: Rc<dyn Transport>, rare: RareCommands) -> LocalBoxFuture<'static, i32> {
    Box::pin(async move {
        let stdout = process.stdout.clone();
        let code = run_command(Rc::new(process), transport, rare).await;
        stdout.flush().await;
        code
    })
}

/// What may follow these words.
pub fn complete(words: &[String]) -> Vec<Candidate> {
    complete_of(&ROOT, &GLOBAL_FLAGS, words)
}

/// What may follow these words of a program's command line.
pub(crate) fn complete_of(root: &'static Command, global: &'static [Flag], words: &[String]) -> Vec<Candidate> {
    let Some((last, before)) = words.split_last() else { return Vec::new() };
    let found = find(root, global, before.get(1..).unwrap_or_default());
    let command = found.command();
    if last.starts_with('-') {
        let known = command.flags.iter().copied().flatten().chain(global);
        let flags = known.map(|flag| {
            let (text, complete) = match flag.bare {
                Some(_) => (format!("--{}", flag.name), true),
                None => (format!("--{}=", flag.name), false),
            };
            Candidate { text, help: flag.usage.to_owned(), complete }
        });
        return flags.filter(|candidate| candidate.text.starts_with(last)).collect();
    }
    let fits = |child: &&&'static Command| child.name.starts_with(last.as_str()) && !child.is_hidden();
    let candidate = |child: &&'static Command| Candidate {
        text: child.name.to_owned(),
        help: child.short.to_owned(),
        complete: true,
    };
    command.children.iter().filter(fits).map(candidate).collect()
}

async fn run_command(process: Rc<Process>, transport: Rc<dyn Transport>, rare: RareCommands) -> i32 {
    let words = process.args.get(1..).unwrap_or_default();
    let found = find(&ROOT, &GLOBAL_FLAGS, words);
    let command = found.command();
    let path = found.path();
    let flags = match found.flags(&GLOBAL_FLAGS) {
        Ok(flags) => flags,
        Err(why) => {
            process.eprint(format!("error: {why}\nSee '{path} --help' for usage.\n"));
            return 1;
        }
    };
    if flags.wants_help {
        process.stdout.put(help(&found));
        return 0;
    }
    let Some(run) = command.run else { return unrunnable(&process, &found) };
    let cli = Rc::new(Cli::new(process.clone(), transport, rare, flags, command, path));
    conclude(&process, run(cli).await)
}

/// Says why a command ended as it did, and gives its exit code.
fn conclude(process: &Process, result: Result<(), Failure>) -> i32 {
    match result {
        Ok(()) => 0,
        Err(failure) => {
            process.eprint(failure.report());
            failure.code()
        }
    }
}

/// A group of commands without one of them, or with one that does not exist.
fn unrunnable(process: &Process, found: &cmdline::Found) -> i32 {
    let path = found.path();
    match found.word(&GLOBAL_FLAGS) {
        None if found.chain.len() == 1 => {
            process.stdout.put(help(found));
            0
        }
        None => {
            let text = help(found);
            if found.command().help_is_error {
                process.eprint(text)
            } else {
                process.stdout.put(text)
            }
            1
        }
        Some(word) if found.chain.len() == 1 => {
            let mut words =
                format!("error: unknown command {} for {}\n", crate::go::quote(word), crate::go::quote(&path));
            let close = suggestions(found.command(), word);
            if !close.is_empty() {
                words.push_str("\nDid you mean this?\n");
                close.iter().for_each(|name| words.push_str(&format!("\t{name}\n")));
            }
            process.eprint(words);
            1
        }
        Some(word) => {
            let word = crate::go::quote(word);
            process.eprint(format!("error: unknown command {word}\nSee '{path} -h' for help and examples\n"));
            1
        }
    }
}
