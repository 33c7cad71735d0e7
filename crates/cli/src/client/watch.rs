//! Watching, with resumption (etcd: client/v3/watch.go): when a stream breaks, every watcher on it is created anew after
//! the last revision it has seen, so that nothing is missed and nothing comes twice.

use std::collections::VecDeque;

use etcd::rpc::{
    Code, Request, Response, Status, WatchCreateRequest, WatchProgressRequest, WatchRequest, WatchResponse, errors,
};

use super::{Client, ClientError, OpenStream};

/// Back-off between attempts to open a broken stream again. Microseconds.
const FIRST_BACKOFF: u64 = 1_000;
const LONGEST_BACKOFF: u64 = 100_000;

/// Watchers that share one stream.
pub struct WatchStream {
    client: Client,
    /// A cluster without a leader ends the stream, instead of keeping it silent (upstream: `WithRequireLeader`).
    require_leader: bool,
    stream: Option<OpenStream>,
    watchers: Vec<Watcher>,
    /// Watchers still to be created on the present stream, the first of them being under way.
    creating: VecDeque<usize>,
    /// Progress is to be asked for as soon as they are created.
    progress_wanted: bool,
    backoff: u64,
    ready: VecDeque<(usize, Watched)>,
}

struct Watcher {
    request: WatchCreateRequest,
    id: Option<i64>,
    ended: bool,
}

/// What a watcher brings.
#[derive(Clone, Debug, PartialEq)]
pub enum Watched {
    /// Events, or a progress notice.
    Response(WatchResponse),
    /// The watcher has failed; nothing follows.
    Failed { response: WatchResponse, error: ClientError },
    /// The server has ended the watcher without a reason.
    Closed,
}

impl WatchStream {
    pub fn new(client: &Client) -> Self {
        Self {
            client: client.clone(),
            require_leader: false,
            stream: None,
            watchers: Vec::new(),
            creating: VecDeque::new(),
            progress_wanted: false,
            backoff: FIRST_BACKOFF,
            ready: VecDeque::new(),
        }
    }

    /// Ends when the member has no leader.
    pub fn require_leader(self) -> Self {
        Self { require_leader: true, ..self }
    }

    /// Adds a watcher; its number comes with everything it brings.
    pub fn add(&mut self, request: WatchCreateRequest) -> usize {
        self.watchers.push(Watcher { request, id: None, ended: false });
        let index = self.watchers.len() - 1;
        self.enqueue(index);
        index
    }

    /// Asks for a progress notice once the watchers added so far have caught up. With none there is nothing to tell.
    pub fn request_progress(&mut self) {
        self.progress_wanted = self.watchers.iter().any(|w| !w.ended);
        self.ask_for_progress();
    }

    fn ask_for_progress(&mut self) {
        if let (true, true, Some(stream)) = (self.progress_wanted, self.creating.is_empty(), &mut self.stream) {
            self.progress_wanted = false;
            stream.send(WatchRequest::Progress(WatchProgressRequest {}));
        }
    }

    /// The next thing that any watcher brings. The future may be dropped and asked for anew.
    pub async fn next(&mut self) -> (usize, Watched) {
        loop {
            if let Some(ready) = self.ready.pop_front() {
                return ready;
            }
            if self.watchers.iter().all(|w| w.ended) {
                std::future::pending::<()>().await;
            }
            if self.stream.is_none()
                && let Err(error) = self.reopen().await
            {
                self.fail_all(error);
                continue;
            }
            let Some(stream) = &mut self.stream else { continue };
            match stream.recv().await {
                Ok(Some(Response::Watch(response))) => self.take(response),
                Ok(Some(_)) => {}
                Ok(None) => self.broken(Status::new(Code::Unavailable, "EOF")).await,
                Err(status) => self.broken(status).await,
            }
        }
    }

    /// Opens a stream and starts creating the watchers that live.
    async fn reopen(&mut self) -> Result<(), ClientError> {
        let live: Vec<usize> = (0..self.watchers.len()).filter(|i| !self.watchers[*i].ended).collect();
        let Some(first) = live.first() else { return Ok(()) };
        let create = WatchRequest::Create(self.watchers[*first].request.clone());
        let stream = self.client.open(Request::Watch(create)).await?;
        live.iter().for_each(|i| self.watchers[*i].id = None);
        self.creating = live.into();
        self.stream = Some(stream);
        Ok(())
    }

    fn enqueue(&mut self, index: usize) {
        let Some(stream) = &mut self.stream else { return };
        self.creating.push_back(index);
        if self.creating.len() == 1 {
            stream.send(WatchRequest::Create(self.watchers[index].request.clone()));
        }
    }

    fn take(&mut self, response: WatchResponse) {
        if response.created {
            return self.created(response);
        }
        if response.watch_id < 0 {
            // A progress notice for all watchers of the stream.
            let live = (0..self.watchers.len()).filter(|i| self.watchers[*i].id.is_some());
            let notices: Vec<_> = live.map(|i| (i, Watched::Response(response.clone()))).collect();
            self.ready.extend(notices);
            return;
        }
        let Some(index) = self.watchers.iter().position(|w| w.id == Some(response.watch_id)) else { return };
        let watcher = &mut self.watchers[index];
        watcher.request.start_revision = match response.events.last() {
            Some(event) => event.kv.mod_revision + 1,
            None => watcher.request.start_revision.max(response.header.revision + 1),
        };
        let watched = if response.compact_revision != 0 {
            watcher.end();
            Watched::Failed { response, error: ClientError::Status(errors::compacted()) }
        } else if response.canceled {
            watcher.end();
            Watched::Closed
        } else {
            Watched::Response(response)
        };
        self.ready.push_back((index, watched));
    }

    fn created(&mut self, response: WatchResponse) {
        self.backoff = FIRST_BACKOFF;
        if let Some(index) = self.creating.pop_front() {
            let watcher = &mut self.watchers[index];
            if response.canceled && !response.cancel_reason.is_empty() {
                watcher.end();
                let error = ClientError::Other(response.cancel_reason);
                self.ready.push_back((
                    index,
                    Watched::Failed { response: WatchResponse { canceled: true, ..WatchResponse::default() }, error },
                ));
            } else {
                watcher.id = Some(response.watch_id);
                if watcher.request.start_revision == 0 {
                    // From now on this watcher goes on after what the server had seen when it was created.
                    watcher.request.start_revision = response.header.revision + 1;
                }
            }
        }
        if let (Some(next), Some(stream)) = (self.creating.front(), &mut self.stream) {
            stream.send(WatchRequest::Create(self.watchers[*next].request.clone()));
        }
        self.ask_for_progress();
    }

    /// The stream broke: for good, or to be opened again after a while.
    async fn broken(&mut self, status: Status) {
        self.stream = None;
        self.creating.clear();
        let no_leader = self.require_leader && status.message == errors::no_leader().message;
        if no_leader || !matches!(status.code, Code::Unavailable | Code::Internal) {
            return self.fail_all(ClientError::Status(status));
        }
        self.backoff = (self.backoff + self.backoff / 4).min(LONGEST_BACKOFF);
        self.client.process().sleep(self.backoff).await;
    }

    fn fail_all(&mut self, error: ClientError) {
        for (index, watcher) in self.watchers.iter_mut().enumerate().filter(|(_, w)| !w.ended) {
            watcher.end();
            let response = WatchResponse { canceled: true, ..WatchResponse::default() };
            self.ready.push_back((index, Watched::Failed { response, error: error.clone() }));
        }
    }
}

impl Watcher {
    fn end(&mut self) {
        self.ended = true;
        self.id = None;
    }
}
