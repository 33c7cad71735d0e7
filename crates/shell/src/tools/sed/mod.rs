//! `sed`.

mod parse;
mod run;

use super::input::{LINE_LIMIT, WHOLE_LIMIT, lines, open, or_stdin};
use super::options::{Accepts, read};
use crate::os::future::LocalBoxFuture;
use crate::os::process::Process;
use run::Machine;

const ACCEPTS: Accepts = Accepts {
    flags: "nErsuz",
    valued: "efI",
    long: &[
        ("quiet", 'n'),
        ("silent", 'n'),
        ("regexp-extended", 'E'),
        ("expression", 'e'),
        ("file", 'f'),
        ("separate", 's'),
    ],
    mixed: true,
};

pub fn run(mut process: Process) -> LocalBoxFuture<'static, i32> {
    Box::pin(async move {
        // `-i` takes its suffix only when it is part of the same word.
        let in_place: Option<String> = process.args.iter().skip(1).find_map(|a| {
            a.strip_prefix("--in-place=").or(a.strip_prefix("--in-place")).or(a.strip_prefix("-i")).map(str::to_owned)
        });
        let extra_in_place = |a: &String| a.starts_with("-i") || a.starts_with("--in-place");
        let mut first = true;
        process.args.retain(|a| std::mem::take(&mut first) || !extra_in_place(a));
        let Some(mut options) = read(&process, &ACCEPTS) else { return 1 };
        let mut script: Vec<String> = options.values('e').map(str::to_owned).collect();
        if let Some(file) = options.value('f') {
            let Some(reader) = open(&process, file) else { return 1 };
            let data = reader.read_to_end(WHOLE_LIMIT).await.unwrap_or_default();
            script.push(String::from_utf8_lossy(&data).into_owned());
        }
        if script.is_empty() {
            if options.operands.is_empty() {
                process.eprint("Usage: sed [OPTION]... {script-only-if-no-other-script} [input-file]...\n");
                return 1;
            }
            script.push(options.operands.remove(0));
        }
        let extended = options.has('E') || options.has('r');
        let program = match parse::parse(&script.join("\n"), extended) {
            Ok(program) => program,
            Err(message) => {
                process.eprint(format!("sed: -e expression #1, {message}\n"));
                return 1;
            }
        };
        let mut machine = Machine::new(program, options.has('n'));
        let mut code = 0;
        if let Some(suffix) = in_place {
            for operand in &options.operands {
                let full = process.path(operand);
                let data = match process.fs().read(&full) {
                    Ok(data) => data,
                    Err(error) => {
                        process.eprint(format!("sed: can't read {operand}: {error}\n"));
                        code = 2;
                        continue;
                    }
                };
                machine.restart();
                let all = lines(&data);
                for (i, line) in all.iter().enumerate() {
                    machine.line(&String::from_utf8_lossy(line), i + 1 == all.len());
                    if machine.quit.is_some() {
                        break;
                    }
                }
                machine.end();
                if !suffix.is_empty() {
                    let _ = process.fs().write(&format!("{full}{suffix}"), data.as_slice());
                }
                if let Err(error) = process.fs().write(&full, machine.take_output()) {
                    process.eprint(format!("sed: couldn't write to {operand}: {error}\n"));
                    return 4;
                }
            }
            return code;
        }
        // One line is held back, because `$` asks whether it is the last.
        let mut held: Option<Vec<u8>> = None;
        'files: for operand in or_stdin(&options.operands) {
            let reader =
                if operand != "-" && !process.fs().exists(&process.path(&operand)) && !operand.starts_with("/dev") {
                    process.eprint(format!("sed: can't read {operand}: No such file or directory\n"));
                    None
                } else {
                    open(&process, &operand)
                };
            let Some(reader) = reader else {
                code = 2;
                continue;
            };
            while let Ok(Some(line)) = reader.read_line(LINE_LIMIT).await {
                if let Some(previous) = held.replace(line) {
                    machine.raw_line(&previous, false);
                    process.print(machine.take_output()).await;
                    if machine.quit.is_some() {
                        held = None;
                        break 'files;
                    }
                } else if !machine.looks_ahead() {
                    // Without `$` nothing needs to wait, so a stream shows its lines at once.
                    let line = held.take().unwrap_or_default();
                    machine.raw_line(&line, false);
                    process.print(machine.take_output()).await;
                    if machine.quit.is_some() {
                        break 'files;
                    }
                }
            }
        }
        if let Some(line) = held {
            machine.raw_line(&line, true);
        }
        machine.end();
        process.print(machine.take_output()).await;
        machine.quit.unwrap_or(code)
    })
}
