//! Tools that change the file tree: `mkdir`, `rmdir`, `rm`, `cp`, `mv`, `ln`, `touch`, `truncate`, `chmod`.

use super::options::{Accepts, name, read};
use crate::os::future::LocalBoxFuture;
use crate::os::process::Process;
use crate::vfs::{FsError, Kind, path};

type Running = LocalBoxFuture<'static, i32>;

const fn accepts(flags: &'static str, valued: &'static str, long: &'static [(&'static str, char)]) -> Accepts {
    Accepts { flags, valued, long, mixed: true }
}

fn missing(process: &Process) -> i32 {
    let name = name(process);
    process.eprint(format!("{name}: missing operand\nTry '{name} --help' for more information.\n"));
    1
}

pub fn mkdir(process: Process) -> Running {
    Box::pin(async move {
        let Some(options) = read(&process, &accepts("pv", "m", &[("parents", 'p'), ("mode", 'm'), ("verbose", 'v')]))
        else {
            return 1;
        };
        if options.operands.is_empty() {
            return missing(&process);
        }
        let mut code = 0;
        for operand in &options.operands {
            let full = process.path(operand);
            let result =
                process.fs().with(|vfs| if options.has('p') { vfs.mkdir_all(&full) } else { vfs.mkdir(&full) });
            if let Err(error) = result {
                process.eprint(format!("mkdir: cannot create directory '{operand}': {error}\n"));
                code = 1;
            }
        }
        code
    })
}

pub fn rmdir(process: Process) -> Running {
    Box::pin(async move {
        let Some(options) = read(&process, &accepts("pv", "", &[("parents", 'p')])) else { return 1 };
        let mut code = 0;
        for operand in &options.operands {
            if let Err(error) = process.fs().with(|vfs| vfs.remove_dir(&process.path(operand))) {
                process.eprint(format!("rmdir: failed to remove '{operand}': {error}\n"));
                code = 1;
            }
        }
        code
    })
}

pub fn rm(process: Process) -> Running {
    Box::pin(async move {
        const LONG: &[(&str, char)] =
            &[("recursive", 'r'), ("force", 'f'), ("verbose", 'v'), ("dir", 'd'), ("no-preserve-root", 'I')];
        let Some(options) = read(&process, &accepts("rRfvidI", "", LONG)) else { return 1 };
        let (recursive, force) = (options.has('r') || options.has('R'), options.has('f'));
        if options.operands.is_empty() && !force {
            return missing(&process);
        }
        let mut code = 0;
        for operand in &options.operands {
            let full = process.path(operand);
            let result = process.fs().with(|vfs| match vfs.link_metadata(&full) {
                Ok(meta) if meta.kind == Kind::Dir && !recursive => Err(FsError::IsADirectory),
                Ok(_) => vfs.remove_all(&full),
                Err(FsError::NotFound | FsError::NotADirectory) if force => Ok(()),
                Err(error) => Err(error),
            });
            match result {
                Ok(()) if options.has('v') => process.print(format!("removed '{operand}'\n")).await,
                Ok(()) => {}
                Err(error) => {
                    process.eprint(format!("rm: cannot remove '{operand}': {error}\n"));
                    code = 1;
                }
            }
        }
        code
    })
}

/// The place a file gets when it is put at `target`, which may be a directory.
fn inside(process: &Process, source: &str, target: &str) -> String {
    let full = process.path(target);
    if process.fs().is_dir(&full) { path::join(&full, path::file_name(&process.path(source))) } else { full }
}

fn copy_tree(process: &Process, from: &str, to: &str) -> Result<(), FsError> {
    let meta = process.fs().metadata(from)?;
    if meta.kind != Kind::Dir {
        let data = process.fs().read(from)?;
        process.fs().write(to, data.as_slice())?;
        return process.fs().with(|vfs| vfs.chmod(to, meta.mode));
    }
    process.fs().mkdir_all(to)?;
    for (entry, _) in process.fs().list(from)? {
        copy_tree(process, &path::join(from, &entry), &path::join(to, &entry))?;
    }
    Ok(())
}

