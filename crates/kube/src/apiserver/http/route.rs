//! What an address means (`staging/src/k8s.io/apiserver/pkg/endpoints/request/requestinfo.go`).

use std::sync::Arc;

use etcd::rpc::HttpRequest;
use serde_json::Value;

use super::super::server::Server;
use super::query::{Query, decode};
use crate::api::{Deletion, Dry, Object, Options, Patch, Reason, Request, Status, User, Verb, Words};

/// What an address means.
pub(super) enum Route {
    /// A resource.
    Api(Box<Request>),
    /// Anything else: discovery, health, version.
    Other { path: String, query: Query, user: Arc<User> },
}

/// Reads the address, the query and the body of a request.
pub(super) fn parse(http: &HttpRequest, user: Arc<User>, server: &Server) -> Result<Route, Status> {
    let (path, query) = http.target.split_once('?').unwrap_or((&http.target, ""));
    let query = Query::parse(query);
    let parts: Vec<String> = path.split('/').filter(|part| !part.is_empty()).map(decode).collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let (group, version, rest) = match parts.as_slice() {
        ["api", version, rest @ ..] if !rest.is_empty() => ("", *version, rest),
        ["apis", group, version, rest @ ..] if !rest.is_empty() => (*group, *version, rest),
        _ => return Ok(Route::Other { path: format!("/{}", parts.join("/")), query, user }),
    };
    let (namespace, rest) = match rest {
        // A namespace itself, and its parts.
        ["namespaces"] | ["namespaces", _] | ["namespaces", _, "status" | "finalize"] => ("", rest),
        ["namespaces", namespace, rest @ ..] => (*namespace, rest),
        rest => ("", rest),
    };
    let (resource, name, subresource) = match rest {
        [resource] => (*resource, "", ""),
        [resource, name] => (*resource, *name, ""),
        [resource, name, subresource, ..] => (*resource, *name, *subresource),
        [] => return Err(nowhere()),
    };
    let known = server
        .resources
        .iter()
        .find(|known| known.plural == resource && known.group == group && known.version == version);
    if known.is_none() {
        return Ok(Route::Other { path: format!("/{}", parts.join("/")), query, user });
    }
    let mut options = options(&query, http);
    let mut verb = verb(http, name, &query, &mut options)?;
    let is_stream = resource == "pods" && matches!(subresource, "exec" | "attach" | "portforward");
    if is_stream {
        // Who upgrades a connection by GET needs the same right as who does it by POST.
        verb = Verb::Create;
    }
    let body = match verb {
        _ if is_stream => Some(stream_options(&query, &http.body)),
        Verb::Create | Verb::Update | Verb::Patch(_) => Some(body(http)?),
        Verb::Delete | Verb::DeleteCollection => {
            delete_options(http, &mut options)?;
            None
        }
        Verb::Get if subresource == "log" => Some(log_options(&query)),
        _ => None,
    };
    let owned = |text: &str| Words::Owned(text.to_owned());
    // A single object may be watched by its name.
    Ok(Route::Api(Box::new(Request {
        user,
        agent: agent(http),
        verb,
        group: owned(group),
        version: owned(version),
        resource: owned(resource),
        subresource: owned(subresource),
        namespace: owned(namespace),
        name: owned(name),
        options,
        body,
    })))
}

fn nowhere() -> Status {
    Status::new(Reason::NotFound, "the server could not find the requested resource")
}

/// `kubectl` of `kubectl/v1.36.4 (linux/amd64) kubernetes/bb826b1`.
fn agent(http: &HttpRequest) -> Words {
    let agent = http.header("user-agent").unwrap_or_default();
    Words::Owned(agent.split('/').next().unwrap_or_default().to_owned())
}

