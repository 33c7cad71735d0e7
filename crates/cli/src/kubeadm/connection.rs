//! The connection with the cluster that is already there.

use std::rc::Rc;

use super::kubeconfig::ADMIN;
use crate::kubectl::cli::Cli;
use crate::kubectl::client::Client;
use crate::kubectl::cmdline::{Flag, Flags};
use crate::kubectl::failure::Failure;
use crate::kubectl::kubeconfig::{KubeConfig, Session};

/// Which kubeconfig file to use, for commands that work on a running cluster.
pub static KUBECONFIG: [Flag; 1] =
    [Flag::text("kubeconfig", "kubeconfig file to use when talking to the cluster").default(ADMIN)];

/// What the client reads its settings from.
static SETTINGS: [Flag; 3] = [
    Flag::text("kubeconfig", "").default(ADMIN),
    Flag::text("request-timeout", "").default("10"),
    Flag::switch("insecure-skip-tls-verify", ""),
];

const AGENT: &str = "kubeadm/v1.36.2 (linux/amd64) kubernetes/98b3519";

/// The cluster that `--kubeconfig` leads to.
///
/// # Errors
/// When there is no such file, or it says too little.
pub fn client(cli: &Cli) -> Result<Rc<Client>, Failure> {
    let file = cli.flags.text("kubeconfig");
    of_file(cli, if file.is_empty() { ADMIN } else { file })
}

/// The cluster that a kubeconfig file leads to.
///
/// # Errors
/// When there is no such file, or it says too little.
pub fn of_file(cli: &Cli, file: &str) -> Result<Rc<Client>, Failure> {
    if !cli.process.fs().exists(&cli.process.path(file)) {
        let words = format!("failed to load admin kubeconfig: open {file}: no such file or directory");
        return Err(Failure::plain(words));
    }
    let mut flags = Flags::of(SETTINGS.iter().collect());
    flags.parse(&[format!("--kubeconfig={file}")]).map_err(Failure::plain)?;
    let config = KubeConfig::load(&cli.process, &flags)?;
    let session = Session::new(&config, &flags, &cli.process)?;
    with(cli, session)
}

/// A connection that a session describes.
///
/// # Errors
/// When its settings are wrong.
pub fn with(cli: &Cli, session: Session) -> Result<Rc<Client>, Failure> {
    let flags = Flags::of(SETTINGS.iter().collect());
    Ok(Rc::new(Client::new(cli.process.clone(), cli.transport.clone(), session, &flags)?.with_agent(AGENT)))
}

/// Makes an object, or brings the one that is there up to date (`apiclient.CreateOrUpdate`).
///
/// # Errors
/// When the server refuses.
pub async fn put(client: &Client, path: &str, object: &serde_json::Value) -> Result<(), Failure> {
    use crate::kubectl::client::Body;
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    match client.send("POST", path, Body::Json(object)).await {
        Err(failure) if failure.reason() == "AlreadyExists" => {
            client.send("PUT", &format!("{path}/{name}"), Body::Json(object)).await.map(|_| ())
        }
        result => result.map(|_| ()),
    }
}
