//! Leases: keys that vanish unless somebody keeps renewing what they are attached to (etcd: server/lease/lessor.go).
//!
//! Every member knows every lease, for grants and revocations come through the log. Only the leader's lessor, the
//! *primary*, knows when they end: renewals are not logged. It reports ended leases, whose revocation the server then
//! proposes. A new primary cannot know of past renewals and so starts every lease afresh.
//!
//! All times are microseconds of the simulation's clock, handed in by the caller.

mod checkpoint;

use sorted::SortedSet;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::Bytes;
use crate::rpc::{LeaseStatus, LeaseTimeToLiveResponse, Status, errors};

/// No lease.
pub const NO_LEASE: i64 = 0;

/// Longest time to live that can be asked for, in seconds (etcd: `MaxLeaseTTL`).
pub const MAX_TTL: i64 = 9_000_000_000;

const SECOND: u64 = 1_000_000;

/// How often the real server looks for ended leases, in microseconds (etcd: `runLoop`).
pub const CHECK_INTERVAL: u64 = SECOND / 2;

/// A lease is reported again if it is still there this long after the last report
/// (etcd: `defaultExpiredleaseRetryInterval`).
const RETRY_INTERVAL: u64 = 3 * SECOND;

/// Most leases revoked in a second (etcd: `defaultLeaseRevokeRate`).
const REVOKE_RATE: usize = 1000;

/// Shortest time to live granted, in seconds: one and a half election time-outs, so that a lease outlives a change of
/// leader (etcd: server/etcdserver/server.go, `NewServer`). Times in microseconds.
pub fn min_ttl(heartbeat: u64, election: u64) -> i64 {
    let election_ticks = election / heartbeat.max(1);
    ((3 * election_ticks / 2) * heartbeat).div_ceil(SECOND) as i64
}

#[derive(Clone, Debug)]
struct Lease {
    ttl: i64,
    /// Seconds left at the last checkpoint; 0 for none.
    remaining_ttl: i64,
    /// When it ends; never on a member that is not the primary.
    expiry: Option<u64>,
    /// When it is to be reported: at its end, later if that was not heeded.
    report_at: Option<u64>,
    keys: SortedSet<Bytes>,
}

impl Lease {
    fn length(&self) -> u64 {
        let seconds = if self.remaining_ttl > 0 { self.remaining_ttl } else { self.ttl };
        seconds.max(0) as u64 * SECOND
    }
}

/// What became of a renewal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renewal {
    /// Renewed for so many seconds.
    Renewed {
        /// Time to live in seconds.
        ttl: i64,
        /// Its checkpoint has to be cleared by a proposal, or a new leader would cut the lease short.
        clear_checkpoint: bool,
    },
    /// There is no such lease.
    NotFound,
    /// This member does not lead: ask the leader.
    NotPrimary,
    /// It has ended and waits for its revocation; the answer is `NotFound` once that has been applied.
    Ending,
}

/// All leases, as one member sees them. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Lessor {
    leases: Arc<BTreeMap<i64, Lease>>,
    /// When to report which lease; only the primary's has entries.
    reports: Arc<BTreeSet<(u64, i64)>>,
    checkpoints: checkpoint::Schedule,
    min_ttl: i64,
    primary: bool,
}

impl Lessor {
    /// A lessor that grants no less than `min_ttl` seconds.
    pub fn new(min_ttl: i64) -> Self {
        Lessor {
            leases: Arc::default(),
            reports: Arc::default(),
            checkpoints: checkpoint::Schedule::default(),
            min_ttl,
            primary: false,
        }
    }

    /// Turns checkpointing on: what is left of long leases is spread through the log, as
    /// `--experimental-enable-lease-checkpoint` does. Off by default in etcd 3.5.
    pub fn enable_checkpoints(&mut self) {
        self.checkpoints.enable();
    }

    /// Makes a lease; returns its time to live in seconds.
    ///
    /// # Errors
    /// `lease_not_found` for id 0, `lease_ttl_too_large`, `lease_exist`.
    pub fn grant(&mut self, now: u64, id: i64, ttl: i64) -> Result<i64, Status> {
        if id == NO_LEASE {
            return Err(errors::lease_not_found());
        }
        if ttl > MAX_TTL {
            return Err(errors::lease_ttl_too_large());
        }
        if self.leases.contains_key(&id) {
            return Err(errors::lease_exist());
        }
        let ttl = ttl.max(self.min_ttl);
        let lease = Lease { ttl, remaining_ttl: 0, expiry: None, report_at: None, keys: SortedSet::new() };
        Arc::make_mut(&mut self.leases).insert(id, lease);
        if self.primary {
            self.refresh(now, id, 0);
        }
        Ok(ttl)
    }

