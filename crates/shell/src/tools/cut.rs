//! `cut`.

use super::input::{LINE_LIMIT, open, or_stdin};
use super::options::{Accepts, read};
use crate::os::future::LocalBoxFuture;
use crate::os::process::Process;

const ACCEPTS: Accepts = Accepts {
    flags: "snz",
    valued: "bcdfO",
    long: &[
        ("bytes", 'b'),
        ("characters", 'c'),
        ("delimiter", 'd'),
        ("fields", 'f'),
        ("only-delimited", 's'),
        ("output-delimiter", 'O'),
    ],
    mixed: true,
};

/// `1,3-5,7-` as ranges.
fn ranges(text: &str) -> Option<Vec<(usize, usize)>> {
    let mut out = Vec::new();
    for part in text.split(',') {
        let (from, to) = match part.split_once('-') {
            Some(("", to)) => (1, to.parse().ok()?),
            Some((from, "")) => (from.parse().ok()?, usize::MAX),
            Some((from, to)) => (from.parse().ok()?, to.parse().ok()?),
            None => {
                let one = part.parse().ok()?;
                (one, one)
            }
        };
        if from == 0 || to < from {
            return None;
        }
        out.push((from, to));
    }
    Some(out)
}

pub fn run(process: Process) -> LocalBoxFuture<'static, i32> {
    Box::pin(async move {
        let Some(options) = read(&process, &ACCEPTS) else { return 1 };
        let Some(kind) = options.last_of("bcf") else {
            let text = "cut: you must specify a list of bytes, characters, or fields\nTry 'cut --help' for more information.\n";
            process.eprint(text);
            return 1;
        };
        let list = options.value(kind).unwrap_or_default();
        let Some(ranges) = ranges(list) else {
            let what = if kind == 'f' { "field" } else { "byte/character" };
            process.eprint(format!("cut: invalid {what} value '{list}'\nTry 'cut --help' for more information.\n"));
            return 1;
        };
        let wanted = |n: usize| ranges.iter().any(|(from, to)| (*from..=*to).contains(&n));
        let delimiter = options.value('d').unwrap_or("\t");
        let mut delimiter_chars = delimiter.chars();
        let (Some(separator), None) = (delimiter_chars.next(), delimiter_chars.next()) else {
            process.eprint("cut: the delimiter must be a single character\nTry 'cut --help' for more information.\n");
            return 1;
        };
        let joiner = options.value('O').map_or(separator.to_string(), str::to_owned);
        let mut code = 0;
        for operand in or_stdin(&options.operands) {
            let Some(reader) = open(&process, &operand) else {
                code = 1;
                continue;
            };
            while let Ok(Some(line)) = reader.read_line(LINE_LIMIT).await {
                let text = String::from_utf8_lossy(line.strip_suffix(b"\n").unwrap_or(&line)).into_owned();
                let out = if kind != 'f' {
                    text.chars().enumerate().filter(|(i, _)| wanted(i + 1)).map(|(_, c)| c).collect()
                } else if text.contains(separator) {
                    let fields: Vec<&str> =
                        text.split(separator).enumerate().filter(|(i, _)| wanted(i + 1)).map(|(_, f)| f).collect();
                    fields.join(&joiner)
                } else if options.has('s') {
                    continue;
                } else {
                    text
                };
                process.print(format!("{out}\n")).await;
            }
        }
        code
    })
}
