//! `kubeadm certs` (`cmd/kubeadm/app/cmd/certs.go`).

mod expiration;
mod key;
mod renew;

use crate::kubeadm::pki::Paper;
use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::Command;

pub static CERTS: Command = Command::group(
    "certs",
    "",
    "Commands related to handling Kubernetes certificates",
    &[&key::CERTIFICATE_KEY, &expiration::CHECK_EXPIRATION, &renew::RENEW],
);

/// How long a certificate is good from the moment when it was written, in seconds: a year, and ten for an authority
/// (`certificateValidityPeriod`, `caCertificateValidityPeriod`).
const VALID: i64 = 8_760 * 3_600;
const VALID_AUTHORITY: i64 = 87_600 * 3_600;

/// When a certificate ends, in microseconds since 1970; `None` when its file is not there.
fn expires(cli: &Cli, paper: &Paper) -> Option<i64> {
    let written = cli.process.fs().metadata(&paper.path()).ok()?.modified;
    let ago = i64::try_from(cli.process.now().saturating_sub(written)).unwrap_or(0);
    let valid = if paper.name == paper.authority { VALID_AUTHORITY } else { VALID };
    Some(cli.process.wall_clock() - ago + valid * 1_000_000)
}

/// Reads the cluster's configuration, and says so; goes on without when there is no cluster.
async fn read_configuration(cli: &Cli, command: &str) {
    cli.println(format_args!(
        "[{command}] Reading configuration from the \"kubeadm-config\" ConfigMap in namespace \"kube-system\"..."
    ));
    cli.println(format_args!(
        "[{command}] Use 'kubeadm init phase upload-config kubeadm --config your-config-file' to re-upload it."
    ));
    let read = match crate::kubeadm::connection::client(cli) {
        Ok(client) => client.get("/api/v1/namespaces/kube-system/configmaps/kubeadm-config").await.map(|_| ()),
        Err(failure) => Err(failure),
    };
    if read.is_err() {
        cli.println(format_args!(
            "[{command}] Error reading configuration from the Cluster. Falling back to default configuration"
        ));
    }
    cli.println("");
}
