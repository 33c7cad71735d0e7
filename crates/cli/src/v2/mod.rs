//! etcdctl for version 2 of the API, which `ETCDCTL_API=2` asks for: one subcommand a file
//! (etcd 3.4: etcdctl/ctlv2).

mod auth;
mod backup;
mod client;
mod cluster_health;
mod exec_watch;
mod failure;
mod get;
mod help;
mod keys;
mod ls;
mod member;
mod mk;
mod mkdir;
mod parse;
mod response;
mod rm;
mod rmdir;
mod role;
mod set;
mod setdir;
mod spec;
mod update;
mod updatedir;
mod user;
mod watch;

use std::rc::Rc;

use shell::Process;

use crate::transport::{LocalBoxFuture, Transport};

use parse::{Common, Parsed, parse, reorder};
use spec::{Command, FlagSpec, Kind, Values};

/// How a command ends: well, or with an exit code after everything has been said.
pub type Ended = Result<(), i32>;

/// What carries out a command.
pub type Run = fn(Context) -> LocalBoxFuture<'static, Ended>;

/// Exit codes (etcd: etcdctl/ctlv2/command/error.go).
mod code {
    pub const BAD_ARGS: i32 = 1;
    pub const BAD_CONNECTION: i32 = 2;
    /// The library's own, for a topic that does not exist.
    pub const NO_HELP: i32 = 3;
    pub const SERVER_ERROR: i32 = 4;
    pub const CLUSTER_NOT_HEALTHY: i32 = 5;
}

/// A running command.
pub struct Context {
    pub process: Rc<Process>,
    pub transport: Rc<dyn Transport>,
    pub globals: Values,
    pub flags: Values,
    pub args: Vec<String>,
}

impl Context {
    fn println(&self, text: impl std::fmt::Display) {
        self.process.stdout.put(format!("{text}\n"));
    }

    fn eprintln(&self, text: impl std::fmt::Display) {
        self.process.eprint(format!("{text}\n"));
    }

    /// `simple`, `extended` or `json`.
    fn output(&self) -> &str {
        self.globals.text("output")
    }

    /// Ends with a complaint and nothing else.
    fn refuse(&self, words: impl std::fmt::Display) -> i32 {
        self.eprintln(words);
        code::BAD_ARGS
    }
}

const USAGE: &str = "Reads and writes the keys of version 2, and looks after the cluster.";

static COMMANDS: [&Command; 18] = [
    &backup::BACKUP,
    &cluster_health::CLUSTER_HEALTH,
    &mk::MK,
    &mkdir::MKDIR,
    &rm::RM,
    &rmdir::RMDIR,
    &get::GET,
    &ls::LS,
    &set::SET,
    &setdir::SETDIR,
    &update::UPDATE,
    &updatedir::UPDATEDIR,
    &watch::WATCH,
    &exec_watch::EXEC_WATCH,
    &member::MEMBER,
    &user::USER,
    &role::ROLE,
    &auth::AUTH,
];

static GLOBAL_FLAGS: [FlagSpec; 14] = [
    FlagSpec::switch(&["debug"], "write the curl command for each request to standard error"),
    FlagSpec::switch(&["no-sync"], "use the endpoints as given, without asking the cluster for its own"),
    FlagSpec::new(&["output", "o"], Kind::Text, "simple", "how to write answers (simple, `extended` or `json`)")
        .placeholder("simple"),
    FlagSpec::text(&["discovery-srv", "D"], "domain whose SRV records name the endpoints"),
    FlagSpec::switch(&["insecure-discovery"], "take discovered endpoints without encryption too"),
    FlagSpec::text(&["peers", "C"], "DEPRECATED - \"--endpoints\" is the name now"),
    FlagSpec::text(&["endpoint"], "DEPRECATED - \"--endpoints\" is the name now"),
    FlagSpec::text(
        &["endpoints"],
        "addresses of members, separated by commas (default: \"http://127.0.0.1:2379,http://127.0.0.1:4001\")",
    ),
    FlagSpec::text(&["cert-file"], "certificate file that identifies this client"),
    FlagSpec::text(&["key-file"], "key file that belongs to --cert-file"),
    FlagSpec::text(&["ca-file"], "file of authorities whose server certificates are trusted"),
    FlagSpec::text(&["username", "u"], "username[:password] to log in with; a missing password is asked for"),
    FlagSpec::new(&["timeout"], Kind::Duration, "2s", "how long the head of an answer may take"),
    FlagSpec::new(&["total-timeout"], Kind::Duration, "5s", "how long a command may take (except watch)"),
];

