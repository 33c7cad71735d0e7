//! Programs that read and write files.

use crate::host::run::{Did, Got, Run, Streams, Wish};

/// The arguments that are no flags.
fn operands(arguments: &[String]) -> Vec<&String> {
    arguments.iter().filter(|word| !word.starts_with('-') || *word == "-").collect()
}

fn missing(name: &str, path: &str) -> String {
    match name {
        "cat" => format!("cat: can't open '{path}': No such file or directory\n"),
        name => format!("{name}: {path}: No such file or directory\n"),
    }
}

pub(super) fn ls(run: &mut Run, arguments: &[String], streams: Streams) -> Did<i64> {
    let is_long = arguments.iter().any(|word| word.starts_with('-') && word.contains('l'));
    let here = ".".to_owned();
    let mut paths = operands(arguments);
    if paths.is_empty() {
        paths.push(&here);
    }
    let mut code = 0;
    for path in paths {
        let names = run.names(path)?;
        let is_file = names.is_empty() && run.read(path)?.is_some();
        if names.is_empty() && !is_file {
            run.print(streams.err, missing("ls", path));
            code = 1;
            continue;
        }
        let names = if is_file { vec![path.clone()] } else { names };
        let line = |name: &String| match is_long {
            true => {
                let kind = if name.ends_with('/') { "drwxr-xr-x" } else { "-rw-r--r--" };
                format!("{kind}    1 root     root          4096 {}\n", name.trim_end_matches('/'))
            }
            false => format!("{}\n", name.trim_end_matches('/')),
        };
        let text: String = names.iter().map(line).collect();
        run.print(streams.out, text);
    }
    Ok(code)
}

pub(super) fn cat(run: &mut Run, arguments: &[String], streams: Streams) -> Did<i64> {
    let paths = operands(arguments);
    if paths.is_empty() {
        // As it comes, not at the end.
        while let Some(line) = run.line(streams)? {
            run.print(streams.out, line);
        }
    }
    let mut code = 0;
    for path in paths {
        match run.read(path)? {
            Some(text) => run.print(streams.out, text),
            None => {
                run.print(streams.err, missing("cat", path));
                code = 1;
            }
        }
    }
    Ok(code)
}

/// The text of files, or of the input when none is named.
fn texts(run: &mut Run, name: &str, paths: &[&String], streams: Streams) -> Did<Result<String, i64>> {
    if paths.is_empty() {
        return Ok(Ok(run.input(streams)?));
    }
    let mut all = String::new();
    for path in paths {
        let Some(text) = run.read(path)? else {
            run.print(streams.err, missing(name, path));
            return Ok(Err(1));
        };
        all.push_str(&text);
    }
    Ok(Ok(all))
}

pub(super) fn grep(run: &mut Run, arguments: &[String], streams: Streams) -> Did<i64> {
    let has = |flag: char| arguments.iter().any(|word| word.starts_with('-') && word.contains(flag));
    let operands = operands(arguments);
    let Some((pattern, paths)) = operands.split_first() else { return Ok(2) };
    let text = match texts(run, "grep", paths, streams)? {
        Ok(text) => text,
        Err(code) => return Ok(code + 1),
    };
    // A fixed text, which is what one looks for here.
    let fold = |text: &str| if has('i') { text.to_lowercase() } else { text.to_owned() };
    let pattern = fold(pattern);
    let bare = pattern.trim_start_matches('^').trim_end_matches('$');
    let fits = |line: &&str| {
        let line = fold(line);
        let at_start = !pattern.starts_with('^') || line.starts_with(bare);
        let at_end = !pattern.ends_with('$') || line.ends_with(bare);
        (line.contains(bare) && at_start && at_end) != has('v')
    };
    let found: Vec<&str> = text.lines().filter(fits).collect();
    let out = match (has('q'), has('c')) {
        (true, _) => String::new(),
        (_, true) => format!("{}\n", found.len()),
        _ => found.iter().map(|line| format!("{line}\n")).collect(),
    };
    run.print(streams.out, out);
    Ok(i64::from(found.is_empty()))
}

/// The beginning or the end of a text.
pub(super) fn part(run: &mut Run, name: &str, arguments: &[String], streams: Streams) -> Did<i64> {
    let mut count = 10;
    let (mut follows, mut waits) = (false, false);
    let mut paths: Vec<&String> = Vec::new();
    let mut rest = arguments.iter();
    while let Some(word) = rest.next() {
        match word.strip_prefix('-') {
            Some("n") => count = rest.next().and_then(|count| count.parse().ok()).unwrap_or(10),
            Some(how @ ("f" | "F")) => (follows, waits) = (true, how == "F"),
            // From a line on, counted from the beginning: `-n +1` is all of it.
            Some("n+1") => count = usize::MAX,
            Some(number) => count = number.trim_start_matches('n').parse().unwrap_or(count),
            None => paths.push(word),
        }
    }
    let text = match texts(run, name, &paths, streams)? {
        Ok(text) => text,
        Err(_) if waits => String::new(),
        Err(code) => return Ok(code),
    };
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let chosen = match name {
        "head" => &lines[..count.min(lines.len())],
        _ => &lines[lines.len().saturating_sub(count)..],
    };
    run.print(streams.out, chosen.concat());
    match paths.first().filter(|_| follows) {
        Some(path) => follow(run, path, text.len(), streams),
        None => Ok(0),
    }
}

/// Prints what is added to a file, without end.
fn follow(run: &mut Run, path: &str, mut seen: usize, streams: Streams) -> Did<i64> {
    let path = run.absolute(path);
    loop {
        let Got::Text(Some(fresh)) = run.wish(Wish::Follow { path: path.clone(), seen })? else { return Ok(1) };
        seen += fresh.len();
        run.print(streams.out, fresh);
    }
}

pub(super) fn wc(run: &mut Run, arguments: &[String], streams: Streams) -> Did<i64> {
    let paths = operands(arguments);
    let text = match texts(run, "wc", &paths, streams)? {
        Ok(text) => text,
        Err(code) => return Ok(code),
    };
    let (lines, words, bytes) = (text.lines().count(), text.split_whitespace().count(), text.len());
    let out = match arguments.first().map(String::as_str) {
        Some("-l") => format!("{lines}\n"),
        Some("-w") => format!("{words}\n"),
        Some("-c") => format!("{bytes}\n"),
        _ => format!("{lines:>8} {words:>8} {bytes:>8}\n"),
    };
    run.print(streams.out, out);
    Ok(0)
}

pub(super) fn touch(run: &mut Run, name: &str, arguments: &[String]) -> Did<i64> {
    // A folder is there once something is in it.
    if name == "touch" {
        for path in operands(arguments) {
            let path = run.absolute(path);
            run.wish(Wish::Write { path, text: String::new(), append: true })?;
        }
    }
    Ok(0)
}

pub(super) fn rm(run: &mut Run, arguments: &[String], streams: Streams) -> Did<i64> {
    let force = arguments.iter().any(|word| word.starts_with('-') && word.contains('f'));
    let mut code = 0;
    for path in operands(arguments) {
        if run.read(path)?.is_none() && !force {
            run.print(streams.err, format!("rm: can't remove '{path}': No such file or directory\n"));
            code = 1;
        }
        let path = run.absolute(path);
        run.wish(Wish::Remove(path))?;
    }
    Ok(code)
}
