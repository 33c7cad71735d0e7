//! The certificates that all control plane nodes share, on their way from one to the others: a Secret that only who has the
//! certificate key can read (`cmd/kubeadm/app/phases/copycerts`). The Secret ends with a token that is good for two hours.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use shell::Process;

use super::connection::put;
use super::init::{BINDINGS, BOOTSTRAPPERS, ROLES};
use super::pki::DIR;
use super::token::{Token, generate};
use crate::kubectl::cli::Cli;
use crate::kubectl::client::Client;
use crate::kubectl::failure::Failure;

const SECRETS: &str = "/api/v1/namespaces/kube-system/secrets";
const NAME: &str = "kubeadm-certs";
const ROLE: &str = "kubeadm:kubeadm-certs";
/// How long they can be fetched, in seconds.
const LIFETIME: i64 = 2 * 3_600;
/// Bytes of the certificate key, of what makes a sealed text unlike others, and of what proves it whole.
const KEY: usize = 32;
const NONCE: usize = 12;
const TAG: usize = 16;

/// What is shared, beneath [`DIR`]. The Secret's keys have a dash where the paths have a slash.
pub const SHARED: [&str; 8] =
    ["ca.crt", "ca.key", "etcd/ca.crt", "etcd/ca.key", "front-proxy-ca.crt", "front-proxy-ca.key", "sa.key", "sa.pub"];

/// A new certificate key, in hexadecimal.
pub fn new_key(process: &Process) -> String {
    (0..KEY / 8).map(|_| format!("{:016x}", process.random())).collect()
}

fn decode_key(text: &str) -> Result<Vec<u8>, Failure> {
    let wrong = |why: String| Failure::plain(format!("error decoding certificate key: {why}"));
    if let Some(odd) = text.chars().find(|letter| !letter.is_ascii_hexdigit()) {
        return Err(wrong(format!("encoding/hex: invalid byte: U+{:04X} '{odd}'", u32::from(odd))));
    }
    let pair = |at: usize| text.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    let bytes: Option<Vec<u8>> = (0..text.len()).step_by(2).map(pair).collect();
    bytes.ok_or_else(|| wrong("encoding/hex: odd length hex string".to_owned()))
}

/// Uploads what is on this node's disk.
///
/// # Errors
/// When the key is none, or the server refuses.
pub async fn upload(cli: &Cli, client: &Client, key: &str) -> Result<(), Failure> {
    let failed = |failure: Failure| failure.because("error uploading certs: ");
    let key = decode_key(key).map_err(failed)?;
    let mut token = Token::new(&generate(&cli.process)).map_err(Failure::plain)?;
    token.description = "Proxy for managing TTL for the kubeadm-certs secret".into();
    token.expires = Some(cli.now() + LIFETIME);
    // It lets nobody in.
    (token.usages, token.groups) = (Vec::new(), Vec::new());
    put(client, SECRETS, &token.object()).await.map_err(failed)?;
    let of_token = client.get(&format!("{SECRETS}/{}", token.name())).await.map_err(failed)?;
    let owner = json!({
        "apiVersion": "v1", "kind": "Secret", "name": token.name(), "uid": of_token["metadata"]["uid"],
        "controller": true, "blockOwnerDeletion": true,
    });
    let mut data = json!({});
    for name in SHARED {
        let content = cli.process.fs().read(&format!("{DIR}/{name}")).map(|content| content.to_vec());
        let sealed = seal(&key, &cli.process, &content.unwrap_or_default());
        data[name.replace('/', "-")] = STANDARD.encode(sealed).into();
    }
    let metadata = json!({ "name": NAME, "namespace": "kube-system", "ownerReferences": [owner] });
    let secret = json!({ "kind": "Secret", "apiVersion": "v1", "metadata": metadata, "type": "Opaque", "data": data });
    put(client, SECRETS, &secret).await.map_err(failed)?;
    let metadata = json!({ "name": ROLE, "namespace": "kube-system" });
    let rule = json!({ "verbs": ["get"], "apiGroups": [""], "resources": ["secrets"], "resourceNames": [NAME] });
    let api = "rbac.authorization.k8s.io/v1";
    let role = json!({ "kind": "Role", "apiVersion": api, "metadata": metadata, "rules": [rule] });
    put(client, ROLES, &role).await.map_err(failed)?;
    let binding = json!({
        "kind": "RoleBinding", "apiVersion": api, "metadata": metadata,
        "subjects": [{ "kind": "Group", "apiGroup": "rbac.authorization.k8s.io", "name": BOOTSTRAPPERS }],
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": ROLE },
    });
    put(client, BINDINGS, &binding).await.map_err(failed)
}

