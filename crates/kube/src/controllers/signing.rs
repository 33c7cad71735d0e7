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
/// The roles whose holders' requests are approved: of those who have no certificate yet, and of nodes for their own.
const NODE_CLIENT: &str = "system:certificates.k8s.io:certificatesigningrequests:nodeclient";
const SELF_NODE_CLIENT: &str = "system:certificates.k8s.io:certificatesigningrequests:selfnodeclient";

fn sync(view: &mut View, name: &str) -> Plan {
    let mut plan = Plan::default();
    let Some(request) = view.client.cache(&kinds::SIGNING_REQUESTS).get("", name) else { return plan };
    let has = |kind: &str| request.list("/status/conditions").iter().any(|condition| condition["type"] == kind);
    if request.text("/spec/signerName") != KUBELETS || has("Denied") {
        return plan;
    }
    let Some(wanted) = wanted(request) else { return plan };
    if !has("Approved") {
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
        let text = json!({ "subject": wanted["subject"], "issuer": "kubernetes", "hosts": [], "key": request.uid(), "groups": wanted["groups"] });
        let pem =
            format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(text.to_string()));
        plan.then(
            kinds::SIGNING_REQUESTS
                .update_status(request.edit(|request| request["status"]["certificate"] = STANDARD.encode(pem).into())),
        );
    }
    plan
}

/// What a certificate is asked for: its subject and groups.
fn wanted(request: &Object) -> Option<Value> {
    let pem = STANDARD.decode(request.text("/spec/request")).ok()?;
    let body: String = std::str::from_utf8(&pem).ok()?.lines().filter(|line| !line.starts_with("-----")).collect();
    serde_json::from_slice(&STANDARD.decode(body).ok()?).ok()
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
