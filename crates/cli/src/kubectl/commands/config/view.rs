//! `kubectl config view`, `get-clusters` and `get-users`.

use serde_json::Value;

use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::{Command, Flag};
use crate::kubectl::commands::rare::Rare;
use crate::kubectl::failure::Failure;
use crate::kubectl::kubeconfig::{KubeConfig, PARTS};
use crate::kubectl::print::Format;
use crate::kubectl::print::json::Order;

static FLAGS: [Flag; 8] = [
    Flag::switch("allow-missing-template-keys", "treat what a template does not find as empty").default("true"),
    Flag::switch("flatten", "put the content of files in their place"),
    Flag::switch("merge", "show all files as one").bare("true").default("true"),
    Flag::switch("minify", "only what the current context needs"),
    Flag::text("output", "output format").short('o').default("yaml"),
    Flag::switch("raw", "show secrets too"),
    Flag::switch("show-managed-fields", "keep the fields that say who set what"),
    Flag::text("template", "template, or its file, for -o go-template"),
];

pub static VIEW: Command =
    Command::leaf("view", "[flags]", "Show the configuration", &[&FLAGS], |cli| Rare::ConfigView.run(cli));
pub static GET_CLUSTERS: Command =
    Command::leaf("get-clusters", "", "List clusters", &[], |cli| Rare::ConfigGetClusters.run(cli));
pub static GET_USERS: Command = Command::leaf("get-users", "", "List users", &[], |cli| Rare::ConfigGetUsers.run(cli));

pub fn names(cli: &Cli, part: &str) -> Result<(), Failure> {
    let config = KubeConfig::load(&cli.process, &cli.flags)?;
    cli.println("NAME");
    for item in config.merged[part].as_array().into_iter().flatten() {
        cli.println(item["name"].as_str().unwrap_or_default());
    }
    Ok(())
}

pub fn view(cli: &Cli) -> Result<(), Failure> {
    let config = KubeConfig::load(&cli.process, &cli.flags)?;
    let mut shown = config.merged.clone();
    if cli.flags.bool("minify") {
        minify(cli, &config, &mut shown)?;
    }
    for (part, _) in PARTS {
        if shown[part].as_array().is_some_and(Vec::is_empty) {
            shown[part] = Value::Null;
        }
    }
    if !cli.flags.bool("raw") {
        redact(&mut shown);
    }
    let text = Format::of(cli)?.object(cli, &shown, Order::Kept)?;
    cli.print(text);
    Ok(())
}

fn minify(cli: &Cli, config: &KubeConfig, shown: &mut Value) -> Result<(), Failure> {
    let name = if cli.flags.changed("context") { cli.flags.text("context") } else { config.current() };
    if name.is_empty() {
        return Err(Failure::plain("current-context must exist in order to minify"));
    }
    let Some(context) = config.find("contexts", name) else {
        return Err(Failure::plain("cannot locate context ".to_owned() + name));
    };
    let keep = [
        ("contexts", name.to_owned()),
        ("clusters", context["cluster"].as_str().unwrap_or_default().to_owned()),
        ("users", context["user"].as_str().unwrap_or_default().to_owned()),
    ];
    for (part, name) in keep {
        if let Some(items) = shown[part].as_array_mut() {
            items.retain(|item| item["name"] == name.as_str());
        }
    }
    shown["current-context"] = name.into();
    Ok(())
}

fn redact(config: &mut Value) {
    let hide = |fields: &mut Value, name: &str, with: &str| {
        if fields[name].is_string() {
            fields[name] = with.into();
        } else if let Some(fields) = fields.as_object_mut() {
            // Looking at a field that is not there leaves a null behind.
            if fields.get(name).is_some_and(Value::is_null) {
                fields.shift_remove(name);
            }
        }
    };
    for cluster in config["clusters"].as_array_mut().into_iter().flatten() {
        hide(&mut cluster["cluster"], "certificate-authority-data", "DATA+OMITTED");
    }
    for user in config["users"].as_array_mut().into_iter().flatten() {
        for name in ["client-certificate-data", "client-key-data"] {
            hide(&mut user["user"], name, "DATA+OMITTED");
        }
        hide(&mut user["user"], "token", "REDACTED");
        hide(&mut user["user"], "password", "REDACTED");
    }
}
