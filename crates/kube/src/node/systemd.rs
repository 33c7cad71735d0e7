//! systemd, as far as it has to do with the kubelet: the unit says `Restart=always` and `RestartSec=10`
//! (`kubernetes/release`, `kubelet.service`), so that a kubelet that was killed comes back after ten seconds, and one that
//! was stopped does not.

use crate::component::{Look, Seen};
use crate::{Msg, Note};
use sim::{Actor, Input, Micros, NodeId, Out, Time};

/// `RestartSec` of the kubelet's unit.
const RESTART_AFTER: Micros = Micros::secs(10);
/// The unit.
const UNIT: &str = "kubelet.service";

/// What is asked of the service manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Start,
    Stop,
    Restart,
}

/// The service manager of one node.
#[derive(Clone, Debug)]
pub(crate) struct Systemd {
    kubelet: NodeId,
    /// Whether the kubelet shall run.
    wanted: bool,
    runs: bool,
    restart_at: Option<Time>,
    /// How often it was started again after it had ended by itself.
    restarts: u32,
    /// When it was started or ended last.
    since: Time,
}

impl Systemd {
    pub(crate) fn new(kubelet: NodeId) -> Self {
        Self { kubelet, wanted: true, runs: false, restart_at: None, restarts: 0, since: Time::ZERO }
    }

    fn start(&mut self, now: Time, out: &mut Out<Msg, Note>) {
        (self.wanted, self.runs, self.restart_at, self.since) = (true, true, None, now);
        out.start(self.kubelet, Msg::Exec { arguments: Default::default() });
        out.wait(self.kubelet);
    }

    fn ended(&mut self, now: Time, code: Option<i32>, out: &mut Out<Msg, Note>) {
        (self.runs, self.since) = (false, now);
        let how = match code {
            None => "code=killed, status=9/KILL".to_owned(),
            Some(code) => format!("code=exited, status={code}"),
        };
        self.say(format!("{UNIT}: Main process exited, {how}"), out);
        self.restart_at = self.wanted.then(|| now + RESTART_AFTER);
    }

    fn say(&self, sentence: String, out: &mut Out<Msg, Note>) {
        out.note(Note::Said(sentence));
    }
}

impl Actor for Systemd {
    type Msg = Msg;
    type Note = Note;

    fn handle(&mut self, now: Time, input: Input<Msg>, out: &mut Out<Msg, Note>) {
        match input {
            Input::Start => self.start(now, out),
            Input::Message { msg: Msg::Unit(Unit::Start), .. } => self.start(now, out),
            Input::Message { msg: Msg::Unit(asked), .. } => {
                (self.wanted, self.restart_at) = (asked == Unit::Restart, None);
                match self.runs {
                    true => out.signal(self.kubelet, false),
                    false if self.wanted => self.start(now, out),
                    false => {}
                }
            }
            Input::Ended { node, code } if node == self.kubelet => {
                self.ended(now, code, out);
                // `systemctl restart` does not wait.
                if self.wanted && code == Some(0) {
                    self.start(now, out);
                }
            }
            Input::Wakeup if self.restart_at.is_some_and(|at| at <= now) => {
                self.restarts += 1;
                self.say(format!("{UNIT}: Scheduled restart job, restart counter is at {}.", self.restarts), out);
                self.start(now, out);
            }
            _ => {}
        }
    }

    fn next_wakeup(&self) -> Option<Time> {
        self.restart_at
    }

    fn crash(&mut self, _lose_unsynced: bool) {
        *self = Self::new(self.kubelet);
    }

    fn wipe(&mut self) {}
}

impl Seen for Systemd {
    fn look(&self) -> Look {
        let state = match (self.runs, self.restart_at) {
            (true, _) => "active (running)".to_owned(),
            (false, Some(at)) => format!("activating (auto-restart), at {}", at.0 / 1_000_000),
            (false, None) => "inactive (dead)".to_owned(),
        };
        Look::default()
            .with("kubelet.service", state)
            .with("Restarts", self.restarts)
            .with("Since", self.since.0 / 1_000_000)
    }

    fn looks_after(&self, process: NodeId, now: Time) -> Option<String> {
        let words = match self.restart_at {
            Some(at) => format!("systemd starts it again in {} s", at.since(now).0.div_ceil(1_000_000)),
            None => "not by itself: systemctl start kubelet".to_owned(),
        };
        (process == self.kubelet).then_some(words)
    }
}
