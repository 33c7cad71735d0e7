//! `kubectl scale` (`k8s.io/kubectl/pkg/cmd/scale`, `pkg/scale`).

use serde_json::json;

use crate::kubectl::change::{MERGE, chosen, patch};
use crate::kubectl::cli::Cli;
use crate::kubectl::client::Body;
use crate::kubectl::cmdline::{Command, Flag, Kind};
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::{DRY_RUN, DryRun, FILES, PRINT};
use crate::kubectl::print::report;

static FLAGS: [Flag; 7] = [
    Flag::switch("all", "all objects of the type in the namespace"),
    Flag::int("current-replicas", "-1", "only if there are so many now"),
    Flag::int("replicas", "0", "how many there shall be"),
    Flag::text("resource-version", "only if the object has this version"),
    Flag::text("selector", "only objects with these labels").short('l'),
    Flag::new("timeout", Kind::Duration, "0s", "how long to wait until it is done; 0 is not at all"),
    Flag::switch("all-namespaces", "in every namespace").short('A'),
];

pub static SCALE: Command = Command::leaf(
    "scale",
    "[--resource-version=version] [--current-replicas=count] --replicas=COUNT (-f FILENAME | TYPE NAME)",
    "Set how many pods there shall be",
    &[&FLAGS, &FILES, &DRY_RUN, &PRINT],
    |cli| Box::pin(async move { scale(&cli).await }),
)
.examples(&[("Three pods", "kubectl scale deployment web --replicas=3")]);

async fn scale(cli: &Cli) -> Result<(), Failure> {
    if !cli.flags.changed("replicas") {
        return Err(Failure::plain("required flag(s) \"replicas\" not set"));
    }
    let replicas = cli.flags.int("replicas");
    if replicas < 0 {
        let words = "The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0";
        return Err(Failure::plain(words));
    }
    let dry = DryRun::of(cli)?;
    let (infos, mut failures) = chosen(cli, cli.args()).await?;
    if infos.is_empty() && failures.is_empty() {
        return Err(Failure::plain("no objects passed to scale"));
    }
    let client = cli.client().await?;
    let (current, version) = (cli.flags.int("current-replicas"), cli.flags.text("resource-version"));
    for info in infos {
        let path = format!("{}/scale", info.path());
        if dry == DryRun::Client {
            report(cli, &info.object, Some(&info.resource), "scaled (dry run)")?;
            continue;
        }
        let done = if current >= 0 || !version.is_empty() {
            let mut scale = client.get(&path).await?;
            let now = scale["spec"]["replicas"].as_i64().unwrap_or(0);
            if current >= 0 && now != current {
                return Err(Failure::plain(format!("Expected replicas to be {current}, was {now}")));
            }
            let known = scale["metadata"]["resourceVersion"].as_str().unwrap_or_default();
            if !version.is_empty() && version != known {
                return Err(Failure::plain(format!("Expected resource version to be {version}, was {known}")));
            }
            scale["spec"]["replicas"] = replicas.into();
            client.send("PUT", &path, Body::Json(&scale)).await
        } else {
            patch(cli, &path, MERGE, json!({"spec": {"replicas": replicas}}).to_string(), "").await
        };
        match done {
            Ok(_) => report(cli, &info.object, Some(&info.resource), &format!("scaled{}", dry.note()))?,
            Err(failure @ Failure::Url { .. }) => return Err(failure),
            Err(failure) => failures.push(failure),
        }
    }
    Failure::all(failures)
}
