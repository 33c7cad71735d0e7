//! The kubeconfigs that kubeadm writes to `/etc/kubernetes`, and the certificates beside them. The learner has copied the
//! administrator's.

use crate::tls;
use base64::{Engine, engine::general_purpose::STANDARD};
use border::Certificate;

/// Where kubeadm puts the administrator's.
pub(crate) const ADMIN: &str = "/etc/kubernetes/admin.conf";

/// Whom kubeadm writes a kubeconfig for: the file's name, the user, and its group.
const USERS: [(&str, &str, &str); 5] = [
    ("admin", "kubernetes-admin", "kubeadm:cluster-admins"),
    ("super-admin", "kubernetes-super-admin", "system:masters"),
    ("kubelet", "system:node:controlplane", "system:nodes"),
    ("controller-manager", "system:kube-controller-manager", ""),
    ("scheduler", "system:kube-scheduler", ""),
];

/// Pairs of certificate and key in `/etc/kubernetes/pki`: the file's name, the subject, and who issued it.
const PAIRS: [(&str, &str, &str); 6] = [
    ("ca", "kubernetes", "kubernetes"),
    ("front-proxy-ca", "front-proxy-ca", "front-proxy-ca"),
    ("apiserver", "kube-apiserver", "kubernetes"),
    ("apiserver-kubelet-client", "kube-apiserver-kubelet-client", "kubernetes"),
    ("apiserver-etcd-client", "kube-apiserver-etcd-client", "etcd-ca"),
    ("front-proxy-client", "front-proxy-client", "front-proxy-ca"),
];

/// What kubeadm writes below `/etc/kubernetes` beside manifests and etcd's certificates: path and content.
pub(crate) fn files() -> Vec<(String, String)> {
    let config = |(file, user, group): (&str, &str, &str)| {
        (format!("/etc/kubernetes/{file}.conf"), of(user, Some(group).filter(|group| !group.is_empty())))
    };
    let pair = |(file, subject, issuer): (&str, &str, &str)| {
        let certificate = Certificate { issuer: issuer.into(), ..issued(subject, &[]) };
        let path = |ending: &str| format!("/etc/kubernetes/pki/{file}.{ending}");
        [(path("crt"), tls::pem(&certificate)), (path("key"), tls::key_pem(&certificate))]
    };
    // The pair of keys by which the API server signs the tokens of service accounts.
    let account = issued("sa", &[]);
    let keys = ["pub", "key"].map(|ending| (format!("/etc/kubernetes/pki/sa.{ending}"), tls::key_pem(&account)));
    USERS.map(config).into_iter().chain(PAIRS.into_iter().flat_map(pair)).chain(keys).collect()
}

/// A certificate of the cluster's authority.
fn issued(subject: &str, groups: &[&str]) -> Certificate {
    Certificate {
        subject: subject.into(),
        issuer: "kubernetes".into(),
        hosts: Vec::new(),
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
        key: subject.into(),
    }
}

/// The kubeconfig of a user.
fn of(user: &str, group: Option<&str>) -> String {
    let data = |pem: String| STANDARD.encode(pem);
    let authority = data(tls::pem(&issued("kubernetes", &[])));
    let admin = issued(user, group.as_slice());
    let certificate = data(tls::pem(&admin));
    let key = data(tls::key_pem(&admin));
    format!(
        "apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: {authority}
    server: https://172.18.0.10:6443
  name: kubernetes
contexts:
- context:
    cluster: kubernetes
    user: {user}
  name: {user}@kubernetes
current-context: {user}@kubernetes
kind: Config
preferences: {{}}
users:
- name: {user}
  user:
    client-certificate-data: {certificate}
    client-key-data: {key}
"
    )
}
