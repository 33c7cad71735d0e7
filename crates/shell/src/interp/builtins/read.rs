//! `read`, `mapfile`, `getopts`.

use crate::grammar::is_name;
use crate::interp::Ran;
use crate::interp::io::Io;
use crate::interp::session::Value;
use crate::interp::shell::Shell;
use crate::os::future::{Either, LocalBoxFuture, race};
use sorted::SortedMap;

type Future<'a> = LocalBoxFuture<'a, Ran>;

/// The longest line `read` takes.
const LINE_LIMIT: usize = 4 << 20;

#[derive(Default)]
struct Options {
    raw: bool,
    array: Option<String>,
    prompt: Option<String>,
    timeout: Option<f64>,
    count: Option<usize>,
    delimiter: Option<u8>,
    fd: u32,
    names: Vec<String>,
}

fn options(args: &[String]) -> Result<Options, String> {
    let mut found = Options::default();
    let mut rest = args[1..].iter();
    while let Some(arg) = rest.next() {
        let Some(letters) = arg.strip_prefix('-').filter(|l| !l.is_empty() && found.names.is_empty()) else {
            found.names.push(arg.clone());
            continue;
        };
        let mut chars = letters.char_indices();
        while let Some((at, c)) = chars.next() {
            if matches!(c, 'r' | 's' | 'e') {
                found.raw |= c == 'r';
                continue;
            }
            let tail = &letters[at + c.len_utf8()..];
            let value = if tail.is_empty() { rest.next().cloned() } else { Some(tail.to_owned()) };
            let value = value.ok_or(format!("-{c}: option requires an argument"))?;
            match c {
                'a' => found.array = Some(value),
                'p' => found.prompt = Some(value),
                't' => {
                    found.timeout = Some(value.parse().map_err(|_| format!("{value}: invalid timeout specification"))?)
                }
                'n' | 'N' => found.count = value.parse().ok(),
                'd' => found.delimiter = Some(value.bytes().next().unwrap_or(0)),
                'u' => found.fd = value.parse().unwrap_or(0),
                _ => return Err(format!("-{c}: invalid option")),
            }
            chars.by_ref().for_each(drop);
        }
    }
    Ok(found)
}

pub fn read<'a>(shell: &'a Shell, args: Vec<String>, io: &'a Io) -> Future<'a> {
    Box::pin(async move {
        let options = match options(&args) {
            Ok(options) => options,
            Err(message) => {
                shell.complain(io, &format!("read: {message}"));
                return Ok(2);
            }
        };
        for name in &options.names {
            if !is_name(name.split('[').next().unwrap_or(name)) {
                shell.complain(io, &format!("read: `{name}': not a valid identifier"));
                return Ok(1);
            }
        }
        let input = io.reader(options.fd);
        if let Some(prompt) = options.prompt.as_ref().filter(|_| input.is_terminal()) {
            io.stderr().put(prompt);
        }
        let reading = take(&input, &options);
        let (text, complete) = match options.timeout {
            Some(seconds) => {
                let limit = shell.kernel().sleep((seconds.max(0.0) * 1e6) as u64);
                match race(reading, limit).await {
                    Either::First(read) => read,
                    Either::Second(()) => return Ok(142),
                }
            }
            None => reading.await,
        };
        store(shell, &options, &text, io)?;
        Ok(i32::from(!complete))
    })
}

/// The text up to the delimiter, with backslashes treated, and whether the delimiter was met.
async fn take(input: &crate::io::Reader, options: &Options) -> (String, bool) {
    let delimiter = options.delimiter.unwrap_or(b'\n');
    let mut bytes = Vec::new();
    let mut complete = false;
    loop {
        if options.count.is_some_and(|count| String::from_utf8_lossy(&bytes).chars().count() >= count) {
            complete = true;
            break;
        }
        let single = delimiter != b'\n' || options.count.is_some();
        let piece = if single {
            input.read(1).await.unwrap_or_default()
        } else {
            input.read_line(LINE_LIMIT).await.ok().flatten().unwrap_or_default()
        };
        if piece.is_empty() {
            break;
        }
        bytes.extend_from_slice(&piece);
        if bytes.last() == Some(&delimiter) {
            bytes.pop();
            let escapes = bytes.iter().rev().take_while(|b| **b == b'\\').count();
            if options.raw || escapes % 2 == 0 {
                complete = true;
                break;
            }
            bytes.pop();
        }
        if bytes.len() > LINE_LIMIT {
            break;
        }
    }
    (String::from_utf8_lossy(&bytes).into_owned(), complete)
}

/// One character and whether a backslash protected it.
fn unescape(text: &str, raw: bool) -> Vec<(char, bool)> {
    let mut out = Vec::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' if !raw => out.extend(chars.next().map(|c| (c, true))),
            c => out.push((c, false)),
        }
    }
    out
}

/// Splits into at most `limit` fields; the last takes the rest.
fn split(chars: &[(char, bool)], separators: &str, limit: usize) -> Vec<String> {
    let is_separator = |(c, kept): &(char, bool)| !kept && separators.contains(*c);
    let is_blank = |item: &(char, bool)| is_separator(item) && item.0.is_whitespace();
    let mut start = chars.iter().take_while(|c| is_blank(c)).count();
    let mut end = chars.len();
    while end > start && is_blank(&chars[end - 1]) {
        end -= 1;
    }
    let mut fields = Vec::new();
    while start < end {
        if fields.len() + 1 == limit {
            fields.push(chars[start..end].iter().map(|(c, _)| *c).collect());
            return fields;
        }
        let length = chars[start..end].iter().take_while(|c| !is_separator(c)).count();
        fields.push(chars[start..start + length].iter().map(|(c, _)| *c).collect());
        start += length;
        start += chars[start..end].iter().take_while(|c| is_blank(c)).count();
        if start < end && is_separator(&chars[start]) && !is_blank(&chars[start]) {
            start += 1;
            start += chars[start..end].iter().take_while(|c| is_blank(c)).count();
        }
    }
    fields
}

