//! Small tools on names and lines: `basename`, `dirname`, `rev`, `nl`, `tac`, `paste`, `comm`, `column`, `expr`.

use super::input::{lines, or_stdin, whole};
use super::options::{Accepts, read};
use super::regex::Regex;
use crate::os::future::LocalBoxFuture;
use crate::os::process::Process;
use crate::vfs::path;

type Running = LocalBoxFuture<'static, i32>;

const fn accepts(flags: &'static str, valued: &'static str) -> Accepts {
    Accepts { flags, valued, long: &[], mixed: true }
}

async fn text(process: &Process, operands: &[String]) -> (Vec<String>, bool) {
    let (data, fine) = whole(process, operands).await;
    (lines(&data).into_iter().map(|l| String::from_utf8_lossy(l).into_owned()).collect(), fine)
}

pub fn basename(process: Process) -> Running {
    Box::pin(async move {
        let [_, name, rest @ ..] = process.args.as_slice() else {
            process.eprint("basename: missing operand\nTry 'basename --help' for more information.\n");
            return 1;
        };
        let base = path::file_name(name);
        let suffix = rest.first().map_or("", String::as_str);
        let base = base.strip_suffix(suffix).filter(|short| !short.is_empty()).unwrap_or(base);
        process.print(format!("{base}\n")).await;
        0
    })
}

pub fn dirname(process: Process) -> Running {
    Box::pin(async move {
        if process.args.len() < 2 {
            process.eprint("dirname: missing operand\nTry 'dirname --help' for more information.\n");
            return 1;
        }
        for name in &process.args[1..] {
            let trimmed = name.trim_end_matches('/');
            let dir = match trimmed.rfind('/') {
                None if trimmed.is_empty() && !name.is_empty() => "/",
                None => ".",
                Some(0) => "/",
                Some(at) => trimmed[..at].trim_end_matches('/'),
            };
            process.print(format!("{dir}\n")).await;
        }
        0
    })
}

pub fn rev(process: Process) -> Running {
    Box::pin(async move {
        let (lines, fine) = text(&process, &process.args[1..]).await;
        for line in lines {
            process.print(format!("{}\n", line.chars().rev().collect::<String>())).await;
        }
        i32::from(!fine)
    })
}

pub fn tac(process: Process) -> Running {
    Box::pin(async move {
        let (lines, fine) = text(&process, &process.args[1..]).await;
        for line in lines.iter().rev() {
            process.print(format!("{line}\n")).await;
        }
        i32::from(!fine)
    })
}

pub fn nl(process: Process) -> Running {
    Box::pin(async move {
        let Some(options) = read(&process, &accepts("", "bwsn")) else { return 1 };
        let all = options.value('b') == Some("a");
        let width = options.value('w').and_then(|w| w.parse().ok()).unwrap_or(6usize).min(1000);
        let separator = options.value('s').unwrap_or("\t");
        let (lines, fine) = text(&process, &options.operands).await;
        let mut number = 0;
        for line in lines {
            if line.is_empty() && !all {
                process.print(format!("{}\n", " ".repeat(width + 1))).await;
                continue;
            }
            number += 1;
            process.print(format!("{number:>width$}{separator}{line}\n")).await;
        }
        i32::from(!fine)
    })
}

