//! Working out what a request changes (`staging/src/k8s.io/apiserver/pkg/registry/generic/registry/store.go`).

mod apply;
mod create;
mod delete;
mod eviction;
mod pods;
mod reviews;
mod scale;
mod update;

use etcd::rpc::RequestOp;
use serde_json::Value;
use sim::Time;

use super::Config;
use super::cache::Cache;
use super::meta;
use super::task::Told;
use crate::Clock;
use crate::api::{Dry, Object, Reason, Request, Resource, Status, Verb};

pub(super) use scale::scale_of;

/// What the working out of a change looks at.
pub(super) struct Context<'a> {
    pub(super) cache: &'a Cache,
    pub(super) config: &'a Config,
    pub(super) clock: Clock,
    pub(super) now: Time,
    pub(super) random: &'a mut dyn FnMut() -> u64,
    /// What the client is to be warned of.
    pub(super) warnings: Vec<String>,
}

/// What is to be stored, if what it was worked out from is still so.
pub(super) enum Plan {
    /// Nothing has to be stored.
    Answer(Object),
    Change(Change),
}

/// A change of one key, and of what goes with it.
pub(super) struct Change {
    pub(super) key: String,
    /// The key's revision now; 0 for none.
    pub(super) revision: i64,
    /// What is stored, without a resource version; nothing to delete the key.
    pub(super) value: Option<Object>,
    pub(super) told: Told,
    /// What is stored or deleted with it.
    pub(super) also: Vec<RequestOp>,
    /// Other keys and the revisions they must have; 0 for one that must not be there.
    pub(super) others: Vec<(String, i64)>,
}

impl Plan {
    fn store(key: String, revision: i64, value: Value, told: Told) -> Self {
        let value = Some(meta::order(value).into());
        Self::Change(Change { key, revision, value, told, also: Vec::new(), others: Vec::new() })
    }

    fn remove(key: String, revision: i64, told: Object) -> Self {
        let told = Told::Other(told);
        Self::Change(Change { key, revision, value: None, told, also: Vec::new(), others: Vec::new() })
    }

    /// The same, with what goes with it.
    fn with(mut self, more: Vec<RequestOp>, more_others: Vec<(String, i64)>) -> Self {
        if let Self::Change(Change { also, others, .. }) = &mut self {
            also.extend(more);
            others.extend(more_others);
        }
        self
    }

    /// The same, but the client is told something else.
    fn telling(self, answer: Object) -> Self {
        match self {
            Self::Answer(_) => Self::Answer(answer),
            Self::Change(change) => Self::Change(Change { told: Told::Other(answer), ..change }),
        }
    }
}

/// Works out what a request changes.
pub(super) fn plan(context: &mut Context, request: &Request, resource: &Resource) -> Result<Plan, Status> {
    let not_allowed = || {
        let message = "the server does not allow this method on the requested resource";
        Status::new(Reason::MethodNotAllowed, message)
    };
    if request.verb == Verb::Create
        && let Some(answered) = reviews::plan(context, request, resource)
    {
        return answered;
    }
    let planned = match (&request.verb, request.subresource.as_ref()) {
        (Verb::Create, "") => create::plan(context, request, resource),
        (Verb::Create, "binding") if resource.plural == "pods" => pods::bind(context, request, resource),
        (Verb::Create, "eviction") if resource.plural == "pods" => eviction::plan(context, request, resource),
        (Verb::Create, "token") if resource.plural == "serviceaccounts" => reviews::token(context, request, resource),
        (Verb::Update | Verb::Patch(_), "scale") => scale::plan(context, request, resource),
        (Verb::Update | Verb::Patch(_), _) => update::plan(context, request, resource),
        (Verb::Delete, "") => delete::plan(context, request, resource),
        _ => Err(not_allowed()),
    }?;
    Ok(if request.options.dry == Dry::All { rehearsed(planned) } else { planned })
}

/// What a dry run is told: the same, but nothing is stored.
fn rehearsed(plan: Plan) -> Plan {
    let Plan::Change(change) = plan else { return plan };
    Plan::Answer(match (change.told, change.value) {
        (Told::Other(object), _) => object,
        (Told::Scale, Some(value)) => scale_of(&value),
        (_, Some(value)) if change.revision > 0 => super::cache::stamped(value, change.revision),
        (_, value) => value.unwrap_or_else(|| Value::Null.into()),
    })
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
