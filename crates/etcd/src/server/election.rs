//! Leadership as the server sees it: its beginning, its loss, handing it over (etcd: server/etcdserver/server.go).

use sim::{Micros, Time};

use super::Effects;
use super::members::MemberId;
use super::process::{Ended, Process};
use crate::apply::Op;

/// The tick at which the member that shall lead first campaigns in a new cluster.
const FIRST_CAMPAIGN: u64 = 3;

#[derive(Clone, Debug, Default)]
pub(crate) struct Leadership {
    /// The leader this member knows, 0 for none.
    pub(crate) lead: MemberId,
    leading: bool,
    /// When the present leader was learned of.
    pub(crate) elected_at: Time,
    /// Since when there is no leader.
    pub(crate) lost_at: Option<Time>,
    /// Whether this member, leading, has done what a leader does first.
    pub(crate) settled: bool,
    fast_forwarded: bool,
}

impl Leadership {
    pub(crate) fn is_leading(&self) -> bool {
        self.leading
    }
}

impl Process {
    /// Whether it has ticked lately and does not wait for the disk. A leader that stood still, or whose write takes long,
    /// has not heard what the others decided meanwhile (etcd: server/etcdserver/server.go, `isActive`; there the disk holds
    /// up the ticks).
    pub(crate) fn is_active(&self) -> bool {
        let lately = |then: Time| self.now < then + self.config.heartbeat.times(3);
        let last_tick = self.next_tick.before(self.config.heartbeat);
        lately(last_tick) && self.writing_since().is_none_or(lately)
    }

    /// Raft's role or leader changed (etcd: server/etcdserver/raft.go, the `SoftState` of a `Ready`).
    pub(crate) fn soft_state(&mut self, state: raft::SoftState, out: &mut Effects) {
        let leading = state.role == raft::Role::Leader;
        let new_leader = state.lead != 0 && state.lead != self.leadership.lead;
        if state.lead == 0 && self.leadership.lead != 0 {
            self.leadership.lost_at = Some(self.now);
        }
        if state.lead != 0 {
            self.leadership.lost_at = None;
        }
        self.leadership.lead = state.lead;
        if leading != self.leadership.leading {
            self.leadership.leading = leading;
            self.leadership.settled = false;
            if !leading {
                self.machine.lessor.demote();
            }
        }
        if new_leader {
            self.leadership.elected_at = self.now;
            self.http.counts.leaders += 1;
            self.fail_reads_of_former_leader(out);
        }
        self.check_transfers(out);
    }

    /// An entry of the present term was applied: a leader now sets the cluster's version if nobody has yet (etcd:
    /// server/etcdserver/server.go, `monitorVersions`).
    pub(crate) fn first_commit_in_term(&mut self, out: &mut Effects) {
        if !self.leadership.leading || self.leadership.settled {
            return;
        }
        self.leadership.settled = true;
        if self.members.version.is_none() {
            let minor: String = self.config.version.splitn(3, '.').take(2).collect::<Vec<_>>().join(".");
            self.say_setting_version(&format!("{minor}.0"));
            self.propose_own(Op::ClusterVersionSet { version: format!("{minor}.0") }, out);
        }
    }

    /// Shortens the wait for the first election: a member alone has nobody to wait for, and one that has reached its
    /// peers would have heard of a leader soon (etcd: server/etcdserver/server.go, `adjustTicks`).
    pub(crate) fn advance_election(&mut self) {
        let fresh = self.fresh;
        if fresh && self.config.campaign_first && self.ticks == FIRST_CAMPAIGN && self.lead() == 0 {
            // Campaigning cannot fail but by ending the member, which the next tick reports.
            let _ = self.raft.campaign();
        }
        if self.leadership.fast_forwarded {
            return;
        }
        let alone = self.members.ids().count() == 1;
        if alone {
            self.fast_forward(1);
        } else if self.now - self.started_at > Micros::secs(5) {
            self.leadership.fast_forwarded = true;
        } else if self.peers.active() > 1 && !fresh {
            self.fast_forward(2);
        }
    }

    /// Lets all but `left` of the ticks of an election time-out pass.
    fn fast_forward(&mut self, left: u32) {
        self.leadership.fast_forwarded = true;
        for _ in left..self.config.election_ticks() {
            if self.raft.tick().is_err() {
                return;
            }
        }
    }

    /// Whom leadership is handed to when this member is asked to stop: the peer that is connected longest, the first by
    /// id of those that came at about the same time (etcd: server/etcdserver/util.go, `longestConnected`).
    fn successor(&self) -> Option<MemberId> {
        let me = self.me();
        let connected = |id: MemberId| {
            let since = self.peers.active_since(id)?;
            Some((since.as_micros() / Micros::secs(1).as_micros(), id))
        };
        self.members.voters().filter(|id| *id != me).filter_map(connected).min().map(|(_, id)| id)
    }

    /// Asked to end (SIGTERM): a leader hands leadership over first (etcd: server/etcdserver/server.go, `Stop`).
    pub(crate) fn stop(&mut self) {
        let successor = if self.is_leader() { self.successor() } else { None };
        self.say_stopping(successor);
        match successor {
            Some(successor) if self.raft.transfer_leader(successor).is_ok() => self.stopping = Some(self.now),
            _ => self.ended = Some(Ended::Asked),
        }
    }

    /// Ends the process once leadership was handed over, or that took too long.
    pub(crate) fn check_stop(&mut self) {
        if self.leave_at.is_some_and(|at| at <= self.now) {
            return self.told_removed();
        }
        if let Some(since) = self.stopping
            && (!self.is_leader() && self.lead() != 0 || self.now - since > self.config.request_timeout())
        {
            if !self.is_leader() {
                self.say_transferred((self.now - since).0);
            }
            self.ended = Some(Ended::Asked);
        }
    }
}
