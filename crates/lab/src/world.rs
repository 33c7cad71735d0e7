//! The World: the cluster, the learner's machine and its terminals, on one clock.

use crate::{
    cluster::{Cluster, WorldSetup},
    hosted::Links,
    inside::Meddling,
    kubernetes::Kubernetes,
    post,
    preparation::Preparation,
    view, wire,
};
use border::{Job, Machine, Maker, Network, SessionId};
use protocol::{
    Candidate, CommandView, ConsoleChunk, Details, Exercise, Input, MemberView, PromptView, TerminalId, Waterfall,
    WireMessage,
};

/// Polls of the learner's programs between two looks at the budget.
const POLLS: u32 = 256;
/// Events of the simulation between two looks at the budget.
const EVENTS: u32 = 128;

/// A cluster, a learner's machine, and the time on both.
pub struct World {
    pub(crate) cluster: Cluster,
    pub(crate) machine: Box<dyn Machine>,
    /// Its programs that have a member in the cluster.
    pub(crate) links: Links,
    /// When it does something next by itself.
    next_timer: Option<u64>,
    /// Time cannot pass, because the code of a program on the learner's machine is still on its way.
    fetching: bool,
    now: u64,
}

impl World {
    /// A world whose every random number comes from `seed`: its servers have just been started, and nobody is at the
    /// console. The learner's machine is one of `machines`.
    pub fn new(seed: u64, setup: &WorldSetup, machines: &Maker) -> Self {
        let machine = machines(&setup.machine(seed));
        let cluster = Cluster::new(seed, setup);
        let mut world = Self { cluster, machine, links: Links::new(), next_timer: None, fetching: false, now: 0 };
        world.lay_out_disks();
        world.refresh_network();
        world
    }

    /// The world of a lab, prepared: what a learner finds there.
    ///
    /// # Errors
    /// In words, when the lab asks for what nobody here can do, or its preparation failed.
    pub fn of_exercise(
        seed: u64,
        exercise: &Exercise,
        machines: &Maker,
        kubernetes: Option<Kubernetes>,
    ) -> Result<Self, String> {
        let mut preparation = Preparation::of(exercise, kubernetes)?;
        let mut world = Self::new(seed, &WorldSetup::of_exercise(exercise), machines);
        while !preparation.advance(&mut world, &mut || true) {}
        preparation.failure().map_or(Ok(world), |failure| Err(failure.to_owned()))
    }

    /// Adds components of Kubernetes, which start at once.
    pub fn place(&mut self, placed: Vec<kube::Placed>) {
        for (path, content) in placed.iter().flat_map(|placed| &placed.files) {
            self.machine.write(path, content.as_bytes());
        }
        self.cluster.place(placed);
        self.refresh_network();
    }

    /// The addresses of etcd's members, for those who are their clients.
    pub fn etcd(&self) -> Vec<sim::NodeId> {
        self.cluster.members().iter().map(|member| member.node).collect()
    }

    /// Tells the learner's machine who listens where, after servers were started or stopped.
    pub(crate) fn refresh_network(&mut self) {
        let mut network = Network { names: self.cluster.names(), ..Network::default() };
        network.tls.extend(self.cluster.tls());
        for member in self.cluster.members() {
            if self.cluster.runs(member.node) {
                member.listen(&mut network.taken);
                network.held.push(member.data_dir.clone());
            }
        }
        self.machine.connect(network);
    }

    /// The world's clock, in microseconds.
    pub fn now(&self) -> u64 {
        self.now
    }

    /// The hash over everything that ever happened in the cluster.
    pub fn trace_hash(&self) -> u64 {
        self.cluster.sim.trace().hash()
    }

