//! `grep`.

use super::input::{LINE_LIMIT, open};
use super::options::{Accepts, name, read};
use super::regex::{Regex, escape};
use crate::io::Reader;
use crate::os::future::LocalBoxFuture;
use crate::os::process::Process;
use crate::vfs::{Kind, path};
use std::collections::VecDeque;

const ACCEPTS: Accepts = Accepts {
    flags: "EFGPivcnoqwxlLrRhHsazUI",
    valued: "eABCmf",
    long: &[
        ("extended-regexp", 'E'),
        ("fixed-strings", 'F'),
        ("basic-regexp", 'G'),
        ("perl-regexp", 'P'),
        ("ignore-case", 'i'),
        ("invert-match", 'v'),
        ("count", 'c'),
        ("line-number", 'n'),
        ("only-matching", 'o'),
        ("quiet", 'q'),
        ("silent", 'q'),
        ("word-regexp", 'w'),
        ("line-regexp", 'x'),
        ("files-with-matches", 'l'),
        ("files-without-match", 'L'),
        ("recursive", 'r'),
        ("no-filename", 'h'),
        ("with-filename", 'H'),
        ("no-messages", 's'),
        ("regexp", 'e'),
        ("after-context", 'A'),
        ("before-context", 'B'),
        ("context", 'C'),
        ("max-count", 'm'),
        ("color", 'U'),
        ("colour", 'U'),
        ("line-buffered", 'U'),
        ("text", 'a'),
        ("file", 'f'),
    ],
    mixed: true,
};

struct Search {
    patterns: Vec<Regex>,
    invert: bool,
    whole_word: bool,
    whole_line: bool,
    count: bool,
    number: bool,
    only: bool,
    quiet: bool,
    list: bool,
    list_missing: bool,
    limit: u64,
    before: usize,
    after: usize,
    titles: bool,
}

pub fn run(mut process: Process) -> LocalBoxFuture<'static, i32> {
    Box::pin(async move {
        let called = name(&process).to_owned();
        let context_digits = |arg: &String| {
            let digits = arg.strip_prefix('-').filter(|d| !d.is_empty() && d.chars().all(|c| c.is_ascii_digit()));
            digits.map_or(arg.clone(), |digits| format!("-C{digits}"))
        };
        process.args = process.args.iter().map(context_digits).collect();
        let Some(mut options) = read(&process, &ACCEPTS) else { return 2 };
        let mut texts: Vec<String> = options.values('e').flat_map(|p| p.split('\n')).map(str::to_owned).collect();
        if let Some(file) = options.value('f') {
            let Some(reader) = open(&process, file) else { return 2 };
            let data = reader.read_to_end(LINE_LIMIT).await.unwrap_or_default();
            texts.extend(String::from_utf8_lossy(&data).lines().map(str::to_owned));
        } else if texts.is_empty() {
            if options.operands.is_empty() {
                process.eprint("Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.\n");
                return 2;
            }
            texts = options.operands.remove(0).split('\n').map(str::to_owned).collect();
        }
        let kind = match called.as_str() {
            "egrep" => 'E',
            "fgrep" => 'F',
            _ => options.last_of("EFGP").unwrap_or('G'),
        };
        let mut patterns = Vec::new();
        for text in &texts {
            let compiled = match kind {
                'F' => Regex::compile(&escape(text), options.has('i')),
                'E' => Regex::extended(text, options.has('i')),
                'P' => Regex::compile(text, options.has('i')),
                _ => Regex::basic(text, options.has('i')),
            };
            match compiled {
                Ok(regex) => patterns.push(regex),
                Err(error) => {
                    process.eprint(format!("{called}: {error}\n"));
                    return 2;
                }
            }
        }
        let number =
            |letter: char| options.value(letter).or(options.value('C')).and_then(|v| v.parse().ok()).unwrap_or(0);
        let recursive = options.has('r') || options.has('R');
        let several = options.operands.len() > 1 || recursive;
        let search = Search {
            patterns,
            invert: options.has('v'),
            whole_word: options.has('w'),
            whole_line: options.has('x'),
            count: options.has('c'),
            number: options.has('n'),
            only: options.has('o'),
            quiet: options.has('q'),
            list: options.has('l'),
            list_missing: options.has('L'),
            limit: options.value('m').and_then(|v| v.parse().ok()).unwrap_or(u64::MAX),
            before: number('B'),
            after: number('A'),
            titles: options.has('H') || several && !options.has('h'),
        };
        let mut found = false;
        let mut failed = false;
        for operand in targets(&process, &options.operands, recursive) {
            let title = if operand == "-" { "(standard input)" } else { &operand };
            if process.fs().is_dir(&process.path(&operand)) && operand != "-" {
                process.eprint(format!("{called}: {operand}: Is a directory\n"));
                failed = true;
                continue;
            }
            let reader = if options.has('s') && !process.fs().exists(&process.path(&operand)) && operand != "-" {
                None
            } else {
                open(&process, &operand)
            };
            let Some(reader) = reader else {
                failed = true;
                continue;
            };
            found |= search.file(&process, &reader, title).await;
            if found && search.quiet {
                return 0;
            }
        }
        if failed && !(found && search.quiet) { 2 } else { i32::from(!found) }
    })
}

