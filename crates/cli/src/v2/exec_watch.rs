//! `etcdctl exec-watch`.

use shell::{Either, Reader, race};

use super::client::connect;
use super::keys::complain;
use super::response::KeyResponse;
use super::spec::{Command, FlagSpec};
use super::watch::Watcher;
use super::{Context, Ended, code};

pub static EXEC_WATCH: Command =
    Command::leaf("exec-watch", "runs a command whenever a key changes", "<key> <command> [args...]", |context| {
        Box::pin(run(context))
    })
    .flags(&[
        FlagSpec::int(&["after-index"], "begin with the first change after this index"),
        FlagSpec::switch(&["recursive", "r"], "also watch what is below the key"),
    ]);

async fn run(context: Context) -> Ended {
    let mut client = connect(&context).await?;
    let Some((key, command)) = key_and_command(&context.args) else {
        return Err(complain(&context, "key and command to exec required"));
    };
    let interrupt = context.process.catch_interrupt();
    let mut watcher = Watcher::new(&context, key, context.flags.is_on("recursive"));
    let work = async {
        loop {
            let response = watcher.next(&context, &mut client).await?;
            if response.node.dir {
                context.eprintln(format_args!("Ignored dir {} change", response.node.key));
                continue;
            }
            start(&context, command, &response)?;
        }
    };
    match race(work, interrupt).await {
        Either::First(ended) => ended,
        Either::Second(()) => Ok(()),
    }
}

/// With `--` after the key, the command follows it. Without, flags before the arguments have turned them around, and the
/// key is the last (etcd: ctlv2/command/exec_watch_command.go).
fn key_and_command(args: &[String]) -> Option<(&str, &[String])> {
    if args.len() < 2 {
        return None;
    }
    if args.iter().skip(1).any(|arg| arg == "--") {
        return Some((&args[0], args.get(2..).filter(|command| !command.is_empty())?));
    }
    args.split_last().map(|(key, command)| (key.as_str(), command))
}

/// Starts the command and does not wait for it.
fn start(context: &Context, command: &[String], response: &KeyResponse) -> Ended {
    let process = &context.process;
    let mut env = process.env.clone();
    env.extend([
        ("ETCD_WATCH_ACTION".to_owned(), response.action.clone()),
        ("ETCD_WATCH_MODIFIED_INDEX".to_owned(), response.node.modified_index.to_string()),
        ("ETCD_WATCH_KEY".to_owned(), response.node.key.clone()),
        ("ETCD_WATCH_VALUE".to_owned(), response.node.value.clone()),
    ]);
    let (stdout, stderr) = (process.stdout.clone(), process.stderr.clone());
    match process.spawn(command.to_vec(), env, Reader::null(), stdout, stderr) {
        Ok(_) => Ok(()),
        Err(_) => {
            let name = crate::go::quote(&command[0]);
            process.eprint(format!("exec: {name}: executable file not found in $PATH"));
            Err(code::BAD_ARGS)
        }
    }
}
