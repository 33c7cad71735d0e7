//! Tools that tell about the machine or do one small thing to it: `hostname`, `whoami`, `uname`, `id`, `ps`, `pgrep`, `pkill`, `clear`,
//! `which`, `readlink`, `realpath`, `mktemp`, `dd`, `stat`, `nohup`, and the editors that are not there.

use super::options::{Accepts, name, read};
use crate::interp::redirect::{Open, open_reader, open_writer};
use crate::io::Reader;
use crate::os::future::LocalBoxFuture;
use crate::os::loader;
use crate::os::process::{Process, Signal, SpawnError};
use crate::vfs::path;

type Running = LocalBoxFuture<'static, i32>;

fn say(process: Process, text: String) -> Running {
    Box::pin(async move {
        process.print(text).await;
        0
    })
}

pub fn hostname(process: Process) -> Running {
    let text = process.fs().read("/etc/hostname").unwrap_or_default();
    let text = String::from_utf8_lossy(&text).trim().to_owned();
    say(process, format!("{}\n", if text.is_empty() { "localhost" } else { &text }))
}

pub fn whoami(process: Process) -> Running {
    say(process, "root\n".to_owned())
}

pub fn id(process: Process) -> Running {
    let text = if process.args.iter().any(|a| a == "-u" || a == "-g") {
        "0\n"
    } else {
        "uid=0(root) gid=0(root) groups=0(root)\n"
    };
    say(process, text.to_owned())
}

pub fn uname(process: Process) -> Running {
    let text = match process.args.get(1).map(String::as_str) {
        Some("-a") => "Linux localhost 6.1.0 #1 SMP x86_64 GNU/Linux",
        Some("-r") => "6.1.0",
        Some("-m" | "-p") => "x86_64",
        Some("-n") => "localhost",
        _ => "Linux",
    };
    say(process, format!("{text}\n"))
}

pub fn clear(process: Process) -> Running {
    say(process, "\x1b[H\x1b[2J\x1b[3J".to_owned())
}

pub fn ps(process: Process) -> Running {
    // `ps aux`, `ps -ef` and the like show whole command lines.
    let whole = process.args.iter().skip(1).any(|arg| arg.contains(['f', 'x', 'a']));
    let mut text = String::from("    PID TTY          TIME CMD\n");
    for record in process.kernel.processes.borrow().values() {
        let line = record.line.borrow();
        let what = if whole { line.as_str() } else { program_of(&line) };
        text.push_str(&format!("{:7} pts/0    00:00:00 {what}\n", record.pid));
    }
    say(process, text)
}

/// The program's name in a command line, without its directory.
fn program_of(line: &str) -> &str {
    path::file_name(line.split(' ').next().unwrap_or_default())
}

/// `pgrep` tells the processes whose program has a name, `pkill` signals them.
pub fn pkill(process: Process) -> Running {
    Box::pin(async move {
        let killing = name(&process) == "pkill";
        let mut signal = Signal::Term;
        let mut wanted = None;
        let mut whole = false;
        for arg in &process.args[1..] {
            match arg.strip_prefix('-') {
                Some("f") => whole = true,
                Some(text) => signal = Signal::parse(text).unwrap_or(signal),
                None => wanted = Some(arg.clone()),
            }
        }
        let Some(wanted) = wanted else {
            process.eprint(format!("{}: no matching criteria specified\n", name(&process)));
            return 2;
        };
        let all: Vec<_> = process.kernel.processes.borrow().values().cloned().collect();
        let fits = |line: &str| (if whole { line } else { program_of(line) }).contains(&wanted);
        let found: Vec<_> =
            all.into_iter().filter(|record| record.pid != process.pid() && fits(&record.line.borrow())).collect();
        for record in &found {
            match killing {
                true => process.kernel.signal(record, signal),
                false => process.print(format!("{}\n", record.pid)).await,
            }
        }
        i32::from(found.is_empty())
    })
}

pub fn which(process: Process) -> Running {
    Box::pin(async move {
        let mut code = 0;
        let search = process.var("PATH").unwrap_or(loader::DEFAULT_PATH).to_owned();
        for name in process.args.iter().skip(1).filter(|a| !a.starts_with('-')) {
            match loader::which(&process.kernel, name, &search, &process.cwd) {
                Ok(found) => process.print(format!("{found}\n")).await,
                Err(_) => code = 1,
            }
        }
        code
    })
}

pub fn readlink(process: Process) -> Running {
    Box::pin(async move {
        let Some(options) = read(&process, &Accepts { flags: "fenm", valued: "", long: &[], mixed: true }) else {
            return 1;
        };
        let mut code = 0;
        for operand in &options.operands {
            let full = process.path(operand);
            let found = process
                .fs()
                .with(|vfs| if options.has('f') { vfs.canonical(&full).ok() } else { vfs.read_link(&full) });
            match found {
                Some(target) => process.print(format!("{target}\n")).await,
                None => code = 1,
            }
        }
        code
    })
}

