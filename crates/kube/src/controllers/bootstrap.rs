//! Bootstrap tokens: takes away those that have ended, and signs the config map cluster-info with each of the others, so
//! that their holders can trust it (`pkg/controller/bootstrap`).

use super::controller::{Controller, Plan, View};
use crate::api::Object;
use crate::client::{key, kinds, split};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;
use sha2::{Digest, Sha256};
use sim::Micros;

pub(super) static CLEANER: Controller = Controller {
    account: "token-cleaner",
    workers: 1,
    seeds: &[],
    wake: |view, change, wakes| {
        let is_secret = *view.client.kind(change.kind) == kinds::SECRETS;
        let token = change.new.as_ref().filter(|secret| is_secret && is_token(secret));
        wakes.extend(token.map(|secret| (key(secret), Micros::ZERO)));
    },
    sync: clean,
};

pub(super) static SIGNER: Controller = Controller {
    account: "bootstrap-signer",
    workers: 1,
    seeds: &[],
    wake: |view, change, wakes| {
        let kind = view.client.kind(change.kind);
        let is_info = |object: &Object| object.namespace() == "kube-public" && object.name() == "cluster-info";
        let Some(object) = change.object() else { return };
        let concerns = *kind == kinds::SECRETS && is_token(object) || *kind == kinds::CONFIG_MAPS && is_info(object);
        if concerns {
            wakes.push(("kube-public/cluster-info".into(), Micros::ZERO));
        }
    },
    sync: sign_all,
};

const SIGNATURE: &str = "jws-kubeconfig-";
/// Bytes of a block of SHA-256.
const BLOCK: usize = 64;

fn is_token(secret: &Object) -> bool {
    secret.namespace() == "kube-system" && secret.text("/type") == "bootstrap.kubernetes.io/token"
}

fn text(secret: &Object, field: &str) -> String {
    let encoded = secret.map("/data").and_then(|data| data.get(field)).and_then(Value::as_str).unwrap_or_default();
    String::from_utf8(STANDARD.decode(encoded).unwrap_or_default()).unwrap_or_default()
}

/// How long a token is still good: `Some(None)` for ever, `None` when it is over.
fn left(view: &View, secret: &Object) -> Option<Option<Micros>> {
    match text(secret, "expiration").as_str() {
        "" => Some(None),
        stamp => view.remaining(stamp, 0).map(Some),
    }
}

fn clean(view: &mut View, place: &str) -> Plan {
    let mut plan = Plan::default();
    let (namespace, name) = split(place);
    let Some(secret) = view.client.cache(&kinds::SECRETS).get(namespace, name).filter(|one| is_token(one)) else {
        return plan;
    };
    match left(view, secret) {
        None => plan.then(kinds::SECRETS.delete(secret)),
        Some(Some(wait)) => plan.look_again(wait),
        Some(None) => {}
    }
    plan
}

fn sign_all(view: &mut View, place: &str) -> Plan {
    let mut plan = Plan::default();
    let (namespace, name) = split(place);
    let Some(info) = view.client.cache(&kinds::CONFIG_MAPS).get(namespace, name) else { return plan };
    let content = info.text("/data/kubeconfig");
    let tokens = view.client.cache(&kinds::SECRETS).in_namespace("kube-system").filter(|secret| is_token(secret));
    let signs = |secret: &&Object| text(secret, "usage-bootstrap-signing") == "true" && left(view, secret).is_some();
    let wanted: Vec<(String, String)> = tokens
        .filter(signs)
        .map(|secret| {
            let (id, key) = (text(secret, "token-id"), text(secret, "token-secret"));
            (format!("{SIGNATURE}{id}"), sign(content, &id, &key))
        })
        .collect();
    let signed = info.edit(|info| {
        if let Some(data) = info["data"].as_object_mut() {
            data.retain(|field, _| !field.starts_with(SIGNATURE));
            data.extend(wanted.into_iter().map(|(field, signature)| (field, signature.into())));
        }
    });
    if !content.is_empty() && signed.pointer("/data") != info.pointer("/data") {
        plan.then(kinds::CONFIG_MAPS.update(signed));
    }
    plan
}

/// A detached JSON web signature with HMAC-SHA256 (`k8s.io/cluster-bootstrap/token/jws`).
fn sign(content: &str, id: &str, secret: &str) -> String {
    let header = URL_SAFE_NO_PAD.encode(format!("{{\"alg\":\"HS256\",\"kid\":\"{id}\"}}"));
    let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(content));
    let padded = |with: u8| {
        let mut block = [with; BLOCK];
        block.iter_mut().zip(secret.bytes()).for_each(|(byte, key)| *byte ^= key);
        block
    };
    let inner = Sha256::new().chain_update(padded(0x36)).chain_update(&signed).finalize();
    let code = Sha256::new().chain_update(padded(0x5c)).chain_update(inner).finalize();
    format!("{header}..{}", URL_SAFE_NO_PAD.encode(code))
}
