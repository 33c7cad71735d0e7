//! The learner's machine on the network: the calls its programs have open, and which program waits for which.
//!
//! Programs run on the shell's executor and know only [`cli::Transport`]; the members run in the simulation and know only
//! messages. This is where one becomes the other.

use crate::tls;
use border::{Arrival, Listener, Message, Names, Sending, ServerTls, resolves};
use cli::transport::{Call as ClientCall, CallError, CallStream, Endpoint, LocalBoxFuture, Port, Transport};
use etcd::rpc::{Code, HttpRequest, HttpResponse, Request, Response};
use sim::NodeId;
use sorted::SortedMap;
use std::{
    cell::RefCell,
    collections::VecDeque,
    future::poll_fn,
    rc::Rc,
    task::{Poll, Waker},
};

/// Answers of one stream that may wait to be read; a program that does not read loses the connection, as a real one
/// would when the server's buffers are full.
const STREAM_BACKLOG: usize = 100_000;

/// What a call receives: an answer, or the stream's end in good order.
type Item = Result<Option<Response>, CallError>;

#[derive(Default)]
struct Call {
    to: NodeId,
    arrived: VecDeque<Item>,
    /// No more will arrive.
    ended: bool,
    waker: Option<Waker>,
}

impl Call {
    fn push(&mut self, item: Item, last: bool) {
        if !self.ended {
            self.ended = last || self.arrived.len() >= STREAM_BACKLOG;
            self.arrived.push_back(item);
        }
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

#[derive(Default)]
struct State {
    /// The release of etcd that can be downloaded.
    version: String,
    names: Names,
    tls: SortedMap<NodeId, ServerTls>,
    last_call: u64,
    calls: SortedMap<u64, Call>,
    outbox: Vec<Sending>,
    /// The ports that programs of this machine listen on.
    ports: SortedMap<u16, Waiting>,
}

/// Requests that wait for the program that listens, and who waits for them.
#[derive(Default)]
struct Waiting {
    requests: VecDeque<(u64, HttpRequest)>,
    waker: Option<Waker>,
}

impl State {
    /// Who answers at an endpoint, and whether the two agree on how the connection is secured.
    fn resolve(&self, to: &Endpoint) -> Result<NodeId, CallError> {
        if !resolves(&to.host) {
            return Err(CallError::NoSuchHost(to.host.clone()));
        }
        match self.names.find(&to.host, to.port) {
            None => Err(CallError::Refused),
            Some(Listener::Client(node) | Listener::Peer(node)) => {
                tls::handshake(to.tls.as_ref(), self.tls.get(&node), &to.host).map_err(CallError::Tls)?;
                Ok(node)
            }
        }
    }

    fn is_peer_port(&self, to: &Endpoint) -> bool {
        matches!(self.names.find(&to.host, to.port), Some(Listener::Peer(_)))
    }

    fn send(&mut self, to: NodeId, message: Message, command: u64) {
        if to != OWN {
            self.outbox.push(Sending { to, message, command });
        }
    }

    /// The port of an endpoint if a program of this machine listens there.
    fn own_port(&self, to: &Endpoint) -> Option<u16> {
        let is_own = matches!(to.host.as_str(), "localhost" | "127.0.0.1");
        self.ports.get(&to.port).filter(|_| is_own).map(|_| to.port)
    }

    /// Hands a call to the program of this machine that listens on a port.
    fn hand_over(&mut self, id: u64, port: u16, message: Message) -> Call {
        let mut call = Call { to: OWN, ..Call::default() };
        match (message, self.ports.get_mut(&port)) {
            (Message::Call { request: Request::Http(request), .. }, Some(waiting)) => {
                waiting.requests.push_back((id, request));
                waiting.waker.take().into_iter().for_each(Waker::wake);
            }
            _ => call.push(Ok(None), true),
        }
        call
    }
}

/// Who answers calls to programs of this machine: nobody on the network.
const OWN: NodeId = NodeId(u32::MAX);

/// The network stack of the learner's machine.
#[derive(Clone, Default)]
pub(crate) struct Net(Rc<RefCell<State>>);

impl Net {
    /// The network stack of a copy of the machine on which nothing runs: the same names, no open calls. Calls go on to
    /// be numbered where the original stands, so that answers to its calls find nobody here.
    pub fn fork(&self) -> Self {
        let state = self.0.borrow();
        let fork = State {
            version: state.version.clone(),
            names: state.names.clone(),
            tls: state.tls.clone(),
            last_call: state.last_call,
            ..State::default()
        };
        Self(Rc::new(RefCell::new(fork)))
    }

    /// A network on which this release of etcd can be downloaded.
    pub fn of_release(version: &str) -> Self {
        Self(Rc::new(RefCell::new(State { version: version.to_owned(), ..State::default() })))
    }

    /// Who listens where, and how members secure their client ports, from now on.
    pub fn connect(&self, names: Names, tls: Vec<(NodeId, ServerTls)>) {
        let mut state = self.0.borrow_mut();
        (state.names, state.tls) = (names, tls.into_iter().collect());
    }

    /// Whether somebody is known to listen at an address of the cluster.
    pub fn listens(&self, host: &str, port: u16) -> bool {
        self.0.borrow().names.is_taken(host, port)
    }

    /// What the programs want to send since the last call.
    pub fn take_outbox(&self) -> Vec<Sending> {
        std::mem::take(&mut self.0.borrow_mut().outbox)
    }

    /// Hands what arrived to whoever waits for it.
    pub fn deliver(&self, arrival: Arrival) {
        let mut state = self.0.borrow_mut();
        let (id, item, last) = match arrival {
            Arrival::Answer { id, result } => (id, result.map(Some).map_err(CallError::Status), true),
            Arrival::Accepted { id } => (id, Ok(None), true),
            Arrival::Item { id, response } => (id, Ok(Some(response)), false),
            Arrival::End { id, status } if status.code == Code::Ok => (id, Ok(None), true),
            Arrival::End { id, status } => (id, Err(CallError::Status(status)), true),
            Arrival::Refused { id } => (id, Err(CallError::Refused), true),
            Arrival::Disconnected { peer } => {
                for call in state.calls.values_mut().filter(|call| call.to == peer) {
                    call.push(Err(CallError::Disconnected), true);
                }
                return;
            }
        };
        if let Some(call) = state.calls.get_mut(&id) {
            call.push(item, last);
        }
    }

    /// Sends the first message of a call, or ends it at once when nobody can be reached.
    fn open(&self, to: &Endpoint, command: u64, message: impl FnOnce(u64) -> Message) -> OpenCall {
        let mut state = self.0.borrow_mut();
        state.last_call += 1;
        let id = state.last_call;
        let mut call = Call::default();
        match (state.own_port(to), state.resolve(to)) {
            (Some(port), _) => call = state.hand_over(id, port, message(id)),
            (None, Ok(node)) => {
                call.to = node;
                state.send(node, message(id), command);
            }
            (None, Err(error)) => call.push(Err(error), true),
        }
        let to = call.to;
        state.calls.insert(id, call);
        OpenCall { net: self.clone(), id, to, command }
    }

    /// A call that has ended before it began.
    fn fail(&self, command: u64, error: CallError) -> OpenCall {
        let mut state = self.0.borrow_mut();
        state.last_call += 1;
        let (id, to) = (state.last_call, NodeId(0));
        let mut call = Call::default();
        call.push(Err(error), true);
        state.calls.insert(id, call);
        OpenCall { net: self.clone(), id, to, command }
    }

    /// Sends a call, with the port it goes to if that matters.
    fn open_call(&self, call: ClientCall) -> OpenCall {
        let ClientCall { command, to, token, mut request } = call;
        let at_peer_port = self.0.borrow().is_peer_port(&to);
        if let Request::Http(request) = &mut request {
            request.at_peer_port = at_peer_port;
            // What the handshake has told the server of its client; nobody else can say it.
            request.headers.retain(|(name, _)| !name.eq_ignore_ascii_case(tls::CLIENT));
            request.headers.extend(to.tls.as_ref().and_then(tls::client));
        } else if at_peer_port && to.tls.is_some() {
            // A peer port under TLS speaks HTTP/1.1 only (etcd: server/embed/etcd.go, `servePeers`).
            return self.fail(command, CallError::Tls("error reading server preface: EOF".into()));
        }
        self.open(&to, command, |id| Message::Call { id, token, request })
    }

    fn poll_next(&self, id: u64, waker: &Waker) -> Poll<Item> {
        let mut state = self.0.borrow_mut();
        let Some(call) = state.calls.get_mut(&id) else { return Poll::Ready(Err(CallError::Disconnected)) };
        match call.arrived.pop_front() {
            Some(item) => Poll::Ready(item),
            None if call.ended => Poll::Ready(Err(CallError::Disconnected)),
            None => {
                call.waker = Some(waker.clone());
                Poll::Pending
            }
        }
    }
}

/// An open call; dropping it tells the member that nobody waits any more.
struct OpenCall {
    net: Net,
    id: u64,
    to: NodeId,
    command: u64,
}

impl OpenCall {
    async fn next(&self) -> Item {
        poll_fn(|context| self.net.poll_next(self.id, context.waker())).await
    }
}

impl Drop for OpenCall {
    fn drop(&mut self) {
        let mut state = self.net.0.borrow_mut();
        let open = state.calls.remove(&self.id).is_some_and(|call| !call.ended);
        if open {
            state.send(self.to, Message::Cancel { id: self.id }, self.command);
        }
    }
}

impl Transport for Net {
    fn key_pair(&self, certificate: &[u8], key: &[u8]) -> Result<(), String> {
        tls::key_pair(certificate, key).map(|_| ())
    }

    fn outside(&self, host: &str, path: &str) -> Option<HttpResponse> {
        crate::downloads::answer(&self.0.borrow().version, host, path)
    }

    fn connect(&self, command: u64, to: &Endpoint) -> LocalBoxFuture<'static, Result<(), CallError>> {
        let call = self.open(to, command, |id| Message::Dial { id });
        Box::pin(async move { call.next().await.map(|_| ()) })
    }

    fn call(&self, call: ClientCall) -> LocalBoxFuture<'static, Result<Response, CallError>> {
        let call = self.open_call(call);
        Box::pin(async move { call.next().await.and_then(|answer| answer.ok_or(CallError::Disconnected)) })
    }

