//! Fills secrets that ask for a token of a service account, and removes them with it
//! (`pkg/controller/serviceaccount/tokens_controller.go`).

use super::controller::{Controller, Plan, View, Wakes};
use crate::api::Object;
use crate::client::{Change, key, kinds, split};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sim::Micros;

pub(super) static CONTROLLER: Controller = Controller { account: "", workers: 5, seeds: &[], wake, sync };

const KIND: &str = "kubernetes.io/service-account-token";
const NAME: &str = "kubernetes.io/service-account.name";
const UID: &str = "kubernetes.io/service-account.uid";

fn wake(view: &View, change: &Change, wakes: &mut Wakes) {
    let Some(object) = change.object() else { return };
    let kind = view.client.kind(change.kind);
    if *kind == kinds::SECRETS && object.text("/type") == KIND {
        wakes.push((key(object), Micros::ZERO));
    } else if *kind == kinds::SERVICE_ACCOUNTS {
        let is_its = |secret: &&Object| secret.text("/type") == KIND && secret.annotation(NAME) == Some(object.name());
        let secrets = view.client.cache(&kinds::SECRETS).in_namespace(object.namespace());
        wakes.extend(secrets.filter(is_its).map(|secret| (key(secret), Micros::ZERO)));
    }
}

fn sync(view: &mut View, place: &str) -> Plan {
    let mut plan = Plan::default();
    let (namespace, name) = split(place);
    let Some(secret) = view.client.cache(&kinds::SECRETS).get(namespace, name) else { return plan };
    let account =
        view.client.cache(&kinds::SERVICE_ACCOUNTS).get(namespace, secret.annotation(NAME).unwrap_or_default());
    let is_its = |account: &&Object| secret.annotation(UID).is_none_or(|uid| uid.is_empty() || uid == account.uid());
    let Some(account) = account.filter(is_its) else {
        plan.then(kinds::SECRETS.delete(secret));
        return plan;
    };
    let has = |field: &str| secret.map("/data").is_some_and(|data| data.contains_key(field));
    if has("token") && has("ca.crt") && has("namespace") && secret.annotation(UID).is_some() {
        return plan;
    }
    let token = token(secret, account);
    let root_ca = view.root_ca;
    plan.then(kinds::SECRETS.update(secret.edit(|secret| {
        secret["metadata"]["annotations"][UID] = account.uid().into();
        for (field, text) in [("ca.crt", root_ca), ("namespace", namespace), ("token", &token)] {
            if secret["data"][field].is_null() {
                secret["data"][field] = STANDARD.encode(text).into();
            }
        }
    })));
    plan
}

/// A token of the older kind: it names its secret and does not end. The API server knows it by the secret that holds
/// it, so its signature need not say more than that it is this one.
fn token(secret: &Object, account: &Object) -> String {
    let claim = |name: &str| format!("kubernetes.io/serviceaccount/{name}");
    let mut payload = json!({ "iss": "kubernetes/serviceaccount" });
    payload[claim("namespace")] = secret.namespace().into();
    payload[claim("secret.name")] = secret.name().into();
    payload[claim("service-account.name")] = account.name().into();
    payload[claim("service-account.uid")] = account.uid().into();
    payload["sub"] = format!("system:serviceaccount:{}:{}", account.namespace(), account.name()).into();
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&json!({ "alg": "RS256", "kid": "kubarium" })), part(&payload));
    let block = |number: u8| Sha256::new().chain_update([number]).chain_update(&signed).finalize();
    let signature: Vec<u8> = (0..8).flat_map(block).collect();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}
