//! `etcdctl watch`.

use sorted::SortedMap;

use etcd::rpc::{EventType, WatchCreateRequest, WatchResponse};
use shell::{ExitStatus, Reader};

use crate::client::{WatchStream, Watched, from_key, prefix_end};
use crate::flags::{CommandSpec, FlagSpec, Kind};
use crate::go;
use crate::print::{Format, WatchShown};
use crate::program::{Exit, Invocation, RunFuture, code};

use super::global::{connect, show};
use super::watch_args::{EnvKeys, WatchArgs, parse_watch};
use super::watch_interactive;

pub static WATCH: CommandSpec = CommandSpec::leaf(
    "watch [options] [key or prefix] [range_end] [--] [exec-command arg1 arg2 ...]",
    "Shows what happens to keys, as it happens",
    &[
        FlagSpec::switch("interactive", "read what to watch from standard input").short('i'),
        FlagSpec::switch("prefix", "every key that begins with the given one"),
        FlagSpec::new("rev", Kind::Int, "0", "begin at this revision; 0 is now"),
        FlagSpec::switch("prev-kv", "show what was there before"),
        FlagSpec::switch("progress-notify", "have the server say now and then how far it is").since_3_5(),
    ],
    |invocation| -> RunFuture { Box::pin(run(invocation)) },
);

/// What to watch, apart from the keys.
#[derive(Clone, Copy, Debug, Default)]
pub struct WatchOptions {
    pub prefix: bool,
    pub revision: i64,
    pub prev_kv: bool,
    pub progress_notify: bool,
}

async fn run(mut invocation: Invocation) -> Result<(), Exit> {
    let env = EnvKeys::read(&invocation.process.env)?;
    if invocation.flags.bool("interactive") {
        return watch_interactive::run(invocation, env).await;
    }
    let WatchArgs { keys, exec } = parse_watch(&invocation.process.args, invocation.args(), &env)?;
    let connected = connect(&mut invocation).await?;
    let flags = &invocation.flags;
    let options = WatchOptions {
        prefix: flags.bool("prefix"),
        revision: flags.int("rev"),
        prev_kv: flags.bool("prev-kv"),
        progress_notify: flags.bool("progress-notify"),
    };
    let request = create_request(&keys, options).map_err(Exit::bad_args)?;
    let mut stream = WatchStream::new(&connected.client).require_leader();
    stream.add(request);
    loop {
        let (_, watched) = stream.next().await;
        if show_watched(&invocation, connected.format, &exec, watched).await?.is_none() {
            return Err(Exit::new(code::INTERRUPTED, "watch is canceled by the server"));
        }
    }
}

/// The request for a watcher of these keys.
pub fn create_request(keys: &[String], options: WatchOptions) -> Result<WatchCreateRequest, &'static str> {
    let Some((key, rest)) = keys.split_first() else { return Err("bad number of arguments") };
    let mut request = WatchCreateRequest {
        key: key.as_str().into(),
        start_revision: options.revision,
        prev_kv: options.prev_kv,
        progress_notify: options.progress_notify,
        ..WatchCreateRequest::default()
    };
    if let [end] = rest {
        if options.prefix {
            return Err("`range_end` and `--prefix` are mutually exclusive");
        }
        request.range_end = end.as_str().into();
    } else if options.prefix {
        request.range_end = prefix_end(key.as_bytes());
    }
    if options.prefix && key.is_empty() {
        request.key = from_key();
    }
    Ok(request)
}

/// Shows what a watcher brought and runs the command for each event; `None` when the watcher has ended.
pub async fn show_watched(
    invocation: &Invocation,
    format: Format,
    exec: &[String],
    watched: Watched,
) -> Result<Option<()>, Exit> {
    let (response, ended) = match watched {
        Watched::Closed => return Ok(None),
        Watched::Response(response) => (response, false),
        Watched::Failed { response, error } => {
            invocation.eprintln(format_args!("watch was canceled ({error})"));
            (response, true)
        }
    };
    if !ended && response.events.is_empty() && response.header.revision != 0 {
        invocation.println(format_args!("progress notify: {}", response.header.revision));
    }
    show(invocation, format, &WatchShown(&response))?;
    invocation.process.stdout.flush().await;
    if !exec.is_empty() {
        run_for_events(invocation, exec, &response).await?;
    }
    Ok((!ended).then_some(()))
}

/// Runs the command once for each event, which it finds in its environment.
async fn run_for_events(invocation: &Invocation, exec: &[String], response: &WatchResponse) -> Result<(), Exit> {
    for event in &response.events {
        let kind = if event.r#type == EventType::Delete { "DELETE" } else { "PUT" };
        let mut env = invocation.process.env.clone();
        env.extend([
            ("ETCD_WATCH_REVISION".to_owned(), response.header.revision.to_string()),
            ("ETCD_WATCH_EVENT_TYPE".to_owned(), go::quote(kind)),
            ("ETCD_WATCH_KEY".to_owned(), go::quote_bytes(&event.kv.key)),
            ("ETCD_WATCH_VALUE".to_owned(), go::quote_bytes(&event.kv.value)),
        ]);
        if let Err(reason) = run_command(invocation, exec, env).await {
            let command = go::quote_list(exec);
            invocation.eprintln(format_args!("command {command} error ({})", reason.text));
            return Err(Exit::silent(code::ERROR));
        }
    }
    Ok(())
}

/// Why a command run for the user did not succeed.
pub struct CommandFailure {
    /// In Go's words: `exit status 3`.
    pub text: String,
    /// The command's exit code, if it ran: to Go -1, which a caller sees as 255, when a signal ended it.
    pub code: Option<i32>,
}

/// Runs a program with our output streams and without input, as Go's `exec.Command` does.
pub async fn run_command(
    invocation: &Invocation,
    exec: &[String],
    env: SortedMap<String, String>,
) -> Result<(), CommandFailure> {
    let process = &invocation.process;
    let started = process.spawn(exec.to_vec(), env, Reader::null(), process.stdout.clone(), process.stderr.clone());
    let name = exec.first().map_or("", String::as_str);
    let child = started.map_err(|error| CommandFailure {
        text: match error {
            shell::SpawnError::NotFound => format!("exec: {}: executable file not found in $PATH", go::quote(name)),
            other => format!("fork/exec {name}: {}", other.to_string().to_lowercase()),
        },
        code: None,
    })?;
    match child.wait().await {
        ExitStatus { code: 0, .. } => Ok(()),
        ExitStatus { signal: Some(signal), .. } => {
            let text = format!("signal: {}", signal_name(signal));
            Err(CommandFailure { text, code: Some(255) })
        }
        ExitStatus { code, signal: None } => {
            Err(CommandFailure { text: format!("exit status {code}"), code: Some(code) })
        }
    }
}

fn signal_name(signal: shell::Signal) -> &'static str {
    match signal {
        shell::Signal::Hup => "hangup",
        shell::Signal::Int => "interrupt",
        shell::Signal::Quit => "quit",
        shell::Signal::Kill => "killed",
        shell::Signal::Pipe => "broken pipe",
        shell::Signal::Term => "terminated",
        shell::Signal::Usr1 => "user defined signal 1",
        shell::Signal::Usr2 => "user defined signal 2",
    }
}
