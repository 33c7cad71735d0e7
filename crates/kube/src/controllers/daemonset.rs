//! One pod on each node that can have it (`pkg/controller/daemon`).

use super::controller::{Call, Controller, Plan, View, Wakes, slow_start};
use super::deployment::scaled_value;
use super::{history, pods, replicaset};
use crate::api::Object;
use crate::client::{Change, Said, expression, key, kinds, matches, split};
use serde_json::{Map, Value, json};
use sim::Micros;
use std::collections::BTreeMap;

pub(super) static CONTROLLER: Controller =
    Controller { account: "daemon-set-controller", workers: 2, seeds: &[], wake, sync };

const VOICE: &str = "daemonset-controller";

fn wake(view: &View, change: &Change, wakes: &mut Wakes) {
    let Some(object) = change.object() else { return };
    let kind = view.client.kind(change.kind);
    if *kind == kinds::DAEMON_SETS {
        wakes.push((key(object), Micros::ZERO));
    } else if *kind == kinds::PODS {
        replicaset::wake_owners(view, change, &kinds::DAEMON_SETS, wakes);
    } else if *kind == kinds::NODES && change.old.as_ref().map(seen) != change.new.as_ref().map(seen) {
        wakes.extend(view.client.cache(&kinds::DAEMON_SETS).all().map(|set| (key(set), Micros::ZERO)));
    }
}

/// What counts of a node.
fn seen(node: &Object) -> [Option<&Value>; 2] {
    ["/metadata/labels", "/spec"].map(|pointer| node.pointer(pointer))
}

/// What the pods of a set tolerate besides what its template says (`AddOrUpdateDaemonPodTolerations`).
fn tolerations(set: &Object) -> Vec<Value> {
    let mut all = set.list("/spec/template/spec/tolerations").to_vec();
    let mut more = vec![("not-ready", "NoExecute"), ("unreachable", "NoExecute")];
    more.extend(["disk-pressure", "memory-pressure", "pid-pressure", "unschedulable"].map(|name| (name, "NoSchedule")));
    if set.flag("/spec/template/spec/hostNetwork") {
        more.push(("network-unavailable", "NoSchedule"));
    }
    for (name, effect) in more {
        let key = format!("node.kubernetes.io/{name}");
        if !all.iter().any(|one| one["key"] == key.as_str() && one["effect"] == effect && one["operator"] == "Exists") {
            all.push(json!({ "key": key, "operator": "Exists", "effect": effect }));
        }
    }
    all
}

fn tolerates(tolerations: &[Value], taint: &Value) -> bool {
    tolerations.iter().any(|one| {
        let field = |name: &str| one[name].as_str().unwrap_or_default();
        (field("effect").is_empty() || taint["effect"] == field("effect"))
            && (field("key").is_empty() || taint["key"] == field("key"))
            && (field("operator") == "Exists"
                || (!field("key").is_empty() && taint["value"].as_str().unwrap_or_default() == field("value")))
    })
}

/// What decides where the pods of a set belong, read once for all nodes.
struct Wanted<'a> {
    name: &'a str,
    selector: &'a Value,
    /// The required node affinity, or null.
    required: &'a Value,
    tolerations: Vec<Value>,
}

impl<'a> Wanted<'a> {
    fn by(set: &'a Object) -> Self {
        let spec = |field: &str| set.pointer(&format!("/spec/template/spec/{field}")).unwrap_or(&Value::Null);
        Self {
            name: spec("nodeName").as_str().unwrap_or_default(),
            selector: spec("nodeSelector"),
            required: &spec("affinity")["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"],
            tolerations: tolerations(set),
        }
    }

    /// Whether a pod should come to a node, and whether one that is there may stay.
    fn fits(&self, node: &Object) -> (bool, bool) {
        let term_fits = |term: &Value| {
            let own_name: Map<String, Value> = [("metadata.name".to_owned(), node.name().into())].into_iter().collect();
            let list = |field: &str| term[field].as_array().cloned().unwrap_or_default();
            let (labels, fields) = (list("matchExpressions"), list("matchFields"));
            !(labels.is_empty() && fields.is_empty())
                && labels.iter().all(|one| expression(one, node.map("/metadata/labels")))
                && fields.iter().all(|one| expression(one, Some(&own_name)))
        };
        let mut terms = self.required["nodeSelectorTerms"].as_array().into_iter().flatten();
        let is_wanted = (self.name.is_empty() || self.name == node.name())
            && matches(self.selector, node.map("/metadata/labels"))
            && (self.required.is_null() || terms.any(term_fits));
        if !is_wanted {
            return (false, false);
        }
        let taints = node.list("/spec/taints");
        let repels =
            |effect: &str| taints.iter().any(|taint| taint["effect"] == effect && !tolerates(&self.tolerations, taint));
        (!repels("NoSchedule") && !repels("NoExecute"), !repels("NoExecute"))
    }
}

