//! Tools of a few lines.

use super::options::name;
use crate::os::future::LocalBoxFuture;
use crate::os::process::Process;

pub fn true_(_: Process) -> LocalBoxFuture<'static, i32> {
    Box::pin(async { 0 })
}

pub fn false_(_: Process) -> LocalBoxFuture<'static, i32> {
    Box::pin(async { 1 })
}

/// A length of time such as `1.5`, `2m` or `1h`, in microseconds.
pub fn duration(text: &str) -> Option<u64> {
    let (digits, factor) = match text.strip_suffix(['s', 'm', 'h', 'd']) {
        Some(digits) => match text.chars().last() {
            Some('m') => (digits, 60.0),
            Some('h') => (digits, 3_600.0),
            Some('d') => (digits, 86_400.0),
            _ => (digits, 1.0),
        },
        None => (text, 1.0),
    };
    if text == "infinity" || text == "inf" {
        return Some(u64::MAX / 4);
    }
    let seconds: f64 = digits.parse().ok()?;
    (seconds >= 0.0 && !digits.starts_with(['+', 'e', 'i', 'n'])).then_some((seconds * factor * 1e6) as u64)
}

pub fn sleep(process: Process) -> LocalBoxFuture<'static, i32> {
    Box::pin(async move {
        if process.args.len() < 2 {
            process.eprint("sleep: missing operand\nTry 'sleep --help' for more information.\n");
            return 1;
        }
        let mut total = 0u64;
        for arg in &process.args[1..] {
            let Some(micros) = duration(arg) else {
                let text = format!(
                    "{}: invalid time interval '{arg}'\nTry 'sleep --help' for more information.\n",
                    name(&process)
                );
                process.eprint(text);
                return 1;
            };
            total = total.saturating_add(micros);
        }
        process.sleep(total).await;
        0
    })
}

pub fn pwd(process: Process) -> LocalBoxFuture<'static, i32> {
    Box::pin(async move {
        process.print(format!("{}\n", process.cwd)).await;
        0
    })
}