/// Fetches them and writes them to this node's disk.
///
/// # Errors
/// When they are not there any more, or the key is another one.
pub async fn download(cli: &Cli, client: &Client, key: &str) -> Result<(), Failure> {
    let failed = |failure: Failure| failure.because("error downloading certs: ");
    let key = decode_key(key).map_err(failed)?;
    let secret = client.get(&format!("{SECRETS}/{NAME}")).await;
    let secret = secret.map_err(|failure| match failure.reason() {
        "NotFound" => failed(Failure::plain(format!(
            "error downloading the secret: Secret \"{NAME}\" was not found in the \"kube-system\" Namespace. This Secret \
             might have expired. Please, run `kubeadm init phase upload-certs --upload-certs` on a control plane to \
             generate a new one"
        ))),
        _ => failed(failure.because("error downloading the secret: ")),
    })?;
    let mut found = Vec::new();
    for name in SHARED {
        let text = secret["data"][name.replace('/', "-")].as_str().unwrap_or_default();
        let sealed = STANDARD.decode(text).unwrap_or_default();
        let content = open(&key, &sealed).ok_or_else(|| {
            let why = "error decoding secret data with provided key: cipher: message authentication failed";
            failed(Failure::plain(why))
        })?;
        found.push((format!("{DIR}/{name}"), content));
    }
    let files = cli.process.fs();
    for (path, content) in found.into_iter().filter(|(_, content)| !content.is_empty()) {
        let written = files.mkdir_all(shell::path::parent(&path)).and_then(|()| files.write(&path, content));
        written.map_err(|why| failed(Failure::plain(format!("open {path}: {why}"))))?;
    }
    Ok(())
}

/// Makes a text unreadable without the key. As nowhere here, this is no cryptography that protects anything: it has the
/// shape of AES-GCM's output, and the wrong key opens it as little.
fn seal(key: &[u8], process: &Process, text: &[u8]) -> Vec<u8> {
    let random = [process.random().to_be_bytes(), process.random().to_be_bytes()].concat();
    let nonce = &random[..NONCE];
    [nonce, &mixed(key, nonce, text), &tag(key, nonce, text)].concat()
}

fn open(key: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, rest) = sealed.split_at_checked(NONCE)?;
    let (body, proof) = rest.split_at_checked(rest.len().checked_sub(TAG)?)?;
    let text = mixed(key, nonce, body);
    (tag(key, nonce, &text) == proof).then_some(text)
}

/// The text with a stream of bytes that key and nonce make.
fn mixed(key: &[u8], nonce: &[u8], text: &[u8]) -> Vec<u8> {
    let block = |number: usize| Sha256::digest([key, nonce, &number.to_be_bytes()].concat());
    let blocks = text.chunks(KEY).enumerate();
    blocks
        .flat_map(|(number, part)| part.iter().zip(block(number)).map(|(byte, mask)| byte ^ mask).collect::<Vec<_>>())
        .collect()
}

fn tag(key: &[u8], nonce: &[u8], text: &[u8]) -> Vec<u8> {
    Sha256::digest([key, text, nonce].concat())[..TAG].to_vec()
}

/// Whether a node has what is shared, so that nothing needs to be fetched.
pub fn missing(cli: &Cli) -> Option<&'static str> {
    let needed = SHARED.into_iter().filter(|name| *name != "sa.pub");
    needed.into_iter().find(|name| !cli.process.fs().exists(&format!("{DIR}/{name}")))
}

/// The value of a field of the configuration in `kubeadm-config`.
pub fn setting(config_map: &Value, path: &[&str]) -> String {
    let text = config_map["data"]["ClusterConfiguration"].as_str().unwrap_or_default();
    let document = yaml::documents(text).unwrap_or_default().into_iter().next().unwrap_or_default();
    path.iter().fold(&document, |at, key| &at[*key]).as_str().unwrap_or_default().to_owned()
}
