//! The certificates and kubeconfig files of a control plane node (`cmd/kubeadm/app/phases/certs/certlist.go`): what they
//! are called, who signs them, and where they lie.

use border::Certificate;

use super::kubeconfig;

/// Where certificates lie.
pub const DIR: &str = "/etc/kubernetes/pki";

/// An authority, or a certificate that one has signed.
#[derive(Debug)]
pub struct Paper {
    /// As kubeadm names it: `etcd-server`.
    pub name: &'static str,
    /// Its file without extension, beneath [`DIR`].
    pub file: &'static str,
    /// Its common name; empty for the node's name.
    pub subject: &'static str,
    pub group: &'static str,
    /// The authority's name; its own for an authority.
    pub authority: &'static str,
    /// What it is for, as `kubeadm certs renew` says it.
    pub purpose: &'static str,
}

const fn paper(
    name: &'static str,
    file: &'static str,
    subject: &'static str,
    authority: &'static str,
    purpose: &'static str,
) -> Paper {
    Paper { name, file, subject, group: "", authority, purpose }
}

/// The authorities.
pub static AUTHORITIES: [Paper; 3] = [
    paper(
        "ca",
        "ca",
        "kubernetes",
        "ca",
        "self-signed Kubernetes CA to provision identities for other Kubernetes components",
    ),
    paper("etcd-ca", "etcd/ca", "etcd-ca", "etcd-ca", "self-signed CA to provision identities for etcd"),
    paper(
        "front-proxy-ca",
        "front-proxy-ca",
        "front-proxy-ca",
        "front-proxy-ca",
        "self-signed CA to provision identities for front proxy",
    ),
];

/// What they sign, in the order in which `kubeadm init` makes them.
pub static CERTIFICATES: [Paper; 7] = [
    paper("apiserver", "apiserver", "kube-apiserver", "ca", "certificate for serving the Kubernetes API"),
    Paper {
        group: "kubeadm:cluster-admins",
        ..paper(
            "apiserver-kubelet-client",
            "apiserver-kubelet-client",
            "kube-apiserver-kubelet-client",
            "ca",
            "certificate for the API server to connect to kubelet",
        )
    },
    paper(
        "front-proxy-client",
        "front-proxy-client",
        "front-proxy-client",
        "front-proxy-ca",
        "certificate for the front proxy client",
    ),
    paper("etcd-server", "etcd/server", "", "etcd-ca", "certificate for serving etcd"),
    paper("etcd-peer", "etcd/peer", "", "etcd-ca", "certificate for etcd nodes to communicate with each other"),
    paper(
        "etcd-healthcheck-client",
        "etcd/healthcheck-client",
        "kube-etcd-healthcheck-client",
        "etcd-ca",
        "certificate for liveness probes to healthcheck etcd",
    ),
    paper(
        "apiserver-etcd-client",
        "apiserver-etcd-client",
        "kube-apiserver-etcd-client",
        "etcd-ca",
        "certificate the apiserver uses to access etcd",
    ),
];

/// Users with a kubeconfig file of their own, in the order in which `kubeadm init` writes them. The file is that beneath
/// `/etc/kubernetes`, with its extension.
pub static USERS: [Paper; 5] = [
    Paper {
        group: "kubeadm:cluster-admins",
        ..paper(
            "admin.conf",
            "admin.conf",
            "kubernetes-admin",
            "ca",
            "certificate embedded in the kubeconfig file for the admin to use and for kubeadm itself",
        )
    },
    Paper {
        group: "system:masters",
        ..paper(
            "super-admin.conf",
            "super-admin.conf",
            "kubernetes-super-admin",
            "ca",
            "certificate embedded in the kubeconfig file for the super-admin",
        )
    },
    Paper {
        group: "system:nodes",
        ..paper(
            "kubelet.conf",
            "kubelet.conf",
            "",
            "ca",
            "certificate embedded in the kubeconfig file for the kubelet to use",
        )
    },
    paper(
        "controller-manager.conf",
        "controller-manager.conf",
        "system:kube-controller-manager",
        "ca",
        "certificate embedded in the kubeconfig file for the controller manager to use",
    ),
    paper(
        "scheduler.conf",
        "scheduler.conf",
        "system:kube-scheduler",
        "ca",
        "certificate embedded in the kubeconfig file for the scheduler manager to use",
    ),
];