pub fn realpath(process: Process) -> Running {
    Box::pin(async move {
        let mut code = 0;
        for operand in process.args.iter().skip(1).filter(|a| !a.starts_with('-')) {
            let full = process.path(operand);
            let parent = process.fs().with(|vfs| {
                vfs.canonical(&full)
                    .or_else(|_| vfs.canonical(path::parent(&full)).map(|p| path::join(&p, path::file_name(&full))))
            });
            match parent {
                Ok(target) => process.print(format!("{target}\n")).await,
                Err(error) => {
                    process.eprint(format!("realpath: {operand}: {error}\n"));
                    code = 1;
                }
            }
        }
        code
    })
}

pub fn mktemp(process: Process) -> Running {
    Box::pin(async move {
        let Some(options) =
            read(&process, &Accepts { flags: "dqut", valued: "p", long: &[("directory", 'd')], mixed: true })
        else {
            return 1;
        };
        let template = options.operands.first().map_or("/tmp/tmp.XXXXXXXXXX", String::as_str);
        const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let count = template.len() - template.trim_end_matches('X').len();
        if count < 3 {
            process.eprint(format!("mktemp: too few X's in template '{template}'\n"));
            return 1;
        }
        let letter = || char::from(LETTERS[(process.random() % LETTERS.len() as u64) as usize]);
        let made: String = template[..template.len() - count].chars().chain((0..count).map(|_| letter())).collect();
        let full = process.path(&made);
        let result = process.fs().with(|vfs| if options.has('d') { vfs.mkdir(&full) } else { vfs.write(&full, "") });
        if let Err(error) = result {
            process.eprint(format!("mktemp: failed to create file via template '{template}': {error}\n"));
            return 1;
        }
        process.print(format!("{made}\n")).await;
        0
    })
}

/// `dd` with `if of bs count skip seek conv=notrunc`.
pub fn dd(process: Process) -> Running {
    Box::pin(async move {
        let value = |key: &str| {
            process.args[1..].iter().find_map(|a| a.strip_prefix(key)?.strip_prefix('=')).map(str::to_owned)
        };
        let number = |key: &str, default: u64| match value(key) {
            None => Some(default),
            Some(text) => super::head::count(&text).map(|(_, n)| n),
        };
        let numbers = (number("bs", 512), number("count", u64::MAX), number("skip", 0), number("seek", 0));
        let (Some(size), Some(count), Some(skip), Some(seek)) = numbers else {
            process.eprint("dd: invalid number\n");
            return 1;
        };
        let input = match value("if") {
            None => process.stdin.clone(),
            Some(file) => match open_reader(&process, &file) {
                Ok(reader) => reader,
                Err(error) => {
                    process.eprint(format!("dd: failed to open '{file}': {error}\n"));
                    return 1;
                }
            },
        };
        let limit = usize::try_from(count.saturating_mul(size)).unwrap_or(usize::MAX);
        let mut data = Vec::new();
        let mut skipped = usize::try_from(skip.saturating_mul(size)).unwrap_or(usize::MAX);
        while data.len() < limit {
            let Ok(piece) = input.read(limit.min(65_536)).await else { break };
            if piece.is_empty() {
                break;
            }
            let from = skipped.min(piece.len());
            skipped -= from;
            data.extend_from_slice(&piece[from..]);
            if data.len() > super::input::WHOLE_LIMIT {
                process.eprint("dd: memory exhausted by input buffer\n");
                return 1;
            }
        }
        data.truncate(limit);
        let keep = value("conv").is_some_and(|c| c.contains("notrunc"));
        let result = match value("of") {
            None => process.stdout.write_all(&data).await.map_err(|e| e.to_string()),
            Some(file) => write_at(&process, &file, seek.saturating_mul(size), &data, keep).await,
        };
        if let Err(message) = result {
            process.eprint(format!("dd: {message}\n"));
            return 1;
        }
        let whole = data.len() as u64 / size.max(1);
        let part = u64::from(!(data.len() as u64).is_multiple_of(size.max(1)));
        let length = data.len();
        process.eprint(format!("{whole}+{part} records in\n{whole}+{part} records out\n{length} bytes copied\n"));
        0
    })
}

