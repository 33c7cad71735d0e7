//! Requests that store nothing and only ask: may I, who am I, whose token is this
//! (`pkg/registry/authorization`, `pkg/registry/authentication`), and requests for a token.

use serde_json::{Value, json};
use sim::{Micros, Time};

use super::super::authz::{Attempt, decide, rules_of};
use super::super::validate::Faults;
use super::super::{meta, tokens};
use super::{Context, Plan, body};
use crate::api::{Object, Request, Resource, Status, User};

/// Answers a review, if the resource is one.
pub(super) fn plan(context: &Context, request: &Request, resource: &Resource) -> Option<Result<Plan, Status>> {
    let answer: fn(&Context, &Request, &Object) -> Value = match resource.plural.as_ref() {
        "selfsubjectaccessreviews" => |context, request, body| access(context, &request.user, body),
        "subjectaccessreviews" | "localsubjectaccessreviews" => |context, _, body| {
            let groups = body.list("/spec/groups").iter().filter_map(Value::as_str).map(str::to_owned).collect();
            access(context, &User { name: body.text("/spec/user").to_owned(), groups }, body)
        },
        "selfsubjectrulesreviews" => rules,
        "selfsubjectreviews" => |context, request, _| json!({ "userInfo": user_info(context, request) }),
        "tokenreviews" => token_review,
        _ => return None,
    };
    Some(body(request).map(|body| {
        let status = answer(context, request, body);
        let mut review: Value = (**body).clone();
        review["kind"] = resource.kind.as_ref().into();
        review["apiVersion"] = resource.api_version().into();
        meta::of(&mut review);
        review["status"] = status;
        Plan::Answer(meta::order(review).into())
    }))
}

fn access(context: &Context, user: &User, body: &Object) -> Value {
    let at = |field: &str| body.text(&format!("/spec/resourceAttributes/{field}"));
    let path = body.text("/spec/nonResourceAttributes/path");
    let attempt = Attempt {
        user,
        verb: if path.is_empty() { at("verb") } else { body.text("/spec/nonResourceAttributes/verb") },
        group: at("group"),
        resource: at("resource"),
        subresource: at("subresource"),
        namespace: at("namespace"),
        name: at("name"),
        path,
    };
    match decide(context.cache, &attempt) {
        Ok(()) => json!({ "allowed": true }),
        Err(why) if why.is_empty() => json!({ "allowed": false }),
        Err(why) => json!({ "allowed": false, "reason": why }),
    }
}

fn rules(context: &Context, request: &Request, body: &Object) -> Value {
    let namespace = body.text("/spec/namespace");
    let mut resources = Vec::new();
    let mut urls = Vec::new();
    if request.user.groups.iter().any(|group| group == "system:masters") {
        resources.push(json!({ "verbs": ["*"], "apiGroups": ["*"], "resources": ["*"] }));
        urls.push(json!({ "verbs": ["*"], "nonResourceURLs": ["*"] }));
    }
    for rule in rules_of(context.cache, &request.user, namespace) {
        let is_url = rule["nonResourceURLs"].as_array().is_some_and(|urls| !urls.is_empty());
        if is_url { urls.push(rule) } else { resources.push(rule) }
    }
    json!({ "resourceRules": resources, "nonResourceRules": urls, "incomplete": false })
}

fn account<'a>(context: &'a Context, name: &str) -> Option<&'a Object> {
    let (namespace, name) = name.strip_prefix("system:serviceaccount:")?.split_once(':')?;
    context.cache.get(&format!("/registry/serviceaccounts/{namespace}/{name}"))
}

fn user_info(context: &Context, request: &Request) -> Value {
    let user = &request.user;
    let mut info = json!({ "username": user.name });
    if let Some(account) = account(context, &user.name) {
        info["uid"] = account.uid().into();
    }
    info["groups"] = json!(user.groups);
    let credential = request.options.credential.as_ref();
    if !credential.is_empty() {
        info["extra"] = json!({ "authentication.kubernetes.io/credential-id": [credential] });
    }
    info
}

fn token_review(context: &Context, _: &Request, body: &Object) -> Value {
    let now = context.clock.seconds(context.now);
    match tokens::user(context.cache, body.text("/spec/token"), now) {
        Some((user, id)) => {
            let mut info = json!({ "username": user.name, "groups": user.groups });
            if let Some(account) = account(context, &user.name) {
                info["uid"] = account.uid().into();
            }
            if !id.is_empty() {
                info["extra"] = json!({ "authentication.kubernetes.io/credential-id": [id] });
            }
            json!({ "authenticated": true, "user": info, "audiences": [tokens::ISSUER] })
        }
        None => json!({ "authenticated": false, "user": {}, "error": "invalid bearer token" }),
    }
}

/// A new token for a service account (`pkg/registry/core/serviceaccount/storage/token.go`).
pub(super) fn token(context: &mut Context, request: &Request, resource: &Resource) -> Result<Plan, Status> {
    let account = super::current(context, request, resource)?;
    let asked = body(request)?;
    let seconds = asked.number("/spec/expirationSeconds").unwrap_or(3_600);
    let mut faults = Faults::default();
    if seconds < 600 {
        faults.invalid("spec.expirationSeconds", seconds.into(), "may not specify a duration less than 10 minutes");
        return Err(faults.refusal("TokenRequest.authentication.k8s.io", ""));
    }
    let audiences = match asked.list("/spec/audiences") {
        [] => json!([tokens::ISSUER]),
        some => json!(some),
    };
    let bound = asked.pointer("/spec/boundObjectRef").cloned().unwrap_or_default();
    let from = context.clock.seconds(context.now);
    let id = meta::uid(context.random);
    let token = tokens::issue(&account, &audiences, from, from + seconds, &bound, &id);
    let until = context.now + Micros::secs(seconds.unsigned_abs());
    let mut spec = json!({ "audiences": audiences, "expirationSeconds": seconds, "boundObjectRef": bound });
    if spec["boundObjectRef"].is_null() {
        spec["boundObjectRef"] = Value::Null;
    }
    let metadata = json!({
        "name": account.name(), "namespace": account.namespace(), "creationTimestamp": context.clock.stamp(context.now),
    });
    let until: Time = until;
    let status = json!({ "token": token, "expirationTimestamp": context.clock.stamp(until) });
    let answer = json!({
        "kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1", "metadata": metadata, "spec": spec, "status": status,
    });
    Ok(Plan::Answer(answer.into()))
}
