//! `kubectl create cronjob`.

use serde_json::json;

use super::job::pod_template;
use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::{Command, Flag};
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::{DRY_RUN, MAKE, Made, PRINT, known, one_name};

static FLAGS: [Flag; 3] = [
    Flag::text("image", "image of the container"),
    Flag::text("restart", "restart policy of the pods: OnFailure or Never").default("OnFailure"),
    Flag::text("schedule", "when to run, in cron's notation"),
];

pub static CRON_JOB: Command = Command::leaf(
    "cronjob",
    "NAME --image=image --schedule='0/5 * * * ?' -- [COMMAND] [args...] [flags]",
    "Make a cron job",
    &[&FLAGS, &DRY_RUN, &PRINT, &MAKE],
    |cli| Box::pin(async move { create(&cli).await }),
)
.aliases(&["cj"])
.examples(&[("Every minute", "kubectl create cronjob tick --image=busybox --schedule='*/1 * * * *' -- date")]);

async fn create(cli: &Cli) -> Result<(), Failure> {
    let name = one_name(cli)?;
    let mut missing: Vec<&str> = Vec::new();
    missing.extend(["image", "schedule"].into_iter().filter(|flag| !cli.flags.changed(flag)));
    if !missing.is_empty() {
        let names: Vec<String> = missing.iter().map(|name| format!("\"{name}\"")).collect();
        return Err(Failure::plain(format!("required flag(s) {} not set", names.join(", "))));
    }
    let command = cli.flags.args.get(1..).unwrap_or_default();
    let job = pod_template(&name, cli.flags.text("image"), command, cli.flags.text("restart"));
    let fields = json!({
        "spec": {
            "schedule": cli.flags.text("schedule"),
            "jobTemplate": {"metadata": {"name": name}, "spec": job},
        },
        "status": {},
    });
    let resource = known("batch", "v1", "cronjobs", "CronJob", true);
    Made::new(cli, resource, &name, fields)?.create(cli, "failed to create cronjob: ").await
}
