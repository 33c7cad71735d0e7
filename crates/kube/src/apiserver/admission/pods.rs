//! Admission of pods: their service account, priority and tolerations (`plugin/pkg/admission/serviceaccount`,
//! `priority`, `defaulttolerationseconds`).

use serde_json::{Value, json};

use super::super::write::Context;
use super::super::{meta, quantity};
use super::forbidden;
use crate::api::{Object, Status};

const MOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
const MIRROR: &str = "kubernetes.io/config.mirror";

fn name(pod: &Value) -> String {
    pod["metadata"]["name"].as_str().unwrap_or_default().to_owned()
}

/// Gives the pod an account and its token.
pub(super) fn service_account(context: &mut Context, pod: &mut Value) -> Result<(), Status> {
    if pod["metadata"]["annotations"].get(MIRROR).is_some() {
        return Ok(());
    }
    let namespace = pod["metadata"]["namespace"].as_str().unwrap_or_default().to_owned();
    let text = |field: &str| pod["spec"][field].as_str().unwrap_or_default().to_owned();
    let asked = [text("serviceAccountName"), text("serviceAccount")].into_iter().find(|name| !name.is_empty());
    let account = asked.unwrap_or_else(|| "default".into());
    let found = context.cache.get(&format!("/registry/serviceaccounts/{namespace}/{account}")).cloned();
    let Some(found) = found else {
        let why =
            format!("error looking up service account {namespace}/{account}: serviceaccount {account:?} not found");
        return Err(forbidden("pods", &name(pod), &why));
    };
    pod["spec"]["serviceAccountName"] = account.as_str().into();
    pod["spec"]["serviceAccount"] = account.as_str().into();
    if pod["spec"]["imagePullSecrets"].is_null() && !found.list("/imagePullSecrets").is_empty() {
        pod["spec"]["imagePullSecrets"] = found["imagePullSecrets"].clone();
    }
    let wants = pod["spec"]["automountServiceAccountToken"].as_bool();
    if wants.or_else(|| found["automountServiceAccountToken"].as_bool()) != Some(false) {
        mount_token(context, pod);
    }
    Ok(())
}

fn mount_token(context: &mut Context, pod: &mut Value) {
    let prefix = "kube-api-access-";
    let volumes = pod["spec"]["volumes"].as_array().cloned().unwrap_or_default();
    let known = volumes.iter().filter_map(|volume| volume["name"].as_str()).find(|name| name.starts_with(prefix));
    let volume = known.map(str::to_owned);
    let volume_name = volume.clone().unwrap_or_else(|| format!("{prefix}{}", meta::suffix(context.random)));
    let mut used = false;
    for list in ["initContainers", "containers"] {
        for container in pod["spec"][list].as_array_mut().into_iter().flatten() {
            let mounts = container["volumeMounts"].as_array().cloned().unwrap_or_default();
            if mounts.iter().any(|mount| mount["mountPath"] == MOUNT) {
                continue;
            }
            used = true;
            let mut mounts = mounts;
            mounts.push(json!({ "name": volume_name, "readOnly": true, "mountPath": MOUNT }));
            container["volumeMounts"] = mounts.into();
        }
        if pod["spec"][list].is_null()
            && let Some(spec) = pod["spec"].as_object_mut()
        {
            spec.shift_remove(list);
        }
    }
    if used && volume.is_none() {
        let mut volumes = volumes;
        let token = json!({ "serviceAccountToken": { "expirationSeconds": 3607, "path": "token" } });
        let authority =
            json!({ "configMap": { "name": "kube-root-ca.crt", "items": [{ "key": "ca.crt", "path": "ca.crt" }] } });
        let field = json!({ "apiVersion": "v1", "fieldPath": "metadata.namespace" });
        let namespace = json!({ "downwardAPI": { "items": [{ "path": "namespace", "fieldRef": field }] } });
        volumes.push(json!({
            "name": volume_name,
            "projected": { "sources": [token, authority, namespace], "defaultMode": 420 },
        }));
        pod["spec"]["volumes"] = volumes.into();
    }
}

/// The number of a priority class.
pub(super) fn priority(context: &Context, pod: &mut Value) -> Result<(), Status> {
    let class_name = pod["spec"]["priorityClassName"].as_str().unwrap_or_default().to_owned();
    let class = |name: &str| context.cache.get(&format!("/registry/priorityclasses/{name}"));
    let found: Option<Object> = if class_name.is_empty() {
        let all = context.cache.range("/registry/priorityclasses/", "");
        all.map(|(_, class)| class).find(|class| class.flag("/globalDefault")).cloned()
    } else {
        let missing = || forbidden("pods", &name(pod), &format!("no PriorityClass with name {class_name} was found"));
        Some(class(&class_name).cloned().ok_or_else(missing)?)
    };
    if let Some(found) = &found {
        pod["spec"]["priorityClassName"] = found.name().into();
    }
    let value = found.as_ref().and_then(|class| class.number("/value")).unwrap_or(0);
    pod["spec"]["priority"] = value.into();
    let policy = found.as_ref().map_or("", |class| class.text("/preemptionPolicy"));
    if pod["spec"]["preemptionPolicy"].is_null() {
        pod["spec"]["preemptionPolicy"] = if policy.is_empty() { "PreemptLowerPriority" } else { policy }.into();
    }
    Ok(())
}

/// A pod stays five minutes on a node that is not ready, unless it says otherwise.
pub(super) fn tolerations(pod: &mut Value) {
    let mut tolerations = pod["spec"]["tolerations"].as_array().cloned().unwrap_or_default();
    let mut added = Vec::new();
    for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
        let tolerates = |toleration: &Value| {
            let effect = &toleration["effect"];
            let any_key = toleration["key"].as_str().unwrap_or_default().is_empty();
            (any_key || toleration["key"] == key) && (effect.is_null() || effect == "" || effect == "NoExecute")
        };
        if !tolerations.iter().any(tolerates) {
            added.push(json!({ "key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300 }));
        }
    }
    tolerations.extend(added);
    if !tolerations.is_empty() {
        pod["spec"]["tolerations"] = tolerations.into();
    }
}

/// `Guaranteed`, `Burstable` or `BestEffort` (`pkg/apis/core/v1/helper/qos`).
pub(in super::super) fn quality_of_service(pod: &Value) -> &'static str {
    let (mut any, mut guaranteed) = (false, true);
    for list in ["initContainers", "containers"] {
        for container in pod["spec"][list].as_array().into_iter().flatten() {
            for resource in ["cpu", "memory"] {
                let amount = |which: &str| container["resources"][which][resource].as_str().and_then(quantity::milli);
                let (request, limit) = (amount("requests").unwrap_or(0), amount("limits").unwrap_or(0));
                any |= request > 0 || limit > 0;
                guaranteed &= limit > 0 && request == limit;
            }
        }
    }
    match (any, guaranteed) {
        (false, _) => "BestEffort",
        (true, true) => "Guaranteed",
        _ => "Burstable",
    }
}
