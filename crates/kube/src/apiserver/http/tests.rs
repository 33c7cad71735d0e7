//! The API as kubectl and curl see it.

use serde_json::{Value, json};

use crate::apiserver::testing::World;

const TABLE: (&str, &str) = ("accept", "application/json;as=Table;v=v1;g=meta.k8s.io,application/json");
const JANE: (&str, &str) = ("impersonate-user", "jane");

struct Answer {
    code: u16,
    body: String,
    warnings: Vec<String>,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

fn ask(world: &mut World, line: &str, headers: &[(&str, &str)], body: Value) -> Answer {
    let (method, target) = line.split_once(' ').expect("a method and a target");
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let answer = world.http(method, target, headers, &body);
    let warning = |(name, value): &(String, String)| name.eq_ignore_ascii_case("warning").then(|| value.clone());
    Answer {
        code: answer.status,
        body: String::from_utf8_lossy(&answer.body).into_owned(),
        warnings: answer.headers.iter().filter_map(warning).collect(),
    }
}

/// Asks, and compares code and the `message` of the answer, or one of its fields.
fn check(
    world: &mut World,
    line: &str,
    headers: &[(&str, &str)],
    body: Value,
    code: u16,
    pointer: &str,
    expected: Value,
) {
    let answer = ask(world, line, headers, body);
    assert_eq!(answer.code, code, "{line}: {}", answer.body);
    assert_eq!(answer.json().pointer(pointer), Some(&expected), "{line}: {}", answer.body);
}

fn deployment(name: &str) -> Value {
    json!({ "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": name }, "spec": {
        "selector": { "matchLabels": { "app": name } },
        "template": { "metadata": { "labels": { "app": name } },
            "spec": { "containers": [{ "name": "c", "image": "nginx" }] } } } })
}

