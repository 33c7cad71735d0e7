//! What `kubeadm` needs of its node beyond files, streams and the network.

use border::Certificate;
use shell::Process;

/// The node it runs on.
pub trait Node {
    /// Its name, which is the host's.
    fn name(&self) -> String;

    /// Its address in the cluster's network.
    fn address(&self) -> String;

    /// A certificate and the key to it, both PEM.
    fn issue(&self, certificate: &Certificate) -> (String, String);

    /// Whether a kubelet can be started here: one that is no service of this machine runs as the world has set it up.
    fn has_kubelet(&self) -> bool;

    /// Whether the programs of a control plane can run here.
    fn can_control(&self) -> bool;

    /// Starts the kubelet anew (`systemctl restart kubelet`), which finds these files: path and content.
    fn start_kubelet(&self, files: Vec<(String, Vec<u8>)>);

    /// Stops the kubelet and all that it runs.
    fn stop_kubelet(&self);
}

/// Files that decide what a kubelet does when it starts.
const OF_KUBELET: [&str; 3] =
    ["/var/lib/kubelet/config.yaml", "/etc/kubernetes/kubelet.conf", "/etc/kubernetes/bootstrap-kubelet.conf"];

/// Starts the kubelet anew with the files that are there.
pub fn restart_kubelet(process: &Process, node: &dyn Node) {
    let files = process.fs();
    let read = |path: &str| Some((path.to_owned(), files.read(path).ok()?.to_vec()));
    node.start_kubelet(OF_KUBELET.into_iter().filter_map(read).collect());
}