    /// Ends a lease; returns its keys in order, which the caller deletes.
    ///
    /// # Errors
    /// `lease_not_found`.
    pub fn revoke(&mut self, id: i64) -> Result<Vec<Bytes>, Status> {
        let lease = Arc::make_mut(&mut self.leases).remove(&id).ok_or_else(errors::lease_not_found)?;
        if let Some(at) = lease.report_at {
            Arc::make_mut(&mut self.reports).remove(&(at, id));
        }
        Ok(lease.keys.into_iter().collect())
    }

    /// Whether there is such a lease.
    pub fn exists(&self, id: i64) -> bool {
        self.leases.contains_key(&id)
    }

    /// Number of leases.
    pub fn len(&self) -> usize {
        self.leases.len()
    }

    /// Whether there is no lease at all.
    pub fn is_empty(&self) -> bool {
        self.leases.is_empty()
    }

    /// Ties a key to a lease. Of a lease that does not exist nothing is kept.
    pub fn attach(&mut self, id: i64, key: &Bytes) {
        if let Some(lease) = Arc::make_mut(&mut self.leases).get_mut(&id) {
            lease.keys.insert(key.kept());
        }
    }

    /// Unties a key from a lease.
    pub fn detach(&mut self, id: i64, key: &Bytes) {
        if let Some(lease) = Arc::make_mut(&mut self.leases).get_mut(&id) {
            lease.keys.remove(key);
        }
    }

    /// The keys tied to a lease, in order.
    pub fn keys(&self, id: i64) -> impl Iterator<Item = &Bytes> {
        self.leases.get(&id).into_iter().flat_map(|l| &l.keys)
    }

    /// Whether this lessor is the leader's.
    pub fn is_primary(&self) -> bool {
        self.primary
    }

    /// This member has become leader: every lease starts afresh, `extend` microseconds longer than its time to live,
    /// for its holder may have noticed the change late.
    pub fn promote(&mut self, now: u64, extend: u64) {
        self.primary = true;
        let ids: Vec<i64> = self.leases.keys().copied().collect();
        for &id in &ids {
            self.refresh(now, id, extend);
        }
        if ids.len() >= REVOKE_RATE {
            self.spread(now, extend);
        }
    }

    /// This member does not lead any more: it no longer knows when leases end.
    pub fn demote(&mut self) {
        if !self.primary {
            return;
        }
        self.primary = false;
        self.reports = Arc::default();
        self.checkpoints.clear();
        for lease in Arc::make_mut(&mut self.leases).values_mut() {
            lease.expiry = None;
            lease.report_at = None;
        }
    }

    /// Renews a lease.
    pub fn renew(&mut self, now: u64, id: i64) -> Renewal {
        if !self.primary {
            return Renewal::NotPrimary;
        }
        let Some(lease) = self.leases.get(&id) else { return Renewal::NotFound };
        if lease.expiry.is_some_and(|e| e <= now) {
            return Renewal::Ending;
        }
        let ttl = lease.ttl;
        let clear_checkpoint = self.checkpoints.enabled() && lease.remaining_ttl > 0;
        if clear_checkpoint && let Some(lease) = Arc::make_mut(&mut self.leases).get_mut(&id) {
            lease.remaining_ttl = 0;
        }
        self.refresh(now, id, 0);
        Renewal::Renewed { ttl, clear_checkpoint }
    }

    /// What is left of a lease, or `None` if there is none. Seconds are cut, not rounded; of a lease that this member
    /// cannot know about, not being the primary, the largest number.
    pub fn time_to_live(&self, now: u64, id: i64, with_keys: bool) -> Option<LeaseTimeToLiveResponse> {
        let lease = self.leases.get(&id)?;
        // The real server's clock has nanoseconds in a signed 64-bit number, the most of which is "for ever".
        let forever = i64::MAX / 1_000_000_000;
        let ttl = lease.expiry.map_or(forever, |e| (e as i64 - now as i64) / SECOND as i64);
        let keys = if with_keys { lease.keys.iter().cloned().collect() } else { Vec::new() };
        Some(LeaseTimeToLiveResponse { id, ttl, granted_ttl: lease.ttl, keys, ..Default::default() })
    }

