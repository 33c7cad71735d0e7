//! `printf`.

use super::escape::{Style, expand};
use crate::interp::slice::protect;
use crate::os::future::LocalBoxFuture;
use crate::os::process::Process;

/// How wide a field may be asked for.
const MAX_WIDTH: usize = 1 << 20;

pub fn run(process: Process) -> LocalBoxFuture<'static, i32> {
    Box::pin(async move {
        let mut args = &process.args[1..];
        if args.first().is_some_and(|a| a == "--") {
            args = &args[1..];
        }
        let Some((format, values)) = args.split_first() else {
            process.eprint("printf: usage: printf [-v var] format [arguments]\n");
            return 2;
        };
        let mut printer = Printer::default();
        printer.run(format.as_bytes(), values);
        process.print(&printer.out).await;
        for error in &printer.errors {
            process.eprint(format!("{}printf: {error}\n", process.prefix));
        }
        i32::from(!printer.errors.is_empty())
    })
}

/// Formats values as `printf` does; the text so far and what was wrong.
#[derive(Default)]
pub struct Printer {
    pub out: Vec<u8>,
    pub errors: Vec<String>,
    stop: bool,
}

#[derive(Default)]
struct Spec {
    left: bool,
    zero: bool,
    plus: bool,
    space: bool,
    alternate: bool,
    width: usize,
    precision: Option<usize>,
}

impl Printer {
    /// Repeats the format until all values are used.
    pub fn run(&mut self, format: &[u8], values: &[String]) {
        let mut rest = values.iter();
        loop {
            let before = rest.len();
            self.once(format, &mut rest);
            if self.stop || rest.len() == 0 || rest.len() == before {
                return;
            }
        }
    }

    /// Uses the format once, whatever values are left.
    pub fn run_once(&mut self, format: &[u8], values: &[String]) {
        self.once(format, &mut values.iter());
    }

    fn once(&mut self, format: &[u8], values: &mut std::slice::Iter<'_, String>) {
        let mut at = 0;
        while at < format.len() && !self.stop {
            let literal = format[at..].iter().position(|b| *b == b'%').map_or(format.len(), |n| at + n);
            self.out.extend(expand(&format[at..literal], Style::Format).bytes);
            if literal == format.len() {
                return;
            }
            at = self.directive(format, literal + 1, values);
        }
    }

    fn directive(&mut self, format: &[u8], mut at: usize, values: &mut std::slice::Iter<'_, String>) -> usize {
        let start = at;
        let mut spec = Spec::default();
        while let Some(flag) = format.get(at) {
            match flag {
                b'-' => spec.left = true,
                b'0' => spec.zero = true,
                b'+' => spec.plus = true,
                b' ' => spec.space = true,
                b'#' => spec.alternate = true,
                _ => break,
            }
            at += 1;
        }
        let mut number = |at: &mut usize| -> Option<i64> {
            if format.get(*at) == Some(&b'*') {
                *at += 1;
                return Some(values.next().and_then(|v| v.parse().ok()).unwrap_or(0));
            }
            let digits = format[*at..].iter().take_while(|b| b.is_ascii_digit()).count();
            let text = std::str::from_utf8(&format[*at..*at + digits]).unwrap_or_default();
            *at += digits;
            text.parse().ok()
        };
        if let Some(width) = number(&mut at) {
            spec.left |= width < 0;
            spec.width = (width.unsigned_abs() as usize).min(MAX_WIDTH);
        }
        if format.get(at) == Some(&b'.') {
            at += 1;
            spec.precision = Some((number(&mut at).unwrap_or(0).max(0) as usize).min(MAX_WIDTH));
        }
        while matches!(format.get(at), Some(b'l' | b'h' | b'q' | b'j' | b'z' | b't')) && format.get(at + 1).is_some() {
            if format[at] == b'q' {
                break;
            }
            at += 1;
        }
        let Some(kind) = format.get(at) else {
            self.errors.push(format!("`{}': missing format character", String::from_utf8_lossy(&format[start - 1..])));
            self.stop = true;
            return at;
        };
        if *kind == b'%' {
            self.out.push(b'%');
            return at + 1;
        }
        let value = values.next();
        let text = value.map(String::as_str).unwrap_or_default();
        match kind {
            b's' => self.pad_text(text.as_bytes(), &spec),
            b'q' => {
                let text = if value.is_some() { protect(text) } else { "''".to_owned() };
                self.pad_text(text.as_bytes(), &spec);
            }
            b'b' => {
                let expanded = expand(text.as_bytes(), Style::Argument);
                self.pad_text(&expanded.bytes, &spec);
                self.stop = expanded.stop;
            }
            b'c' => {
                let first = text.chars().next().map(String::from).unwrap_or_default();
                self.pad_text(first.as_bytes(), &spec);
            }
            b'd' | b'i' => {
                let number = self.integer(text);
                let digits = number.unsigned_abs().to_string();
                self.pad_number(number < 0, "", digits, &spec);
            }
            b'u' | b'x' | b'X' | b'o' => {
                let number = self.unsigned(text);
                let (digits, prefix) = match kind {
                    b'u' => (number.to_string(), ""),
                    b'x' => (format!("{number:x}"), if spec.alternate && number != 0 { "0x" } else { "" }),
                    b'X' => (format!("{number:X}"), if spec.alternate && number != 0 { "0X" } else { "" }),
                    _ => (format!("{number:o}"), if spec.alternate { "0" } else { "" }),
                };
                self.pad_number(false, prefix, digits, &Spec { plus: false, space: false, ..spec });
            }
            b'f' | b'F' | b'e' | b'E' | b'g' | b'G' => {
                let number = text.trim().parse::<f64>().unwrap_or_else(|_| {
                    if !text.is_empty() {
                        self.errors.push(format!("{text}: invalid number"));
                    }
                    0.0
                });
                let digits = super::number::float(number.abs(), *kind, spec.precision);
                let spec = Spec { precision: None, ..spec };
                self.pad_number(number.is_sign_negative() && !number.is_nan(), "", digits, &spec);
            }
            other => {
                self.errors.push(format!("`{}': invalid format character", char::from(*other)));
                self.stop = true;
            }
        }
        at + 1
    }