pub fn paste(process: Process) -> Running {
    Box::pin(async move {
        let Some(options) = read(&process, &accepts("s", "d")) else { return 1 };
        let delimiters: Vec<char> = super::unescape(options.value('d').unwrap_or("\t")).chars().collect();
        let mut columns = Vec::new();
        let mut fine = true;
        let operands = or_stdin(&options.operands);
        for operand in &operands {
            let (lines, ok) = text(&process, std::slice::from_ref(operand)).await;
            fine &= ok;
            columns.push(lines);
        }
        // Who reads standard input several times gets its lines in turn.
        let shares: Vec<usize> = (0..operands.len()).filter(|i| operands[*i] == "-").collect();
        if let [first, _, ..] = shares[..]
            && !options.has('s')
        {
            let lines = std::mem::take(&mut columns[first]);
            for (at, line) in lines.into_iter().enumerate() {
                columns[shares[at % shares.len()]].push(line);
            }
        }
        let join = |cells: &mut dyn Iterator<Item = &str>| {
            let mut out = String::new();
            for (i, cell) in cells.enumerate() {
                if i > 0 && !delimiters.is_empty() {
                    out.push(delimiters[(i - 1) % delimiters.len()]);
                }
                out.push_str(cell);
            }
            out.push('\n');
            out
        };
        if options.has('s') {
            for column in &columns {
                process.print(join(&mut column.iter().map(String::as_str))).await;
            }
        } else {
            let rows = columns.iter().map(Vec::len).max().unwrap_or(0);
            for row in 0..rows {
                let mut cells = columns.iter().map(|column| column.get(row).map_or("", String::as_str));
                process.print(join(&mut cells)).await;
            }
        }
        i32::from(!fine)
    })
}

pub fn comm(process: Process) -> Running {
    Box::pin(async move {
        let Some(options) = read(&process, &accepts("123", "")) else { return 1 };
        let [left, right] = options.operands.as_slice() else {
            process.eprint("comm: missing operand\nTry 'comm --help' for more information.\n");
            return 1;
        };
        let ((left, a), (right, b)) =
            (text(&process, std::slice::from_ref(left)).await, text(&process, std::slice::from_ref(right)).await);
        let (mut i, mut j) = (0, 0);
        while i < left.len() || j < right.len() {
            let order = match (left.get(i), right.get(j)) {
                (Some(l), Some(r)) => l.cmp(r),
                (Some(_), None) => std::cmp::Ordering::Less,
                _ => std::cmp::Ordering::Greater,
            };
            let (column, line) = match order {
                std::cmp::Ordering::Less => ('1', &left[i]),
                std::cmp::Ordering::Greater => ('2', &right[j]),
                std::cmp::Ordering::Equal => ('3', &left[i]),
            };
            i += usize::from(order.is_le());
            j += usize::from(order.is_ge());
            if !options.has(column) {
                let indent = "12".chars().filter(|c| *c < column && !options.has(*c)).count();
                process.print(format!("{}{line}\n", "\t".repeat(indent))).await;
            }
        }
        i32::from(!(a && b))
    })
}

pub fn column(process: Process) -> Running {
    Box::pin(async move {
        let Some(options) = read(&process, &accepts("t", "sco")) else { return 1 };
        let (lines, fine) = text(&process, &options.operands).await;
        let rows: Vec<Vec<&str>> = lines
            .iter()
            .filter(|line| !line.trim().is_empty())
            .map(|line| match options.value('s') {
                Some(separators) => line.split(|c| separators.contains(c)).collect(),
                None => line.split_whitespace().collect(),
            })
            .collect();
        let count = rows.iter().map(Vec::len).max().unwrap_or(0);
        let width =
            |i: usize| rows.iter().filter_map(|row| row.get(i)).map(|cell| cell.chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..count).map(width).collect();
        let joiner = options.value('o').unwrap_or("  ");
        for row in &rows {
            let mut out = String::new();
            for (i, cell) in row.iter().enumerate() {
                out.push_str(cell);
                if i + 1 < row.len() {
                    out.push_str(&" ".repeat(widths[i] - cell.chars().count()));
                    out.push_str(joiner);
                }
            }
            process.print(format!("{out}\n")).await;
        }
        i32::from(!fine)
    })
}

/// `expr`, by strength: `|`, `&`, comparisons, sums, products, `:`.
pub fn expr(process: Process) -> Running {
    Box::pin(async move {
        let mut reader = Expr { words: process.args[1..].to_vec(), at: 0, depth: 0 };
        let result = reader.level(0);
        let result = match result {
            Ok(_) if reader.at < reader.words.len() => {
                Err(format!("syntax error: unexpected argument '{}'", reader.words[reader.at]))
            }
            other => other,
        };
        match result {
            Ok(value) => {
                process.print(format!("{value}\n")).await;
                i32::from(value.is_empty() || value == "0")
            }
            Err(message) => {
                process.eprint(format!("expr: {message}\n"));
                2
            }
        }
    })
}

