//! `kubeadm version` (`cmd/kubeadm/app/cmd/version.go`).

use serde_json::{Value, json};

use super::VERSION;
use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::{Command, Flag};
use crate::kubectl::failure::Failure;
use crate::kubectl::print::json::{Order, pretty};

static FLAGS: [Flag; 1] =
    [Flag::text("output", "output format; available options are 'yaml', 'json' and 'short'").short('o')];

pub static VERSION_COMMAND: Command =
    Command::leaf("version", "[flags]", "Print the version of kubeadm", &[&FLAGS], |cli| {
        Box::pin(async move { version(&cli) })
    });

fn version(cli: &Cli) -> Result<(), Failure> {
    let own = own();
    let text = |field: &str| own[field].as_str().unwrap_or_default().to_owned();
    match cli.flags.text("output") {
        "" => {
            let fields = [
                ("Major", text("major")),
                ("Minor", text("minor")),
                ("EmulationMajor", String::new()),
                ("EmulationMinor", String::new()),
                ("MinCompatibilityMajor", String::new()),
                ("MinCompatibilityMinor", String::new()),
                ("GitVersion", text("gitVersion")),
                ("GitCommit", text("gitCommit")),
                ("GitTreeState", text("gitTreeState")),
                ("BuildDate", text("buildDate")),
                ("GoVersion", text("goVersion")),
                ("Compiler", text("compiler")),
                ("Platform", text("platform")),
            ];
            let fields: Vec<String> = fields.iter().map(|(name, value)| format!("{name}:{value:?}")).collect();
            cli.println(format_args!("kubeadm version: &version.Info{{{}}}", fields.join(", ")));
        }
        "short" => cli.println(VERSION),
        "yaml" => cli.print(yaml::write(&json!({ "clientVersion": own })) + "\n"),
        "json" => cli.println(pretty(&json!({ "clientVersion": own }), Order::Kept, 2)),
        other => return Err(Failure::plain(format!("invalid output format: {other}"))),
    }
    Ok(())
}

fn own() -> Value {
    json!({
        "major": "1", "minor": "36", "gitVersion": VERSION, "gitCommit": "98b35193b2ac7a23a673325f5e9b830ecd5ba406",
        "gitTreeState": "clean", "buildDate": "2026-06-09T17:11:37Z", "goVersion": "go1.26.3", "compiler": "gc",
        "platform": "linux/amd64",
    })
}
