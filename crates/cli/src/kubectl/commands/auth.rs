//! `kubectl auth` (`k8s.io/kubectl/pkg/cmd/auth`).

use serde_json::{Value, json};

use crate::kubectl::builder::Target;
use crate::kubectl::cli::Cli;
use crate::kubectl::client::{Body, query};
use crate::kubectl::cmdline::{Command, Flag};
use crate::kubectl::commands::rare::Rare;
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::{DRY_RUN, DryRun, FILES, PRINT};
use crate::kubectl::manifest;
use crate::kubectl::print::json::Order;
use crate::kubectl::print::{Format, report, table};

static CAN_FLAGS: [Flag; 5] = [
    Flag::switch("all-namespaces", "in every namespace").short('A'),
    Flag::switch("list", "show all that may be done"),
    Flag::switch("no-headers", "leave the line of headers out"),
    Flag::switch("quiet", "say nothing; the exit code tells").short('q'),
    Flag::text("subresource", "part of the object, such as log or scale"),
];
static RECONCILE_FLAGS: [Flag; 2] = [
    Flag::switch("remove-extra-permissions", "take away what the file does not grant"),
    Flag::switch("remove-extra-subjects", "take away subjects that the file does not name"),
];

pub static AUTH: Command = Command::group("auth", "", "Look at who may do what", &[&CAN_I, &RECONCILE, &WHO_AM_I]);

static CAN_I: Command = Command::leaf(
    "can-i",
    "VERB [TYPE | TYPE/NAME | NONRESOURCEURL]",
    "Tell whether something may be done",
    &[&CAN_FLAGS],
    |cli| Rare::AuthCanI.run(cli),
)
.examples(&[
    ("Making pods", "kubectl auth can-i create pods"),
    ("As somebody else", "kubectl auth can-i list nodes --as=jane"),
]);
static WHO_AM_I: Command =
    Command::leaf("whoami", "", "Tell who the server takes you for", &[&PRINT], |cli| Rare::AuthWhoAmI.run(cli));
static RECONCILE: Command = Command::leaf(
    "reconcile",
    "-f FILENAME",
    "Make roles and bindings grant what files say",
    &[&RECONCILE_FLAGS, &FILES, &DRY_RUN, &PRINT],
    |cli| Rare::AuthReconcile.run(cli),
);

const REVIEWS: &str = "/apis/authorization.k8s.io/v1";

pub async fn can_i(cli: &Cli) -> Result<(), Failure> {
    if cli.flags.bool("list") {
        return list(cli).await;
    }
    let (verb, what, name) = match cli.args() {
        [verb, what] if what.starts_with('/') => (verb, what.clone(), String::new()),
        [verb, what] => {
            let (kind, name) = what.split_once('/').unwrap_or((what, ""));
            (verb, kind.to_owned(), name.to_owned())
        }
        [verb, what, name] => (verb, what.clone(), name.clone()),
        _ => {
            let words = "you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl auth can-i -h' for help and examples.";
            return Err(Failure::plain(words));
        }
    };
    let spec = if what.starts_with('/') {
        json!({"nonResourceAttributes": {"verb": verb, "path": what}})
    } else {
        let all = cli.flags.bool("all-namespaces");
        let mut attributes = json!({"verb": verb});
        if !all {
            attributes["namespace"] = cli.namespace()?.into();
        }
        let (group, plural) = attributed(cli, &what, all).await?;
        attributes["group"] = group.into();
        attributes["resource"] = plural.into();
        for (field, value) in [("subresource", cli.flags.text("subresource")), ("name", &name)] {
            if !value.is_empty() {
                attributes[field] = value.into();
            }
        }
        json!({"resourceAttributes": attributes})
    };
    let review = json!({
        "kind": "SelfSubjectAccessReview", "apiVersion": "authorization.k8s.io/v1", "metadata": {}, "spec": spec,
        "status": {"allowed": false},
    });
    let path = format!("{REVIEWS}/selfsubjectaccessreviews");
    let answer = cli.client().await?.send("POST", &path, Body::Json(&review)).await?;
    let status = &answer["status"];
    let allowed = status["allowed"] == true;
    if !cli.flags.bool("quiet") {
        let mut words = if allowed { "yes" } else { "no" }.to_owned();
        for field in ["reason", "evaluationError"] {
            let text = status[field].as_str().unwrap_or_default();
            if !allowed && !text.is_empty() {
                words = format!("{words} - {text}");
            }
        }
        cli.println(words);
    }
    if allowed { Ok(()) } else { Err(Failure::Silent(1)) }
}

/// The group and the plural of a word, with warnings where it means nothing, or nothing in a namespace.
async fn attributed(cli: &Cli, word: &str, all_namespaces: bool) -> Result<(String, String), Failure> {
    if word == "*" {
        return Ok(("*".to_owned(), "*".to_owned()));
    }
    match cli.discovery().await?.find(word).await {
        Ok(resource) => {
            if !resource.namespaced && !all_namespaces {
                cli.eprintln(format_args!("Warning: resource '{}' is not namespace scoped\n", resource.plural));
            }
            Ok((resource.group.clone(), resource.plural.clone()))
        }
        Err(failure @ Failure::Url { .. }) => Err(failure),
        Err(_) => {
            let (plural, group) = word.split_once('.').unwrap_or((word, ""));
            let of_group = if group.is_empty() { String::new() } else { format!(" in group '{group}'") };
            cli.eprintln(format_args!("Warning: the server doesn't have a resource type '{plural}'{of_group}\n"));
            Ok((group.to_owned(), plural.to_owned()))
        }
    }
}

