//! `kubectl set` (`k8s.io/kubectl/pkg/cmd/set`).

mod env;
mod image;
mod other;
mod resources;

use serde_json::Value;

use crate::kubectl::builder::Info;
use crate::kubectl::change::update;
use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::{Command, Flag};
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::DryRun;
use crate::kubectl::print::report;

pub static SET: Command = Command::group(
    "set",
    "SUBCOMMAND",
    "Set single features of objects",
    &[&env::ENV, &image::IMAGE, &resources::RESOURCES, &other::SELECTOR, &other::SERVICE_ACCOUNT, &other::SUBJECT],
)
.long("Set single features of objects that exist.");

static COMMON: [Flag; 5] = [
    Flag::switch("all", "all objects of the type in the namespace"),
    Flag::text("containers", "containers to change; * is all of them").short('c').default("*"),
    Flag::text("field-manager", "who is said to have set the fields"),
    Flag::switch("local", "change what files say, without the server"),
    Flag::text("selector", "only objects with these labels").short('l'),
];

/// Sends what was changed of each object and says so; objects that stay the same are passed over.
async fn send(cli: &Cli, changed: Vec<(Info, Value)>, done: &str, mut failures: Vec<Failure>) -> Result<(), Failure> {
    let dry = DryRun::of(cli)?;
    for (info, modified) in changed {
        match update(cli, &info, &modified, "kubectl-set").await {
            Ok(Some(object)) => report(cli, &object, Some(&info.resource), &format!("{done}{}", dry.note()))?,
            Ok(None) => {}
            Err(failure @ Failure::Url { .. }) => return Err(failure),
            Err(failure) => failures.push(failure),
        }
    }
    Failure::all(failures)
}
