//! `seq` and `yes`.

use super::input::breathe;
use super::number::general;
use super::options::{Accepts, read};
use super::printf::Printer;
use crate::os::future::LocalBoxFuture;
use crate::os::process::Process;

const ACCEPTS: Accepts = Accepts {
    flags: "w",
    valued: "sf",
    long: &[("separator", 's'), ("equal-width", 'w'), ("format", 'f')],
    mixed: false,
};

pub fn run(mut process: Process) -> LocalBoxFuture<'static, i32> {
    Box::pin(async move {
        // A negative number is no option.
        let at = process.args.iter().skip(1).position(|a| {
            a.strip_prefix('-').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit() || c == '.'))
        });
        if let Some(at) = at {
            process.args.insert(at + 1, "--".to_owned());
        }
        let Some(options) = read(&process, &ACCEPTS) else { return 1 };
        let operands: Vec<&String> = options.operands.iter().filter(|o| *o != "--").collect();
        let mut numbers = Vec::new();
        for operand in &operands {
            match operand.parse::<f64>() {
                Ok(number) if number.is_finite() => numbers.push(number),
                _ => {
                    let text = format!(
                        "seq: invalid floating point argument: '{operand}'\nTry 'seq --help' for more information.\n"
                    );
                    process.eprint(text);
                    return 1;
                }
            }
        }
        let (first, step, last) = match numbers.as_slice() {
            [last] => (1.0, 1.0, *last),
            [first, last] => (*first, 1.0, *last),
            [first, step, last] => (*first, *step, *last),
            [] => {
                process.eprint("seq: missing operand\nTry 'seq --help' for more information.\n");
                return 1;
            }
            _ => {
                process
                    .eprint(format!("seq: extra operand '{}'\nTry 'seq --help' for more information.\n", operands[3]));
                return 1;
            }
        };
        if step == 0.0 {
            process.eprint(format!("seq: invalid Zero increment value: '{}'\n", operands[1]));
            return 1;
        }
        let decimals = |text: &String| text.split_once('.').map_or(0, |(_, d)| d.len());
        let places = operands.iter().take(2.min(operands.len())).map(|o| decimals(o)).max().unwrap_or(0);
        let places = if operands.len() == 1 { 0 } else { places };
        let width =
            if options.has('w') { format!("{first:.places$}").len().max(format!("{last:.places$}").len()) } else { 0 };
        let separator = options.value('s').unwrap_or("\n");
        let mut chunk = String::new();
        let mut index = 0u64;
        loop {
            let value = first + index as f64 * step;
            if (step > 0.0 && value > last + 1e-9 * step) || (step < 0.0 && value < last + 1e-9 * step) {
                break;
            }
            if index > 0 {
                chunk.push_str(separator);
            }
            match options.value('f') {
                Some(format) => {
                    let mut printer = Printer::default();
                    printer.run(format.as_bytes(), &[general(value, 17)]);
                    chunk.push_str(&String::from_utf8_lossy(&printer.out));
                }
                None => chunk.push_str(&format!("{value:0width$.places$}")),
            }
            index += 1;
            if chunk.len() > 8192 {
                process.print(std::mem::take(&mut chunk)).await;
                breathe(&process).await;
            }
        }
        if index > 0 {
            chunk.push('\n');
        }
        process.print(chunk).await;
        0
    })
}

pub fn yes(process: Process) -> LocalBoxFuture<'static, i32> {
    Box::pin(async move {
        let words = if process.args.len() > 1 { process.args[1..].join(" ") } else { "y".to_owned() };
        let chunk = format!("{words}\n").repeat((8192 / (words.len() + 1)).max(1));
        loop {
            if process.stdout.write_all(chunk.as_bytes()).await.is_err() {
                return 1;
            }
            breathe(&process).await;
        }
    })
}
