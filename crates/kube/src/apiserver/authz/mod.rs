//! Who may do what: the node authorizer, then roles and their bindings (`--authorization-mode=Node,RBAC`).

mod escalation;
mod node;
mod rbac;

use super::cache::Cache;
use super::server::Server;
use crate::api::{Reason, Request, Resource, Status, User};

pub(super) use escalation::check as check_escalation;
pub(super) use rbac::{Grants, remember, rules_of};

use rbac::covers;

/// What somebody wants to do.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attempt<'a> {
    pub(super) user: &'a User,
    pub(super) verb: &'a str,
    pub(super) group: &'a str,
    pub(super) resource: &'a str,
    pub(super) subresource: &'a str,
    pub(super) namespace: &'a str,
    pub(super) name: &'a str,
    /// An address that is no resource; then the rest is empty.
    pub(super) path: &'a str,
}

impl<'a> Attempt<'a> {
    pub(super) fn of(request: &'a Request) -> Self {
        Self {
            user: &request.user,
            verb: request.verb.name(),
            group: &request.group,
            resource: &request.resource,
            subresource: &request.subresource,
            namespace: &request.namespace,
            name: &request.name,
            path: "",
        }
    }

    /// `pods/log`
    pub(super) fn full_resource(&self) -> String {
        match self.subresource {
            "" => self.resource.to_owned(),
            subresource => format!("{}/{subresource}", self.resource),
        }
    }
}

/// Decides. `Err` has what the authorizers had to say, which mostly is nothing.
pub(super) fn decide(cache: &Cache, attempt: &Attempt) -> Result<(), String> {
    if attempt.user.groups.iter().any(|group| group == "system:masters") {
        return Ok(());
    }
    let by_node = node::decide(cache, attempt);
    if by_node == Some(Ok(())) {
        return Ok(());
    }
    let by_role = rbac::allows(cache, attempt);
    by_role.map_err(|roles| match by_node {
        Some(Err(node)) if roles.is_empty() => node,
        Some(Err(node)) => format!("{node}\n{roles}"),
        _ => roles,
    })
}

impl Server {
    /// Whether a request may be made at all.
    pub(super) fn authorize(&self, request: &Request, resource: &Resource) -> Result<(), Status> {
        let attempt = Attempt::of(request);
        decide(&self.cache, &attempt).map_err(|why| forbidden(&attempt, resource, &why))
    }

    pub(super) fn authorize_path(&self, user: &User, verb: &str, path: &str) -> Result<(), Status> {
        let attempt = Attempt { user, verb, path, group: "", resource: "", subresource: "", namespace: "", name: "" };
        decide(&self.cache, &attempt).map_err(|why| {
            let why = if why.is_empty() { why } else { format!(": {why}") };
            let message = format!("forbidden: User {:?} cannot {verb} path {path:?}{why}", user.name);
            Status::new(Reason::Forbidden, message)
        })
    }

    pub(super) fn may_impersonate(&self, user: &User, resource: &str, name: &str) -> bool {
        let attempt =
            Attempt { user, verb: "impersonate", resource, name, group: "", subresource: "", namespace: "", path: "" };
        decide(&self.cache, &attempt).is_ok()
    }
}

/// The refusal in the words of `responsewriters.ForbiddenStatusError`.
fn forbidden(attempt: &Attempt, resource: &Resource, why: &str) -> Status {
    let qualified = resource.qualified();
    let what = if attempt.name.is_empty() { qualified.clone() } else { format!("{qualified} {:?}", attempt.name) };
    let place = match attempt.namespace {
        "" => "at the cluster scope".to_owned(),
        namespace => format!("in the namespace {namespace:?}"),
    };
    let mut message = format!(
        "{what} is forbidden: User {:?} cannot {} resource {:?} in API group {:?} {place}",
        attempt.user.name,
        attempt.verb,
        attempt.full_resource(),
        attempt.group,
    );
    if !why.is_empty() {
        message = format!("{message}: {why}");
    }
    Status::of(Reason::Forbidden, &qualified, attempt.name, message)
}
