//! `tar` of containers, as far as `kubectl cp` needs it: an archive to standard output, and one from standard input.

use crate::host::run::{Did, Run, Streams, Wish};
use tar::{Entry, pack, unpack};

/// Folders in folders, at most.
const DEEPEST: usize = 16;

pub(super) fn tar(run: &mut Run, arguments: &[String], streams: Streams) -> Did<i64> {
    let mut mode = ' ';
    let mut folder = String::new();
    let mut names = Vec::new();
    let mut rest = arguments.iter().enumerate();
    while let Some((at, word)) = rest.next() {
        let letters = match word.strip_prefix('-') {
            Some(long) if long.starts_with('-') => continue,
            Some("C") => {
                folder = rest.next().map(|(_, name)| name.clone()).unwrap_or_default();
                continue;
            }
            Some("") => continue,
            Some(letters) => letters,
            None if at == 0 => word.as_str(),
            None => {
                names.push(word.clone());
                continue;
            }
        };
        mode = letters.chars().find(|letter| matches!(letter, 'c' | 'x' | 't')).unwrap_or(mode);
        if letters.ends_with('f') {
            // Archives are streams here; a file is not made.
            rest.next();
        }
    }
    match mode {
        'c' => create(run, &folder, &names, streams),
        'x' | 't' => extract(run, &folder, mode == 'x', streams),
        _ => {
            let words = "tar: You must specify one of the '-Acdtrux', '--delete' or '--test-label' options\n";
            run.print(streams.err, words);
            Ok(2)
        }
    }
}

fn inside(folder: &str, name: &str) -> String {
    if folder.is_empty() || name.starts_with('/') { name.to_owned() } else { format!("{folder}/{name}") }
}

fn create(run: &mut Run, folder: &str, names: &[String], streams: Streams) -> Did<i64> {
    let mut entries = Vec::new();
    let mut code = 0;
    for name in names {
        if name.starts_with('/') {
            run.print(streams.err, "tar: Removing leading `/' from member names\n");
        }
        let stored = name.trim_start_matches('/').to_owned();
        if !collect(run, &inside(folder, name), &stored, DEEPEST, &mut entries)? {
            run.print(streams.err, format!("tar: {name}: Cannot stat: No such file or directory\n"));
            code = 2;
        }
    }
    if code != 0 {
        run.print(streams.err, "tar: Exiting with failure status due to previous errors\n");
    }
    run.print(streams.out, String::from_utf8_lossy(&pack(&entries)).into_owned());
    Ok(code)
}

/// Adds a file, or a folder with what is below it; `false` when there is none.
fn collect(run: &mut Run, path: &str, stored: &str, depth: usize, entries: &mut Vec<Entry>) -> Did<bool> {
    if let Some(text) = run.read(path)? {
        entries.push(Entry { name: stored.to_owned(), executable: false, content: text.into_bytes() });
        return Ok(true);
    }
    let names = run.names(path)?;
    if names.is_empty() || depth == 0 {
        return Ok(false);
    }
    let stored = stored.trim_end_matches('/');
    entries.push(Entry { name: format!("{stored}/"), executable: true, content: Vec::new() });
    for name in names {
        let name = name.trim_end_matches('/');
        collect(run, &format!("{path}/{name}"), &format!("{stored}/{name}"), depth - 1, entries)?;
    }
    Ok(true)
}

fn extract(run: &mut Run, folder: &str, writes: bool, streams: Streams) -> Did<i64> {
    let archive = run.input(streams)?;
    let Some(entries) = unpack(archive.as_bytes()) else {
        let words =
            "tar: This does not look like a tar archive\ntar: Exiting with failure status due to previous errors\n";
        run.print(streams.err, words);
        return Ok(2);
    };
    for entry in entries {
        if !writes {
            run.print(streams.out, format!("{}\n", entry.name));
        } else if !entry.name.ends_with('/') {
            // As the original, nothing is put outside of where it was told to.
            let path = run.absolute(&inside(folder, entry.name.trim_start_matches('/')));
            let text = String::from_utf8_lossy(&entry.content).into_owned();
            run.wish(Wish::Write { path, text, append: false })?;
        }
    }
    Ok(0)
}
