//! Working out what a request changes (`staging/src/k8s.io/apiserver/pkg/registry/generic/registry/store.go`).

mod create;
mod delete;
mod pods;
mod scale;
mod update;

use etcd::rpc::RequestOp;
use sim::Time;

use super::Config;
use super::cache::Cache;
use super::task::Told;
use crate::api::{Clock, Dry, Object, Reason, Request, Resource, Status, Verb};

pub(super) use scale::scale_of;

/// What the working out of a change looks at.
pub(super) struct Context<'a> {
    pub(super) cache: &'a Cache,
    #[expect(dead_code, reason = "the service network is allocated from it")]
    pub(super) config: &'a Config,
    pub(super) clock: Clock,
    pub(super) now: Time,
    #[expect(dead_code, reason = "admission looks other kinds up")]
    pub(super) resources: &'a [Resource],
    pub(super) random: &'a mut dyn FnMut() -> u64,
}

/// What is to be stored, if what it was worked out from is still so.
pub(super) enum Plan {
    /// Nothing has to be stored.
    Answer(Object),
    Store {
        key: String,
        /// The key's revision now; 0 for none.
        revision: i64,
        /// Without a resource version.
        value: Object,
        told: Told,
        /// What is stored or deleted with it.
        also: Vec<RequestOp>,
    },
    Remove {
        key: String,
        revision: i64,
        told: Told,
        also: Vec<RequestOp>,
    },
}

/// Works out what a request changes.
pub(super) fn plan(context: &mut Context, request: &Request, resource: &Resource) -> Result<Plan, Status> {
    let not_allowed = || {
        let message = "the server does not allow this method on the requested resource";
        Status::new(Reason::MethodNotAllowed, message)
    };
    let planned = match (&request.verb, request.subresource.as_ref()) {
        (Verb::Create, "") => create::plan(context, request, resource),
        (Verb::Create, "binding") if resource.plural == "pods" => pods::bind(context, request, resource),
        (Verb::Update | Verb::Patch(_), "scale") => scale::plan(context, request, resource),
        (Verb::Update | Verb::Patch(_), _) => update::plan(context, request, resource),
        (Verb::Delete, "") => delete::plan(context, request, resource),
        _ => Err(not_allowed()),
    }?;
    Ok(if request.options.dry == Dry::All { rehearsed(planned) } else { planned })
}

/// What a dry run is told: the same, but nothing is stored.
fn rehearsed(plan: Plan) -> Plan {
    match plan {
        Plan::Store { told: Told::Other(object), .. } | Plan::Remove { told: Told::Other(object), .. } => {
            Plan::Answer(object)
        }
        Plan::Store { told: Told::Scale, value, .. } => Plan::Answer(scale_of(&value)),
        Plan::Store { told: Told::Stored, value, revision, .. } if revision > 0 => {
            Plan::Answer(super::cache::stamped(value, revision))
        }
        Plan::Store { value, .. } => Plan::Answer(value),
        other => other,
    }
}

/// The object that a request names, as it is now.
fn current(context: &Context, request: &Request, resource: &Resource) -> Result<Object, Status> {
    let found = context.cache.get(&resource.key(&request.namespace, &request.name));
    found.cloned().ok_or_else(|| Status::not_found(&resource.qualified(), &request.name))
}

/// The body of a request, which must be an object.
fn body(request: &Request) -> Result<&Object, Status> {
    let missing = || Status::new(Reason::BadRequest, "the body of the request was empty");
    request.body.as_ref().filter(|body| body.is_object()).ok_or_else(missing)
}
