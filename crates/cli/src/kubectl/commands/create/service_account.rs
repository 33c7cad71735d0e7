//! `kubectl create serviceaccount`.

use std::rc::Rc;

use serde_json::Value;

use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::{Command, RunFuture};
use crate::kubectl::generate::{DRY_RUN, MAKE, Made, PRINT, known, one_name};

pub static SERVICE_ACCOUNT: Command = Command::leaf(
    "serviceaccount",
    "NAME [--dry-run=server|client|none]",
    "Make a service account",
    &[&DRY_RUN, &PRINT, &MAKE],
    run,
)
.aliases(&["sa"])
.examples(&[("An account for pods", "kubectl create serviceaccount robot")]);

fn run(cli: Rc<Cli>) -> RunFuture {
    Box::pin(async move {
        let name = one_name(&cli)?;
        let resource = known("", "v1", "serviceaccounts", "ServiceAccount", true);
        Made::new(&cli, resource, &name, Value::Null)?.create(&cli, "failed to create serviceaccount: ").await
    })
}
