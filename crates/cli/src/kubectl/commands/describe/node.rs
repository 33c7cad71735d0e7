//! Nodes, with what runs on them.

use serde_json::Value;

use super::writer::{Writer, items, joined, keys, plain, string, time};
use super::{Context, listed, marks};
use crate::kubectl::age;
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::known;
use crate::kubectl::quantity::Amount;

const ROLE: &str = "node-role.kubernetes.io/";

pub async fn node(context: &Context<'_>, w: &mut Writer, object: &Value) -> Result<(), Failure> {
    let (metadata, spec, status) = (&object["metadata"], &object["spec"], &object["status"]);
    let name = string(&metadata["name"]);
    w.field(0, "Name", &name);
    let labels = keys(&metadata["labels"]);
    let roles: Vec<&str> = labels.iter().filter_map(|key| key.strip_prefix(ROLE)).collect();
    w.field(0, "Roles", if roles.is_empty() { "<none>".to_owned() } else { roles.join(",") });
    marks(w, object);
    w.field(0, "CreationTimestamp", time(&metadata["creationTimestamp"]));
    let mut taints: Vec<&Value> = items(&spec["taints"]).iter().collect();
    taints.sort_by_key(|taint| format!("{},{}", string(&taint["effect"]), string(&taint["key"])));
    w.list("Taints", &taints.into_iter().map(taint).collect::<Vec<_>>());
    w.field(0, "Unschedulable", spec["unschedulable"] == true);
    lease(context, w, &name).await;
    if !items(&status["conditions"]).is_empty() {
        w.line(0, "Conditions:\n  Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage");
        w.line(1, "----\t------\t-----------------\t------------------\t------\t-------");
        for one in items(&status["conditions"]) {
            let (kind, state) = (string(&one["type"]), string(&one["status"]));
            let (seen, changed) = (time(&one["lastHeartbeatTime"]), time(&one["lastTransitionTime"]));
            let (reason, message) = (string(&one["reason"]), string(&one["message"]));
            w.line(1, format_args!("{kind} \t{state} \t{seen} \t{changed} \t{reason} \t{message}"));
        }
    }
    w.line(0, "Addresses:");
    for address in items(&status["addresses"]) {
        w.field(1, &string(&address["type"]), string(&address["address"]));
    }
    for (title, field) in [("Capacity", "capacity"), ("Allocatable", "allocatable")] {
        let names = keys(&status[field]);
        if !names.is_empty() {
            w.line(0, format_args!("{title}:"));
            names.iter().for_each(|name| w.field(1, name, plain(&status[field][name])));
        }
    }
    let info = &status["nodeInfo"];
    w.line(0, "System Info:");
    for (title, field) in [
        ("Machine ID", "machineID"),
        ("System UUID", "systemUUID"),
        ("Boot ID", "bootID"),
        ("Kernel Version", "kernelVersion"),
        ("OS Image", "osImage"),
        ("Operating System", "operatingSystem"),
        ("Architecture", "architecture"),
        ("Container Runtime Version", "containerRuntimeVersion"),
        ("Kubelet Version", "kubeletVersion"),
    ] {
        w.field(1, title, string(&info[field]));
    }
    w.some(0, "PodCIDR", &string(&spec["podCIDR"]));
    w.some(0, "PodCIDRs", &joined(&spec["podCIDRs"], ","));
    w.some(0, "ProviderID", &string(&spec["providerID"]));
    let fields = format!("spec.nodeName={name},status.phase!=Failed,status.phase!=Succeeded");
    match listed(context, known("", "v1", "pods", "Pod", true), "", "", &fields).await {
        Ok(pods) => resources(w, object, &pods, context.now),
        Err(Failure::Status(_)) => w.field(0, "Pods", "not authorized"),
        Err(failure) => return Err(failure),
    }
    Ok(())
}

