//! Getting, listing, and the beginnings of watches, answered from the cache.

use serde_json::{Value, json};

use super::cache::Cache;
use super::page;
use super::selector::Selector;
use super::view::View;
use crate::api::{EventKind, Object, Reason, Request, Resource, Status, Verb};

/// Whether the cache must first be seen to be as new as the request. Writes begin with what there is: their transaction
/// finds out if that is too old.
pub(super) fn wants_fresh(request: &Request) -> bool {
    let options = &request.options;
    match request.verb {
        Verb::Get | Verb::List => options.resource_version.is_empty() && options.continue_token.is_empty(),
        Verb::Watch => options.resource_version.is_empty(),
        // What a collection consists of is not checked by a transaction.
        Verb::DeleteCollection => true,
        _ => false,
    }
}

/// The keys of a list or watch.
pub(super) fn prefix(request: &Request, resource: &Resource) -> String {
    match (resource.is_namespaced(), request.namespace.as_ref()) {
        (true, namespace) if !namespace.is_empty() => format!("{}/{namespace}/", resource.prefix),
        _ => format!("{}/", resource.prefix),
    }
}

/// The selectors of a list or watch, with the name if the address has one.
pub(super) fn selector(request: &Request) -> Result<Selector, Status> {
    let options = &request.options;
    let fields = match (request.name.as_ref(), options.field_selector.as_ref()) {
        ("", fields) => fields.to_owned(),
        (name, "") => format!("metadata.name={name}"),
        (name, fields) => format!("metadata.name={name},{fields}"),
    };
    Selector::parse(&options.label_selector, &fields)
}

/// The fields by which objects of a kind can be selected, besides their names.
fn selectable(resource: &Resource) -> &'static [&'static str] {
    match resource.plural.as_ref() {
        "pods" => &[
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.podIPs",
            "status.nominatedNodeName",
        ],
        "nodes" => &["spec.unschedulable"],
        // The newer group calls the same fields differently (`pkg/apis/events/v1/conversion.go`).
        "events" if resource.group == "events.k8s.io" => &[
            "regarding.kind",
            "regarding.namespace",
            "regarding.name",
            "regarding.uid",
            "regarding.apiVersion",
            "regarding.resourceVersion",
            "regarding.fieldPath",
            "reason",
            "reportingController",
            "type",
        ],
        "events" => &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ],
        "namespaces" => &["status.phase"],
        "secrets" => &["type"],
        "services" => &["spec.clusterIP", "spec.type"],
        "replicasets" | "replicationcontrollers" => &["status.replicas"],
        "jobs" => &["status.successful"],
        "certificatesigningrequests" => &["spec.signerName"],
        _ => &[],
    }
}

/// Refuses a selector by a field that a kind cannot be selected by.
fn check_fields(selector: &Selector, resource: &Resource) -> Result<(), Status> {
    let known =
        |path: &str| matches!(path, "metadata.name" | "metadata.namespace") || selectable(resource).contains(&path);
    match selector.field_paths().find(|path| !known(path)) {
        None => Ok(()),
        Some(path) if selectable(resource).is_empty() => {
            let message =
                format!("{path:?} is not a known field selector: only \"metadata.name\", \"metadata.namespace\"");
            Err(Status::new(Reason::BadRequest, message))
        }
        Some(path) => Err(Status::new(Reason::BadRequest, format!("field label not supported: {path}"))),
    }
}

/// Answers `get` and `list`.
pub(super) fn answer(cache: &Cache, request: &Request, resource: &Resource, unix: i64) -> Result<Object, Status> {
    if request.options.table && request.subresource.is_empty() {
        return table(cache, request, resource, unix);
    }
    match request.verb {
        Verb::Get => get(cache, request, resource),
        _ => list(cache, request, resource),
    }
}

fn table(cache: &Cache, request: &Request, resource: &Resource, unix: i64) -> Result<Object, Status> {
    let view = View::of(cache, request, resource);
    if request.verb == Verb::Get {
        let object = get(cache, request, resource)?;
        let metadata = json!({ "resourceVersion": object.resource_version() });
        return Ok(view.table(&[&object], metadata, unix).into());
    }
    let (mut objects, token, left) = select(cache, request, resource)?;
    if resource.plural == "flowschemas" {
        // In the order in which requests are held against them (`printFlowSchemaList`).
        objects.sort_by_key(|schema| schema.number("/spec/matchingPrecedence"));
    }
    Ok(view.table(&objects, list_metadata(cache, token, left), unix).into())
}

