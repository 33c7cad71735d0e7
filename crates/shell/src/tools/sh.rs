//! `bash` and `sh`: a command string, a script file or standard input.

use super::options::name;
use crate::interp::shell::{Shell, session_of};
use crate::os::future::LocalBoxFuture;
use crate::os::process::Process;

pub fn run(process: Process) -> LocalBoxFuture<'static, i32> {
    Box::pin(async move {
        let shell_name = name(&process).to_owned();
        let shell_name = if shell_name == "sh" { "sh".to_owned() } else { "bash".to_owned() };
        let mut session = session_of(&process);
        session.started = process.now();
        let mut rest = process.args[1..].to_vec();
        let mut command_string = false;
        while let Some(arg) = rest.first().cloned() {
            if arg == "--" || !(arg.starts_with('-') || arg.starts_with('+')) || arg.len() < 2 {
                if arg == "--" {
                    rest.remove(0);
                }
                break;
            }
            rest.remove(0);
            if arg.starts_with("--") {
                if arg == "--version" {
                    process.print("GNU bash, version 5.2.15(1)-release (x86_64-pc-linux-gnu)\n").await;
                    return 0;
                }
                continue;
            }
            for letter in arg.chars().skip(1) {
                match letter {
                    'c' => command_string = true,
                    'e' => session.options.exit_on_error = true,
                    'u' => session.options.unset_is_error = true,
                    'x' => session.options.trace = true,
                    'o' if !rest.is_empty() => session.options.pipefail |= rest.remove(0) == "pipefail",
                    _ => {}
                }
            }
        }
        session.name = shell_name.clone();
        if command_string {
            if rest.is_empty() {
                process.eprint(format!("{shell_name}: -c: option requires an argument\n"));
                return 2;
            }
            let script = rest.remove(0);
            if !rest.is_empty() {
                session.name = rest.remove(0);
            }
            session.positional = rest;
            return Shell::new(process, session.into_handle()).with_command_string().run_command_string(&script).await;
        }
        if rest.is_empty() {
            let data = process.stdin.read_to_end(super::input::WHOLE_LIMIT).await.unwrap_or_default();
            let script = String::from_utf8_lossy(&data).into_owned();
            return Shell::new(process, session.into_handle()).run_script(&script).await;
        }
        let file = rest.remove(0);
        let data = process.fs().read(&process.path(&file));
        let script = match data {
            Ok(data) if data.iter().take(128).any(|b| *b == 0) => {
                process.eprint(format!("{file}: {file}: cannot execute binary file\n"));
                return 126;
            }
            Ok(data) => String::from_utf8_lossy(&data).into_owned(),
            Err(error) => {
                process.eprint(format!("{shell_name}: {file}: {error}\n"));
                return 127;
            }
        };
        session.name = file;
        session.positional = rest;
        Shell::new(process, session.into_handle()).run_script(&script).await
    })
}