/// `key=value:Effect`
pub fn taint(taint: &Value) -> String {
    let (key, value, effect) = (string(&taint["key"]), string(&taint["value"]), string(&taint["effect"]));
    match value.is_empty() {
        true => format!("{key}:{effect}"),
        false => format!("{key}={value}:{effect}"),
    }
}

async fn lease(context: &Context<'_>, w: &mut Writer, name: &str) {
    let resource = known("coordination.k8s.io", "v1", "leases", "Lease", true);
    let lease = match context.client.get(&resource.at("kube-node-lease", name)).await {
        Ok(lease) => lease,
        Err(failure) => return w.field(0, "Lease", format_args!("Failed to get lease: {}", failure.text())),
    };
    let or_unset = |text: String| if text.is_empty() { "<unset>".to_owned() } else { text };
    w.line(0, "Lease:");
    w.field(1, "HolderIdentity", or_unset(string(&lease["spec"]["holderIdentity"])));
    w.field(1, "AcquireTime", or_unset(time(&lease["spec"]["acquireTime"])));
    w.field(1, "RenewTime", or_unset(time(&lease["spec"]["renewTime"])));
}

/// What a pod asks for (`requests`) or may use (`limits`): its containers together, or its biggest initialiser.
fn of_pod(pod: &Value, field: &str, name: &str) -> Amount {
    let spec = &pod["spec"];
    let amount = |container: &Value| Amount::of(&plain(&container["resources"][field][name]));
    let mut sum = items(&spec["containers"]).iter().map(amount).fold(Amount::default(), Amount::plus);
    let mut sidecars = Amount::default();
    let mut most = Amount::default();
    for container in items(&spec["initContainers"]) {
        if container["restartPolicy"] == "Always" {
            sidecars = sidecars.plus(amount(container));
            sum = sum.plus(amount(container));
        } else {
            let needed = sidecars.plus(amount(container));
            most = if needed.milli > most.milli { needed } else { most };
        }
    }
    let sum = if most.milli > sum.milli { most } else { sum };
    sum.plus(Amount::of(&plain(&spec["overhead"][name])))
}

fn resources(w: &mut Writer, node: &Value, pods: &[Value], now: i64) {
    let room = |name: &str| Amount::of(&plain(&node["status"]["allocatable"][name])).milli;
    let part = |amount: Amount, name: &str| {
        let percent = if room(name) == 0 { 0 } else { amount.milli * 100 / room(name) };
        format!("{amount} ({percent}%)")
    };
    w.field(0, "Non-terminated Pods", format_args!("({} in total)", pods.len()));
    w.line(1, "Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge");
    w.line(1, "---------\t----\t\t------------\t----------\t---------------\t-------------\t---");
    for pod in pods {
        let metadata = &pod["metadata"];
        let (namespace, name) = (string(&metadata["namespace"]), string(&metadata["name"]));
        let cell = |field: &str, resource: &str| part(of_pod(pod, field, resource), resource);
        let (cpu, most_cpu) = (cell("requests", "cpu"), cell("limits", "cpu"));
        let (memory, most_memory) = (cell("requests", "memory"), cell("limits", "memory"));
        let age = age::since(metadata["creationTimestamp"].as_str(), now);
        w.line(1, format_args!("{namespace}\t{name}\t\t{cpu}\t{most_cpu}\t{memory}\t{most_memory}\t{age}"));
    }
    w.line(0, "Allocated resources:\n  (Total limits may be over 100 percent, i.e., overcommitted.)");
    w.line(1, "Resource\tRequests\tLimits");
    w.line(1, "--------\t--------\t------");
    for name in ["cpu", "memory", "ephemeral-storage"] {
        let sum = |field: &str| pods.iter().map(|pod| of_pod(pod, field, name)).fold(Amount::default(), Amount::plus);
        w.line(1, format_args!("{name}\t{}\t{}", part(sum("requests"), name), part(sum("limits"), name)));
    }
}
