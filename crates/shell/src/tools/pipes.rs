//! Tools that hand data or arguments on: `tee`, `xargs`, `env`.

use super::input::{LINE_LIMIT, WHOLE_LIMIT};
use super::options::{Accepts, read};
use crate::interp::redirect::{Open, open_writer};
use crate::io::Reader;
use crate::os::future::LocalBoxFuture;
use crate::os::process::Process;

type Running = LocalBoxFuture<'static, i32>;

pub fn tee(process: Process) -> Running {
    Box::pin(async move {
        let accepts = Accepts { flags: "aip", valued: "", long: &[("append", 'a')], mixed: true };
        let Some(options) = read(&process, &accepts) else { return 1 };
        let how = if options.has('a') { Open::Append } else { Open::Truncate };
        let mut code = 0;
        let mut targets = Vec::new();
        for operand in &options.operands {
            match open_writer(&process, operand, how) {
                Ok(writer) => targets.push((operand, writer)),
                Err(error) => {
                    process.eprint(format!("tee: {operand}: {error}\n"));
                    code = 1;
                }
            }
        }
        while let Ok(data) = process.stdin.read_chunk().await {
            if data.is_empty() {
                break;
            }
            process.print(&data).await;
            for (operand, target) in &targets {
                if let Err(error) = target.write_all(&data).await {
                    process.eprint(format!("tee: {operand}: {error}\n"));
                    code = 1;
                }
            }
        }
        code
    })
}

pub fn env(mut process: Process) -> Running {
    Box::pin(async move {
        let accepts = Accepts {
            flags: "i0",
            valued: "u",
            long: &[("ignore-environment", 'i'), ("unset", 'u'), ("null", '0')],
            mixed: false,
        };
        if let Some(at) = process.args.iter().skip(1).position(|a| a == "-") {
            process.args[at + 1] = "-i".to_owned();
        }
        let Some(options) = read(&process, &accepts) else { return 125 };
        let mut env = if options.has('i') { Default::default() } else { process.env.clone() };
        for name in options.values('u') {
            env.remove(name);
        }
        let mut words = options.operands.iter().peekable();
        while let Some((name, value)) = words.peek().and_then(|word| word.split_once('=')) {
            env.insert(name.to_owned(), value.to_owned());
            words.next();
        }
        let argv: Vec<String> = words.cloned().collect();
        if argv.is_empty() {
            let text: String = env.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
            process.print(text).await;
            return 0;
        }
        run_command(&process, "env", argv, env, process.stdin.clone()).await
    })
}

/// Runs a command for a tool and gives its code, or says why it cannot be run.
async fn run_command(
    process: &Process,
    tool: &str,
    argv: Vec<String>,
    env: sorted::SortedMap<String, String>,
    stdin: Reader,
) -> i32 {
    let name = argv[0].clone();
    match process.spawn(argv, env, stdin, process.stdout.clone(), process.stderr.clone()) {
        Ok(child) => child.wait().await.code,
        Err(error) => {
            let text = if error.code() == 127 { "No such file or directory".to_owned() } else { error.to_string() };
            let quoted = if tool == "env" { format!("'{name}'") } else { name };
            process.eprint(format!("{tool}: {quoted}: {text}\n"));
            error.code()
        }
    }
}

/// The arguments in a text: words with quotes and backslashes.
fn split_words(text: &str) -> Result<Vec<String>, String> {
    let mut out = Vec::new();
    let mut current: Option<String> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' | '\n' => out.extend(current.take()),
            '\\' => current.get_or_insert_default().extend(chars.next()),
            '\'' | '"' => {
                let word = current.get_or_insert_default();
                loop {
                    match chars.next() {
                        Some(inner) if inner == c => break,
                        Some('\n') | None => {
                            let kind = if c == '"' { "double" } else { "single" };
                            return Err(format!(
                                "unmatched {kind} quote; by default quotes are special to xargs unless you use the -0 option"
                            ));
                        }
                        Some(inner) => word.push(inner),
                    }
                }
            }
            c => current.get_or_insert_default().push(c),
        }
    }
    out.extend(current);
    Ok(out)
}

pub fn xargs(process: Process) -> Running {
    Box::pin(async move {
        let accepts = Accepts {
            flags: "0rtpx",
            valued: "nILPdsa",
            long: &[
                ("null", '0'),
                ("no-run-if-empty", 'r'),
                ("max-args", 'n'),
                ("replace", 'I'),
                ("delimiter", 'd'),
                ("verbose", 't'),
                ("max-procs", 'P'),
            ],
            mixed: false,
        };
        let Some(options) = read(&process, &accepts) else { return 1 };
        let base = if options.operands.is_empty() { vec!["echo".to_owned()] } else { options.operands.clone() };
        let data = process.stdin.read_to_end(WHOLE_LIMIT.min(LINE_LIMIT)).await.unwrap_or_default();
        let text = String::from_utf8_lossy(&data).into_owned();
        let delimiter = options.value('d').map(|d| if d == "\\n" { '\n' } else { d.chars().next().unwrap_or('\n') });
        let words = if options.has('0') {
            Ok(text.split_terminator('\0').map(str::to_owned).collect())
        } else if let Some(delimiter) = delimiter {
            Ok(text.split_terminator(delimiter).map(str::to_owned).collect())
        } else if options.has('I') || options.has('L') {
            Ok(text.lines().map(|l| l.trim_start().to_owned()).filter(|l| !l.is_empty()).collect())
        } else {
            split_words(&text)
        };
        let words: Vec<String> = match words {
            Ok(words) => words,
            Err(message) => {
                process.eprint(format!("xargs: {message}\n"));
                return 1;
            }
        };
        let mut calls: Vec<Vec<String>> = Vec::new();
        if let Some(mark) = options.value('I') {
            calls.extend(words.iter().map(|word| base.iter().map(|part| part.replace(mark, word)).collect()));
        } else if words.is_empty() {
            if !options.has('r') {
                calls.push(base);
            }
        } else {
            let size = options.value('n').or(options.value('L')).and_then(|n| n.parse().ok()).unwrap_or(5000).max(1);
            calls.extend(words.chunks(size).map(|chunk| [base.as_slice(), chunk].concat()));
        }
        let mut code = 0;
        for argv in calls {
            if options.has('t') {
                process.eprint(format!("{}\n", argv.join(" ")));
            }
            code = match run_command(&process, "xargs", argv, process.env.clone(), Reader::null()).await {
                0 => code,
                127 => return 127,
                126 => return 126,
                255 => return 124,
                _ => 123,
            };
        }
        code
    })
}
