//! `kubectl set env`.

use serde_json::{Value, json};

use super::{COMMON, send};
use crate::kubectl::change::{chosen, pod_spec, split_pairs};
use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::{Command, Flag};
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::{DRY_RUN, FILES, PRINT};

static FLAGS: [Flag; 7] = [
    Flag::array("env", "variable to set as KEY=value").short('e'),
    Flag::text("from", "config map or secret to take variables from, as TYPE/NAME"),
    Flag::list("keys", "with --from: only these keys"),
    Flag::switch("list", "show the variables"),
    Flag::switch("overwrite", "change variables that are there already").default("true"),
    Flag::text("prefix", "with --from: put before each name"),
    Flag::switch("resolve", "with --list: look values up that come from elsewhere"),
];

pub static ENV: Command = Command::leaf(
    "env",
    "RESOURCE/NAME KEY_1=VAL_1 ... KEY_N=VAL_N",
    "Set environment variables of a pod template",
    &[&FLAGS, &COMMON, &FILES, &DRY_RUN, &PRINT],
    |cli| Box::pin(async move { env(&cli).await }),
)
.examples(&[
    ("Two variables", "kubectl set env deployment/web MODE=prod DEBUG=1"),
    ("One away", "kubectl set env deployment/web DEBUG-"),
    ("All there are", "kubectl set env deployment/web --list"),
]);

async fn env(cli: &Cli) -> Result<(), Failure> {
    let (names, mut pairs) = split_pairs(cli.args(), "environment variable")?;
    pairs.extend(cli.flags.list("env"));
    if names.is_empty() && cli.flags.list("filename").is_empty() {
        return Err(Failure::plain(
            "one or more resources must be specified as <resource> <name> or <resource>/<name>",
        ));
    }
    if pairs.is_empty() && cli.flags.text("from").is_empty() && !cli.flags.bool("list") {
        return Err(Failure::plain("at least one environment variable must be provided"));
    }
    let mut wanted: Vec<Value> = from(cli).await?;
    let mut removed = Vec::new();
    for pair in &pairs {
        match pair.split_once('=') {
            Some((key, value)) => wanted.push(json!({"name": key, "value": value})),
            None => removed.push(pair.trim_end_matches('-').to_owned()),
        }
    }
    let (infos, failures) = chosen(cli, &names).await?;
    let only = cli.flags.text("containers").to_owned();
    let mut changed = Vec::new();
    for info in infos {
        let mut object = info.object.clone();
        let Some(spec) = pod_spec(&info.resource.kind).and_then(|at| object.pointer_mut(at)) else { continue };
        for list in ["initContainers", "containers"] {
            let Some(containers) = spec.get_mut(list).and_then(Value::as_array_mut) else { continue };
            for container in containers {
                let name = container["name"].as_str().unwrap_or_default().to_owned();
                if only != "*" && name != only {
                    continue;
                }
                if cli.flags.bool("list") {
                    let kind = &info.resource.kind;
                    cli.println(format_args!("# {kind} {}, container {name}", info.name));
                    container["env"].as_array().into_iter().flatten().for_each(|one| cli.println(shown(one)));
                    continue;
                }
                apply(container, &wanted, &removed);
            }
        }
        if !cli.flags.bool("list") {
            changed.push((info, object));
        }
    }
    send(cli, changed, "env updated", failures).await
}

fn apply(container: &mut Value, wanted: &[Value], removed: &[String]) {
    let mut all = container["env"].as_array().cloned().unwrap_or_default();
    for one in wanted {
        match all.iter_mut().find(|known| known["name"] == one["name"]) {
            Some(known) => *known = one.clone(),
            None => all.push(one.clone()),
        }
    }
    all.retain(|known| !removed.iter().any(|name| known["name"] == name.as_str()));
    match (all.is_empty(), container.as_object_mut()) {
        (true, Some(fields)) => {
            fields.shift_remove("env");
        }
        _ => container["env"] = all.into(),
    }
}

fn shown(one: &Value) -> String {
    let name = one["name"].as_str().unwrap_or_default();
    let from = &one["valueFrom"];
    for (field, what) in [("configMapKeyRef", "configmap"), ("secretKeyRef", "secret")] {
        if from[field].is_object() {
            let text = |part: &str| from[field][part].as_str().unwrap_or_default();
            return format!("# {name} from {what} {}, key {}", text("name"), text("key"));
        }
    }
    if from["fieldRef"].is_object() {
        return format!("# {name} from field path {}", from["fieldRef"]["fieldPath"].as_str().unwrap_or_default());
    }
    format!("{name}={}", one["value"].as_str().unwrap_or_default())
}

/// Variables for the keys of a config map or secret.
async fn from(cli: &Cli) -> Result<Vec<Value>, Failure> {
    let text = cli.flags.text("from");
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let (infos, failures) = chosen(cli, &[text.to_owned()]).await?;
    Failure::all(failures)?;
    let (prefix, only) = (cli.flags.text("prefix"), cli.flags.list("keys"));
    let mut all = Vec::new();
    for info in infos {
        let field = match info.resource.kind.as_str() {
            "ConfigMap" => "configMapKeyRef",
            "Secret" => "secretKeyRef",
            _ => return Err(Failure::plain("unsupported resource specified in --from")),
        };
        let mut keys: Vec<String> =
            info.object["data"].as_object().map(|data| data.keys().cloned().collect()).unwrap_or_default();
        keys.sort_unstable();
        for key in keys.into_iter().filter(|key| only.is_empty() || only.contains(key)) {
            let name: String = format!("{prefix}{key}")
                .to_uppercase()
                .chars()
                .map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' })
                .collect();
            all.push(json!({"name": name, "valueFrom": {field: {"name": info.name, "key": key}}}));
        }
    }
    Ok(all)
}
