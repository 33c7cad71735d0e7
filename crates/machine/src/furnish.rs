//! What a new machine is furnished with: its files, its programs, who is logged in.

use crate::{Parts, hosting::Hosting, kubeconfig, net::Net, tls};
use border::{Certificate, HOME, Setup, of_kubeadm};
use shell::{Os, Session, Vfs};
use std::rc::Rc;

/// Size of the machine's disk in bytes: files live in the page's memory.
const DISK: u64 = 256 << 20;
/// Where kubeadm keeps etcd's certificates.
const PKI: &str = "/etc/kubernetes/pki/etcd";
/// Where kubeadm keeps the manifests of static pods.
const MANIFESTS: &str = "/etc/kubernetes/manifests";
/// etcd's manifest as kubeadm writes it.
const ETCD_MANIFEST: &str = include_str!("etcd.yaml");
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
    if setup.tls {
        let _ = files.mkdir_all(PKI);
        for (name, content) in pki() {
            let _ = files.write(&format!("{PKI}/{name}"), content);
        }
    }
    if setup.kubelet {
        for directory in [MANIFESTS, "/var/lib/etcd"] {
            let _ = files.mkdir_all(directory);
        }
        let _ = files.write(&format!("{MANIFESTS}/etcd.yaml"), ETCD_MANIFEST);
    }
    if setup.kubernetes {
        for directory in ["/etc/kubernetes/pki", "/root/.kube"] {
            let _ = files.mkdir_all(directory);
        }
        for (path, content) in kubeconfig::files() {
            let _ = files.write(&path, content);
        }
        if let Ok(admin) = files.read(kubeconfig::ADMIN) {
            let _ = files.write("/root/.kube/config", admin.to_vec());
        }
    }
    install_programs(&os, parts, net, hosting, setup);
    os
}

/// Installs the programs that reach the cluster. A fork of a machine needs them anew, for its own network.
pub(crate) fn install_programs(os: &Os, parts: Parts, net: &Net, hosting: &Hosting, setup: &Setup) {
    let (transport, release) = (Rc::new(net.clone()), cli::Release::new(&setup.version));
    let surroundings = Rc::new(cli::Surroundings { transport, release, apart: parts.programs });
    for (name, program) in cli::programs_among(&surroundings, parts.etcdctl) {
        // The disk of a fresh machine has room for a handful of programs, and a fork replaces what is there.
        let _ = os.install(name, program);
    }
    let node = setup.kubernetes.then(|| Rc::new(hosting.clone()) as Rc<dyn cli::host::Host>);
    let _ = cli::service::install(os, parts.programs, node);
    if setup.kubernetes {
        let _ = os.install("kubectl", parts.kubectl.program(&surroundings));
    }
    let etcd = cli::etcd_program(&surroundings.release, Rc::new(hosting.clone()), parts.programs);
    if setup.etcd {
        let _ = os.install("etcd", etcd);
    } else {
        // It comes with the archive.
        os.register("etcd", etcd);
    }
}

/// Who sits at a new terminal.
pub(crate) fn login_session() -> Session {
    Session::new(HOME)
}

/// The files that kubeadm lays out for etcd on a control plane node.
fn pki() -> Vec<(String, String)> {
    let authority = Certificate {
        subject: "etcd-ca".into(),
        issuer: "etcd-ca".into(),
        hosts: Vec::new(),
        key: "ca".into(),
        groups: Vec::new(),
    };
    let issued =
        [("server", "controlplane"), ("peer", "controlplane"), ("healthcheck-client", "kube-etcd-healthcheck-client")];
    let mut files = vec![("ca.crt".into(), tls::pem(&authority)), ("ca.key".into(), tls::key_pem(&authority))];
    for (name, subject) in issued {
        let certificate = of_kubeadm(name, subject);
        files.push((format!("{name}.crt"), tls::pem(&certificate)));
        files.push((format!("{name}.key"), tls::key_pem(&certificate)));
    }
    files
}
