//! Volumes of pods and templates.

use serde_json::Value;

use super::writer::{Writer, items, number, plain, string};

pub fn volumes(w: &mut Writer, all: &Value, space: &str) {
    if items(all).is_empty() {
        w.line(0, format_args!("{space}Volumes:\t<none>"));
        return;
    }
    w.line(0, format_args!("{space}Volumes:"));
    let indent = if space.is_empty() { "" } else { " " };
    for volume in items(all) {
        w.line(1, format_args!("{indent}{}:", string(&volume["name"])));
        source(w, volume);
    }
}

/// Where a volume's content comes from. Persistent volumes name it in the same fields.
pub fn source(w: &mut Writer, volume: &Value) {
    let is = |field: &str| volume[field].is_object();
    if is("hostPath") {
        w.field(2, "Type", "HostPath (bare host directory volume)");
        w.field(2, "Path", string(&volume["hostPath"]["path"]));
        w.field(2, "HostPathType", string(&volume["hostPath"]["type"]));
    } else if is("emptyDir") {
        let limit = match plain(&volume["emptyDir"]["sizeLimit"]) {
            limit if limit.is_empty() => "<unset>".to_owned(),
            limit => limit,
        };
        w.field(2, "Type", "EmptyDir (a temporary directory that shares a pod's lifetime)");
        w.field(2, "Medium", string(&volume["emptyDir"]["medium"]));
        w.field(2, "SizeLimit", limit);
    } else if is("secret") {
        w.field(2, "Type", "Secret (a volume populated by a Secret)");
        w.field(2, "SecretName", string(&volume["secret"]["secretName"]));
        w.field(2, "Optional", volume["secret"]["optional"] == true);
    } else if is("configMap") {
        w.field(2, "Type", "ConfigMap (a volume populated by a ConfigMap)");
        w.field(2, "Name", string(&volume["configMap"]["name"]));
        w.field(2, "Optional", volume["configMap"]["optional"] == true);
    } else if is("persistentVolumeClaim") {
        w.field(2, "Type", "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)");
        w.field(2, "ClaimName", string(&volume["persistentVolumeClaim"]["claimName"]));
        w.field(2, "ReadOnly", volume["persistentVolumeClaim"]["readOnly"] == true);
    } else if is("downwardAPI") {
        w.field(2, "Type", "DownwardAPI (a volume populated by information about the pod)");
        w.line(2, "Items:");
        for item in items(&volume["downwardAPI"]["items"]) {
            if item["fieldRef"].is_object() {
                w.line(3, format_args!("{} -> {}", string(&item["fieldRef"]["fieldPath"]), string(&item["path"])));
            }
        }
    } else if is("projected") {
        projected(w, volume);
    } else if is("nfs") {
        w.field(2, "Type", "NFS (an NFS mount that lasts the lifetime of a pod)");
        w.field(2, "Server", string(&volume["nfs"]["server"]));
        w.field(2, "Path", string(&volume["nfs"]["path"]));
        w.field(2, "ReadOnly", volume["nfs"]["readOnly"] == true);
    } else if is("local") {
        w.field(2, "Type", "LocalVolume (a persistent volume backed by local storage on a node)");
        w.field(2, "Path", string(&volume["local"]["path"]));
    } else if is("csi") {
        w.field(2, "Type", "CSI (a Container Storage Interface (CSI) volume source)");
        w.field(2, "Driver", string(&volume["csi"]["driver"]));
        w.field(2, "FSType", string(&volume["csi"]["fsType"]));
        w.field(2, "ReadOnly", volume["csi"]["readOnly"] == true);
    } else {
        w.line(1, "<unknown>");
    }
}

fn projected(w: &mut Writer, volume: &Value) {
    w.field(2, "Type", "Projected (a volume that contains injected data from multiple sources)");
    for source in items(&volume["projected"]["sources"]) {
        if source["secret"].is_object() {
            w.field(2, "SecretName", string(&source["secret"]["name"]));
            w.field(2, "Optional", source["secret"]["optional"] == true);
        } else if source["downwardAPI"].is_object() {
            w.field(2, "DownwardAPI", "true");
        } else if source["configMap"].is_object() {
            w.field(2, "ConfigMapName", string(&source["configMap"]["name"]));
            w.field(2, "Optional", source["configMap"]["optional"] == true);
        } else if source["serviceAccountToken"].is_object() {
            w.field(2, "TokenExpirationSeconds", number(&source["serviceAccountToken"]["expirationSeconds"]));
        }
    }
}
