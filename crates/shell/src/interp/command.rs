//! Simple commands: assignments, functions, builtins, programs.

use super::builtins::{self, Builtin};
use super::io::Io;
use super::session::Var;
use super::shell::{MAX_NESTING, Shell};
use super::{Flow, Ran};
use crate::grammar::ast::{AssignValue, Assignment, Function, Kind, Part, Redirect, Simple, Word};
use crate::grammar::{Parser, is_name};
use crate::os::future::LocalBoxFuture;
use crate::os::loader;
use crate::os::process::{Process, Signal, SpawnError, Spec, Stdio, start};
use sorted::SortedMap;
use std::rc::Rc;

impl Shell {
    /// Runs a simple command. `last` says that this shell has nothing else to do afterwards.
    pub(super) async fn simple(&self, simple: &Simple, redirects: &[Redirect], io: &Io, last: bool) -> Ran {
        if let Some(expanded) = self.alias(simple) {
            return Box::pin(self.expanded_simple(&expanded, redirects, io, last)).await;
        }
        self.expanded_simple(simple, redirects, io, last).await
    }

    async fn expanded_simple(&self, simple: &Simple, redirects: &[Redirect], io: &Io, last: bool) -> Ran {
        self.substituted.set(0);
        let declares = simple.words.first().and_then(Word::plain).is_some_and(builtins::declares);
        let argv = if declares {
            self.declaration_words(&simple.words, io).await?
        } else {
            self.words(&simple.words, io).await?
        };
        let inner;
        let io = if redirects.is_empty() {
            io
        } else {
            match self.redirected(redirects, io).await? {
                Some(redirected) => {
                    if argv.first().is_some_and(|name| name == "exec") && argv.len() == 1 {
                        io.replace(redirected);
                        return Ok(0);
                    }
                    inner = redirected;
                    &inner
                }
                None => return Ok(1),
            }
        };
        let Some(name) = argv.first() else {
            for assignment in &simple.assignments {
                self.assign(assignment, io).await?;
            }
            return Ok(self.substituted.get());
        };
        if self.session.borrow().options.trace {
            self.trace(&argv, simple, io).await;
        }
        let function = self.session.borrow().functions.get(name).cloned();
        let builtin = builtins::find(name);
        if function.is_none() && builtin.is_none() {
            let env = self.command_env(&simple.assignments, io).await?;
            return self.external(argv, env, io, last).await;
        }
        let saved = self.assign_for_command(&simple.assignments, io).await?;
        let ran = match (function, builtin) {
            (Some(function), _) => self.call(&function, argv, io).await,
            (None, Some(Builtin::Shell(body))) => {
                let ran = body(self, argv, io).await;
                io.stdout().flush().await;
                ran
            }
            (None, Some(Builtin::Tool(body))) => Ok(body(self.as_process(argv, io)).await),
            (None, None) => Ok(127),
        };
        self.session.borrow_mut().restore(saved);
        ran
    }

    /// The command with its alias put in; aliases work in interactive shells only.
    fn alias(&self, simple: &Simple) -> Option<Simple> {
        let first = simple.words.first()?.plain()?;
        let session = self.session.borrow();
        let value = session.aliases.get(first).filter(|_| session.options.interactive)?;
        let list = Parser::new(value, false).next_command().ok()??;
        let [item] = list.items.as_slice() else { return None };
        let [command] = item.first.commands.as_slice() else { return None };
        let Kind::Simple(inner) = &command.kind else { return None };
        if inner.words.is_empty() || !item.rest.is_empty() || !inner.assignments.is_empty() {
            return None;
        }
        let mut words = inner.words.clone();
        words.extend_from_slice(&simple.words[1..]);
        Some(Simple { assignments: simple.assignments.iter().map(copy_assignment).collect(), words })
    }

