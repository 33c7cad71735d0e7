//! The flow schemas and priority levels of a fresh cluster (`pkg/registry/flowcontrol`, `bootstrap/default.go`). Requests
//! are not held back by them here; they are there to be looked at.

use serde_json::{Value, json};

use super::Wanted;

/// Name, shares, queues, hand size, queue length; no queues for a level that rejects, no shares for one without limit.
const LEVELS: [(&str, i64, i64, i64, i64); 8] = [
    ("catch-all", 5, 0, 0, 0),
    ("exempt", 0, 0, 0, 0),
    ("global-default", 20, 128, 6, 50),
    ("leader-election", 10, 16, 4, 50),
    ("node-high", 40, 64, 6, 50),
    ("system", 30, 64, 6, 50),
    ("workload-high", 40, 128, 6, 50),
    ("workload-low", 100, 128, 6, 50),
];

/// Name, level, precedence, what flows are told apart by.
const SCHEMAS: [(&str, &str, i64, &str); 11] = [
    ("catch-all", "catch-all", 10_000, "ByUser"),
    ("exempt", "exempt", 1, ""),
    ("global-default", "global-default", 9_900, "ByUser"),
    ("kube-controller-manager", "workload-high", 800, "ByNamespace"),
    ("kube-scheduler", "workload-high", 800, "ByNamespace"),
    ("kube-system-service-accounts", "workload-high", 900, "ByNamespace"),
    ("probes", "exempt", 2, ""),
    ("service-accounts", "workload-low", 9_000, "ByUser"),
    ("system-leader-election", "leader-election", 100, "ByUser"),
    ("system-node-high", "node-high", 400, "ByUser"),
    ("system-nodes", "system", 500, "ByUser"),
];

const GROUP: &str = "flowcontrol.apiserver.k8s.io";

pub(super) fn objects() -> Vec<Wanted> {
    let metadata = |name: &str| json!({ "name": name, "annotations": { "apf.kubernetes.io/autoupdate-spec": "true" } });
    let level = |(name, shares, queues, hand, length): (&str, i64, i64, i64, i64)| {
        let spec = match (shares, queues) {
            (0, _) => json!({ "type": "Exempt", "exempt": { "nominalConcurrencyShares": 0, "lendablePercent": 0 } }),
            (shares, 0) => limited(shares, json!({ "type": "Reject" })),
            (shares, queues) => {
                let queuing = json!({ "queues": queues, "handSize": hand, "queueLengthLimit": length });
                limited(shares, json!({ "type": "Queue", "queuing": queuing }))
            }
        };
        let body = json!({ "metadata": metadata(name), "spec": spec });
        (GROUP, "prioritylevelconfigurations", String::new(), body)
    };
    let schema = |(name, level, precedence, by): (&str, &str, i64, &str)| {
        let mut spec = json!({ "priorityLevelConfiguration": { "name": level }, "matchingPrecedence": precedence });
        if !by.is_empty() {
            spec["distinguisherMethod"] = json!({ "type": by });
        }
        let found = "This FlowSchema references the PriorityLevelConfiguration object named";
        let condition = json!({
            "type": "Dangling", "status": "False", "reason": "Found", "message": format!("{found} {level:?} and it exists"),
        });
        let body = json!({ "metadata": metadata(name), "spec": spec, "status": { "conditions": [condition] } });
        (GROUP, "flowschemas", String::new(), body)
    };
    LEVELS.into_iter().map(level).chain(SCHEMAS.into_iter().map(schema)).collect()
}

fn limited(shares: i64, response: Value) -> Value {
    json!({
        "type": "Limited",
        "limited": { "nominalConcurrencyShares": shares, "limitResponse": response, "lendablePercent": 0 },
    })
}
