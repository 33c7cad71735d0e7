//! Members that the learner starts with the program `etcd`: the program runs on the shell's executor, its member in the
//! simulation. This is where one hears of the other.

use crate::{
    World,
    cluster::Member,
    names::{Names, is_own},
    tls::{Certificate, ServerTls},
};
use cli::host::{Event, Host, Launch, Listen, Member as Handle, ServerFiles};
use cli::transport::LocalBoxFuture;
use sim::{Fault, NodeId};
use sorted::SortedMap;
use std::{
    cell::RefCell,
    collections::VecDeque,
    future::poll_fn,
    rc::Rc,
    task::{Poll, Waker},
};

/// Members a learner may have started under different names.
const HAND_STARTED_MAX: usize = 16;

/// What a program asks of the world.
enum Request {
    Launch { id: u64, launch: Box<Launch> },
    Terminate(u64),
    Abandon(u64),
}

/// A program and its member.
#[derive(Default)]
struct Link {
    node: Option<NodeId>,
    /// How far the member's log was shown.
    cursor: u64,
    started: bool,
    ready: bool,
    events: VecDeque<Event>,
    waker: Option<Waker>,
}

#[derive(Default)]
struct State {
    last: u64,
    requests: Vec<Request>,
    links: SortedMap<u64, Link>,
    /// Where running members listen.
    names: Names,
    /// Data directories of running members.
    held: Vec<String>,
}

/// The machine as the program `etcd` sees it.
#[derive(Clone, Default)]
pub(crate) struct Hosting(Rc<RefCell<State>>);

impl Hosting {
    /// That of a copy of the machine, on which no program runs.
    pub fn fork(&self) -> Self {
        let state = self.0.borrow();
        let (names, held) = (state.names.clone(), state.held.clone());
        Self(Rc::new(RefCell::new(State { names, held, ..State::default() })))
    }

    fn push(&self, id: u64, event: Event) {
        let mut state = self.0.borrow_mut();
        let Some(link) = state.links.get_mut(&id) else { return };
        link.events.push_back(event);
        if let Some(waker) = link.waker.take() {
            waker.wake();
        }
    }
}

impl Host for Hosting {
    fn can_listen(&self, at: &Listen) -> Result<(), String> {
        if let Some(files) = &at.tls {
            server_tls(files)?;
        }
        let Listen { host, port, .. } = at;
        if !is_own(host) {
            return Err(format!("listen tcp {host}:{port}: bind: cannot assign requested address"));
        }
        match self.0.borrow().names.is_taken(host, *port) {
            true => Err(format!("listen tcp {host}:{port}: bind: address already in use")),
            false => Ok(()),
        }
    }

    fn holds(&self, data_dir: &str) -> bool {
        self.0.borrow().held.iter().any(|held| held == data_dir)
    }

    fn launch(&self, _command: u64, launch: Launch) -> Box<dyn Handle> {
        let mut state = self.0.borrow_mut();
        state.last += 1;
        let id = state.last;
        state.links.insert(id, Link::default());
        state.requests.push(Request::Launch { id, launch: Box::new(launch) });
        Box::new(Launched { hosting: self.clone(), id })
    }
}

/// A program's hold on its member.
struct Launched {
    hosting: Hosting,
    id: u64,
}

impl Handle for Launched {
    fn next(&mut self) -> LocalBoxFuture<'_, Event> {
        Box::pin(poll_fn(|context| {
            let mut state = self.hosting.0.borrow_mut();
            let Some(link) = state.links.get_mut(&self.id) else { return Poll::Ready(Event::Killed) };
            match link.events.pop_front() {
                Some(event) => Poll::Ready(event),
                None => {
                    link.waker = Some(context.waker().clone());
                    Poll::Pending
                }
            }
        }))
    }

    fn terminate(&self) {
        self.hosting.0.borrow_mut().requests.push(Request::Terminate(self.id));
    }
}

impl Drop for Launched {
    fn drop(&mut self) {
        self.hosting.0.borrow_mut().requests.push(Request::Abandon(self.id));
    }
}

/// How a member secures a port with these files.
fn server_tls(files: &ServerFiles) -> Result<ServerTls, String> {
    let wrong = || "tls: failed to find any PEM data in certificate input".to_owned();
    let certificate = Certificate::read(&files.identity.0).ok_or_else(wrong)?;
    if !certificate.has_key(&files.identity.1) {
        return Err("tls: private key does not match public key".into());
    }
    let client_authority = match &files.client_authority {
        Some(authority) => Some(Certificate::read(authority).ok_or_else(wrong)?.subject),
        None => None,
    };
    Ok(ServerTls { certificate, client_authority })
}