pub fn cp(process: Process) -> Running {
    Box::pin(async move {
        const LONG: &[(&str, char)] =
            &[("recursive", 'r'), ("archive", 'a'), ("force", 'f'), ("preserve", 'p'), ("verbose", 'v')];
        let Some(options) = read(&process, &accepts("rRafpvnid", "t", LONG)) else { return 1 };
        let recursive = "rRa".chars().any(|c| options.has(c));
        transfer(&process, &options.operands, |process, source, target| {
            let from = process.path(source);
            match process.fs().metadata(&from) {
                Err(error) => Err(format!("cannot stat '{source}': {error}")),
                Ok(meta) if meta.kind == Kind::Dir && !recursive => {
                    Err(format!("-r not specified; omitting directory '{source}'"))
                }
                Ok(_) if target == from => Err(format!("'{source}' and '{target}' are the same file")),
                Ok(_) if target.starts_with(&path::join(&from, "")) => {
                    Err(format!("cannot copy a directory, '{source}', into itself, '{target}'"))
                }
                Ok(_) => copy_tree(process, &from, target)
                    .map_err(|error| format!("cannot create regular file '{target}': {error}")),
            }
        })
    })
}

pub fn mv(process: Process) -> Running {
    Box::pin(async move {
        let Some(options) = read(&process, &accepts("fnviu", "t", &[("force", 'f'), ("verbose", 'v')])) else {
            return 1;
        };
        transfer(&process, &options.operands, |process, source, target| {
            let from = process.path(source);
            if let Err(error) = process.fs().with(|vfs| vfs.link_metadata(&from)) {
                return Err(format!("cannot stat '{source}': {error}"));
            }
            process.fs().rename(&from, target).map_err(|error| format!("cannot move '{source}' to '{target}': {error}"))
        })
    })
}

/// Does something with each source and its target.
fn transfer(process: &Process, operands: &[String], work: impl Fn(&Process, &str, &str) -> Result<(), String>) -> i32 {
    let name = name(process).to_owned();
    let usage = format!("Try '{name} --help' for more information.\n");
    let (target, sources) = match operands {
        [] => {
            process.eprint(format!("{name}: missing file operand\n{usage}"));
            return 1;
        }
        [only] => {
            process.eprint(format!("{name}: missing destination file operand after '{only}'\n{usage}"));
            return 1;
        }
        [sources @ .., target] => (target, sources),
    };
    if sources.len() > 1 && !process.fs().is_dir(&process.path(target)) {
        process.eprint(format!("{name}: target '{target}' is not a directory\n"));
        return 1;
    }
    let mut code = 0;
    for source in sources {
        if let Err(message) = work(process, source, &inside(process, source, target)) {
            process.eprint(format!("{name}: {message}\n"));
            code = 1;
        }
    }
    code
}

pub fn ln(process: Process) -> Running {
    Box::pin(async move {
        let Some(options) = read(&process, &accepts("sfnv", "", &[("symbolic", 's'), ("force", 'f')])) else {
            return 1;
        };
        let [target, rest @ ..] = options.operands.as_slice() else { return missing(&process) };
        let link = inside(&process, target, rest.first().map_or(".", String::as_str));
        let result = process.fs().with(|vfs| {
            if options.has('f') {
                let _ = vfs.remove_file(&link);
            }
            if options.has('s') {
                vfs.symlink(target, &link)
            } else {
                // Hard links are copies here: the file system has one name a file.
                let data = vfs.read(&process.path(target))?;
                vfs.write(&link, data.as_slice())
            }
        });
        if let Err(error) = result {
            process.eprint(format!("ln: failed to create link '{link}': {error}\n"));
        }
        i32::from(result.is_err())
    })
}

pub fn touch(process: Process) -> Running {
    Box::pin(async move {
        let Some(options) = read(&process, &accepts("acm", "dtr", &[("no-create", 'c'), ("date", 'd')])) else {
            return 1;
        };
        if options.operands.is_empty() {
            process.eprint("touch: missing file operand\nTry 'touch --help' for more information.\n");
            return 1;
        }
        let mut code = 0;
        for operand in &options.operands {
            let full = process.path(operand);
            let now = process.now();
            let result = process.fs().with(|vfs| match vfs.metadata(&full) {
                Ok(_) => vfs.set_modified(&full, now),
                Err(FsError::NotFound) if options.has('c') => Ok(()),
                Err(_) => vfs.append(&full, b""),
            });
            if let Err(error) = result {
                process.eprint(format!("touch: cannot touch '{operand}': {error}\n"));
                code = 1;
            }
        }
        code
    })
}

