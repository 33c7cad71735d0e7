//! `kubectl diff`: what an apply would change (`k8s.io/kubectl/pkg/cmd/diff`). Both states of each object are written to
//! files, and `diff`, or the program of `KUBECTL_EXTERNAL_DIFF`, compares them.

use serde_json::{Value, json};

use super::One;
use crate::kubectl::builder::Target;
use crate::kubectl::cli::Cli;
use crate::kubectl::client::{Body, Resource, query};
use crate::kubectl::cmdline::{Command, Flag};
use crate::kubectl::commands::rare::Rare;
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::{DryRun, FILES, applied};
use crate::kubectl::manifest;

static FLAGS: [Flag; 8] = [
    Flag::int("concurrency", "1", "how many objects are asked for at once"),
    Flag::text("field-manager", "who would be said to have set the fields").default("kubectl-client-side-apply"),
    Flag::switch("force-conflicts", "with --server-side: take fields over from others"),
    Flag::switch("prune", "show what --prune would delete, too"),
    Flag::array("prune-allowlist", "with --prune: kinds to look at, as GROUP/VERSION/KIND"),
    Flag::text("selector", "only objects with these labels").short('l'),
    Flag::switch("server-side", "let the server merge"),
    Flag::switch("show-managed-fields", "compare who has set the fields, too"),
];

pub static DIFF: Command = Command::leaf(
    "diff",
    "-f FILENAME",
    "Show what applying a file would change",
    &[&FLAGS, &FILES],
    |cli| Rare::Diff.run(cli),
)
.long(
    "Show what applying a file would change.\n\n Exit status: 0 when nothing would change, 1 when something would, more \
     when it cannot be told. Another program than \"diff -u -N\" is used if KUBECTL_EXTERNAL_DIFF names it.",
)
.examples(&[("A file", "kubectl diff -f web.yaml"), ("Standard input", "cat web.yaml | kubectl diff -f -")]);

pub async fn diff(cli: &Cli) -> Result<(), Failure> {
    match compare(cli).await {
        Ok(0) => Ok(()),
        Ok(code) => Err(Failure::Silent(code)),
        // A failure must not look like a difference.
        Err(failure) => {
            cli.process.eprint(failure.report());
            Err(Failure::Silent(1.max(failure.code() + 1)))
        }
    }
}

async fn compare(cli: &Cli) -> Result<i32, Failure> {
    let files = cli.flags.list("filename");
    if let Some(word) = cli.args().first() {
        return Err(cli.usage(format_args!("Unexpected args: [{word}]")));
    }
    if cli.flags.bool("force-conflicts") && !cli.flags.bool("server-side") {
        return Err(Failure::plain("--force-conflicts only works with --server-side"));
    }
    if files.is_empty() && cli.flags.text("kustomize").is_empty() {
        return Err(Failure::plain("must specify one of -f and -k"));
    }
    let number = cli.process.random() % 10_000_000_000;
    let folders = [format!("/tmp/LIVE-{number}"), format!("/tmp/MERGED-{}", number + 1)];
    let mut names = Vec::new();
    for document in manifest::documents(cli, &files).await? {
        let Target::Described { resource, namespace, object, source } = manifest::target(cli, document).await? else {
            continue;
        };
        let one = One { cli, dry: DryRun::Server, resource: &resource, namespace: &namespace, source: &source };
        let (mut live, mut merged) = states(&one, object).await?;
        for object in [&mut live, &mut merged] {
            if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut)
                && !cli.flags.bool("show-managed-fields")
            {
                metadata.shift_remove("managedFields");
            }
        }
        if resource.kind == "Secret" && resource.group.is_empty() {
            mask(&mut live, &mut merged);
        }
        let name = file_name(&resource, &namespace, &merged);
        for (folder, object) in folders.iter().zip([&live, &merged]) {
            let text = if object.is_null() { String::new() } else { yaml::write(object) };
            let fs = cli.process.fs();
            let written = fs.mkdir_all(folder).and_then(|()| fs.write(&format!("{folder}/{name}"), text.into_bytes()));
            written.map_err(|error| Failure::plain(format!("open {folder}/{name}: {error}")))?;
        }
        names.push(name);
    }
    let code = run(cli, &folders, &names).await;
    for folder in &folders {
        let _ = cli.process.fs().remove_all(folder);
    }
    code
}

