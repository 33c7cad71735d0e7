//! Leader election by a Lease (`client-go/tools/leaderelection`): 15 s long, renewed every 2 s, given up when it could
//! not be renewed for 10 s.

use super::{Client, Out, Said, kinds};
use crate::api::{Object, Status, Verb};
use crate::log::Log;
use serde_json::{Value, json};
use sim::{Micros, Time};

const LEASE: Micros = Micros::secs(15);
const RENEW_WITHIN: Micros = Micros::secs(10);
const RETRY: u64 = 2_000_000;

/// What became of an election.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Election {
    /// Nothing new.
    Same,
    Won,
    /// The lease could not be renewed in time: the process has to end.
    Lost,
}

/// A candidate.
#[derive(Clone, Debug)]
pub struct Elector {
    /// The lease in `kube-system`.
    lease: &'static str,
    identity: String,
    is_leader: bool,
    /// The lease as last seen, and when it was seen to change.
    seen: Option<(Object, Time)>,
    renewed: Time,
    next: Option<Time>,
    call: Option<u64>,
    /// Who held it when it was last told of.
    told: String,
}

impl Elector {
    pub fn new(lease: &'static str) -> Self {
        let (identity, seen) = (String::new(), None);
        let (renewed, told) = (Time::ZERO, String::new());
        Self { lease, identity, is_leader: false, seen, renewed, next: None, call: None, told }
    }

    pub fn is_leader(&self) -> bool {
        self.is_leader
    }

    /// Stands for election. `host` becomes part of its name.
    pub fn start(&mut self, now: Time, client: &mut Client, log: &mut Log, out: &mut Out) {
        let text = format!("attempting to acquire leader lease kube-system/{}...", self.lease);
        log.info(now, "leaderelection.go:258", &text);
        let host = client.settings().host.clone();
        self.identity = format!("{host}_{}", uuid(out));
        self.attempt(now, client, out);
    }

    pub fn next_wakeup(&self) -> Option<Time> {
        let end = self.is_leader.then(|| self.renewed + RENEW_WITHIN);
        self.next.into_iter().chain(end).min()
    }

    /// Time has passed.
    pub fn time(&mut self, now: Time, client: &mut Client, log: &mut Log, out: &mut Out) -> Election {
        if self.is_leader && self.renewed + RENEW_WITHIN <= now {
            self.is_leader = false;
            let text = format!("failed to renew lease kube-system/{}: context deadline exceeded", self.lease);
            log.error(now, "leaderelection.go:441", &text);
            return Election::Lost;
        }
        if self.next.is_some_and(|at| at <= now) {
            self.attempt(now, client, out);
        }
        Election::Same
    }

    /// Takes an answer; `None` when it was not for it.
    pub fn answer(
        &mut self,
        now: Time,
        id: u64,
        result: &Result<Object, Status>,
        client: &mut Client,
        log: &mut Log,
        out: &mut Out,
    ) -> Option<Election> {
        if self.call != Some(id) {
            return None;
        }
        self.call = None;
        match result {
            Ok(lease) => {
                let is_news =
                    self.seen.as_ref().is_none_or(|(seen, _)| seen.pointer("/spec") != lease.pointer("/spec"));
                if is_news {
                    self.seen = Some((lease.clone(), now));
                } else if let Some(seen) = &mut self.seen {
                    seen.0 = lease.clone();
                }
                if lease.text("/spec/holderIdentity") == self.identity {
                    return Some(self.holds(now, lease, client, log, out));
                }
                self.tell_holder(now, lease, log);
                if self.is_leader {
                    self.is_leader = false;
                    return Some(Election::Lost);
                }
                if self.can_take(now) {
                    self.take(now, client, out);
                } else {
                    self.wait(now, out);
                }
            }
            Err(status) if status.reason.code() == 404 => {
                self.seen = None;
                self.take(now, client, out);
            }
            Err(status) => {
                let (lease, message) = (self.lease, &status.message);
                let text = format!("error retrieving resource lock kube-system/{lease}: {message}");
                log.error(now, "leaderelection.go:448", &text);
                // Somebody else wrote it: read what stands there.
                if status.reason.code() == 409 {
                    self.seen = None;
                }
                self.wait(now, out);
            }
        }
        Some(Election::Same)
    }

    /// Tells of a new holder, once.
    fn tell_holder(&mut self, now: Time, lease: &Object, log: &mut Log) {
        let holder = lease.text("/spec/holderIdentity");
        if !holder.is_empty() && holder != self.told {
            log.info(now, "leaderelection.go:271", &format!("new leader elected: {holder}"));
            self.told = holder.to_owned();
        }
    }

