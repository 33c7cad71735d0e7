//! The replicated state machine: what a member does with a committed entry (etcd: server/etcdserver/apply.go).
//!
//! Everything here is deterministic: members that apply the same entries are in the same state. The time handed in only
//! matters to leases, whose ends the leader decides through the log, and to tokens.

mod alarm;
mod auth;
mod command;
mod kv;
mod quota;
mod read;
mod snapshot;
mod validate;

pub use alarm::Alarms;
pub use command::{Command, Op};
pub use kv::{is_read_only, is_serializable};
pub use quota::DEFAULT_QUOTA;
pub use snapshot::Snapshot;
pub use validate::{DEFAULT_MAX_TXN_OPS, validate};

use crate::auth::{Access, Auth, AuthInfo};
use crate::lease::{Lessor, NO_LEASE};
use crate::rpc::*;
use crate::store::{ChangeId, KeyRange, Store};
use crate::v2;

/// What applying an entry came to.
#[derive(Clone, Debug, Default)]
pub struct Applied {
    /// The answer for the client that waits at the proposing member; `None` for entries nobody waits for, and for one
    /// that had been applied before. Of the header, only the revision and the term are set: the server knows the rest.
    pub result: Option<Result<Response, Status>>,
    /// What watchers have to be told, all of one revision.
    pub changes: Vec<ChangeId>,
    /// What watchers of version 2 have to be told.
    pub key_changes: Vec<v2::Notice>,
    /// The quota has been exceeded for the first time: this member proposes a `NOSPACE` alarm.
    pub raise_no_space: bool,
}

/// The state of one member. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct StateMachine {
    /// The keys.
    pub store: Store,
    /// The leases.
    pub lessor: Lessor,
    /// Users, roles, tokens.
    pub auth: Auth,
    /// The keys of version 2.
    pub v2: v2::Store,
    alarms: Alarms,
    quota: i64,
    index: u64,
    term: u64,
    cluster_version: String,
}

impl StateMachine {
    /// An empty state. `min_lease_ttl` in seconds ([`crate::lease::min_ttl`]); `quota` in bytes, negative for none, 0
    /// for the default.
    pub fn new(min_lease_ttl: i64, quota: i64) -> Self {
        StateMachine {
            store: Store::default(),
            lessor: Lessor::new(min_lease_ttl),
            auth: Auth::default(),
            v2: v2::Store::default(),
            alarms: Alarms::default(),
            quota: if quota == 0 { DEFAULT_QUOTA } else { quota },
            index: 0,
            term: 0,
            cluster_version: String::new(),
        }
    }

    /// The last applied log index. Applying it or an earlier one again changes nothing.
    pub fn consistent_index(&self) -> u64 {
        self.index
    }

    /// The term of the last applied entry.
    pub fn consistent_term(&self) -> u64 {
        self.term
    }

    /// Notes an entry that is none of the state machine's business: an empty one, a change of membership.
    pub fn skip(&mut self, index: u64, term: u64) {
        if index > self.index {
            (self.index, self.term) = (index, term);
        }
    }

    /// The raised alarms.
    pub fn alarms(&self) -> &Alarms {
        &self.alarms
    }

    /// The version all members understand, once the leader has set it.
    pub fn cluster_version(&self) -> &str {
        &self.cluster_version
    }

    /// Whether a request fits into the quota. The API asks before it proposes; if not, it raises the alarm
    /// (etcd: server/etcdserver/api/v3rpc/quota.go).
    pub fn has_space_for(&self, request: &Request) -> bool {
        match request {
            Request::Put(r) => self.has_space(quota::put_cost(r)),
            Request::Txn(r) => self.has_space(quota::txn_cost(r)),
            Request::LeaseGrant(_) => self.has_space(quota::LEASE_COST),
            _ => true,
        }
    }

    fn has_space(&self, cost: i64) -> bool {
        cost == 0 || self.quota < 0 || self.store.committed_size() + cost < self.quota
    }

