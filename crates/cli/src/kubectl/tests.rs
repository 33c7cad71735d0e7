//! Command lines against a server that only remembers: what is asked of it, and what is shown.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use etcd::rpc::{HttpRequest, HttpResponse, Request, Response};
use serde_json::{Value, json};
use shell::{Os, Reader, Session, Vfs};

use crate::transport::{Call, CallError, CallStream, LocalBoxFuture, Transport};
use crate::version::Release;
use crate::{Apart, Own, RareCommands, apart::Surroundings};

/// Resources that the server tells of: group, plural, kind, short name.
const RESOURCES: [(&str, &str, &str, &str); 6] = [
    ("", "pods", "Pod", "po"),
    ("", "services", "Service", "svc"),
    ("", "configmaps", "ConfigMap", "cm"),
    ("", "secrets", "Secret", ""),
    ("", "namespaces", "Namespace", "ns"),
    ("apps", "deployments", "Deployment", "deploy"),
];

#[derive(Default)]
pub(crate) struct Server {
    objects: RefCell<BTreeMap<String, Value>>,
    asked: RefCell<Vec<String>>,
}

impl Server {
    fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let (path, _) = request.target.split_once('?').unwrap_or((&request.target, ""));
        if path != "/api" && path != "/apis" {
            self.asked.borrow_mut().push(format!("{} {}", request.method, request.target));
        }
        let mut objects = self.objects.borrow_mut();
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let (status, answer) = match (request.method.as_str(), path) {
            ("GET", "/api") => (200, groups(true)),
            ("GET", "/apis") => (200, groups(false)),
            ("POST", path) => {
                let name = body["metadata"]["name"].as_str().unwrap_or_default();
                objects.insert(format!("{path}/{name}"), body.clone());
                (201, body)
            }
            ("DELETE", path) if objects.remove(path).is_some() => (200, json!({"kind": "Status", "status": "Success"})),
            ("GET", path) if objects.contains_key(path) => (200, objects[path].clone()),
            ("GET", path) if RESOURCES.iter().any(|(_, plural, ..)| path.ends_with(plural)) => {
                let prefix = format!("{path}/");
                let items: Vec<&Value> = objects
                    .range(prefix.clone()..)
                    .take_while(|(key, _)| key.starts_with(&prefix))
                    .map(|(_, object)| object)
                    .collect();
                (200, json!({"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": items}))
            }
            (_, path) => {
                let mut parts = path.rsplit('/');
                let (name, plural) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
                let message = format!("{plural} \"{name}\" not found");
                (404, json!({"kind": "Status", "reason": "NotFound", "message": message, "code": 404}))
            }
        };
        HttpResponse::new(status, "application/json", answer.to_string())
    }
}

fn groups(core: bool) -> Value {
    let of = |name: &str| {
        let resources: Vec<Value> = RESOURCES
            .iter()
            .filter(|(group, ..)| *group == name)
            .map(|(_, plural, kind, short)| {
                let scope = if *plural == "namespaces" { "Cluster" } else { "Namespaced" };
                json!({"resource": plural, "responseKind": {"kind": kind}, "scope": scope, "shortNames": [short], "verbs": ["get", "list"]})
            })
            .collect();
        json!({"metadata": {"name": name}, "versions": [{"version": "v1", "resources": resources}]})
    };
    json!({"kind": "APIGroupDiscoveryList", "items": [of(if core { "" } else { "apps" })]})
}

pub(crate) struct Wire(pub(crate) Rc<Server>);

impl Transport for Wire {
    fn call(&self, _: Call) -> LocalBoxFuture<'static, Result<Response, CallError>> {
        Box::pin(std::future::ready(Err(CallError::Refused)))
    }

    fn stream(&self, call: Call) -> Box<dyn CallStream> {
        let Request::Http(request) = call.request else { return Box::new(Once(None)) };
        Box::new(Once(Some(Response::Http(self.0.answer(&request)))))
    }
}

struct Once(Option<Response>);

impl CallStream for Once {
    fn send(&mut self, _: Request) {}

    fn recv(&mut self) -> LocalBoxFuture<'_, Result<Option<Response>, CallError>> {
        Box::pin(std::future::ready(Ok(self.0.take())))
    }
}

