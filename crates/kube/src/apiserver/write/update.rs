//! Replacing and patching an object, wholly or one of its parts.

use serde_json::{Value, json};

use super::super::task::Told;
use super::super::validate::{self, Faults};
use super::super::{admission, authz, custom, defaults, meta, patch, schema, strategy};
use super::{Context, Plan, apply, body, create, current};
use crate::api::{Object, Patch, Reason, Request, Resource, Status, Verb};

pub(super) fn plan(context: &mut Context, request: &Request, resource: &Resource) -> Result<Plan, Status> {
    let subresource = request.subresource.as_ref();
    let known = match subresource {
        "" | "ephemeralcontainers" | "resize" | "approval" => true,
        "status" => strategy::has_status(resource) || custom::has_part(context.cache, resource, "status"),
        "finalize" => resource.plural == "namespaces",
        _ => false,
    };
    if !known {
        return Err(Status::new(Reason::NotFound, "the server could not find the requested resource"));
    }
    if matches!(request.verb, Verb::Patch(Patch::Apply { .. }))
        && subresource.is_empty()
        && context.cache.get(&resource.key(&request.namespace, &request.name)).is_none()
    {
        return create::applied(context, request, resource);
    }
    if resource.custom && request.verb == Verb::Patch(Patch::Strategic) {
        let message = "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml";
        return Err(Status::new(Reason::UnsupportedMediaType, message));
    }
    let old = current(context, request, resource)?;
    let new = match request.verb {
        Verb::Patch(Patch::Apply { .. }) => apply::applied(context, request, Some(&old))?,
        Verb::Patch(kind) => patched(&old, request, kind)?,
        // The rest will be as it is.
        Verb::Update if subresource == "status" && !resource.custom => changed(body(request)?, &old),
        _ => (**body(request)?).clone(),
    };
    create::check_type(&new, resource)?;
    let decoded = schema::decode(request, resource, new);
    let (mut new, warnings) = decoded.map_err(|status| unfit(request, status))?;
    context.warnings.extend(warnings);
    if resource.custom {
        let warnings = custom::decode(context.cache, request, resource, &mut new)?;
        context.warnings.extend(warnings);
    }
    replace(context, request, resource, &old, new, Told::Stored)
}

/// A copy of an object in which null stands for what is as it was: of a pod that tells its status that is all that is
/// wanted of it, and it was read when it was.
fn changed(given: &Object, old: &Object) -> Value {
    let Some(fields) = given.as_object() else { return (**given).clone() };
    let is_old = |name: &str, value: &Value| {
        !matches!(name, "kind" | "apiVersion" | "metadata" | "status") && old.get(name) == Some(value)
    };
    let copied = |(name, value): (&String, &Value)| {
        (name.clone(), if is_old(name, value) { Value::Null } else { value.clone() })
    };
    Value::Object(fields.iter().map(copied).collect())
}

fn patched(old: &Object, request: &Request, kind: Patch) -> Result<Value, Status> {
    let bad = |message: String| Status::new(Reason::BadRequest, message);
    let missing = || bad("the body of the request was empty".into());
    let patch = request.body.as_ref().ok_or_else(missing)?;
    let mut value: Value = (**old).clone();
    match kind {
        Patch::Json => patch::json(&mut value, patch).map_err(|_| {
            let message = "the server rejected our request due to an error in our request";
            Status { details: json!({}), ..Status::new(Reason::Invalid, message) }
        })?,
        Patch::Merge => patch::merge(&mut value, patch),
        Patch::Strategic => patch::strategic(&mut value, patch).map_err(bad)?,
        // It has gone another way.
        Patch::Apply { .. } => {}
    }
    Ok(value)
}

/// A strategic patch that does not fit is refused in other words than an object that does not.
fn unfit(request: &Request, status: Status) -> Status {
    let strategic = request.verb == Verb::Patch(Patch::Strategic);
    match (strategic, status.message.rsplit_once(" of type ")) {
        (true, Some((_, kind))) => {
            let mut faults = Faults::default();
            let shown = request.body.as_ref().map_or_else(String::new, |patch| go_map(patch));
            faults.invalid("patch", shown.into(), &format!("unrecognized type: {kind}"));
            faults.refusal("", "")
        }
        _ => status,
    }
}

/// A value as Go prints a map: `map[spec:map[replicas:x]]`.
fn go_map(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let mut pairs: Vec<String> =
                fields.iter().map(|(name, value)| format!("{name}:{}", go_map(value))).collect();
            pairs.sort();
            format!("map[{}]", pairs.join(" "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(go_map).collect::<Vec<_>>().join(" ")),
        Value::String(text) => text.clone(),
        Value::Null => "<nil>".into(),
        other => other.to_string(),
    }
}

