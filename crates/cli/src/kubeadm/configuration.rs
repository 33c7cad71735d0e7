//! The configuration of a cluster as kubeadm writes it: into `kubeadm-config`, and for who wants to begin a file with it
//! (`cmd/kubeadm/app/apis/kubeadm/v1beta4`).

/// What of it differs from one cluster to another.
pub struct Cluster<'a> {
    pub version: &'a str,
    /// `--control-plane-endpoint`; empty where there is none.
    pub endpoint: &'a str,
    pub pod_subnet: &'a str,
    pub service_subnet: &'a str,
}

impl Cluster<'_> {
    /// The document, in the order of its keys.
    pub fn text(&self) -> String {
        let given = |key: &str, value: &str| match value {
            "" => String::new(),
            value => format!("{key}: {value}\n"),
        };
        let endpoint = given("controlPlaneEndpoint", self.endpoint);
        let pods = given("  podSubnet", self.pod_subnet);
        format!(
            "apiServer: {{}}
apiVersion: kubeadm.k8s.io/v1beta4
caCertificateValidityPeriod: 87600h0m0s
certificateValidityPeriod: 8760h0m0s
certificatesDir: /etc/kubernetes/pki
clusterName: kubernetes
{endpoint}controllerManager: {{}}
dns: {{}}
encryptionAlgorithm: RSA-2048
etcd:
  local:
    dataDir: /var/lib/etcd
imageRepository: registry.k8s.io
kind: ClusterConfiguration
kubernetesVersion: {}
networking:
  dnsDomain: cluster.local
{pods}  serviceSubnet: {}
proxy: {{}}
scheduler: {{}}
",
            self.version, self.service_subnet
        )
    }
}
