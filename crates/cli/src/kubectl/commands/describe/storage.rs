//! Persistent volumes and what claims them.

use serde_json::Value;

use super::volume::source;
use super::writer::{Writer, bracketed, formatted, items, plain, string};
use super::{Context, head, listed, marks};
use crate::kubectl::age;
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::known;

/// `RWO,ROX`
fn access_modes(modes: &Value) -> String {
    let short = |mode: &Value| match mode.as_str().unwrap_or_default() {
        "ReadWriteOnce" => "RWO",
        "ReadOnlyMany" => "ROX",
        "ReadWriteMany" => "RWX",
        _ => "RWOP",
    };
    items(modes).iter().map(short).collect::<Vec<_>>().join(",")
}

fn status(w: &mut Writer, object: &Value, now: i64) {
    match object["metadata"]["deletionTimestamp"].as_str() {
        Some(time) => w.field(0, "Status", format_args!("Terminating (lasts {})", age::since(Some(time), now))),
        None => w.field(0, "Status", string(&object["status"]["phase"])),
    }
}

pub fn volume(w: &mut Writer, object: &Value, now: i64) {
    let spec = &object["spec"];
    w.field(0, "Name", string(&object["metadata"]["name"]));
    marks(w, object);
    w.field(0, "Finalizers", bracketed(&object["metadata"]["finalizers"]));
    w.field(0, "StorageClass", string(&spec["storageClassName"]));
    status(w, object, now);
    let claim = &spec["claimRef"];
    match claim.is_object() {
        true => w.field(0, "Claim", format_args!("{}/{}", string(&claim["namespace"]), string(&claim["name"]))),
        false => w.field(0, "Claim", ""),
    }
    w.field(0, "Reclaim Policy", string(&spec["persistentVolumeReclaimPolicy"]));
    w.field(0, "Access Modes", access_modes(&spec["accessModes"]));
    w.some(0, "VolumeMode", &string(&spec["volumeMode"]));
    w.field(0, "Capacity", plain(&spec["capacity"]["storage"]));
    let terms = items(&spec["nodeAffinity"]["required"]["nodeSelectorTerms"]);
    if terms.is_empty() {
        w.field(0, "Node Affinity", "<none>");
    } else {
        w.line(0, "Node Affinity:\n  Required Terms:\t");
        for (i, term) in terms.iter().enumerate() {
            let one = |one: &Value| {
                let (key, operator) = (string(&one["key"]), string(&one["operator"]).to_lowercase());
                format!("{key} {operator} {}", bracketed(&one["values"]))
            };
            let all: Vec<String> = items(&term["matchExpressions"]).iter().map(one).collect();
            w.line(2, format_args!("Term {i}:\t{}", all.join("\n    \t")));
        }
    }
    w.field(0, "Message", string(&object["status"]["message"]));
    w.line(0, "Source:");
    source(w, spec);
}

pub async fn claim(context: &Context<'_>, w: &mut Writer, object: &Value) -> Result<(), Failure> {
    let spec = &object["spec"];
    head(w, object);
    w.field(0, "StorageClass", string(&spec["storageClassName"]));
    status(w, object, context.now);
    let volume = string(&spec["volumeName"]);
    w.field(0, "Volume", &volume);
    marks(w, object);
    w.field(0, "Finalizers", bracketed(&object["metadata"]["finalizers"]));
    let bound = !volume.is_empty();
    w.field(0, "Capacity", if bound { plain(&object["status"]["capacity"]["storage"]) } else { String::new() });
    w.field(0, "Access Modes", if bound { access_modes(&object["status"]["accessModes"]) } else { String::new() });
    w.some(0, "VolumeMode", &string(&spec["volumeMode"]));
    let (namespace, name) = (string(&object["metadata"]["namespace"]), string(&object["metadata"]["name"]));
    let pods = listed(context, known("", "v1", "pods", "Pod", true), &namespace, "", "").await?;
    let uses = |pod: &&Value| {
        let volumes = items(&pod["spec"]["volumes"]);
        volumes.iter().any(|volume| volume["persistentVolumeClaim"]["claimName"] == name.as_str())
    };
    let mut users: Vec<String> = pods.iter().filter(uses).map(|pod| string(&pod["metadata"]["name"])).collect();
    users.sort_unstable();
    w.list("Used By", &users);
    Ok(())
}

pub fn class(w: &mut Writer, object: &Value) {
    let annotations = &object["metadata"]["annotations"];
    let default = annotations["storageclass.kubernetes.io/is-default-class"] == "true";
    w.field(0, "Name", string(&object["metadata"]["name"]));
    w.field(0, "IsDefaultClass", if default { "Yes" } else { "No" });
    w.field(0, "Annotations", formatted(annotations));
    w.field(0, "Provisioner", string(&object["provisioner"]));
    w.field(0, "Parameters", formatted(&object["parameters"]));
    let or_unset = |value: &Value| if value.is_null() { "<unset>".to_owned() } else { plain(value) };
    match object["allowVolumeExpansion"].as_bool() {
        Some(true) => w.field(0, "AllowVolumeExpansion", "True"),
        Some(false) => w.field(0, "AllowVolumeExpansion", "False"),
        None => w.field(0, "AllowVolumeExpansion", "<unset>"),
    }
    match items(&object["mountOptions"]) {
        [] => w.field(0, "MountOptions", "<none>"),
        options => {
            w.line(0, "MountOptions:");
            options.iter().for_each(|option| w.line(1, plain(option)));
        }
    }
    w.some(0, "ReclaimPolicy", &string(&object["reclaimPolicy"]));
    w.field(0, "VolumeBindingMode", or_unset(&object["volumeBindingMode"]));
}
