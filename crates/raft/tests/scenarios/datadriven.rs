//! Reads files of commands with their expected output, runs them and shows what differs.
//!
//! A command is a line with arguments, perhaps followed by lines of input; then comes `----`, and the output up to a blank
//! line. Arguments are `word`, `key=value` or `key=(value, value)`. Lines that begin with `#` are comments.

use std::fmt::Write;
use std::fs;
use std::ops::Range;
use std::path::Path;

/// A command and what it is to print.
#[derive(Debug, Default)]
pub struct Case {
    pub line: usize,
    pub command: String,
    pub arguments: Vec<Argument>,
    pub input: String,
    pub expected: String,
    /// The lines of the file that hold the expected output, from the first to before the last, counted from 0.
    lines: Range<usize>,
}

/// An argument: a word alone, or with values.
#[derive(Debug)]
pub struct Argument {
    pub key: String,
    pub values: Vec<String>,
}

impl Case {
    /// The words among the arguments, as numbers.
    pub fn numbers(&self) -> Vec<u64> {
        let words = self.arguments.iter().filter(|argument| argument.values.is_empty());
        words.map(|argument| argument.key.parse().expect("a number")).collect()
    }

    /// The only value of the argument `key`.
    pub fn value(&self, key: &str) -> Option<&str> {
        let argument = self.arguments.iter().find(|argument| argument.key == key)?;
        argument.values.first().map(String::as_str)
    }
}

/// Runs every file in `folder`; the report of everything that differed, if anything did.
pub fn run_folder<H: FnMut(&Case) -> String>(folder: &Path, handler: impl Fn() -> H) -> Result<(), String> {
    let mut files: Vec<_> =
        fs::read_dir(folder).expect("a folder of scenarios").map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    assert!(!files.is_empty(), "no scenarios in {}", folder.display());
    let mut report = String::new();
    let mut failed = 0;
    for file in &files {
        let text = fs::read_to_string(file).expect("a readable scenario");
        if let Some((line, difference)) = run_text(&text, handler()) {
            failed += 1;
            let _ = write!(report, "\n{}:{line}:\n{difference}", file.display());
        }
    }
    eprintln!("{}: {} of {} files pass", folder.display(), files.len() - failed, files.len());
    if report.is_empty() { Ok(()) } else { Err(format!("{failed} of {} files differ:{report}", files.len())) }
}

/// Runs the cases of one file up to the first that differs: later ones build on it.
fn run_text(text: &str, mut handler: impl FnMut(&Case) -> String) -> Option<(usize, String)> {
    parse(text).into_iter().find_map(|case| {
        let mut actual = handler(&case);
        if !actual.is_empty() && !actual.ends_with('\n') {
            actual.push('\n');
        }
        (actual != case.expected).then(|| (case.line, diff(&case.expected, &actual)))
    })
}

/// Writes what the commands in each file of `folder` do print in place of what they are expected to. Nothing is checked:
/// whoever does this reads the changes.
pub fn rewrite_folder<H: FnMut(&Case) -> String>(folder: &Path, handler: impl Fn() -> H) {
    for file in fs::read_dir(folder).expect("a folder of scenarios") {
        let file = file.expect("a file").path();
        let text = fs::read_to_string(&file).expect("a readable scenario");
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let mut handler = handler();
        let outputs: Vec<_> = parse(&text).into_iter().map(|case| (handler(&case), case.lines)).collect();
        for (output, place) in outputs.into_iter().rev() {
            lines.splice(place, output.lines().map(str::to_owned));
        }
        fs::write(&file, lines.join("\n") + "\n").expect("a writable scenario");
    }
}

fn parse(text: &str) -> Vec<Case> {
    let mut lines = text.lines().enumerate().peekable();
    let mut cases = Vec::new();
    while let Some((at, line)) = lines.next() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let mut command = line.trim().to_owned();
        while let Some(continued) = command.strip_suffix('\\') {
            let (_, next) = lines.next().expect("a line after a backslash");
            command = format!("{} {}", continued.trim(), next.trim());
        }
        let mut case = parse_command(&command);
        case.line = at + 1;
        let mut separator = at;
        for (at, line) in lines.by_ref() {
            separator = at;
            if line == "----" {
                break;
            }
            case.input.push_str(line);
            case.input.push('\n');
        }
        if lines.next_if(|(_, line)| *line == "----").is_some() {
            // A second separator means that the output has blank lines, and ends with two separators.
            while let Some((_, line)) = lines.next() {
                if line == "----" && lines.next_if(|(_, line)| *line == "----").is_some() {
                    break;
                }
                case.expected.push_str(line);
                case.expected.push('\n');
            }
        } else {
            for (_, line) in lines.by_ref().take_while(|(_, line)| !line.trim().is_empty()) {
                case.expected.push_str(line);
                case.expected.push('\n');
            }
        }
        let first = separator + 1;
        case.lines = first..first + case.expected.lines().count();
        cases.push(case);
    }
    cases
}

fn parse_command(text: &str) -> Case {
    let (command, mut rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let mut case = Case { command: command.to_owned(), ..Case::default() };
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return case;
        }
        let end = rest.find(|c: char| c.is_whitespace() || c == '=').unwrap_or(rest.len());
        let key = rest[..end].to_owned();
        rest = &rest[end..];
        let mut values = Vec::new();
        if let Some(value) = rest.strip_prefix('=') {
            if let Some(list) = value.strip_prefix('(') {
                let (list, after) = list.split_once(')').expect("a closing parenthesis");
                values = list.split(',').map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect();
                rest = after;
            } else {
                let end = value.find(char::is_whitespace).unwrap_or(value.len());
                values = vec![value[..end].to_owned()];
                rest = &value[end..];
            }
        }
        case.arguments.push(Argument { key, values });
    }
}

/// The lines of both texts: with `-` what is missing, with `+` what should not be there.
fn diff(expected: &str, actual: &str) -> String {
    let (old, new): (Vec<_>, Vec<_>) = (expected.lines().collect(), actual.lines().collect());
    // common[i][j] is the length of the longest common subsequence of old[i..] and new[j..].
    let mut common = vec![vec![0_usize; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i][j] =
                if old[i] == new[j] { common[i + 1][j + 1] + 1 } else { common[i + 1][j].max(common[i][j + 1]) };
        }
    }
    let mut out = String::new();
    let (mut i, mut j) = (0, 0);
    while i < old.len() || j < new.len() {
        let (mark, line) = if i < old.len() && j < new.len() && old[i] == new[j] {
            i += 1;
            j += 1;
            (' ', old[i - 1])
        } else if j == new.len() || (i < old.len() && common[i + 1][j] >= common[i][j + 1]) {
            i += 1;
            ('-', old[i - 1])
        } else {
            j += 1;
            ('+', new[j - 1])
        };
        let _ = writeln!(out, "{mark} {line}");
    }
    out
}
