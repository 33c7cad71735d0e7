//! `kubectl set resources`.

use serde_json::{Value, json};

use super::{COMMON, send};
use crate::kubectl::change::{chosen, pod_spec};
use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::{Command, Flag};
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::{DRY_RUN, FILES, PRINT};

static FLAGS: [Flag; 2] = [
    Flag::text("limits", "most that a container may use, such as cpu=200m,memory=512Mi"),
    Flag::text("requests", "what a container is to be given at least"),
];

pub static RESOURCES: Command = Command::leaf(
    "resources",
    "(-f FILENAME | TYPE NAME) ([--limits=LIMITS & --requests=REQUESTS]",
    "Set what containers request and may use",
    &[&FLAGS, &COMMON, &FILES, &DRY_RUN, &PRINT],
    |cli| Box::pin(async move { resources(&cli).await }),
)
.examples(&[("A request", "kubectl set resources deployment web --requests=cpu=50m,memory=32Mi")]);

async fn resources(cli: &Cli) -> Result<(), Failure> {
    let amounts = |flag: &str| crate::kubectl::commands::amounts(cli.flags.text(flag));
    let (limits, requests) = (amounts("limits")?, amounts("requests")?);
    if !cli.flags.changed("limits") && !cli.flags.changed("requests") {
        let words = "you must specify an update to requests or limits (in the form of --requests/--limits)";
        return Err(Failure::plain(words));
    }
    let (infos, mut failures) = chosen(cli, cli.args()).await?;
    let wanted = cli.flags.text("containers").to_owned();
    let mut changed = Vec::new();
    for info in infos {
        let mut object = info.object.clone();
        let Some(spec) = pod_spec(&info.resource.kind).and_then(|at| object.pointer_mut(at)) else { continue };
        let mut found = false;
        for container in spec["containers"].as_array_mut().into_iter().flatten() {
            if wanted != "*" && container["name"] != wanted.as_str() {
                continue;
            }
            found = true;
            for (field, amounts) in [("limits", &limits), ("requests", &requests)] {
                set(container, field, amounts);
            }
        }
        match found {
            true => changed.push((info, object)),
            false => {
                failures.push(Failure::plain(format!("unable to find container named {}", crate::go::quote(&wanted))))
            }
        }
    }
    send(cli, changed, "resource requirements updated", failures).await
}

fn set(container: &mut Value, field: &str, amounts: &Value) {
    let Some(amounts) = amounts.as_object().filter(|amounts| !amounts.is_empty()) else { return };
    if !container["resources"].is_object() {
        container["resources"] = json!({});
    }
    if !container["resources"][field].is_object() {
        container["resources"][field] = json!({});
    }
    for (name, amount) in amounts {
        container["resources"][field][name] = amount.clone();
    }
}
