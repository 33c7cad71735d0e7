//! `kubectl port-forward` (`k8s.io/kubectl/pkg/cmd/portforward`): listens on a port of the learner's machine and passes
//! on what comes, through the API server and the kubelet, to a port of the pod.

use etcd::rpc::{HttpRequest, HttpResponse};
use serde_json::Value;
use shell::{Either, race};

use crate::kubectl::builder::Info;
use crate::kubectl::cli::Cli;
use crate::kubectl::client::{Body, query, refusal};
use crate::kubectl::cmdline::{Command, Flag, Kind};
use crate::kubectl::commands::pods::pod;
use crate::kubectl::commands::rare::Rare;
use crate::kubectl::failure::Failure;
use crate::transport::Port;

static FLAGS: [Flag; 2] = [
    Flag::list("address", "addresses to listen on").default("localhost"),
    Flag::new("pod-running-timeout", Kind::Duration, "1m0s", "how long to wait for the pod"),
];

pub static PORT_FORWARD: Command = Command::leaf(
    "port-forward",
    "TYPE/NAME [options] [LOCAL_PORT:]REMOTE_PORT [...[LOCAL_PORT_N:]REMOTE_PORT_N]",
    "Forward ports of this machine to a pod",
    &[&FLAGS],
    |cli| Rare::PortForward.run(cli),
)
.examples(&[("Port 80 of a pod at this machine's 8080", "kubectl port-forward web 8080:80")]);

/// The first port that is given when none is asked for.
const FREE: u16 = 34_567;

pub async fn forward(cli: &Cli) -> Result<(), Failure> {
    let [word, ports @ ..] = cli.args() else {
        return Err(cli.usage("TYPE/NAME and list of ports are required for port-forward"));
    };
    if ports.is_empty() {
        return Err(cli.usage("TYPE/NAME and list of ports are required for port-forward"));
    }
    let pod = pod(cli, word).await?;
    let service = match word.split_once('/') {
        Some(("svc" | "service" | "services", name)) => {
            let path = format!("/api/v1/namespaces/{}/services/{name}", pod.namespace);
            Some(cli.client().await?.get(&path).await?)
        }
        _ => None,
    };
    let mut pairs = Vec::new();
    for text in ports {
        pairs.push(pair(text, service.as_ref(), &pod.object)?);
    }
    if pod.object["status"]["phase"] != "Running" {
        let phase = pod.object["status"]["phase"].as_str().unwrap_or_default();
        let words = format!("unable to forward port because pod is not running. Current status={phase}");
        return Err(Failure::plain(words));
    }
    let mut open = Vec::new();
    for (local, remote) in pairs {
        let (local, port) = match local {
            0 => (FREE..=u16::MAX).find_map(|port| Some((port, cli.transport.listen(port)?))),
            local => cli.transport.listen(local).map(|port| (local, port)),
        }
        .ok_or_else(|| taken(local, remote))?;
        for address in ["127.0.0.1", "[::1]"] {
            cli.process.print(format!("Forwarding from {address}:{local} -> {remote}\n")).await;
        }
        open.push((local, remote, port));
    }
    let mut which = 0;
    loop {
        // Each port in turn; with several, a short look at each.
        let index = which % open.len();
        which += 1;
        let only = open.len() == 1;
        let (local, remote, port) = &mut open[index];
        let came = match only {
            true => Either::First(port.next().await),
            false => race(port.next(), cli.process.sleep(1_000)).await,
        };
        let Either::First((id, request)) = came else { continue };
        cli.process.print(format!("Handling connection for {local}\n")).await;
        carry(cli, &pod, (*local, *remote), (id, &request), &mut **port).await?;
    }
}

fn taken(local: u16, remote: u16) -> Failure {
    Failure::plain(format!(
        "unable to listen on port {local}: Listeners failed to create with the following errors: [unable to create listener: Error listen tcp4 127.0.0.1:{local}: bind: address already in use unable to create listener: Error listen tcp6 [::1]:{local}: bind: address already in use]\nerror: unable to listen on any of the requested ports: [{{{local} {remote}}}]"
    ))
}

