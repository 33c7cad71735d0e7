//! `kubectl autoscale` (`k8s.io/kubectl/pkg/cmd/autoscale`).

use serde_json::json;

use crate::kubectl::change::chosen;
use crate::kubectl::cli::Cli;
use crate::kubectl::client::{Body, query};
use crate::kubectl::cmdline::{Command, Flag};
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::{DRY_RUN, DryRun, FILES, PRINT, known};
use crate::kubectl::print::report;

static FLAGS: [Flag; 8] = [
    Flag::text("cpu", "how much CPU the pods shall use, such as 50% or 500m"),
    Flag::int("cpu-percent", "-1", "the same as a percentage of what they request"),
    Flag::text("field-manager", "who is said to have set the fields").default("kubectl-autoscale"),
    Flag::int("max", "-1", "most pods"),
    Flag::text("memory", "how much memory the pods shall use"),
    Flag::int("min", "-1", "fewest pods"),
    Flag::text("name", "name of the autoscaler"),
    Flag::switch("save-config", "remember the object for a later apply"),
];

pub static AUTOSCALE: Command = Command::leaf(
    "autoscale",
    "(-f FILENAME | TYPE NAME | TYPE/NAME) [--min=MINPODS] --max=MAXPODS [--cpu=CPU] [--memory=MEMORY]",
    "Let the number of pods follow their load",
    &[&FLAGS, &FILES, &DRY_RUN, &PRINT],
    |cli| Box::pin(async move { autoscale(&cli).await }),
)
.examples(&[("Up to ten pods", "kubectl autoscale deployment web --min=2 --max=10 --cpu=80%")]);

async fn autoscale(cli: &Cli) -> Result<(), Failure> {
    let (min, max) = (cli.flags.int("min"), cli.flags.int("max"));
    if !cli.flags.changed("max") {
        return Err(Failure::plain("required flag(s) \"max\" not set"));
    }
    if max < 1 {
        return Err(Failure::plain(format!("--max=MAXPODS is required and must be at least 1, max: {max}")));
    }
    if max < min {
        let words = format!("--max=MAXPODS must be larger or equal to --min=MINPODS, max: {max}, min: {min}");
        return Err(Failure::plain(words));
    }
    let dry = DryRun::of(cli)?;
    let (infos, failures) = chosen(cli, cli.args()).await?;
    Failure::all(failures)?;
    for info in infos {
        let mut metrics = Vec::new();
        for name in ["cpu", "memory"] {
            let text = match (name, cli.flags.int("cpu-percent")) {
                ("cpu", percent) if percent >= 0 => format!("{percent}%"),
                _ => cli.flags.text(name).to_owned(),
            };
            let target = match text.strip_suffix('%').map(str::parse::<i64>) {
                _ if text.is_empty() => continue,
                Some(Ok(percent)) => json!({"type": "Utilization", "averageUtilization": percent}),
                _ => json!({"type": "AverageValue", "averageValue": text}),
            };
            metrics.push(json!({"type": "Resource", "resource": {"name": name, "target": target}}));
        }
        if metrics.is_empty() {
            let words = "failed to create autoscaling/v2 HPA and the configuration is incompatible with \
                         autoscaling/v1: empty input";
            return Err(Failure::plain(words));
        }
        let name = if cli.flags.text("name").is_empty() { info.name.as_str() } else { cli.flags.text("name") };
        let mut spec = json!({
            "scaleTargetRef": {"kind": info.resource.kind, "name": info.name, "apiVersion": info.resource.api_version()},
        });
        if min > 0 {
            spec["minReplicas"] = min.into();
        }
        spec["maxReplicas"] = max.into();
        spec["metrics"] = metrics.into();
        let resource = known("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", true);
        let mut object = json!({
            "kind": "HorizontalPodAutoscaler", "apiVersion": "autoscaling/v2", "metadata": {"name": name}, "spec": spec,
            "status": {"desiredReplicas": 0, "currentMetrics": null},
        });
        if dry != DryRun::Client {
            let pairs = [("dryRun", dry.query()), ("fieldManager", cli.flags.text("field-manager"))];
            let path = format!("{}?{}", resource.path(&info.namespace), query(&pairs));
            object = cli.client().await?.send("POST", &path, Body::Json(&object)).await?;
        }
        report(cli, &object, None, &format!("autoscaled{}", dry.note()))?;
    }
    Ok(())
}
