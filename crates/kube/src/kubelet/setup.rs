//! What a kubelet finds on a node that nobody has set up for it: without a configuration it ends, and with a bootstrap
//! token it asks for a certificate before it does anything else (`pkg/kubelet/certificate/bootstrap`).

use super::actor::Kubelet;
use super::runtime::Runtime;
use super::worker::Worker;
use crate::api::{Object, Status, User, Verb};
use crate::client::{Out, kinds};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use sim::{Micros, Time};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How often it is looked whether a certificate was issued, and asked again after a refusal.
const PERIOD: Micros = Micros::secs(1);
/// Its configuration, and the kubeconfig files that say who it is.
const CONFIG: &str = "/var/lib/kubelet/config.yaml";
const IDENTITY: &str = "/etc/kubernetes/kubelet.conf";
const BOOTSTRAP: &str = "/etc/kubernetes/bootstrap-kubelet.conf";
/// Where network plugins put their configuration.
const NETWORKS: &str = "/etc/cni/net.d";
/// The group of those who come with a bootstrap token of kubeadm's.
const BOOTSTRAPPERS: &str = "system:bootstrappers:kubeadm:default-node-token";

/// The files of a node that is set up by hand, and how far the kubelet is.
#[derive(Clone, Debug, Default)]
pub(super) struct Setup {
    /// By path.
    files: BTreeMap<String, Vec<u8>>,
    /// It has got a certificate once, which lies in `/var/lib/kubelet/pki`.
    has_certificate: bool,
    asking: Option<Asking>,
}

/// A request for a certificate under way.
#[derive(Clone, Debug)]
struct Asking {
    user: Arc<User>,
    /// The request's name once it was made.
    name: Option<String>,
    call: Option<u64>,
    at: Option<Time>,
}

impl Setup {
    /// These files of a folder are there from now on, and no others.
    pub(super) fn put(&mut self, folder: &str, files: &[(String, Vec<u8>)]) {
        self.files.retain(|path, _| path.rsplit_once('/').is_none_or(|(of, _)| of != folder));
        self.files.extend(files.iter().map(|(name, content)| (format!("{folder}/{name}"), content.clone())));
        if self.files.is_empty() {
            self.has_certificate = false;
        }
    }

    /// Whether the kubelet could do its work.
    pub(super) fn check(&self) -> Result<(), String> {
        match self.files.contains_key(CONFIG) {
            true => Ok(()),
            false => Err(format!(
                "failed to load kubelet config file, path: {CONFIG}, error: failed to load Kubelet config file {CONFIG}, error failed to read kubelet config file \"{CONFIG}\", error: open {CONFIG}: no such file or directory"
            )),
        }
    }

    /// The token it has to ask for a certificate with.
    fn token(&self) -> Option<String> {
        if self.has_certificate || self.files.contains_key(IDENTITY) {
            return None;
        }
        let text = String::from_utf8_lossy(self.files.get(BOOTSTRAP)?).into_owned();
        let config = yaml::documents(&text).ok()?.into_iter().next()?;
        config["users"][0]["user"]["token"].as_str().map(str::to_owned)
    }

    /// The server that its kubeconfig file names: host and port.
    pub(super) fn endpoint(&self) -> Option<(String, u16)> {
        let file = self.files.get(IDENTITY).or_else(|| self.files.get(BOOTSTRAP))?;
        let config = yaml::documents(&String::from_utf8_lossy(file)).ok()?.into_iter().next()?;
        let server = config["clusters"][0]["cluster"]["server"].as_str()?;
        let (host, port) = server.strip_prefix("https://")?.rsplit_once(':')?;
        Some((host.to_owned(), port.parse().ok()?))
    }

    pub(super) fn is_asking(&self) -> bool {
        self.asking.is_some()
    }

    pub(super) fn next_wakeup(&self) -> Option<Time> {
        self.asking.as_ref()?.at
    }

    /// The process is gone.
    pub(super) fn crash(&mut self) {
        self.asking = None;
    }
}

