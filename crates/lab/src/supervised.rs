//! Processes that others look after: a control plane's components, which the kubelet runs from their manifests, and the
//! kubelets themselves, which the service manager keeps running. Who wants one of them down has to tell those.
//!
//! In a world without Kubernetes there is nobody of that kind, and a process that was killed stays down.

use crate::World;
use border::{MANIFESTS, OWN_ADDRESSES};
use kube::{Msg, UnitVerb};
use sim::NodeId;

/// Where a manifest is put that shall not run.
const PARKED: &str = "/etc/kubernetes";
/// The kubelet of the learner's machine.
const KUBELET: &str = "kubelet controlplane";
/// Its other services.
const CONTAINERD: &str = "container runtime controlplane";
const SYSTEMD: &str = "systemd controlplane";

impl World {
    /// A process ends and stays down.
    pub(crate) fn hold(&mut self, name: &str) {
        self.systemctl(name, UnitVerb::Stop);
        if let Some(file) = self.manifest_of(name) {
            self.move_manifest(&file, MANIFESTS, PARKED);
        }
        self.kill(name);
    }

    /// A process that was held, or has ended, runs again.
    pub(crate) fn release(&mut self, name: &str) {
        if self.systemctl(name, UnitVerb::Start) {
            return;
        }
        if let Some(file) = self.manifest_of(name) {
            self.move_manifest(&file, PARKED, MANIFESTS);
        }
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

    /// The file of the manifest by which a process is run, if it has one.
    fn manifest_of(&self, name: &str) -> Option<String> {
        self.cluster.node(KUBELET)?;
        let is_etcd = self.cluster.members().first().is_some_and(|member| member.name == name);
        let program = if is_etcd { "etcd" } else { name };
        let is_program = is_etcd || name.starts_with("kube-");
        is_program.then(|| format!("{program}.yaml"))
    }

    /// Moves a manifest, unless somebody else has.
    fn move_manifest(&mut self, file: &str, from: &str, to: &str) {
        let (from, to) = (format!("{from}/{file}"), format!("{to}/{file}"));
        if let Some(content) = self.machine.read(&from)
            && self.machine.write(&to, &content)
        {
            self.machine.remove(&from);
            let folder = format!("{MANIFESTS}/");
            let paths = self.machine.paths();
            let names = paths.iter().filter_map(|path| path.strip_prefix(&folder));
            let read = |name: &str| Some((name.to_owned(), self.machine.read(&format!("{folder}{name}"))?));
            let files = names.filter_map(read).collect();
            self.manifests_changed(files);
        }
    }

    /// The folder of manifests has other files now.
    pub(crate) fn manifests_changed(&mut self, files: Vec<(String, Vec<u8>)>) {
        let Some(kubelet) = self.cluster.node(KUBELET) else { return };
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
                if name == KUBELET {
                    self.end_control_plane();
                }
                if let Some(component) = self.cluster.component_mut(kubelet) {
                    component.wipe();
                }
            }
        }
        self.refresh_network();
    }

    /// Removes the containers of the control plane, as kubeadm does when it takes a node back.
    fn end_control_plane(&mut self) {
        let etcd = self.cluster.members().iter().map(|member| member.name.clone());
        let components = ["kube-apiserver", "kube-controller-manager", "kube-scheduler"].map(str::to_owned);
        let names: Vec<String> = components.into_iter().chain(etcd).collect();
        names.iter().for_each(|name| self.kill(name));
        self.cluster.close_ports();
    }

    /// Does what a kubelet asks of its machine: etcd's data are among the files of the machine.
    pub(crate) fn carry_out(&mut self, kubelet: NodeId, ordered: &Msg) {
        let Some(member) = self.cluster.members().first().cloned() else { return };
        self.cluster.run_until(self.now());
        match ordered {
            Msg::Exec { arguments } => {
                let data_dir = arguments.iter().find_map(|argument| argument.strip_prefix("--data-dir="));
                if let (Some(data_dir), Some(member)) = (data_dir, self.cluster.find_mut(&member.name)) {
                    member.data_dir = data_dir.to_owned();
                    member.wal_dir = border::wal_dir(data_dir);
                    if member.clients.is_empty() {
                        let own = |port: u16| OWN_ADDRESSES.iter().map(|host| ((*host).to_owned(), port)).collect();
                        (member.clients, member.peers) = (own(member.client_port), own(member.peer_port));
                    }
                }
                self.start(&member.name);
                self.cluster.tell(kubelet, Msg::Launched);
            }
            _ => self.kill(&member.name),
        }
        self.refresh_network();
    }
}
