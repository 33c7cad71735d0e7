//! `kubectl create priorityclass`.

use serde_json::json;

use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::{Command, Flag};
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::{DRY_RUN, MAKE, Made, PRINT, known, one_name};

static FLAGS: [Flag; 4] = [
    Flag::text("description", "what the class is for"),
    Flag::switch("global-default", "whether pods without a class get this one"),
    Flag::text("preemption-policy", "whether pods of lower priority may be preempted").default("PreemptLowerPriority"),
    Flag::int("value", "0", "the priority"),
];

pub static PRIORITY_CLASS: Command = Command::leaf(
    "priorityclass",
    "NAME --value=VALUE --global-default=BOOL [--dry-run=server|client|none]",
    "Make a priority class",
    &[&FLAGS, &DRY_RUN, &PRINT, &MAKE],
    |cli| Box::pin(async move { create(&cli).await }),
)
.aliases(&["pc"])
.examples(&[("A high priority", "kubectl create priorityclass high --value=1000 --description='for what matters'")]);

async fn create(cli: &Cli) -> Result<(), Failure> {
    let name = one_name(cli)?;
    if !cli.flags.changed("value") {
        return Err(Failure::plain("required flag(s) \"value\" not set"));
    }
    let mut fields = json!({"value": cli.flags.int("value")});
    if cli.flags.bool("global-default") {
        fields["globalDefault"] = true.into();
    }
    if !cli.flags.text("description").is_empty() {
        fields["description"] = cli.flags.text("description").into();
    }
    fields["preemptionPolicy"] = cli.flags.text("preemption-policy").into();
    let resource = known("scheduling.k8s.io", "v1", "priorityclasses", "PriorityClass", false);
    Made::new(cli, resource, &name, fields)?.create(cli, "failed to create priorityclass: ").await
}