    fn pad_text(&mut self, text: &[u8], spec: &Spec) {
        let text = &text[..spec.precision.map_or(text.len(), |limit| text.len().min(limit))];
        let width = String::from_utf8_lossy(text).chars().count();
        let fill = spec.width.saturating_sub(width);
        if !spec.left {
            self.out.resize(self.out.len() + fill, b' ');
        }
        self.out.extend_from_slice(text);
        if spec.left {
            self.out.resize(self.out.len() + fill, b' ');
        }
    }

    fn pad_number(&mut self, negative: bool, prefix: &str, digits: String, spec: &Spec) {
        let mut head = String::from(match (negative, spec.plus, spec.space) {
            (true, ..) => "-",
            (false, true, _) => "+",
            (false, false, true) => " ",
            _ => "",
        });
        head.push_str(prefix);
        let mut digits = digits;
        if let Some(precision) = spec.precision {
            digits = format!("{digits:0>precision$}");
        } else if spec.zero && !spec.left {
            let width = spec.width.saturating_sub(head.len());
            digits = format!("{digits:0>width$}");
        }
        let inner = Spec { precision: None, left: spec.left, width: spec.width, ..Spec::default() };
        self.pad_text(format!("{head}{digits}").as_bytes(), &inner);
    }

    fn integer(&mut self, text: &str) -> i64 {
        let (value, fine) = parse_integer(text);
        if !fine {
            self.errors.push(format!("{text}: invalid number"));
        }
        i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
    }

    fn unsigned(&mut self, text: &str) -> u64 {
        let (value, fine) = parse_integer(text);
        if !fine {
            self.errors.push(format!("{text}: invalid number"));
        }
        if value < 0 { value as i64 as u64 } else { u64::try_from(value).unwrap_or(u64::MAX) }
    }
}

/// A number in C's notation (or `'c`), as far as it goes, and whether that was all of the text.
fn parse_integer(text: &str) -> (i128, bool) {
    if let Some(rest) = text.strip_prefix(['\'', '"']) {
        return (rest.chars().next().map_or(0, |c| i128::from(c as u32)), true);
    }
    let trimmed = text.trim_start();
    let (negative, digits) = match trimmed.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, trimmed.strip_prefix('+').unwrap_or(trimmed)),
    };
    let (base, digits) = if let Some(rest) = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        (16, rest)
    } else if digits.len() > 1 && digits.starts_with('0') {
        (8, &digits[1..])
    } else {
        (10, digits)
    };
    let length = digits.find(|c: char| !c.is_digit(base)).unwrap_or(digits.len());
    let value = digits[..length.min(30)].chars().filter_map(|c| c.to_digit(base));
    let value =
        value.fold(0i128, |value, digit| value.saturating_mul(i128::from(base)).saturating_add(i128::from(digit)));
    (if negative { -value } else { value }, length == digits.len() && (length > 0 || text.is_empty()))
}
