//! What pods ask for and nodes have (`component-helpers/resource`).

use crate::api::Object;
use crate::client::{milli, units};
use serde_json::Value;
use std::collections::BTreeMap;

/// Amounts by resource: `cpu` in thousandths, all others in units.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Amounts(pub(super) BTreeMap<String, i64>);

/// What a container without a request counts for when nodes are compared (`GetNonzeroRequests`).
const SOME_CPU: i64 = 100;
const SOME_MEMORY: i64 = 200 * 1024 * 1024;

impl Amounts {
    fn read(list: &Value) -> Self {
        let amount =
            |(name, value): (&String, &Value)| (name.clone(), if name == "cpu" { milli(value) } else { units(value) });
        Self(list.as_object().into_iter().flatten().map(amount).collect())
    }

    pub(super) fn of(&self, name: &str) -> i64 {
        self.0.get(name).copied().unwrap_or(0)
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (name, amount) in &other.0 {
            *self.0.entry(name.clone()).or_default() += amount;
        }
    }

    pub(super) fn subtract(&mut self, other: &Self) {
        for (name, amount) in &other.0 {
            *self.0.entry(name.clone()).or_default() -= amount;
        }
    }

    fn at_least(&mut self, other: &Self) {
        for (name, amount) in &other.0 {
            let own = self.0.entry(name.clone()).or_default();
            *own = (*own).max(*amount);
        }
    }
}

/// What a node has for pods.
pub(super) fn allocatable(node: &Object) -> Amounts {
    Amounts::read(node.pointer("/status/allocatable").unwrap_or(&Value::Null))
}

/// What a pod asks for: its containers together with the sidecars, or its largest init container.
pub(super) fn requests(pod: &Object) -> Amounts {
    sum(pod, |container| Amounts::read(&container["resources"]["requests"]))
}

/// The same, with something assumed for containers that ask for nothing.
pub(super) fn assumed_requests(pod: &Object) -> Amounts {
    sum(pod, |container| {
        let mut amounts = Amounts::read(&container["resources"]["requests"]);
        amounts.0.entry("cpu".into()).or_insert(SOME_CPU);
        amounts.0.entry("memory".into()).or_insert(SOME_MEMORY);
        amounts
    })
}

fn sum(pod: &Object, of: impl Fn(&Value) -> Amounts) -> Amounts {
    let mut total = Amounts::default();
    pod.list("/spec/containers").iter().for_each(|container| total.add(&of(container)));
    let (mut sidecars, mut largest) = (Amounts::default(), Amounts::default());
    for container in pod.list("/spec/initContainers") {
        let mut amounts = of(container);
        if container["restartPolicy"] == "Always" {
            sidecars.add(&amounts);
            largest.at_least(&sidecars);
        } else {
            amounts.add(&sidecars);
            largest.at_least(&amounts);
        }
    }
    total.add(&sidecars);
    total.at_least(&largest);
    total.add(&Amounts::read(pod.pointer("/spec/overhead").unwrap_or(&Value::Null)));
    total
}
