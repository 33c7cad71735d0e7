//! The machine itself: what the lab asks, done on the shell's [`Os`].

use crate::{
    Parts, furnish, guests::Guests, hosting::Hosting, manifests::Manifests, net::Net, terminal::ConsoleTerminal,
};
use border::{Arrival, Event, Job, Machine, Maker, Network, Order, SessionId, Setup, Turn};
use protocol::{Candidate, CommandView, ConsoleChunk, Input, PromptView, TerminalId};
use shell::{Files, JobHandle, Os, Progress, Reader, SessionHandle, Signal};
use sorted::SortedMap;
use std::rc::Rc;

/// Terminals a learner may open.
const TERMINALS_MAX: u32 = 8;

/// Makes machines in this program.
pub fn maker() -> Maker {
    maker_with(Parts::HERE)
}

/// Makes machines whose code lies where `parts` says.
pub fn maker_with(parts: Parts) -> Maker {
    Rc::new(move |setup: &Setup| Box::new(Local::new(setup, parts)))
}

struct Local {
    setup: Setup,
    parts: Parts,
    os: Os,
    net: Net,
    hosting: Hosting,
    terminals: SortedMap<TerminalId, ConsoleTerminal>,
    sessions: Vec<SessionHandle>,
    /// Of this machine, and then of each other node.
    manifests: Vec<Manifests>,
    guests: Guests,
}

impl Local {
    fn new(setup: &Setup, parts: Parts) -> Self {
        let (net, hosting) = (Net::of_release(&setup.version), Hosting::default());
        let os = furnish::build(setup, parts, &net, &hosting);
        let guests = Guests::of(setup, parts, &net, &hosting);
        let mut machine = Self::on(setup.clone(), parts, os, net, hosting, guests);
        if setup.kubelet {
            let session = machine.log_in();
            // It runs as long as the machine does; nobody waits for it.
            machine.exec("kubelet", session);
        }
        machine
    }

    fn on(setup: Setup, parts: Parts, os: Os, net: Net, hosting: Hosting, guests: Guests) -> Self {
        guests.install_ssh(&os);
        let (terminals, sessions) = (SortedMap::new(), Vec::new());
        let manifests = vec![Manifests::default(); 1 + guests.machines().count()];
        Self { setup, parts, os, net, hosting, terminals, sessions, manifests, guests }
    }

    fn with_terminal(&mut self, id: TerminalId, act: impl FnOnce(&mut ConsoleTerminal)) {
        if id.0 >= TERMINALS_MAX {
            return;
        }
        let os = &self.os;
        act(self.terminals.entry(id).or_insert_with(|| ConsoleTerminal::open(os, id)));
    }

    /// The files of the machine that a path names (`controlplane2:/var/lib/etcd`), and the path there.
    fn on_node<'a>(&self, path: &'a str) -> (Files, &'a str) {
        let named = path.split_once(":/").map(|(name, _)| name);
        let found = named.and_then(|name| self.guests.nodes().find(|(node, _)| *node == name));
        match found {
            Some((name, os)) => (os.files(), &path[name.len() + 1..]),
            None => (self.os.files(), path),
        }
    }

    /// What programs have changed in the folders of manifests since the last call.
    fn manifest_news(&mut self) -> Vec<Order> {
        let here = std::iter::once(("controlplane", &self.os));
        let nodes = here.chain(self.guests.nodes());
        let news = |((node, os), known): ((&str, &Os), &mut Manifests)| {
            Some(Order::Manifests { node: node.to_owned(), files: known.news(&os.files())? })
        };
        nodes.zip(&mut self.manifests).filter_map(news).collect()
    }

    fn sit_down(&mut self, session: SessionHandle) -> SessionId {
        self.sessions.push(session);
        SessionId(self.sessions.len() as u32 - 1)
    }

    /// A session; one that nobody has opened is a fresh one.
    fn session(&self, SessionId(number): SessionId) -> SessionHandle {
        let known = self.sessions.get(number as usize).cloned();
        known.unwrap_or_else(|| furnish::login_session().into_handle())
    }
}

impl Machine for Local {
    fn run(&mut self, now: u64, polls: u32) -> Turn {
        let mut next_timer = None;
        for os in std::iter::once(&self.os).chain(self.guests.machines()) {
            let progress = os.run(now, polls);
            next_timer = [next_timer, os.next_timer()].into_iter().flatten().min();
            let (more, fetching) = (progress != Progress::Idle, progress == Progress::Fetching);
            if more {
                return Turn { more, fetching, next_timer: os.next_timer(), ..Turn::default() };
            }
        }
        if polls == 0 {
            return Turn { next_timer, ..Turn::default() };
        }
        let (sendings, mut orders) = (self.net.take_outbox(), self.hosting.take_orders());
        if self.setup.kubernetes {
            orders.extend(self.manifest_news());
        }
        Turn { next_timer, sendings, orders, ..Turn::default() }
    }

