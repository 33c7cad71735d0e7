//! The learner's machine: its files, its programs, who is logged in.

use crate::{
    WorldSetup,
    hosted::Hosting,
    net::Net,
    tls::{Certificate, ServerTls},
};
use shell::{Os, Session, Vfs};
use std::rc::Rc;

/// The learner's home directory.
pub const HOME: &str = "/root";
/// Size of the machine's disk in bytes: files live in the page's memory.
const DISK: u64 = 256 << 20;
/// Where kubeadm keeps etcd's certificates.
const PKI: &str = "/etc/kubernetes/pki/etcd";
/// Where kubeadm keeps the manifests of static pods.
const MANIFESTS: &str = "/etc/kubernetes/manifests";
/// etcd's manifest as kubeadm writes it.
const ETCD_MANIFEST: &str = include_str!("etcd.yaml");
/// What the machine's calendar shows when a world begins, unless its set-up says otherwise: 2026-01-01 00:00:00 UTC, in
/// seconds since 1970.
pub const EPOCH: u64 = 1_767_225_600;

/// A machine with the files a world of this setup has, connected to `net`.
pub(crate) fn build(seed: u64, setup: &WorldSetup, net: &Net, hosting: &Hosting) -> Os {
    let os = Os::new(Vfs::new(DISK), seed);
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
    install_programs(&os, net, hosting, setup);
    os
}

/// Installs the programs that reach the cluster. A fork of a machine needs them anew, for its own network.
pub(crate) fn install_programs(os: &Os, net: &Net, hosting: &Hosting, setup: &WorldSetup) {
    let release = cli::Release::new(&setup.version);
    for (name, program) in cli::programs_of(&release, Rc::new(net.clone())) {
        // The disk of a fresh machine has room for a handful of programs, and a fork replaces what is there.
        let _ = os.install(name, program);
    }
    let _ = cli::service::install(os);
    let etcd = cli::etcd_program(&release, Rc::new(hosting.clone()));
    if setup.members == 0 {
        // On a bare machine it comes with the archive.
        os.register("etcd", etcd);
    } else {
        let _ = os.install("etcd", etcd);
    }
}

/// Who sits at a new terminal.
pub fn login_session() -> Session {
    Session::new(HOME)
}

fn certificate(subject: &str) -> Certificate {
    let hosts = ["controlplane", "localhost", "127.0.0.1", "172.18.0.10"].map(String::from).to_vec();
    Certificate { subject: subject.into(), issuer: "etcd-ca".into(), hosts }
}

/// The files that kubeadm lays out for etcd on a control plane node.
fn pki() -> Vec<(String, String)> {
    let authority = Certificate { subject: "etcd-ca".into(), issuer: "etcd-ca".into(), hosts: Vec::new() };
    let issued =
        [("server", "controlplane"), ("peer", "controlplane"), ("healthcheck-client", "kube-etcd-healthcheck-client")];
    let mut files = vec![("ca.crt".into(), authority.pem()), ("ca.key".into(), authority.key_pem())];
    for (name, subject) in issued {
        files.push((format!("{name}.crt"), certificate(subject).pem()));
        files.push((format!("{name}.key"), certificate(subject).key_pem()));
    }
    files
}

/// How the members of such a world secure their client ports.
pub(crate) fn server_tls(setup: &WorldSetup) -> Option<ServerTls> {
    setup.tls.then(|| ServerTls { certificate: certificate("controlplane"), client_authority: Some("etcd-ca".into()) })
}
