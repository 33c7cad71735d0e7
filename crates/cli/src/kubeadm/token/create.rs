//! `kubeadm token create`.

use sha2::{Digest, Sha256};

use super::SECRETS;
use super::secret::{GROUP, Token, USAGES, generate};
use crate::go;
use crate::kubeadm::connection::{KUBECONFIG, client};
use crate::kubeadm::invalid;
use crate::kubeadm::kubeconfig::{body, decode};
use crate::kubectl::cli::Cli;
use crate::kubectl::client::Body;
use crate::kubectl::cmdline::{Command, Flag, Flags, Kind};
use crate::kubectl::failure::Failure;
use crate::kubectl::kubeconfig::KubeConfig;

static FLAGS: [Flag; 5] = [
    Flag::text("description", "a human friendly description of how this token is used"),
    Flag::list("groups", "extra groups that this token will authenticate as").default(GROUP),
    Flag::switch("print-join-command", "print the 'kubeadm join' line that joins with this token, not the token alone"),
    Flag::new(
        "ttl",
        Kind::Duration,
        "24h0m0s",
        "the duration before the token is automatically deleted (e.g. 1s, 2m, 3h); 0 never expires",
    ),
    Flag::list("usages", "the ways in which this token can be used").default("signing,authentication"),
];

pub static CREATE: Command = Command::leaf(
    "create",
    "[token]",
    "Create bootstrap tokens on the server",
    &[&FLAGS, &KUBECONFIG],
    |cli| Box::pin(async move { create(&cli).await }),
)
.long(
    "Makes a bootstrap token in the cluster: the one that is given, of the form \"[a-z0-9]{6}.[a-z0-9]{16}\", or one of
random letters and digits.",
);

async fn create(cli: &Cli) -> Result<(), Failure> {
    let text = match cli.args() {
        [] => generate(&cli.process),
        [text, ..] => text.clone(),
    };
    let mut token = Token::new(&text).map_err(Failure::plain)?;
    token.description = cli.flags.text("description").to_owned();
    let ttl = cli.flags.duration("ttl") / 1_000_000_000;
    token.expires = (ttl > 0).then(|| cli.now() + ttl);
    if cli.flags.changed("groups") {
        token.groups = cli.flags.list("groups");
    }
    if cli.flags.changed("usages") {
        token.usages = cli.flags.list("usages");
    }
    if let Some(unknown) = token.usages.iter().find(|usage| !USAGES.contains(&usage.as_str())) {
        let known = "valid usage bootstrap token values are: authentication, signing";
        return Err(invalid(
            cli,
            format_args!("bootstrapTokens[0].usages: Invalid value: {}: {known}", go::quote(unknown)),
        ));
    }
    if let Some(foreign) = token.groups.iter().find(|group| !group.starts_with("system:bootstrappers:")) {
        let pattern = "\\Asystem:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]\\z";
        let words = format!("bootstrap group {} is invalid (must match {pattern})", go::quote(foreign));
        return Err(invalid(
            cli,
            format_args!("bootstrapTokens[0].groups: Invalid value: {}: {words}", go::quote(foreign)),
        ));
    }
    let client = client(cli)?;
    let made = client.send("POST", SECRETS, Body::Json(&token.object())).await;
    made.map_err(|failure| match failure.reason() {
        "AlreadyExists" => Failure::plain(format!("a token with id {} already exists", go::quote(&token.id))),
        _ => failure.because(format_args!("failed to create bootstrap token with name {}: ", token.name())),
    })?;
    if !cli.flags.bool("print-join-command") {
        cli.println(token.text());
        return Ok(());
    }
    let config = KubeConfig::load(&cli.process, &cli.flags)?;
    let command = join_command(&config, &token.text()).ok_or_else(|| {
        Failure::plain("failed to get join command: failed to load certificate authority from the kubeconfig file")
    })?;
    cli.println(format_args!("{} ", command.join(" ")));
    Ok(())
}

/// The words of the line that lets a node join the cluster of a kubeconfig (`cmdutil.GetJoinWorkerCommand`), in the
/// lines that `kubeadm init` prints them in.
pub fn join_command(config: &KubeConfig, token: &str) -> Option<[String; 2]> {
    let cluster = config.context(&Flags::of(Vec::new())).ok()?;
    let cluster = config.find("clusters", cluster.get("cluster")?.as_str()?)?;
    let endpoint = cluster["server"].as_str()?.trim_start_matches("https://");
    let data = cluster["certificate-authority-data"].as_str()?;
    let hash = hash(&decode(data));
    Some([format!("kubeadm join {endpoint} --token {token}"), format!("--discovery-token-ca-cert-hash {hash}")])
}

/// By what an authority is known to those who join: `sha256:` and a hash over its key, which here is all that its
/// certificate says.
pub fn hash(pem: &str) -> String {
    let digest = Sha256::digest(body(pem));
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}
