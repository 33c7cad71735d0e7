//! The World: the cluster, the learner's machine and its terminals, on one clock.

use crate::{
    cluster::{Cluster, WorldSetup},
    hosted::Hosting,
    inside::{self, Meddling},
    machine,
    net::Net,
    preparation::Preparation,
    terminal::ConsoleTerminal,
    view, wire,
};
use protocol::{
    Candidate, CommandView, ConsoleChunk, Details, Exercise, Input, MemberView, PromptView, TerminalId, Waterfall,
    WireMessage,
};
use shell::{JobHandle, Os, Progress, SessionHandle};
use sorted::SortedMap;

/// Polls of the learner's programs between two looks at the budget.
const POLLS: u32 = 256;
/// Events of the simulation between two looks at the budget.
const EVENTS: u32 = 128;
/// Terminals a learner may open.
const TERMINALS_MAX: u32 = 8;

/// A cluster, a learner's machine, and the time on both.
pub struct World {
    pub(crate) cluster: Cluster,
    os: Os,
    net: Net,
    pub(crate) hosting: Hosting,
    terminals: SortedMap<TerminalId, ConsoleTerminal>,
    now: u64,
}

impl World {
    /// A world whose every random number comes from `seed`: its servers have just been started, and nobody is at the
    /// console.
    pub fn new(seed: u64, setup: &WorldSetup) -> Self {
        let (net, hosting) = (Net::of_release(&setup.version), Hosting::default());
        let os = machine::build(seed, setup, &net, &hosting);
        let mut world =
            Self { cluster: Cluster::new(seed, setup), os, net, hosting, terminals: SortedMap::new(), now: 0 };
        world.lay_out_disks();
        if setup.kubelet {
            // It runs as long as the machine does; nobody waits for it.
            let _ = world.exec("kubelet", &machine::login_session().into_handle());
        }
        world.refresh_network();
        world
    }

    /// The world of a lab, prepared: what a learner finds there.
    ///
    /// # Errors
    /// In words, when the lab asks for what nobody here can do, or its preparation failed.
    pub fn of_exercise(seed: u64, exercise: &Exercise) -> Result<Self, String> {
        let mut preparation = Preparation::of(exercise)?;
        let mut world = Self::new(seed, &WorldSetup::of_exercise(exercise));
        while !preparation.advance(&mut world, &mut || true) {}
        preparation.failure().map_or(Ok(world), |failure| Err(failure.to_owned()))
    }

    /// Tells the learner's machine who listens where, after servers were started or stopped.
    pub(crate) fn refresh_network(&mut self) {
        self.net.set_names(self.cluster.names());
        for member in self.cluster.members() {
            self.net.set_tls(member.node, member.tls.clone());
        }
        self.refresh_ports();
    }

    /// The world's clock, in microseconds.
    pub fn now(&self) -> u64 {
        self.now
    }

    /// The hash over everything that ever happened in the cluster.
    pub fn trace_hash(&self) -> u64 {
        self.cluster.sim.trace().hash()
    }

    /// Lets time pass until `until` and everything of that instant is done; `false` when `in_time` ended it first. What
    /// happens does not depend on where it was interrupted.
    pub fn advance(&mut self, until: u64, in_time: &mut dyn FnMut() -> bool) -> bool {
        let mut events = 0;
        loop {
            while self.os.run(self.now, POLLS) == Progress::MoreToDo {
                if !in_time() {
                    return false;
                }
            }
            self.post();
            if self.serve_programs() {
                continue;
            }
            let event = self.cluster.next_event();
            let Some(next) = [event, self.os.next_timer()].into_iter().flatten().min().filter(|next| *next <= until)
            else {
                self.now = self.now.max(until);
                self.cluster.run_until(self.now);
                return true;
            };
            self.now = self.now.max(next);
            if event.is_some_and(|event| event <= self.now) {
                self.cluster.step();
                for mail in self.cluster.take_mail() {
                    self.net.deliver(mail);
                }
                self.hear_members();
            }
            events += 1;
            if events >= EVENTS {
                events = 0;
                if !in_time() {
                    return false;
                }
            }
        }
    }

    /// Lets time pass until `until`, however long that takes.
    pub fn run_until(&mut self, until: u64) {
        while !self.advance(until, &mut || true) {}
    }

    /// Lets time pass as long as `waiting` says so, but no longer than until `limit`. Looked at after every instant in
    /// which something happened.
    pub fn run_while(&mut self, limit: u64, waiting: &mut dyn FnMut() -> bool) {
        while self.now < limit && waiting() {
            let next = self.next_event().unwrap_or(limit);
            self.run_until(next.clamp(self.now, limit));
            if next >= limit {
                self.now = limit;
            }
        }
    }

    /// When something happens next, as far as is known now.
    pub(crate) fn next_event(&mut self) -> Option<u64> {
        [self.cluster.next_event(), self.os.next_timer()].into_iter().flatten().min()
    }

    /// Lets time pass until the running members agree on a leader and have applied what it has committed; `false` when
    /// `limit` microseconds were not enough.
    pub fn wait_until_settled(&mut self, limit: u64) -> bool {
        let until = self.now + limit;
        while self.now < until {
            if self.cluster.is_settled() {
                return true;
            }
            self.run_until(self.now + 10_000);
        }
        self.cluster.is_settled()
    }

