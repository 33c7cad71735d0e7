//! The phase `wait-control-plane` (`cmd/kubeadm/app/util/apiclient/wait.go`).

use super::Init;
use crate::go::format_duration;
use crate::http::{Url, exchange};
use crate::kubectl::failure::Failure;
use crate::transport::Tls;
use etcd::Bytes;
use etcd::rpc::HttpRequest;
use shell::{Either, race};

/// How long each part may take, and how often it is asked, in microseconds.
const PATIENCE: u64 = 240_000_000;
const PERIOD: u64 = 500_000;

/// What is waited for: a name, and where it says how it is.
const COMPONENTS: [(&str, &str); 3] = [
    ("kube-apiserver", "https://{address}:6443/livez"),
    ("kube-controller-manager", "https://127.0.0.1:10257/healthz"),
    ("kube-scheduler", "https://127.0.0.1:10259/livez"),
];

pub async fn control_plane(init: &Init) -> Result<(), Failure> {
    let dir = super::manifests::DIR;
    if init.settings.dry_run {
        init.say("[wait-control-plane] Would wait for the kubelet to boot up the control plane as static Pods");
        return Ok(());
    }
    init.say(format_args!(
        "[wait-control-plane] Waiting for the kubelet to boot up the control plane as static Pods from directory \"{dir}\""
    ));
    kubelet(init).await?;
    components(init).await
}

/// Waits for the components of this node's control plane.
///
/// # Errors
/// When one is not healthy after four minutes.
pub async fn components(init: &Init) -> Result<(), Failure> {
    init.say("[control-plane-check] Waiting for healthy control plane components. This can take up to 4m0s");
    let mut waiting: Vec<(&str, String)> =
        COMPONENTS.iter().map(|(name, at)| (*name, at.replace("{address}", &init.settings.address))).collect();
    for (name, at) in &waiting {
        init.say(format_args!("[control-plane-check] Checking {name} at {at}"));
    }
    let began = init.cli.process.now();
    loop {
        let mut ill = Vec::new();
        for (name, at) in waiting {
            match is_healthy(init, &at).await {
                true => {
                    let took = lasted(init, began);
                    init.say(format_args!("[control-plane-check] {name} is healthy after {took}"));
                }
                false => ill.push((name, at)),
            }
        }
        if ill.is_empty() {
            return Ok(());
        }
        waiting = ill;
        if init.cli.process.now() - began > PATIENCE {
            break;
        }
        init.cli.process.sleep(PERIOD).await;
    }
    for (name, _) in &waiting {
        init.say(format_args!("[control-plane-check] {name} is not healthy after {}", lasted(init, began)));
    }
    init.say(
        "
A component of the control plane has ended, or does not answer. Its container tells why:
\t- 'journalctl -u kubelet' says what the kubelet did about it
\t- the log of its container lies beneath /var/log/pods
",
    );
    let (name, at) = &waiting[0];
    let words = format!("failed while waiting for the control plane to start: {name} check failed at {at}");
    Err(Failure::plain(words))
}

/// Waits for the kubelet of this node.
///
/// # Errors
/// When it is not healthy after four minutes.
pub async fn kubelet(init: &Init) -> Result<(), Failure> {
    let at = "http://127.0.0.1:10248/healthz";
    init.say(format_args!("[kubelet-check] Waiting for a healthy kubelet at {at}. This can take up to 4m0s"));
    let began = init.cli.process.now();
    while !is_healthy(init, at).await {
        if init.cli.process.now() - began > PATIENCE {
            let words = "The HTTP call equal to 'curl -sSL http://127.0.0.1:10248/healthz' returned error: Get \
                         \"http://127.0.0.1:10248/healthz\": dial tcp 127.0.0.1:10248: connect: connection refused";
            init.say(format_args!("[kubelet-check] The kubelet is not healthy after {}", lasted(init, began)));
            return Err(Failure::plain(format!("failed while waiting for the kubelet to start: {words}")));
        }
        init.cli.process.sleep(PERIOD).await;
    }
    init.say(format_args!("[kubelet-check] The kubelet is healthy after {}", lasted(init, began)));
    Ok(())
}

fn lasted(init: &Init, began: u64) -> String {
    let micros = init.cli.process.now() - began;
    format_duration(i64::try_from(micros).unwrap_or(0).saturating_mul(1_000))
}

/// Whether a component answers that it is well.
async fn is_healthy(init: &Init, at: &str) -> bool {
    let Some(url) = Url::parse(at, "https") else { return false };
    let headers = vec![("host".to_owned(), url.authority())];
    let request = HttpRequest {
        method: "GET".into(),
        target: url.target(),
        headers,
        body: Bytes::default(),
        at_peer_port: false,
    };
    let tls = (url.scheme == "https").then(|| Tls { skip_verify: true, ..Tls::default() });
    let process = &init.cli.process;
    let answer = exchange(&init.cli.transport, process.command_id(), &url, tls, request);
    matches!(race(answer, process.sleep(PERIOD)).await, Either::First(Ok(answer)) if answer.head.status == 200)
}
