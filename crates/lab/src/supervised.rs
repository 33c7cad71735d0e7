//! Processes that others look after: a control plane's components, which the kubelet runs from their manifests, and the
//! kubelets themselves, which the service manager keeps running. Who wants one of them down has to tell those.
//!
//! In a world without Kubernetes there is nobody of that kind, and a process that was killed stays down.

use crate::World;
use border::MANIFESTS;
use kube::{Msg, UnitVerb};
use sim::NodeId;

/// Where a manifest is put that shall not run.
const PARKED: &str = "/etc/kubernetes";
/// The node that is the learner's machine, and its services.
const HERE: &str = "controlplane";
const KUBELET: &str = "kubelet controlplane";
const CONTAINERD: &str = "container runtime controlplane";
const SYSTEMD: &str = "systemd controlplane";

/// A path on a node as the learner's machine knows it.
fn on_node(node: &str, path: &str) -> String {
    if node == HERE { path.to_owned() } else { format!("{node}:{path}") }
}

impl World {
    /// A process ends and stays down.
    pub(crate) fn hold(&mut self, name: &str) {
        self.systemctl(name, UnitVerb::Stop);
        self.move_manifest(name, MANIFESTS, PARKED);
        self.kill(name);
    }

    /// A process that was held, or has ended, runs again.
    pub(crate) fn release(&mut self, name: &str) {
        if self.systemctl(name, UnitVerb::Start) {
            return;
        }
        self.move_manifest(name, PARKED, MANIFESTS);
        self.start(name);
    }

    /// Asks the service manager of a process's node, if the process is a service of it; says whether it is.
    pub(crate) fn systemctl(&mut self, name: &str, verb: UnitVerb) -> bool {
        let host = ["kubelet ", "container runtime "].iter().find_map(|unit| name.strip_prefix(unit));
        let systemd = host.and_then(|host| self.cluster.node(&format!("systemd {host}")));
        let (Some(systemd), Some(process)) = (systemd, self.cluster.node(name)) else { return false };
        self.cluster.tell(systemd, Msg::Unit { process, verb });
        true
    }

    /// What the services of the learner's machine answer a tool there; `None` where nobody does.
    pub(crate) fn answer(&mut self, words: &[String]) -> Option<String> {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        if let ["systemctl", verb, unit] = words[..] {
            let name = if unit == "kubelet.service" { KUBELET } else { CONTAINERD };
            let verb = match verb {
                "start" => UnitVerb::Start,
                "stop" => UnitVerb::Stop,
                _ => UnitVerb::Restart,
            };
            self.systemctl(name, verb);
            return Some(String::new());
        }
        // containerd answers as long as it runs, whatever the kubelet does that keeps its state.
        let is_reached = |name| self.cluster.node(name).is_some_and(|node| self.cluster.runs(node));
        if words.first() == Some(&"cri") && !is_reached(CONTAINERD) {
            return None;
        }
        [SYSTEMD, KUBELET].iter().find_map(|name| self.cluster.answer(name, &words))
    }

    /// The node and the file of the manifest by which a process is run, if it has one. A member of etcd is called like its
    /// node, and where there are several control plane nodes the others are called after theirs.
    fn manifest_of(&self, name: &str) -> Option<(String, String)> {
        self.cluster.node(KUBELET)?;
        if self.cluster.find(name).is_some() {
            return Some((name.to_owned(), "etcd.yaml".to_owned()));
        }
        let (program, node) = name.split_once(' ').unwrap_or((name, HERE));
        let is_program = program.starts_with("kube-") && program != "kube-proxy";
        is_program.then(|| (node.to_owned(), format!("{program}.yaml")))
    }

    /// Moves the manifest of a process, unless somebody else has.
    fn move_manifest(&mut self, name: &str, from: &str, to: &str) {
        let Some((node, file)) = self.manifest_of(name) else { return };
        let (from, to) = (on_node(&node, &format!("{from}/{file}")), on_node(&node, &format!("{to}/{file}")));
        if let Some(content) = self.machine.read(&from)
            && self.machine.write(&to, &content)
        {
            self.machine.remove(&from);
            let folder = on_node(&node, &format!("{MANIFESTS}/"));
            let paths = self.machine.paths();
            let names = paths.iter().filter_map(|path| path.strip_prefix(&folder));
            let read = |name: &str| Some((name.to_owned(), self.machine.read(&format!("{folder}{name}"))?));
            let files = names.filter_map(read).collect();
            self.manifests_changed(&node, files);
        }
    }

    /// A node's folder of manifests has other files now.
    pub(crate) fn manifests_changed(&mut self, node: &str, files: Vec<(String, Vec<u8>)>) {
        let Some(kubelet) = self.cluster.node(&format!("kubelet {node}")) else { return };
        // The kubelet does not run manifests whose name begins with a dot.
        let files: Vec<_> = files.into_iter().filter(|(name, _)| !name.starts_with('.')).collect();
        if let Some(component) = self.cluster.component_mut(kubelet) {
            component.on_disk(MANIFESTS, &files);
        }
        self.cluster.tell(kubelet, Msg::Manifests);
    }

    /// A program has written what a node's kubelet goes by, and starts it anew; or it stops it with all that it runs.
    pub(crate) fn kubelet_ordered(&mut self, node: &str, start: Option<Vec<(String, Vec<u8>)>>) {
        let name = format!("kubelet {node}");
        let Some(kubelet) = self.cluster.node(&name) else { return };
        self.cluster.run_until(self.now());
        let files = start.as_deref().unwrap_or_default();
        if let Some(component) = self.cluster.component_mut(kubelet) {
            for folder in ["/var/lib/kubelet", "/etc/kubernetes"] {
                let of_folder = |(path, content): &(String, Vec<u8>)| {
                    let (of, name) = path.rsplit_once('/')?;
                    (of == folder).then(|| (name.to_owned(), content.clone()))
                };
                let there: Vec<_> = files.iter().filter_map(of_folder).collect();
                component.on_disk(folder, &there);
            }
        }
        match start {
            Some(_) => self.release(&name),
            None => {
                self.hold(&name);
                self.end_control_plane(node);
                if let Some(component) = self.cluster.component_mut(kubelet) {
                    component.wipe();
                }
            }
        }
        self.refresh_network();
    }

    /// Removes the containers of a control plane node, as kubeadm does when it takes the node back.
    fn end_control_plane(&mut self, node: &str) {
        let nodes = self.cluster.setup().nodes;
        let programs = ["kube-apiserver", "kube-controller-manager", "kube-scheduler"];
        if self.cluster.find(node).is_some() {
            programs.iter().for_each(|program| self.kill(&nodes.process(program, node)));
            self.kill(node);
            self.cluster.close_ports(node);
        }
    }

    /// Does what a kubelet asks of its machine: etcd's data are among the files of the machine.
    pub(crate) fn carry_out(&mut self, kubelet: NodeId, ordered: &Msg) {
        let node = self.cluster.name_of(kubelet).strip_prefix("kubelet ").unwrap_or_default().to_owned();
        self.cluster.run_until(self.now());
        match ordered {
            Msg::Exec { arguments } => {
                self.cluster.set_flags(&node, arguments);
                self.start(&node);
                self.cluster.tell(kubelet, Msg::Launched);
            }
            _ => self.kill(&node),
        }
        self.refresh_network();
    }
}
