//! The administrator's kubeconfig, as kubeadm writes it to `/etc/kubernetes/admin.conf` and the learner has copied it.

use crate::tls;
use base64::{Engine, engine::general_purpose::STANDARD};
use border::Certificate;

/// Where kubeadm puts it.
pub(crate) const ADMIN: &str = "/etc/kubernetes/admin.conf";

/// The kubeconfig of the user `kubernetes-admin`, who belongs to `kubeadm:cluster-admins`.
pub(crate) fn admin() -> String {
    let issued = |subject: &str, groups: &[&str]| Certificate {
        subject: subject.into(),
        issuer: "kubernetes".into(),
        hosts: Vec::new(),
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
    };
    let data = |pem: String| STANDARD.encode(pem);
    let authority = data(tls::pem(&issued("kubernetes", &[])));
    let certificate = data(tls::pem(&issued("kubernetes-admin", &["kubeadm:cluster-admins"])));
    let key = data(tls::key_pem("kubernetes-admin"));
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
    user: kubernetes-admin
  name: kubernetes-admin@kubernetes
current-context: kubernetes-admin@kubernetes
kind: Config
preferences: {{}}
users:
- name: kubernetes-admin
  user:
    client-certificate-data: {certificate}
    client-key-data: {key}
"
    )
}
