//! A running member opened up for someone who looks on: its store, its leases, its timer, its watch streams. For
//! pictures, never for other programs, which reach a member through its clients' port.

use sorted::SortedMap;

use sim::{Micros, NodeId, Time};

use super::Server;
use super::members::MemberId;
use crate::lease::Lessor;
use crate::store::{KeyRange, Store};

/// A look into a running member.
#[derive(Clone, Debug)]
pub struct Inside<'a> {
    /// What this member has applied, which may be behind the others.
    pub store: &'a Store,
    /// Its leases; only the leader's know when they end.
    pub lessor: &'a Lessor,
    /// Who voted for or against it, while it is a candidate.
    pub votes: SortedMap<MemberId, bool>,
    /// When, by its own clock, it acts by itself if nothing is heard: a leader sends heartbeats, others campaign.
    pub acts_at: Time,
    /// How long it waits for that in all.
    pub patience: Micros,
}

/// An open watch.
#[derive(Clone, Debug)]
pub struct WatchStream<'a> {
    /// Where the client is.
    pub client: NodeId,
    /// What is watched.
    pub range: &'a KeyRange,
    /// How many events it was sent.
    pub events: u64,
}

impl Server {
    /// A look into the running process; none if it does not run.
    pub fn inside(&self) -> Option<Inside<'_>> {
        let process = self.process.as_ref()?;
        let status = process.raft.status();
        let tick = process.config.heartbeat;
        let leads = status.basic.soft_state.role == raft::Role::Leader;
        let waits = if leads { 1 } else { u64::from(status.basic.election_timeout) };
        let waited = if leads { 0 } else { u64::from(status.basic.election_elapsed) };
        Some(Inside {
            store: &process.machine.store,
            lessor: &process.machine.lessor,
            votes: status.votes,
            acts_at: process.next_tick + tick.times(waits.saturating_sub(waited + 1)),
            patience: tick.times(waits),
        })
    }

    /// The watches that clients have open at this member.
    pub fn watches(&self) -> impl Iterator<Item = WatchStream<'_>> {
        let process = self.process.iter();
        process.flat_map(|process| process.streams.watches()).map(|(client, range, events)| WatchStream {
            client,
            range,
            events,
        })
    }
}
