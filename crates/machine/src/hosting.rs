//! The programs `etcd` that run here, and what they hear of their members, which live in the lab.

use crate::tls;
use border::{Event, Names, Order, is_own};
use cli::host::{Host, Launch, Listen, Member as Handle};
use cli::transport::LocalBoxFuture;
use sorted::SortedMap;
use std::{
    cell::RefCell,
    collections::VecDeque,
    future::poll_fn,
    rc::Rc,
    task::{Poll, Waker},
};

/// What a program has still to hear of its member.
#[derive(Default)]
struct Link {
    events: VecDeque<Event>,
    waker: Option<Waker>,
}

#[derive(Default)]
struct State {
    last: u64,
    orders: Vec<Order>,
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

    /// Where running members listen and keep their data, from now on.
    pub fn set_taken(&self, names: Names, held: Vec<String>) {
        let mut state = self.0.borrow_mut();
        (state.names, state.held) = (names, held);
    }

    /// What the programs want since the last call.
    pub fn take_orders(&self) -> Vec<Order> {
        std::mem::take(&mut self.0.borrow_mut().orders)
    }

    /// Asks something of the lab.
    pub fn order(&self, order: Order) {
        self.0.borrow_mut().orders.push(order);
    }

    /// Tells a program what its member did.
    pub fn push(&self, id: u64, event: Event) {
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
            tls::of_server(files)?;
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

    fn ask(&self, words: &[&str]) -> LocalBoxFuture<'static, Option<String>> {
        let program = {
            let mut state = self.0.borrow_mut();
            state.last += 1;
            let program = state.last;
            state.links.insert(program, Link::default());
            let words = words.iter().map(|word| (*word).to_owned()).collect();
            state.orders.push(Order::Ask { program, words });
            program
        };
        // It is not a member that is asked, but it is heard of in the same way.
        let mut asked = Launched { hosting: self.clone(), id: program };
        Box::pin(async move {
            match asked.next().await {
                Event::Told(answer) => answer,
                _ => None,
            }
        })
    }

    fn launch(&self, _command: u64, launch: Launch) -> Box<dyn Handle> {
        let mut state = self.0.borrow_mut();
        state.last += 1;
        let id = state.last;
        state.links.insert(id, Link::default());
        state.orders.push(Order::Launch { program: id, launch: Box::new(ordered(launch)) });
        Box::new(Launched { hosting: self.clone(), id })
    }
}

/// What the lab needs to know of a launch: what the certificates say, instead of their files.
fn ordered(launch: Launch) -> border::Launch {
    let Launch { config, data_dir, wal_dir, clients, peers } = launch;
    // The program has asked before whether it can listen there, and so whether the files are good.
    let secured = |listens: &[Listen]| {
        listens.iter().find_map(|listen| listen.tls.as_ref()).and_then(|files| tls::of_server(files).ok())
    };
    let (tls, peer_tls) = (secured(&clients), secured(&peers));
    let sockets = |listens: Vec<Listen>| listens.into_iter().map(|listen| (listen.host, listen.port)).collect();
    border::Launch { config, data_dir, wal_dir, clients: sockets(clients), tls, peers: sockets(peers), peer_tls }
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
        self.hosting.0.borrow_mut().orders.push(Order::Terminate { program: self.id });
    }
}

impl Drop for Launched {
    fn drop(&mut self) {
        let mut state = self.hosting.0.borrow_mut();
        state.links.remove(&self.id);
        state.orders.push(Order::Abandon { program: self.id });
    }
}
