//! Downloading a member's database.

use etcd::Bytes;
use etcd::rpc::{Response, SnapshotRequest};

use super::{Client, ClientError, OpenStream, retry};

/// A download under way.
pub struct SnapshotStream {
    client: Client,
    stream: OpenStream,
    /// Once something has arrived, a broken download is not begun anew.
    received: bool,
}

impl Client {
    /// Begins to download the database of a member.
    pub async fn snapshot(&self) -> Result<SnapshotStream, ClientError> {
        let stream = self.open(SnapshotRequest {}.into()).await?;
        Ok(SnapshotStream { client: self.clone(), stream, received: false })
    }
}

impl SnapshotStream {
    /// The next piece; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Bytes>, ClientError> {
        loop {
            let status = match self.stream.recv().await {
                Ok(Some(Response::Snapshot(part))) => {
                    self.received = true;
                    return Ok(Some(part.blob));
                }
                Ok(_) => return Ok(None),
                Err(status) => status,
            };
            let policy = retry::Policy::Repeatable;
            if self.received || !retry::is_safe(policy, &status, self.client.endpoints().len()) {
                return Err(ClientError::Status(status));
            }
            self.client.process().sleep(retry::BACKOFF).await;
            self.stream = self.client.open(SnapshotRequest {}.into()).await?;
        }
    }
}
