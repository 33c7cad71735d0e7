//! Tab completion: commands, variables, files, and what programs know about their own words.

use crate::apart::Unfinished;
use crate::interp::builtins;
use crate::interp::session::{Session, Value};
use crate::os::Candidate;
use crate::os::kernel::Kernel;
use crate::os::loader::DEFAULT_PATH;
use crate::vfs::{Kind, path};

/// How many candidates are given at most.
const LIMIT: usize = 500;

/// Programs whose arguments are themselves a command.
const WRAPPERS: &[&str] = &["time", "watch", "sudo", "nohup", "exec", "command", "xargs", "env"];

/// The words of the unfinished command, without quotes.
struct Words {
    done: Vec<String>,
    current: String,
    /// Where the current word begins in the line.
    start: usize,
    /// The quote that is open, if any.
    quote: Option<char>,
    /// Whether the current word is the target of a redirection.
    target: bool,
}

fn split(line: &str) -> Words {
    let mut words = Words { done: Vec::new(), current: String::new(), start: 0, quote: None, target: false };
    let mut open = false;
    let mut chars = line.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let starts = |words: &mut Words, open: &mut bool| {
            if !*open {
                words.start = at;
                *open = true;
            }
        };
        match (words.quote, c) {
            (Some(quote), c) if quote == c => words.quote = None,
            (Some('\''), c) => words.current.push(c),
            (_, '\\') => {
                starts(&mut words, &mut open);
                words.current.extend(chars.next().map(|(_, c)| c));
            }
            (Some(_), c) => words.current.push(c),
            (None, '\'' | '"') => {
                starts(&mut words, &mut open);
                words.quote = Some(c);
            }
            (None, ' ' | '\t') => {
                if open && !words.target {
                    words.done.push(std::mem::take(&mut words.current));
                }
                if open {
                    words.target = false;
                    words.current.clear();
                }
                open = false;
            }
            (None, '|' | ';' | '&' | '(' | ')' | '\n' | '`') => {
                words.done.clear();
                words.current.clear();
                words.target = false;
                open = false;
            }
            (None, '<' | '>') => {
                if open && !words.current.chars().all(|c| c.is_ascii_digit()) {
                    words.done.push(std::mem::take(&mut words.current));
                }
                words.current.clear();
                words.target = true;
                open = false;
            }
            (None, c) => {
                starts(&mut words, &mut open);
                words.current.push(c);
            }
        }
    }
    if !open {
        words.start = line.len();
    }
    words
}

/// How the line goes on; `None` while the code of the program is on its way whose words are wanted.
pub(crate) fn complete(unfinished: Unfinished<'_>) -> Option<(usize, Vec<Candidate>)> {
    let Unfinished { kernel, session, line, cursor } = unfinished;
    let cursor = (0..=cursor.min(line.len())).rev().find(|at| line.is_char_boundary(*at)).unwrap_or(0);
    let mut words = split(&line[..cursor]);
    const KEYWORDS: &[&str] = &["do", "then", "else", "{", "!", "if", "while", "until"];
    while words
        .done
        .first()
        .is_some_and(|w| KEYWORDS.contains(&w.as_str()) || WRAPPERS.contains(&w.as_str()) || is_assignment(w))
    {
        let wrapper = words.done.remove(0);
        // The wrapper's own options are not the command.
        while WRAPPERS.contains(&wrapper.as_str()) && words.done.first().is_some_and(|w| w.starts_with('-')) {
            words.done.remove(0);
        }
    }
    if words.quote != Some('\'')
        && let Some(dollar) = words.current.rfind('$')
    {
        let prefix = words.current[dollar + 1..].trim_start_matches('{');
        let braced = words.current[dollar + 1..].starts_with('{');
        if prefix.chars().all(|c| c == '_' || c.is_ascii_alphanumeric()) {
            return Some((cursor - prefix.len(), variables(session, prefix, braced)));
        }
    }
    let mut found = if words.target {
        Vec::new()
    } else if words.done.is_empty() {
        if words.current.contains('/') { Vec::new() } else { commands(kernel, session, &words.current) }
    } else {
        let from_program = program_words(kernel, session, &words)?;
        if !from_program.is_empty() {
            return Some((words.start, limit(from_program)));
        }
        Vec::new()
    };
    if words.target || !words.done.is_empty() || words.current.contains('/') {
        // `--flag=file` completes the file.
        let prefix = match words.current.split_once('=') {
            Some((flag, value)) if flag.starts_with("--") => {
                words.start += flag.len() + 1;
                value.to_owned()
            }
            _ => words.current.clone(),
        };
        let executable = words.done.is_empty() && !words.target;
        found.extend(files(kernel, session, &prefix, words.quote.is_some(), executable));
    }
    Some((words.start, limit(found)))
}

