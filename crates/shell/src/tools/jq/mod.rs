//! `jq`: JSON from standard input or files through a filter. It behaves as jq 1.6, numbers included: they are 64-bit
//! floating point, so large identifiers lose their last digits as they do there.

mod builtins;
mod eval;
mod formats;
mod lexer;
mod literals;
mod operators;
mod parse;
mod paths;
mod simple;
mod text;
mod value;

use super::input::whole;
use crate::os::future::LocalBoxFuture;
use crate::os::process::Process;
use eval::{Item, Machine, Scope, Stop};
use std::collections::VecDeque;
use std::rc::Rc;
use value::{Reader, Style, Value};

#[derive(Default)]
struct Options {
    filter: Option<String>,
    files: Vec<String>,
    style: Style,
    raw: bool,
    join: bool,
    null_input: bool,
    raw_input: bool,
    slurp: bool,
    exit_status: bool,
    named: Vec<(Rc<str>, Value)>,
    positional: Vec<Value>,
}

enum Asked {
    Run(Box<Options>),
    Print(&'static str),
    Fail(String),
}

const USAGE: &str = "Usage:\tjq [OPTIONS] FILTER [FILES...]\n\tjq [OPTIONS] --args FILTER [ARGUMENTS...]\n";

fn options(process: &Process) -> Asked {
    let mut options = Options::default();
    options.style.indent = Some("  ".to_owned());
    let mut rest = process.args[1..].iter();
    let mut positional = None;
    let mut only_operands = false;
    while let Some(arg) = rest.next() {
        if only_operands || !arg.starts_with('-') || arg == "-" {
            match (&options.filter, positional) {
                (None, _) => options.filter = Some(arg.clone()),
                (Some(_), None) => options.files.push(arg.clone()),
                (Some(_), Some(false)) => options.positional.push(Value::text(arg)),
                (Some(_), Some(true)) => match Reader::new(arg).next() {
                    Ok(Some(value)) => options.positional.push(value),
                    _ => return Asked::Fail(format!("jq: Invalid JSON text passed to --jsonargs\n{USAGE}")),
                },
            }
            continue;
        }
        let letters: Vec<String> = match arg.strip_prefix("--") {
            Some(long) => vec![long.to_owned()],
            None => arg[1..].chars().map(String::from).collect(),
        };
        for letter in letters {
            match letter.as_str() {
                "" => only_operands = true,
                "c" | "compact-output" => options.style.indent = None,
                "r" | "raw-output" => options.raw = true,
                "j" | "join-output" => (options.raw, options.join) = (true, true),
                "a" | "ascii-output" => options.style.ascii = true,
                "n" | "null-input" => options.null_input = true,
                "R" | "raw-input" => options.raw_input = true,
                "s" | "slurp" => options.slurp = true,
                "S" | "sort-keys" => options.style.sort = true,
                "e" | "exit-status" => options.exit_status = true,
                "M" | "C" | "monochrome-output" | "color-output" | "unbuffered" | "seq" => {}
                "tab" => options.style.indent = Some("\t".to_owned()),
                "indent" => match rest.next().and_then(|n| n.parse::<usize>().ok()) {
                    Some(0) => options.style.indent = None,
                    Some(n) if n < 8 => options.style.indent = Some(" ".repeat(n)),
                    _ => return Asked::Fail("jq: Cannot indent more than 7 characters\n".to_owned()),
                },
                "args" => positional = Some(false),
                "jsonargs" => positional = Some(true),
                "arg" | "argjson" | "slurpfile" | "rawfile" => {
                    let (Some(name), Some(text)) = (rest.next(), rest.next()) else {
                        return Asked::Fail(format!(
                            "jq: --{letter} takes two parameters (e.g. --{letter} name value)\n{USAGE}"
                        ));
                    };
                    match named(process, &letter, text) {
                        Ok(value) => options.named.push((Rc::from(name.as_str()), value)),
                        Err(message) => return Asked::Fail(format!("jq: {message}\n")),
                    }
                }
                "f" | "from-file" => {
                    let file = rest.next().map_or("", String::as_str);
                    match process.fs().read(&process.path(file)) {
                        Ok(data) => options.filter = Some(String::from_utf8_lossy(&data).into_owned()),
                        Err(error) => return Asked::Fail(format!("jq: error: Could not open file {file}: {error}\n")),
                    }
                }
                "h" | "help" => return Asked::Print(USAGE),
                "V" | "version" => return Asked::Print("jq-1.6\n"),
                _ => {
                    return Asked::Fail("jq: Unknown arguments\nUse jq --help for help with command-line options,\nor see the jq manpage, or online docs  at https://stedolan.github.io/jq\n".to_owned());
                }
            }
        }
    }
    Asked::Run(Box::new(options))
}

fn named(process: &Process, kind: &str, text: &str) -> Result<Value, String> {
    if kind == "arg" {
        return Ok(Value::text(text));
    }
    if kind == "argjson" {
        return match Reader::new(text).next() {
            Ok(Some(value)) => Ok(value),
            _ => Err(format!("Invalid JSON text passed to --argjson\n{}", USAGE.trim_end())),
        };
    }
    let data = process
        .fs()
        .read(&process.path(text))
        .map_err(|error| format!("Bad JSON in --{kind} x {text}: Could not open {text}: {error}"))?;
    let data = String::from_utf8_lossy(&data);
    if kind == "rawfile" {
        return Ok(Value::text(data));
    }
    let mut reader = Reader::new(&data);
    let mut all = Vec::new();
    while let Some(value) = reader.next().map_err(|error| format!("Bad JSON in --{kind}: {error}"))? {
        all.push(value);
    }
    Ok(Value::array(all))
}

pub fn run(process: Process) -> LocalBoxFuture<'static, i32> {
    Box::pin(async move {
        let options = match options(&process) {
            Asked::Run(options) => options,
            Asked::Print(text) => {
                process.print(text).await;
                return 0;
            }
            Asked::Fail(text) => {
                process.eprint(text);
                return 2;
            }
        };
        let Some(text) = &options.filter else {
            process.eprint(USAGE);
            return 2;
        };
        let filter = match parse::parse(text) {
            Ok(filter) => filter,
            Err(message) => {
                process.eprint(format!("jq: error: {message} at <top-level>, line 1:\n{text}\njq: 1 compile error\n"));
                return 3;
            }
        };
        let mut missing = false;
        let data = if options.null_input && options.files.is_empty() && process.stdin_is_terminal() {
            Vec::new()
        } else {
            let mut data = Vec::new();
            if options.files.is_empty() {
                data = whole(&process, &[]).await.0;
            }
            for file in &options.files {
                match process.fs().read(&process.path(file)) {
                    Ok(more) => data.extend_from_slice(&more),
                    Err(error) => {
                        process.eprint(format!("jq: error: Could not open file {file}: {error}\n"));
                        missing = true;
                    }
                }
            }
            data
        };
        let (inputs, mut code) = inputs(&String::from_utf8_lossy(&data), &options);
        if missing {
            code = 2;
        }
        let mut scope = Scope::empty();
        for (name, value) in &options.named {
            scope = scope.variable(name, value.clone());
        }
        let fields = vec![
            (Rc::from("positional"), Value::array(options.positional.clone())),
            (Rc::from("named"), Value::object(options.named.clone())),
        ];
        scope = scope
            .variable("ARGS", Value::object(fields.clone()))
            .variable("__prog_args", Value::object(fields.clone()));
        let seconds = process.wall_clock() as f64 / 1e6;
        let machine = Machine::new(inputs, process.env.clone(), Value::object(fields), seconds);
        let mut last = None;
        let mut first = true;
        loop {
            let input = if options.null_input {
                if !std::mem::take(&mut first) {
                    break;
                }
                Value::Null
            } else {
                let next = machine.inputs.borrow_mut().pop_front();
                match next {
                    None => break,
                    Some(Ok(value)) => value,
                    Some(Err(message)) => {
                        process.eprint(format!("parse error: {message}\n"));
                        code = 4;
                        break;
                    }
                }
            };
            let mut out = String::new();
            let step = machine.eval(&filter, &scope, Item::plain(input), &mut |item| {
                match &item.value {
                    Value::Text(text) if options.raw => out.push_str(text),
                    value => value.write(&mut out, &options.style, 0),
                }
                if !options.join {
                    out.push('\n');
                }
                last = Some(item.value);
                Ok(())
            });
            process.print(out).await;
            let debug = machine.debug.take();
            process.eprint(debug);
            match step {
                Ok(()) => {}
                Err(Stop::Halt(halt, message)) => {
                    match message {
                        Some(Value::Text(text)) => process.eprint(&*text),
                        Some(value) => process.eprint(format!("{}\n", value.compact())),
                        None => {}
                    }
                    return halt;
                }
                Err(Stop::Error(Value::Text(message))) if message.ends_with("is not defined") => {
                    process
                        .eprint(format!("jq: error: {message} at <top-level>, line 1:\n{text}\njq: 1 compile error\n"));
                    return 3;
                }
                Err(stop) => {
                    let lines = data.iter().filter(|b| **b == b'\n').count();
                    let place = if options.null_input { "<unknown>".to_owned() } else { format!("<stdin>:{lines}") };
                    process.eprint(format!("jq: error (at {place}): {}\n", words(&stop)));
                    code = 5;
                }
            }
        }
        if options.exit_status && code == 0 {
            return match last {
                None => 4,
                Some(value) => i32::from(!value.is_true()),
            };
        }
        code
    })
}

fn words(stop: &Stop) -> String {
    match stop {
        Stop::Error(Value::Text(text)) => text.to_string(),
        Stop::Error(value) => format!("{} (not a string)", value.compact()),
        _ => "break".to_owned(),
    }
}

/// The values the filter is run on; a text that is no JSON ends them with its error.
fn inputs(data: &str, options: &Options) -> (VecDeque<Result<Value, String>>, i32) {
    let mut inputs = VecDeque::new();
    if options.raw_input {
        if options.slurp {
            inputs.push_back(Ok(Value::text(data)));
        } else {
            inputs.extend(data.lines().map(|line| Ok(Value::text(line))));
        }
        return (inputs, 0);
    }
    let mut reader = Reader::new(data);
    loop {
        match reader.next() {
            Ok(Some(value)) => inputs.push_back(Ok(value)),
            Ok(None) => break,
            Err(message) => {
                inputs.push_back(Err(message));
                break;
            }
        }
    }
    if options.slurp && inputs.iter().all(Result::is_ok) {
        let all = inputs.drain(..).filter_map(Result::ok).collect();
        inputs.push_back(Ok(Value::array(all)));
    }
    (inputs, 0)
}
