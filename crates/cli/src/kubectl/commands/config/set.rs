//! `kubectl config set-cluster`, `set-credentials`, `set` and `unset`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::{Editor, one_name};
use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::{Command, Flag};
use crate::kubectl::commands::rare::Rare;
use crate::kubectl::failure::Failure;

static CLUSTER_FLAGS: [Flag; 2] = [
    Flag::switch("embed-certs", "keep the content of certificate files, not their names"),
    Flag::text("proxy-url", "proxy to the cluster"),
];
static USER_FLAGS: [Flag; 1] = [Flag::switch("embed-certs", "keep the content of certificate files, not their names")];
static SET_FLAGS: [Flag; 1] = [Flag::switch("set-raw-bytes", "write a value as bytes")];

pub static SET_CLUSTER: Command = Command::leaf(
    "set-cluster",
    "NAME [--server=server] [--certificate-authority=path/to/certificate/authority] [--insecure-skip-tls-verify=true] [--tls-server-name=example.com]",
    "Set a cluster",
    &[&CLUSTER_FLAGS],
    |cli| Rare::ConfigSetCluster.run(cli),
);
pub static SET_CREDENTIALS: Command = Command::leaf(
    "set-credentials",
    "NAME [--client-certificate=path/to/certfile] [--client-key=path/to/keyfile] [--token=bearer_token] [--username=basic_user] [--password=basic_password]",
    "Set a user",
    &[&USER_FLAGS],
    |cli| Rare::ConfigSetCredentials.run(cli),
);
pub static SET: Command =
    Command::leaf("set", "PROPERTY_NAME PROPERTY_VALUE", "Set a single value", &[&SET_FLAGS], |cli| {
        Rare::ConfigSet.run(cli)
    });
pub static UNSET: Command =
    Command::leaf("unset", "PROPERTY_NAME", "Take a single value away", &[], |cli| Rare::ConfigUnset.run(cli));

/// Sets a certificate: its file's name, or its content with `--embed-certs`.
fn certificate(cli: &Cli, fields: &mut Value, name: &str) {
    if !cli.flags.changed(name) {
        return;
    }
    let file = cli.flags.text(name);
    if cli.flags.bool("embed-certs") {
        fields[format!("{name}-data")] = STANDARD.encode(cli.read(file).unwrap_or_default()).into();
    } else {
        fields[name] = cli.process.path(file).into();
    }
}

fn embeddable(cli: &Cli, names: &[&str]) -> Result<(), Failure> {
    for name in names.iter().filter(|name| cli.flags.bool("embed-certs") && cli.flags.changed(name)) {
        let file = cli.flags.text(name);
        cli.read(file)
            .map_err(|why| Failure::plain(format!("could not read {name} data from {file}: open {file}: {why}")))?;
    }
    Ok(())
}

pub fn cluster(cli: &Cli) -> Result<(), Failure> {
    let name = one_name(cli)?;
    embeddable(cli, &["certificate-authority"])?;
    Editor::open(cli)?.change("clusters", &name, |cluster| {
        certificate(cli, cluster, "certificate-authority");
        if cli.flags.changed("insecure-skip-tls-verify") {
            cluster["insecure-skip-tls-verify"] = cli.flags.bool("insecure-skip-tls-verify").into();
        }
        for field in ["proxy-url", "server", "tls-server-name"] {
            if cli.flags.changed(field) {
                cluster[field] = cli.flags.text(field).trim_end_matches('/').into();
            }
        }
    })?;
    cli.println(format_args!("Cluster \"{name}\" set."));
    Ok(())
}

pub fn credentials(cli: &Cli) -> Result<(), Failure> {
    let name = one_name(cli)?;
    if cli.flags.changed("token") && cli.flags.changed("username") {
        return Err(Failure::plain(
            "you cannot specify more than one authentication method at the same time: --token, --username/--password",
        ));
    }
    embeddable(cli, &["client-certificate", "client-key"])?;
    Editor::open(cli)?.change("users", &name, |user| {
        certificate(cli, user, "client-certificate");
        certificate(cli, user, "client-key");
        for field in ["password", "token", "username"] {
            if cli.flags.changed(field) {
                user[field] = cli.flags.text(field).into();
            }
        }
    })?;
    cli.println(format_args!("User \"{name}\" set."));
    Ok(())
}

/// `contexts.NAME.namespace` as its three parts; names may have dots in them.
fn property(path: &str, editor: &Editor<'_>) -> Option<(String, String, String)> {
    let (part, rest) = path.split_once('.')?;
    let known = editor.config().merged[part].as_array()?.iter();
    let mut names: Vec<&str> = known.filter_map(|item| item["name"].as_str()).collect();
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    for name in names {
        if rest == name {
            return Some((part.to_owned(), name.to_owned(), String::new()));
        }
        if let Some(field) = rest.strip_prefix(name).and_then(|rest| rest.strip_prefix('.')) {
            return Some((part.to_owned(), name.to_owned(), field.to_owned()));
        }
    }
    let (name, field) = rest.split_once('.').unwrap_or((rest, ""));
    Some((part.to_owned(), name.to_owned(), field.to_owned()))
}

pub fn set(cli: &Cli) -> Result<(), Failure> {
    let [path, value] = cli.args() else {
        return Err(cli.usage(format_args!("Unexpected args: [{}]", cli.args().join(" "))));
    };
    let mut editor = Editor::open(cli)?;
    match property(path, &editor) {
        None if path == "current-context" => editor.set(path, value.clone().into())?,
        Some((part, name, field))
            if !field.is_empty() && matches!(part.as_str(), "clusters" | "contexts" | "users") =>
        {
            let value: Value = match value.as_str() {
                "true" => true.into(),
                "false" => false.into(),
                text => text.into(),
            };
            editor.change(&part, &name, |fields| fields[field] = value)?;
        }
        _ => return Err(Failure::plain(format!("unable to parse path {}: no such property", crate::go::quote(path)))),
    }
    cli.println(format_args!("Property \"{path}\" set."));
    Ok(())
}

pub fn unset(cli: &Cli) -> Result<(), Failure> {
    let path = one_name(cli)?;
    let mut editor = Editor::open(cli)?;
    match property(&path, &editor) {
        None if path == "current-context" => editor.set(&path, "".into())?,
        Some((part, name, field)) if matches!(part.as_str(), "clusters" | "contexts" | "users") => {
            if editor.config().find(&part, &name).is_none() {
                return Err(Failure::plain(format!("current map key `{name}` is invalid")));
            }
            if field.is_empty() {
                editor.remove(&part, &name)?;
            } else {
                editor.change(&part, &name, |fields| {
                    if let Some(fields) = fields.as_object_mut() {
                        fields.shift_remove(&field);
                    }
                })?;
            }
        }
        _ => return Err(Failure::plain(format!("unable to parse path {}: no such property", crate::go::quote(&path)))),
    }
    cli.println(format_args!("Property \"{path}\" unset."));
    Ok(())
}
