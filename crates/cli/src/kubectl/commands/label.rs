//! `kubectl label` and `kubectl annotate` (`k8s.io/kubectl/pkg/cmd/label`, `pkg/cmd/annotate`).

use serde_json::{Map, Value, json};

use crate::kubectl::builder::Info;
use crate::kubectl::change::{MERGE, chosen, patch, split_pairs};
use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::{Command, Flag};
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::{DRY_RUN, DryRun, FILES, PRINT};
use crate::kubectl::print::report;

static FLAGS: [Flag; 9] = [
    Flag::switch("all", "all objects of the type in the namespace"),
    Flag::switch("all-namespaces", "in every namespace").short('A'),
    Flag::text("field-manager", "who is said to have set the fields"),
    Flag::text("field-selector", "only objects whose fields are so"),
    Flag::switch("list", "show what there is"),
    Flag::switch("local", "change what files say, without the server"),
    Flag::switch("overwrite", "change values that are there already"),
    Flag::text("resource-version", "only if the object has this version"),
    Flag::text("selector", "only objects with these labels").short('l'),
];

pub static LABEL: Command = Command::leaf(
    "label",
    "[--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version]",
    "Set or remove labels",
    &[&FLAGS, &FILES, &DRY_RUN, &PRINT],
    |cli| Box::pin(async move { change(&cli, &LABELS).await }),
)
.examples(&[
    ("A label", "kubectl label node worker1 disk=ssd"),
    ("Another value", "kubectl label --overwrite node worker1 disk=hdd"),
    ("Away with it", "kubectl label node worker1 disk-"),
]);
pub static ANNOTATE: Command = Command::leaf(
    "annotate",
    "[--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version]",
    "Set or remove annotations",
    &[&FLAGS, &FILES, &DRY_RUN, &PRINT],
    |cli| Box::pin(async move { change(&cli, &ANNOTATIONS).await }),
)
.examples(&[("An annotation", "kubectl annotate pod web owner=ops")]);

/// Which of the two.
struct Field {
    name: &'static str,
    one: &'static str,
    manager: &'static str,
}

static LABELS: Field = Field { name: "labels", one: "label", manager: "kubectl-label" };
static ANNOTATIONS: Field = Field { name: "annotations", one: "annotation", manager: "kubectl-annotate" };

async fn change(cli: &Cli, field: &'static Field) -> Result<(), Failure> {
    let (names, pairs) = split_pairs(cli.args(), field.one)?;
    let files = !cli.flags.list("filename").is_empty();
    if names.is_empty() && !files {
        return Err(Failure::plain(
            "one or more resources must be specified as <resource> <name> or <resource>/<name>",
        ));
    }
    if pairs.is_empty() && !cli.flags.bool("list") {
        return Err(Failure::plain(format!("at least one {} update is required", field.one)));
    }
    let (mut set, mut removed) = (Map::new(), Vec::new());
    for pair in &pairs {
        match pair.split_once('=') {
            Some((key, value)) if !key.is_empty() => {
                if field.one == "label" && !is_label_value(value) {
                    return Err(Failure::plain(format!(
                        "invalid label value: {}: {LABEL_VALUE}",
                        crate::go::quote(pair)
                    )));
                }
                set.insert(key.to_owned(), value.into());
            }
            Some(_) => return Err(Failure::plain(format!("invalid {} spec: {pair}", field.one))),
            None => removed.push(pair.trim_end_matches('-').to_owned()),
        }
    }
    if let Some(key) = removed.iter().find(|key| set.contains_key(*key)) {
        let words = format!("can not both modify and remove {} in the same command", a(field, key));
        return Err(Failure::plain(words));
    }
    let (infos, mut failures) = chosen(cli, &names).await?;
    if infos.is_empty() && failures.is_empty() {
        return Err(Failure::plain(
            "one or more resources must be specified as <resource> <name> or <resource>/<name>",
        ));
    }
    for info in infos {
        match one(cli, field, &info, &set, &removed).await {
            Ok(()) => {}
            Err(failure @ Failure::Url { .. }) => return Err(failure),
            Err(failure) => failures.push(failure),
        }
    }
    Failure::all(failures)
}

fn a(field: &Field, key: &str) -> String {
    match field.one {
        "label" => format!("a label {}", crate::go::quote(key)),
        _ => format!("the following annotation(s): {key}"),
    }
}

async fn one(
    cli: &Cli,
    field: &Field,
    info: &Info,
    set: &Map<String, Value>,
    removed: &[String],
) -> Result<(), Failure> {
    let dry = DryRun::of(cli)?;
    let old = info.object["metadata"][field.name].as_object().cloned().unwrap_or_default();
    if cli.flags.bool("list") {
        if info.object["metadata"][field.name].is_object() {
            cli.println(format_args!(
                "Listing {} for {}.{}/{}:",
                field.name, info.resource.kind, info.resource.group, info.name
            ));
        }
        let mut lines: Vec<String> =
            old.iter().map(|(key, value)| format!(" {key}={}", value.as_str().unwrap_or_default())).collect();
        lines.sort_unstable();
        lines.iter().for_each(|line| cli.println(line.trim_start()));
        return Ok(());
    }
    if !cli.flags.bool("overwrite") {
        let taken = set.iter().filter(|(key, value)| old.get(*key).is_some_and(|known| known != *value));
        let mut taken: Vec<String> = taken
            .map(|(key, _)| format!("'{key}' already has a value ({})", old[key].as_str().unwrap_or_default()))
            .collect();
        taken.sort_unstable();
        if !taken.is_empty() {
            return Err(Failure::plain(match field.one {
                "label" if taken.len() == 1 => format!("{}, and --overwrite is false", taken[0]),
                "label" => {
                    taken.iter().map(|one| format!("{one}, and --overwrite is false")).collect::<Vec<_>>().join("\n")
                }
                _ => {
                    format!("--overwrite is false but found the following declared annotation(s): {}", taken.join("; "))
                }
            }));
        }
    }
    let mut new = old.clone();
    let mut changes = Map::new();
    for key in removed {
        match new.shift_remove(key) {
            Some(_) => {
                changes.insert(key.clone(), Value::Null);
            }
            None if field.one == "label" => cli.println(format_args!("label {} not found.", crate::go::quote(key))),
            None => {}
        }
    }
    for (key, value) in set {
        if new.insert(key.clone(), value.clone()).as_ref() != Some(value) {
            changes.insert(key.clone(), value.clone());
        }
    }
    let done = match field.one {
        "label" if changes.is_empty() => "not labeled",
        "label" if !cli.flags.bool("overwrite") && changes.values().all(Value::is_null) => "unlabeled",
        "label" => "labeled",
        _ => "annotated",
    };
    let mut object = info.object.clone();
    if dry == DryRun::Client {
        object["metadata"][field.name] = new.into();
    } else if !changes.is_empty() {
        let mut patched = json!({"metadata": {field.name: changes}});
        if !cli.flags.text("resource-version").is_empty() {
            patched["metadata"]["resourceVersion"] = cli.flags.text("resource-version").into();
        }
        object = patch(cli, &info.path(), MERGE, patched.to_string(), field.manager).await?;
    }
    report(cli, &object, Some(&info.resource), &format!("{done}{}", dry.note()))
}

const LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or \
                           '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or \
                           'my_value',  or '12345', regex used for validation is \
                           '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

fn is_label_value(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let edge = |c: char| c.is_ascii_alphanumeric();
    text.is_empty() || text.len() <= 63 && text.chars().all(inner) && text.starts_with(edge) && text.ends_with(edge)
}
