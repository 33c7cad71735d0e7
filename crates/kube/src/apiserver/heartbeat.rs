//! What the server writes every ten seconds to say that it is there: its identity's lease
//! (`pkg/controlplane/controller/apiserverleasegc`, `staging/src/k8s.io/component-helpers/apimachinery/lease`), and the
//! keys by which servers find each other (`pkg/controlplane/reconcilers/lease.go`, `peerproxy`).

use std::sync::Arc;

use etcd::rpc::{LeaseGrantRequest, PutRequest};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sim::{Micros, Time};

use super::backend::Purpose;
use super::meta;
use super::server::{Out, Server};
use super::task::Caller;
use crate::api::{Object, Patch, Request, User, Verb};

const INTERVAL: Micros = Micros::secs(10);
/// How long the keys of a server that has gone remain, in seconds.
const TTL: i64 = 15;
/// How long events are kept, in seconds, and after how many beats a new lease is taken for those that come.
const EVENTS_TTL: i64 = 3_600;
const BEATS_OF_LEASE: i64 = 30;
/// So many events share a lease at most (`defaultLeaseMaxObjectCount`,
/// `staging/src/k8s.io/apiserver/pkg/storage/etcd3/lease_manager.go`).
const EVENTS_OF_LEASE: u32 = 1_000;
const LEASES: &str = "/registry/leases/kube-system/";
/// The keys by which servers say that they are there, by their addresses.
const MASTERS: &str = "/registry/masterleases/";
/// Where the service `kubernetes` leads.
const ENDPOINTS: &str = "/registry/services/endpoints/default/kubernetes";

/// What a process of the server is known by.
#[derive(Clone, Debug, Default)]
pub(super) struct Identity {
    /// When it says again that it is there.
    pub(super) next: Option<Time>,
    /// `apiserver-wlv32tlttr4jl3gtroqexyxapa`, a hash of the host's name.
    name: String,
    holder: String,
    /// How often it has said so.
    beats: i64,
    /// The lease of etcd with which events end (`--event-ttl`); 0 before there is one.
    events_lease: i64,
    /// How many events have that lease.
    events: u32,
}

/// A hash in the letters of base 32 (RFC 4648), in small.
fn base32(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let bit = |at: usize| bytes.get(at / 8).map_or(0, |byte| usize::from(byte >> (7 - at % 8) & 1));
    let letter = |first: usize| (first..first + 5).fold(0, |number, at| number << 1 | bit(at));
    (0..bytes.len() * 8).step_by(5).map(|first| char::from(LETTERS[letter(first)])).collect()
}

impl Server {
    /// The first of its heartbeats.
    pub(super) fn begin_heartbeats(&mut self, out: &mut Out) {
        let hash = Sha256::digest(self.config.hostname.as_bytes());
        let name = format!("apiserver-{}", base32(&hash[..16]));
        let holder = format!("{name}_{}", meta::uid(&mut || out.random()));
        self.identity = Identity { name, holder, ..Identity::default() };
        self.beat(out);
    }

    /// Says that it is there.
    pub(super) fn beat(&mut self, out: &mut Out) {
        self.identity.next = Some(self.now + INTERVAL);
        if self.identity.beats % BEATS_OF_LEASE == 0 {
            self.ask_for_events_lease(out);
        }
        self.identity.beats += 1;
        let known = self.cache.get(&format!("{LEASES}{}", self.identity.name)).is_some();
        let renewed = self.clock.micros(self.now);
        let spec =
            json!({ "holderIdentity": self.identity.holder, "leaseDurationSeconds": 3_600, "renewTime": renewed });
        let (verb, name, body) = if known {
            (Verb::Patch(Patch::Merge), self.identity.name.clone(), json!({ "spec": spec }))
        } else {
            let labels = json!({
                "apiserver.kubernetes.io/identity": "kube-apiserver", "kubernetes.io/hostname": self.config.hostname,
            });
            let address = json!({ "kubernetes.io/peer-advertise-address": format!("{}:6443", self.config.address) });
            let metadata = json!({ "name": self.identity.name, "labels": labels, "annotations": address });
            (Verb::Create, String::new(), json!({ "metadata": metadata, "spec": spec }))
        };
        self.write(verb, ("coordination.k8s.io", "leases"), ("kube-system", &name), body, out);
        self.reconcile(out);
        self.backend.ask(Purpose::Heartbeat, LeaseGrantRequest { ttl: TTL, id: 0 }.into(), out);
    }

