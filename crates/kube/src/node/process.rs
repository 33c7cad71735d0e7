//! A program of the control plane as a process: it is started with a command line, looks at its flags before anything
//! else, and writes what it logs to whoever started it.

use super::flags::{self, Program};
use super::health;
use crate::component::{Component, Look};
use crate::log::Log;
use crate::{Msg, Note};
use sim::{Input, NodeId, Out, Time};
use std::sync::Arc;

/// What a process is at.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Stage {
    Dead,
    /// It was started; its command line comes with the first message, if somebody gave it one.
    Started(Time),
    Runs,
    /// Its flags lead nowhere: until then it tries, and then it ends.
    Fails(Time),
}

/// A component with its command line.
pub(crate) struct Process {
    program: &'static Program,
    component: Box<dyn Component>,
    stage: Stage,
    arguments: Arc<Vec<String>>,
    /// Who started it, and how many lines it was told.
    starter: Option<NodeId>,
    told: u64,
}

impl Process {
    /// The program of this name, whose work `component` does; `None` for one that nobody knows.
    pub(crate) fn of(name: &str, component: Box<dyn Component>) -> Option<Self> {
        let program = flags::program(name)?;
        Some(Self { program, component, stage: Stage::Dead, arguments: Arc::default(), starter: None, told: 0 })
    }

    fn begin(&mut self, now: Time, out: &mut Out<Msg, Note>) {
        match self.program.check(&self.arguments) {
            Ok(()) => {
                self.stage = Stage::Runs;
                self.component.handle(now, Input::Start, out);
            }
            Err(failure) => {
                if let Some(log) = self.component.log() {
                    failure.tell(now, log);
                }
                if failure.after.0 == 0 {
                    return out.exit(1);
                }
                self.stage = Stage::Fails(now + failure.after);
            }
        }
    }

    fn give_up(&mut self, now: Time, out: &mut Out<Msg, Note>) {
        if let (Err(failure), Some(log)) = (self.program.check(&self.arguments), self.component.log()) {
            failure.conclude(now, log);
        }
        out.exit(1);
    }

    /// What it has logged goes to who started it, as through a pipe.
    fn print(&mut self, out: &mut Out<Msg, Note>) {
        let (Some(starter), Some(log)) = (self.starter, self.component.log()) else { return };
        if log.count() > self.told {
            let lines = log.since(self.told);
            self.told = log.count();
            out.send(starter, Msg::Printed { lines: lines.into() });
        }
    }
}

impl Component for Process {
    fn handle(&mut self, now: Time, input: Input<Msg>, out: &mut Out<Msg, Note>) {
        match (&self.stage, input) {
            (_, Input::Start) => {
                self.stage = Stage::Started(now);
                self.told = self.component.log().map_or(0, |log| log.count());
            }
            (Stage::Started(_), Input::Message { from, msg: Msg::Exec { arguments } }) => {
                (self.arguments, self.starter) = (arguments, Some(from));
                self.begin(now, out);
            }
            // Started by hand, it takes the flags that it had.
            (Stage::Started(_), Input::Wakeup) => self.begin(now, out),
            (Stage::Fails(until), Input::Wakeup) if *until <= now => self.give_up(now, out),
            // The API server has more to say to who asks it over HTTP.
            (Stage::Runs, input) if self.program.name != "kube-apiserver" && health::answer(&input, out) => {}
            (Stage::Runs, input) => self.component.handle(now, input, out),
            (_, Input::Stop) => out.exit(0),
            _ => {}
        }
        self.print(out);
    }

    fn next_wakeup(&self) -> Option<Time> {
        match self.stage {
            Stage::Dead => None,
            Stage::Started(at) | Stage::Fails(at) => Some(at),
            Stage::Runs => self.component.next_wakeup(),
        }
    }

    fn crash(&mut self, lose_unsynced: bool) {
        self.stage = Stage::Dead;
        self.component.crash(lose_unsynced);
    }

    fn wipe(&mut self) {
        self.component.wipe();
    }

    fn fork(&self) -> Box<dyn Component> {
        let Self { program, stage, arguments, starter, told, .. } = self;
        let component = self.component.fork();
        let (stage, arguments) = (stage.clone(), Arc::clone(arguments));
        Box::new(Self { program, component, stage, arguments, starter: *starter, told: *told })
    }

    fn look(&self) -> Look {
        let look = self.component.look();
        match self.stage {
            Stage::Fails(_) => {
                Look { facts: Vec::new(), ..look }.with("Trouble", "its flags lead nowhere: see its log")
            }
            _ => look,
        }
    }

    fn log(&mut self) -> Option<&mut Log> {
        self.component.log()
    }
}