struct Expr {
    words: Vec<String>,
    at: usize,
    depth: u32,
}

impl Expr {
    fn level(&mut self, level: usize) -> Result<String, String> {
        const LEVELS: &[&[&str]] =
            &[&["|"], &["&"], &["=", "==", "!=", "<", "<=", ">", ">="], &["+", "-"], &["*", "/", "%"], &[":"]];
        let Some(operators) = LEVELS.get(level) else { return self.primary() };
        let mut left = self.level(level + 1)?;
        while let Some(operator) = self.words.get(self.at).filter(|w| operators.contains(&w.as_str())).cloned() {
            self.at += 1;
            let right = self.level(level + 1)?;
            left = apply(&operator, &left, &right)?;
        }
        Ok(left)
    }

    fn primary(&mut self) -> Result<String, String> {
        let Some(word) = self.words.get(self.at).cloned() else {
            return Err(match self.words.last() {
                Some(last) => format!("syntax error: missing argument after '{last}'"),
                None => "missing operand\nTry 'expr --help' for more information.".to_owned(),
            });
        };
        self.at += 1;
        self.depth += 1;
        if self.depth > 1000 {
            return Err("syntax error: nested too deeply".to_owned());
        }
        match word.as_str() {
            "(" => {
                let inner = self.level(0)?;
                self.at += 1;
                Ok(inner)
            }
            "length" if self.at < self.words.len() => Ok(self.primary()?.chars().count().to_string()),
            "substr" if self.at + 2 < self.words.len() => {
                let text = self.primary()?;
                let start = self.primary()?.parse::<usize>().unwrap_or(0);
                let length = self.primary()?.parse::<usize>().unwrap_or(0);
                Ok(if start == 0 { String::new() } else { text.chars().skip(start - 1).take(length).collect() })
            }
            "index" if self.at + 1 < self.words.len() => {
                let (text, set) = (self.primary()?, self.primary()?);
                Ok(text.chars().position(|c| set.contains(c)).map_or(0, |i| i + 1).to_string())
            }
            _ => Ok(word),
        }
    }
}

fn apply(operator: &str, left: &str, right: &str) -> Result<String, String> {
    let truth = |holds: bool| Ok(i32::from(holds).to_string());
    let numbers = (left.parse::<i64>(), right.parse::<i64>());
    let null = |text: &str| text.is_empty() || text == "0";
    match operator {
        "|" => return Ok(if null(left) { right } else { left }.to_owned()),
        "&" => return Ok(if null(left) || null(right) { "0" } else { left }.to_owned()),
        ":" => {
            let regex = Regex::basic(&format!("^{}", right.trim_start_matches('^')), false)?;
            return Ok(match regex.captures(left) {
                None if right.contains("\\(") => String::new(),
                None => "0".to_owned(),
                Some(groups) if groups.len() > 1 => groups[1].clone().unwrap_or_default(),
                Some(groups) => groups[0].as_ref().map_or(0, |g| g.chars().count()).to_string(),
            });
        }
        "=" | "==" | "!=" | "<" | "<=" | ">" | ">=" => {
            let order = match &numbers {
                (Ok(a), Ok(b)) => a.cmp(b),
                _ => left.cmp(right),
            };
            return truth(match operator {
                "=" | "==" => order.is_eq(),
                "!=" => order.is_ne(),
                "<" => order.is_lt(),
                "<=" => order.is_le(),
                ">" => order.is_gt(),
                _ => order.is_ge(),
            });
        }
        _ => {}
    }
    let (Ok(a), Ok(b)) = numbers else { return Err("non-integer argument".to_owned()) };
    if b == 0 && matches!(operator, "/" | "%") {
        return Err("division by zero".to_owned());
    }
    Ok(match operator {
        "+" => a.wrapping_add(b),
        "-" => a.wrapping_sub(b),
        "*" => a.wrapping_mul(b),
        "/" => a.wrapping_div(b),
        _ => a.wrapping_rem(b),
    }
    .to_string())
}
