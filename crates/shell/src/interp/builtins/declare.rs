//! `export`, `declare`, `local`, `readonly`, `unset`, `alias`, `unalias`.

use crate::grammar::ast::AssignValue;
use crate::grammar::{Parser, is_name};
use crate::interp::io::Io;
use crate::interp::session::{Session, Value, Var};
use crate::interp::shell::Shell;
use crate::interp::slice::shell_quote;
use crate::interp::{Flow, Ran};
use crate::os::future::LocalBoxFuture;

type Future<'a> = LocalBoxFuture<'a, Ran>;

#[derive(Default, Clone, Copy)]
struct Flags {
    export: bool,
    unexport: bool,
    readonly: bool,
    integer: bool,
    array: bool,
    map: bool,
    local: bool,
    print: bool,
    functions: bool,
    global: bool,
}

pub fn export<'a>(shell: &'a Shell, args: Vec<String>, io: &'a Io) -> Future<'a> {
    Box::pin(run(shell, args, io, Flags { export: true, ..Flags::default() }))
}

pub fn readonly<'a>(shell: &'a Shell, args: Vec<String>, io: &'a Io) -> Future<'a> {
    Box::pin(run(shell, args, io, Flags { readonly: true, ..Flags::default() }))
}

pub fn declare<'a>(shell: &'a Shell, args: Vec<String>, io: &'a Io) -> Future<'a> {
    let local = shell.calls.get() > 0;
    Box::pin(run(shell, args, io, Flags { local, ..Flags::default() }))
}

pub fn local<'a>(shell: &'a Shell, args: Vec<String>, io: &'a Io) -> Future<'a> {
    Box::pin(async move {
        if shell.calls.get() == 0 {
            shell.complain(io, "local: can only be used in a function");
            return Ok(1);
        }
        run(shell, args, io, Flags { local: true, ..Flags::default() }).await
    })
}

async fn run(shell: &Shell, args: Vec<String>, io: &Io, mut flags: Flags) -> Ran {
    let command = args[0].clone();
    let mut names = Vec::new();
    for arg in args.into_iter().skip(1) {
        let is_option = names.is_empty() && arg.len() > 1 && (arg.starts_with('-') || arg.starts_with('+'));
        if !is_option {
            names.push(arg);
            continue;
        }
        for c in arg.chars().skip(1) {
            match c {
                'x' => flags.export = arg.starts_with('-'),
                'n' if command == "export" => flags.unexport = true,
                'r' => flags.readonly = true,
                'i' => flags.integer = true,
                'a' => flags.array = true,
                'A' => flags.map = true,
                'p' => flags.print = true,
                'f' | 'F' => flags.functions = true,
                'g' => flags.global = true,
                'n' | 'l' | 'u' | 't' | '-' => {}
                _ => {
                    shell.complain(io, &format!("{command}: -{c}: invalid option"));
                    return Ok(2);
                }
            }
        }
    }
    if names.is_empty() {
        let text = listing(&shell.session.borrow(), &command, flags);
        io.stdout().put(text);
        return Ok(0);
    }
    let mut code = 0;
    for name in names {
        if let Err(message) = one(shell, &name, flags, io).await? {
            shell.complain(io, &format!("{command}: {message}"));
            code = 1;
        }
    }
    Ok(code)
}

async fn one(shell: &Shell, arg: &str, flags: Flags, io: &Io) -> Result<Result<(), String>, Flow> {
    if flags.functions {
        let known = shell.session.borrow().functions.contains_key(arg);
        return Ok(if known { Ok(()) } else { Err(format!("{arg}: not found")) });
    }
    let (head, value) = match arg.split_once('=') {
        Some((head, value)) => (head, Some(value)),
        None => (arg, None),
    };
    let (name, append) = match head.strip_suffix('+') {
        Some(name) if value.is_some() => (name, true),
        _ => (head, false),
    };
    let bare = name.split('[').next().unwrap_or(name);
    if !is_name(bare) {
        return Ok(Err(format!("`{arg}': not a valid identifier")));
    }
    if flags.print {
        let text = shell.session.borrow().vars.get(name).map(|var| declaration(name, var));
        return match text {
            Some(text) => {
                io.stdout().put(text);
                Ok(Ok(()))
            }
            None => Ok(Err(format!("{name}: not found"))),
        };
    }
    if shell.session.borrow().vars.get(bare).is_some_and(|var| var.readonly) && value.is_some() {
        return Ok(Err(format!("{bare}: readonly variable")));
    }
    {
        let mut session = shell.session.borrow_mut();
        if flags.local && !flags.global {
            session.make_local(bare);
        }
        let var = session.vars.entry(bare.to_owned()).or_default();
        var.integer |= flags.integer;
        if flags.map && !matches!(var.value, Value::Map(_)) {
            var.value = Value::Map(Default::default());
        } else if flags.array && !matches!(var.value, Value::Array(_)) {
            var.value = Value::Array(Default::default());
        }
    }
    if let Some(value) = value {
        let array =
            value.starts_with('(') && value.ends_with(')') && (flags.array || flags.map || is_array_text(value));
        let result = if array {
            // The words were expanded and quoted before; they only have to be read again.
            let text = format!("{name}{}={value}", if append { "+" } else { "" });
            assign_array(shell, &text, io).await?
        } else if let Some(key) = name.strip_prefix(bare).and_then(|rest| rest.strip_prefix('[')) {
            shell.session.borrow_mut().assign_element(bare, key.trim_end_matches(']'), value, append).map_err(|r| r.0)
        } else {
            shell.session.borrow_mut().assign(name, value, append).map_err(|r| r.0)
        };
        if let Err(message) = result {
            return Ok(Err(message));
        }
    }
    let mut session = shell.session.borrow_mut();
    if let Some(var) = session.vars.get_mut(bare) {
        var.exported = (var.exported || flags.export) && !flags.unexport;
        var.readonly |= flags.readonly;
    }
    Ok(Ok(()))
}

