//! Commands that run other commands: `eval`, `source`, `exec`, `command`, `builtin`, and those that say what would run:
//! `type`, `which`.

use super::Builtin;
use crate::interp::io::Io;
use crate::interp::shell::{MAX_NESTING, Shell};
use crate::interp::{Flow, Ran};
use crate::os::future::LocalBoxFuture;
use crate::os::loader::{self, DEFAULT_PATH};
use crate::vfs::path;

type Future<'a> = LocalBoxFuture<'a, Ran>;

impl Shell {
    /// Runs text in this shell, counting the nesting.
    fn run_nested<'a>(&'a self, text: String, io: &'a Io) -> Future<'a> {
        Box::pin(async move {
            if self.nesting.get() >= MAX_NESTING {
                self.complain(io, &format!("maximum nesting level exceeded ({MAX_NESTING})"));
                return Err(Flow::Abort(1));
            }
            self.nesting.set(self.nesting.get() + 1);
            let mut parser = crate::grammar::Parser::new(&text, false);
            let line = self.line.get();
            let ran = loop {
                match parser.next_command() {
                    Ok(Some(list)) => {
                        if let Err(flow) = self.list(&list, io).await {
                            break Err(flow);
                        }
                    }
                    Ok(None) => break Ok(self.session.borrow().status),
                    Err(error) => {
                        self.report_syntax(&error, &parser);
                        break Ok(2);
                    }
                }
            };
            self.line.set(line);
            self.nesting.set(self.nesting.get().saturating_sub(1));
            ran
        })
    }

    fn search_path(&self) -> String {
        self.session.borrow().get("PATH").unwrap_or(DEFAULT_PATH).to_owned()
    }

    fn program_path(&self, name: &str) -> Option<String> {
        let cwd = self.session.borrow().cwd().to_owned();
        loader::which(self.kernel(), name, &self.search_path(), &cwd).ok()
    }
}

pub fn eval<'a>(shell: &'a Shell, args: Vec<String>, io: &'a Io) -> Future<'a> {
    Box::pin(async move {
        if args.len() == 1 {
            return Ok(0);
        }
        shell.session.borrow_mut().status = 0;
        shell.run_nested(args[1..].join(" "), io).await
    })
}

pub fn source<'a>(shell: &'a Shell, args: Vec<String>, io: &'a Io) -> Future<'a> {
    Box::pin(async move {
        let Some(name) = args.get(1) else {
            shell.complain(io, &format!("{}: filename argument required", args[0]));
            return Ok(2);
        };
        let file = path::resolve(shell.session.borrow().cwd(), name);
        let data = shell.kernel().files.borrow().read(&file);
        let text = match data {
            Ok(data) => String::from_utf8_lossy(&data).into_owned(),
            Err(error) => {
                shell.complain(io, &format!("{name}: {error}"));
                return Ok(1);
            }
        };
        let outer = if args.len() > 2 {
            let mut session = shell.session.borrow_mut();
            Some(std::mem::replace(&mut session.positional, args[2..].to_vec()))
        } else {
            None
        };
        shell.calls.set(shell.calls.get() + 1);
        shell.session.borrow_mut().status = 0;
        let ran = shell.run_nested(text, io).await;
        shell.calls.set(shell.calls.get().saturating_sub(1));
        if let Some(outer) = outer {
            shell.session.borrow_mut().positional = outer;
        }
        match ran {
            Err(Flow::Return(code)) => Ok(code),
            other => other,
        }
    })
}

pub fn exec<'a>(shell: &'a Shell, args: Vec<String>, io: &'a Io) -> Future<'a> {
    Box::pin(async move {
        let argv = args[1..].to_vec();
        let env = shell.session.borrow().env();
        let ran = shell.external(argv, env, io, shell.is_subshell).await?;
        Err(Flow::Exit(ran))
    })
}