#[test]
fn discovery_tells_of_every_group() {
    let world = &mut World::new();
    check(world, "GET /api", &[], Value::Null, 200, "/versions/0", json!("v1"));
    check(world, "GET /apis", &[], Value::Null, 200, "/groups/1/name", json!("apps"));
    check(world, "GET /apis/apps/v1", &[], Value::Null, 200, "/resources/0/name", json!("controllerrevisions"));
    check(world, "GET /version", &[], Value::Null, 200, "/gitVersion", json!("v1.36.2"));
    let aggregated = ("accept", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList");
    check(
        world,
        "GET /api",
        &[aggregated],
        Value::Null,
        200,
        "/items/0/versions/0/resources/2/resource",
        json!("configmaps"),
    );
    assert_eq!(ask(world, "GET /nope", &[], Value::Null).code, 404);
    let ready = ask(world, "GET /readyz?verbose", &[], Value::Null);
    assert!(ready.body.ends_with("readyz check passed\n"), "{}", ready.body);
}

#[test]
fn the_cluster_has_its_own_service_and_roles_from_the_start() {
    let world = &mut World::new();
    let service = "GET /api/v1/namespaces/default/services/kubernetes";
    check(world, service, &[], Value::Null, 200, "/spec/clusterIP", json!("10.96.0.1"));
    check(
        world,
        "GET /apis/networking.k8s.io/v1/ipaddresses/10.96.0.1",
        &[],
        Value::Null,
        200,
        "/spec/parentRef/name",
        json!("kubernetes"),
    );
    check(
        world,
        "GET /api/v1/namespaces/default/endpoints/kubernetes",
        &[],
        Value::Null,
        200,
        "/subsets/0/addresses/0/ip",
        json!("172.18.0.10"),
    );
    let roles = ask(world, "GET /apis/rbac.authorization.k8s.io/v1/clusterroles", &[], Value::Null).json();
    assert_eq!(roles["items"].as_array().map(Vec::len), Some(69));
    check(
        world,
        "GET /apis/scheduling.k8s.io/v1/priorityclasses/system-node-critical",
        &[],
        Value::Null,
        200,
        "/value",
        json!(2_000_001_000),
    );
}

#[test]
fn a_refusal_is_a_status_with_its_code() {
    let world = &mut World::new();
    let pods = "/api/v1/namespaces/default/pods";
    check(world, &format!("GET {pods}/nope"), &[], Value::Null, 404, "/message", json!("pods \"nope\" not found"));
    check(
        world,
        &format!("GET {pods}"),
        &[JANE],
        Value::Null,
        403,
        "/message",
        json!(
            "pods is forbidden: User \"jane\" cannot list resource \"pods\" in API group \"\" in the namespace \"default\""
        ),
    );
    check(
        world,
        "GET /metrics",
        &[JANE],
        Value::Null,
        403,
        "/message",
        json!("forbidden: User \"jane\" cannot get path \"/metrics\""),
    );
    check(
        world,
        &format!("GET {pods}"),
        &[("authorization", "Bearer wrong")],
        Value::Null,
        401,
        "/message",
        json!("Unauthorized"),
    );
    let mut wrong = deployment("web");
    wrong["spec"]["replicas"] = json!(-2);
    check(
        world,
        "POST /apis/apps/v1/namespaces/default/deployments",
        &[],
        wrong,
        422,
        "/message",
        json!(
            "Deployment.apps \"web\" is invalid: spec.replicas: Invalid value: -2: must be greater than or equal to 0"
        ),
    );
    check(
        world,
        "DELETE /api/v1/namespaces/default",
        &[],
        Value::Null,
        403,
        "/message",
        json!("namespaces \"default\" is forbidden: this namespace may not be deleted"),
    );
}

#[test]
fn defaults_are_filled_in_and_unknown_fields_warned_of() {
    let world = &mut World::new();
    let mut wrong = deployment("web");
    wrong["spec"]["replica"] = json!(2);
    let made = ask(world, "POST /apis/apps/v1/namespaces/default/deployments", &[], wrong);
    assert_eq!(made.code, 201);
    assert_eq!(made.warnings, ["299 - \"unknown field \\\"spec.replica\\\"\""]);
    let spec = &made.json()["spec"];
    assert_eq!(spec["replicas"], 1);
    assert_eq!(spec["strategy"]["rollingUpdate"], json!({ "maxUnavailable": "25%", "maxSurge": "25%" }));
    assert_eq!(spec["template"]["spec"]["containers"][0]["imagePullPolicy"], "Always");
    assert_eq!(spec["template"]["spec"]["dnsPolicy"], "ClusterFirst");
}

#[test]
fn a_list_comes_as_a_table_if_asked_for() {
    let world = &mut World::new();
    ask(world, "POST /apis/apps/v1/namespaces/default/deployments", &[], deployment("web"));
    let table = ask(world, "GET /apis/apps/v1/namespaces/default/deployments", &[TABLE], Value::Null).json();
    assert_eq!(table["kind"], "Table");
    assert_eq!(
        table["rows"][0]["cells"].as_array().map(|cells| &cells[..4]),
        json!(["web", "0/1", 0, 0]).as_array().map(|cells| &cells[..4])
    );
    assert_eq!(table["rows"][0]["object"]["metadata"]["namespace"], "default");
    let endpoints = ask(world, "GET /api/v1/namespaces/default/endpoints", &[TABLE], Value::Null);
    assert_eq!(endpoints.json()["rows"][0]["cells"][1], "172.18.0.10:6443");
    assert_eq!(endpoints.warnings.len(), 1);
}

#[test]
fn services_get_addresses_and_ports_of_their_own() {
    let world = &mut World::new();
    let service = |name: &str, port: Value| json!({ "metadata": { "name": name }, "spec": { "type": "NodePort", "ports": [{ "port": 80, "nodePort": port }] } });
    let services = "POST /api/v1/namespaces/default/services";
    let made = ask(world, services, &[], service("a", Value::Null)).json();
    let port = made["spec"]["ports"][0]["nodePort"].as_i64().expect("a node port");
    assert!((30_000..=32_767).contains(&port));
    assert_eq!(made["spec"]["clusterIPs"][0], made["spec"]["clusterIP"]);
    check(
        world,
        services,
        &[],
        service("b", port.into()),
        422,
        "/message",
        json!(format!(
            "Service \"b\" is invalid: spec.ports[0].nodePort: Invalid value: {port}: provided port is already allocated"
        )),
    );
    let address = made["spec"]["clusterIP"].as_str().expect("an address").to_owned();
    ask(world, "DELETE /api/v1/namespaces/default/services/a", &[], Value::Null);
    assert_eq!(
        ask(world, &format!("GET /apis/networking.k8s.io/v1/ipaddresses/{address}"), &[], Value::Null).code,
        404
    );
}

#[test]
fn who_may_do_what_can_be_asked() {
    let world = &mut World::new();
    let reviews = "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    let may =
        json!({ "spec": { "resourceAttributes": { "verb": "create", "resource": "pods", "namespace": "default" } } });
    check(world, reviews, &[], may.clone(), 201, "/status/allowed", json!(true));
    check(world, reviews, &[JANE], may.clone(), 201, "/status/allowed", json!(false));
    let binding = json!({ "metadata": { "name": "b" }, "roleRef": { "kind": "ClusterRole", "name": "edit" },
        "subjects": [{ "kind": "User", "name": "jane" }] });
    let bindings = "POST /apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings";
    assert_eq!(ask(world, bindings, &[], binding).code, 201);
    check(world, reviews, &[JANE], may, 201, "/status/allowed", json!(true));
    let role = json!({ "metadata": { "name": "all" }, "rules": [{ "verbs": ["get"], "apiGroups": [""], "resources": ["nodes"] }] });
    let granting = json!({ "metadata": { "name": "g" }, "roleRef": { "kind": "ClusterRole", "name": "admin" },
        "subjects": [{ "kind": "User", "name": "jane" }] });
    ask(world, bindings, &[], granting);
    let refused = ask(world, "POST /apis/rbac.authorization.k8s.io/v1/namespaces/default/roles", &[JANE], role).json();
    let message = refused["message"].as_str().unwrap_or_default();
    assert!(
        message
            .ends_with("permissions not currently held:\n{APIGroups:[\"\"], Resources:[\"nodes\"], Verbs:[\"get\"]}"),
        "{message}"
    );
}

#[test]
fn a_token_is_its_account_until_the_account_goes() {
    let world = &mut World::new();
    let token =
        ask(world, "POST /api/v1/namespaces/default/serviceaccounts/default/token", &[], json!({ "spec": {} })).json();
    let bearer = format!("Bearer {}", token["status"]["token"].as_str().expect("a token"));
    let headers = [("authorization", bearer.as_str())];
    let whoami = "POST /apis/authentication.k8s.io/v1/selfsubjectreviews";
    check(
        world,
        whoami,
        &headers,
        json!({}),
        201,
        "/status/userInfo/username",
        json!("system:serviceaccount:default:default"),
    );
    ask(world, "DELETE /api/v1/namespaces/default/serviceaccounts/default", &[], Value::Null);
    assert_eq!(ask(world, whoami, &headers, json!({})).code, 401);
}

#[test]
fn an_eviction_obeys_the_budget() {
    let world = &mut World::new();
    let pod = json!({ "metadata": { "name": "web", "labels": { "app": "web" } },
        "spec": { "nodeName": "worker1", "containers": [{ "name": "c", "image": "nginx" }] } });
    ask(world, "POST /api/v1/namespaces/default/pods", &[], pod);
    let running = json!({ "status": { "phase": "Running" } });
    let merge = ("content-type", "application/merge-patch+json");
    ask(world, "PATCH /api/v1/namespaces/default/pods/web/status", &[merge], running);
    let budget = json!({ "metadata": { "name": "b" }, "spec": { "minAvailable": 1, "selector": { "matchLabels": { "app": "web" } } } });
    ask(world, "POST /apis/policy/v1/namespaces/default/poddisruptionbudgets", &[], budget);
    let evict = "POST /api/v1/namespaces/default/pods/web/eviction";
    let body = json!({ "metadata": { "name": "web" } });
    check(
        world,
        evict,
        &[],
        body.clone(),
        429,
        "/message",
        json!("Cannot evict pod as it would violate the pod's disruption budget."),
    );
    let one = json!({ "status": { "disruptionsAllowed": 1 } });
    ask(world, "PATCH /apis/policy/v1/namespaces/default/poddisruptionbudgets/b/status", &[merge], one);
    check(world, evict, &[], body, 201, "/status", json!("Success"));
    let budget = ask(world, "GET /apis/policy/v1/namespaces/default/poddisruptionbudgets/b", &[], Value::Null).json();
    assert_eq!(budget["status"]["disruptionsAllowed"], 0);
}

#[test]
fn a_definition_makes_a_kind_with_a_schema_and_columns() {
    let world = &mut World::new();
    let definition = json!({ "metadata": { "name": "widgets.lab.test" }, "spec": {
        "group": "lab.test", "scope": "Namespaced", "names": { "plural": "widgets", "kind": "Widget", "shortNames": ["wd"] },
        "versions": [{ "name": "v1", "served": true, "storage": true,
            "additionalPrinterColumns": [{ "name": "Size", "type": "integer", "jsonPath": ".spec.size" }],
            "schema": { "openAPIV3Schema": { "type": "object", "properties": { "spec": { "type": "object",
                "required": ["size"], "properties": { "size": { "type": "integer", "minimum": 1 } } } } } } }] } });
    assert_eq!(ask(world, "POST /apis/apiextensions.k8s.io/v1/customresourcedefinitions", &[], definition).code, 201);
    world.run(sim::Micros::millis(20));
    let widgets = "/apis/lab.test/v1/namespaces/default/widgets";
    let widget = |name: &str, spec: Value| json!({ "apiVersion": "lab.test/v1", "kind": "Widget", "metadata": { "name": name }, "spec": spec });
    let post = format!("POST {widgets}?fieldValidation=Strict");
    check(world, &post, &[], widget("a", json!({ "size": 3 })), 201, "/metadata/generation", json!(1));
    check(
        world,
        &post,
        &[],
        widget("b", json!({ "size": 0 })),
        422,
        "/message",
        json!(
            "Widget.lab.test \"b\" is invalid: spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1"
        ),
    );
    check(
        world,
        &post,
        &[],
        widget("c", json!({})),
        422,
        "/message",
        json!("Widget.lab.test \"c\" is invalid: spec.size: Required value"),
    );
    check(
        world,
        &post,
        &[],
        widget("d", json!({ "size": 1, "color": "red" })),
        400,
        "/message",
        json!(
            "Widget in version \"v1\" cannot be handled as a Widget: strict decoding error: unknown field \"spec.color\""
        ),
    );
    check(world, &format!("GET {widgets}"), &[TABLE], Value::Null, 200, "/rows/0/cells", json!(["a", 3]));
    check(world, "GET /apis/lab.test/v1", &[], Value::Null, 200, "/resources/0/shortNames", json!(["wd"]));
    ask(world, "DELETE /apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.lab.test", &[], Value::Null);
    world.run(sim::Micros::millis(20));
    assert_eq!(ask(world, &format!("GET {widgets}"), &[], Value::Null).code, 404);
}

/// A kubelet that knows one line of every container.
#[derive(Clone)]
struct Kubelet;

impl sim::Actor for Kubelet {
    type Msg = crate::Msg;
    type Note = crate::Note;

    fn handle(&mut self, _: sim::Time, input: sim::Input<crate::Msg>, out: &mut sim::Out<crate::Msg, crate::Note>) {
        if let sim::Input::Message { from, msg: crate::Msg::Call { id, request } } = input {
            let options = request.body.clone().expect("options");
            let text = Value::String(format!("{} of {}\n", options.text("/container"), request.name));
            out.send(from, crate::Msg::Answer { id, result: Ok(text.into()) });
        }
    }

    fn next_wakeup(&self) -> Option<sim::Time> {
        None
    }

    fn crash(&mut self, _: bool) {}

    fn wipe(&mut self) {}
}

#[test]
fn a_log_comes_from_the_kubelet_of_the_pod() {
    let world = &mut World::new();
    let kubelet = sim::NodeId(300);
    world.add(kubelet, Kubelet);
    world.configure(|config| config.kubelets.push(("worker1".into(), kubelet)));
    let pod = |name: &str, containers: Value| json!({ "metadata": { "name": name }, "spec": { "nodeName": "worker1", "containers": containers } });
    let one = json!([{ "name": "c", "image": "nginx" }]);
    let two = json!([{ "name": "a", "image": "nginx" }, { "name": "b", "image": "nginx" }]);
    for pod in [pod("one", one), pod("two", two)] {
        assert_eq!(ask(world, "POST /api/v1/namespaces/default/pods", &[], pod).code, 201);
    }
    let log = |name: &str, query: &str| format!("GET /api/v1/namespaces/default/pods/{name}/log{query}");
    assert_eq!(ask(world, &log("one", ""), &[], Value::Null).body, "c of one\n");
    assert_eq!(ask(world, &log("two", "?container=b"), &[], Value::Null).body, "b of two\n");
    check(
        world,
        &log("two", ""),
        &[],
        Value::Null,
        400,
        "/message",
        json!("a container name must be specified for pod two, choose one of: [a b]"),
    );
    check(
        world,
        &log("one", "?container=x"),
        &[],
        Value::Null,
        400,
        "/message",
        json!("container x is not valid for pod one"),
    );
    world.fault(sim::Fault::Crash { node: kubelet, lose_unsynced: false });
    assert_eq!(ask(world, &log("one", ""), &[], Value::Null).code, 500);
}