/// The object as it is, null if it is not there, and as it would be.
async fn states(one: &One<'_>, object: Value) -> Result<(Value, Value), Failure> {
    let client = one.cli.client().await?;
    let name = one.name(&object)?;
    let path = one.resource.at(one.namespace, &name);
    let live = match client.get(&path).await {
        Ok(live) => live,
        Err(failure) if failure.is_not_found() => Value::Null,
        Err(failure) => return Err(failure),
    };
    let flags = &one.cli.flags;
    let by_server = flags.bool("server-side");
    let manager = if by_server && !flags.changed("field-manager") { "kubectl" } else { flags.text("field-manager") };
    let pairs = query(&[("dryRun", one.dry.query()), ("fieldManager", manager)]);
    if by_server {
        let path = format!("{path}?{pairs}&force={}", flags.bool("force-conflicts"));
        let body = Body::Patch("application/apply-patch+yaml", object.to_string());
        return Ok((live, client.send("PATCH", &path, body).await?));
    }
    if live.is_null() {
        let path = format!("{}?{pairs}", one.resource.path(one.namespace));
        return Ok((live, client.send("POST", &path, Body::Json(&object)).await?));
    }
    // As an apply would remember it, but without saying so in the annotation: that is no difference.
    let wanted: Value = serde_json::from_str(&applied(&object)).unwrap_or(object);
    let patch = one.difference(&wanted, &live);
    if patch == json!({}) {
        return Ok((live.clone(), live));
    }
    let (kind, text) = one.patch(&patch);
    let merged = client.send("PATCH", &format!("{path}?{pairs}"), Body::Patch(kind, text)).await?;
    Ok((live, merged))
}

/// `apps.v1.Deployment.default.web`
fn file_name(resource: &Resource, namespace: &str, object: &Value) -> String {
    let group = if resource.group.is_empty() { String::new() } else { format!("{}.", resource.group) };
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    let namespace = if resource.namespaced { namespace } else { "" };
    format!("{group}{}.{}.{namespace}.{name}", resource.version, resource.kind)
}

/// Nobody shall read a secret off a difference: it shows only whether a value differs.
fn mask(live: &mut Value, merged: &mut Value) {
    let keys = |object: &Value| -> Vec<String> {
        object["data"].as_object().into_iter().flatten().map(|(key, _)| key.clone()).collect()
    };
    for key in keys(live).into_iter().chain(keys(merged)) {
        let (before, after) = (live["data"].get(&key).cloned(), merged["data"].get(&key).cloned());
        let differs = before.is_some() && after.is_some() && before != after;
        for (object, value, word) in [(&mut *live, before, "before"), (&mut *merged, after, "after")] {
            if value.is_some_and(|value| !value.as_str().is_some_and(|text| text.starts_with("***"))) {
                object["data"][&key] = if differs { format!("*** ({word})") } else { "***".to_owned() }.into();
            }
        }
    }
}

/// Runs the program that compares: `diff` on each pair of files that differ, as it does with folders itself; another
/// one on the folders.
async fn run(cli: &Cli, folders: &[String; 2], names: &[String]) -> Result<i32, Failure> {
    let [live, merged] = folders;
    let external = cli.process.var("KUBECTL_EXTERNAL_DIFF").filter(|command| !command.is_empty());
    if let Some(command) = external {
        let mut words: Vec<String> = command.split_whitespace().map(str::to_owned).collect();
        words.extend(folders.clone());
        return spawn(cli, words).await;
    }
    let mut names = names.to_vec();
    names.sort();
    let mut worst = 0;
    for name in names {
        let pair = [format!("{live}/{name}"), format!("{merged}/{name}")];
        if cli.read(&pair[0]).ok() == cli.read(&pair[1]).ok() {
            continue;
        }
        cli.println(format_args!("diff -u -N {} {}", pair[0], pair[1]));
        cli.process.stdout.flush().await;
        let words = ["diff", "-u", "-N", &pair[0], &pair[1]].map(str::to_owned).to_vec();
        worst = worst.max(spawn(cli, words).await?);
    }
    Ok(worst)
}

async fn spawn(cli: &Cli, words: Vec<String>) -> Result<i32, Failure> {
    let program = words.first().cloned().unwrap_or_default();
    let failed = |why: String| Failure::plain(format!("failed to run {}: {why}", crate::go::quote(&program)));
    cli.run(words).await.map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(before: Value, after: Value, expected: [Value; 2]) {
        let (mut live, mut merged) = (json!({ "data": before }), json!({ "data": after }));
        mask(&mut live, &mut merged);
        assert_eq!([live["data"].clone(), merged["data"].clone()], expected);
    }

    #[test]
    fn of_a_secret_only_whether_it_differs_is_shown() {
        check(json!({ "a": "Yg==" }), json!({ "a": "Yg==" }), [json!({ "a": "***" }), json!({ "a": "***" })]);
        let differs = [json!({ "a": "*** (before)" }), json!({ "a": "*** (after)" })];
        check(json!({ "a": "Yg==" }), json!({ "a": "Yw==" }), differs);
        check(json!({}), json!({ "a": "Yw==" }), [json!({}), json!({ "a": "***" })]);
    }
}