    /// Lets time pass until `until` and everything of that instant is done; `false` when `in_time` ended it first, or when
    /// it has to wait for the code of a program. What happens does not depend on where it was interrupted.
    pub fn advance(&mut self, until: u64, in_time: &mut dyn FnMut() -> bool) -> bool {
        let mut events = 0;
        loop {
            let mut turn = self.machine.run(self.now, POLLS);
            while turn.more {
                self.fetching = turn.fetching;
                if turn.fetching || !in_time() {
                    return false;
                }
                turn = self.machine.run(self.now, POLLS);
            }
            self.fetching = false;
            self.next_timer = turn.next_timer;
            self.send(turn.sendings);
            if !turn.orders.is_empty() {
                self.obey(turn.orders);
                continue;
            }
            let event = self.cluster.next_event();
            let Some(next) = [event, self.next_timer].into_iter().flatten().min().filter(|next| *next <= until) else {
                self.now = self.now.max(until);
                self.cluster.run_until(self.now);
                return true;
            };
            self.now = self.now.max(next);
            if event.is_some_and(|event| event <= self.now) {
                self.cluster.step();
                for mail in self.cluster.take_mail() {
                    match post::ordered(&mail) {
                        Some((kubelet, ordered)) => self.carry_out(kubelet, &ordered),
                        None => post::arrival(mail).into_iter().for_each(|arrival| self.machine.deliver(arrival)),
                    }
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

    /// Lets time pass until `until`, however long that takes. Where the code of programs has to be fetched, time may have
    /// to wait for it longer than this does.
    pub fn run_until(&mut self, until: u64) {
        while !self.advance(until, &mut || true) && !self.fetching {}
    }

    /// Whether time cannot pass because the code of a program on the learner's machine is still on its way.
    pub fn is_fetching(&self) -> bool {
        self.fetching
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
        [self.cluster.next_event(), self.next_timer].into_iter().flatten().min()
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
    fn send(&mut self, sendings: Vec<border::Sending>) {
        if sendings.is_empty() {
            return;
        }
        self.cluster.run_until(self.now);
        for sending in sendings {
            self.cluster.inject(sending);
        }
    }

    /// Takes an input of the learner.
    pub fn apply(&mut self, input: &Input) {
        match input {
            Input::Fault { component, fault } => self.press(component, *fault),
            Input::Drop { .. } | Input::Delay { .. } => {
                if let Some(meddling) = Meddling::of(input) {
                    self.meddle(&meddling);
                }
            }
            at_terminal => self.machine.input(at_terminal),
        }
    }

    /// Opens a terminal before anything is typed at it, so that its prompt is there.
    pub fn open_terminal(&mut self, terminal: TerminalId) {
        self.machine.input(&Input::OpenTerminal { terminal });
    }

    /// Somebody logs in without a terminal, for scripts and checks.
    pub fn log_in(&mut self) -> SessionId {
        self.machine.log_in()
    }

    /// A session that begins with what another has set.
    pub fn copy_session(&mut self, session: SessionId) -> SessionId {
        self.machine.copy(session)
    }

    /// Runs a command line without a terminal.
    pub fn exec(&mut self, script: &str, session: SessionId) -> Box<dyn Job> {
        self.machine.exec(script, session)
    }

    /// Runs a command line of somebody who has just logged in.
    pub fn begin(&mut self, script: &str) -> Box<dyn Job> {
        let session = self.log_in();
        self.exec(script, session)
    }

    /// The learner's machine.
    pub fn machine(&self) -> &dyn Machine {
        &*self.machine
    }

    /// The same cluster and files at the same moment, with nobody at the console: what is done there leaves this world
    /// as it is.
    pub fn fork(&self) -> Self {
        let machine = self.machine.fork();
        let (links, next_timer) = (Links::new(), None);
        Self { cluster: self.cluster.clone(), machine, links, next_timer, fetching: false, now: self.now }
    }

    /// The members of the etcd cluster.
    pub fn members(&self) -> Vec<MemberView> {
        view::members(&self.cluster)
    }

    /// Keys and values that the cluster's etcd holds in a folder, as the member has them that is ahead of the others. Only an
    /// observer can look like that; it costs the world nothing.
    pub fn stored(&self, folder: &str) -> Vec<(String, Vec<u8>)> {
        crate::kubernetes::stored(&self.cluster, folder)
    }

    /// Whether there is a process of this name, running or not.
    pub fn has_process(&self, name: &str) -> bool {
        self.cluster.node(name).is_some()
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
        self.machine.output(limit)
    }

    /// What the terminals wait for.
    pub fn prompts(&self) -> Vec<PromptView> {
        self.machine.prompts()
    }

    /// The latest commands of all terminals.
    pub fn commands(&self) -> Vec<CommandView> {
        self.machine.commands()
    }

    /// How a line could go on at the cursor: where the replaced part begins, and the candidates.
    pub fn complete(&self, terminal: TerminalId, line: &str, cursor: u32) -> Option<(u32, Vec<Candidate>)> {
        self.machine.complete(terminal, line, cursor)
    }
}