    /// The words of `export` and its kin: what looks like an assignment is expanded as one.
    async fn declaration_words(&self, words: &[Word], io: &Io) -> Result<Vec<String>, Flow> {
        let mut out = Vec::new();
        for word in words {
            let head = match word.parts.first() {
                Some(Part::Text(text)) => text.as_str(),
                _ => "",
            };
            let equals = head.find('=').filter(|at| is_name(head[..*at].trim_end_matches('+')));
            match (equals, word.parts.last()) {
                (Some(_), Some(Part::Array(elements))) => {
                    let mut text = head.to_owned();
                    text.push('(');
                    for (key, value) in elements.iter() {
                        if let Some(key) = key {
                            text.push_str(&format!("[{}]=", self.word_text(key, io).await?));
                        }
                        for value in self.words(std::slice::from_ref(value), io).await? {
                            text.push_str(&format!("{} ", super::slice::shell_quote(&value)));
                        }
                    }
                    text.push(')');
                    out.push(text);
                }
                (Some(at), _) => {
                    let mut value = word.clone();
                    value.parts[0] = Part::Text(head[at + 1..].to_owned());
                    if at + 1 == head.len() {
                        value.parts.remove(0);
                    }
                    out.push(format!("{}{}", &head[..=at], self.assigned_text(&value, io).await?));
                }
                (None, _) => out.extend(self.words(std::slice::from_ref(word), io).await?),
            }
        }
        Ok(out)
    }

    async fn trace(&self, argv: &[String], simple: &Simple, io: &Io) {
        let mut words = Vec::new();
        for assignment in &simple.assignments {
            if let AssignValue::Word(word) = &assignment.value {
                let value = self.assigned_text(word, io).await.unwrap_or_default();
                words.push(format!("{}={}", assignment.name, trace_word(&value)));
            }
        }
        words.extend(argv.iter().map(|word| trace_word(word)));
        io.stderr().put(format!("+ {}\n", words.join(" ")));
    }

    /// Carries out an assignment in this shell.
    pub(super) async fn assign(&self, assignment: &Assignment, io: &Io) -> Result<(), Flow> {
        let name = &assignment.name;
        let result = match (&assignment.value, &assignment.index) {
            (AssignValue::Word(word), None) => {
                let text = self.assigned_text(word, io).await?;
                if self.session.borrow().options.trace {
                    io.stderr().put(format!("+ {name}={}\n", trace_word(&text)));
                }
                self.session.borrow_mut().assign(name, &text, assignment.append)
            }
            (AssignValue::Word(word), Some(index)) => {
                let text = self.assigned_text(word, io).await?;
                let key = self.word_text(index, io).await?;
                self.session.borrow_mut().assign_element(name, &key, &text, assignment.append)
            }
            (AssignValue::Array(elements), _) => {
                let mut items = Vec::new();
                for (key, word) in elements {
                    match key {
                        Some(key) => {
                            let key = self.word_text(key, io).await?;
                            items.push((Some(key), self.word_text(word, io).await?));
                        }
                        None => {
                            let words = self.words(std::slice::from_ref(word), io).await?;
                            items.extend(words.into_iter().map(|word| (None, word)));
                        }
                    }
                }
                self.session.borrow_mut().assign_array(name, items, assignment.append)
            }
        };
        match result {
            Ok(()) => Ok(()),
            Err(refused) => {
                self.complain(io, &refused.0);
                Err(Flow::Abort(1))
            }
        }
    }

    /// `VAR=x cmd` for functions and builtins: assigns, and gives what to put back afterwards.
    async fn assign_for_command(
        &self,
        assignments: &[Assignment],
        io: &Io,
    ) -> Result<SortedMap<String, Option<Var>>, Flow> {
        let mut saved = SortedMap::new();
        for assignment in assignments {
            let old = self.session.borrow().vars.get(&assignment.name).cloned();
            saved.entry(assignment.name.clone()).or_insert(old);
            self.assign(assignment, io).await?;
            if let Some(var) = self.session.borrow_mut().vars.get_mut(&assignment.name) {
                var.exported = true;
            }
        }
        Ok(saved)
    }

    /// The environment of a program: exported variables and the assignments before its name.
    async fn command_env(&self, assignments: &[Assignment], io: &Io) -> Result<SortedMap<String, String>, Flow> {
        let mut env = self.session.borrow().env();
        for assignment in assignments {
            if let AssignValue::Word(word) = &assignment.value {
                let text = self.assigned_text(word, io).await?;
                let old =
                    if assignment.append { env.remove(&assignment.name).unwrap_or_default() } else { String::new() };
                env.insert(assignment.name.clone(), old + &text);
            }
        }
        Ok(env)
    }