impl World {
    /// Does what programs have asked for; `true` when there was something.
    pub(crate) fn serve_programs(&mut self) -> bool {
        let requests = std::mem::take(&mut self.hosting.0.borrow_mut().requests);
        if requests.is_empty() {
            return false;
        }
        self.cluster.run_until(self.now());
        for request in requests {
            match request {
                Request::Launch { id, launch } => self.launch(id, *launch),
                Request::Terminate(id) => {
                    if let Some(node) = self.linked(id) {
                        self.cluster.fault(&Fault::Terminate { node });
                    }
                }
                Request::Abandon(id) => {
                    let node = self.linked(id);
                    self.hosting.0.borrow_mut().links.remove(&id);
                    let name = node.map(|node| self.cluster.name_of(node).to_owned());
                    if let Some(name) = name.filter(|_| node.is_some_and(|node| self.cluster.runs(node))) {
                        self.operate(&crate::Operation::Stop(name));
                    }
                }
            }
        }
        self.hear_members();
        true
    }

    fn linked(&self, id: u64) -> Option<NodeId> {
        self.hosting.0.borrow().links.get(&id).and_then(|link| link.node)
    }

    fn launch(&mut self, id: u64, launch: Launch) {
        let Some(name) = self.component_name(&launch) else {
            self.hosting.push(id, Event::Ended { code: 1 });
            return;
        };
        let socket = |listen: &Listen| (listen.host.clone(), listen.port);
        let tls = launch.clients.iter().find_map(|listen| listen.tls.as_ref());
        let peer_tls = launch.peers.iter().find_map(|listen| listen.tls.as_ref());
        let of = |files: Option<&ServerFiles>| files.and_then(|files| server_tls(files).ok());
        let member = Member {
            name: name.clone(),
            node: NodeId(0),
            client_port: launch.clients.first().map_or(0, |listen| listen.port),
            peer_port: launch.peers.first().map_or(0, |listen| listen.port),
            clients: launch.clients.iter().map(socket).collect(),
            peers: launch.peers.iter().map(socket).collect(),
            tls: of(tls),
            peer_tls: of(peer_tls),
            data_dir: launch.data_dir,
            wal_dir: launch.wal_dir,
            condition: crate::cluster::Condition::default(),
        };
        let node = self.cluster.put(member);
        self.cluster.set_config(&name, launch.config);
        self.cluster.share_addresses();
        let cursor = self.cluster.server(node).map_or(0, |server| server.log_since(u64::MAX).1);
        if let Some(link) = self.hosting.0.borrow_mut().links.get_mut(&id) {
            (link.node, link.cursor) = (Some(node), cursor);
        }
        self.operate(&crate::Operation::Start(name));
    }

    /// What a member is called on the diagram: its own name, unless another that runs has it.
    fn component_name(&self, launch: &Launch) -> Option<String> {
        let own = &launch.config.name;
        let numbered = (2..=HAND_STARTED_MAX).map(|number| format!("{own}-{number}"));
        let mut names = std::iter::once(own.clone()).chain(numbered);
        let free = |name: &String| match self.cluster.find(name) {
            Some(member) => !self.cluster.runs(member.node),
            None => self.cluster.members().len() < HAND_STARTED_MAX,
        };
        names.find(free)
    }

    /// Tells the programs what their members did.
    pub(crate) fn hear_members(&mut self) {
        let links: Vec<(u64, NodeId, u64, bool, bool)> = {
            let state = self.hosting.0.borrow();
            let link = |(id, link): (&u64, &Link)| Some((*id, link.node?, link.cursor, link.started, link.ready));
            state.links.iter().filter_map(link).collect()
        };
        for (id, node, cursor, started, ready) in links {
            let Some(server) = self.cluster.server(node) else { continue };
            let (lines, cursor) = server.log_since(cursor);
            let (member, published) = (server.member_id(), server.is_published());
            let ended = !self.cluster.runs(node);
            lines.into_iter().for_each(|line| self.hosting.push(id, Event::Line(line)));
            if let Some(member) = member.filter(|_| !started) {
                self.hosting.push(id, Event::Started { id: member });
            }
            if published && !ready {
                self.hosting.push(id, Event::Ready);
            }
            if let Some(link) = self.hosting.0.borrow_mut().links.get_mut(&id) {
                link.cursor = cursor;
                link.started |= member.is_some();
                link.ready |= published;
                if ended {
                    link.node = None;
                }
            }
            if ended {
                let name = self.cluster.name_of(node).to_owned();
                self.put_disk_down(&name);
                self.refresh_network();
                self.hosting.push(id, self.cluster.ending(node));
            }
        }
    }

    /// Tells the programs which ports and directories are taken.
    pub(crate) fn refresh_ports(&mut self) {
        let running = self.cluster.members().iter().filter(|member| self.cluster.runs(member.node));
        let mut names = Names::default();
        let mut held = Vec::new();
        for member in running {
            member.listen(&mut names);
            held.push(member.data_dir.clone());
        }
        let mut state = self.hosting.0.borrow_mut();
        (state.names, state.held) = (names, held);
    }
}
