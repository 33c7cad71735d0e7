//! Lists, `&&` and `||`, pipelines, background jobs.

use super::io::{Fd, Io};
use super::shell::Shell;
use super::{Flow, Ran};
use crate::grammar::ast::{Command, Item, Kind, Link, List, Pipeline, TimeFormat};
use crate::io::pipe;
use crate::os::future::LocalBoxFuture;
use crate::os::process::{Child, Signal, SpawnError};
use std::rc::Rc;

/// How many commands one pipeline may have.
const MAX_PIPELINE: usize = 100;

impl Shell {
    /// Runs a list of commands.
    pub(super) fn list<'a>(&'a self, list: &'a List, io: &'a Io) -> LocalBoxFuture<'a, Ran> {
        Box::pin(async move {
            let mut code = 0;
            for item in &list.items {
                code = if item.background { self.background(item, io).await? } else { self.chain(item, io).await? };
            }
            Ok(code)
        })
    }

    async fn chain(&self, item: &Item, io: &Io) -> Ran {
        let mut code = self.pipeline(&item.first, io, !item.rest.is_empty()).await?;
        for (i, (link, pipeline)) in item.rest.iter().enumerate() {
            let wanted = match link {
                Link::And => code == 0,
                Link::Or => code != 0,
            };
            if wanted {
                code = self.pipeline(pipeline, io, i + 1 < item.rest.len()).await?;
            }
        }
        Ok(code)
    }

    fn set_status(&self, code: i32, all: Vec<i32>) {
        let mut session = self.session.borrow_mut();
        session.status = code;
        session.pipe_status = all;
    }

    /// Runs a pipeline. `tested` says that its status is asked for, so `set -e` does not apply.
    async fn pipeline(&self, pipeline: &Pipeline, io: &Io, tested: bool) -> Ran {
        let tested = tested || pipeline.negated;
        self.tested.set(self.tested.get() + u32::from(tested));
        let started = self.kernel().now.get();
        let ran = match pipeline.commands.as_slice() {
            [] => Ok((0, vec![0])),
            [command] => self.command(command, io).await.map(|code| (code, vec![code])),
            commands => self.concurrent(commands, io).await,
        };
        self.tested.set(self.tested.get().saturating_sub(u32::from(tested)));
        let (mut code, all) = ran?;
        if let Some(format) = pipeline.timed {
            self.print_time(started, format, io);
        }
        if pipeline.negated {
            code = i32::from(code == 0);
        }
        self.set_status(code, all);
        let simple_failure =
            code != 0 && !tested && self.tested.get() == 0 && self.session.borrow().options.exit_on_error;
        // Compound commands already applied `set -e` inside themselves, except for subshells.
        let counts = pipeline.commands.len() != 1
            || matches!(
                pipeline.commands[0].kind,
                Kind::Simple(_) | Kind::Subshell(_) | Kind::Arith(_) | Kind::Cond(_)
            );
        if simple_failure && counts {
            return Err(Flow::Exit(code));
        }
        Ok(code)
    }

    fn print_time(&self, started: u64, format: TimeFormat, io: &Io) {
        let spent = self.kernel().now.get().saturating_sub(started);
        let (minutes, millis) = (spent / 60_000_000, spent / 1000 % 60_000);
        let text = match format {
            TimeFormat::Posix => {
                format!("real {}.{:02}\nuser 0.00\nsys 0.00\n", spent / 1_000_000, spent / 10_000 % 100)
            }
            TimeFormat::Bash => {
                format!("\nreal\t{minutes}m{}.{:03}s\nuser\t0m0.000s\nsys\t0m0.000s\n", millis / 1000, millis % 1000)
            }
        };
        io.stderr().put(text);
    }

    /// Runs the commands of a pipeline at the same time, each in a subshell, joined by pipes.
    async fn concurrent(&self, commands: &[Rc<Command>], io: &Io) -> Result<(i32, Vec<i32>), Flow> {
        if commands.len() > MAX_PIPELINE {
            return Err(self.cannot_fork(SpawnError::TooMany, io));
        }
        let group = Some(self.process.record.group.get());
        let mut children: Vec<Child> = Vec::new();
        let mut input = None;
        for (i, command) in commands.iter().enumerate() {
            let own = io.clone();
            if let Some(reader) = input.take() {
                own.set(0, Fd::Read(reader));
            }
            if i + 1 < commands.len() {
                let (reader, writer) = pipe();
                own.set(1, Fd::Write(writer));
                input = Some(reader);
            }
            match self.fork_command(command.clone(), &own, group) {
                Ok(child) => children.push(child),
                Err(error) => {
                    drop((own, input));
                    for child in children {
                        child.kill_tree(Signal::Term);
                    }
                    return Err(self.cannot_fork(error, io));
                }
            }
        }
        let mut codes = Vec::with_capacity(children.len());
        for child in children {
            codes.push(child.wait().await.code);
        }
        let last = codes.last().copied().unwrap_or(0);
        let pipefail = self.session.borrow().options.pipefail;
        let failed = codes.iter().rev().copied().find(|code| *code != 0);
        Ok((if pipefail { failed.unwrap_or(0) } else { last }, codes))
    }

    /// A subshell that runs one command and nothing else, so that a program may take its place.
    fn fork_command(&self, command: Rc<Command>, io: &Io, group: Option<u32>) -> Result<Child, SpawnError> {
        self.fork(io, group, move |shell, io| {
            Box::pin(async move {
                // The table is the only holder of a pipe's ends besides the process itself.
                shell.final_command(&command, &io).await
            })
        })
    }

    pub(super) fn cannot_fork(&self, error: SpawnError, io: &Io) -> Flow {
        self.complain(io, &format!("fork: retry: {error}"));
        Flow::Abort(error.code())
    }

    /// Starts `… &`.
    async fn background(&self, item: &Item, io: &Io) -> Ran {
        let own = io.clone();
        // Without job control a background command must not eat the script's input.
        own.set(0, Fd::Read(super::shell::no_input()));
        let interactive = self.interactive() && !self.is_subshell;
        let group = if interactive { None } else { Some(self.process.record.group.get()) };
        let single = item.rest.is_empty() && item.first.commands.len() == 1 && !item.first.negated;
        let (first, rest) = (item.first.clone(), item.rest.clone());
        let child = self.fork(&own, group, move |shell, io| {
            Box::pin(async move {
                if !interactive {
                    shell.process.record.ignore(Signal::Int);
                }
                match first.commands.first() {
                    Some(command) if single => shell.final_command(command, &io).await,
                    _ => {
                        let item = Item { first, rest, background: false, text: String::new() };
                        shell.chain(&item, &io).await
                    }
                }
            })
        });
        let child = match child {
            Ok(child) => child,
            Err(error) => return Err(self.cannot_fork(error, io)),
        };
        let pid = child.pid();
        let number = self.jobs.borrow_mut().add(child, &item.text);
        if interactive {
            io.stderr().put(format!("[{number}] {pid}\n"));
        }
        self.session.borrow_mut().last_background = Some(pid);
        self.set_status(0, vec![0]);
        Ok(0)
    }
}
