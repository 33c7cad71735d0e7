//! systemd, as far as a node needs it: it runs kubelet and containerd. Their units say `Restart=always`, the kubelet's with
//! `RestartSec=10` (`kubernetes/release`, `kubelet.service`), containerd's with `RestartSec=5`, so that what was killed
//! comes back, and what was stopped does not.

use crate::component::{Look, Seen};
use crate::{Msg, Note};
use sim::{Actor, Input, Micros, NodeId, Out, Time};

/// What can be asked of the service manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    Start,
    Stop,
    Restart,
}

/// A unit, and what became of it.
#[derive(Clone, Debug)]
struct Unit {
    name: &'static str,
    process: NodeId,
    /// How long after its end it is started again.
    pause: Micros,
    /// Whether it shall run.
    wanted: bool,
    runs: bool,
    restart_at: Option<Time>,
    /// How often it was started again after it had ended by itself.
    restarts: u32,
    /// It was asked to end so that it begins anew.
    restarting: bool,
    /// When it was started or ended last.
    since: Time,
    /// The process's number.
    pid: u32,
}

/// The number of the first process that it starts.
const FIRST_PID: u32 = 641;

impl Unit {
    fn new(name: &'static str, process: NodeId, pause: Micros) -> Self {
        let (since, pid) = (Time::ZERO, FIRST_PID + process.0 % 97);
        let (wanted, runs, restarting) = (true, false, false);
        Self { name, process, pause, wanted, runs, restart_at: None, restarts: 0, restarting, since, pid }
    }

    fn start(&mut self, now: Time, out: &mut Out<Msg, Note>) {
        if !self.runs {
            (self.since, self.pid) = (now, self.pid + 13);
        }
        (self.wanted, self.runs, self.restart_at, self.restarting) = (true, true, None, false);
        out.start(self.process, Msg::Exec { arguments: Default::default() });
        out.wait(self.process);
    }

    fn ask(&mut self, now: Time, verb: Verb, out: &mut Out<Msg, Note>) {
        if verb == Verb::Start {
            return self.start(now, out);
        }
        (self.wanted, self.restart_at, self.restarting) = (verb == Verb::Restart, None, verb == Verb::Restart);
        match self.runs {
            true => out.signal(self.process, false),
            false if self.wanted => self.start(now, out),
            false => {}
        }
    }

    fn ended(&mut self, now: Time, code: Option<i32>, out: &mut Out<Msg, Note>) {
        (self.runs, self.since) = (false, now);
        let how = code.map_or("code=killed, status=9/KILL".to_owned(), |code| format!("code=exited, status={code}"));
        out.note(Note::Said(format!("{}: Main process exited, {how}", self.name)));
        match self.restarting {
            true => self.start(now, out),
            false => self.restart_at = self.wanted.then(|| now + self.pause),
        }
    }

    fn wake(&mut self, now: Time, out: &mut Out<Msg, Note>) {
        if self.restart_at.is_some_and(|at| at <= now) {
            self.restarts += 1;
            let text = format!("{}: Scheduled restart job, restart counter is at {}.", self.name, self.restarts);
            out.note(Note::Said(text));
            self.start(now, out);
        }
    }

    fn state(&self, now: Time) -> String {
        match (self.runs, self.restart_at) {
            (true, _) => "active (running)".to_owned(),
            (false, Some(at)) => format!("activating (auto-restart) in {} s", at.since(now).0.div_ceil(1_000_000)),
            (false, None) => "inactive (dead)".to_owned(),
        }
    }
}

/// The service manager of one node.
#[derive(Clone, Debug)]
pub(crate) struct Systemd {
    units: [Unit; 2],
    now: Time,
}

impl Systemd {
    /// One that runs these two.
    pub(crate) fn new(kubelet: NodeId, containerd: NodeId) -> Self {
        let units = [
            Unit::new("containerd.service", containerd, Micros::secs(5)),
            Unit::new("kubelet.service", kubelet, Micros::secs(10)),
        ];
        Self { units, now: Time::ZERO }
    }
}

impl Actor for Systemd {
    type Msg = Msg;
    type Note = Note;

    fn handle(&mut self, now: Time, input: Input<Msg>, out: &mut Out<Msg, Note>) {
        self.now = now;
        for unit in &mut self.units {
            match &input {
                Input::Start => unit.start(now, out),
                Input::Message { msg: Msg::Unit { process, verb }, .. } if *process == unit.process => {
                    unit.ask(now, *verb, out)
                }
                Input::Ended { node, code } if *node == unit.process => unit.ended(now, *code, out),
                Input::Wakeup => unit.wake(now, out),
                _ => {}
            }
        }
    }

    fn next_wakeup(&self) -> Option<Time> {
        self.units.iter().filter_map(|unit| unit.restart_at).min()
    }

    fn crash(&mut self, _lose_unsynced: bool) {
        let [containerd, kubelet] = &self.units;
        *self = Self::new(kubelet.process, containerd.process);
    }

    fn wipe(&mut self) {}
}

impl Seen for Systemd {
    fn look(&self) -> Look {
        self.units.iter().fold(Look::default(), |look, unit| look.with(unit.name, unit.state(self.now)))
    }

    fn answer(&self, words: &[&str], _now: Time) -> Option<String> {
        let ["show", name] = words else { return None };
        let unit = self.units.iter().find(|unit| unit.name == *name)?;
        let (active, pid) = match (unit.runs, unit.restart_at) {
            (true, _) => ("active", unit.pid),
            (false, Some(_)) => ("activating", 0),
            (false, None) => ("inactive", 0),
        };
        Some(format!("{active} {pid} {} 0 -", unit.since.0))
    }

    fn looks_after(&self, process: NodeId, now: Time) -> Option<String> {
        let unit = self.units.iter().find(|unit| unit.process == process)?;
        Some(match unit.restart_at {
            Some(at) => format!("systemd starts it again in {} s", at.since(now).0.div_ceil(1_000_000)),
            None => format!("not by itself: systemctl start {}", unit.name.trim_end_matches(".service")),
        })
    }
}
