//! Resource quotas: how much a namespace may have in all (`staging/src/k8s.io/apiserver/pkg/admission/plugin/resourcequota`).

use serde_json::Value;

use super::super::quantity;
use super::super::write::Context;
use super::forbidden;
use crate::api::{Resource, Status};

/// Checks the quotas of an object's namespace before it is created.
pub(super) fn check(context: &Context, resource: &Resource, value: &Value) -> Result<(), Status> {
    if !resource.is_namespaced() {
        return Ok(());
    }
    let namespace = value["metadata"]["namespace"].as_str().unwrap_or_default();
    for (_, quota) in context.cache.range(&format!("/registry/resourcequotas/{namespace}/"), "") {
        let hard = quota.map("/spec/hard").into_iter().flatten();
        let mut over: Vec<(String, String, String, String)> = Vec::new();
        let mut missing: Vec<String> = Vec::new();
        for (what, most) in hard {
            let most = most.as_str().unwrap_or_default();
            let Some(measure) = Measure::of(what, resource) else { continue };
            let wanted = match measure.amount(value) {
                Some(wanted) => wanted,
                None => {
                    missing.push(what.clone());
                    continue;
                }
            };
            let prefix = format!("{}/{namespace}/", resource.prefix);
            let used: i128 = context
                .cache
                .range(&prefix, "")
                .filter(|(_, other)| !matches!(other.text("/status/phase"), "Succeeded" | "Failed"))
                .filter_map(|(_, other)| measure.amount(other))
                .sum();
            if wanted > 0 && quantity::milli(most).is_some_and(|most| used + wanted > most) {
                let show = |amount: i128| measure.show(amount);
                over.push((what.clone(), show(wanted), show(used), most.to_owned()));
            }
        }
        let name = value["metadata"]["name"].as_str().unwrap_or_default();
        missing.sort();
        over.sort();
        if !missing.is_empty() {
            let why = missing.iter().map(|what| format!("{what} for: {}", containers(value))).collect::<Vec<_>>();
            let why = format!("failed quota: {}: must specify {}", quota.name(), why.join("; "));
            return Err(forbidden(&resource.qualified(), name, &why));
        }
        if !over.is_empty() {
            let list = |pick: fn(&(String, String, String, String)) -> &String| {
                over.iter().map(|row| format!("{}={}", row.0, pick(row))).collect::<Vec<_>>().join(",")
            };
            let why = format!(
                "exceeded quota: {}, requested: {}, used: {}, limited: {}",
                quota.name(),
                list(|row| &row.1),
                list(|row| &row.2),
                list(|row| &row.3),
            );
            return Err(forbidden(&resource.qualified(), name, &why));
        }
    }
    Ok(())
}

fn containers(pod: &Value) -> String {
    let names: Vec<&str> =
        pod["spec"]["containers"].as_array().into_iter().flatten().filter_map(|c| c["name"].as_str()).collect();
    names.join(",")
}

/// How a quota counts objects of a kind.
enum Measure {
    /// Each is one.
    Objects,
    /// What the containers of a pod request, or are limited to.
    Containers { which: &'static str, resource: String },
    /// What a claim requests.
    Storage,
    /// Services of a type.
    Services(&'static str),
}

impl Measure {
    fn of(what: &str, resource: &Resource) -> Option<Self> {
        let counted = what.strip_prefix("count/").is_some_and(|of| of == resource.qualified());
        Some(match (resource.plural.as_ref(), what) {
            _ if counted => Self::Objects,
            (plural, what) if plural == what && resource.group.is_empty() => Self::Objects,
            ("pods", "cpu" | "memory" | "ephemeral-storage") => {
                Self::Containers { which: "requests", resource: what.to_owned() }
            }
            ("pods", what) => match (what.strip_prefix("requests."), what.strip_prefix("limits.")) {
                (Some(resource), _) => Self::Containers { which: "requests", resource: resource.to_owned() },
                (_, Some(resource)) => Self::Containers { which: "limits", resource: resource.to_owned() },
                _ => return None,
            },
            ("persistentvolumeclaims", "requests.storage") => Self::Storage,
            ("services", "services.nodeports") => Self::Services("NodePort"),
            ("services", "services.loadbalancers") => Self::Services("LoadBalancer"),
            _ => return None,
        })
    }

    /// In thousandths; `None` when the object does not say what it must.
    fn amount(&self, value: &Value) -> Option<i128> {
        match self {
            Self::Objects => Some(1_000),
            Self::Containers { which, resource } => {
                let containers = value["spec"]["containers"].as_array()?;
                let amount = |container: &Value| quantity::milli(container["resources"][which][resource].as_str()?);
                containers.iter().map(amount).sum()
            }
            Self::Storage => quantity::milli(value["spec"]["resources"]["requests"]["storage"].as_str()?),
            Self::Services(kind) => Some(if value["spec"]["type"] == *kind { 1_000 } else { 0 }),
        }
    }

    fn show(&self, amount: i128) -> String {
        match self {
            Self::Containers { resource, .. } if resource == "cpu" => quantity::show_decimal(amount),
            Self::Objects | Self::Services(_) => (amount / 1_000).to_string(),
            _ => quantity::show_binary(amount),
        }
    }
}