/// `truncate -s SIZE FILE...`; a size after `+` or `-` is relative.
pub fn truncate(process: Process) -> Running {
    Box::pin(async move {
        let Some(options) = read(&process, &accepts("c", "s", &[("no-create", 'c'), ("size", 's')])) else { return 1 };
        let Some(text) = options.value('s').filter(|_| !options.operands.is_empty()) else { return missing(&process) };
        let digits = text.trim_start_matches(['+', '-']).trim_end_matches(['K', 'M', 'G']);
        let unit = 1usize << (10 * text.chars().last().and_then(|unit| "KMG".find(unit)).map_or(0, |at| at + 1));
        let Ok(size) = digits.parse::<usize>() else {
            process.eprint(format!("truncate: Invalid number: '{text}'\n"));
            return 1;
        };
        let size = size.saturating_mul(unit);
        let mut code = 0;
        for operand in &options.operands {
            let full = process.path(operand);
            let result = process.fs().with(|vfs| {
                let mut content = match vfs.read(&full) {
                    Err(FsError::NotFound) if options.has('c') => return Ok(()),
                    Err(FsError::NotFound) => Vec::new(),
                    read => read?.to_vec(),
                };
                let size = match text.as_bytes().first() {
                    Some(b'+') => content.len().saturating_add(size),
                    Some(b'-') => content.len().saturating_sub(size),
                    _ => size,
                };
                if size as u64 > vfs.limit() {
                    return Err(FsError::NoSpace);
                }
                content.resize(size, 0);
                vfs.write(&full, content)
            });
            if let Err(error) = result {
                process.eprint(format!("truncate: cannot open '{operand}' for writing: {error}\n"));
                code = 1;
            }
        }
        code
    })
}

/// The permission bits that a mode such as `755`, `+x` or `u=rw,go-w` gives a file.
fn mode(text: &str, old: u32) -> Option<u32> {
    if let Ok(bits) = u32::from_str_radix(text, 8) {
        return (bits <= 0o7777).then_some(bits);
    }
    let mut bits = old;
    for clause in text.split(',') {
        let at = clause.find(['+', '-', '='])?;
        let (who, rest) = clause.split_at(at);
        let who = if who.is_empty() { "a" } else { who };
        let mut mask = 0;
        for c in who.chars() {
            mask |= match c {
                'u' => 0o700,
                'g' => 0o070,
                'o' => 0o007,
                'a' => 0o777,
                _ => return None,
            };
        }
        let mut wanted = 0;
        for c in rest[1..].chars() {
            wanted |= match c {
                'r' => 0o444,
                'w' => 0o222,
                'x' | 'X' => 0o111,
                's' | 't' => 0,
                _ => return None,
            };
        }
        match &rest[..1] {
            "+" => bits |= wanted & mask,
            "-" => bits &= !(wanted & mask),
            _ => bits = bits & !mask | wanted & mask,
        }
    }
    Some(bits)
}

pub fn chmod(process: Process) -> Running {
    Box::pin(async move {
        let mut words = process.args[1..].iter().filter(|a| !matches!(a.as_str(), "-R" | "-v" | "-f"));
        let Some(text) = words.next() else { return missing(&process) };
        let mut code = 0;
        for operand in words {
            let full = process.path(operand);
            let result = process.fs().metadata(&full).map_err(|e| format!("cannot access '{operand}': {e}"));
            let result = result.and_then(|meta| {
                let bits = mode(text, meta.mode)
                    .ok_or(format!("invalid mode: '{text}'\nTry 'chmod --help' for more information."))?;
                process.fs().with(|vfs| vfs.chmod(&full, bits)).map_err(|e| e.to_string())
            });
            if let Err(message) = result {
                process.eprint(format!("chmod: {message}\n"));
                code = 1;
            }
        }
        code
    })
}

/// `chown`: everything here belongs to root, so there is nothing to change.
pub fn chown(_: Process) -> Running {
    Box::pin(async { 0 })
}