    fn listen(&self, port: u16) -> Option<Box<dyn Port>> {
        let mut state = self.0.borrow_mut();
        if state.ports.contains_key(&port) || state.names.is_taken("127.0.0.1", port) {
            return None;
        }
        state.ports.insert(port, Waiting::default());
        Some(Box::new(OpenPort { net: self.clone(), port }))
    }

    fn stream(&self, call: ClientCall) -> Box<dyn CallStream> {
        Box::new(OpenStream(self.open_call(call)))
    }
}

/// A port that a program listens on.
struct OpenPort {
    net: Net,
    port: u16,
}

impl Port for OpenPort {
    fn next(&mut self) -> LocalBoxFuture<'_, (u64, HttpRequest)> {
        Box::pin(poll_fn(|context| {
            let mut state = self.net.0.borrow_mut();
            let Some(waiting) = state.ports.get_mut(&self.port) else { return Poll::Pending };
            match waiting.requests.pop_front() {
                Some(request) => Poll::Ready(request),
                None => {
                    waiting.waker = Some(context.waker().clone());
                    Poll::Pending
                }
            }
        }))
    }

    fn answer(&mut self, id: u64, response: Option<HttpResponse>) {
        if let Some(call) = self.net.0.borrow_mut().calls.get_mut(&id) {
            let item = response.map(|response| Some(Response::Http(response))).ok_or(CallError::Disconnected);
            call.push(item, true);
        }
    }
}

impl Drop for OpenPort {
    fn drop(&mut self) {
        self.net.0.borrow_mut().ports.remove(&self.port);
    }
}

struct OpenStream(OpenCall);

impl CallStream for OpenStream {
    fn send(&mut self, request: Request) {
        let call = &self.0;
        let mut state = call.net.0.borrow_mut();
        if state.calls.get(&call.id).is_some_and(|open| !open.ended) {
            state.send(call.to, Message::More { id: call.id, request }, call.command);
        }
    }

    fn recv(&mut self) -> LocalBoxFuture<'_, Result<Option<Response>, CallError>> {
        Box::pin(self.0.next())
    }
}