async fn write_at(process: &Process, file: &str, at: u64, data: &[u8], keep: bool) -> Result<(), String> {
    let full = process.path(file);
    if full.starts_with("/dev/") {
        let writer = open_writer(process, file, Open::Keep).map_err(|e| format!("failed to open '{file}': {e}"))?;
        return writer.write_all(data).await.map_err(|e| e.to_string());
    }
    process
        .fs()
        .with(|vfs| {
            let old = if keep || at > 0 { vfs.read(&full).map(|d| d.to_vec()).unwrap_or_default() } else { Vec::new() };
            let (path, id) = vfs.open_for_write(&full, true)?;
            let start = usize::try_from(at).unwrap_or(usize::MAX);
            let kept = if keep { old.len() } else { old.len().min(start) };
            vfs.write_at(&path, id, 0, &old[..kept])?;
            vfs.write_at(&path, id, at, data)
        })
        .map_err(|error| format!("error writing '{file}': {error}"))
}

/// `stat`, the lines people read.
pub fn stat(process: Process) -> Running {
    Box::pin(async move {
        let Some(options) = read(&process, &Accepts { flags: "L", valued: "c", long: &[("format", 'c')], mixed: true })
        else {
            return 1;
        };
        let mut code = 0;
        for operand in &options.operands {
            let Ok(meta) = process.fs().metadata(&process.path(operand)) else {
                process.eprint(format!("stat: cannot statx '{operand}': No such file or directory\n"));
                code = 1;
                continue;
            };
            let seconds = process.kernel.epoch.get() + (meta.modified / 1_000_000) as i64;
            let when = super::date::format(seconds, 0, "%Y-%m-%d %H:%M:%S.000000000 +0000");
            let text = match options.value('c') {
                Some(format) => format
                    .replace("%s", &meta.size.to_string())
                    .replace("%a", &format!("{:o}", meta.mode))
                    .replace("%A", &super::ls::permissions(&meta))
                    .replace("%n", operand)
                    .replace("%U", "root")
                    .replace("%Y", &seconds.to_string())
                    .replace("%y", &when),
                None => format!(
                    "  File: {operand}\n  Size: {}\nAccess: ({:04o}/{})\nModify: {when}",
                    meta.size,
                    meta.mode,
                    super::ls::permissions(&meta)
                ),
            };
            process.print(format!("{text}\n")).await;
        }
        code
    })
}

/// Where `nohup` puts what would go to a terminal.
const NOHUP_OUT: &str = "nohup.out";

/// Runs a command that the end of the terminal does not end (coreutils: src/nohup.c).
pub fn nohup(process: Process) -> Running {
    Box::pin(async move {
        let argv = process.args[1..].to_vec();
        if argv.is_empty() {
            process.eprint("nohup: missing operand\nTry 'nohup --help' for more information.\n");
            return 125;
        }
        process.record.ignore(Signal::Hup);
        let at_terminal = (process.stdin_is_terminal(), process.stdout_is_terminal(), process.stderr.is_terminal());
        let stdin = if at_terminal.0 { Reader::null() } else { process.stdin.clone() };
        let stdout = if at_terminal.1 {
            match open_writer(&process, NOHUP_OUT, Open::Append) {
                Ok(file) => file,
                Err(error) => {
                    process.eprint(format!("nohup: failed to open '{NOHUP_OUT}': {error}\n"));
                    return 125;
                }
            }
        } else {
            process.stdout.clone()
        };
        let stderr = if at_terminal.2 { stdout.clone() } else { process.stderr.clone() };
        let appending = format!("appending output to '{NOHUP_OUT}'");
        let does = match at_terminal {
            (true, true, _) => format!("ignoring input and {appending}"),
            (false, true, _) => appending,
            (true, false, true) => "ignoring input and redirecting stderr to stdout".to_owned(),
            (false, false, true) => "redirecting stderr to stdout".to_owned(),
            (true, false, false) => "ignoring input".to_owned(),
            (false, false, false) => String::new(),
        };
        if !does.is_empty() {
            process.eprint(format!("nohup: {does}\n"));
        }
        match process.spawn(argv.clone(), process.env.clone(), stdin, stdout, stderr) {
            Ok(child) => child.wait().await.code,
            Err(error) => {
                // A program looks for another without the shell's words for it.
                let why = if error == SpawnError::NotFound { SpawnError::NoSuchFile } else { error };
                process.eprint(format!("nohup: failed to run command '{}': {why}\n", argv[0]));
                why.code()
            }
        }
    })
}

/// Full-screen editors: a screen that cannot be drawn is better refused with advice.
pub fn editor(process: Process) -> Running {
    Box::pin(async move {
        let called = name(&process).to_owned();
        let file = process.args[1..].iter().find(|a| !a.starts_with('-')).map_or("FILE", String::as_str);
        let text = format!(
            "{called}: this console has no full-screen editor. Write a file with a here-document (cat > {file} <<'EOF'), or change it with sed -i.\n"
        );
        process.eprint(text);
        1
    })
}