    /// The service `kubernetes` leads to all servers that have said of late that they are there: this one, and those whose
    /// keys are still there (`pkg/controlplane/reconcilers/lease.go`, `ReconcileEndpoints`).
    fn reconcile(&mut self, out: &mut Out) {
        let own = self.config.address.as_str();
        let others = self.cache.range(MASTERS, "").map(|(key, _)| &key[MASTERS.len()..]);
        let mut addresses: Vec<&str> = others.filter(|address| *address != own).chain([own]).collect();
        addresses.sort_unstable();
        let listed = |object: &Object, pointer: &str, field: &str| -> Vec<String> {
            let of = |one: &Value| one.pointer(field).and_then(Value::as_str).map(str::to_owned);
            object.list(pointer).iter().filter_map(of).collect()
        };
        let known = self.cache.get(ENDPOINTS).map(|object| listed(object, "/subsets/0/addresses", "/ip"));
        if known.is_some_and(|known| known != addresses) {
            let ips: Vec<Value> = addresses.iter().map(|ip| json!({ "ip": ip })).collect();
            let ports = json!([{ "name": "https", "port": 6443, "protocol": "TCP" }]);
            let endpoints = json!({ "subsets": [{ "addresses": ips, "ports": ports }] });
            let ready = json!({ "ready": true });
            let each = addresses.iter().map(|ip| json!({ "addresses": [ip], "conditions": ready })).collect::<Vec<_>>();
            let slice = json!({ "endpoints": each });
            let of = ("default", "kubernetes");
            self.write(Verb::Patch(Patch::Merge), ("", "endpoints"), of, endpoints, out);
            self.write(Verb::Patch(Patch::Merge), ("discovery.k8s.io", "endpointslices"), of, slice, out);
        }
    }

    /// Writes something of its own.
    fn write(
        &mut self,
        verb: Verb,
        (group, resource): (&'static str, &'static str),
        (namespace, name): (&'static str, &str),
        body: Value,
        out: &mut Out,
    ) {
        let request = Request {
            user: User { name: "system:apiserver".into(), groups: vec!["system:masters".into()] }.into(),
            agent: "kube-apiserver".into(),
            verb,
            group: group.into(),
            version: "v1".into(),
            resource: resource.into(),
            subresource: "".into(),
            namespace: namespace.into(),
            name: name.to_owned().into(),
            options: Default::default(),
            body: Some(body.into()),
        };
        self.begin(Caller::Inside, Arc::new(request), out);
    }

    fn ask_for_events_lease(&mut self, out: &mut Out) {
        // The events of the whole time share it, so the first of them are kept a little longer.
        let ttl = EVENTS_TTL + BEATS_OF_LEASE * 10;
        self.backend.ask(Purpose::EventsLease, LeaseGrantRequest { ttl, id: 0 }.into(), out);
    }

    /// The lease for one more event; the old one goes on until a new one has been granted.
    pub(super) fn lease_for_event(&mut self, out: &mut Out) -> i64 {
        self.identity.events += 1;
        if self.identity.events == EVENTS_OF_LEASE {
            self.ask_for_events_lease(out);
        }
        self.identity.events_lease
    }

    /// etcd has granted a lease for events.
    pub(super) fn has_events_lease(&mut self, lease: i64) {
        (self.identity.events_lease, self.identity.events) = (lease, 0);
    }

    /// A lease of etcd for the keys that go when the server does.
    pub(super) fn put_heartbeats(&mut self, lease: i64, out: &mut Out) {
        let address = self.config.address.clone();
        let generation = self.identity.beats;
        let own = json!({ "addresses": [{ "ip": address }] });
        let mut peer = own.clone();
        peer["ports"] = json!([{ "name": "https", "port": 6443, "protocol": "TCP" }]);
        let endpoints = |metadata: Value, subset: Value| json!({ "kind": "Endpoints", "apiVersion": "v1", "metadata": metadata, "subsets": [subset] });
        let name = &self.identity.name;
        let labels = json!({ "generation": generation, "labels": { "apiserverIdentity": name } });
        let puts = [
            (format!("/registry/peerserverleases/{name}"), endpoints(labels, peer)),
            (format!("{MASTERS}{address}"), endpoints(json!({ "generation": generation }), own)),
        ];
        for (key, value) in puts {
            let put = PutRequest { key: key.into(), value: value.to_string().into(), lease, ..PutRequest::default() };
            self.backend.ask(Purpose::Nothing, put.into(), out);
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_hash_is_written_in_letters() {
        assert_eq!(super::base32(b"foobar"), "mzxw6ytboi");
        assert_eq!(super::base32(&[0; 16]).len(), 26);
    }
}
