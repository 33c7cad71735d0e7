//! Tokens of service accounts (`pkg/serviceaccount`): JSON web tokens that name an account, until when they hold, and
//! what they are bound to. The signature is a hash with a key that only the server knows, not RSA.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use calendar::rfc3339;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::cache::Cache;
use crate::api::{Object, User};

/// Who issues them (`--service-account-issuer`), and for whom.
pub(super) const ISSUER: &str = "https://kubernetes.default.svc.cluster.local";
/// The key of this simulation's signatures; a real one is `--service-account-signing-key-file`.
const KEY: &[u8] = b"kubarium service account signing key";

/// A new token for an account.
pub(super) fn issue(account: &Object, audiences: &Value, from: i64, until: i64, bound: &Value, id: &str) -> String {
    let mut claims = json!({
        "namespace": account.namespace(),
        "serviceaccount": { "name": account.name(), "uid": account.uid() },
    });
    let kind = bound["kind"].as_str().unwrap_or_default().to_lowercase();
    if !kind.is_empty() {
        claims[kind] = json!({ "name": bound["name"], "uid": bound["uid"] });
    }
    let payload = json!({
        "aud": audiences, "exp": until, "iat": from, "iss": ISSUER, "jti": id, "kubernetes.io": claims, "nbf": from,
        "sub": format!("system:serviceaccount:{}:{}", account.namespace(), account.name()),
    });
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&json!({ "alg": "RS256", "kid": "kubarium" })), part(&payload));
    format!("{signed}.{}", signature(&signed))
}

fn signature(signed: &str) -> String {
    // As long as RSA's of 2048 bits, so that a token looks as long as it does.
    let block = |number: u8| Sha256::new().chain_update(KEY).chain_update([number]).chain_update(signed).finalize();
    let bytes: Vec<u8> = (0..8).flat_map(block).collect();
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Whose token this is, if it holds, and by what it is known: `JTI=ID`.
pub(super) fn user(cache: &Cache, token: &str, now: i64) -> Option<(User, String)> {
    if let Some(user) = of_bootstrap(cache, token, now) {
        return Some((user, String::new()));
    }
    let (signed, signature_of) = token.rsplit_once('.')?;
    if signature(signed) != signature_of {
        return of_secret(cache, token).map(|user| (user, String::new()));
    }
    let (_, payload) = signed.split_once('.')?;
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
    if claims["exp"].as_i64()? <= now {
        return None;
    }
    let id = format!("JTI={}", claims["jti"].as_str().unwrap_or_default());
    let claims = &claims["kubernetes.io"];
    let namespace = claims["namespace"].as_str()?;
    let name = claims["serviceaccount"]["name"].as_str()?;
    let account = cache.get(&format!("/registry/serviceaccounts/{namespace}/{name}"))?;
    if Some(account.uid()) != claims["serviceaccount"]["uid"].as_str() {
        return None;
    }
    // A token that is bound to a pod ends with it.
    if let Some(pod) = claims["pod"]["name"].as_str() {
        cache.get(&format!("/registry/pods/{namespace}/{pod}"))?;
    }
    Some((account_user(namespace, name), id))
}

/// A bootstrap token, which is a secret in `kube-system` (`plugin/pkg/auth/authenticator/token/bootstrap`).
fn of_bootstrap(cache: &Cache, token: &str, now: i64) -> Option<User> {
    let (id, secret) = token.split_once('.').filter(|(id, secret)| id.len() == 6 && secret.len() == 16)?;
    let found = cache.get(&format!("/registry/secrets/kube-system/bootstrap-token-{id}"))?;
    let text = |field: &str| {
        let encoded = found.map("/data").and_then(|data| data.get(field)).and_then(Value::as_str).unwrap_or_default();
        String::from_utf8(STANDARD.decode(encoded).unwrap_or_default()).unwrap_or_default()
    };
    let ended = rfc3339::parse(&text("expiration")).is_some_and(|end| end <= now);
    let is_it = found.text("/type") == "bootstrap.kubernetes.io/token" && text("token-secret") == secret;
    if !is_it || ended || text("usage-bootstrap-authentication") != "true" {
        return None;
    }
    let extra = text("auth-extra-groups");
    let groups = ["system:bootstrappers"].into_iter().chain(extra.split(',').filter(|group| !group.is_empty()));
    let groups = groups.chain(["system:authenticated"]).map(str::to_owned).collect();
    Some(User { name: format!("system:bootstrap:{id}"), groups })
}

/// A token that a secret of type `kubernetes.io/service-account-token` holds.
fn of_secret(cache: &Cache, token: &str) -> Option<User> {
    let encoded = STANDARD.encode(token);
    let holds = |(_, secret): &(&str, &Object)| secret.text("/data/token") == encoded;
    let (_, secret) = cache.range("/registry/secrets/", "").find(holds)?;
    let name = secret.annotation("kubernetes.io/service-account.name")?;
    Some(account_user(secret.namespace(), name))
}

fn account_user(namespace: &str, name: &str) -> User {
    let groups = vec![
        "system:serviceaccounts".into(),
        format!("system:serviceaccounts:{namespace}"),
        "system:authenticated".into(),
    ];
    User { name: format!("system:serviceaccount:{namespace}:{name}"), groups }
}
