//! Spreading what is left of long leases, so that a change of leader does not start them afresh
//! (etcd: server/lease/lessor.go, `checkpointScheduledLeases`).

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Lessor, SECOND};
use crate::rpc::LeaseCheckpoint;

/// A lease is checkpointed this often, in microseconds (etcd: `defaultLeaseCheckpointInterval`).
const INTERVAL: u64 = 300 * SECOND;

/// Most checkpoints in one proposal (etcd: `maxLeaseCheckpointBatchSize`).
const MAX_BATCH: usize = 1000;

/// Which lease is to be checkpointed when.
#[derive(Clone, Debug, Default)]
pub(super) struct Schedule {
    enabled: bool,
    due: Arc<BTreeSet<(u64, i64)>>,
}

impl Schedule {
    pub fn enable(&mut self) {
        self.enabled = true;
    }

    pub fn enabled(&self) -> bool {
        self.enabled
    }

    pub fn clear(&mut self) {
        self.due = Arc::default();
    }

    /// Notes a lease that has `length` microseconds to live, if that is long enough to bother.
    pub fn schedule(&mut self, now: u64, id: i64, length: u64) {
        if self.enabled && length > INTERVAL {
            Arc::make_mut(&mut self.due).insert((now + INTERVAL, id));
        }
    }
}

impl Lessor {
    /// The checkpoints to be proposed now.
    pub fn due_checkpoints(&mut self, now: u64) -> Vec<LeaseCheckpoint> {
        let mut checkpoints = Vec::new();
        while checkpoints.len() < MAX_BATCH
            && let Some(&(at, id)) = self.checkpoints.due.first()
            && at <= now
        {
            Arc::make_mut(&mut self.checkpoints.due).pop_first();
            let Some(lease) = self.leases.get(&id) else { continue };
            let left = lease.expiry.map_or(0, |e| e.saturating_sub(now));
            let remaining_ttl = left.div_ceil(SECOND) as i64;
            if remaining_ttl > 0 && remaining_ttl < lease.ttl {
                checkpoints.push(LeaseCheckpoint { id, remaining_ttl });
            }
        }
        checkpoints
    }

    /// Takes note of a checkpoint that came through the log. It counts at the next promotion.
    pub fn checkpoint(&mut self, now: u64, checkpoint: LeaseCheckpoint) {
        let Some(lease) = Arc::make_mut(&mut self.leases).get_mut(&checkpoint.id) else { return };
        lease.remaining_ttl = checkpoint.remaining_ttl;
        let length = lease.length();
        if self.primary {
            self.checkpoints.schedule(now, checkpoint.id, length);
        }
    }
}
