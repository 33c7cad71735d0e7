//! `test` and `[`.

use crate::os::future::LocalBoxFuture;
use crate::os::process::Process;
use crate::vfs::Kind;
use std::cmp::Ordering;

pub fn run(process: Process) -> LocalBoxFuture<'static, i32> {
    Box::pin(async move {
        let name = process.args[0].clone();
        let mut words: Vec<&str> = process.args[1..].iter().map(String::as_str).collect();
        if name == "[" && words.pop() != Some("]") {
            process.eprint(format!("{}[: missing `]'\n", process.prefix));
            return 2;
        }
        match evaluate(&process, &words) {
            Ok(holds) => i32::from(!holds),
            Err(message) => {
                process.eprint(format!("{}{name}: {message}\n", process.prefix));
                2
            }
        }
    })
}

fn evaluate(process: &Process, words: &[&str]) -> Result<bool, String> {
    // POSIX decides by the number of arguments first, so that operands may look like operators.
    match words {
        [] => Ok(false),
        [word] => Ok(!word.is_empty()),
        ["!", word] => Ok(word.is_empty()),
        [operator, operand] if crate::grammar::is_unary(operator) => unary(process, operator, operand),
        [operator, _] => Err(format!("{operator}: unary operator expected")),
        [left, operator, right] if is_binary(operator) => binary(process, left, operator, right),
        [left, "-a", right] => Ok(!left.is_empty() && !right.is_empty()),
        [left, "-o", right] => Ok(!left.is_empty() || !right.is_empty()),
        ["!", rest @ ..] if rest.len() <= 3 => Ok(!evaluate(process, rest)?),
        ["(", inner @ .., ")"] if inner.len() <= 2 => evaluate(process, inner),
        [_, operator, _] => Err(format!("{operator}: binary operator expected")),
        _ => {
            let mut parser = Parser { process, words, at: 0, depth: 0 };
            let holds = parser.or()?;
            if parser.at < words.len() { Err("too many arguments".to_owned()) } else { Ok(holds) }
        }
    }
}

struct Parser<'a> {
    process: &'a Process,
    words: &'a [&'a str],
    at: usize,
    depth: u32,
}

impl Parser<'_> {
    fn accept(&mut self, word: &str) -> bool {
        let found = self.words.get(self.at) == Some(&word);
        self.at += usize::from(found);
        found
    }

    fn or(&mut self) -> Result<bool, String> {
        let mut holds = self.and()?;
        while self.accept("-o") {
            holds |= self.and()?;
        }
        Ok(holds)
    }

    fn and(&mut self) -> Result<bool, String> {
        let mut holds = self.term()?;
        while self.accept("-a") {
            holds &= self.term()?;
        }
        Ok(holds)
    }

    fn term(&mut self) -> Result<bool, String> {
        self.depth += 1;
        if self.depth > 100 {
            return Err("too many arguments".to_owned());
        }
        if self.accept("!") {
            return Ok(!self.term()?);
        }
        if self.accept("(") {
            let holds = self.or()?;
            return if self.accept(")") { Ok(holds) } else { Err("`)' expected".to_owned()) };
        }
        let rest = &self.words[self.at..];
        match rest {
            [left, operator, right, ..] if is_binary(operator) => {
                self.at += 3;
                binary(self.process, left, operator, right)
            }
            [operator, operand, ..] if crate::grammar::is_unary(operator) => {
                self.at += 2;
                unary(self.process, operator, operand)
            }
            [word, ..] => {
                self.at += 1;
                Ok(!word.is_empty())
            }
            [] => Err("argument expected".to_owned()),
        }
    }
}

fn is_binary(operator: &str) -> bool {
    matches!(
        operator,
        "=" | "==" | "!=" | "<" | ">" | "-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge" | "-nt" | "-ot" | "-ef"
    )
}

/// Whether an order is the one a numeric operator asks for.
pub fn compare(operator: &str, order: Ordering) -> bool {
    match operator {
        "-eq" => order.is_eq(),
        "-ne" => order.is_ne(),
        "-lt" => order.is_lt(),
        "-le" => order.is_le(),
        "-gt" => order.is_gt(),
        _ => order.is_ge(),
    }
}

/// A test of one operand.
///
/// # Errors
/// When there is no such test.
pub fn unary(process: &Process, operator: &str, operand: &str) -> Result<bool, String> {
    let files = process.fs();
    let path = process.path(operand);
    let meta = if operand.is_empty() { None } else { files.metadata(&path).ok() };
    let link = || files.with(|vfs| vfs.link_metadata(&path).is_ok_and(|meta| meta.kind == Kind::Link));
    Ok(match operator {
        "-z" => operand.is_empty(),
        "-n" => !operand.is_empty(),
        "-e" | "-a" => meta.is_some(),
        "-f" => meta.is_some_and(|meta| meta.kind == Kind::File),
        "-d" => meta.is_some_and(|meta| meta.kind == Kind::Dir),
        "-c" => meta.is_some_and(|meta| meta.kind == Kind::Device),
        "-h" | "-L" => link(),
        "-s" => meta.is_some_and(|meta| meta.size > 0),
        "-r" | "-w" | "-O" | "-G" | "-N" => meta.is_some(),
        "-x" => meta.is_some_and(|meta| meta.kind == Kind::Dir || meta.mode & 0o111 != 0),
        "-t" => match operand {
            "0" => process.stdin_is_terminal(),
            "1" => process.stdout_is_terminal(),
            "2" => process.stderr.is_terminal(),
            _ => false,
        },
        "-v" | "-o" | "-b" | "-p" | "-S" | "-u" | "-g" | "-k" => false,
        _ => return Err(format!("{operator}: unary operator expected")),
    })
}

/// A test of two operands.
///
/// # Errors
/// When a number is none, or there is no such test.
pub fn binary(process: &Process, left: &str, operator: &str, right: &str) -> Result<bool, String> {
    let modified = |name: &str| process.fs().metadata(&process.path(name)).ok().map(|meta| (meta.modified, meta.id));
    Ok(match operator {
        "=" | "==" => left == right,
        "!=" => left != right,
        "<" => left < right,
        ">" => left > right,
        "-nt" => modified(left) > modified(right),
        "-ot" => modified(left) < modified(right),
        "-ef" => modified(left).is_some() && modified(left) == modified(right),
        _ => {
            let number =
                |text: &str| text.trim().parse::<i64>().map_err(|_| format!("{text}: integer expression expected"));
            compare(operator, number(left)?.cmp(&number(right)?))
        }
    })
}
