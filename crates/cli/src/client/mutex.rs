//! A lock held by the oldest key under a prefix (etcd: client/v3/concurrency/mutex.go and key.go).

use etcd::rpc::{
    Compare, CompareResult, CompareTarget, DeleteRangeRequest, EventType, PutRequest, RangeRequest, RequestOp,
    ResponseHeader, ResponseOp, TxnRequest, WatchCreateRequest,
};

use super::ops::{first_created, last_created};
use super::watch::Watched;
use super::{Client, ClientError, Context, WatchStream};

/// One contender for a lock.
pub struct Mutex {
    client: Client,
    prefix: String,
    lease: i64,
    key: String,
    header: ResponseHeader,
}

impl Mutex {
    pub fn new(client: &Client, lease: i64, name: &str) -> Self {
        let prefix = format!("{name}/");
        let key = format!("{prefix}{lease:x}");
        Self { client: client.clone(), prefix, lease, key, header: ResponseHeader::default() }
    }

    /// The key that stands for this contender.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The revision at which the lock was taken.
    pub fn revision(&self) -> i64 {
        self.header.revision
    }

    /// Enters the queue and waits to be its head. Whoever drops this future should [`Mutex::unlock`].
    pub async fn lock(&mut self) -> Result<(), ClientError> {
        let context = Context::background();
        let put = PutRequest { key: self.key.as_str().into(), lease: self.lease, ..PutRequest::default() };
        let get = RangeRequest { key: self.key.as_str().into(), ..RangeRequest::default() };
        let owner = RequestOp::Range(first_created(&self.prefix));
        let txn = TxnRequest {
            compare: vec![never_created(&self.key)],
            success: vec![RequestOp::Put(put), owner.clone()],
            failure: vec![RequestOp::Range(get.clone()), owner],
        };
        let response = self.client.txn(&context, txn).await?;
        let mine = match response.responses.first() {
            Some(ResponseOp::Range(range)) => range.kvs.first().map_or(0, |kv| kv.create_revision),
            _ => response.header.revision,
        };
        self.header = response.header;
        let owner = match response.responses.get(1) {
            Some(ResponseOp::Range(range)) => range.kvs.first(),
            _ => None,
        };
        if owner.is_none_or(|kv| kv.create_revision == mine) {
            return Ok(());
        }
        if let Err(error) = wait_for_deletions(&self.client, &self.prefix, mine - 1).await {
            let _ = self.unlock().await;
            return Err(error);
        }
        let now = self.client.range(&context, get).await?;
        if now.kvs.is_empty() {
            return Err(ClientError::Other("mutex: session is expired".to_owned()));
        }
        self.header = now.header;
        Ok(())
    }

    /// Leaves the queue.
    pub async fn unlock(&self) -> Result<(), ClientError> {
        let delete = DeleteRangeRequest { key: self.key.as_str().into(), ..DeleteRangeRequest::default() };
        self.client.delete_range(&Context::background(), delete).await.map(drop)
    }
}

/// The key does not exist.
pub(super) fn never_created(key: &str) -> Compare {
    created_at(key, 0)
}

/// The key exists since this revision; 0: it does not exist.
pub(super) fn created_at(key: &str, revision: i64) -> Compare {
    Compare {
        result: CompareResult::Equal,
        target: CompareTarget::Create(revision),
        key: key.into(),
        ..Compare::default()
    }
}

/// Waits until no key under `prefix` is left that was created at or before `max_create_revision`, watching the youngest
/// of them at any time, so that a queue does not wake all at once.
pub(super) async fn wait_for_deletions(
    client: &Client,
    prefix: &str,
    max_create_revision: i64,
) -> Result<(), ClientError> {
    loop {
        let last = client.range(&Context::background(), last_created(prefix, max_create_revision)).await?;
        let Some(kv) = last.kvs.first() else { return Ok(()) };
        let mut stream = WatchStream::new(client);
        stream.add(WatchCreateRequest {
            key: kv.key.clone(),
            start_revision: last.header.revision,
            ..WatchCreateRequest::default()
        });
        loop {
            match stream.next().await.1 {
                Watched::Response(r) if r.events.iter().any(|e| e.r#type == EventType::Delete) => break,
                Watched::Response(_) => {}
                Watched::Failed { error, .. } => return Err(error),
                Watched::Closed => {
                    return Err(ClientError::Other("lost watcher waiting for delete".to_owned()));
                }
            }
        }
    }
}
