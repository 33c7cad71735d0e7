//! What is checked before anything is done (`cmd/kubeadm/app/preflight/checks.go`).

use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::Flag;
use crate::kubectl::failure::Failure;
use crate::transport::{CallError, Endpoint, Tls};
use shell::{Either, race};

/// Checks whose outcome shall not count.
pub static IGNORE: [Flag; 1] = [Flag::list(
    "ignore-preflight-errors",
    "checks whose errors will be shown as warnings, such as 'IsPrivilegedUser,Swap'; 'all' ignores errors from all checks",
)];

/// How long a port may take to answer until it counts as one that is in use, in microseconds.
const PORT_PATIENCE: u64 = 500_000;
/// What looking at a node takes, in microseconds.
const LOOK: u64 = 200_000;

/// One check: its name, and what is wrong.
pub struct Check {
    name: String,
    error: Option<String>,
}

/// That nothing listens on a port of this node.
pub async fn port(cli: &Cli, port: u16) -> Check {
    // Who expects TLS says so before it is known whether anybody is there.
    let mut is_free = false;
    for tls in [None, Some(Tls { skip_verify: true, ..Tls::default() })] {
        let to = Endpoint { host: "127.0.0.1".into(), port, tls };
        let dialled = cli.transport.connect(cli.process.command_id(), &to);
        match race(dialled, cli.process.sleep(PORT_PATIENCE)).await {
            Either::First(Err(CallError::Tls(_))) => {}
            Either::First(answer) => {
                is_free = matches!(answer, Err(CallError::Refused | CallError::NoSuchHost(_)));
                break;
            }
            // Somebody has taken the connection and says nothing.
            Either::Second(()) => break,
        }
    }
    Check { name: format!("Port-{port}"), error: (!is_free).then(|| format!("Port {port} is in use")) }
}

/// That a file is not there yet.
pub fn file_available(cli: &Cli, path: &str) -> Check {
    let error = cli.process.fs().exists(path).then(|| format!("{path} already exists"));
    Check { name: format!("FileAvailable-{}", path.replace('/', "-")), error }
}

/// That a directory is not there, or empty.
pub fn dir_available(cli: &Cli, path: &str) -> Check {
    let is_empty = cli.process.fs().list(path).is_ok_and(|entries| entries.is_empty());
    let error = (cli.process.fs().exists(path) && !is_empty).then(|| format!("{path} is not empty"));
    Check { name: format!("DirAvailable-{}", path.replace('/', "-")), error }
}

/// That the release is one that this kubeadm can set up.
pub fn release(version: &str) -> Check {
    let minor = |text: &str| text.split('.').nth(1).and_then(|minor| minor.parse::<u32>().ok()).unwrap_or(0);
    let (asked, own) = (minor(version), minor(super::VERSION));
    let error = (asked > own).then(|| {
        let (asked, own) = (version.trim_start_matches('v'), super::VERSION.trim_start_matches('v'));
        format!("Kubernetes version is greater than kubeadm version. Please consider to upgrade kubeadm. Kubernetes version: {asked}. Kubeadm version: {own}")
    });
    Check { name: "KubernetesVersion".into(), error }
}

/// That the images of a release are where they are pulled from: there are those of one release only.
pub fn images(version: &str) -> Check {
    let missing = |image: &String| format!("failed to pull image {image}: {image}: not found");
    let wanted = super::images::images(super::images::REPOSITORY, version);
    let error = (version != super::VERSION).then(|| wanted.first().map(missing).unwrap_or_default());
    Check { name: "ImagePull".into(), error }
}

/// Says what was found.
///
/// # Errors
/// When a check failed that is not ignored.
pub async fn conclude(cli: &Cli, checks: Vec<Check>) -> Result<(), Failure> {
    cli.process.sleep(LOOK).await;
    let ignored: Vec<String> =
        cli.flags.list("ignore-preflight-errors").iter().map(|name| name.to_lowercase()).collect();
    let mut fatal = String::new();
    for Check { name, error } in checks {
        let Some(error) = error else { continue };
        if ignored.iter().any(|known| *known == "all" || *known == name.to_lowercase()) {
            cli.eprintln(format_args!("\t[WARNING {name}]: {error}"));
        } else {
            fatal.push_str(&format!("\t[ERROR {name}]: {error}\n"));
        }
    }
    if fatal.is_empty() {
        return Ok(());
    }
    cli.eprint(format!(
        "[preflight] Some fatal errors occurred:\n{fatal}[preflight] If you know what you are doing, you can make a \
         check non-fatal with `--ignore-preflight-errors=...`\n"
    ));
    Err(Failure::plain("preflight checks failed"))
}
