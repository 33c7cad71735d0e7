//! What a new machine is furnished with: its files, its programs, who is logged in.

use crate::{Parts, hosting::Hosting, net::Net, node::Node, tls};
use border::{HOME, Setup};
use cli::Surroundings;
use shell::{Os, Session, Vfs};
use std::rc::Rc;

/// Size of the machine's disk in bytes: files live in the page's memory.
const DISK: u64 = 256 << 20;
/// Where kubeadm keeps etcd's certificates.
const PKI: &str = "/etc/kubernetes/pki/etcd";
/// The learner's machine as a node: its name and address.
const NAME: &str = "controlplane";
const ADDRESS: &str = "172.18.0.10";
/// Where kubeadm puts the administrator's kubeconfig.
const ADMIN: &str = "/etc/kubernetes/admin.conf";
/// Where kubeadm keeps the manifests of static pods.
const MANIFESTS: &str = "/etc/kubernetes/manifests";
/// etcd's manifest as kubeadm writes it.
const ETCD_MANIFEST: &str = include_str!("etcd.yaml");
/// A network plugin to install.
const NETWORK: &str = include_str!("kube-flannel.yml");

/// A machine with the files of this setup, connected to `net`.
pub(crate) fn build(setup: &Setup, parts: Parts, net: &Net, hosting: &Hosting) -> Os {
    let os = Os::with_code(Vfs::new(DISK), setup.seed, parts.shell);
    os.set_epoch(setup.epoch.cast_signed());
    let files = os.files();
    for directory in [HOME, "/opt", "/var/lib/etcd", "/tmp", "/etc/systemd/system"] {
        // A fresh file system has room for a handful of directories.
        let _ = files.mkdir_all(directory);
    }
    let _ = files.write("/etc/hostname", "kubarium\n");
    if setup.tls && !setup.bare {
        let _ = files.mkdir_all(PKI);
        for (path, content) in pki() {
            let _ = files.write(&path, content);
        }
    }
    if setup.kubelet {
        for directory in [MANIFESTS, "/var/lib/etcd"] {
            let _ = files.mkdir_all(directory);
        }
        let _ = files.write(&format!("{MANIFESTS}/etcd.yaml"), ETCD_MANIFEST);
    }
    if setup.kubernetes && !setup.bare {
        let _ = files.mkdir_all("/root/.kube");
        for (path, content) in cli::kubeadm::pki::all(NAME, ADDRESS, &tls::issue) {
            let _ = files.mkdir_all(shell::path::parent(&path));
            if path == ADMIN {
                let _ = files.write("/root/.kube/config", content.clone());
            }
            let _ = files.write(&path, content);
        }
    }
    if setup.bare {
        for directory in [MANIFESTS, "/var/lib/kubelet"] {
            let _ = files.mkdir_all(directory);
        }
        let _ = files.write("/etc/hostname", format!("{NAME}\n"));
        let _ = files.write(&format!("{HOME}/kube-flannel.yml"), NETWORK);
    }
    install_programs(&os, parts, net, hosting, setup);
    os
}

/// Installs the programs that reach the cluster. A fork of a machine needs them anew, for its own network.
pub(crate) fn install_programs(os: &Os, parts: Parts, net: &Net, hosting: &Hosting, setup: &Setup) {
    let (transport, release) = (Rc::new(net.clone()), cli::Release::new(&setup.version));
    let node = Node { name: NAME.into(), address: ADDRESS.into(), bare: setup.bare, hosting: hosting.clone() };
    let node = setup.kubernetes.then(|| Rc::new(node) as Rc<dyn cli::kubeadm::Node>);
    let surroundings =
        Rc::new(Surroundings { transport, release, apart: parts.programs, rare: parts.rare_commands, node });
    for (name, program) in cli::programs_among(&surroundings, parts.etcdctl) {
        // The disk of a fresh machine has room for a handful of programs, and a fork replaces what is there.
        let _ = os.install(name, program);
    }
    let host = setup.kubernetes.then(|| Rc::new(hosting.clone()) as Rc<dyn cli::host::Host>);
    let _ = cli::service::install(os, parts.programs, host);
    if setup.kubernetes {
        install_kubernetes(os, parts, &surroundings);
    }
    let etcd = cli::etcd_program(&surroundings.release, Rc::new(hosting.clone()), parts.programs);
    if setup.etcd {
        let _ = os.install("etcd", etcd);
    } else {
        // It comes with the archive.
        os.register("etcd", etcd);
    }
}

/// Installs what works on a node of a Kubernetes cluster.
pub(crate) fn install_kubernetes(os: &Os, parts: Parts, surroundings: &Rc<Surroundings>) {
    for (name, program) in [("kubectl", parts.kubectl), ("kubeadm", parts.kubeadm)] {
        // See above: there is room.
        let _ = os.install(name, program.program(surroundings));
    }
}

/// Who sits at a new terminal.
pub(crate) fn login_session() -> Session {
    Session::new(HOME)
}

/// The files that kubeadm lays out for etcd on a control plane node.
fn pki() -> Vec<(String, String)> {
    let of_etcd = |(path, _): &(String, String)| path.starts_with(PKI);
    cli::kubeadm::pki::all(NAME, ADDRESS, &tls::issue).into_iter().filter(of_etcd).collect()
}