async fn list(cli: &Cli) -> Result<(), Failure> {
    let review = json!({
        "kind": "SelfSubjectRulesReview", "apiVersion": "authorization.k8s.io/v1", "metadata": {},
        "spec": {"namespace": cli.namespace()?},
    });
    let path = format!("{REVIEWS}/selfsubjectrulesreviews");
    let answer = cli.client().await?.send("POST", &path, Body::Json(&review)).await?;
    let mut rows: Vec<Vec<String>> = Vec::new();
    if !cli.flags.bool("no-headers") {
        rows.push(["Resources", "Non-Resource URLs", "Resource Names", "Verbs"].map(str::to_owned).to_vec());
    }
    let texts = |value: &Value| -> Vec<String> {
        value.as_array().into_iter().flatten().map(|v| v.as_str().unwrap_or_default().to_owned()).collect()
    };
    let bracketed = |all: Vec<String>| format!("[{}]", all.join(" "));
    for rule in answer["status"]["resourceRules"].as_array().into_iter().flatten() {
        for group in texts(&rule["apiGroups"]) {
            for resource in texts(&rule["resources"]) {
                let (plural, part) = resource.split_once('/').map_or((resource.as_str(), ""), |(p, s)| (p, s));
                let mut title = plural.to_owned();
                if !group.is_empty() {
                    title = format!("{title}.{group}");
                }
                if !part.is_empty() {
                    title = format!("{title}/{part}");
                }
                rows.push(vec![
                    title,
                    "[]".to_owned(),
                    bracketed(texts(&rule["resourceNames"])),
                    bracketed(texts(&rule["verbs"])),
                ]);
            }
        }
    }
    for rule in answer["status"]["nonResourceRules"].as_array().into_iter().flatten() {
        for url in texts(&rule["nonResourceURLs"]) {
            rows.push(vec![String::new(), format!("[{url}]"), "[]".to_owned(), bracketed(texts(&rule["verbs"]))]);
        }
    }
    cli.print(table(&rows));
    Ok(())
}

pub async fn who_am_i(cli: &Cli) -> Result<(), Failure> {
    let review = json!({"kind": "SelfSubjectReview", "apiVersion": "authentication.k8s.io/v1", "metadata": {}, "status": {"userInfo": {}}});
    let path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    let answer = cli.client().await?.send("POST", path, Body::Json(&review)).await?;
    let format = Format::of(cli)?;
    if !format.is_human() {
        let text = format.object(cli, &answer, Order::Kept)?;
        cli.print(text);
        return Ok(());
    }
    let user = &answer["status"]["userInfo"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list = |value: &Value| {
        let all: Vec<String> = value.as_array().into_iter().flatten().map(text).collect();
        format!("[{}]", all.join(" "))
    };
    let mut rows = vec![vec!["ATTRIBUTE".to_owned(), "VALUE".to_owned()]];
    for (title, field) in [("Username", "username"), ("UID", "uid")] {
        if !text(&user[field]).is_empty() {
            rows.push(vec![title.to_owned(), text(&user[field])]);
        }
    }
    if user["groups"].as_array().is_some_and(|groups| !groups.is_empty()) {
        rows.push(vec!["Groups".to_owned(), list(&user["groups"])]);
    }
    let mut extra: Vec<(&String, &Value)> = user["extra"].as_object().into_iter().flatten().collect();
    extra.sort_by_key(|(key, _)| *key);
    rows.extend(extra.into_iter().map(|(key, value)| vec![format!("Extra: {key}"), list(value)]));
    cli.print(table(&rows));
    Ok(())
}

pub async fn reconcile(cli: &Cli) -> Result<(), Failure> {
    let files = cli.flags.list("filename");
    if files.is_empty() {
        return Err(Failure::plain("must specify one of -f and -k"));
    }
    let dry = DryRun::of(cli)?;
    for document in manifest::documents(cli, &files).await? {
        let Target::Described { resource, namespace, object, .. } = manifest::target(cli, document).await? else {
            continue;
        };
        if resource.group != "rbac.authorization.k8s.io" {
            continue;
        }
        let client = cli.client().await?;
        let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        let pairs = query(&[("dryRun", dry.query()), ("fieldManager", "kubectl-auth-reconcile")]);
        if dry != DryRun::Client {
            match client.get(&resource.at(&namespace, &name)).await {
                Err(failure) if failure.is_not_found() => {
                    client.send("POST", &format!("{}?{pairs}", resource.path(&namespace)), Body::Json(&object)).await?;
                }
                Err(failure) => return Err(failure),
                Ok(mut known) => {
                    for field in ["rules", "subjects", "aggregationRule"] {
                        let keep = field == "rules" && !cli.flags.bool("remove-extra-permissions")
                            || field == "subjects" && !cli.flags.bool("remove-extra-subjects");
                        if let Some(new) = object.get(field) {
                            let mut all = new.as_array().cloned();
                            if let (true, Some(all), Some(old)) = (keep, all.as_mut(), known[field].as_array()) {
                                let more: Vec<Value> = old.iter().filter(|one| !all.contains(one)).cloned().collect();
                                all.extend(more);
                            }
                            known[field] = all.map_or_else(|| new.clone(), Value::Array);
                        }
                    }
                    client
                        .send("PUT", &format!("{}?{pairs}", resource.at(&namespace, &name)), Body::Json(&known))
                        .await?;
                }
            }
        }
        report(cli, &object, Some(&resource), &format!("reconciled{}", dry.note()))?;
    }
    Ok(())
}
