//! `kubectl create secret`.

use std::rc::Rc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::config_source::{SOURCES, entries};
use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::{Command, Flag, RunFuture};
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::{DRY_RUN, MAKE, Made, PRINT, known, one_name};
use crate::kubectl::print::json::compact;

static TYPE: [Flag; 1] = [Flag::text("type", "type of the secret")];
static TLS_FLAGS: [Flag; 3] = [
    Flag::switch("append-hash", "append a hash of the content to the name"),
    Flag::text("cert", "file of the certificate"),
    Flag::text("key", "file of the key"),
];
static REGISTRY_FLAGS: [Flag; 6] = [
    Flag::switch("append-hash", "append a hash of the content to the name"),
    Flag::text("docker-email", "mail address at the registry"),
    Flag::text("docker-password", "password at the registry"),
    Flag::text("docker-server", "address of the registry").default("https://index.docker.io/v1/"),
    Flag::text("docker-username", "name at the registry"),
    Flag::list("from-file", "file of the registry's credentials"),
];

pub static SECRET: Command = Command::group(
    "secret",
    "(docker-registry | generic | tls)",
    "Make a secret of one of its types",
    &[&REGISTRY, &GENERIC, &TLS],
)
.long(
    "Make a secret of one of its types.\n\n A docker-registry secret lets nodes pull images. A generic one is \
             opaque. A tls one holds a certificate and its key.",
);

static GENERIC: Command = Command::leaf(
    "generic",
    "NAME [--type=string] [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none]",
    "Make a secret from values or files",
    &[&TYPE, &SOURCES, &DRY_RUN, &PRINT, &MAKE],
    |cli| Box::pin(async move { generic(&cli).await }),
);
static TLS: Command = Command::leaf(
    "tls",
    "NAME --cert=path/to/cert/file --key=path/to/key/file [--dry-run=server|client|none]",
    "Make a secret of a certificate and its key",
    &[&TLS_FLAGS, &DRY_RUN, &PRINT, &MAKE],
    |cli| Box::pin(async move { tls(&cli).await }),
);
static REGISTRY: Command = Command::leaf(
    "docker-registry",
    "NAME --docker-username=user --docker-password=password --docker-email=email [--docker-server=string] [--from-file=[key=]source] [--dry-run=server|client|none]",
    "Make a secret for pulling images",
    &[&REGISTRY_FLAGS, &DRY_RUN, &PRINT, &MAKE],
    run_registry,
);

fn run_registry(cli: Rc<Cli>) -> RunFuture {
    Box::pin(async move { registry(&cli).await })
}

async fn make(cli: &Cli, name: &str, data: Map<String, Value>, kind: &str) -> Result<(), Failure> {
    let mut fields = json!({});
    if !data.is_empty() {
        let mut data = data;
        data.sort_keys();
        fields["data"] = data.into();
    }
    if !kind.is_empty() {
        fields["type"] = kind.into();
    }
    Made::new(cli, known("", "v1", "secrets", "Secret", true), name, fields)?
        .create(cli, "failed to create secret ")
        .await
}

async fn generic(cli: &Cli) -> Result<(), Failure> {
    let name = one_name(cli)?;
    let mut data = Map::new();
    entries(cli, &mut |key, bytes| {
        if data.contains_key(&key) {
            let words = format!("cannot add key {key}, another key by that name already exists");
            return Err(Failure::plain(words));
        }
        data.insert(key, STANDARD.encode(bytes).into());
        Ok(())
    })?;
    make(cli, &name, data, cli.flags.text("type")).await
}

async fn tls(cli: &Cli) -> Result<(), Failure> {
    let name = one_name(cli)?;
    let mut data = Map::new();
    if cli.flags.text("key").is_empty() || cli.flags.text("cert").is_empty() {
        return Err(Failure::plain("key and cert must be specified"));
    }
    for (flag, key) in [("cert", "tls.crt"), ("key", "tls.key")] {
        let file = cli.flags.text(flag);
        let bytes = cli.read(file).map_err(|why| Failure::plain(format!("open {file}: {why}")))?;
        if !bytes.starts_with(b"-----BEGIN ") {
            let words = "tls: failed to find any PEM data in certificate input";
            return Err(Failure::plain(if flag == "cert" {
                words
            } else {
                "tls: failed to find any PEM data in key input"
            }));
        }
        data.insert(key.to_owned(), STANDARD.encode(bytes).into());
    }
    make(cli, &name, data, "kubernetes.io/tls").await
}

async fn registry(cli: &Cli) -> Result<(), Failure> {
    let name = one_name(cli)?;
    let flag = |name: &str| cli.flags.text(name).to_owned();
    let mut data = Map::new();
    let files = cli.flags.list("from-file");
    if let [file, ..] = &files[..] {
        let file = file.rsplit('=').next().unwrap_or(file);
        let bytes = cli.read(file).map_err(|why| Failure::plain(format!("error reading {file}: {why}")))?;
        data.insert(".dockerconfigjson".to_owned(), STANDARD.encode(bytes).into());
    } else {
        if flag("docker-username").is_empty() || flag("docker-password").is_empty() || flag("docker-server").is_empty()
        {
            let words = "either --from-file or the combination of --docker-username, --docker-password and --docker-server is required";
            return Err(Failure::plain(words));
        }
        let (user, password) = (flag("docker-username"), flag("docker-password"));
        let mut entry = json!({"username": user, "password": password});
        if !flag("docker-email").is_empty() {
            entry["email"] = flag("docker-email").into();
        }
        entry["auth"] = STANDARD.encode(format!("{user}:{password}")).into();
        let mut auths = Map::new();
        auths.insert(flag("docker-server"), entry);
        let text = compact(&json!({"auths": auths}));
        data.insert(".dockerconfigjson".to_owned(), STANDARD.encode(text).into());
    }
    make(cli, &name, data, "kubernetes.io/dockerconfigjson").await
}
