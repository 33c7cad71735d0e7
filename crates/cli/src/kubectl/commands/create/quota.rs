//! `kubectl create quota`.

use serde_json::{Value, json};

use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::{Command, Flag};
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::{DRY_RUN, MAKE, Made, PRINT, known, one_name};
use crate::kubectl::quantity;

static FLAGS: [Flag; 2] = [
    Flag::text("hard", "limits as resource=amount pairs, separated by commas"),
    Flag::text("scopes", "scopes of the quota, separated by commas"),
];

pub static QUOTA: Command = Command::leaf(
    "quota",
    "NAME [--hard=key1=value1,key2=value2] [--scopes=Scope1,Scope2] [--dry-run=server|client|none]",
    "Make a resource quota",
    &[&FLAGS, &DRY_RUN, &PRINT, &MAKE],
    |cli| Box::pin(async move { create(&cli).await }),
)
.aliases(&["resourcequota"])
.examples(&[("Three pods and one CPU", "kubectl create quota small --hard=pods=3,cpu=1")]);

async fn create(cli: &Cli) -> Result<(), Failure> {
    let name = one_name(cli)?;
    let mut spec = json!({});
    let hard = amounts(cli.flags.text("hard"))?;
    if hard.as_object().is_some_and(|hard| !hard.is_empty()) {
        spec["hard"] = hard;
    }
    let scopes: Vec<&str> = cli.flags.text("scopes").split(',').filter(|scope| !scope.is_empty()).collect();
    if !scopes.is_empty() {
        spec["scopes"] = scopes.into();
    }
    let resource = known("", "v1", "resourcequotas", "ResourceQuota", true);
    Made::new(cli, resource, &name, json!({"spec": spec, "status": {}}))?.create(cli, "failed to create quota: ").await
}

/// `cpu=1,pods=3` as a map.
pub fn amounts(text: &str) -> Result<Value, Failure> {
    let mut map = json!({});
    for part in text.split(',').filter(|part| !part.is_empty()) {
        let (key, amount) = part
            .split_once('=')
            .ok_or_else(|| Failure::plain(format!("Invalid argument syntax {part}, expected <resource>=<value>")))?;
        if quantity::parse(amount).is_none() {
            let words = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
            return Err(Failure::plain(words));
        }
        map[key] = amount.into();
    }
    Ok(map)
}