fn verb(http: &HttpRequest, name: &str, query: &Query, options: &mut Options) -> Result<Verb, Status> {
    Ok(match (http.method.as_str(), name) {
        ("GET" | "HEAD", _) if query.flag("watch") => Verb::Watch,
        ("GET" | "HEAD", "") => Verb::List,
        ("GET" | "HEAD", _) => Verb::Get,
        ("POST", _) => Verb::Create,
        ("PUT", _) => Verb::Update,
        ("DELETE", "") => Verb::DeleteCollection,
        ("DELETE", _) => Verb::Delete,
        ("PATCH", _) => {
            let kind = http.header("content-type").unwrap_or_default();
            let kind = kind.split(';').next().unwrap_or_default().trim();
            Verb::Patch(match kind {
                "application/json-patch+json" => Patch::Json,
                "application/merge-patch+json" => Patch::Merge,
                "application/strategic-merge-patch+json" => Patch::Strategic,
                "application/apply-patch+yaml" => Patch::Apply { force: query.flag("force") },
                other => {
                    let message = format!(
                        "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml, not {other}"
                    );
                    return Err(Status::new(Reason::UnsupportedMediaType, message));
                }
            })
        }
        _ => {
            options.table = false;
            return Err(Status::new(
                Reason::MethodNotAllowed,
                "the server does not allow this method on the requested resource",
            ));
        }
    })
}

fn options(query: &Query, http: &HttpRequest) -> Options {
    let words = |name: &str| Words::Owned(query.get(name).to_owned());
    let accept = http.header("accept").unwrap_or_default();
    Options {
        label_selector: words("labelSelector"),
        field_selector: words("fieldSelector"),
        resource_version: words("resourceVersion"),
        send_initial_events: query.flag("sendInitialEvents"),
        table: accept.split(',').next().unwrap_or_default().contains("as=Table"),
        include_object: words("includeObject"),
        timeout_seconds: query.number("timeoutSeconds").unwrap_or(0),
        limit: query.number("limit").unwrap_or(0),
        continue_token: words("continue"),
        dry: if query.all("dryRun").any(|value| value == "All") { Dry::All } else { Dry::No },
        field_manager: words("fieldManager"),
        field_validation: words("fieldValidation"),
        deletion: Deletion {
            grace_seconds: query.number("gracePeriodSeconds"),
            propagation: query.has("propagationPolicy").then(|| words("propagationPolicy")),
            ..Deletion::default()
        },
        credential: Words::default(),
    }
}

/// The body as JSON.
fn body(http: &HttpRequest) -> Result<Object, Status> {
    if http.body.is_empty() {
        return Ok(Value::Null.into());
    }
    let value: Result<Value, _> = serde_json::from_slice(&http.body);
    value.map(Object::from).map_err(|error| {
        Status::new(Reason::BadRequest, super::super::json_words::syntax_error(&http.body, &error.to_string()))
    })
}

/// `DeleteOptions`, which is a body or part of the query.
fn delete_options(http: &HttpRequest, options: &mut Options) -> Result<(), Status> {
    let given = body(http)?;
    let deletion = &mut options.deletion;
    if let Some(seconds) = given.number("/gracePeriodSeconds") {
        deletion.grace_seconds = Some(seconds);
    }
    if let Some(policy) = given.pointer("/propagationPolicy").and_then(Value::as_str) {
        deletion.propagation = Some(policy.to_owned().into());
    }
    match given.pointer("/orphanDependents").and_then(Value::as_bool) {
        Some(true) => deletion.propagation = Some("Orphan".into()),
        Some(false) => deletion.propagation = Some("Background".into()),
        None => {}
    }
    let text = |pointer: &str| given.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    deletion.uid = text("/preconditions/uid");
    deletion.resource_version = text("/preconditions/resourceVersion");
    if given.list("/dryRun").iter().any(|value| value == "All") {
        options.dry = Dry::All;
    }
    Ok(())
}

/// `PodLogOptions`, which is in the query.
fn log_options(query: &Query) -> Object {
    let mut options = serde_json::json!({});
    for name in ["container", "sinceTime"] {
        if query.has(name) {
            options[name] = query.get(name).into();
        }
    }
    for name in ["follow", "previous", "timestamps"] {
        if query.flag(name) {
            options[name] = true.into();
        }
    }
    for name in ["sinceSeconds", "tailLines", "limitBytes"] {
        if let Some(number) = query.number(name) {
            options[name] = number.into();
        }
    }
    options.into()
}

/// `PodExecOptions` and its kin, which are in the query. The bytes for a port are the body.
fn stream_options(query: &Query, body: &[u8]) -> Object {
    let bytes = String::from_utf8_lossy(body);
    let command: Vec<&str> = match body.is_empty() {
        true => query.all("command").collect(),
        false => vec![&bytes],
    };
    serde_json::json!({
        "container": query.get("container"), "command": command, "stdin": query.flag("stdin"), "tty": query.flag("tty"),
        "port": query.number("ports"),
    })
    .into()
}
