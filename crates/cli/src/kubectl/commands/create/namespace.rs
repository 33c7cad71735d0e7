//! `kubectl create namespace`.

use std::rc::Rc;

use serde_json::json;

use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::{Command, RunFuture};
use crate::kubectl::generate::{DRY_RUN, MAKE, Made, PRINT, known, one_name};

pub static NAMESPACE: Command = Command::leaf(
    "namespace",
    "NAME [--dry-run=server|client|none]",
    "Make a namespace",
    &[&DRY_RUN, &PRINT, &MAKE],
    run,
)
.aliases(&["ns"])
.examples(&[("A namespace for a team", "kubectl create namespace team-a")]);

fn run(cli: Rc<Cli>) -> RunFuture {
    Box::pin(async move {
        let name = one_name(&cli)?;
        let resource = known("", "v1", "namespaces", "Namespace", false);
        Made::new(&cli, resource, &name, json!({"spec": {}, "status": {}}))?.create(&cli, "").await
    })
}
