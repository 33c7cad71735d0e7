//! Compound commands.

use super::io::Io;
use super::pattern::Pattern;
use super::shell::{MAX_NESTING, Shell};
use super::{Flow, Ran};
use crate::grammar::ast::{CaseArm, CaseEnd, Command, Kind, List, Word};
use crate::os::future::LocalBoxFuture;
use std::rc::Rc;

impl Shell {
    /// Runs one command of any kind.
    pub(super) fn command<'a>(&'a self, command: &'a Rc<Command>, io: &'a Io) -> LocalBoxFuture<'a, Ran> {
        Box::pin(async move {
            self.line.set(command.line);
            self.charge().await;
            if let Kind::Simple(simple) = &command.kind {
                return self.simple(simple, &command.redirects, io, false).await;
            }
            if self.nesting.get() >= MAX_NESTING {
                self.complain(io, &format!("maximum nesting level exceeded ({MAX_NESTING})"));
                return Err(Flow::Abort(1));
            }
            let inner;
            let io = if command.redirects.is_empty() {
                io
            } else {
                inner = match self.redirected(&command.redirects, io).await? {
                    Some(inner) => inner,
                    None => return Ok(1),
                };
                &inner
            };
            self.nesting.set(self.nesting.get() + 1);
            let ran = self.compound(command, io).await;
            self.nesting.set(self.nesting.get().saturating_sub(1));
            ran
        })
    }

    /// Runs a command that is the last thing this shell does: a program may take over its process.
    pub(super) async fn final_command(&self, command: &Rc<Command>, io: &Io) -> Ran {
        match &command.kind {
            Kind::Simple(simple) => {
                self.line.set(command.line);
                self.simple(simple, &command.redirects, io, true).await
            }
            _ => self.command(command, io).await,
        }
    }

    async fn compound(&self, command: &Rc<Command>, io: &Io) -> Ran {
        match &command.kind {
            Kind::Simple(_) => Ok(0),
            Kind::Group(list) => self.list(list, io).await,
            Kind::Subshell(_) => {
                let (whole, group) = (command.clone(), Some(self.process.record.group.get()));
                let child = self.fork(io, group, move |shell, io| {
                    Box::pin(async move {
                        shell.loops.set(0);
                        match &whole.kind {
                            Kind::Subshell(list) => shell.list(list, &io).await,
                            _ => Ok(0),
                        }
                    })
                });
                match child {
                    Ok(child) => Ok(child.wait().await.code),
                    Err(error) => Err(self.cannot_fork(error, io)),
                }
            }
            Kind::If { arms, otherwise } => {
                for (test, body) in arms {
                    if self.test_list(test, io).await? == 0 {
                        return self.list(body, io).await;
                    }
                }
                match otherwise {
                    Some(body) => self.list(body, io).await,
                    None => Ok(0),
                }
            }
            Kind::For { name, words, body } => self.for_words(name, words.as_deref(), body, io).await,
            Kind::ForArith { init, test, step, body } => {
                self.arith(init, io).await?;
                let mut code = 0;
                loop {
                    if !test.parts.is_empty() && self.arith(test, io).await? == 0 {
                        return Ok(code);
                    }
                    match self.turn(body, io).await? {
                        Turn::Done(last) => code = last,
                        Turn::Leave => return Ok(0),
                    }
                    self.arith(step, io).await?;
                    self.charge().await;
                }
            }
            Kind::While { until, test, body } => {
                let mut code = 0;
                loop {
                    if (self.test_list(test, io).await? == 0) == *until {
                        return Ok(code);
                    }
                    match self.turn(body, io).await? {
                        Turn::Done(last) => code = last,
                        Turn::Leave => return Ok(0),
                    }
                }
            }
            Kind::Case { subject, arms } => self.case(subject, arms, io).await,
            Kind::Function(function) => {
                self.session.borrow_mut().functions.insert(function.name.clone(), function.clone());
                Ok(0)
            }
            Kind::Arith(word) => match self.arith(word, io).await {
                Ok(value) => Ok(i32::from(value == 0)),
                Err(Flow::Abort(_)) => Ok(1),
                Err(flow) => Err(flow),
            },
            Kind::Cond(cond) => self.cond(cond, io).await,
        }
    }

    /// A list whose status decides something: `set -e` does not apply in it.
    async fn test_list(&self, list: &List, io: &Io) -> Ran {
        self.tested.set(self.tested.get() + 1);
        let ran = self.list(list, io).await;
        self.tested.set(self.tested.get().saturating_sub(1));
        ran
    }

    /// One turn of a loop.
    async fn turn(&self, body: &List, io: &Io) -> Result<Turn, Flow> {
        self.loops.set(self.loops.get() + 1);
        let ran = self.list(body, io).await;
        self.loops.set(self.loops.get().saturating_sub(1));
        match ran {
            Ok(code) => Ok(Turn::Done(code)),
            Err(Flow::Break(1)) => Ok(Turn::Leave),
            Err(Flow::Continue(1)) => Ok(Turn::Done(0)),
            Err(Flow::Break(n)) => Err(Flow::Break(n - 1)),
            Err(Flow::Continue(n)) => Err(Flow::Continue(n - 1)),
            Err(other) => Err(other),
        }
    }

    async fn for_words(&self, name: &str, words: Option<&[Word]>, body: &List, io: &Io) -> Ran {
        let values = match words {
            Some(words) => self.words(words, io).await?,
            None => self.session.borrow().positional.clone(),
        };
        let mut code = 0;
        for value in values {
            let set = self.session.borrow_mut().assign(name, &value, false);
            if let Err(refused) = set {
                self.complain(io, &refused.0);
                return Ok(1);
            }
            match self.turn(body, io).await? {
                Turn::Done(last) => code = last,
                Turn::Leave => return Ok(0),
            }
        }
        Ok(code)
    }

    async fn case(&self, subject: &Word, arms: &[CaseArm], io: &Io) -> Ran {
        let text = self.word_text(subject, io).await?;
        let mut code = 0;
        let mut fall = false;
        for arm in arms {
            let mut hit = fall;
            for pattern in &arm.patterns {
                if hit {
                    break;
                }
                hit = Pattern::new(&self.word_pattern(pattern, io).await?).matches(&text);
            }
            if !hit {
                continue;
            }
            code = self.list(&arm.body, io).await?;
            match arm.end {
                CaseEnd::Break => return Ok(code),
                CaseEnd::Fall => fall = true,
                CaseEnd::Resume => fall = false,
            }
        }
        Ok(code)
    }
}

enum Turn {
    Done(i32),
    Leave,
}
