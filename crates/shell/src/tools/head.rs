//! `head`.

use super::input::{LINE_LIMIT, or_stdin};
use super::options::{Accepts, Options, name, read};
use crate::interp::redirect::open_reader;
use crate::io::Reader;
use crate::os::future::LocalBoxFuture;
use crate::os::process::Process;

const ACCEPTS: Accepts = Accepts {
    flags: "qv0123456789",
    valued: "nc",
    long: &[("lines", 'n'), ("bytes", 'c'), ("quiet", 'q'), ("silent", 'q'), ("verbose", 'v')],
    mixed: true,
};

/// A count with the suffixes of coreutils (`10K`), and whether it had a minus or plus sign.
pub fn count(text: &str) -> Option<(Option<char>, u64)> {
    let sign = text.chars().next().filter(|c| *c == '-' || *c == '+');
    let digits = &text[usize::from(sign.is_some())..];
    let split = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    let factor = match &digits[split..] {
        "" => 1,
        "b" => 512,
        "K" | "k" | "KiB" => 1 << 10,
        "M" | "MiB" => 1 << 20,
        "G" | "GiB" => 1 << 30,
        "kB" | "KB" => 1000,
        "MB" => 1_000_000,
        _ => return None,
    };
    Some((sign, digits[..split].parse::<u64>().ok()?.saturating_mul(factor)))
}

/// `-5` as `-n 5`, the old way of `head` and `tail`.
pub fn modern(args: &[String]) -> Vec<String> {
    let mut out: Vec<String> = Vec::with_capacity(args.len() + 1);
    for (i, arg) in args.iter().enumerate() {
        let is_value = i > 0 && matches!(args[i - 1].as_str(), "-n" | "-c");
        let digits = arg.strip_prefix('-').filter(|d| !d.is_empty() && d.chars().all(|c| c.is_ascii_digit()));
        match digits {
            Some(digits) if !is_value => out.extend(["-n".to_owned(), digits.to_owned()]),
            _ => out.push(arg.clone()),
        }
    }
    out
}

/// How much `head` and `tail` are asked for: whether bytes are meant, not lines, the sign, and how many. Says so when it is
/// no number.
pub fn amount(process: &Process, options: &Options) -> Option<(bool, Option<char>, u64)> {
    let bytes = options.last_of("nc") == Some('c');
    let text = options.value(if bytes { 'c' } else { 'n' }).unwrap_or("10");
    if let Some((sign, amount)) = count(text) {
        return Some((bytes, sign, amount));
    }
    let what = if bytes { "bytes" } else { "lines" };
    process.eprint(format!("{}: invalid number of {what}: '{text}'\n", name(process)));
    None
}

/// What stands before the lines of one of several files.
pub fn title(operand: &str, is_first: bool) -> String {
    let name = if operand == "-" { "standard input" } else { operand };
    format!("{}==> {name} <==\n", if is_first { "" } else { "\n" })
}

pub fn run(mut process: Process) -> LocalBoxFuture<'static, i32> {
    Box::pin(async move {
        process.args = modern(&process.args);
        let Some(options) = read(&process, &ACCEPTS) else { return 1 };
        let Some((bytes, sign, limit)) = amount(&process, &options) else { return 1 };
        let operands = or_stdin(&options.operands);
        let titles = options.has('v') || operands.len() > 1 && !options.has('q');
        let mut code = 0;
        for (i, operand) in operands.iter().enumerate() {
            let Some(reader) = open_or_say(&process, operand) else {
                code = 1;
                continue;
            };
            if titles {
                process.print(title(operand, i == 0)).await;
            }
            if sign == Some('-') {
                all_but(&process, &reader, bytes, limit).await;
            } else {
                first(&process, &reader, bytes, limit).await;
            }
        }
        code
    })
}

/// Opens an operand, with the words `head` and `tail` have for a failure.
pub fn open_or_say(process: &Process, operand: &str) -> Option<Reader> {
    if operand == "-" {
        return Some(process.stdin.clone());
    }
    match open_reader(process, operand) {
        Ok(reader) => Some(reader),
        Err(error) => {
            process.eprint(format!("{}: cannot open '{operand}' for reading: {error}\n", name(process)));
            None
        }
    }
}

async fn first(process: &Process, reader: &Reader, bytes: bool, mut left: u64) {
    while left > 0 {
        let piece = if bytes {
            reader.read(usize::try_from(left).unwrap_or(usize::MAX).min(65_536)).await
        } else {
            reader.read_line(LINE_LIMIT).await.map(Option::unwrap_or_default)
        };
        let Ok(piece) = piece else { break };
        if piece.is_empty() {
            break;
        }
        left -= if bytes { piece.len() as u64 } else { 1 };
        if let Err(error) = process.stdout.write_all(&piece).await {
            process.eprint(format!("{}: write error: {error}\n", name(process)));
            return;
        }
    }
}

async fn all_but(process: &Process, reader: &Reader, bytes: bool, last: u64) {
    let data = reader.read_to_end(super::input::WHOLE_LIMIT).await.unwrap_or_default();
    let last = usize::try_from(last).unwrap_or(usize::MAX);
    let end = if bytes {
        data.len().saturating_sub(last)
    } else {
        let lines: Vec<&[u8]> = data.split_inclusive(|b| *b == b'\n').collect();
        lines[..lines.len().saturating_sub(last)].iter().map(|line| line.len()).sum()
    };
    process.print(&data[..end]).await;
}