fn list_metadata(cache: &Cache, token: String, left: i64) -> Value {
    let mut metadata = json!({ "resourceVersion": cache.revision().to_string() });
    if !token.is_empty() {
        metadata["continue"] = token.into();
        metadata["remainingItemCount"] = left.into();
    }
    metadata
}

fn get(cache: &Cache, request: &Request, resource: &Resource) -> Result<Object, Status> {
    let found = cache.get(&resource.key(&request.namespace, &request.name));
    let object = found.ok_or_else(|| Status::not_found(&resource.qualified(), &request.name))?;
    Ok(if request.subresource == "scale" { super::write::scale_of(object) } else { object.clone() })
}

/// The objects of a list, and the token of the next page; empty for the last.
pub(super) fn select<'a>(
    cache: &'a Cache,
    request: &Request,
    resource: &Resource,
) -> Result<(Vec<&'a Object>, String, i64), Status> {
    let selector = selector(request)?;
    check_fields(&selector, resource)?;
    let prefix = prefix(request, resource);
    let after = match request.options.continue_token.as_ref() {
        "" => String::new(),
        token => page::after(token, &resource.prefix)?,
    };
    let after = after.as_str();
    let limit = usize::try_from(request.options.limit).unwrap_or(0);
    let (mut found, mut token, mut left) = (Vec::new(), String::new(), 0);
    let mut last = "";
    for (key, object) in cache.range(&prefix, after).filter(|(_, object)| selector.matches(object)) {
        if limit > 0 && found.len() == limit {
            if left == 0 {
                token = page::token(last, &resource.prefix, cache.revision());
            }
            left += 1;
        } else {
            found.push(object);
            last = key;
        }
    }
    Ok((found, token, left))
}

fn list(cache: &Cache, request: &Request, resource: &Resource) -> Result<Object, Status> {
    let (objects, token, left) = select(cache, request, resource)?;
    let metadata = list_metadata(cache, token, left);
    // The items of a list say what they are only by the list.
    let bare = |object: &Object| {
        let fields = object.as_object().into_iter().flatten();
        let fields = fields.filter(|(name, _)| *name != "kind" && *name != "apiVersion");
        Value::Object(fields.map(|(name, value)| (name.clone(), value.clone())).collect())
    };
    let items: Vec<Value> = objects.into_iter().map(bare).collect();
    let kind = format!("{}List", resource.kind);
    Ok(json!({ "kind": kind, "apiVersion": resource.api_version(), "metadata": metadata, "items": items }).into())
}

/// A watch that begins.
pub(super) struct Opened {
    pub(super) prefix: String,
    pub(super) selector: Selector,
    /// What it is told first.
    pub(super) events: Vec<(EventKind, Object)>,
}

/// Opens a watch: with what there is, or with what has changed since a revision.
pub(super) fn open(cache: &Cache, request: &Request, resource: &Resource) -> Result<Opened, Status> {
    let (prefix, selector) = (prefix(request, resource), selector(request)?);
    check_fields(&selector, resource)?;
    let options = &request.options;
    let from = options.resource_version.as_ref();
    let mut events = Vec::new();
    if options.send_initial_events || from.is_empty() || from == "0" {
        let all = cache.range(&prefix, "").filter(|(_, object)| selector.matches(object));
        events.extend(all.map(|(_, object)| (EventKind::Added, object.clone())));
        if options.send_initial_events {
            events.push((EventKind::Bookmark, bookmark(cache, resource)));
        }
    } else {
        let invalid = || {
            let message = format!("Invalid value: \"{from}\": strconv.ParseUint: parsing \"{from}\": invalid syntax");
            Status::new(Reason::BadRequest, message)
        };
        let since: i64 = from.parse().map_err(|_| invalid())?;
        let too_old = || {
            let message = format!("too old resource version: {since} ({})", cache.kept_after());
            Status::new(Reason::Expired, message)
        };
        let changes = cache.changes_since(since, &prefix).ok_or_else(too_old)?;
        let watcher = super::watchers::Watcher {
            caller: super::task::Caller::Inside,
            prefix: prefix.clone(),
            selector: selector.clone(),
            since,
            cause: sim::Cause::default(),
            view: View::default(),
        };
        events.extend(changes.filter_map(|change| watcher.sees(change)));
    }
    Ok(Opened { prefix, selector, events })
}

/// The end of what there was when the watch began.
fn bookmark(cache: &Cache, resource: &Resource) -> Object {
    json!({
        "kind": resource.kind, "apiVersion": resource.api_version(),
        "metadata": {
            "resourceVersion": cache.revision().to_string(),
            "annotations": { "k8s.io/initial-events-end": "true" },
        },
    })
    .into()
}
