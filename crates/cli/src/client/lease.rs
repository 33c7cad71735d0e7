//! Keeping a lease alive (etcd: client/v3/lease.go): a renewal at every third of its time to live, on a stream that is
//! opened again when it breaks, until the lease is gone or nobody has answered for its whole length.

use etcd::rpc::{Code, LeaseKeepAliveRequest, LeaseKeepAliveResponse, Request, Response, errors};
use shell::{Either, race};

use super::{Client, ClientError, OpenStream};

/// How often the client looks whether a renewal is due, and how long it waits before it opens a broken stream again:
/// half a second, and the millisecond by which a real timer is late. Without it a renewal due after two of these would
/// always wait for a third.
const TICK: u64 = 501_000;

/// How often it looks whether the lease has outlived its answers.
const DEADLINE_TICK: u64 = 1_000_000;

/// A lease being renewed. Nothing happens unless [`KeepAlive::next`] is being awaited.
pub struct KeepAlive {
    client: Client,
    id: i64,
    stream: Option<OpenStream>,
    /// When a renewal is due.
    due: u64,
    /// When the next look at the clock is due.
    tick: u64,
    /// The lease counts as lost when nothing has been heard by then.
    deadline: u64,
    deadline_tick: u64,
}

impl KeepAlive {
    pub fn new(client: &Client, id: i64) -> Self {
        let now = client.process().now();
        // Until the first answer tells the lease's length: the dial time-out and a second.
        let first = u64::try_from(client.0.config.dial_timeout).unwrap_or(0) / 1000 + 1_000_000;
        Self {
            client: client.clone(),
            id,
            stream: None,
            due: now,
            tick: now,
            deadline: now + first,
            deadline_tick: now + DEADLINE_TICK,
        }
    }

    /// The next answer to a renewal; `None` once the lease is gone.
    pub async fn next(&mut self) -> Option<LeaseKeepAliveResponse> {
        loop {
            let process = self.client.process().clone();
            let now = process.now();
            if now >= self.deadline_tick {
                self.deadline_tick = now + DEADLINE_TICK;
                if self.deadline < now {
                    return None;
                }
            }
            if now >= self.tick {
                self.tick = now + TICK;
                self.renew(now).await;
            }
            let wake = self.tick.min(self.deadline_tick).saturating_sub(process.now());
            let Some(stream) = &mut self.stream else {
                process.sleep(wake).await;
                continue;
            };
            match race(stream.recv(), process.sleep(wake)).await {
                Either::First(Ok(Some(Response::LeaseKeepAlive(response)))) if response.id == self.id => {
                    if response.ttl <= 0 {
                        return None;
                    }
                    self.answered(&response);
                    return Some(response);
                }
                Either::First(Ok(Some(_))) | Either::Second(()) => {}
                Either::First(Ok(None) | Err(_)) => {
                    self.stream = None;
                    self.due = 0;
                    self.tick = process.now() + TICK;
                }
            }
        }
    }

    fn answered(&mut self, response: &LeaseKeepAliveResponse) {
        let now = self.client.process().now();
        let ttl = u64::try_from(response.ttl).unwrap_or(0) * 1_000_000;
        self.due = now + ttl / 3;
        self.deadline = now + ttl;
    }

    async fn renew(&mut self, now: u64) {
        if self.due > now {
            return;
        }
        let renewal = LeaseKeepAliveRequest { id: self.id };
        match &mut self.stream {
            Some(stream) => stream.send(renewal),
            None => {
                // Looking for an endpoint must not outlast the next look at the deadline.
                let wait = self.client.process().sleep(TICK);
                if let Either::First(Ok(stream)) = race(self.client.open(Request::LeaseKeepAlive(renewal)), wait).await
                {
                    self.stream = Some(stream);
                }
            }
        }
    }
}

impl Client {
    /// Renews a lease once (etcd: client/v3/lease.go, `KeepAliveOnce`). Waits as long as it takes.
    pub async fn keep_alive_once(&self, id: i64) -> Result<LeaseKeepAliveResponse, ClientError> {
        loop {
            let mut stream = self.open(Request::LeaseKeepAlive(LeaseKeepAliveRequest { id })).await?;
            match stream.recv().await {
                Ok(Some(Response::LeaseKeepAlive(response))) if response.ttl > 0 => return Ok(response),
                Ok(Some(_)) => return Err(ClientError::Status(errors::lease_not_found())),
                Err(status) if !matches!(status.code, Code::Unavailable | Code::Internal) => {
                    return Err(ClientError::Status(status));
                }
                // Upstream tries again at once; a moment between attempts keeps virtual time moving.
                Ok(None) | Err(_) => self.process().sleep(super::retry::BACKOFF).await,
            }
        }
    }
}