/// The local and the remote port of `8080:80`, `80` or `:80`; of a service, the port of its pods.
fn pair(text: &str, service: Option<&Value>, pod: &Value) -> Result<(u16, u16), Failure> {
    let (local, remote) = text.split_once(':').unwrap_or((text, text));
    let wrong = |port: &str| {
        Failure::plain(format!(
            "error parsing remote port: strconv.ParseUint: parsing {}: invalid syntax",
            crate::go::quote(port)
        ))
    };
    let asked: u16 = remote.parse().map_err(|_| wrong(remote))?;
    let local = if local.is_empty() { 0 } else { local.parse().map_err(|_| wrong(local))? };
    let Some(service) = service else { return Ok((local, asked)) };
    let ports = service["spec"]["ports"].as_array();
    let Some(port) = ports.into_iter().flatten().find(|port| port["port"] == asked) else {
        let name = service["metadata"]["name"].as_str().unwrap_or_default();
        return Err(Failure::plain(format!("Service {name} does not have a service port {asked}")));
    };
    let remote = match &port["targetPort"] {
        Value::String(name) => {
            let containers = pod["spec"]["containers"].as_array().into_iter().flatten();
            let mut ports = containers.flat_map(|container| container["ports"].as_array().into_iter().flatten());
            ports.find(|port| port["name"] == name.as_str()).and_then(|port| port["containerPort"].as_u64())
        }
        number => number.as_u64(),
    };
    Ok((local, remote.and_then(|port| u16::try_from(port).ok()).unwrap_or(asked)))
}

/// Passes one request on, and its answer back.
async fn carry(
    cli: &Cli,
    pod: &Info,
    (local, remote): (u16, u16),
    (id, request): (u64, &HttpRequest),
    port: &mut dyn Port,
) -> Result<(), Failure> {
    let mut bytes = format!("{} {} HTTP/1.1\r\n", request.method, request.target);
    request.headers.iter().for_each(|(name, value)| bytes.push_str(&format!("{name}: {value}\r\n")));
    bytes.push_str("\r\n");
    bytes.push_str(&String::from_utf8_lossy(&request.body));
    let path = format!("{}/portforward?{}", pod.path(), query(&[("ports", &remote.to_string())]));
    let client = cli.client().await?;
    let answer = client.open("POST", &path, "*/*", Body::Patch("application/octet-stream", bytes)).await;
    let mut answer = match answer {
        Ok(answer) if answer.head.status < 400 => answer,
        other => {
            port.answer(id, None);
            let why = match other {
                Ok(mut answer) => {
                    let body = answer.body().await;
                    refusal(answer.head.status, &body)
                }
                Err(failure) => failure,
            };
            lost(cli, local, remote, why.text());
            return Err(Failure::plain("lost connection to pod"));
        }
    };
    while let Some(frame) = answer.next().await {
        match frame.split_first() {
            Some((1, text)) => port.answer(id, Some(response(text))),
            Some((3, status)) => {
                let status: Value = serde_json::from_slice(status).unwrap_or_default();
                port.answer(id, None);
                if status["status"] == "Success" {
                    return Ok(());
                }
                let why = status["details"]["causes"][0]["message"].as_str().unwrap_or_default();
                let name = pod.object["metadata"]["uid"].as_str().unwrap_or_default();
                lost(cli, local, remote, format!("error forwarding port {remote} to pod {name}, uid : {why}"));
                return Err(Failure::plain("lost connection to pod"));
            }
            _ => {}
        }
    }
    port.answer(id, None);
    Err(Failure::plain("lost connection to pod"))
}

fn lost(cli: &Cli, local: u16, remote: u16, why: String) {
    let why = format!("an error occurred forwarding {local} -> {remote}: {why}");
    cli.eprintln(format_args!(
        "{} portforward.go:404] \"Unhandled Error\" err={}",
        cli.klog('E'),
        crate::go::quote(&why)
    ));
}

/// Reads a response as it stands on the wire.
fn response(bytes: &[u8]) -> HttpResponse {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok());
    let mut response = HttpResponse::new(status.unwrap_or(0), "", body);
    let header = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned()));
    response.headers = lines.filter_map(header).collect();
    response
}
