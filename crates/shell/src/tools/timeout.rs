//! `timeout`.

use super::options::{Accepts, read};
use super::small::duration;
use crate::os::future::{Either, LocalBoxFuture, race};
use crate::os::process::{Process, Signal};

const ACCEPTS: Accepts = Accepts {
    flags: "vfp",
    valued: "ks",
    long: &[("kill-after", 'k'), ("signal", 's'), ("foreground", 'f'), ("preserve-status", 'p'), ("verbose", 'v')],
    mixed: false,
};

pub fn run(process: Process) -> LocalBoxFuture<'static, i32> {
    Box::pin(async move {
        let Some(options) = read(&process, &ACCEPTS) else { return 125 };
        let [limit, command @ ..] = options.operands.as_slice() else {
            process.eprint("timeout: missing operand\nTry 'timeout --help' for more information.\n");
            return 125;
        };
        let invalid = |text: &str| {
            format!("timeout: invalid time interval '{text}'\nTry 'timeout --help' for more information.\n")
        };
        let Some(limit_micros) = duration(limit) else {
            process.eprint(invalid(limit));
            return 125;
        };
        let kill_after = match options.value('k').map(|text| duration(text).ok_or(text)) {
            Some(Err(text)) => {
                process.eprint(invalid(text));
                return 125;
            }
            other => other.and_then(Result::ok),
        };
        let signal = match options.value('s').map(|text| Signal::parse(text).ok_or(text)) {
            Some(Err(text)) => {
                process.eprint(format!("timeout: {text}: invalid signal\n"));
                return 125;
            }
            other => other.and_then(Result::ok).unwrap_or(Signal::Term),
        };
        if command.is_empty() {
            process.eprint("timeout: missing operand\nTry 'timeout --help' for more information.\n");
            return 125;
        }
        let streams = (process.stdin.clone(), process.stdout.clone(), process.stderr.clone());
        let child = match process.spawn(command.to_vec(), process.env.clone(), streams.0, streams.1, streams.2) {
            Ok(child) => child,
            Err(error) => {
                let text = if error.code() == 127 { "No such file or directory".to_owned() } else { error.to_string() };
                process.eprint(format!("timeout: failed to run command '{}': {text}\n", command[0]));
                return error.code();
            }
        };
        // A limit of nothing is no limit.
        let limit_micros = if limit_micros == 0 { u64::MAX / 4 } else { limit_micros };
        if let Either::First(status) = race(child.wait(), process.sleep(limit_micros)).await {
            return status.code;
        }
        child.kill_tree(signal);
        let status = match kill_after {
            Some(after) => match race(child.wait(), process.sleep(after)).await {
                Either::First(status) => status,
                Either::Second(()) => {
                    child.kill_tree(Signal::Kill);
                    child.wait().await
                }
            },
            None => child.wait().await,
        };
        if status.signal == Some(Signal::Kill) {
            return 137;
        }
        if options.has('p') { status.code } else { 124 }
    })
}
