//! Elections on a prefix (etcd: client/v3/concurrency/election.go): whoever's key is oldest leads, its value is the
//! proposal.

use etcd::rpc::{
    DeleteRangeRequest, Event, EventType, KeyValue, PutRequest, RangeRequest, RangeResponse, RequestOp, ResponseOp,
    TxnRequest, WatchCreateRequest, WatchResponse,
};

use super::mutex::{created_at, never_created, wait_for_deletions};
use super::ops::{first_created, prefix_end};
use super::watch::Watched;
use super::{Client, ClientError, Context, WatchStream};

/// One candidate or observer of an election.
pub struct Election {
    client: Client,
    prefix: String,
    lease: i64,
    key: String,
    /// Set once the candidate stands for election.
    created: Option<i64>,
}

impl Election {
    pub fn new(client: &Client, lease: i64, name: &str) -> Self {
        let prefix = format!("{name}/");
        let key = format!("{prefix}{lease:x}");
        Self { client: client.clone(), prefix, lease, key, created: None }
    }

    /// The candidate's key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Stands for election with `proposal` and waits until elected. Whoever drops this future should
    /// [`Election::resign`].
    pub async fn campaign(&mut self, proposal: &str) -> Result<(), ClientError> {
        let get = RangeRequest { key: self.key.as_str().into(), ..RangeRequest::default() };
        let txn = TxnRequest {
            compare: vec![never_created(&self.key)],
            success: vec![self.put(proposal)],
            failure: vec![RequestOp::Range(get)],
        };
        let response = self.client.txn(&Context::background(), txn).await?;
        let standing = match response.responses.first() {
            Some(ResponseOp::Range(range)) => range.kvs.first().cloned(),
            _ => None,
        };
        let created = standing.as_ref().map_or(response.header.revision, |kv| kv.create_revision);
        self.created = Some(created);
        if standing.is_some_and(|kv| &kv.value[..] != proposal.as_bytes()) {
            self.proclaim(proposal, created).await?;
        }
        wait_for_deletions(&self.client, &self.prefix, created - 1).await
    }

    fn put(&self, proposal: &str) -> RequestOp {
        let (key, value) = (self.key.as_str().into(), proposal.into());
        RequestOp::Put(PutRequest { key, value, lease: self.lease, ..PutRequest::default() })
    }

    async fn proclaim(&self, proposal: &str, created: i64) -> Result<(), ClientError> {
        let txn = TxnRequest {
            compare: vec![created_at(&self.key, created)],
            success: vec![self.put(proposal)],
            ..TxnRequest::default()
        };
        match self.client.txn(&Context::background(), txn).await?.succeeded {
            true => Ok(()),
            false => Err(ClientError::Other("election: not leader".to_owned())),
        }
    }

    /// Steps down, if standing.
    pub async fn resign(&mut self) -> Result<(), ClientError> {
        let Some(created) = self.created.take() else { return Ok(()) };
        let delete = DeleteRangeRequest { key: self.key.as_str().into(), ..DeleteRangeRequest::default() };
        let txn = TxnRequest {
            compare: vec![created_at(&self.key, created)],
            success: vec![RequestOp::DeleteRange(delete)],
            ..TxnRequest::default()
        };
        self.client.txn(&Context::background(), txn).await.map(drop)
    }

    /// Hands every leader's key to `show` as it comes to lead or changes its proposal. Ends when it can see no more.
    pub async fn observe(&self, mut show: impl AsyncFnMut(RangeResponse)) {
        while self.observe_one_leader(&mut show).await.is_some() {}
    }

    /// Observes one leader from its election to its end; `None` when observation has broken off.
    async fn observe_one_leader(&self, show: &mut impl AsyncFnMut(RangeResponse)) -> Option<()> {
        let found = self.client.range(&Context::background(), first_created(&self.prefix)).await.ok()?;
        let (header, kv) = match found.kvs.first() {
            Some(kv) => (found.header, kv.clone()),
            None => self.first_candidate(found.header.revision).await?,
        };
        show(RangeResponse { header, kvs: vec![kv.clone()], ..RangeResponse::default() }).await;
        let mut stream = WatchStream::new(&self.client);
        let (key, start_revision) = (kv.key, header.revision + 1);
        stream.add(WatchCreateRequest { key, start_revision, ..WatchCreateRequest::default() });
        loop {
            let Watched::Response(response) = stream.next().await.1 else { return None };
            for event in &response.events {
                if event.r#type == EventType::Delete {
                    return Some(());
                }
                let kvs = vec![event.kv.clone()];
                let (more, count) = (found.more, found.count);
                show(RangeResponse { header: response.header, kvs, more, count }).await;
            }
        }
    }

    /// Waits for the first key under the prefix.
    async fn first_candidate(&self, revision: i64) -> Option<(etcd::rpc::ResponseHeader, KeyValue)> {
        let mut stream = WatchStream::new(&self.client);
        stream.add(WatchCreateRequest {
            key: self.prefix.as_str().into(),
            range_end: prefix_end(self.prefix.as_bytes()),
            start_revision: revision,
            ..WatchCreateRequest::default()
        });
        loop {
            let Watched::Response(WatchResponse { mut header, events, .. }) = stream.next().await.1 else {
                return None;
            };
            let put = events.into_iter().find(|e| e.r#type == EventType::Put);
            if let Some(Event { kv, .. }) = put {
                header.revision = kv.mod_revision;
                return Some((header, kv));
            }
        }
    }
}
