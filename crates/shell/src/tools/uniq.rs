//! `uniq`.

use super::input::{LINE_LIMIT, open};
use super::options::{Accepts, read};
use crate::os::future::LocalBoxFuture;
use crate::os::process::Process;

const ACCEPTS: Accepts = Accepts {
    flags: "cdiuD",
    valued: "fsw",
    long: &[("count", 'c'), ("repeated", 'd'), ("ignore-case", 'i'), ("unique", 'u'), ("skip-fields", 'f')],
    mixed: true,
};

pub fn run(process: Process) -> LocalBoxFuture<'static, i32> {
    Box::pin(async move {
        let Some(options) = read(&process, &ACCEPTS) else { return 1 };
        let operand = options.operands.first().map_or("-", String::as_str);
        let Some(reader) = open(&process, operand) else { return 1 };
        let number = |letter| options.value(letter).and_then(|v| v.parse::<usize>().ok()).unwrap_or(0);
        let (fields, chars) = (number('f'), number('s'));
        let key = |line: &str| {
            let mut rest = line;
            for _ in 0..fields {
                rest = rest.trim_start();
                rest = &rest[rest.find([' ', '\t']).unwrap_or(rest.len())..];
            }
            let rest: String = rest.chars().skip(chars).collect();
            if options.has('i') { rest.to_lowercase() } else { rest }
        };
        let mut current: Option<(String, String, u64)> = None;
        loop {
            let line = reader.read_line(LINE_LIMIT).await.ok().flatten();
            let text = line.as_ref().map(|l| String::from_utf8_lossy(l.strip_suffix(b"\n").unwrap_or(l)).into_owned());
            if let (Some((own, _, count)), Some(text)) = (&mut current, &text)
                && *own == key(text)
            {
                *count += 1;
                continue;
            }
            if let Some((_, first, count)) = current.take() {
                let wanted = if options.has('d') { count > 1 } else { !options.has('u') || count == 1 };
                if wanted {
                    let head = if options.has('c') { format!("{count:7} ") } else { String::new() };
                    process.print(format!("{head}{first}\n")).await;
                }
            }
            match text {
                Some(text) => current = Some((key(&text), text, 1)),
                None => return 0,
            }
        }
    })
}