impl Kubelet {
    /// Begins with asking for a certificate, if it needs one; says whether it does.
    pub(super) fn bootstrap(&mut self, now: Time) -> bool {
        let Some(token) = self.setup.token() else { return false };
        let id = token.split('.').next().unwrap_or_default();
        let groups = ["system:bootstrappers", BOOTSTRAPPERS, "system:authenticated"].map(str::to_owned).to_vec();
        let user = Arc::new(User { name: format!("system:bootstrap:{id}"), groups });
        self.setup.asking = Some(Asking { user, name: None, call: None, at: Some(now) });
        self.log.info(
            now,
            "bootstrap.go:101",
            "\"Use the bootstrap credentials to request a cert, and set kubeconfig to point to the certificate dir\"",
        );
        true
    }

    /// Goes on with asking.
    pub(super) fn ask_on(&mut self, now: Time, out: &mut Out) {
        let Some(asking) = self.setup.asking.as_mut().filter(|asking| asking.at.is_some_and(|at| at <= now)) else {
            return;
        };
        asking.at = None;
        let request = match &asking.name {
            Some(name) => kinds::SIGNING_REQUESTS.request(Verb::Get, "", name),
            None => {
                let node = format!("system:node:{}", self.config.name);
                let wanted = json!({ "subject": node, "groups": ["system:nodes"] }).to_string();
                let mark = |which: &str| format!("-----{which} CERTIFICATE REQUEST-----\n");
                let pem = format!("{}{}\n{}", mark("BEGIN"), STANDARD.encode(wanted), mark("END"));
                kinds::SIGNING_REQUESTS.create(json!({
                    "kind": "CertificateSigningRequest", "apiVersion": "certificates.k8s.io/v1",
                    "metadata": { "generateName": "csr-" },
                    "spec": {
                        "request": STANDARD.encode(pem),
                        "signerName": "kubernetes.io/kube-apiserver-client-kubelet",
                        "usages": ["digital signature", "client auth"],
                    },
                }))
            }
        };
        asking.call = Some(self.client.call_as(now, Arc::clone(&asking.user), request, out));
    }

    /// Takes an answer; says whether it was to this, and the kubelet has its certificate now.
    pub(super) fn was_answered(&mut self, now: Time, id: u64, result: &Result<Object, Status>) -> bool {
        let Some(asking) = self.setup.asking.as_mut().filter(|asking| asking.call == Some(id)) else { return false };
        asking.call = None;
        match result {
            Ok(request) if !request.text("/status/certificate").is_empty() => {
                self.setup.asking = None;
                self.setup.has_certificate = true;
                self.log.info(
                    now,
                    "csr.go:261",
                    &format!("\"Certificate signing request is issued\" csr={:?}", request.name()),
                );
                return true;
            }
            Ok(request) => asking.name = Some(request.name().to_owned()),
            Err(status) => {
                asking.name = None;
                let text = format!(
                    "\"Failed while requesting a signed certificate from the control plane\" err={:?}",
                    status.message
                );
                self.log.error(now, "certificate_manager.go:596", &text);
            }
        }
        asking.at = Some(now + PERIOD);
        false
    }

    /// Whether a network plugin has put its configuration on the node: a pod that mounts its folder has run here.
    pub(super) fn sees_network(&mut self, now: Time) {
        if self.config.has_network {
            return;
        }
        let brings = |(uid, worker): (&String, &Worker)| {
            let mounts = worker.pod.list("/spec/volumes").iter().any(|volume| volume["hostPath"]["path"] == NETWORKS);
            mounts && is_running(&self.runtime, uid, now)
        };
        if self.workers.iter().any(brings) {
            self.config.has_network = true;
            self.node.look_now(now);
        }
    }
}

fn is_running(runtime: &Runtime, uid: &str, now: Time) -> bool {
    let containers = runtime.sandbox(uid).map_or(&[][..], |sandbox| &sandbox.containers);
    containers.iter().any(|container| container.started <= now && container.is_running(now))
}
