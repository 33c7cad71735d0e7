//! `kubectl create`: from files, or one of its subcommands (`k8s.io/kubectl/pkg/cmd/create`).

mod config_map;
mod config_source;
mod cron_job;
mod deployment;
mod ingress;
mod job;
mod namespace;
mod pod_disruption_budget;
mod priority_class;
mod quota;
mod role;
mod role_binding;
mod secret;
mod service;
mod service_account;
mod token;

pub use quota::amounts;

use std::rc::Rc;

use crate::kubectl::builder::Target;
use crate::kubectl::cli::Cli;
use crate::kubectl::client::{Body, query};
use crate::kubectl::cmdline::{Command, Flag, RunFuture};
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::{DRY_RUN, DryRun, FILES, LAST_APPLIED, MAKE, PRINT, annotate, applied, validation};
use crate::kubectl::manifest;
use crate::kubectl::print::report;

static FLAGS: [Flag; 4] = [
    Flag::switch("edit", "edit the object before it is made"),
    Flag::text("raw", "address on the server to send the file to, as it is"),
    Flag::text("selector", "only objects with these labels").short('l'),
    Flag::switch("windows-line-endings", "use Windows line endings in the editor"),
];

pub static CREATE: Command = Command::leaf(
    "create",
    "-f FILENAME",
    "Make objects from files or arguments",
    &[&FLAGS, &FILES, &DRY_RUN, &PRINT, &MAKE],
    run,
)
.long("Make objects from files or arguments.\n\n Files may be JSON or YAML.")
.examples(&[
    ("From a file", "kubectl create -f ./pod.json"),
    ("From standard input", "cat pod.json | kubectl create -f -"),
])
.children(&[
    &role::CLUSTER_ROLE,
    &role_binding::CLUSTER_ROLE_BINDING,
    &config_map::CONFIG_MAP,
    &cron_job::CRON_JOB,
    &deployment::DEPLOYMENT,
    &ingress::INGRESS,
    &job::JOB,
    &namespace::NAMESPACE,
    &pod_disruption_budget::POD_DISRUPTION_BUDGET,
    &priority_class::PRIORITY_CLASS,
    &quota::QUOTA,
    &role::ROLE,
    &role_binding::ROLE_BINDING,
    &secret::SECRET,
    &service::SERVICE,
    &service_account::SERVICE_ACCOUNT,
    &token::TOKEN,
]);

fn run(cli: Rc<Cli>) -> RunFuture {
    Box::pin(async move { create(&cli).await })
}

async fn create(cli: &Cli) -> Result<(), Failure> {
    let files = cli.flags.list("filename");
    if files.is_empty() && cli.flags.text("kustomize").is_empty() {
        return Err(Failure::plain("must specify one of -f and -k"));
    }
    if let Some(word) = cli.args().first() {
        return Err(cli.usage(format_args!("Unexpected args: [{word}]")));
    }
    if cli.flags.changed("raw") {
        return raw(cli, &files).await;
    }
    let dry = DryRun::of(cli)?;
    let validation = validation(cli)?;
    let manager = match cli.flags.text("field-manager") {
        "" => "kubectl-create",
        manager => manager,
    };
    let mut failures = Vec::new();
    let documents = manifest::documents(cli, &files).await?;
    if documents.is_empty() {
        return Err(Failure::plain("no objects passed to create"));
    }
    for document in documents {
        let target = match manifest::target(cli, document).await {
            Ok(target) => target,
            Err(failure) => {
                failures.push(failure);
                continue;
            }
        };
        let Target::Described { resource, namespace, mut object, source } = target else { continue };
        if cli.flags.bool("save-config") {
            let text = applied(&object);
            annotate(&mut object, LAST_APPLIED, &text);
        }
        if dry != DryRun::Client {
            let pairs = [("dryRun", dry.query()), ("fieldManager", manager), ("fieldValidation", validation)];
            let path = format!("{}?{}", resource.path(&namespace), query(&pairs));
            match cli.client().await?.send("POST", &path, Body::Json(&object)).await {
                Ok(made) => object = made,
                Err(failure) => {
                    failures.push(failure.while_doing("creating", &source));
                    continue;
                }
            }
        }
        report(cli, &object, Some(&resource), &format!("created{}", dry.note()))?;
    }
    Failure::all(failures)
}

async fn raw(cli: &Cli, files: &[String]) -> Result<(), Failure> {
    let [file] = files else { return Err(Failure::plain("--raw can only use a single local file or stdin")) };
    let text = match file.as_str() {
        "-" => cli.stdin().await,
        name => {
            let bytes = cli.read(name).map_err(|why| Failure::plain(format!("open {name}: {why}")))?;
            String::from_utf8_lossy(&bytes).into_owned()
        }
    };
    let client = cli.client().await?;
    let body = Body::Patch("application/json", text);
    let answer = client.call("POST", cli.flags.text("raw"), "application/json", body).await?;
    cli.print(answer);
    Ok(())
}
