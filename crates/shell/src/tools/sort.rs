//! `sort`.

use super::input::{lines, whole};
use super::options::{Accepts, read};
use crate::interp::redirect::{Open, open_writer};
use crate::os::future::LocalBoxFuture;
use crate::os::process::Process;
use std::cmp::Ordering;

const ACCEPTS: Accepts = Accepts {
    flags: "bdfghnrsuVcCizM",
    valued: "kto",
    long: &[
        ("reverse", 'r'),
        ("numeric-sort", 'n'),
        ("unique", 'u'),
        ("key", 'k'),
        ("field-separator", 't'),
        ("output", 'o'),
        ("ignore-case", 'f'),
        ("version-sort", 'V'),
        ("human-numeric-sort", 'h'),
        ("stable", 's'),
        ("check", 'c'),
        ("ignore-leading-blanks", 'b'),
        ("general-numeric-sort", 'g'),
    ],
    mixed: true,
};

#[derive(Clone, Copy, Default)]
struct How {
    numeric: bool,
    general: bool,
    human: bool,
    version: bool,
    fold: bool,
    reverse: bool,
    blanks: bool,
}

impl How {
    fn read(letters: &str) -> Self {
        let has = |c| letters.contains(c);
        Self {
            numeric: has('n'),
            general: has('g'),
            human: has('h'),
            version: has('V'),
            fold: has('f'),
            reverse: has('r'),
            blanks: has('b'),
        }
    }

    fn compare(self, a: &str, b: &str) -> Ordering {
        let order = if self.numeric || self.general {
            number(a, self.general).total_cmp(&number(b, self.general))
        } else if self.human {
            human(a).total_cmp(&human(b))
        } else if self.version {
            version(a, b)
        } else {
            let trim = |s: &'_ str| if self.blanks { s.trim_start().to_owned() } else { s.to_owned() };
            let (a, b) = (trim(a), trim(b));
            if self.fold { a.to_uppercase().cmp(&b.to_uppercase()) } else { a.cmp(&b) }
        };
        if self.reverse { order.reverse() } else { order }
    }
}

struct Key {
    from: (usize, usize),
    to: Option<(usize, usize)>,
    how: Option<How>,
}

impl Key {
    fn parse(text: &str) -> Option<Self> {
        let letters: String = text.chars().filter(char::is_ascii_alphabetic).collect();
        let position = |part: &str| -> Option<(usize, usize)> {
            let part = part.trim_end_matches(|c: char| c.is_ascii_alphabetic());
            match part.split_once('.') {
                Some((field, char)) => Some((field.parse().ok()?, char.parse().ok()?)),
                None => Some((part.parse().ok()?, 0)),
            }
        };
        let (from, to) = match text.split_once(',') {
            Some((from, to)) => (from, Some(position(to)?)),
            None => (text, None),
        };
        let from = position(from).filter(|(field, _)| *field > 0)?;
        let how = (!letters.trim_matches('b').is_empty() || letters.contains('b')).then(|| How::read(&letters));
        Some(Self { from, to, how })
    }

    fn of<'a>(&self, line: &'a str, separator: Option<char>) -> &'a str {
        let start = field_start(line, self.from.0, separator) + self.from.1.saturating_sub(1);
        let end = match self.to {
            None => line.len(),
            Some((field, 0)) => field_end(line, field, separator),
            Some((field, char)) => (field_start(line, field, separator) + char).min(line.len()),
        };
        line.get(start.min(line.len())..end.max(start).min(line.len())).unwrap_or_default()
    }
}

/// Where a field begins; without a separator a field takes the blanks before it along.
fn field_start(line: &str, field: usize, separator: Option<char>) -> usize {
    if field <= 1 {
        0
    } else {
        (field_end(line, field - 1, separator) + usize::from(separator.is_some())).min(line.len())
    }
}

fn field_end(line: &str, field: usize, separator: Option<char>) -> usize {
    let mut at = 0;
    for i in 0..field {
        match separator {
            Some(separator) => {
                at += usize::from(i > 0);
                match line.get(at..).and_then(|rest| rest.find(separator)) {
                    Some(offset) => at += offset,
                    None => return line.len(),
                }
            }
            None => {
                let rest = &line[at..];
                let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
                let word = rest[blanks..].find([' ', '\t']).unwrap_or(rest.len() - blanks);
                at += blanks + word;
            }
        }
    }
    at
}