    fn holds(&mut self, now: Time, lease: &Object, client: &mut Client, log: &mut Log, out: &mut Out) -> Election {
        self.renewed = now;
        self.next = Some(now + Micros(RETRY));
        if self.is_leader {
            return Election::Same;
        }
        self.is_leader = true;
        log.info(now, "leaderelection.go:272", &format!("successfully acquired lease kube-system/{}", self.lease));
        let message = format!("{} became leader", self.identity);
        client.tell(now, Said::normal(lease, "", "LeaderElection", message), out);
        Election::Won
    }

    fn can_take(&self, now: Time) -> bool {
        let Some((lease, since)) = &self.seen else { return true };
        lease.text("/spec/holderIdentity").is_empty() || *since + LEASE <= now
    }

    /// The leader writes at once; others look first.
    fn attempt(&mut self, now: Time, client: &mut Client, out: &mut Out) {
        self.next = None;
        if self.is_leader && self.seen.is_some() {
            self.take(now, client, out);
        } else {
            self.call =
                Some(client.call_unlimited(now, kinds::LEASES.request(Verb::Get, "kube-system", self.lease), out));
        }
    }

    fn take(&mut self, now: Time, client: &mut Client, out: &mut Out) {
        let time = client.clock().micros(now);
        let request = match &self.seen {
            None => kinds::LEASES.create(json!({
                "kind": "Lease", "apiVersion": "coordination.k8s.io/v1",
                "metadata": { "name": self.lease, "namespace": "kube-system" },
                "spec": { "holderIdentity": self.identity, "leaseDurationSeconds": LEASE.as_secs(), "acquireTime": time,
                    "renewTime": time, "leaseTransitions": 0 },
            })),
            Some((lease, _)) => kinds::LEASES.update(lease.edit(|lease| {
                let transitions = lease.pointer("/spec/leaseTransitions").and_then(Value::as_i64).unwrap_or(0);
                if lease["spec"]["holderIdentity"] != self.identity.as_str() {
                    lease["spec"]["holderIdentity"] = self.identity.as_str().into();
                    lease["spec"]["leaseDurationSeconds"] = LEASE.as_secs().into();
                    lease["spec"]["acquireTime"] = time.as_str().into();
                    lease["spec"]["leaseTransitions"] = (transitions + 1).into();
                }
                lease["spec"]["renewTime"] = time.as_str().into();
            })),
        };
        self.call = Some(client.call_unlimited(now, request, out));
    }

    /// Candidates wait up to 2.2 times as long, by chance, so that they do not all come at once.
    fn wait(&mut self, now: Time, out: &mut Out) {
        let jitter = if self.is_leader { 0 } else { out.random() % (RETRY * 12 / 10) };
        self.next = Some(now + Micros(RETRY + jitter));
    }
}

/// A random UUID, version 4.
pub(crate) fn uuid(out: &mut Out) -> String {
    let (high, low) = (out.random(), out.random());
    let (first, second, third) = (high >> 32, high >> 16 & 0xffff, high & 0x0fff | 0x4000);
    let (fourth, fifth) = (low >> 48 & 0x3fff | 0x8000, low & 0xffff_ffff_ffff);
    format!("{first:08x}-{second:04x}-{third:04x}-{fourth:04x}-{fifth:012x}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Clock;
    use crate::api::User;
    use crate::client::{Rate, Settings};
    use sim::NodeId;
    use std::sync::Arc;

    #[test]
    fn a_lease_is_asked_for_at_once_however_much_waits_for_the_rate() {
        let mut client = Client::new(Settings {
            server: NodeId(1),
            address: "172.18.0.10:6443".into(),
            user: Arc::new(User::default()),
            agent: "kube-controller-manager".into(),
            host: "controlplane".into(),
            clock: Clock { epoch: 0 },
            rate: Some(Rate { per_second: 1, burst: 1 }),
        });
        let mut out = Out::new(1);
        for name in ["a", "b", "c"] {
            client.call(Time(1), kinds::PODS.request(Verb::Get, "default", name), &mut out);
        }
        assert_eq!(out.take_sent().len(), 1, "the others wait");
        let mut log = Log::new(Clock { epoch: 0 });
        Elector::new("kube-controller-manager").start(Time(1), &mut client, &mut log, &mut out);
        assert_eq!(out.take_sent().len(), 1, "the lease does not");
    }
}
