//! The loop of an interactive shell: prompt, read, run.

use super::{Finished, Running, State, View};
use crate::grammar::ast::List;
use crate::grammar::{Awaits, ParseError, Parser};
use crate::interp::Flow;
use crate::interp::shell::Shell;
use crate::io::{Reader, Stream, Tty};
use crate::os::future::{Either, race};
use crate::os::process::{ExitStatus, Process, Signal};
use std::rc::Rc;

/// The longest command, all its lines together.
const COMMAND_LIMIT: usize = 4 << 20;
/// How much of a typed line is shown again.
const ECHO_LIMIT: usize = 8192;

/// What reading one command came to.
enum Input {
    Command(String, Vec<List>),
    /// Nothing to run: a blank line, Ctrl-C, a syntax error already reported.
    Nothing,
    End,
}

struct Console {
    shell: Shell,
    stdin: Reader,
    tty: Tty,
    view: Rc<View>,
}

pub(crate) async fn run(process: Process, tty: Tty, view: Rc<View>) -> i32 {
    let stdin = process.stdin.clone();
    let shell = Shell::new(process, view.session.clone());
    let console = Console { shell, stdin, tty, view };
    let code = console.serve().await;
    console.view.state.set(State::Closed);
    console.view.prompt.borrow_mut().clear();
    code
}

impl Console {
    async fn serve(&self) -> i32 {
        loop {
            self.report_jobs();
            match self.read().await {
                Input::Nothing => {}
                Input::End => {
                    self.tty.write(Stream::Stderr, b"exit\n");
                    let code = self.view.session.borrow().status();
                    return self.shell.run_exit_trap(code).await;
                }
                Input::Command(text, lists) => {
                    if let Some(code) = self.execute(text, &lists).await {
                        self.tty.write(Stream::Stderr, b"exit\n");
                        return self.shell.run_exit_trap(code).await;
                    }
                }
            }
        }
    }

    fn report_jobs(&self) {
        let text = self.shell.jobs.borrow_mut().report_finished();
        self.tty.write(Stream::Stderr, text.as_bytes());
    }

    /// Reads lines until they make a whole command.
    async fn read(&self) -> Input {
        let mut text = String::new();
        let mut awaits: Option<Awaits> = None;
        loop {
            let continued = !text.is_empty();
            self.view.show_prompt(self.shell.kernel(), if continued { State::Continuation } else { State::Prompt });
            let interrupt = self.shell.process.record.next_signal(&[Signal::Int]);
            let line = match race(interrupt, self.stdin.read_line(COMMAND_LIMIT)).await {
                Either::First(_) => {
                    self.view.session.borrow_mut().status = 130;
                    return Input::Nothing;
                }
                Either::Second(Ok(Some(line))) => String::from_utf8_lossy(&line).into_owned(),
                Either::Second(_) if continued => {
                    self.complain("syntax error: unexpected end of file");
                    return Input::Nothing;
                }
                Either::Second(_) => return Input::End,
            };
            self.echo(&line);
            if text.len() + line.len() > COMMAND_LIMIT {
                self.complain("the command is too long");
                return Input::Nothing;
            }
            text.push_str(&line);
            if awaits.as_ref().is_some_and(|awaited| !satisfies(&line, awaited)) {
                continue;
            }
            match parse(&text) {
                Ok(lists) if lists.is_empty() => return Input::Nothing,
                Ok(lists) => {
                    self.view.session.borrow_mut().remember(&text);
                    return Input::Command(text, lists);
                }
                Err(error) if error.incomplete => awaits = error.awaits,
                Err(error) => {
                    self.view.session.borrow_mut().remember(&text);
                    self.complain(&error.message);
                    return Input::Nothing;
                }
            }
        }
    }

    fn complain(&self, message: &str) {
        self.tty.write(Stream::Stderr, format!("bash: {message}\n").as_bytes());
        self.view.session.borrow_mut().status = 2;
    }

    fn echo(&self, line: &str) {
        let prompt = self.view.prompt.borrow();
        let text = if line.len() > ECHO_LIMIT {
            let cut = (0..=ECHO_LIMIT).rev().find(|at| line.is_char_boundary(*at)).unwrap_or(0);
            format!("{prompt}{}… ({} bytes)\n", &line[..cut], line.len())
        } else {
            format!("{prompt}{}\n", line.trim_end_matches('\n'))
        };
        self.tty.write(Stream::Echo, text.as_bytes());
    }

    /// Runs a command; gives the shell's exit code when it was the last.
    async fn execute(&self, text: String, lists: &[List]) -> Option<i32> {
        let kernel = self.shell.kernel().clone();
        self.view.state.set(State::Running);
        self.view.prompt.borrow_mut().clear();
        let command = kernel.commands.get() + 1;
        kernel.commands.set(command);
        self.shell.process.record.command.set(command);
        self.view.command.set(command);
        let started = kernel.now.get();
        *self.view.running.borrow_mut() = Some(Running { command, text: text.clone(), started });
        let ran = self.shell.interruptible(&[Signal::Int], self.shell.run_lists(lists)).await;
        let mut ending = None;
        let code = match ran {
            Ok(Ok(code) | Err(Flow::Abort(code) | Flow::Return(code))) => code,
            Ok(Err(Flow::Exit(code))) => {
                ending = Some(code);
                code
            }
            Ok(Err(_)) => 0,
            Err(signal) => ExitStatus::killed(signal).code,
        };
        self.shell.reset();
        self.view.session.borrow_mut().status = code;
        *self.view.running.borrow_mut() = None;
        self.view.finish(Finished { command, text, code, started, ended: kernel.now.get() });
        ending
    }
}

fn parse(text: &str) -> Result<Vec<List>, ParseError> {
    let mut parser = Parser::new(text, true);
    let mut lists = Vec::new();
    while let Some(list) = parser.next_command()? {
        lists.push(list);
    }
    Ok(lists)
}

fn satisfies(line: &str, awaited: &Awaits) -> bool {
    match awaited {
        Awaits::Char(c) => line.contains(*c),
        Awaits::Delimiter(delimiter, strip) => {
            let line = line.trim_end_matches('\n');
            (if *strip { line.trim_start_matches('\t') } else { line }) == delimiter
        }
    }
}
