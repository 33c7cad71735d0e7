//! `watch`: runs a command again and again on a cleared screen.

use super::options::{Accepts, read};
use super::small::duration;
use crate::io::{Capture, Reader};
use crate::os::future::LocalBoxFuture;
use crate::os::process::Process;

const ACCEPTS: Accepts = Accepts {
    flags: "dtegbcx",
    valued: "n",
    long: &[
        ("interval", 'n'),
        ("no-title", 't'),
        ("differences", 'd'),
        ("chgexit", 'g'),
        ("errexit", 'e'),
        ("exec", 'x'),
    ],
    mixed: false,
};

/// How much of the command's output is shown.
const SCREEN: usize = 64 << 10;

pub fn run(process: Process) -> LocalBoxFuture<'static, i32> {
    Box::pin(async move {
        let Some(options) = read(&process, &ACCEPTS) else { return 1 };
        if options.operands.is_empty() {
            process.eprint("Usage:\n watch [options] command\n");
            return 1;
        }
        let interval = match options.value('n').map(|n| duration(n).ok_or(n)) {
            None => 2_000_000,
            Some(Ok(interval)) => interval.max(100_000),
            Some(Err(text)) => {
                process.eprint(format!("watch: failed to parse argument: '{text}'\n"));
                return 1;
            }
        };
        let command = options.operands.join(" ");
        let argv = if options.has('x') {
            options.operands.clone()
        } else {
            vec!["bash".to_owned(), "-c".to_owned(), command.clone()]
        };
        let mut last: Option<Vec<u8>> = None;
        loop {
            let (writer, capture) = Capture::new(SCREEN);
            let code = match process.spawn(argv.clone(), process.env.clone(), Reader::null(), writer.clone(), writer) {
                Ok(child) => child.wait().await.code,
                Err(error) => {
                    process.eprint(format!("watch: {error}\n"));
                    return error.code();
                }
            };
            let output = capture.take();
            let mut screen = b"\x1b[H\x1b[2J".to_vec();
            if !options.has('t') {
                let now = super::date::format(process.wall_clock() / 1_000_000, 0, "%a %b %e %H:%M:%S %Y");
                let host = process.fs().read("/etc/hostname").unwrap_or_default();
                let host = String::from_utf8_lossy(&host).trim().to_owned();
                let head = format!("Every {:.1}s: {command}", interval as f64 / 1e6);
                screen.extend(format!("{head}    {host}: {now}\n\n").bytes());
            }
            screen.extend_from_slice(&output);
            process.print(screen).await;
            if code != 0 && options.has('e') {
                return code;
            }
            if options.has('g') && last.as_ref().is_some_and(|last| *last != output) {
                return 0;
            }
            last = Some(output);
            process.sleep(interval).await;
        }
    })
}
