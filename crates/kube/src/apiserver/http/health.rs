//! Version, health and the list of addresses (`staging/src/k8s.io/apiserver/pkg/server/healthz`, `routes`).

use etcd::rpc::HttpResponse;
use serde_json::{Value, json};

use super::super::server::Server;
use super::query::Query;

/// The checks in the order in which they are reported; which of the three addresses reports one is told by letters:
/// `h`ealthz, `l`ivez, `r`eadyz.
const CHECKS: [(&str, &str); 39] = [
    ("ping", "hlr"),
    ("log", "hlr"),
    ("loopback-serving-certificate", "hl"),
    ("etcd", "hlr"),
    ("etcd-readiness", "r"),
    ("informer-sync", "r"),
    ("poststarthook/start-apiserver-admission-initializer", "hlr"),
    ("poststarthook/generic-apiserver-start-informers", "hlr"),
    ("poststarthook/priority-and-fairness-config-consumer", "hlr"),
    ("poststarthook/priority-and-fairness-filter", "hlr"),
    ("poststarthook/storage-object-count-tracker-hook", "hlr"),
    ("poststarthook/start-apiextensions-informers", "hlr"),
    ("poststarthook/start-apiextensions-controllers", "hlr"),
    ("poststarthook/crd-informer-synced", "hlr"),
    ("poststarthook/start-system-namespaces-controller", "hlr"),
    ("poststarthook/peer-endpoint-reconciler-controller", "hlr"),
    ("poststarthook/start-cluster-authentication-info-controller", "hlr"),
    ("poststarthook/start-kube-apiserver-identity-lease-controller", "hlr"),
    ("poststarthook/start-kube-apiserver-identity-lease-garbage-collector", "hlr"),
    ("poststarthook/storage-readiness", "hlr"),
    ("poststarthook/start-legacy-token-tracking-controller", "hlr"),
    ("poststarthook/start-service-ip-repair-controllers", "hlr"),
    ("poststarthook/rbac/bootstrap-roles", "hlr"),
    ("poststarthook/scheduling/bootstrap-system-priority-classes", "hlr"),
    ("poststarthook/priority-and-fairness-config-producer", "hlr"),
    ("poststarthook/bootstrap-controller", "hlr"),
    ("poststarthook/start-kubernetes-service-cidr-controller", "hlr"),
    ("poststarthook/aggregator-reload-proxy-client-cert", "hlr"),
    ("poststarthook/start-kube-aggregator-informers", "hlr"),
    ("poststarthook/apiservice-status-local-available-controller", "hlr"),
    ("poststarthook/apiservice-status-remote-available-controller", "hlr"),
    ("poststarthook/apiservice-registration-controller", "hlr"),
    ("poststarthook/apiservice-wait-for-first-sync", "hlr"),
    ("poststarthook/apiservice-discovery-controller", "hlr"),
    ("poststarthook/kube-apiserver-autoregistration", "hlr"),
    ("autoregister-completion", "hlr"),
    ("poststarthook/apiservice-openapi-controller", "hlr"),
    ("poststarthook/apiservice-openapiv3-controller", "hlr"),
    ("shutdown", "r"),
];

/// Other addresses that the root names.
const PATHS: [&str; 14] = [
    "/.well-known/openid-configuration",
    "/flagz",
    "/healthz",
    "/livez",
    "/metrics",
    "/metrics/slis",
    "/openapi/v2",
    "/openapi/v3",
    "/openapi/v3/",
    "/openid/v1/jwks",
    "/readyz",
    "/statusz",
    "/version",
    "/apis/",
];

/// Answers what is neither a resource nor discovery.
pub(super) fn answer(server: &Server, path: &str, query: &Query) -> Option<HttpResponse> {
    let path = path.trim_end_matches('/');
    if path.is_empty() {
        return Some(json_text(&json!({ "paths": paths(server) })));
    }
    let (_, rest) = path.split_once('/')?;
    let (which, check) = rest.split_once('/').unwrap_or((rest, ""));
    match which {
        "version" if check.is_empty() => Some(json_text(&version(server))),
        "healthz" | "livez" | "readyz" => health(server, which, check, query),
        _ => None,
    }
}

/// JSON with two spaces of indentation, as Go's `MarshalIndent` writes it.
fn json_text(value: &Value) -> HttpResponse {
    HttpResponse::json(200, serde_json::to_string_pretty(value).unwrap_or_default())
}

fn version(server: &Server) -> Value {
    let version = server.config.version.as_str();
    let mut numbers = version.trim_start_matches('v').split('.');
    let (major, minor) = (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default());
    let before = minor.parse::<u32>().unwrap_or(1).saturating_sub(1).to_string();
    json!({
        "major": major, "minor": minor, "emulationMajor": major, "emulationMinor": minor,
        "minCompatibilityMajor": major, "minCompatibilityMinor": before,
        "gitVersion": version, "gitCommit": "98b35193b2ac7a23a673325f5e9b830ecd5ba406", "gitTreeState": "clean",
        "buildDate": "2026-06-17T00:00:00Z", "goVersion": "go1.26.10", "compiler": "gc", "platform": "linux/amd64",
    })
}

fn checks(which: &str) -> impl Iterator<Item = &'static str> {
    let letter = which.chars().next().unwrap_or(' ');
    CHECKS.iter().filter(move |(_, places)| places.contains(letter)).map(|(name, _)| *name)
}

fn health(server: &Server, which: &str, check: &str, query: &Query) -> Option<HttpResponse> {
    let ill = |name: &str| name.starts_with("etcd") && !server.reaches_etcd();
    let text = |code: u16, words: String| HttpResponse::new(code, "text/plain; charset=utf-8", words);
    if !check.is_empty() {
        let known = checks(which).any(|name| name == check);
        return known.then(|| {
            if ill(check) {
                text(500, "internal server error: etcd failed: reason withheld\n".into())
            } else {
                text(200, "ok".into())
            }
        });
    }
    let excluded = |name: &str| query.all("exclude").any(|excluded| excluded == name);
    let mut report = String::new();
    let mut failed = false;
    for name in checks(which) {
        if excluded(name) {
            report.push_str(&format!("[+]{name} excluded: ok\n"));
        } else if ill(name) {
            failed = true;
            report.push_str(&format!("[-]{name} failed: reason withheld\n"));
        } else {
            report.push_str(&format!("[+]{name} ok\n"));
        }
    }
    Some(if failed {
        text(500, format!("{report}{which} check failed\n"))
    } else if query.has("verbose") {
        text(200, format!("{report}{which} check passed\n"))
    } else {
        text(200, "ok".into())
    })
}

fn paths(server: &Server) -> Vec<String> {
    let mut paths: Vec<String> = PATHS.iter().map(|path| (*path).to_owned()).collect();
    for which in ["healthz", "livez", "readyz"] {
        // What readiness asks of etcd has no address of its own.
        let listed = checks(which).filter(|check| which != "readyz" || !check.starts_with("etcd"));
        paths.extend(listed.map(|check| format!("/{which}/{check}")));
    }
    for path in ["/api", "/api/v1", "/apis"] {
        paths.push(path.to_owned());
    }
    for resource in server.resources.iter().filter(|resource| !resource.group.is_empty()) {
        paths.push(format!("/apis/{}", resource.group));
        paths.push(format!("/apis/{}", resource.api_version()));
    }
    // Served, though no resource of it is the preferred one.
    paths.push("/apis/autoscaling/v1".into());
    paths.sort();
    paths.dedup();
    paths
}
