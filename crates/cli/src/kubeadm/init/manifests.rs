//! The phases that write the manifests of the control plane's static pods: `etcd`, `control-plane`
//! (`cmd/kubeadm/app/phases/controlplane`, `phases/etcd`).

use serde_json::Value;

use super::Init;
use crate::kubeadm::images::{ETCD, REPOSITORY};
use crate::kubectl::failure::Failure;

/// Where the kubelet looks for them.
pub const DIR: &str = "/etc/kubernetes/manifests";
/// Their names, in the order in which it is checked that none is there.
pub const NAMES: [&str; 4] = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd"];

/// The manifests of a cluster as it is set up for the worlds that begin with one.
const PODS: [(&str, &str); 4] = [
    ("etcd", include_str!("../../../../kube/src/kubeadm/manifests/etcd.yaml")),
    ("kube-apiserver", include_str!("../../../../kube/src/kubeadm/manifests/kube-apiserver.yaml")),
    ("kube-controller-manager", include_str!("../../../../kube/src/kubeadm/manifests/kube-controller-manager.yaml")),
    ("kube-scheduler", include_str!("../../../../kube/src/kubeadm/manifests/kube-scheduler.yaml")),
];

pub fn path(name: &str) -> String {
    format!("{DIR}/{name}.yaml")
}

pub async fn etcd(init: &Init) -> Result<(), Failure> {
    init.say(format_args!("[etcd] Creating static Pod manifest for local etcd in \"{DIR}\""));
    write(init, "etcd").await
}

pub async fn control_plane(init: &Init) -> Result<(), Failure> {
    init.say(format_args!("[control-plane] Using manifest folder \"{DIR}\""));
    for name in &NAMES[..3] {
        init.say(format_args!("[control-plane] Creating static Pod manifest for \"{name}\""));
        write(init, name).await?;
    }
    Ok(())
}

/// The manifest of a member that joins these, itself among them: names and peer URLs.
pub async fn joining_etcd(init: &Init, members: Vec<(String, String)>) -> Result<(), Failure> {
    let members: Vec<String> = members.into_iter().map(|(name, url)| format!("{name}={url}")).collect();
    let mut pod = pod(init, "etcd");
    if let Some(words) = pod["spec"]["containers"][0]["command"].as_array_mut() {
        let is_cluster = |word: &Value| word.as_str().is_some_and(|word| word.starts_with("--initial-cluster="));
        if let Some(at) = words.iter().position(is_cluster) {
            words[at] = format!("--initial-cluster={}", members.join(",")).into();
            words.insert(at + 1, "--initial-cluster-state=existing".into());
        }
    }
    init.write(&path("etcd"), yaml::write(&pod))?;
    init.takes(20).await;
    Ok(())
}

async fn write(init: &Init, name: &str) -> Result<(), Failure> {
    init.write(&path(name), yaml::write(&pod(init, name)))?;
    init.takes(20).await;
    Ok(())
}

/// The pod with this cluster's settings.
fn pod(init: &Init, name: &str) -> Value {
    let text = PODS.iter().find(|(known, _)| *known == name).map_or("", |(_, text)| text);
    let settings = &init.settings;
    let text = text.replace("172.18.0.10", &settings.address).replace("=controlplane", &format!("={}", settings.name));
    let mut pod = yaml::documents(&text).unwrap_or_default().into_iter().next().unwrap_or_default();
    let tag = if name == "etcd" { ETCD } else { &settings.version };
    let container = &mut pod["spec"]["containers"][0];
    container["image"] = format!("{REPOSITORY}/{name}:{tag}").into();
    if let Some(words) = container["command"].as_array_mut() {
        let pods = ["--allocate-node-cidrs=", "--cluster-cidr="];
        let is_of_pods =
            |word: &Value| pods.iter().any(|flag| word.as_str().is_some_and(|word| word.starts_with(flag)));
        words.retain(|word| !settings.pod_subnet.is_empty() || !is_of_pods(word));
        for word in
            words.iter_mut().filter(|word| word.as_str().is_some_and(|word| word.starts_with("--cluster-cidr=")))
        {
            *word = format!("--cluster-cidr={}", settings.pod_subnet).into();
        }
    }
    pod
}
