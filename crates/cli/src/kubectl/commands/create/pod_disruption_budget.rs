//! `kubectl create poddisruptionbudget`.

use serde_json::json;

use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::{Command, Flag};
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::{DRY_RUN, MAKE, Made, PRINT, int_or_text, known, one_name, pairs};

static FLAGS: [Flag; 3] = [
    Flag::text("max-unavailable", "how many pods may be missing, as a number or a percentage"),
    Flag::text("min-available", "how many pods must be there, as a number or a percentage"),
    Flag::text("selector", "labels of the pods"),
];

pub static POD_DISRUPTION_BUDGET: Command = Command::leaf(
    "poddisruptionbudget",
    "NAME --selector=SELECTOR --min-available=N [--dry-run=server|client|none]",
    "Make a pod disruption budget",
    &[&FLAGS, &DRY_RUN, &PRINT, &MAKE],
    |cli| Box::pin(async move { create(&cli).await }),
)
.aliases(&["pdb"])
.examples(&[("One pod must stay", "kubectl create pdb web --selector=app=web --min-available=1")]);

async fn create(cli: &Cli) -> Result<(), Failure> {
    let name = one_name(cli)?;
    let (most, least) = (cli.flags.text("max-unavailable"), cli.flags.text("min-available"));
    let selector = cli.flags.text("selector");
    let amount = |text: &str| {
        let digits = text.strip_suffix('%').unwrap_or(text);
        !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
    };
    let wrong = match (most, least) {
        _ if selector.is_empty() => Some("a selector must be specified"),
        ("", "") => Some("one of min-available or max-unavailable must be specified"),
        (most, least) if !most.is_empty() && !least.is_empty() => {
            Some("min-available and max-unavailable cannot be both specified")
        }
        ("", least) if !amount(least) => Some("invalid format specified for min-available"),
        (most, "") if !amount(most) => Some("invalid format specified for max-unavailable"),
        _ => None,
    };
    if let Some(words) = wrong {
        return Err(Failure::plain(words));
    }
    let mut spec = json!({});
    if !least.is_empty() {
        spec["minAvailable"] = int_or_text(least);
    }
    spec["selector"] = json!({"matchLabels": pairs(selector)?});
    if !most.is_empty() {
        spec["maxUnavailable"] = int_or_text(most);
    }
    let status = json!({"disruptionsAllowed": 0, "currentHealthy": 0, "desiredHealthy": 0, "expectedPods": 0});
    let resource = known("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget", true);
    let made = Made::new(cli, resource, &name, json!({"spec": spec, "status": status}))?;
    made.create(cli, "failed to create poddisruptionbudgets: ").await
}