/// The files to look into; directories are walked when that was asked for.
fn targets(process: &Process, operands: &[String], recursive: bool) -> Vec<String> {
    if operands.is_empty() {
        return if recursive { walk(process, ".", "") } else { vec!["-".to_owned()] };
    }
    let mut out = Vec::new();
    for operand in operands {
        if recursive && process.fs().is_dir(&process.path(operand)) {
            out.extend(walk(process, operand, operand));
        } else {
            out.push(operand.clone());
        }
    }
    out
}

fn walk(process: &Process, dir: &str, shown: &str) -> Vec<String> {
    let mut out = Vec::new();
    for (entry, meta) in process.fs().list(&process.path(dir)).unwrap_or_default() {
        let full = path::join(dir, &entry);
        let label = if shown.is_empty() { entry } else { path::join(shown, &entry) };
        match meta.kind {
            Kind::Dir => out.extend(walk(process, &full, &label)),
            Kind::File => out.push(label),
            _ => {}
        }
    }
    out
}

impl Search {
    /// Searches one stream; true when something was selected.
    async fn file(&self, process: &Process, reader: &Reader, title: &str) -> bool {
        let mut held: VecDeque<(u64, String)> = VecDeque::new();
        let mut after = 0;
        let mut last_printed = 0;
        let mut selected = 0;
        let mut number = 0;
        let context = self.before > 0 || self.after > 0;
        let silent = self.quiet || self.list || self.list_missing || self.count;
        while let Ok(Some(line)) = reader.read_line(LINE_LIMIT).await {
            number += 1;
            let line = line.strip_suffix(b"\n").unwrap_or(&line);
            let text = String::from_utf8_lossy(line);
            if self.selects(&text) {
                selected += 1;
                if self.quiet || self.list {
                    break;
                }
                if !silent {
                    let first = held.front().map_or(number, |(n, _)| *n);
                    if context && last_printed > 0 && first > last_printed + 1 {
                        process.print("--\n").await;
                    }
                    for (n, line) in std::mem::take(&mut held) {
                        self.print(process, title, n, '-', &line).await;
                    }
                    if self.only {
                        self.print_matches(process, title, number, &text).await;
                    } else {
                        self.print_bytes(process, title, number, line).await;
                    }
                    last_printed = number;
                    after = self.after;
                }
                if selected >= self.limit {
                    break;
                }
            } else if !silent && after > 0 {
                after -= 1;
                self.print(process, title, number, '-', &text).await;
                last_printed = number;
            } else if !silent && self.before > 0 {
                held.push_back((number, text.into_owned()));
                if held.len() > self.before {
                    held.pop_front();
                }
            }
        }
        if self.list && selected > 0 || self.list_missing && selected == 0 {
            process.print(format!("{title}\n")).await;
        } else if self.count && !self.quiet && !self.list && !self.list_missing {
            let head = if self.titles { format!("{title}:") } else { String::new() };
            process.print(format!("{head}{selected}\n")).await;
        }
        if self.list_missing { selected == 0 } else { selected > 0 }
    }

    fn selects(&self, text: &str) -> bool {
        let hit = self.patterns.iter().any(|regex| self.next_match(regex, text, 0).is_some());
        hit != self.invert
    }

    /// The next match that also satisfies `-w` and `-x`.
    fn next_match(&self, regex: &Regex, text: &str, mut start: usize) -> Option<(usize, usize)> {
        loop {
            let (from, to) = regex.find_at(text, start)?;
            let word = |c: char| c == '_' || c.is_alphanumeric();
            let bounded =
                !text[..from].chars().next_back().is_some_and(word) && !text[to..].chars().next().is_some_and(word);
            let whole = from == 0 && to == text.len();
            if (!self.whole_word || bounded) && (!self.whole_line || whole) {
                return Some((from, to));
            }
            start = from + text[from..].chars().next().map_or(1, char::len_utf8);
            if start > text.len() {
                return None;
            }
        }
    }

    fn head(&self, title: &str, number: u64, mark: char) -> String {
        let mut head = String::new();
        if self.titles {
            head.push_str(title);
            head.push(mark);
        }
        if self.number {
            head.push_str(&number.to_string());
            head.push(mark);
        }
        head
    }

    async fn print(&self, process: &Process, title: &str, number: u64, mark: char, line: &str) {
        process.print(format!("{}{line}\n", self.head(title, number, mark))).await;
    }

    async fn print_bytes(&self, process: &Process, title: &str, number: u64, line: &[u8]) {
        let mut out = self.head(title, number, ':').into_bytes();
        out.extend_from_slice(line);
        out.push(b'\n');
        process.print(out).await;
    }

    async fn print_matches(&self, process: &Process, title: &str, number: u64, text: &str) {
        if self.invert {
            return;
        }
        let mut start = 0;
        while start <= text.len() {
            let all = self.patterns.iter().filter_map(|regex| self.next_match(regex, text, start));
            let Some((from, to)) = all.min_by_key(|(from, to)| (*from, usize::MAX - to)) else { return };
            if to > from {
                self.print(process, title, number, ':', &text[from..to]).await;
                start = to;
            } else {
                start = from + text[from..].chars().next().map_or(1, char::len_utf8);
            }
        }
    }
}
