//! Bytes made visible: `xxd`, `od`, `hexdump`.

use super::input::whole;
use super::options::{Accepts, read};
use crate::os::future::LocalBoxFuture;
use crate::os::process::Process;

type Running = LocalBoxFuture<'static, i32>;

fn printable(byte: u8) -> char {
    if (0x20..0x7f).contains(&byte) { char::from(byte) } else { '.' }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

pub fn xxd(process: Process) -> Running {
    Box::pin(async move {
        let accepts = Accepts { flags: "pru", valued: "lcsg", long: &[("plain", 'p'), ("reverse", 'r')], mixed: true };
        let Some(options) = read(&process, &accepts) else { return 1 };
        let (mut data, fine) = whole(&process, &options.operands).await;
        let number = |letter: char| options.value(letter).and_then(|v| v.parse::<usize>().ok());
        if options.has('r') {
            process.print(unhex(&data, options.has('p'))).await;
            return 0;
        }
        let skip = number('s').unwrap_or(0).min(data.len());
        data.drain(..skip);
        data.truncate(number('l').unwrap_or(usize::MAX));
        let mut out = String::new();
        if options.has('p') {
            for row in data.chunks(number('c').unwrap_or(30).max(1)) {
                out.push_str(&hex(row));
                out.push('\n');
            }
        } else {
            let (columns, group) = (number('c').unwrap_or(16).max(1), number('g').unwrap_or(2).max(1));
            let width = columns * 2 + columns.div_ceil(group);
            for (i, row) in data.chunks(columns).enumerate() {
                let cells: Vec<String> = row.chunks(group).map(hex).collect();
                let text: String = row.iter().map(|b| printable(*b)).collect();
                out.push_str(&format!("{:08x}: {:<width$} {text}\n", skip + i * columns, cells.join(" ")));
            }
        }
        process.print(out).await;
        i32::from(!fine)
    })
}

fn unhex(data: &[u8], plain: bool) -> Vec<u8> {
    let text = String::from_utf8_lossy(data).into_owned();
    let mut digits = String::new();
    for line in text.lines() {
        let body = if plain {
            line
        } else {
            line.split_once(": ").map_or(line, |(_, rest)| rest.split("  ").next().unwrap_or(rest))
        };
        digits.extend(body.chars().filter(char::is_ascii_hexdigit));
    }
    digits
        .as_bytes()
        .chunks_exact(2)
        .filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

pub fn od(process: Process) -> Running {
    Box::pin(async move {
        let accepts = Accepts { flags: "cbxdov", valued: "AtNjw", long: &[], mixed: true };
        let Some(options) = read(&process, &accepts) else { return 1 };
        let (mut data, fine) = whole(&process, &options.operands).await;
        let number = |letter: char| options.value(letter).and_then(|v| v.parse::<usize>().ok());
        data.truncate(number('N').unwrap_or(usize::MAX));
        let kind = match options.value('t') {
            _ if options.has('c') => "c",
            _ if options.has('b') => "o1",
            _ if options.has('x') => "x2",
            Some(kind) => kind,
            None => "o2",
        };
        let base = options.value('A').unwrap_or("o").to_owned();
        let address = |at: usize| match base.as_str() {
            "n" => String::new(),
            "d" => format!("{at:07}"),
            "x" => format!("{at:06x}"),
            _ => format!("{at:07o}"),
        };
        let mut out = String::new();
        for (i, row) in data.chunks(number('w').unwrap_or(16).max(1)).enumerate() {
            out.push_str(&address(i * 16));
            out.push_str(&cells(row, kind));
            out.push('\n');
        }
        if base != "n" {
            out.push_str(&format!("{}\n", address(data.len())));
        }
        process.print(out).await;
        i32::from(!fine)
    })
}

fn cells(row: &[u8], kind: &str) -> String {
    let word = |pair: &[u8]| u32::from(pair[0]) | u32::from(*pair.get(1).unwrap_or(&0)) << 8;
    match kind {
        "c" => row.iter().map(|b| format!("{:>4}", character(*b))).collect(),
        "o1" => row.iter().map(|b| format!(" {b:03o}")).collect(),
        "x1" | "x" => row.iter().map(|b| format!(" {b:02x}")).collect(),
        "d1" | "u1" => row.iter().map(|b| format!(" {b:>3}")).collect(),
        "x2" => row.chunks(2).map(|pair| format!(" {:04x}", word(pair))).collect(),
        _ => row.chunks(2).map(|pair| format!(" {:06o}", word(pair))).collect(),
    }
}

fn character(byte: u8) -> String {
    match byte {
        0 => "\\0".to_owned(),
        7 => "\\a".to_owned(),
        8 => "\\b".to_owned(),
        9 => "\\t".to_owned(),
        10 => "\\n".to_owned(),
        11 => "\\v".to_owned(),
        12 => "\\f".to_owned(),
        13 => "\\r".to_owned(),
        0x20..0x7f => char::from(byte).to_string(),
        _ => format!("{byte:03o}"),
    }
}

/// `hexdump -C`; without `-C` the two-byte words.
pub fn hexdump(process: Process) -> Running {
    Box::pin(async move {
        let accepts = Accepts { flags: "Cvx", valued: "ns", long: &[("canonical", 'C')], mixed: true };
        let Some(options) = read(&process, &accepts) else { return 1 };
        let (mut data, fine) = whole(&process, &options.operands).await;
        data.truncate(options.value('n').and_then(|v| v.parse().ok()).unwrap_or(usize::MAX));
        let canonical = options.has('C');
        let mut out = String::new();
        let mut starred = false;
        let mut last: Option<&[u8]> = None;
        for (i, row) in data.chunks(16).enumerate() {
            // Equal rows are shown once, as the real one does.
            if last == Some(row) && row.len() == 16 && !options.has('v') {
                if !starred {
                    out.push_str("*\n");
                }
                starred = true;
                continue;
            }
            (starred, last) = (false, Some(row));
            if canonical {
                let half = |part: &[u8]| part.iter().map(|b| format!(" {b:02x}")).collect::<String>();
                let bytes = format!("{} {}", half(&row[..row.len().min(8)]), half(&row[row.len().min(8)..]));
                let text: String = row.iter().map(|b| printable(*b)).collect();
                out.push_str(&format!("{:08x} {bytes:<49}  |{text}|\n", i * 16));
            } else {
                out.push_str(&format!("{:07x}{}\n", i * 16, cells(row, "x2")));
            }
        }
        if !data.is_empty() {
            out.push_str(&if canonical { format!("{:08x}\n", data.len()) } else { format!("{:07x}\n", data.len()) });
        }
        process.print(out).await;
        i32::from(!fine)
    })
}