    /// Puts what the programs want to send on the wire.
    fn post(&mut self) {
        let outbox = self.net.take_outbox();
        if outbox.is_empty() {
            return;
        }
        self.cluster.run_until(self.now);
        for outgoing in outbox {
            self.cluster.inject(outgoing);
        }
    }

    /// Lets time pass until the next message between components was sent and has arrived, but no longer than ten
    /// seconds.
    pub fn step_to_message(&mut self) {
        let limit = self.now + 10_000_000;
        let before = wire::last(&self.cluster);
        while self.now < limit && !wire::arrived_since(&self.cluster, before) {
            let next = self.next_event().unwrap_or(limit);
            self.run_until(next.clamp(self.now, limit));
        }
    }

    /// Lets time pass until a message other than a heartbeat is on its way between members. When there is none within
    /// two and a half seconds, which is longer than any election time-out, a heartbeat will do.
    pub fn catch_message(&mut self) {
        let before = wire::last(&self.cluster);
        for (wait, heartbeats) in [(2_500_000, false), (1_000_000, true)] {
            let limit = self.now + wait;
            while self.now < limit {
                let next = self.next_event().unwrap_or(limit);
                self.run_until(next.clamp(self.now, limit));
                if inside::is_caught(&self.cluster, before, heartbeats) {
                    return;
                }
            }
        }
    }

    /// Takes an input of the learner.
    pub fn apply(&mut self, input: &Input) {
        match input {
            Input::Submit { terminal, text } => self.with_terminal(*terminal, |terminal| terminal.submit(text)),
            Input::Interrupt { terminal } => self.with_terminal(*terminal, ConsoleTerminal::interrupt),
            Input::EndOfInput { terminal } => self.with_terminal(*terminal, ConsoleTerminal::end_of_input),
            Input::Fault { component, fault } => self.press(component, *fault),
            Input::OpenTerminal { terminal } => self.open_terminal(*terminal),
            Input::CloseTerminal { terminal } => {
                self.terminals.remove(terminal);
            }
            Input::Drop { .. } | Input::Delay { .. } => {
                if let Some(meddling) = Meddling::of(input) {
                    self.meddle(&meddling);
                }
            }
        }
    }

    fn with_terminal(&mut self, id: TerminalId, act: impl FnOnce(&mut ConsoleTerminal)) {
        if id.0 >= TERMINALS_MAX {
            return;
        }
        let os = &self.os;
        act(self.terminals.entry(id).or_insert_with(|| ConsoleTerminal::open(os, id)));
    }

    /// Opens a terminal before anything is typed at it, so that its prompt is there.
    pub fn open_terminal(&mut self, id: TerminalId) {
        self.with_terminal(id, |_| {});
    }

    /// Runs a command line without a terminal, for scripts and checks.
    pub fn exec(&mut self, script: &str, session: &SessionHandle) -> JobHandle {
        self.os.exec_script(script, session, shell::Reader::null())
    }

    /// The learner's machine.
    pub fn os(&self) -> &Os {
        &self.os
    }

    /// The same cluster and files at the same moment, with nobody at the console: what is done there leaves this world
    /// as it is.
    pub fn fork(&self) -> Self {
        let (net, hosting) = (self.net.fork(), self.hosting.fork());
        let os = self.os.fork_idle();
        machine::install_programs(&os, &net, &hosting, self.cluster.setup());
        Self { cluster: self.cluster.clone(), os, net, hosting, terminals: SortedMap::new(), now: self.now }
    }

    /// The members of the etcd cluster.
    pub fn members(&self) -> Vec<MemberView> {
        view::members(&self.cluster)
    }

    /// What the panel of a component tells; `None` when the simulation knows no such component.
    pub fn details(&self, component: &str) -> Option<Details> {
        view::details(&self.cluster, component)
    }

    /// Messages sent after the record `cursor`, which is moved on; at most `limit` of them, and how many more there were.
    pub fn wire_since(&self, cursor: &mut u64, limit: usize) -> (Vec<WireMessage>, u64) {
        wire::since(&self.cluster, cursor, limit)
    }

    /// What a command caused.
    pub fn waterfall(&self, command: u64) -> Option<Waterfall> {
        let view = self.commands().into_iter().find(|view| view.id == command)?;
        crate::waterfall::of(&self.cluster, &view, self.now)
    }

    /// What the terminals printed and nobody has taken yet, up to about `limit` bytes.
    pub fn take_console(&mut self, limit: usize) -> Vec<ConsoleChunk> {
        let mut left = limit;
        self.terminals.values_mut().flat_map(|terminal| terminal.take_output(&mut left)).collect()
    }

    /// What the terminals wait for.
    pub fn prompts(&self) -> Vec<PromptView> {
        self.terminals.values().map(ConsoleTerminal::prompt).collect()
    }

    /// The latest commands of all terminals.
    pub fn commands(&self) -> Vec<CommandView> {
        self.terminals.values().flat_map(ConsoleTerminal::commands).collect()
    }

    /// How a line could go on at the cursor: where the replaced part begins, and the candidates.
    pub fn complete(&self, terminal: TerminalId, line: &str, cursor: u32) -> (u32, Vec<Candidate>) {
        self.terminals.get(&terminal).map_or((cursor, Vec::new()), |terminal| terminal.complete(line, cursor))
    }
}
