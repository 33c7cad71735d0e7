//! Which endpoint gets the next call (etcd: client/v3 over gRPC's round robin): one that answers; an endpoint that
//! refused is left alone for a while, and calls wait until some endpoint is up.

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use etcd::rpc::Status;
use shell::Process;

use crate::transport::{CallError, Endpoint, LocalBoxFuture, Transport};

/// gRPC's reconnection back-off: from one second by a factor of 1.6 up to two minutes. Microseconds.
const FIRST_BACKOFF: u64 = 1_000_000;
const LONGEST_BACKOFF: u64 = 120_000_000;

struct Target {
    /// The address, or why there is none.
    at: Result<Endpoint, String>,
    /// Not to be tried before this time.
    retry_at: u64,
    backoff: u64,
}

/// The endpoints of one client and what is known about them.
pub struct Balancer {
    process: Rc<Process>,
    transport: Rc<dyn Transport>,
    targets: RefCell<Vec<Target>>,
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    /// The endpoint with an open connection.
    connected: Option<usize>,
    /// Where the search for the next one starts.
    next: usize,
}

/// An endpoint with an open connection.
#[derive(Clone, Debug)]
pub struct Picked {
    index: usize,
    pub endpoint: Endpoint,
}

impl Balancer {
    pub fn new(process: Rc<Process>, transport: Rc<dyn Transport>, targets: Vec<Result<Endpoint, String>>) -> Self {
        let targets = targets.into_iter().map(|at| Target { at, retry_at: 0, backoff: FIRST_BACKOFF }).collect();
        Self { process, transport, targets: RefCell::new(targets), state: RefCell::default() }
    }

    pub fn len(&self) -> usize {
        self.targets.borrow().len()
    }

    /// The endpoint for the next call. Waits, without an end of its own, until one is up.
    pub async fn pick(&self) -> Picked {
        loop {
            if let Some(picked) = self.connected() {
                return picked;
            }
            let attempts = self.attempts();
            if !attempts.is_empty()
                && let Some(picked) = self.first_to_connect(attempts).await
            {
                return picked;
            }
            let now = self.process.now();
            let soonest = self.targets.borrow().iter().map(|t| t.retry_at).min().unwrap_or(now + LONGEST_BACKOFF);
            self.process.sleep(soonest.saturating_sub(now).max(1)).await;
        }
    }

    fn connected(&self) -> Option<Picked> {
        let index = self.state.borrow().connected?;
        let endpoint = self.targets.borrow()[index].at.clone().ok()?;
        Some(Picked { index, endpoint })
    }

    /// Connections to every endpoint that may be tried now, in round-robin order.
    fn attempts(&self) -> Vec<(Picked, LocalBoxFuture<'static, Result<(), CallError>>)> {
        let now = self.process.now();
        let start = self.state.borrow().next;
        let mut targets = self.targets.borrow_mut();
        let count = targets.len();
        let mut attempts = Vec::new();
        for index in (0..count).map(|i| (start + i) % count) {
            let target = &mut targets[index];
            if target.retry_at > now {
                continue;
            }
            match &target.at {
                Ok(endpoint) => {
                    let connect = self.transport.connect(self.process.command_id(), endpoint);
                    attempts.push((Picked { index, endpoint: endpoint.clone() }, connect));
                }
                Err(_) => target.back_off(now),
            }
        }
        attempts
    }

    /// Polls all attempts until one succeeds; `None` when all have failed. Where several succeed at once the first in
    /// order wins.
    async fn first_to_connect(
        &self,
        mut attempts: Vec<(Picked, LocalBoxFuture<'static, Result<(), CallError>>)>,
    ) -> Option<Picked> {
        poll_fn(|cx| {
            let mut at = 0;
            while at < attempts.len() {
                match attempts[at].1.as_mut().poll(cx) {
                    Poll::Pending => at += 1,
                    Poll::Ready(Ok(())) => return Poll::Ready(Some(attempts.swap_remove(at).0)),
                    Poll::Ready(Err(_)) => {
                        let (failed, _) = attempts.remove(at);
                        self.targets.borrow_mut()[failed.index].back_off(self.process.now());
                    }
                }
            }
            if attempts.is_empty() { Poll::Ready(None) } else { Poll::Pending }
        })
        .await
        .inspect(|picked| {
            self.state.borrow_mut().connected = Some(picked.index);
            self.targets.borrow_mut()[picked.index].backoff = FIRST_BACKOFF;
        })
    }

    /// Nothing reached the endpoint: it is left alone for a while.
    pub fn unreachable(&self, picked: &Picked) {
        self.targets.borrow_mut()[picked.index].back_off(self.process.now());
        self.move_on(picked);
    }

    /// The next call goes to another endpoint, if there is one that is up.
    pub fn move_on(&self, picked: &Picked) {
        let mut state = self.state.borrow_mut();
        state.next = (picked.index + 1) % self.len().max(1);
        if self.len() > 1 || state.connected != Some(picked.index) {
            state.connected = None;
        }
    }

    /// The connection broke.
    pub fn disconnected(&self, picked: &Picked) {
        self.state.borrow_mut().connected = None;
        self.move_on(picked);
    }
}

impl Target {
    fn back_off(&mut self, now: u64) {
        self.retry_at = now + self.backoff;
        self.backoff = (self.backoff * 8 / 5).min(LONGEST_BACKOFF);
    }
}

/// How a failed call looks to the retry policy.
pub enum Failure {
    /// The request never left; another endpoint may take it.
    NotSent,
    Status(Status),
}

impl Balancer {
    /// Takes note of a failed call.
    pub fn note(&self, picked: &Picked, error: CallError) -> Failure {
        match error {
            CallError::Refused | CallError::NoSuchHost(_) | CallError::Tls(_) => {
                self.state.borrow_mut().connected = None;
                self.unreachable(picked);
                Failure::NotSent
            }
            CallError::Disconnected => {
                self.disconnected(picked);
                Failure::Status(super::error::connection_lost())
            }
            CallError::Status(status) => {
                self.move_on(picked);
                Failure::Status(status)
            }
        }
    }
}