/// Puts `new` in the place of `old`, if it may be.
pub(super) fn replace(
    context: &mut Context,
    request: &Request,
    resource: &Resource,
    old: &Object,
    mut new: Value,
    told: Told,
) -> Result<Plan, Status> {
    new["kind"] = resource.kind.as_ref().into();
    new["apiVersion"] = resource.api_version().into();
    carry_over(&mut new, request, resource, old)?;
    if request.subresource.is_empty() {
        defaults::apply(resource, &mut new);
    }
    let with_status = strategy::has_status(resource) || custom::has_part(context.cache, resource, "status");
    strategy::prepare_update(resource, &request.subresource, with_status, &mut new, old);
    let key = resource.key(old.namespace(), old.name());
    let revision = old.revision();
    if is_done(&new) && old.is_terminating() && leaves_when_done(resource, &new) {
        return Ok(Plan::remove(key, revision, new.into()));
    }
    if same(&new, old) {
        return Ok(Plan::Answer(if matches!(told, Told::Scale) { super::scale_of(old) } else { old.clone() }));
    }
    authz::check_escalation(context.cache, request, resource, &new)?;
    admission::update(request, resource, old, &new)?;
    let mut faults = Faults::default();
    let mut allocated = admission::Allocated::default();
    if resource.plural == "services" && request.subresource.is_empty() {
        allocated = admission::allocate(context, &mut new, Some(old), &mut faults);
    }
    validate::update(resource, &request.subresource, &new, old, &mut faults);
    if resource.custom {
        custom::check(context.cache, resource, &new, &mut faults);
    }
    faults.into_result(resource, old.name())?;
    let part = if matches!(told, Told::Scale) { "scale" } else { request.subresource.as_ref() };
    apply::track(context, request, part, old, &mut new);
    Ok(Plan::store(key, revision, new, told).with(allocated.also, allocated.others))
}

/// What an update cannot change, and what it must match.
fn carry_over(new: &mut Value, request: &Request, resource: &Resource, old: &Object) -> Result<(), Status> {
    let resource_name = resource.qualified();
    let metadata = meta::of(new);
    let text = |name: &str| metadata.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (name, namespace, uid, version) = (text("name"), text("namespace"), text("uid"), text("resourceVersion"));
    if !name.is_empty() && name != request.name {
        let message = format!("the name of the object ({name}) does not match the name on the URL ({})", request.name);
        return Err(Status::new(Reason::BadRequest, message));
    }
    if !namespace.is_empty() && namespace != old.namespace() {
        let message = format!(
            "the namespace of the object ({namespace}) does not match the namespace on the request ({})",
            old.namespace()
        );
        return Err(Status::new(Reason::BadRequest, message));
    }
    if !version.is_empty() && version != "0" && version != old.resource_version() {
        return Err(Status::conflict(&resource_name, old.name()));
    }
    if !uid.is_empty() && uid != old.uid() {
        let why = format!("Precondition failed: UID in precondition: {uid}, UID in object meta: {}", old.uid());
        let message = format!("Operation cannot be fulfilled on {resource_name} \"{}\": {why}", old.name());
        return Err(Status::of(Reason::Conflict, &resource_name, old.name(), message));
    }
    for field in [
        "name",
        "namespace",
        "uid",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "generation",
    ] {
        match old["metadata"].get(field) {
            Some(value) => metadata.insert(field.into(), value.clone()),
            None => metadata.shift_remove(field),
        };
    }
    metadata.shift_remove("resourceVersion");
    Ok(())
}

/// Whether nothing keeps an object that is being deleted.
fn is_done(value: &Value) -> bool {
    let metadata = &value["metadata"];
    let finalizers = metadata["finalizers"].as_array().is_none_or(Vec::is_empty);
    finalizers && metadata["deletionGracePeriodSeconds"].as_i64().unwrap_or(0) == 0
}

/// A namespace has finalizers of its own.
fn leaves_when_done(resource: &Resource, value: &Value) -> bool {
    resource.plural != "namespaces" || value["spec"]["finalizers"].as_array().is_none_or(Vec::is_empty)
}

/// Whether an object would be stored as it is.
fn same(new: &Value, old: &Object) -> bool {
    let (Some(new), Some(before)) = (new.as_object(), old.as_object()) else { return false };
    type Fields = serde_json::Map<String, Value>;
    // etcd's revision is no part of what is stored.
    let counts = |name: &str| name != "resourceVersion";
    let same_metadata = |new: Option<&Fields>, before: Option<&Fields>| {
        let count = |fields: Option<&Fields>| fields.into_iter().flatten().filter(|(name, _)| counts(name)).count();
        let mut kept = new.into_iter().flatten().filter(|(name, _)| counts(name));
        count(new) == count(before)
            && kept.all(|(name, value)| before.and_then(|fields| fields.get(name)) == Some(value))
    };
    new.len() == before.len()
        && new.iter().all(|(name, value)| name == "metadata" || before.get(name) == Some(value))
        && same_metadata(
            new.get("metadata").and_then(Value::as_object),
            before.get("metadata").and_then(Value::as_object),
        )
}
