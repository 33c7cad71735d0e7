//! What is put into objects, or forbidden, after they were read and before they are stored
//! (`plugin/pkg/admission`, in the order of `--enable-admission-plugins`).

mod limits;
mod nodes;
mod pods;
mod quota;
mod services;

use serde_json::Value;

use super::write::Context;
use crate::api::{Object, Reason, Request, Resource, Status};

pub(super) use pods::quality_of_service;
pub(super) use services::{Allocated, allocate, first_address, release};

/// Admits an object that is to be created, and changes it.
pub(super) fn create(
    context: &mut Context,
    request: &Request,
    resource: &Resource,
    value: &mut Value,
) -> Result<(), Status> {
    match (resource.group.as_ref(), resource.plural.as_ref()) {
        ("", "pods") => {
            pods::service_account(context, value)?;
            pods::priority(context, value)?;
            pods::tolerations(value);
            limits::apply(context, value)?;
            nodes::mirror(request, value)?;
        }
        ("", "nodes") => nodes::check(request, None, value)?,
        ("", "persistentvolumeclaims") => protect(value, "kubernetes.io/pvc-protection"),
        ("", "persistentvolumes") => protect(value, "kubernetes.io/pv-protection"),
        ("certificates.k8s.io", "certificatesigningrequests") => {
            value["spec"]["username"] = request.user.name.as_str().into();
            value["spec"]["groups"] = serde_json::json!(request.user.groups);
        }
        _ => {}
    }
    quota::check(context, resource, value)
}

/// What is in use stays until it is not (`plugin/pkg/admission/storage/storageobjectinuseprotection`).
fn protect(value: &mut Value, finalizer: &str) {
    let mut finalizers = value["metadata"]["finalizers"].as_array().cloned().unwrap_or_default();
    if !finalizers.iter().any(|known| known == finalizer) {
        finalizers.push(finalizer.into());
        value["metadata"]["finalizers"] = finalizers.into();
    }
}

/// Admits a changed object.
pub(super) fn update(request: &Request, resource: &Resource, old: &Object, value: &Value) -> Result<(), Status> {
    if resource.plural == "nodes" {
        nodes::check(request, Some(old), value)?;
    }
    Ok(())
}

/// Admits a deletion: some namespaces stay (`plugin/namespace/lifecycle`).
pub(super) fn delete(resource: &Resource, old: &Object) -> Result<(), Status> {
    let immortal = ["default", "kube-system", "kube-public"];
    if resource.plural == "namespaces" && immortal.contains(&old.name()) {
        return Err(forbidden("namespaces", old.name(), "this namespace may not be deleted"));
    }
    Ok(())
}

/// `pods "web" is forbidden: why`
pub(super) fn forbidden(resource: &str, name: &str, why: &str) -> Status {
    Status::of(Reason::Forbidden, resource, name, format!("{resource} {name:?} is forbidden: {why}"))
}
