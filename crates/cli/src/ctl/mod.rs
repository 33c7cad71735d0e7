//! etcdctl, API version 3: one subcommand a file.

mod alarm;
mod apart;
mod argify;
mod auth;
mod check;
mod compaction;
mod defrag;
mod del;
mod elect;
mod endpoint;
mod get;
mod global;
mod lease;
mod lock;
mod make_mirror;
mod member;
mod move_leader;
mod put;
mod role;
mod snapshot;
mod txn;
mod txn_parse;
mod user;
mod version;
mod watch;
mod watch_args;
mod watch_interactive;

use std::rc::Rc;

use shell::{Candidate, LocalBoxFuture, Process};

use crate::apart::Surroundings;
use crate::flags::{self, CommandSpec, FlagSpec, Kind, Tool, UsageStyle};
use crate::program::{code, run_tool};
use crate::version::Release;

pub use apart::run as run_apart;

/// Runs the program, which is two in one (etcd: etcdctl/main.go).
pub fn run(process: Process, surroundings: Rc<Surroundings>) -> LocalBoxFuture<'static, i32> {
    Box::pin(async move {
        let stdout = process.stdout.clone();
        let Surroundings { transport, release, apart, .. } = &*surroundings;
        let code = match process.var("ETCDCTL_API") {
            None | Some("" | "3") => run_tool(&etcdctl(release), process, transport.clone(), *apart).await,
            Some("2") => apart.etcdctl_v2(process, transport.clone(), release.clone()).await,
            Some(other) => {
                process.eprint(format!("unsupported API version: {other}\n"));
                code::ERROR
            }
        };
        stdout.flush().await;
        code
    })
}

/// What may follow these words.
pub fn complete(words: &[String], surroundings: &Surroundings) -> Vec<Candidate> {
    flags::complete(&etcdctl(&surroundings.release), words)
}

/// The program of a release.
pub fn etcdctl(release: &Release) -> Tool {
    Tool { root: &ROOT, style: UsageStyle::Etcdctl, release: release.clone() }
}

static ROOT: CommandSpec = CommandSpec::group(
    "etcdctl",
    "Reads, writes and runs an etcd cluster from the command line.",
    &[
        &get::GET,
        &put::PUT,
        &del::DEL,
        &txn::TXN,
        &compaction::COMPACTION,
        &alarm::ALARM,
        &defrag::DEFRAG,
        &endpoint::ENDPOINT,
        &move_leader::MOVE_LEADER,
        &watch::WATCH,
        &version::VERSION_COMMAND,
        &lease::LEASE,
        &member::MEMBER,
        &snapshot::SNAPSHOT,
        &make_mirror::MAKE_MIRROR,
        &lock::LOCK,
        &elect::ELECT,
        &auth::AUTH,
        &user::USER,
        &role::ROLE,
        &check::CHECK,
    ],
)
.persistent(&GLOBAL_FLAGS);

/// Flags of every subcommand (etcd: etcdctl/ctlv3/ctl.go).
static GLOBAL_FLAGS: [FlagSpec; 18] = [
    FlagSpec::new("endpoints", Kind::TextList, "[127.0.0.1:2379]", "where to reach the members, separated by commas"),
    FlagSpec::switch("debug", "say what the client does on standard error"),
    FlagSpec::text("write-out", "simple", "output format: fields, json, protobuf, simple or table").short('w'),
    FlagSpec::switch("hex", "write keys and values as hexadecimal escapes"),
    FlagSpec::new("dial-timeout", Kind::Duration, "2s", "how long logging in may take"),
    FlagSpec::new("command-timeout", Kind::Duration, "5s", "how long a short command may take, once connected"),
    FlagSpec::new("keepalive-time", Kind::Duration, "2s", "silence after which a connection is probed"),
    FlagSpec::new(
        "keepalive-timeout",
        Kind::Duration,
        "6s",
        "how long a probe waits before the connection is given up",
    ),
    FlagSpec::new("insecure-transport", Kind::Bool, "true", "allow connections without encryption"),
    FlagSpec::new("insecure-discovery", Kind::Bool, "true", "take discovered endpoints without encryption too"),
    FlagSpec::switch("insecure-skip-tls-verify", "do not check the server's certificate (for experiments only)"),
    FlagSpec::text("cert", "", "certificate file that identifies this client"),
    FlagSpec::text("key", "", "key file that belongs to --cert"),
    FlagSpec::text("cacert", "", "file of authorities whose server certificates are trusted"),
    FlagSpec::text("user", "", "user[:password] to log in as; asks for a password that is not given"),
    FlagSpec::text("password", "", "password to log in with, when --user holds none"),
    FlagSpec::text("discovery-srv", "", "domain whose SRV records name the endpoints").short('d'),
    FlagSpec::text("discovery-srv-name", "", "service name to ask the SRV records for"),
];
