//! A lease kept alive for as long as something needs it (etcd: client/v3/concurrency/session.go).

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use etcd::rpc::LeaseGrantRequest;

use super::{Client, ClientError, Context, KeepAlive};
use crate::transport::LocalBoxFuture;

/// A session. Its lease is renewed while [`Session::during`] or [`Session::lost`] is being awaited.
pub struct Session {
    lease: i64,
    /// Ends when the lease is gone.
    keep: LocalBoxFuture<'static, ()>,
    is_lost: bool,
}

impl Session {
    /// Grants a lease of `ttl` seconds.
    pub async fn new(client: &Client, ttl: i64) -> Result<Self, ClientError> {
        let granted = client.lease_grant(&Context::background(), LeaseGrantRequest { ttl, id: 0 }).await?;
        let mut keep_alive = KeepAlive::new(client, granted.id);
        let keep = Box::pin(async move { while keep_alive.next().await.is_some() {} });
        Ok(Self { lease: granted.id, keep, is_lost: false })
    }

    pub fn lease(&self) -> i64 {
        self.lease
    }

    /// Does `work`, keeping the lease alive meanwhile; a lost lease does not stop the work.
    pub async fn during<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        poll_fn(|cx| {
            if !self.is_lost {
                self.is_lost = self.keep.as_mut().poll(cx).is_ready();
            }
            work.as_mut().poll(cx)
        })
        .await
    }

    /// Ready when the lease is gone.
    pub async fn lost(&mut self) {
        poll_fn(|cx| {
            if !self.is_lost {
                self.is_lost = self.keep.as_mut().poll(cx).is_ready();
            }
            if self.is_lost { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}
