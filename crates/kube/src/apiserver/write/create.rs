//! Creating an object.

use serde_json::Value;

use super::super::task::Told;
use super::super::validate::{self, Faults};
use super::super::{admission, authz, custom, defaults, meta, schema, strategy};
use super::{Context, Plan, apply, body};
use crate::api::{Reason, Request, Resource, Status};

pub(super) fn plan(context: &mut Context, request: &Request, resource: &Resource) -> Result<Plan, Status> {
    let value = prepared(context, request, resource)?;
    finish(context, request, resource, value)
}

/// Creates what is applied for the first time.
pub(super) fn applied(context: &mut Context, request: &Request, resource: &Resource) -> Result<Plan, Status> {
    let managed = apply::applied(context, request, None)?;
    let mut value = prepared(context, request, resource)?;
    if value["metadata"]["name"] != request.name.as_ref() {
        let name = value["metadata"]["name"].as_str().unwrap_or_default();
        let message = format!("the name of the object ({name}) does not match the name on the URL ({})", request.name);
        return Err(Status::new(Reason::BadRequest, message));
    }
    value["metadata"]["managedFields"] = managed["metadata"]["managedFields"].clone();
    finish(context, request, resource, value)
}

fn finish(context: &mut Context, request: &Request, resource: &Resource, mut value: Value) -> Result<Plan, Status> {
    let name = value["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    let key = resource.key(&request.namespace, &name);
    if context.cache.get(&key).is_some() {
        return Err(Status::already_exists(&resource.qualified(), &name));
    }
    defaults::apply(resource, &mut value);
    strategy::prepare_create(resource, &mut value);
    authz::check_escalation(context.cache, request, resource, &value)?;
    admission::create(context, request, resource, &mut value)?;
    let mut faults = Faults::default();
    validate::create(resource, &value, &mut faults);
    if resource.custom {
        custom::check(context.cache, resource, &value, &mut faults);
    }
    if resource.plural == "customresourcedefinitions" {
        custom::fill_in(&mut value);
        custom::establish(&mut value, &context.clock.stamp(context.now));
    }
    let mut allocated = admission::Allocated::default();
    if resource.plural == "services" {
        allocated = admission::allocate(context, &mut value, None, &mut faults);
    }
    faults.into_result(resource, &name)?;
    if resource.plural == "pods" {
        value["status"]["qosClass"] = admission::quality_of_service(&value).into();
    }
    Ok(Plan::store(key, 0, value, Told::Stored).with(allocated.also, allocated.others))
}

/// The object of a request, with what every object gets when it is created.
fn prepared(context: &mut Context, request: &Request, resource: &Resource) -> Result<Value, Status> {
    let given = body(request)?;
    check_type(given, resource)?;
    let (mut value, warnings) = schema::decode(request, resource, (**given).clone())?;
    context.warnings.extend(warnings);
    if resource.custom {
        let warnings = custom::decode(context.cache, request, resource, &mut value)?;
        context.warnings.extend(warnings);
    }
    value["kind"] = resource.kind.as_ref().into();
    value["apiVersion"] = resource.api_version().into();
    let (uid, now) = (meta::uid(context.random), context.clock.stamp(context.now));
    let metadata = meta::of(&mut value);
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    if !text(metadata.get("resourceVersion")).is_empty() {
        let message = "resourceVersion should not be set on objects to be created";
        return Err(Status::new(Reason::BadRequest, message));
    }
    if resource.is_namespaced() {
        let namespace = text(metadata.get("namespace"));
        if !namespace.is_empty() && namespace != request.namespace {
            let message = "the namespace of the provided object does not match the namespace sent on the request";
            return Err(Status::new(Reason::BadRequest, message));
        }
        metadata.insert("namespace".into(), request.namespace.as_ref().into());
        namespace_is_open(context, request, resource, &text(metadata.get("name")))?;
    } else {
        metadata.shift_remove("namespace");
    }
    let generate = text(metadata.get("generateName"));
    if text(metadata.get("name")).is_empty() && !generate.is_empty() {
        // A name has 63 characters at most, five of them generated.
        let kept: String = generate.chars().take(58).collect();
        metadata.insert("name".into(), format!("{kept}{}", meta::suffix(context.random)).into());
    }
    if text(metadata.get("name")).is_empty() {
        let kind = &resource.kind;
        let message =
            format!("{kind} \"\" is invalid: metadata.name: Required value: name or generateName is required");
        return Err(Status::of(Reason::Invalid, &resource.qualified(), "", message));
    }
    for field in ["deletionTimestamp", "deletionGracePeriodSeconds", "generation", "selfLink", "managedFields"] {
        metadata.shift_remove(field);
    }
    metadata.insert("uid".into(), uid.into());
    metadata.insert("creationTimestamp".into(), now.into());
    if strategy::has_generation(resource) || resource.custom {
        metadata.insert("generation".into(), 1.into());
    }
    Ok(value)
}

/// The body must be of the kind that its address is for.
pub(super) fn check_type(value: &Value, resource: &Resource) -> Result<(), Status> {
    let text = |name: &str| value[name].as_str().unwrap_or_default();
    let (kind, version) = (text("kind"), text("apiVersion"));
    let expected = resource.api_version();
    if !version.is_empty() && version != expected {
        let message =
            format!("the API version in the data ({version}) does not match the expected API version ({expected})");
        return Err(Status::new(Reason::BadRequest, message));
    }
    if !kind.is_empty() && kind != resource.kind {
        let (known, group) = (&resource.kind, resource.api_version());
        let message = format!(
            "{kind} in version {:?} cannot be handled as a {known}: no kind {kind:?} is registered for version {group:?} in scheme \"pkg/runtime/scheme.go:111\"",
            resource.version
        );
        return Err(Status::new(Reason::BadRequest, message));
    }
    Ok(())
}

/// New objects need a namespace that is there and stays
/// (`staging/src/k8s.io/apiserver/pkg/admission/plugin/namespace/lifecycle`).
fn namespace_is_open(context: &Context, request: &Request, resource: &Resource, name: &str) -> Result<(), Status> {
    let namespace = request.namespace.as_ref();
    let found = context.cache.get(&format!("/registry/namespaces/{namespace}"));
    let found = found.ok_or_else(|| Status::not_found("namespaces", namespace))?;
    if !found.is_terminating() {
        return Ok(());
    }
    let resource = resource.qualified();
    let why = format!("unable to create new content in namespace {namespace} because it is being terminated");
    let mut status = Status::of(Reason::Forbidden, &resource, name, format!("{resource} {name:?} is forbidden: {why}"));
    status.details["causes"] = serde_json::json!([
        { "reason": "NamespaceTerminating", "message": format!("namespace {namespace} is being terminated"), "field": "metadata.namespace" },
    ]);
    Err(status)
}