    /// Calls a function.
    pub(super) fn call<'a>(
        &'a self,
        function: &'a Rc<Function>,
        argv: Vec<String>,
        io: &'a Io,
    ) -> LocalBoxFuture<'a, Ran> {
        Box::pin(async move {
            if self.nesting.get() >= MAX_NESTING {
                let name = &function.name;
                self.complain(io, &format!("{name}: maximum function nesting level exceeded ({MAX_NESTING})"));
                return Err(Flow::Abort(1));
            }
            let parameters = argv.into_iter().skip(1).collect();
            let outer = {
                let mut session = self.session.borrow_mut();
                session.push_frame();
                std::mem::replace(&mut session.positional, parameters)
            };
            self.nesting.set(self.nesting.get() + 1);
            self.calls.set(self.calls.get() + 1);
            let loops = self.loops.replace(0);
            let ran = self.command(&function.body, io).await;
            self.loops.set(loops);
            self.calls.set(self.calls.get().saturating_sub(1));
            self.nesting.set(self.nesting.get().saturating_sub(1));
            let mut session = self.session.borrow_mut();
            session.pop_frame();
            session.positional = outer;
            match ran {
                Err(Flow::Return(code)) => Ok(code),
                other => other,
            }
        })
    }

    /// Runs a program and waits for it.
    pub(super) async fn external(&self, argv: Vec<String>, env: SortedMap<String, String>, io: &Io, last: bool) -> Ran {
        let cwd = self.session.borrow().cwd().to_owned();
        let search = env.get("PATH").map_or("", String::as_str);
        let found = loader::which(self.kernel(), &argv[0], search, &cwd)
            .and_then(|_| loader::find(self.kernel(), &argv, &env, &cwd));
        let program = match found {
            Ok(program) => program,
            Err(error) => return Ok(self.not_started(&argv[0], error, io)),
        };
        if last && self.exit_trap.borrow().is_none() {
            let cost = program.start_cost().unwrap_or(self.kernel().costs.get().program);
            self.process.sleep(cost).await;
            self.process.record.reset_signals();
            self.process.record.line.replace(argv.join(" "));
            let process = Process { env, cwd, prefix: String::new(), ..self.as_process(argv, io) };
            return Ok(program.run(process).await);
        }
        let shown = argv.join(" ");
        let spec = Spec {
            args: argv,
            env,
            cwd,
            stdio: Stdio { stdin: io.stdin(), stdout: io.stdout(), stderr: io.stderr() },
            group: Some(self.process.record.group.get()),
            command: self.process.command_id(),
            parent: self.process.pid(),
        };
        let child = match start(self.kernel(), program, spec) {
            Ok(child) => child,
            Err(error) => return Err(self.cannot_fork(error, io)),
        };
        let status = child.wait().await;
        if let Some(signal) = status.signal
            && !self.interactive()
            && matches!(signal, Signal::Int)
            && self.process.record.catches(Signal::Int)
        {
            // A script ends with the program that Ctrl-C ended.
            return Err(Flow::Exit(status.code));
        }
        if status.signal == Some(Signal::Kill) || status.signal == Some(Signal::Term) {
            self.report_death(status.signal, child.pid(), &shown, io);
        }
        Ok(status.code)
    }

    fn report_death(&self, signal: Option<Signal>, pid: u32, shown: &str, io: &Io) {
        let word = if signal == Some(Signal::Kill) { "Killed" } else { "Terminated" };
        if self.interactive() {
            io.stderr().put(format!("{word}\n"));
        } else {
            self.complain(io, &format!("{pid:>5} {word:<23} {shown}"));
        }
    }

    fn not_started(&self, name: &str, error: SpawnError, io: &Io) -> i32 {
        let as_sh = self.session.borrow().name == "sh";
        if as_sh && error == SpawnError::NotFound {
            // Debian's `sh` is dash, which says it in its own way.
            let text = format!("sh: {}: {name}: not found\n", self.line.get());
            io.stderr().put(text);
        } else {
            self.complain(io, &format!("{name}: {error}"));
        }
        error.code()
    }
}

fn copy_assignment(assignment: &Assignment) -> Assignment {
    let value = match &assignment.value {
        AssignValue::Word(word) => AssignValue::Word(word.clone()),
        AssignValue::Array(items) => AssignValue::Array(items.clone()),
    };
    Assignment { name: assignment.name.clone(), index: assignment.index.clone(), append: assignment.append, value }
}

/// A word as `set -x` shows it.
fn trace_word(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_-./:=@%+,~^".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.to_owned() } else { super::slice::shell_quote(word) }
}
