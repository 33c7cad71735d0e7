//! `kubectl replace` (`k8s.io/kubectl/pkg/cmd/replace`).

use serde_json::json;

use crate::kubectl::builder::Target;
use crate::kubectl::cli::Cli;
use crate::kubectl::client::{Body, query};
use crate::kubectl::cmdline::{Command, Flag, Kind};
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::{DRY_RUN, DryRun, FILES, LAST_APPLIED, MAKE, PRINT, annotate, applied, validation};
use crate::kubectl::manifest;
use crate::kubectl::print::report;

static FLAGS: [Flag; 7] = [
    Flag::text("cascade", "with --force: what becomes of dependents").default("background").bare("background"),
    Flag::switch("force", "delete the object and make it anew"),
    Flag::int("grace-period", "-1", "with --force: seconds that it may take to end"),
    Flag::text("raw", "address on the server to send the file to, as it is"),
    Flag::text("subresource", "part of the object to replace"),
    Flag::new("timeout", Kind::Duration, "0s", "with --force: how long to wait for the deletion"),
    Flag::switch("wait", "with --force: wait until the object is gone"),
];

pub static REPLACE: Command = Command::leaf(
    "replace",
    "-f FILENAME",
    "Put files in the place of objects",
    &[&FLAGS, &FILES, &DRY_RUN, &PRINT, &MAKE],
    |cli| Box::pin(async move { replace(&cli).await }),
)
.examples(&[("A pod", "kubectl replace -f ./pod.json"), ("Anew", "kubectl replace --force -f ./pod.json")]);

/// How often an object that is being deleted is looked at, in microseconds.
const LOOK: u64 = 250_000;

async fn replace(cli: &Cli) -> Result<(), Failure> {
    let files = cli.flags.list("filename");
    if files.is_empty() && cli.flags.text("kustomize").is_empty() {
        return Err(Failure::plain("must specify one of -f and -k"));
    }
    let dry = DryRun::of(cli)?;
    let validation = validation(cli)?;
    let manager = match cli.flags.text("field-manager") {
        "" => "kubectl-replace",
        given => given,
    };
    let documents = manifest::documents(cli, &files).await?;
    if documents.is_empty() {
        return Err(Failure::plain("no objects passed to replace"));
    }
    let client = cli.client().await?;
    let mut failures = Vec::new();
    for document in documents {
        let Target::Described { resource, namespace, mut object, source } = manifest::target(cli, document).await?
        else {
            continue;
        };
        let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        let path = resource.at(&namespace, &name);
        // An object that apply looks after goes on being looked after.
        if cli.flags.bool("save-config") || object["metadata"]["annotations"][LAST_APPLIED].is_string() {
            let text = applied(&object);
            annotate(&mut object, LAST_APPLIED, &text);
        }
        let pairs = [("dryRun", dry.query()), ("fieldManager", manager), ("fieldValidation", validation)];
        if cli.flags.bool("force") && dry == DryRun::No {
            let mut options = json!({"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Background"});
            if cli.flags.int("grace-period") >= 0 {
                options["gracePeriodSeconds"] = cli.flags.int("grace-period").into();
            } else {
                options["gracePeriodSeconds"] = 0.into();
            }
            match client.send("DELETE", &path, Body::Json(&options)).await {
                Ok(_) => {
                    let place =
                        if resource.namespaced { format!(" from {namespace} namespace") } else { String::new() };
                    cli.println(format_args!("{} \"{name}\" deleted{place}", resource.titled()));
                    while client.get(&path).await.is_ok() {
                        cli.process.sleep(LOOK).await;
                    }
                }
                Err(failure) if failure.is_not_found() => {}
                Err(failure) => return Err(failure.while_doing("deleting", &source)),
            }
            if let Some(metadata) = object["metadata"].as_object_mut() {
                for field in ["resourceVersion", "uid"] {
                    metadata.shift_remove(field);
                }
            }
            let made = client
                .send("POST", &format!("{}?{}", resource.path(&namespace), query(&pairs)), Body::Json(&object))
                .await;
            let made = made.map_err(|failure| failure.while_doing("replacing", &source))?;
            report(cli, &made, Some(&resource), "replaced")?;
            continue;
        }
        let sent = match dry {
            DryRun::Client => client.get(&path).await.map(|_| object.clone()),
            _ => {
                let part = match cli.flags.text("subresource") {
                    "" => String::new(),
                    part => format!("/{part}"),
                };
                client.send("PUT", &format!("{path}{part}?{}", query(&pairs)), Body::Json(&object)).await
            }
        };
        match sent {
            Ok(object) => report(cli, &object, Some(&resource), &format!("replaced{}", dry.note()))?,
            Err(failure @ Failure::Url { .. }) => return Err(failure),
            Err(failure) => failures.push(failure.while_doing("replacing", &source)),
        }
    }
    Failure::all(failures)
}