fn limit(mut all: Vec<Candidate>) -> Vec<Candidate> {
    crate::order::sort_by(&mut all, Candidate::cmp);
    all.dedup();
    all.truncate(LIMIT);
    all
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| crate::grammar::is_name(name))
}

fn variables(session: &Session, prefix: &str, braced: bool) -> Vec<Candidate> {
    let names = session.vars.iter().filter(|(name, var)| name.starts_with(prefix) && var.value != Value::Unset);
    let names = names.map(|(name, _)| Candidate::word(if braced { format!("{name}}}") } else { name.clone() }));
    limit(names.collect())
}

fn commands(kernel: &Kernel, session: &Session, prefix: &str) -> Vec<Candidate> {
    let mut names: Vec<String> = builtins::names().map(str::to_owned).collect();
    names.extend(session.functions.keys().cloned());
    names.extend(session.aliases.keys().cloned());
    names.extend(["if", "for", "while", "until", "case", "function"].map(str::to_owned));
    for dir in session.get("PATH").unwrap_or(DEFAULT_PATH).split(':') {
        for (name, meta) in kernel.files.borrow().list(&path::resolve(session.cwd(), dir)).unwrap_or_default() {
            if meta.kind == Kind::File && meta.mode & 0o111 != 0 {
                names.push(name);
            }
        }
    }
    names.into_iter().filter(|name| name.starts_with(prefix)).map(Candidate::word).collect()
}

fn program_words(kernel: &Kernel, session: &Session, words: &Words) -> Option<Vec<Candidate>> {
    let mut all = words.done.clone();
    if let Some(alias) = session.aliases.get(&all[0]) {
        all.splice(0..1, alias.split_whitespace().map(str::to_owned));
    }
    let Some(first) = all.first() else { return Some(Vec::new()) };
    let program = kernel.programs.borrow().get(path::file_name(first)).cloned();
    let Some(program) = program else { return Some(Vec::new()) };
    all.push(words.current.clone());
    program.complete(&all)
}

fn files(kernel: &Kernel, session: &Session, prefix: &str, quoted: bool, executable: bool) -> Vec<Candidate> {
    let (dir, name) = match prefix.rfind('/') {
        Some(at) => prefix.split_at(at + 1),
        None => ("", prefix),
    };
    let home = session.get("HOME").unwrap_or("/root");
    let place = match dir.strip_prefix("~/") {
        Some(rest) => path::join(home, rest),
        None if dir.is_empty() => ".".to_owned(),
        None => dir.to_owned(),
    };
    let files = kernel.files.borrow();
    let mut out = Vec::new();
    for (entry, meta) in files.list(&path::resolve(session.cwd(), &place)).unwrap_or_default() {
        if !entry.starts_with(name) || (entry.starts_with('.') && !name.starts_with('.')) {
            continue;
        }
        if executable && meta.kind == Kind::File && meta.mode & 0o111 == 0 {
            continue;
        }
        let entry = if quoted { entry } else { protect(&entry) };
        let is_dir = meta.kind == Kind::Dir;
        let text = format!("{dir}{entry}{}", if is_dir { "/" } else { "" });
        out.push(Candidate { text, help: String::new(), complete: !is_dir });
    }
    out
}

/// A file's name with a backslash before what the shell would take apart.
fn protect(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        if " \t\n'\"\\$&|;<>()*?[]{}!#~`".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