/// Runs a script with kubectl; returns both streams, the exit code and what the server was asked.
fn run(script: &str) -> (String, String, Option<i32>, Vec<String>) {
    let server = Rc::new(Server::default());
    let os = Os::new(Vfs::new(1 << 20), 1);
    let surroundings = Surroundings {
        transport: Rc::new(Wire(server.clone())),
        release: Release::DEFAULT,
        apart: Apart::HERE,
        rare: RareCommands::HERE,
        node: None,
    };
    let installed = os.install("kubectl", Own::KUBECTL.program(&Rc::new(surroundings)));
    assert!(installed.is_ok(), "kubectl is installed");
    let config = "current-context: a\ncontexts:\n- {name: a, context: {cluster: c, user: u}}\nclusters:\n- {name: c, \
                  cluster: {server: 'http://10.0.0.1:6443'}}\nusers:\n- {name: u, user: {token: t}}\n";
    let files = os.files();
    assert!(files.mkdir_all("/root/.kube").and_then(|()| files.write("/root/.kube/config", config)).is_ok());
    let session = Session::new("/root").into_handle();
    let job = os.exec_script(script, &session, Reader::null());
    let mut now = 0;
    while job.code().is_none() && now < 60_000_000 {
        os.run(now, 1_000_000);
        now = os.next_timer().unwrap_or(now + 1_000).max(now + 1);
    }
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (text(job.stdout()), text(job.stderr()), job.code(), server.asked.borrow().clone())
}

#[track_caller]
fn check(script: &str, stdout: &str, stderr: &str) {
    let (out, err, ..) = run(script);
    assert_eq!((out.as_str(), err.as_str()), (stdout, stderr), "{script}");
}

#[test]
fn objects_are_made_shown_and_deleted() {
    check("kubectl create deployment web --image=nginx", "deployment.apps/web created\n", "");
    check("kubectl run web --image=nginx; kubectl get po web -o name", "pod/web created\npod/web\n", "");
    check(
        "kubectl create cm a --from-literal=x=1; kubectl get cm a -o jsonpath='{.data.x}'",
        "configmap/a created\n1",
        "",
    );
    check("kubectl create ns dev; kubectl delete ns dev", "namespace/dev created\nnamespace \"dev\" deleted\n", "");
}

#[test]
fn a_dry_run_shows_what_would_be_made_without_asking() {
    let yaml = "apiVersion: v1\ndata:\n  a: \"1\"\nkind: ConfigMap\nmetadata:\n  name: \"y\"\n";
    check("kubectl create cm y --from-literal=a=1 --dry-run=client -o yaml", yaml, "");
    let (_, _, code, asked) = run("kubectl run x --image=nginx --dry-run=client -o json");
    assert_eq!((code, asked), (Some(0), Vec::new()));
}

#[test]
fn what_is_missing_is_said_in_the_servers_words() {
    check("kubectl get pod nope", "", "Error from server (NotFound): pods \"nope\" not found\n");
    check("kubectl get foo", "", "error: the server doesn't have a resource type \"foo\"\n");
    check("kubectl get pods", "", "No resources found in default namespace.\n");
    check(
        "kubectl get pod --context=nope",
        "",
        "Error in configuration: context was not found for specified context: nope\n",
    );
}

#[test]
fn apply_makes_and_remembers() {
    let manifest = "printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: c}\\ndata: {a: b}\\n'";
    let script = format!("{manifest} | kubectl apply -f -; {manifest} | kubectl apply -f -");
    check(&script, "configmap/c created\nconfigmap/c unchanged\n", "");
}

#[test]
fn the_manager_and_the_strictness_go_along() {
    let (.., asked) = run("kubectl create deployment web --image=nginx -n dev");
    let path = "POST /apis/apps/v1/namespaces/dev/deployments?fieldManager=kubectl-create&fieldValidation=Strict";
    assert_eq!(asked, [path]);
}

#[test]
fn the_configuration_is_changed_in_its_file() {
    check(
        "kubectl config set-context dev --cluster=c --user=u --namespace=x; kubectl config use-context dev; kubectl config current-context",
        "Context \"dev\" created.\nSwitched to context \"dev\".\ndev\n",
        "",
    );
    check("kubectl config use-context nope", "", "error: no context exists with the name: \"nope\"\n");
}

#[test]
fn unknown_commands_and_flags_are_refused() {
    check("kubectl gett", "", "error: unknown command \"gett\" for \"kubectl\"\n\nDid you mean this?\n\tset\n\tget\n");
    check("kubectl version --short", "", "error: unknown flag: --short\nSee 'kubectl version --help' for usage.\n");
}
