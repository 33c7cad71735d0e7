//! `kubectl version` (`k8s.io/kubectl/pkg/cmd/version`).

use serde_json::{Value, json};

use crate::kubectl::VERSION;
use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::{Command, Flag};
use crate::kubectl::failure::Failure;
use crate::kubectl::print::json::{Order, pretty};

static FLAGS: [Flag; 2] =
    [Flag::switch("client", "only this program's own version"), Flag::text("output", "yaml or json").short('o')];

pub static VERSION_COMMAND: Command =
    Command::leaf("version", "[flags]", "Show the versions of this program and the server", &[&FLAGS], |cli| {
        Box::pin(async move { version(&cli).await })
    });

const KUSTOMIZE: &str = "v5.8.1";

async fn version(cli: &Cli) -> Result<(), Failure> {
    let output = cli.flags.text("output");
    if !matches!(output, "" | "yaml" | "json") {
        return Err(Failure::plain("--output must be 'yaml' or 'json'"));
    }
    if !cli.args().is_empty() {
        return Err(Failure::plain(format!("extra arguments: [{}]", cli.args().join(" "))));
    }
    let mut failed = None;
    let mut all = json!({"clientVersion": own(), "kustomizeVersion": KUSTOMIZE});
    if !cli.flags.bool("client") {
        match server(cli).await {
            Ok(server) => all["serverVersion"] = server,
            Err(failure) => failed = Some(failure),
        }
    }
    match output {
        "yaml" => cli.println(yaml::write(&all)),
        "json" => cli.println(pretty(&all, Order::Kept, 2)),
        _ => {
            cli.println(format_args!("Client Version: {VERSION}\nKustomize Version: {KUSTOMIZE}"));
            if let Some(server) = all["serverVersion"]["gitVersion"].as_str() {
                cli.println(format_args!("Server Version: {server}"));
            }
        }
    }
    failed.map_or(Ok(()), Err)
}

async fn server(cli: &Cli) -> Result<Value, Failure> {
    cli.client().await?.get("/version?timeout=32s").await
}

fn own() -> Value {
    json!({
        "major": "1", "minor": "36", "gitVersion": VERSION, "gitCommit": "bb826b1d48562f110659e64e8ec444327433db95",
        "gitTreeState": "clean", "buildDate": "2026-08-12T15:04:05Z", "goVersion": "go1.27.1", "compiler": "gc",
        "platform": "linux/amd64",
    })
}