    fn deliver(&mut self, arrival: Arrival) {
        self.net.deliver(arrival);
    }

    fn connect(&mut self, network: Network) {
        self.hosting.set_taken(network.taken, network.held);
        self.net.connect(network.names, network.tls);
    }

    fn hear(&mut self, program: u64, event: Event) {
        self.hosting.push(program, event);
    }

    fn input(&mut self, input: &Input) {
        match input {
            Input::Submit { terminal, text } => self.with_terminal(*terminal, |terminal| terminal.submit(text)),
            Input::Interrupt { terminal } => self.with_terminal(*terminal, ConsoleTerminal::interrupt),
            Input::EndOfInput { terminal } => self.with_terminal(*terminal, ConsoleTerminal::end_of_input),
            Input::OpenTerminal { terminal } => self.with_terminal(*terminal, |_| {}),
            Input::CloseTerminal { terminal } => {
                self.terminals.remove(terminal);
            }
            Input::Fault { .. } | Input::Drop { .. } | Input::Delay { .. } => {}
        }
    }

    fn output(&mut self, limit: usize) -> Vec<ConsoleChunk> {
        let mut left = limit;
        self.terminals.values_mut().flat_map(|terminal| terminal.take_output(&mut left)).collect()
    }

    fn prompts(&self) -> Vec<PromptView> {
        self.terminals.values().map(ConsoleTerminal::prompt).collect()
    }

    fn commands(&self) -> Vec<CommandView> {
        self.terminals.values().flat_map(ConsoleTerminal::commands).collect()
    }

    fn complete(&self, terminal: TerminalId, line: &str, cursor: u32) -> Option<(u32, Vec<Candidate>)> {
        match self.terminals.get(&terminal) {
            Some(terminal) => terminal.complete(line, cursor),
            None => Some((cursor, Vec::new())),
        }
    }

    fn read(&self, path: &str) -> Option<Vec<u8>> {
        let (files, path) = self.on_node(path);
        files.read(path).ok().map(|content| content.to_vec())
    }

    fn write(&mut self, path: &str, content: &[u8]) -> bool {
        let (files, path) = self.on_node(path);
        let is_written = files.mkdir_all(shell::path::parent(path)).and_then(|()| files.write(path, content)).is_ok();
        // The lab knows what it has done itself.
        self.manifest_news();
        is_written
    }

    fn remove(&mut self, path: &str) {
        // What is not there is as good as removed.
        let (files, path) = self.on_node(path);
        let _ = files.remove_all(path);
        self.manifest_news();
    }

    fn paths(&self) -> Vec<String> {
        let nodes = self.guests.nodes().map(|(name, os)| (format!("{name}:"), os));
        let all = std::iter::once((String::new(), &self.os)).chain(nodes);
        let mut found = Vec::new();
        for (machine, os) in all {
            let (files, mut waiting) = (os.files(), vec![String::from("/")]);
            while let Some(folder) = waiting.pop() {
                for (name, about) in files.list(&folder).unwrap_or_default() {
                    let path = shell::path::join(&folder, &name);
                    match about.kind {
                        shell::Kind::Dir => waiting.push(path),
                        _ => found.push(format!("{machine}{path}")),
                    }
                }
            }
        }
        found
    }

    fn log_in(&mut self) -> SessionId {
        self.sit_down(furnish::login_session().into_handle())
    }

    fn copy(&mut self, session: SessionId) -> SessionId {
        let copy = self.session(session).borrow().clone().into_handle();
        self.sit_down(copy)
    }

    fn exec(&mut self, script: &str, session: SessionId) -> Box<dyn Job> {
        Box::new(LocalJob(self.os.exec_script(script, &self.session(session), Reader::null())))
    }

    fn fork(&self) -> Box<dyn Machine> {
        let (net, hosting) = (self.net.fork(), self.hosting.fork());
        let os = self.os.fork_idle();
        furnish::install_programs(&os, self.parts, &net, &hosting, &self.setup);
        let guests = self.guests.fork(&self.setup, self.parts, &net, &hosting);
        let mut fork = Self::on(self.setup.clone(), self.parts, os, net, hosting, guests);
        fork.manifests = self.manifests.clone();
        Box::new(fork)
    }
}

struct LocalJob(JobHandle);

impl Job for LocalJob {
    fn stdout(&self) -> Vec<u8> {
        self.0.stdout()
    }

    fn stderr(&self) -> Vec<u8> {
        self.0.stderr()
    }

    fn code(&self) -> Option<i32> {
        self.0.code()
    }

    fn signal(&self, name: &str) {
        self.0.signal(Signal::parse(name).unwrap_or(Signal::Int));
    }
}
