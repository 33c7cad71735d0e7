//! `kubectl create job`.

use serde_json::{Value, json};

use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::{Command, Flag};
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::{DRY_RUN, MAKE, Made, PRINT, known, one_name};

static FLAGS: [Flag; 2] = [
    Flag::text("from", "cron job to take the job from, as cronjob/NAME"),
    Flag::text("image", "image of the container"),
];

pub static JOB: Command = Command::leaf(
    "job",
    "NAME --image=image [--from=cronjob/name] -- [COMMAND] [args...]",
    "Make a job",
    &[&FLAGS, &DRY_RUN, &PRINT, &MAKE],
    |cli| Box::pin(async move { create(&cli).await }),
)
.examples(&[
    ("A job with a command", "kubectl create job hello --image=busybox -- echo hello"),
    ("A job of a cron job, at once", "kubectl create job test --from=cronjob/nightly"),
]);

async fn create(cli: &Cli) -> Result<(), Failure> {
    let name = one_name(cli)?;
    let (image, from) = (cli.flags.text("image"), cli.flags.text("from"));
    let command = cli.flags.args.get(1..).unwrap_or_default();
    if image.is_empty() == from.is_empty() {
        return Err(Failure::plain("either --image or --from must be specified"));
    }
    if !command.is_empty() && !from.is_empty() {
        return Err(Failure::plain("cannot specify --from and command"));
    }
    let fields = match from {
        "" => json!({"spec": pod_template(&name, image, command, "Never"), "status": {}}),
        from => of_cron_job(cli, from).await?,
    };
    let resource = known("batch", "v1", "jobs", "Job", true);
    Made::new(cli, resource, &name, fields)?.create(cli, "failed to create job: ").await
}

/// A job's specification with one container.
pub fn pod_template(name: &str, image: &str, command: &[String], restart: &str) -> Value {
    let mut container = json!({"name": name, "image": image});
    if !command.is_empty() {
        container["command"] = command.into();
    }
    container["resources"] = json!({});
    json!({"template": {"metadata": {}, "spec": {"containers": [container], "restartPolicy": restart}}})
}

async fn of_cron_job(cli: &Cli, from: &str) -> Result<Value, Failure> {
    let (kind, name) = from.split_once('/').unwrap_or((from, ""));
    let resource = cli.discovery().await?.find(kind).await?;
    if resource.kind != "CronJob" {
        return Err(Failure::plain(format!(
            "from must be an existing cronjob: no kind {} is registered",
            resource.kind
        )));
    }
    let cron = cli.client().await?.get(&resource.at(&cli.namespace()?, name)).await?;
    let template = &cron["spec"]["jobTemplate"];
    let mut annotations = template["metadata"]["annotations"].clone();
    if !annotations.is_object() {
        annotations = json!({});
    }
    annotations["cronjob.kubernetes.io/instantiate"] = "manual".into();
    let mut metadata = json!({});
    if template["metadata"]["labels"].is_object() {
        metadata["labels"] = template["metadata"]["labels"].clone();
    }
    metadata["annotations"] = annotations;
    metadata["ownerReferences"] = json!([{
        "apiVersion": "batch/v1", "kind": "CronJob", "name": cron["metadata"]["name"], "uid": cron["metadata"]["uid"],
        "controller": true,
    }]);
    Ok(json!({"metadata": metadata, "spec": template["spec"], "status": {}}))
}
