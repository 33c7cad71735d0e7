//! `kubeadm config` (`cmd/kubeadm/app/cmd/config.go`).

mod defaults;
mod images;

use crate::kubectl::cmdline::Command;

pub static CONFIG: Command = Command::group(
    "config",
    "",
    "Show configuration for a cluster that is kept in it",
    &[&images::IMAGES, &defaults::PRINT],
)
.long("kubeadm keeps the configuration of a cluster in the ConfigMap \"kubeadm-config\" in the namespace \"kube-system\".");
