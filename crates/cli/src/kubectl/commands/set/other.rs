//! `kubectl set selector`, `serviceaccount` and `subject`.

use serde_json::{Value, json};

use super::{COMMON, send};
use crate::kubectl::change::{chosen, pod_spec};
use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::{Command, Flag};
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::{DRY_RUN, FILES, PRINT, pairs};

static SUBJECTS: [Flag; 3] = [
    Flag::array("group", "group to bind the role to"),
    Flag::array("serviceaccount", "service account to bind it to, as NAMESPACE:NAME"),
    Flag::array("user", "user to bind it to"),
];

pub static SELECTOR: Command = Command::leaf(
    "selector",
    "(-f FILENAME | TYPE NAME) EXPRESSIONS",
    "Set the selector of a service",
    &[&COMMON, &FILES, &DRY_RUN, &PRINT],
    |cli| Box::pin(async move { selector(&cli).await }),
);
pub static SERVICE_ACCOUNT: Command = Command::leaf(
    "serviceaccount",
    "(-f FILENAME | TYPE NAME) SERVICE_ACCOUNT",
    "Set the service account of a pod template",
    &[&COMMON, &FILES, &DRY_RUN, &PRINT],
    |cli| Box::pin(async move { service_account(&cli).await }),
)
.aliases(&["sa"]);
pub static SUBJECT: Command = Command::leaf(
    "subject",
    "(-f FILENAME | TYPE NAME) [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname]",
    "Add users, groups or service accounts to a binding",
    &[&SUBJECTS, &COMMON, &FILES, &DRY_RUN, &PRINT],
    |cli| Box::pin(async move { subject(&cli).await }),
);

async fn selector(cli: &Cli) -> Result<(), Failure> {
    let Some((expression, names)) = cli.args().split_last().filter(|(last, _)| last.contains('=')) else {
        return Err(Failure::plain("at least two arguments are required: resource and selector"));
    };
    let labels = Value::Object(pairs(expression)?);
    let (infos, mut failures) = chosen(cli, names).await?;
    let mut changed = Vec::new();
    for info in infos {
        if info.resource.kind != "Service" {
            let words = format!("selector is immutable once set for {}", info.resource.kind.to_lowercase());
            failures.push(Failure::plain(words));
            continue;
        }
        let mut object = info.object.clone();
        object["spec"]["selector"] = labels.clone();
        // Labels that are not named any more go.
        changed.push((info, object));
    }
    send(cli, changed, "selector updated", failures).await
}

async fn service_account(cli: &Cli) -> Result<(), Failure> {
    let Some((account, names)) = cli.args().split_last() else {
        return Err(Failure::plain("serviceaccount is required"));
    };
    let (infos, failures) = chosen(cli, names).await?;
    let mut changed = Vec::new();
    for info in infos {
        let mut object = info.object.clone();
        let Some(spec) = pod_spec(&info.resource.kind).and_then(|at| object.pointer_mut(at)) else { continue };
        spec["serviceAccountName"] = account.clone().into();
        changed.push((info, object));
    }
    send(cli, changed, "serviceaccount updated", failures).await
}

async fn subject(cli: &Cli) -> Result<(), Failure> {
    let mut wanted = Vec::new();
    for (flag, kind) in [("user", "User"), ("group", "Group")] {
        let subject = |name: String| json!({"kind": kind, "apiGroup": "rbac.authorization.k8s.io", "name": name});
        wanted.extend(cli.flags.list(flag).into_iter().map(subject));
    }
    for account in cli.flags.list("serviceaccount") {
        let Some((namespace, name)) = account.split_once(':') else {
            return Err(Failure::plain("serviceaccount must be <namespace>:<name>"));
        };
        wanted.push(json!({"kind": "ServiceAccount", "namespace": namespace, "name": name}));
    }
    if wanted.is_empty() {
        let words = "you must specify at least one value of user, group or serviceaccount";
        return Err(Failure::plain(words));
    }
    let (infos, failures) = chosen(cli, cli.args()).await?;
    let mut changed = Vec::new();
    for info in infos {
        let mut object = info.object.clone();
        let mut subjects = object["subjects"].as_array().cloned().unwrap_or_default();
        for subject in &wanted {
            if !subjects.iter().any(|known| ["kind", "name", "namespace"].iter().all(|f| known[*f] == subject[*f])) {
                subjects.push(subject.clone());
            }
        }
        object["subjects"] = subjects.into();
        changed.push((info, object));
    }
    send(cli, changed, "subjects updated", failures).await
}