/// What the expansion of a declaration's words leaves of an array: quoted words in parentheses.
fn is_array_text(value: &str) -> bool {
    value == "()" || value.starts_with("('") && value.ends_with(" )") || value.starts_with("([")
}

async fn assign_array(shell: &Shell, text: &str, io: &Io) -> Result<Result<(), String>, Flow> {
    let parsed = Parser::new(text, false).next_command();
    let Ok(Some(list)) = parsed else { return Ok(Err(format!("`{text}': not a valid identifier"))) };
    for item in &list.items {
        for command in &item.first.commands {
            if let crate::grammar::ast::Kind::Simple(simple) = &command.kind {
                for assignment in &simple.assignments {
                    if let AssignValue::Array(_) = assignment.value {
                        shell.assign(assignment, io).await?;
                    }
                }
            }
        }
    }
    Ok(Ok(()))
}

fn listing(session: &Session, command: &str, flags: Flags) -> String {
    let mut text = String::new();
    if flags.functions {
        for name in session.functions.keys() {
            text.push_str(&format!("declare -f {name}\n"));
        }
        return text;
    }
    for (name, var) in &session.vars {
        let wanted = match command {
            "export" => var.exported,
            "readonly" => var.readonly,
            "local" => session.frames.last().is_some_and(|frame| frame.contains_key(name)),
            _ => (!flags.export || var.exported) && (!flags.readonly || var.readonly),
        };
        if wanted {
            text.push_str(&declaration(name, var));
        }
    }
    text
}

fn declaration(name: &str, var: &Var) -> String {
    let mut letters = String::new();
    match var.value {
        Value::Array(_) => letters.push('a'),
        Value::Map(_) => letters.push('A'),
        _ => {}
    }
    for (set, letter) in [(var.integer, 'i'), (var.readonly, 'r'), (var.exported, 'x')] {
        if set {
            letters.push(letter);
        }
    }
    if letters.is_empty() {
        letters.push('-');
    }
    let quote = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$"));
    let value = match &var.value {
        Value::Unset => String::new(),
        Value::Text(text) => format!("={}", quote(text)),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(|(i, v)| format!("[{i}]={}", quote(v))).collect();
            format!("=({})", items.join(" "))
        }
        Value::Map(items) => {
            let items: String = items.iter().map(|(k, v)| format!("[{k}]={} ", quote(v))).collect();
            format!("=({items})")
        }
    };
    format!("declare -{letters} {name}{value}\n")
}

pub fn unset<'a>(shell: &'a Shell, args: Vec<String>, io: &'a Io) -> Future<'a> {
    Box::pin(async move {
        let mut code = 0;
        let functions = args.get(1).is_some_and(|a| a == "-f");
        for name in args.iter().skip(1).filter(|a| !a.starts_with('-')) {
            if let Some((array, key)) = name.split_once('[') {
                shell.session.borrow_mut().unset_element(array, key.trim_end_matches(']'));
                continue;
            }
            if !is_name(name) && !functions {
                shell.complain(io, &format!("unset: `{name}': not a valid identifier"));
                code = 1;
                continue;
            }
            let result = {
                let mut session = shell.session.borrow_mut();
                if functions || (!session.vars.contains_key(name) && session.functions.contains_key(name)) {
                    session.functions.remove(name);
                    Ok(())
                } else {
                    session.unset(name)
                }
            };
            if let Err(refused) = result {
                shell.complain(io, &format!("unset: {}", refused.0));
                code = 1;
            }
        }
        Ok(code)
    })
}

pub fn alias<'a>(shell: &'a Shell, args: Vec<String>, io: &'a Io) -> Future<'a> {
    Box::pin(async move {
        let mut code = 0;
        let mut text = String::new();
        let show = |name: &str, value: &str| format!("alias {name}={}\n", shell_quote(value));
        if args.len() == 1 {
            for (name, value) in &shell.session.borrow().aliases {
                text.push_str(&show(name, value));
            }
        }
        for arg in args.iter().skip(1).filter(|a| *a != "-p") {
            if let Some((name, value)) = arg.split_once('=') {
                shell.session.borrow_mut().aliases.insert(name.to_owned(), value.to_owned());
                continue;
            }
            let value = shell.session.borrow().aliases.get(arg).cloned();
            match value {
                Some(value) => text.push_str(&show(arg, &value)),
                None => {
                    shell.complain(io, &format!("alias: {arg}: not found"));
                    code = 1;
                }
            }
        }
        io.stdout().put(text);
        Ok(code)
    })
}

pub fn unalias<'a>(shell: &'a Shell, args: Vec<String>, io: &'a Io) -> Future<'a> {
    Box::pin(async move {
        let mut code = 0;
        for name in &args[1..] {
            if name == "-a" {
                shell.session.borrow_mut().aliases.clear();
                continue;
            }
            let removed = shell.session.borrow_mut().aliases.remove(name);
            if removed.is_none() {
                shell.complain(io, &format!("unalias: {name}: not found"));
                code = 1;
            }
        }
        Ok(code)
    })
}