/// On which node a pod is, or is to be.
fn node_of(pod: &Object) -> &str {
    let bound = pod.text("/spec/nodeName");
    if !bound.is_empty() {
        return bound;
    }
    let terms = "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms/0";
    pod.text(&format!("{terms}/matchFields/0/values/0"))
}

fn sync(view: &mut View, place: &str) -> Plan {
    let mut plan = Plan::default();
    let (namespace, name) = split(place);
    let view = &*view;
    let Some(set) = view.client.cache(&kinds::DAEMON_SETS).get(namespace, name) else { return plan };
    if set.is_terminating() {
        return plan;
    }
    let history = history::sync(view, &kinds::DAEMON_SETS, set, &mut plan);
    let claimed = replicaset::claim(view, &kinds::DAEMON_SETS, set, &mut plan);
    let mut by_node: BTreeMap<&str, Vec<&Object>> = BTreeMap::new();
    for pod in &claimed {
        by_node.entry(node_of(pod)).or_default().push(pod);
    }
    let (mut creates, mut deletes) = (Vec::new(), Vec::new());
    let wanted = Wanted::by(set);
    let nodes = view.client.cache(&kinds::NODES).all();
    let nodes: Vec<(&Object, (bool, bool))> = nodes.map(|node| (node, wanted.fits(node))).collect();
    plan.looked_at(nodes.len());
    for (node, (should, may)) in nodes.iter().copied() {
        let there = by_node.get(node.name()).map_or(&[][..], Vec::as_slice);
        if should && there.is_empty() {
            creates.push(create(set, node, &history.hash));
        }
        if !may {
            deletes.extend(there.iter().filter(|pod| !pod.is_terminating()).map(|pod| delete(set, pod)));
        } else {
            // One that has failed makes room for another, one of several the youngest goes.
            let failed = |pod: &&&Object| pod.text("/status/phase") == "Failed" && !pod.is_terminating();
            for pod in there.iter().filter(failed) {
                let message = format!(
                    "Found failed daemon pod {}/{} on node {}, will try to kill it",
                    namespace,
                    pod.name(),
                    node.name()
                );
                plan.said.push(Said::warning(set, VOICE, "FailedDaemonPod", message));
                deletes.push(delete(set, pod));
            }
            let mut running: Vec<&&Object> = there.iter().filter(|pod| pods::is_active(pod)).collect();
            running.sort_by_key(|pod| (pod.text("/metadata/creationTimestamp").to_owned(), pod.name().to_owned()));
            deletes.extend(running.iter().skip(1).map(|pod| delete(set, pod)));
        }
    }
    if creates.is_empty() && deletes.is_empty() && set.text("/spec/updateStrategy/type") != "OnDelete" {
        deletes.extend(outdated(view, set, &nodes, &by_node, &history.hash));
    }
    slow_start(&mut plan, creates);
    plan.step(deletes);
    tell(view, set, &nodes, &by_node, &history.hash, &mut plan);
    plan
}

