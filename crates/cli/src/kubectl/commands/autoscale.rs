//! `kubectl autoscale` (`k8s.io/kubectl/pkg/cmd/autoscale`).

use serde_json::{Value, json};

use crate::kubectl::change::chosen;
use crate::kubectl::cli::Cli;
use crate::kubectl::client::{Body, query};
use crate::kubectl::cmdline::{Command, Flag};
use crate::kubectl::commands::rare::Rare;
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::{DRY_RUN, DryRun, FILES, PRINT, known};
use crate::kubectl::print::report;
use crate::kubectl::quantity;

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
    |cli| Rare::Autoscale.run(cli),
)
.examples(&[("Up to ten pods", "kubectl autoscale deployment web --min=2 --max=10 --cpu=80%")]);

/// What a pod shall use of something: a share of what it requests, or an amount.
enum Target {
    Percent(i64),
    Amount(String),
}

impl Target {
    /// Reads a flag; a number alone is in the unit that is usual for it.
    fn parse(text: &str, name: &str) -> Result<Self, Failure> {
        let text = text.trim();
        if let Some(percent) = text.strip_suffix('%') {
            let wrong = || Failure::plain(format!("invalid percentage value: {percent}"));
            return percent.parse::<i32>().ok().filter(|n| *n >= 0).map(|n| Self::Percent(n.into())).ok_or_else(wrong);
        }
        let unit = if name == "cpu" { "m" } else { "Mi" };
        if let Ok(number) = text.parse::<f64>() {
            return Ok(Self::Amount(format!("{number}{unit}")));
        }
        match quantity::parse(text) {
            Some(_) => Ok(Self::Amount(text.to_owned())),
            None => Err(Failure::plain(format!("invalid resource {name} value: {text}"))),
        }
    }

    fn metric(&self, name: &str) -> Value {
        let target = match self {
            Self::Percent(percent) => json!({"type": "Utilization", "averageUtilization": percent}),
            Self::Amount(amount) => json!({"type": "AverageValue", "averageValue": amount}),
        };
        json!({"type": "Resource", "resource": {"name": name, "target": target}})
    }
}

pub async fn autoscale(cli: &Cli) -> Result<(), Failure> {
    let flags = &cli.flags;
    if flags.changed("cpu-percent") {
        cli.eprintln(
            "Flag --cpu-percent has been deprecated, Use --cpu with percentage or resource quantity format (e.g., \
             '70%' for utilization or '500m' for milliCPU).",
        );
    }
    let (min, max) = (flags.int("min"), flags.int("max"));
    if !flags.changed("max") {
        return Err(Failure::plain("required flag(s) \"max\" not set"));
    }
    if max < 1 {
        return Err(Failure::plain(format!("--max=MAXPODS is required and must be at least 1, max: {max}")));
    }
    if max < min {
        let words = format!("--max=MAXPODS must be larger or equal to --min=MINPODS, max: {max}, min: {min}");
        return Err(Failure::plain(words));
    }
    let (percent, cpu, memory) = (flags.int("cpu-percent"), flags.text("cpu"), flags.text("memory"));
    if percent > 0 && !cpu.is_empty() {
        return Err(Failure::plain("--cpu-percent and --cpu are mutually exclusive"));
    }
    let mut targets = Vec::new();
    if percent > 0 {
        targets.push(("cpu", Target::Percent(percent)));
    }
    for (name, text) in [("cpu", cpu), ("memory", memory)] {
        if !text.is_empty() {
            targets.push((name, Target::parse(text, name)?));
        }
    }
    let dry = DryRun::of(cli)?;
    let (infos, failures) = chosen(cli, cli.args()).await?;
    Failure::all(failures)?;
    for info in infos {
        let kind = &info.resource.kind;
        if !matches!(kind.as_str(), "Deployment" | "ReplicaSet" | "StatefulSet" | "ReplicationController") {
            let words = format!(
                "cannot autoscale a {kind}: could not find scale subresource for {} in discovery information",
                info.resource.gvr()
            );
            return Err(Failure::plain(words));
        }
        let name = if flags.text("name").is_empty() { info.name.as_str() } else { flags.text("name") };
        let mut metadata = json!({"name": name});
        if cli.explicit_namespace() {
            metadata["namespace"] = info.namespace.clone().into();
        }
        let mut spec = json!({
            "scaleTargetRef": {"kind": kind, "name": info.name, "apiVersion": info.resource.api_version()},
        });
        if min > 0 {
            spec["minReplicas"] = min.into();
        }
        spec["maxReplicas"] = max.into();
        if !targets.is_empty() {
            spec["metrics"] = targets.iter().map(|(name, target)| target.metric(name)).collect();
        }
        let resource = known("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", true);
        let mut object = json!({
            "kind": "HorizontalPodAutoscaler", "apiVersion": "autoscaling/v2", "metadata": metadata, "spec": spec,
            "status": {"desiredReplicas": 0, "currentMetrics": null},
        });
        let mut done = "created";
        if dry != DryRun::Client {
            let pairs = [("dryRun", dry.query()), ("fieldManager", flags.text("field-manager"))];
            let path = format!("{}?{}", resource.path(&info.namespace), query(&pairs));
            let made = cli.client().await?.send("POST", &path, Body::Json(&object)).await;
            object = made.map_err(|failure| refused(failure, &targets))?;
            done = "autoscaled";
        }
        report(cli, &object, None, &format!("{done}{}", dry.note()))?;
    }
    Ok(())
}

/// Upstream tries the older version of the API then, and says so where that cannot express what is wanted.
fn refused(failure: Failure, targets: &[(&str, Target)]) -> Failure {
    let words = "failed to create autoscaling/v2 HPA and the configuration is incompatible with autoscaling/v1: ";
    match targets {
        [("cpu", Target::Percent(_))] => failure,
        targets if targets.iter().any(|(name, _)| *name == "cpu") => Failure::plain(format!("{words}%!w(<nil>)")),
        _ => Failure::plain(format!("{words}empty input")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, name: &str, expected: Result<Value, &str>) {
        let found = Target::parse(text, name).map(|target| target.metric(name)["resource"]["target"].clone());
        assert_eq!(found, expected.map_err(Failure::plain), "{text}");
    }

    #[test]
    fn a_target_is_a_share_or_an_amount() {
        check("50%", "cpu", Ok(json!({"type": "Utilization", "averageUtilization": 50})));
        check("500", "cpu", Ok(json!({"type": "AverageValue", "averageValue": "500m"})));
        check("512", "memory", Ok(json!({"type": "AverageValue", "averageValue": "512Mi"})));
        check("1Gi", "memory", Ok(json!({"type": "AverageValue", "averageValue": "1Gi"})));
        check("-1%", "cpu", Err("invalid percentage value: -1"));
        check("much", "cpu", Err("invalid resource cpu value: much"));
    }
}