    /// When a lease ends; `None` on a member that is not the primary, which does not know.
    pub fn expiry(&self, id: i64) -> Option<u64> {
        self.leases.get(&id).and_then(|lease| lease.expiry)
    }

    /// All leases, soonest to end first.
    pub fn list(&self) -> Vec<LeaseStatus> {
        let mut leases: Vec<(u64, i64)> =
            self.leases.iter().map(|(&id, l)| (l.expiry.unwrap_or(u64::MAX), id)).collect();
        leases.sort_unstable();
        leases.into_iter().map(|(_, id)| LeaseStatus { id }).collect()
    }

    /// When [`Lessor::expired`] has next something to say; `None` on a member that is not the primary. The real server
    /// looks every [`CHECK_INTERVAL`], so a lease lives up to that much longer.
    pub fn next_due(&self) -> Option<u64> {
        self.reports.first().map(|&(at, _)| at)
    }

    /// The leases that have ended, whose revocation is to be proposed. Each is reported again every three seconds
    /// until it is revoked.
    pub fn expired(&mut self, now: u64) -> Vec<i64> {
        let mut expired = Vec::new();
        while expired.len() < REVOKE_RATE / 2
            && let Some(&(at, id)) = self.reports.first()
            && at <= now
        {
            self.report_at(id, now + RETRY_INTERVAL);
            if self.leases.get(&id).is_some_and(|l| l.expiry.is_some_and(|e| e <= now)) {
                expired.push(id);
            }
        }
        expired
    }

    fn refresh(&mut self, now: u64, id: i64, extend: u64) {
        let Some(lease) = Arc::make_mut(&mut self.leases).get_mut(&id) else { return };
        let expiry = now + extend + lease.length();
        lease.expiry = Some(expiry);
        let length = lease.length();
        self.report_at(id, expiry);
        self.checkpoints.schedule(now, id, length);
    }

    fn report_at(&mut self, id: i64, at: u64) {
        let reports = Arc::make_mut(&mut self.reports);
        match Arc::make_mut(&mut self.leases).get_mut(&id) {
            Some(lease) => {
                if let Some(before) = lease.report_at.replace(at) {
                    reports.remove(&(before, id));
                }
                reports.insert((at, id));
            }
            // Never left behind by a revocation; were it so, it must not be reported for ever.
            None => reports.retain(|&(_, other)| other != id),
        }
    }

    /// Many leases that end at once are put apart, so that their revocations leave room for others
    /// (etcd: `Promote`).
    fn spread(&mut self, now: u64, extend: u64) {
        let mut leases: Vec<(u64, i64)> =
            self.leases.iter().map(|(&id, l)| (l.expiry.unwrap_or(now).saturating_sub(now), id)).collect();
        leases.sort_unstable();
        let mut base = leases.first().map_or(0, |l| l.0);
        let mut next = base + SECOND;
        let mut in_window = 0u64;
        let target = (3 * REVOKE_RATE as u64) / 4;
        for (remaining, id) in leases {
            if remaining > next {
                (base, next, in_window) = (remaining, remaining + SECOND, 1);
                continue;
            }
            in_window += 1;
            if in_window <= target {
                continue;
            }
            let delay = (SECOND * in_window / target).saturating_sub(remaining - base);
            next = base + delay;
            self.refresh(now, id, delay + extend);
        }
    }

    /// What a snapshot keeps: id, time to live and what was left at the last checkpoint.
    pub(crate) fn export(&self) -> Vec<(i64, i64, i64)> {
        self.leases.iter().map(|(&id, l)| (id, l.ttl, l.remaining_ttl)).collect()
    }

    /// The leases of a snapshot; their keys are attached again from the store.
    pub(crate) fn import(&mut self, leases: Vec<(i64, i64, i64)>) {
        self.demote();
        let lease = |(id, ttl, remaining_ttl): (i64, i64, i64)| {
            let ttl = ttl.clamp(self.min_ttl, MAX_TTL);
            (id, Lease { ttl, remaining_ttl, expiry: None, report_at: None, keys: SortedSet::new() })
        };
        self.leases = Arc::new(leases.into_iter().map(lease).collect());
    }
}