/// Runs `etcdctl` as version 2 knows it. `release` is what it says its version is.
pub async fn run(process: Process, transport: Rc<dyn Transport>, release: &str) -> i32 {
    let process = Rc::new(process);
    let words = process.args.get(1..).unwrap_or_default();
    let program_help = || help::program(USAGE, release, &COMMANDS, &GLOBAL_FLAGS);
    let parsed = match parse(&GLOBAL_FLAGS, Common::HelpAndVersion, words) {
        Ok(parsed) => parsed,
        Err(error) => {
            process.stdout.put(format!("Incorrect Usage. {error}\n\n{}", program_help()));
            process.eprint(format!("{error}\n"));
            return code::BAD_ARGS;
        }
    };
    if parsed.version && !parsed.help {
        process.stdout.put(format!("etcdctl version: {release}\nAPI version: 2\n"));
        return 0;
    }
    let globals = parsed.values;
    match parsed.args.split_first() {
        Some((name, rest)) if !parsed.help && !matches!(name.as_str(), "help" | "h") => {
            match COMMANDS.iter().find(|command| command.name == name) {
                Some(command) => run_command(process.clone(), transport, globals, command, rest).await,
                None => no_topic(&process, name),
            }
        }
        Some((_, [topic, ..])) if !parsed.help => show_topic(&process, topic),
        _ => {
            process.stdout.put(program_help());
            0
        }
    }
}

async fn run_command(
    process: Rc<Process>,
    transport: Rc<dyn Transport>,
    globals: Values,
    command: &'static Command,
    words: &[String],
) -> i32 {
    let path = format!("etcdctl {}", command.name);
    if command.run.is_some() {
        return run_leaf(process, transport, globals, command, &path, words).await;
    }
    let parsed = match parse(command.flags, Common::Help, words) {
        Ok(parsed) => parsed,
        Err(error) => return incorrect(&process, &error, &help::group(&path, command)),
    };
    match parsed.args.split_first() {
        Some((name, rest)) if !parsed.help => match command.subcommands.iter().find(|command| command.name == name) {
            Some(command) => {
                let path = format!("{path} {name}");
                run_leaf(process, transport, globals, command, &path, rest).await
            }
            None => no_topic(&process, name),
        },
        _ => {
            process.stdout.put(help::group(&path, command));
            0
        }
    }
}

async fn run_leaf(
    process: Rc<Process>,
    transport: Rc<dyn Transport>,
    globals: Values,
    command: &'static Command,
    path: &str,
    words: &[String],
) -> i32 {
    let parsed = parse(command.flags, Common::Help, &reorder(command.flags, words));
    let Parsed { values: flags, args, help, .. } = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return incorrect(&process, &error, &help::command(path, command)),
    };
    if help {
        process.stdout.put(help::command(path, command));
        return 0;
    }
    let Some(run) = command.run else { return 0 };
    run(Context { process, transport, globals, flags, args }).await.err().unwrap_or_default()
}

fn incorrect(process: &Process, error: &str, help: &str) -> i32 {
    process.stdout.put(format!("Incorrect Usage: {error}\n\n{help}"));
    process.eprint(format!("{error}\n"));
    code::BAD_ARGS
}

fn show_topic(process: &Process, topic: &str) -> i32 {
    match COMMANDS.iter().find(|command| command.name == topic) {
        Some(command) => {
            process.stdout.put(help::command(&format!("etcdctl {topic}"), command));
            0
        }
        None => no_topic(process, topic),
    }
}

fn no_topic(process: &Process, topic: &str) -> i32 {
    process.eprint(format!("No help topic for '{topic}'\n"));
    code::NO_HELP
}
