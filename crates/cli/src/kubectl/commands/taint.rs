//! `kubectl taint` (`k8s.io/kubectl/pkg/cmd/taint`).

use serde_json::{Value, json};

use crate::kubectl::builder::Info;
use crate::kubectl::change::{MERGE, chosen, patch};
use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::{Command, Flag};
use crate::kubectl::commands::rare::Rare;
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::{DRY_RUN, DryRun, PRINT};
use crate::kubectl::print::report;

static FLAGS: [Flag; 4] = [
    Flag::switch("all", "all nodes"),
    Flag::text("field-manager", "who is said to have set the fields").default("kubectl-taint"),
    Flag::switch("overwrite", "change taints that are there already"),
    Flag::text("selector", "only nodes with these labels").short('l'),
];

pub static TAINT: Command = Command::leaf(
    "taint",
    "NODE NAME KEY_1=VAL_1:TAINT_EFFECT_1 ... KEY_N=VAL_N:TAINT_EFFECT_N",
    "Keep pods off nodes that do not tolerate it",
    &[&FLAGS, &DRY_RUN, &PRINT],
    |cli| Rare::Taint.run(cli),
)
.examples(&[
    ("A taint", "kubectl taint nodes worker1 maint=1:NoSchedule"),
    ("Away with it", "kubectl taint nodes worker1 maint:NoSchedule-"),
]);

struct Taint {
    key: String,
    value: String,
    /// Empty, in a removal, for all effects.
    effect: String,
}

pub async fn taint(cli: &Cli) -> Result<(), Failure> {
    let is_taint = |arg: &&String| arg.contains(':') || arg.contains('=') || arg.ends_with('-');
    let at = cli.args().iter().position(|arg| is_taint(&arg)).unwrap_or(cli.args().len());
    let (names, specs) = cli.args().split_at(at);
    if names.is_empty() {
        return Err(Failure::plain("one or more resources must be specified as <resource> <name>"));
    }
    if specs.is_empty() {
        return Err(Failure::plain("at least one taint update is required"));
    }
    if !matches!(names[0].to_lowercase().as_str(), "node" | "nodes" | "no") {
        let words = format!("invalid resource type {}, only node types are supported", names[0]);
        return Err(Failure::plain(words));
    }
    let (mut added, mut removed) = (Vec::new(), Vec::new());
    for spec in specs {
        match spec.strip_suffix('-') {
            Some(spec) => removed.push(parse(spec, true)?),
            None => added.push(parse(spec, false)?),
        }
    }
    let dry = DryRun::of(cli)?;
    let (infos, mut failures) = chosen(cli, names).await?;
    for info in infos {
        match one(cli, &info, &added, &removed, dry).await {
            Ok(()) => {}
            Err(failure @ Failure::Url { .. }) => return Err(failure),
            Err(failure) => failures.push(failure),
        }
    }
    Failure::all(failures)
}

fn parse(spec: &str, removal: bool) -> Result<Taint, Failure> {
    let wrong = |why: &str| Failure::plain(format!("invalid taint spec: {spec}{why}"));
    let (pair, effect) = match spec.split_once(':') {
        Some((pair, effect)) => (pair, effect),
        None if removal => (spec, ""),
        None => return Err(wrong("")),
    };
    let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
    if key.is_empty() {
        return Err(wrong(""));
    }
    if !matches!(effect, "" | "NoSchedule" | "PreferNoSchedule" | "NoExecute") || effect.is_empty() && !removal {
        return Err(Failure::plain(format!("invalid taint effect: {effect}, unsupported taint effect")));
    }
    Ok(Taint { key: key.to_owned(), value: value.to_owned(), effect: effect.to_owned() })
}

async fn one(cli: &Cli, info: &Info, added: &[Taint], removed: &[Taint], dry: DryRun) -> Result<(), Failure> {
    let mut taints = info.object["spec"]["taints"].as_array().cloned().unwrap_or_default();
    let same = |known: &Value, taint: &Taint| {
        known["key"] == taint.key.as_str() && (taint.effect.is_empty() || known["effect"] == taint.effect.as_str())
    };
    for taint in removed {
        let before = taints.len();
        taints.retain(|known| !same(known, taint));
        if taints.len() == before {
            let shown =
                if taint.effect.is_empty() { taint.key.clone() } else { format!("{}:{}", taint.key, taint.effect) };
            return Err(Failure::plain(format!("taint {} not found", crate::go::quote(&shown))));
        }
    }
    for taint in added {
        if taints.iter().any(|known| same(known, taint)) && !cli.flags.bool("overwrite") {
            let words = "already has";
            return Err(Failure::plain(format!(
                "node {} {words} {} taint(s) with same effect(s) and --overwrite is false",
                info.name, taint.key
            )));
        }
        taints.retain(|known| !same(known, taint));
    }
    let fresh: Vec<Value> = added
        .iter()
        .map(|taint| {
            let mut value = json!({"key": taint.key});
            if !taint.value.is_empty() {
                value["value"] = taint.value.clone().into();
            }
            value["effect"] = taint.effect.clone().into();
            value
        })
        .collect();
    let all: Vec<Value> = fresh.into_iter().chain(taints).collect();
    let done = match (added.is_empty(), removed.is_empty()) {
        (true, false) => "untainted",
        (false, false) => "modified",
        _ => "tainted",
    };
    let value = if all.is_empty() { Value::Null } else { all.into() };
    let mut object = info.object.clone();
    match dry {
        DryRun::Client => object["spec"]["taints"] = value,
        _ => {
            let text = json!({"spec": {"taints": value}}).to_string();
            object = patch(cli, &info.path(), MERGE, text, "kubectl-taint").await?;
        }
    }
    report(cli, &object, Some(&info.resource), &format!("{done}{}", dry.note()))
}