/// The node that papers are made for, and where the cluster is reached.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    pub name: &'a str,
    pub address: &'a str,
    /// `--control-plane-endpoint` with its port; the node's own API server where there is none.
    pub endpoint: &'a str,
}

/// Makes PEM of a certificate: its own and that of its key.
pub type Issue<'a> = &'a dyn Fn(&Certificate) -> (String, String);

impl Paper {
    /// What the certificate says on this node.
    pub fn certificate(&self, at: &Place) -> Certificate {
        let Place { name: node, address, endpoint } = *at;
        let signer = AUTHORITIES.iter().find(|authority| authority.name == self.authority);
        let subject = match (self.subject, self.file) {
            ("", "kubelet.conf") => format!("system:node:{node}"),
            ("", _) => node.to_owned(),
            (subject, _) => subject.to_owned(),
        };
        let serves = matches!(self.name, "apiserver" | "etcd-server" | "etcd-peer");
        let own = [node, "localhost", "127.0.0.1", address].map(str::to_owned).to_vec();
        let services = [
            "kubernetes",
            "kubernetes.default",
            "kubernetes.default.svc",
            "kubernetes.default.svc.cluster.local",
            "10.96.0.1",
        ];
        let mut hosts = if serves { own } else { Vec::new() };
        if self.name == "apiserver" {
            hosts.extend(services.map(str::to_owned));
            let outer = endpoint.rsplit_once(':').map_or(endpoint, |(host, _)| host);
            hosts.extend((outer != address).then(|| outer.to_owned()));
        }
        Certificate {
            subject,
            issuer: signer.map_or("", |signer| signer.subject).to_owned(),
            hosts,
            key: match self.file.strip_prefix("etcd/") {
                // Those of etcd are known by their files' names, as the lab has them (`border::of_kubeadm`).
                Some(name) => name.to_owned(),
                None => format!("kubernetes-{}", self.name),
            },
            groups: [self.group].iter().filter(|group| !group.is_empty()).map(|group| (*group).to_owned()).collect(),
        }
    }

    /// The path of its certificate, or of the kubeconfig file that holds it.
    pub fn path(&self) -> String {
        match self.is_user() {
            true => format!("/etc/kubernetes/{}", self.file),
            false => format!("{DIR}/{}.crt", self.file),
        }
    }

    /// Whether it lies in a kubeconfig file.
    pub fn is_user(&self) -> bool {
        self.file.ends_with(".conf")
    }

    /// The files it consists of, with their content. `authority` is the PEM of the cluster's.
    pub fn files(&self, at: &Place, authority: &str, issue: Issue) -> Vec<(String, String)> {
        let certificate = self.certificate(at);
        let identity = issue(&certificate);
        if self.is_user() {
            // Those of a node ask its own API server (`phases/kubeconfig`, `getKubeConfigSpecsBase`).
            let server = match self.file.ends_with("admin.conf") {
                true => format!("https://{}", at.endpoint),
                false => format!("https://{}:6443", at.address),
            };
            let content = kubeconfig::of_certificate(&server, authority, &certificate.subject, &identity);
            return vec![(self.path(), content)];
        }
        vec![(self.path(), identity.0), (format!("{DIR}/{}.key", self.file), identity.1)]
    }
}

/// The pair of keys that tokens of service accounts are signed with. It has no certificate.
pub fn service_accounts(issue: Issue) -> Vec<(String, String)> {
    let named = Certificate {
        key: "sa".into(),
        subject: "sa".into(),
        issuer: String::new(),
        hosts: Vec::new(),
        groups: Vec::new(),
    };
    let (public, private) = issue(&named);
    vec![(format!("{DIR}/sa.key"), private), (format!("{DIR}/sa.pub"), public.replace("CERTIFICATE", "PUBLIC KEY"))]
}

/// Everything that `kubeadm init` lays out.
pub fn all(at: &Place, issue: Issue) -> Vec<(String, String)> {
    let (authority, _) = issue(&AUTHORITIES[0].certificate(at));
    let papers = AUTHORITIES.iter().chain(&CERTIFICATES).chain(&USERS);
    let mut files: Vec<_> = papers.flat_map(|paper| paper.files(at, &authority, issue)).collect();
    files.extend(service_accounts(issue));
    files
}
