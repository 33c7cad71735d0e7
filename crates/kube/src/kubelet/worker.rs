//! What the kubelet knows of one pod.

use super::config::Read;
use super::runtime::Pull;
use crate::api::Object;
use serde_json::Value;
use sim::{Cause, Micros, Time};
use std::collections::BTreeMap;

/// What a pod's worker is doing.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Stage {
    /// It waits for something to happen.
    Idle,
    /// It reads so many config maps and secrets still.
    Reading(usize),
    /// It waits for the volumes.
    Volumes(Time),
    /// It waits for an image, for the container of this name.
    Pulling(String, Pull),
    /// It waits for the containers to end.
    Stopping,
}

/// How far a pod is on its way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Life {
    /// It shall run.
    Wanted,
    /// It shall end.
    Unwanted,
    /// Its containers have ended for good.
    Stopped,
    /// Nothing is left of it on the node.
    Over,
}

/// A probe of a container.
#[derive(Clone, Debug, Default)]
pub(super) struct Probe {
    pub(super) next: Time,
    pub(super) passed: i64,
    pub(super) failed: i64,
    /// What it says, once it has said something.
    pub(super) verdict: Option<bool>,
}

#[derive(Clone, Debug)]
pub(super) struct Worker {
    pub(super) pod: Object,
    /// Of the manifest, if the pod is a static one; then `pod` is what the manifest says.
    pub(super) is_static: bool,
    pub(super) stage: Stage,
    pub(super) life: Life,
    /// Seconds the containers get when they have to end.
    pub(super) grace: i64,
    /// Something has happened that it has to look at.
    pub(super) pending: bool,
    /// When it last finished looking.
    pub(super) synced: Option<Time>,
    pub(super) retry_at: Option<Time>,
    pub(super) cause: Cause,
    /// The containers as of the last relist: their ids, and whether they have ended.
    pub(super) seen: Vec<(String, bool)>,
    /// Why containers wait: reason and message.
    pub(super) reasons: BTreeMap<String, (String, String)>,
    pub(super) started: Time,
    /// The API server does not have it any more.
    pub(super) is_gone: bool,
    /// The call that tells its status.
    pub(super) telling: Option<u64>,
    pub(super) is_status_due: bool,
    /// Somebody else has written its status: when that is looked at.
    pub(super) doubted: Option<Time>,
    /// By container and sort of probe.
    pub(super) probes: BTreeMap<(String, &'static str), Probe>,
    /// What it has read of config maps and secrets.
    pub(super) read: Read,
    /// The containers that could not be started, with how long they have to wait at least.
    pub(super) waiting: BTreeMap<String, Option<Micros>>,
    /// How often its volumes could not be mounted in a row.
    pub(super) unmounted: u32,
    /// Reason and message of a pod that was turned away or timed out.
    pub(super) verdict: Option<(String, String)>,
}

impl Worker {
    pub(super) fn new(pod: Object, now: Time, cause: Cause) -> Self {
        Self {
            pod,
            is_static: false,
            stage: Stage::Idle,
            life: Life::Wanted,
            grace: 30,
            pending: true,
            synced: None,
            retry_at: None,
            cause,
            seen: Vec::new(),
            reasons: BTreeMap::new(),
            started: now,
            is_gone: false,
            telling: None,
            is_status_due: false,
            doubted: None,
            probes: BTreeMap::new(),
            read: Read::new(),
            waiting: BTreeMap::new(),
            unmounted: 0,
            verdict: None,
        }
    }

    /// From when on it may look again: what it looks at must be newer than its last look, and the runtime is listed once
    /// a second.
    pub(super) fn free_at(&self, relist: Relist) -> Time {
        self.synced.map_or(Time::ZERO, |synced| relist.after(synced))
    }

    pub(super) fn restarts(&self) -> &str {
        match self.pod.text("/spec/restartPolicy") {
            "" => "Always",
            policy => policy,
        }
    }

    /// What its specification says of a container.
    pub(super) fn container(&self, name: &str) -> Option<&Value> {
        let lists = ["/spec/initContainers", "/spec/containers", "/spec/ephemeralContainers"];
        let mut all = lists.into_iter().flat_map(|list| self.pod.list(list));
        all.find(|container| container["name"] == name)
    }
}

/// The moments at which the runtime is listed (`pkg/kubelet/pleg/generic.go`).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Relist {
    /// When the first one was.
    pub(super) first: Time,
}

const PERIOD: u64 = 1_000_000;

impl Relist {
    /// The first one later than a moment.
    pub(super) fn after(self, moment: Time) -> Time {
        if moment < self.first {
            return self.first;
        }
        self.first + Micros((moment.since(self.first).0 / PERIOD + 1) * PERIOD)
    }

    /// The first one at a moment or later.
    pub(super) fn from(self, moment: Time) -> Time {
        self.after(moment.before(Micros(1)))
    }

    /// The last one up to a moment.
    pub(super) fn last(self, moment: Time) -> Time {
        self.first + Micros(moment.since(self.first).0 / PERIOD * PERIOD)
    }
}