    /// Applies a committed entry. `now` in microseconds.
    pub fn apply(&mut self, now: u64, index: u64, term: u64, command: &Command) -> Applied {
        let mut applied = Applied::default();
        if index <= self.index {
            return applied;
        }
        (self.index, self.term) = (index, term);
        let result = match &command.op {
            Op::ClusterVersionSet { version } => {
                self.cluster_version.clone_from(version);
                self.v2.note_cluster_change();
                return applied;
            }
            Op::V2(r) => {
                let outcome = self.v2.apply(r);
                applied.key_changes = outcome.notices;
                applied.result = outcome.result.map(|result| Ok(v2::answer(r, &result, index, term).into()));
                return applied;
            }
            Op::V2Auth(change) => {
                let answer = self.v2.apply_auth(change);
                applied.result = Some(Ok(v2::auth_answer(answer).into()));
                return applied;
            }
            Op::LeaseCheckpoint(r) => {
                r.checkpoints.iter().for_each(|c| self.lessor.checkpoint(now, *c));
                return applied;
            }
            Op::MemberAttributes { .. } => {
                self.v2.note_cluster_change();
                return applied;
            }
            Op::DowngradeInfoSet { .. } => return applied,
            op => {
                let auth = self.apply_auth(now, index, &command.auth, op);
                auth.unwrap_or_else(|| self.apply_op(now, &command.auth, op, &mut applied))
            }
        };
        applied.result = Some(result.map(|mut response| {
            let header = response.header_mut();
            header.raft_term = term;
            if header.revision == 0 {
                header.revision = self.store.revision();
            }
            response
        }));
        applied
    }

    fn apply_op(&mut self, now: u64, info: &AuthInfo, op: &Op, applied: &mut Applied) -> Result<Response, Status> {
        if self.alarms.is_raised(AlarmType::Corrupt) && !matches!(op, Op::Alarm(_)) {
            return Err(errors::corrupt());
        }
        match op {
            Op::Put(r) => {
                self.auth.check_put(info, &self.lessor, r)?;
                let fits = self.admit(quota::put_cost(r))?;
                let response = self.put(r, applied)?;
                self.within_quota(fits, response.into(), applied)
            }
            Op::DeleteRange(r) => {
                self.auth.check_delete(info, r)?;
                let mut txn = self.store.write();
                let response = kv::delete_range(&mut txn, &mut self.lessor, r);
                applied.changes = txn.end();
                Ok(response.into())
            }
            Op::Txn(r) => {
                self.auth.check_txn(info, &self.lessor, r)?;
                let fits = self.admit(quota::txn_cost(r))?;
                let response = self.txn(r, applied)?;
                self.within_quota(fits, response.into(), applied)
            }
            Op::Compact(r) => {
                self.store.compact(r.revision)?;
                Ok(CompactionResponse::default().into())
            }
            Op::LeaseGrant(r) => {
                let fits = self.admit(quota::LEASE_COST)?;
                let ttl = self.lessor.grant(now, r.id, r.ttl)?;
                let response = LeaseGrantResponse { id: r.id, ttl, ..Default::default() };
                self.within_quota(fits, response.into(), applied)
            }
            Op::LeaseRevoke(r) => {
                self.auth.check_lease(info, &self.lessor, r.id, Access::Write)?;
                let keys = self.lessor.revoke(r.id)?;
                let mut txn = self.store.write();
                for key in &keys {
                    txn.delete_range(&KeyRange::single(key));
                }
                applied.changes = txn.end();
                Ok(LeaseRevokeResponse::default().into())
            }
            Op::Alarm(r) => Ok(self.alarms.apply(r).into()),
            // `apply_auth` and `apply` have dealt with every other operation.
            _ => Err(Status::new(Code::Unimplemented, "etcdserver: unknown method")),
        }
    }

    fn put(&mut self, r: &PutRequest, applied: &mut Applied) -> Result<PutResponse, Status> {
        if r.lease != NO_LEASE && !self.lessor.exists(r.lease) {
            return Err(errors::lease_not_found());
        }
        let mut txn = self.store.write();
        let response = kv::put(&mut txn, &mut self.lessor, r);
        applied.changes = txn.end();
        response
    }

    fn txn(&mut self, r: &TxnRequest, applied: &mut Applied) -> Result<TxnResponse, Status> {
        let path = kv::Path::of(&self.store, r);
        kv::check(&self.store, &self.lessor, r, &path)?;
        let mut txn = self.store.write();
        let response = kv::run(&mut txn, &mut self.lessor, r, &path);
        let revision = txn.revision();
        applied.changes = txn.end();
        let mut response = response?;
        response.header.revision = revision;
        Ok(response)
    }

    /// Whether a change of this cost fits into the quota. While the alarm is raised, none that costs anything is made
    /// (etcd: `applierV3Capped`).
    fn admit(&self, cost: i64) -> Result<bool, Status> {
        if cost > 0 && self.alarms.is_raised(AlarmType::NoSpace) {
            return Err(errors::no_space());
        }
        Ok(self.has_space(cost))
    }

    /// A change that did not fit has been made nevertheless, since other members may have had the space for it, but the
    /// client is told that it failed (etcd: `quotaApplierV3`).
    fn within_quota(&self, fits: bool, response: Response, applied: &mut Applied) -> Result<Response, Status> {
        if fits {
            return Ok(response);
        }
        applied.raise_no_space = true;
        Err(errors::no_space())
    }
}
