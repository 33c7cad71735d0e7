//! `wc`.

use super::input::{WHOLE_LIMIT, open};
use super::options::{Accepts, read};
use crate::os::future::LocalBoxFuture;
use crate::os::process::Process;

const ACCEPTS: Accepts = Accepts {
    flags: "clmwL",
    valued: "",
    long: &[("bytes", 'c'), ("lines", 'l'), ("chars", 'm'), ("words", 'w'), ("max-line-length", 'L')],
    mixed: true,
};

#[derive(Default, Clone, Copy)]
struct Counts {
    lines: usize,
    words: usize,
    chars: usize,
    bytes: usize,
    longest: usize,
}

fn count(data: &[u8]) -> Counts {
    let text = String::from_utf8_lossy(data);
    Counts {
        lines: data.iter().filter(|b| **b == b'\n').count(),
        words: text.split_whitespace().count(),
        chars: text.chars().count(),
        bytes: data.len(),
        longest: text.lines().map(|line| line.chars().count()).max().unwrap_or(0),
    }
}

pub fn run(process: Process) -> LocalBoxFuture<'static, i32> {
    Box::pin(async move {
        let Some(options) = read(&process, &ACCEPTS) else { return 1 };
        let default = !"clmwL".chars().any(|c| options.has(c));
        let shown = |counts: Counts| -> Vec<usize> {
            let all = [
                ('l', counts.lines),
                ('w', counts.words),
                ('m', counts.chars),
                ('c', counts.bytes),
                ('L', counts.longest),
            ];
            all.into_iter().filter(|(c, _)| options.has(*c) || default && "lwc".contains(*c)).map(|(_, n)| n).collect()
        };
        let mut rows = Vec::new();
        let mut total = Counts::default();
        let mut code = 0;
        let stdin = options.operands.is_empty();
        for operand in super::input::or_stdin(&options.operands) {
            let Some(reader) = open(&process, &operand) else {
                code = 1;
                continue;
            };
            let data = match reader.read_to_end(WHOLE_LIMIT).await {
                Ok(data) => data,
                Err(error) => {
                    process.eprint(format!("wc: {operand}: {error}\n"));
                    code = 1;
                    continue;
                }
            };
            let counts = count(&data);
            total.lines += counts.lines;
            total.words += counts.words;
            total.chars += counts.chars;
            total.bytes += counts.bytes;
            total.longest = total.longest.max(counts.longest);
            rows.push((counts, if stdin { String::new() } else { format!(" {operand}") }));
        }
        if options.operands.len() > 1 {
            rows.push((total, " total".to_owned()));
        }
        // GNU's widths: by the total's digits for files, seven for several figures of standard input.
        let columns = shown(total).len();
        let width = if columns == 1 && rows.len() == 1 {
            1
        } else if options.operands.iter().all(|o| o == "-") {
            7
        } else {
            total.bytes.to_string().len()
        };
        for (counts, label) in rows {
            let figures: Vec<String> = shown(counts).iter().map(|n| format!("{n:>width$}")).collect();
            process.print(format!("{}{label}\n", figures.join(" "))).await;
        }
        code
    })
}