fn store(shell: &Shell, options: &Options, text: &str, io: &Io) -> Result<(), crate::interp::Flow> {
    let separators = shell.session.borrow().get("IFS").unwrap_or(" \t\n").to_owned();
    let chars = unescape(text, options.raw);
    if let Some(array) = &options.array {
        let items = split(&chars, &separators, usize::MAX);
        let items = items.into_iter().enumerate().map(|(i, item)| (i as u64, item)).collect::<SortedMap<_, _>>();
        shell.session.borrow_mut().vars.entry(array.clone()).or_default().value = Value::Array(items);
        return Ok(());
    }
    let pairs: Vec<(String, String)> = if options.names.is_empty() {
        vec![("REPLY".to_owned(), chars.iter().map(|(c, _)| *c).collect())]
    } else {
        let mut fields = split(&chars, &separators, options.names.len()).into_iter();
        options.names.iter().map(|name| (name.clone(), fields.next().unwrap_or_default())).collect()
    };
    for (name, value) in pairs {
        let set = shell.session.borrow_mut().assign(&name, &value, false);
        if let Err(refused) = set {
            shell.complain(io, &refused.0);
        }
    }
    Ok(())
}

pub fn mapfile<'a>(shell: &'a Shell, args: Vec<String>, io: &'a Io) -> Future<'a> {
    Box::pin(async move {
        let strip = args.iter().any(|a| a == "-t");
        let name = args[1..].iter().find(|a| !a.starts_with('-')).cloned().unwrap_or_else(|| "MAPFILE".to_owned());
        let data = io.stdin().read_to_end(16 << 20).await.unwrap_or_default();
        let text = String::from_utf8_lossy(&data);
        let lines = text.split_inclusive('\n').map(|l| if strip { l.trim_end_matches('\n') } else { l });
        let items = lines.enumerate().map(|(i, line)| (i as u64, line.to_owned())).collect::<SortedMap<_, _>>();
        shell.session.borrow_mut().vars.entry(name).or_default().value = Value::Array(items);
        Ok(0)
    })
}

pub fn getopts<'a>(shell: &'a Shell, args: Vec<String>, io: &'a Io) -> Future<'a> {
    Box::pin(async move {
        let [_, spec, name, rest @ ..] = args.as_slice() else {
            io.stderr().put(b"getopts: usage: getopts optstring name [arg ...]\n");
            return Ok(2);
        };
        let words = if rest.is_empty() { shell.session.borrow().positional.clone() } else { rest.to_vec() };
        let number =
            |key: &str, default: usize| shell.session.borrow().get(key).and_then(|v| v.parse().ok()).unwrap_or(default);
        let (mut index, mut at) = (number("OPTIND", 1).max(1), number("_OPTPOS", 1));
        let word = words.get(index - 1).filter(|w| w.len() > 1 && w.starts_with('-') && *w != "--").cloned();
        let Some(letter) = word.as_ref().and_then(|w| w.chars().nth(at)) else {
            let mut session = shell.session.borrow_mut();
            if words.get(index - 1).is_some_and(|w| w == "--") {
                session.set("OPTIND", &(index + 1).to_string());
            }
            session.set(name, "?");
            session.set("_OPTPOS", "1");
            return Ok(1);
        };
        let word = word.unwrap_or_default();
        let known = spec.find(letter).filter(|_| letter != ':');
        let wants = known.is_some_and(|p| spec[p + letter.len_utf8()..].starts_with(':'));
        let tail: String = word.chars().skip(at + 1).collect();
        let mut value = None;
        let mut result = if known.is_some() { letter } else { '?' };
        at += 1;
        if wants || tail.is_empty() {
            index += 1;
            at = 1;
        }
        if wants {
            value = if tail.is_empty() { words.get(index - 1).cloned() } else { Some(tail.clone()) };
            if tail.is_empty() {
                index += usize::from(value.is_some());
            }
            if value.is_none() {
                result = if spec.starts_with(':') { ':' } else { '?' };
            }
        }
        let silent = spec.starts_with(':');
        let message = match (known, result) {
            (None, _) => Some(format!("illegal option -- {letter}")),
            (_, '?') => Some(format!("option requires an argument -- {letter}")),
            _ => None,
        };
        {
            let mut session = shell.session.borrow_mut();
            session.set(name, &result.to_string());
            match (&value, result) {
                (Some(value), _) => session.set("OPTARG", value),
                (None, ':' | '?') if silent => session.set("OPTARG", &letter.to_string()),
                _ => {
                    session.vars.remove("OPTARG");
                }
            }
            session.set("OPTIND", &index.to_string());
            session.set("_OPTPOS", &at.to_string());
        }
        if let Some(message) = message.filter(|_| !silent) {
            let shell_name = shell.session.borrow().name.clone();
            io.stderr().put(format!("{shell_name}: {message}\n"));
        }
        Ok(0)
    })
}
