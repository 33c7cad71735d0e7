//! What surrounds a subcommand: the process it runs in, how it ends, and the program that chooses it.

use std::rc::Rc;

use shell::Process;

use crate::apart::Apart;
use crate::flags::{CommandSpec, FlagSet, Resolution, Run, Tool, UsageError, UsageStyle};
use crate::go;
use crate::transport::{LocalBoxFuture, Transport};
use crate::version::Release;

/// A running subcommand.
pub type RunFuture = LocalBoxFuture<'static, Result<(), Exit>>;

/// Exit codes beside 0 (etcd: pkg/cobrautl/error.go).
pub mod code {
    /// The server refused, or time ran out.
    pub const ERROR: i32 = 1;
    /// No connection could be made, and some errors of leases.
    pub const BAD_CONNECTION: i32 = 2;
    /// What was read from standard input is no transaction or watch request.
    pub const INVALID_INPUT: i32 = 3;
    /// A flag's value names something we do not have.
    pub const BAD_FEATURE: i32 = 4;
    /// The server ended a watch or a snapshot.
    pub const INTERRUPTED: i32 = 5;
    /// The arguments are wrong.
    pub const BAD_ARGS: i32 = 128;
}

/// Why a subcommand ended other than well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exit {
    pub code: i32,
    /// Printed after `Error: ` on standard error; nothing is printed when everything has been said already.
    pub message: Option<String>,
}

impl Exit {
    pub fn new(code: i32, message: impl std::fmt::Display) -> Self {
        Self { code, message: Some(message.to_string()) }
    }

    /// The arguments are wrong.
    pub fn bad_args(message: impl std::fmt::Display) -> Self {
        Self::new(code::BAD_ARGS, message)
    }

    /// The server refused, or time ran out.
    pub fn error(message: impl std::fmt::Display) -> Self {
        Self::new(code::ERROR, message)
    }

    /// Ends with `code` without another word.
    pub fn silent(code: i32) -> Self {
        Self { code, message: None }
    }
}

/// A subcommand with what it was given.
pub struct Invocation {
    pub process: Rc<Process>,
    pub transport: Rc<dyn Transport>,
    pub flags: FlagSet,
    /// Where the code of its rarer subcommands is.
    pub apart: Apart,
    /// Which release the program is of.
    pub release: Release,
    /// The command and those above it, the program first.
    pub chain: Vec<&'static CommandSpec>,
}

impl Invocation {
    /// The arguments that were no flags.
    pub fn args(&self) -> &[String] {
        &self.flags.args
    }

    pub fn print(&self, text: impl AsRef<[u8]>) {
        self.process.stdout.put(text);
    }

    pub fn eprint(&self, text: impl AsRef<[u8]>) {
        self.process.stderr.put(text);
    }

    pub fn println(&self, text: impl std::fmt::Display) {
        self.print(format!("{text}\n"));
    }

    pub fn eprintln(&self, text: impl std::fmt::Display) {
        self.eprint(format!("{text}\n"));
    }
}

/// Reads the command line of `process`, runs what it names and returns the exit code.
pub async fn run_tool(tool: &Tool, process: Process, transport: Rc<dyn Transport>, apart: Apart) -> i32 {
    let process = Rc::new(process);
    let words = process.args.get(1..).unwrap_or(&[]);
    match tool.resolve(words) {
        Resolution::Help { chain } => {
            process.stdout.put(tool.usage(&chain));
            0
        }
        Resolution::UnknownHelpTopic(words) => {
            let topic = words.iter().map(|w| go::raw_quote(w)).collect::<Vec<_>>().join(" ");
            process.eprint(format!("Unknown help topic [{topic}]\n"));
            let usage = tool.usage_of_root();
            match tool.style {
                UsageStyle::Etcdctl => process.print(usage).await,
                UsageStyle::Cobra => process.eprint(usage),
            }
            0
        }
        Resolution::Error(error) => {
            report_usage_error(tool, &process, error);
            code::ERROR
        }
        Resolution::Run { chain, flags } => {
            let release = tool.release.clone();
            run_command(Invocation { process, transport, flags, apart, release, chain }).await
        }
    }
}

async fn run_command(invocation: Invocation) -> i32 {
    let Some((command, run)) = invocation.chain.last().and_then(|c| Some((*c, c.run?))) else { return code::ERROR };
    let process = invocation.process.clone();
    if let Some(instead) = command.deprecated {
        let name = go::quote(command.name());
        process.eprint(format!("Command {name} is deprecated, {instead}\n"));
    }
    let result = match run {
        Run::Here(run) => run(invocation).await,
        Run::Apart(subcommand) => subcommand.run(invocation).await,
    };
    conclude(&process, result)
}

/// Says why a subcommand ended as it did, and returns its exit code.
pub fn conclude(process: &Process, result: Result<(), Exit>) -> i32 {
    let Err(exit) = result else { return 0 };
    if let Some(message) = exit.message {
        process.eprint(format!("Error: {message}\n"));
    }
    exit.code
}

/// Both cobra and the tool's own main print the error, so it is there twice.
fn report_usage_error(tool: &Tool, process: &Process, error: UsageError) {
    match error {
        UsageError::UnknownCommand { message } => {
            let name = tool.root.name();
            process.eprint(format!("Error: {message}\nRun '{name} --help' for usage.\nError: {message}\n"));
        }
        UsageError::Flags { message, usage } => {
            process.eprint(format!("Error: {message}\n"));
            match tool.style {
                UsageStyle::Etcdctl => process.stdout.put(usage),
                UsageStyle::Cobra => process.eprint(usage),
            }
            process.eprint(format!("\nError: {message}\n"));
        }
    }
}