/// The pods of an older template that may be replaced now.
fn outdated(
    view: &View,
    set: &Object,
    nodes: &[(&Object, (bool, bool))],
    by_node: &BTreeMap<&str, Vec<&Object>>,
    hash: &str,
) -> Vec<Call> {
    let wanted: Vec<&Object> = nodes.iter().filter(|(_, (should, _))| *should).map(|(node, _)| *node).collect();
    let value = set.pointer("/spec/updateStrategy/rollingUpdate/maxUnavailable");
    let allowed = scaled_value(value, wanted.len() as i64, true).unwrap_or(1).max(1) as usize;
    let min_ready = set.number("/spec/minReadySeconds").unwrap_or(0);
    let (mut missing, mut candidates) = (0, Vec::new());
    for node in wanted {
        let there = by_node.get(node.name()).map_or(&[][..], Vec::as_slice);
        let alive = there.iter().find(|pod| pods::is_active(pod));
        let is_available = alive.is_some_and(|pod| pods::availability(view, pod, min_ready).is_ok());
        if !is_available {
            missing += 1;
        }
        if let Some(pod) = alive.filter(|pod| pod.label(history::HASH) != Some(hash)) {
            candidates.push((is_available, *pod));
        }
    }
    // Those that serve nobody go first and count for nothing.
    let (available, others): (Vec<_>, Vec<_>) = candidates.into_iter().partition(|(is_available, _)| *is_available);
    let room = allowed.saturating_sub(missing);
    let gone = others.into_iter().chain(available.into_iter().take(room));
    gone.map(|(_, pod)| delete(set, pod)).collect()
}

fn create(set: &Object, node: &Object, hash: &str) -> Call {
    let mut template = set.pointer("/spec/template").cloned().unwrap_or_default();
    template["metadata"]["labels"][history::HASH] = hash.into();
    let generation = set.annotation("deprecated.daemonset.template.generation").unwrap_or("1");
    template["metadata"]["labels"]["pod-template-generation"] = generation.into();
    let field = json!({ "key": "metadata.name", "operator": "In", "values": [node.name()] });
    let affinity = &mut template["spec"]["affinity"]["nodeAffinity"];
    let required = &mut affinity["requiredDuringSchedulingIgnoredDuringExecution"];
    match required["nodeSelectorTerms"].as_array_mut() {
        Some(terms) => terms.iter_mut().for_each(|term| term["matchFields"] = json!([field])),
        None => *required = json!({ "nodeSelectorTerms": [{ "matchFields": [field] }] }),
    }
    template["spec"]["tolerations"] = tolerations(set).into();
    let pod = pods::from_template(&template, &kinds::DAEMON_SETS, set);
    Call::new(kinds::PODS.create(pod)).saying(
        Said::normal(set, VOICE, "SuccessfulCreate", "Created pod: {name}"),
        Said::warning(set, VOICE, "FailedCreate", "Error creating: {error}"),
    )
}

fn delete(set: &Object, pod: &Object) -> Call {
    Call::new(kinds::PODS.delete(pod)).saying(
        Said::normal(set, VOICE, "SuccessfulDelete", format!("Deleted pod: {}", pod.name())),
        Said::warning(set, VOICE, "FailedDelete", "Error deleting: {error}"),
    )
}

fn tell(
    view: &View,
    set: &Object,
    nodes: &[(&Object, (bool, bool))],
    by_node: &BTreeMap<&str, Vec<&Object>>,
    hash: &str,
    plan: &mut Plan,
) {
    let min_ready = set.number("/spec/minReadySeconds").unwrap_or(0);
    let (mut wanted, mut current, mut misplaced, mut ready, mut available, mut updated) = (0, 0, 0, 0, 0, 0);
    for (node, (should, _)) in nodes {
        let there = by_node.get(node.name()).map_or(&[][..], Vec::as_slice);
        if !*should {
            misplaced += i64::from(!there.is_empty());
            continue;
        }
        wanted += 1;
        let Some(pod) = there.iter().min_by_key(|pod| pod.text("/metadata/creationTimestamp").to_owned()) else {
            continue;
        };
        current += 1;
        ready += i64::from(pods::is_ready(pod));
        match pods::availability(view, pod, min_ready) {
            Ok(()) => available += 1,
            Err(Some(wait)) => plan.look_again(wait),
            Err(None) => {}
        }
        updated += i64::from(pod.label(history::HASH) == Some(hash));
    }
    let mut status = json!({ "currentNumberScheduled": current, "numberMisscheduled": misplaced,
        "desiredNumberScheduled": wanted, "numberReady": ready,
        "observedGeneration": set.number("/metadata/generation").unwrap_or(0) });
    for (field, count) in
        [("updatedNumberScheduled", updated), ("numberAvailable", available), ("numberUnavailable", wanted - available)]
    {
        if count > 0 {
            status[field] = count.into();
        }
    }
    if set.pointer("/status") != Some(&status) {
        plan.then_always(kinds::DAEMON_SETS.update_status(set.with("status", status)));
    }
}