fn number(text: &str, general: bool) -> f64 {
    let text = text.trim_start();
    let allowed = |(i, c): (usize, char)| {
        c.is_ascii_digit() || c == '.' || (i == 0 && c == '-') || (general && (c == 'e' || c == '+' || c == '-'))
    };
    let length = text.char_indices().take_while(|x| allowed(*x)).count();
    (0..=length).rev().find_map(|end| text[..end].parse().ok()).unwrap_or(if general { f64::MIN } else { 0.0 })
}

fn human(text: &str) -> f64 {
    let text = text.trim_start();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '-').unwrap_or(text.len());
    let power =
        text[digits..].chars().next().and_then(|c| "KMGTPE".find(c.to_ascii_uppercase())).map_or(0, |p| p as i32 + 1);
    text[..digits].parse::<f64>().unwrap_or(0.0) * 1024f64.powi(power)
}

fn version(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    loop {
        let digits = |s: &str| s.find(|c: char| !c.is_ascii_digit()).unwrap_or(s.len());
        let words = |s: &str| s.find(|c: char| c.is_ascii_digit()).unwrap_or(s.len());
        let (wa, wb) = (words(a), words(b));
        let order = a[..wa].cmp(&b[..wb]);
        if order.is_ne() {
            return order;
        }
        (a, b) = (&a[wa..], &b[wb..]);
        let (da, db) = (digits(a), digits(b));
        let strip = |s: &str| s.trim_start_matches('0').to_owned();
        let (na, nb) = (strip(&a[..da]), strip(&b[..db]));
        let order = na.len().cmp(&nb.len()).then(na.cmp(&nb));
        if order.is_ne() || (a.is_empty() && b.is_empty()) {
            return order;
        }
        (a, b) = (&a[da..], &b[db..]);
    }
}

pub fn run(process: Process) -> LocalBoxFuture<'static, i32> {
    Box::pin(async move {
        let Some(options) = read(&process, &ACCEPTS) else { return 2 };
        let mut keys = Vec::new();
        for text in options.values('k') {
            let Some(key) = Key::parse(text) else {
                process.eprint(format!("sort: invalid number at field start: invalid count at start of '{text}'\n"));
                return 2;
            };
            keys.push(key);
        }
        let letters: String = "nghVfrb".chars().filter(|c| options.has(*c)).collect();
        let how = How::read(&letters);
        let separator = options.value('t').map(|t| if t == "\\t" { '\t' } else { t.chars().next().unwrap_or('\0') });
        let (data, fine) = whole(&process, &options.operands).await;
        if !fine {
            return 2;
        }
        let mut rows: Vec<String> = lines(&data).into_iter().map(|l| String::from_utf8_lossy(l).into_owned()).collect();
        let compare_keys = |a: &String, b: &String| {
            if keys.is_empty() {
                return how.compare(a, b);
            }
            let each =
                keys.iter().map(|key| key.how.unwrap_or(how).compare(key.of(a, separator), key.of(b, separator)));
            each.fold(Ordering::Equal, Ordering::then)
        };
        let compare = |a: &String, b: &String| {
            let order = compare_keys(a, b);
            if options.has('s') || options.has('u') {
                return order;
            }
            order.then_with(|| if how.reverse { b.cmp(a) } else { a.cmp(b) })
        };
        if options.has('c') || options.has('C') {
            let bad = rows.windows(2).position(|pair| compare(&pair[0], &pair[1]).is_gt());
            if let Some(at) = bad.filter(|_| options.has('c')) {
                let file = options.operands.first().map_or("-", String::as_str);
                process.eprint(format!("sort: {file}:{}: disorder: {}\n", at + 2, rows[at + 1]));
            }
            return i32::from(bad.is_some());
        }
        crate::order::sort_by(&mut rows, compare);
        if options.has('u') {
            rows.dedup_by(|a, b| compare_keys(a, b).is_eq());
        }
        let mut out = rows.join("\n");
        if !rows.is_empty() {
            out.push('\n');
        }
        match options.value('o') {
            None => process.print(out).await,
            Some(file) => match open_writer(&process, file, Open::Truncate) {
                Ok(writer) => {
                    let _ = writer.write_all(out.as_bytes()).await;
                }
                Err(error) => {
                    process.eprint(format!("sort: open failed: {file}: {error}\n"));
                    return 2;
                }
            },
        }
        0
    })
}
