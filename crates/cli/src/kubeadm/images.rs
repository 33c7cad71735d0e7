//! The images of a control plane (`cmd/kubeadm/app/images`).

use super::VERSION;

/// Where they are pulled from.
pub const REPOSITORY: &str = "registry.k8s.io";
/// What goes with this release (`cmd/kubeadm/app/constants`).
const COREDNS: &str = "v1.14.1";
const PAUSE: &str = "3.10.1";
pub const ETCD: &str = "3.5.30-0";

/// All of them, in the order in which kubeadm names them.
pub fn images(repository: &str, version: &str) -> Vec<String> {
    let components = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy"];
    let own = components.map(|name| format!("{repository}/{name}:{version}"));
    // CoreDNS has a folder of its own in the project's registry, and none in others.
    let coredns = if repository == REPOSITORY { "coredns/coredns" } else { "coredns" };
    let others = [
        format!("{repository}/{coredns}:{COREDNS}"),
        format!("{repository}/pause:{PAUSE}"),
        format!("{repository}/etcd:{ETCD}"),
    ];
    own.into_iter().chain(others).collect()
}

/// The version that a flag asks for: `1.36.2`, `v1.36.2`, `stable-1` and the like, which is ours.
///
/// # Errors
/// For what is no version.
pub fn version(asked: &str) -> Result<String, String> {
    let bare = asked.trim_start_matches('v');
    let is_number = bare.split('.').count() == 3 && bare.split('.').all(|part| part.parse::<u32>().is_ok());
    match asked {
        "" => Ok(VERSION.to_owned()),
        _ if is_number => Ok(format!("v{bare}")),
        _ if asked.starts_with("stable") || asked.starts_with("latest") => Ok(VERSION.to_owned()),
        _ => Err(format!(
            "version {} doesn't match patterns for neither semantic version nor labels (stable, latest, ...)",
            crate::go::quote(asked)
        )),
    }
}