pub fn command<'a>(shell: &'a Shell, args: Vec<String>, io: &'a Io) -> Future<'a> {
    Box::pin(async move {
        match args.get(1).map(String::as_str) {
            None => Ok(0),
            Some("-v" | "-V") => {
                let mut code = 1;
                for name in &args[2..] {
                    let answer = locate(shell, name, args[1] == "-V");
                    match answer {
                        Some(text) => {
                            code = 0;
                            io.stdout().put(format!("{text}\n"));
                        }
                        None if args[1] == "-V" => shell.complain(io, &format!("command: {name}: not found")),
                        None => {}
                    }
                }
                Ok(code)
            }
            Some(first) => {
                let skip = if first == "-p" || first == "--" { 2 } else { 1 };
                let argv = args[skip..].to_vec();
                if argv.is_empty() {
                    return Ok(0);
                }
                match super::find(&argv[0]) {
                    Some(Builtin::Shell(body)) => body(shell, argv, io).await,
                    Some(Builtin::Tool(body)) => Ok(body(shell.as_process(argv, io)).await),
                    None => {
                        let env = shell.session.borrow().env();
                        shell.external(argv, env, io, false).await
                    }
                }
            }
        }
    })
}

pub fn builtin<'a>(shell: &'a Shell, args: Vec<String>, io: &'a Io) -> Future<'a> {
    Box::pin(async move {
        let argv = args[1..].to_vec();
        match argv.first().and_then(|name| super::find(name)) {
            Some(Builtin::Shell(body)) => body(shell, argv, io).await,
            Some(Builtin::Tool(body)) => Ok(body(shell.as_process(argv, io)).await),
            None if argv.is_empty() => Ok(0),
            None => {
                shell.complain(io, &format!("builtin: {}: not a shell builtin", argv[0]));
                Ok(1)
            }
        }
    })
}

const KEYWORDS: &[&str] = &[
    "if", "then", "else", "elif", "fi", "case", "esac", "for", "while", "until", "do", "done", "in", "function",
    "time", "{", "}", "!", "[[", "]]",
];

/// What a name stands for: `command -v`'s answer, or `type`'s sentence.
fn locate(shell: &Shell, name: &str, sentence: bool) -> Option<String> {
    let say = |plain: String, long: String| Some(if sentence { long } else { plain });
    let session = shell.session.borrow();
    if let Some(value) = session.aliases.get(name).filter(|_| session.options.interactive) {
        return say(format!("alias {name}='{value}'"), format!("{name} is aliased to `{value}'"));
    }
    if KEYWORDS.contains(&name) {
        return say(name.to_owned(), format!("{name} is a shell keyword"));
    }
    if session.functions.contains_key(name) {
        return say(name.to_owned(), format!("{name} is a function"));
    }
    drop(session);
    if name != "which" && super::find(name).is_some() {
        return say(name.to_owned(), format!("{name} is a shell builtin"));
    }
    let path = shell.program_path(name)?;
    say(path.clone(), format!("{name} is {path}"))
}

pub fn type_<'a>(shell: &'a Shell, args: Vec<String>, io: &'a Io) -> Future<'a> {
    Box::pin(async move {
        let mut code = 0;
        let short = args.get(1).is_some_and(|a| a == "-t");
        let path_only = args.get(1).is_some_and(|a| a == "-p" || a == "-P");
        for name in args.iter().skip(1).filter(|a| !a.starts_with('-')) {
            let answer = match locate(shell, name, true) {
                Some(text) if short => Some(kind_word(&text).to_owned()),
                Some(_) if path_only => shell.program_path(name),
                other => other,
            };
            match answer {
                Some(text) => {
                    io.stdout().put(format!("{text}\n"));
                }
                None => {
                    code = 1;
                    if !short && !path_only {
                        shell.complain(io, &format!("type: {name}: not found"));
                    }
                }
            }
        }
        Ok(code)
    })
}

fn kind_word(sentence: &str) -> &'static str {
    if sentence.contains(" is aliased to ") {
        "alias"
    } else if sentence.ends_with("keyword") {
        "keyword"
    } else if sentence.ends_with("function") {
        "function"
    } else if sentence.ends_with("builtin") {
        "builtin"
    } else {
        "file"
    }
}

pub fn which<'a>(shell: &'a Shell, args: Vec<String>, io: &'a Io) -> Future<'a> {
    Box::pin(async move {
        let mut code = 0;
        for name in args.iter().skip(1).filter(|a| !a.starts_with('-')) {
            match shell.program_path(name) {
                Some(path) => {
                    io.stdout().put(format!("{path}\n"));
                }
                None => code = 1,
            }
        }
        Ok(code)
    })
}
