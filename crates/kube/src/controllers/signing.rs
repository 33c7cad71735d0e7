//! Approves the requests of kubelets that come with a bootstrap token, and signs what is approved
//! (`pkg/controller/certificates/approver`, `signer`).

use super::controller::{Controller, Plan, View};
use crate::api::Object;
use crate::client::{key, kinds};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sim::Micros;

pub(super) static CONTROLLER: Controller = Controller {
    account: "certificate-controller",
    workers: 1,
    seeds: &[],
    wake: |view, change, wakes| {
        let is_request = *view.client.kind(change.kind) == kinds::SIGNING_REQUESTS;
        wakes.extend(change.new.as_ref().filter(|_| is_request).map(|request| (key(request), Micros::ZERO)));
    },
    sync,
};

const KUBELETS: &str = "kubernetes.io/kube-apiserver-client-kubelet";
/// Of people and programs: nobody approves these but people, with `kubectl certificate approve`.
const CLIENTS: &str = "kubernetes.io/kube-apiserver-client";
/// The roles whose holders' requests are approved: of those who have no certificate yet, and of nodes for their own.
const NODE_CLIENT: &str = "system:certificates.k8s.io:certificatesigningrequests:nodeclient";
const SELF_NODE_CLIENT: &str = "system:certificates.k8s.io:certificatesigningrequests:selfnodeclient";

fn sync(view: &mut View, name: &str) -> Plan {
    let mut plan = Plan::default();
    let Some(request) = view.client.cache(&kinds::SIGNING_REQUESTS).get("", name) else { return plan };
    let has = |kind: &str| request.list("/status/conditions").iter().any(|condition| condition["type"] == kind);
    let signer = request.text("/spec/signerName");
    if ![KUBELETS, CLIENTS].contains(&signer) || has("Denied") || has("Failed") {
        return plan;
    }
    let Some(wanted) = wanted(request) else { return plan };
    if !has("Approved") {
        if signer == CLIENTS {
            return plan;
        }
        let own = request.text("/spec/username") == wanted["subject"];
        let role = if own { SELF_NODE_CLIENT } else { NODE_CLIENT };
        if is_of_node(&wanted) && has_role(view, request, role) {
            let what = if own { "self kubelet client" } else { "kubelet client" };
            let message = format!("Auto approving {what} certificate after SubjectAccessReview.");
            let condition = json!({
                "type": "Approved", "status": "True", "reason": "AutoApproved", "message": message,
                "lastUpdateTime": view.stamp(), "lastTransitionTime": view.stamp(),
            });
            let mut approval = kinds::SIGNING_REQUESTS
                .update(request.edit(|request| request["status"]["conditions"] = json!([condition])));
            approval.subresource = "approval".into();
            plan.then(approval);
        }
        return plan;
    }
    if request.text("/status/certificate").is_empty() {
        let key = wanted["key"].as_str().unwrap_or(request.uid());
        let text = json!({ "subject": wanted["subject"], "issuer": "kubernetes", "hosts": [], "key": key, "groups": wanted["groups"] });
        let pem =
            format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(text.to_string()));
        plan.then(
            kinds::SIGNING_REQUESTS
                .update_status(request.edit(|request| request["status"]["certificate"] = STANDARD.encode(pem).into())),
        );
    }
    plan
}

/// What a certificate is asked for: its subject and groups. Requests of kubelets here are JSON, those of people what
/// `openssl req` writes.
fn wanted(request: &Object) -> Option<Value> {
    let pem = STANDARD.decode(request.text("/spec/request")).ok()?;
    let body: String = std::str::from_utf8(&pem).ok()?.lines().filter(|line| !line.starts_with("-----")).collect();
    let body = STANDARD.decode(body).ok()?;
    serde_json::from_slice(&body).ok().or_else(|| {
        let name = named(&body, COMMON_NAME).next()?;
        let groups: Vec<String> = named(&body, ORGANIZATION).collect();
        // The key to it was made elsewhere.
        Some(json!({ "subject": name, "groups": groups, "key": "" }))
    })
}

/// The last byte of the identifiers 2.5.4.3 and 2.5.4.10 (X.520).
const COMMON_NAME: u8 = 3;
const ORGANIZATION: u8 = 10;

/// The values of an attribute of the subject, in the order of a request's bytes (PKCS #10 in DER): after the identifier
/// come a string's type, its length and its text.
fn named(der: &[u8], attribute: u8) -> impl Iterator<Item = String> {
    let identifier = [6, 3, 0x55, 4, attribute];
    let at = (0..der.len()).filter(move |at| der[*at..].starts_with(&identifier));
    at.filter_map(move |at| {
        let value = der.get(at + identifier.len()..)?;
        let [_, length, text @ ..] = value else { return None };
        let text = text.get(..usize::from(*length)).filter(|_| *length < 128)?;
        std::str::from_utf8(text).ok().map(str::to_owned)
    })
}

fn is_of_node(wanted: &Value) -> bool {
    wanted["subject"].as_str().is_some_and(|subject| subject.starts_with("system:node:"))
        && wanted["groups"] == json!(["system:nodes"])
}

/// Whether one of the groups of who asks is bound to a role.
fn has_role(view: &View, request: &Object, role: &str) -> bool {
    let groups = request.list("/spec/groups");
    let is_in = |subject: &Value| subject["kind"] == "Group" && groups.contains(&subject["name"]);
    let mut bindings = view.client.cache(&kinds::CLUSTER_ROLE_BINDINGS).all();
    bindings.any(|binding| binding.text("/roleRef/name") == role && binding.list("/subjects").iter().any(is_in))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pem: &str, expected: Option<Value>) {
        let request: Object = json!({ "spec": { "request": STANDARD.encode(pem) } }).into();
        assert_eq!(wanted(&request), expected);
    }

    #[test]
    fn a_request_of_openssl_is_read() {
        // openssl req -new -key anna.key -subj "/CN=anna/O=devs"
        let pem = "-----BEGIN CERTIFICATE REQUEST-----\nMIHZMIGAAgEAMB4xDTALBgNVBAMMBGFubmExDTALBgNVBAoMBGRldnMwWTATBgcq\nhkjOPQIBBggqhkjOPQMBBwNCAAR4fey8xQL06yoHcK8DTfynBw5+we/PqbWxSx5b\naiBCcyJAbqnsMqKnSVTdPQk0gLw6IlR8/DRp8zjeHvy9pti8oAAwCgYIKoZIzj0E\nAwIDSAAwRQIgSMJ0XiYFhc9wMtGpf9+rFRqZLt8utoxI8UXiiuv/SoMCIQDChjFK\najePeOdRkypKXdMmogx7EARsVAEVx6p3i1tAlw==\n-----END CERTIFICATE REQUEST-----";
        check(pem, Some(json!({ "subject": "anna", "groups": ["devs"], "key": "" })));
    }

    #[test]
    fn a_request_without_a_name_is_none() {
        check("-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n-----END CERTIFICATE REQUEST-----\n", None);
        check("BgNVBAMMgA==", None);
        check("BgNVBAMM", None);
    }
}
