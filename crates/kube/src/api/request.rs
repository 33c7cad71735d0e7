//! A request to the API server, after its address was read: what Kubernetes calls the request info, with the body.

use super::Object;
use sim::{Digest, Payload};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// Words that are mostly known when the program is built.
pub type Words = Cow<'static, str>;

/// Who asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    /// `kubernetes-admin`, `system:node:worker1`, `system:serviceaccount:default:default`.
    pub name: String,
    /// Without `system:authenticated`, which everybody is who was let in.
    pub groups: Vec<String>,
}

/// What is to be done, as RBAC names it.
#[derive(Clone, Debug, PartialEq)]
pub enum Verb {
    Get,
    List,
    Watch,
    Create,
    Update,
    Patch(Patch),
    Delete,
    DeleteCollection,
}

impl Verb {
    /// As RBAC's rules name it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::List => "list",
            Self::Watch => "watch",
            Self::Create => "create",
            Self::Update => "update",
            Self::Patch(_) => "patch",
            Self::Delete => "delete",
            Self::DeleteCollection => "deletecollection",
        }
    }
}

/// How the body of a patch is to be understood; each is a content type of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patch {
    /// `application/json-patch+json`, RFC 6902.
    Json,
    /// `application/merge-patch+json`, RFC 7386.
    Merge,
    /// `application/strategic-merge-patch+json`: lists are merged by their keys.
    Strategic,
    /// `application/apply-patch+yaml`: server-side apply. With `force`, fields are taken over from other managers.
    Apply { force: bool },
}

/// `dryRun=All`: do everything but store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dry {
    #[default]
    No,
    All,
}

/// How to delete.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deletion {
    /// Seconds that it may take to end; `None` is what the object itself says.
    pub grace_seconds: Option<i64>,
    /// `Background`, `Foreground` or `Orphan`; `None` is the kind's own default.
    pub propagation: Option<Words>,
    /// Only if it has this uid.
    pub uid: Option<String>,
    /// Only if it has this resource version.
    pub resource_version: Option<String>,
}

/// What a request asks besides the object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    /// `app=web,tier!=db`; empty selects everything.
    pub label_selector: Words,
    /// `spec.nodeName=worker1`; empty selects everything.
    pub field_selector: Words,
    /// For a list or watch: not older than this (list) or from there on (watch). Empty: the latest; `0`: what is there.
    pub resource_version: Words,
    /// A watch that begins with what there is, as added, and a bookmark.
    pub send_initial_events: bool,
    /// Answer with a Table, as `kubectl get` asks for it.
    pub table: bool,
    /// What the rows of a Table have of their objects: `None`, `Object`, or the metadata if empty or `Metadata`.
    pub include_object: Words,
    /// A watch ends after so many seconds; 0 leaves that to the server.
    pub timeout_seconds: i64,
    /// At most so many objects; 0 is no limit.
    pub limit: i64,
    /// Where the last page ended.
    pub continue_token: Words,
    pub dry: Dry,
    /// Who is said to have set the fields; empty for the user agent's first part.
    pub field_manager: Words,
    /// `Ignore`, `Warn` or `Strict`; empty is `Warn`.
    pub field_validation: Words,
    pub deletion: Deletion,
    /// What the requester has proved itself with: `JTI=ID` for a token.
    pub credential: Words,
}

/// A request for a resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    pub user: Arc<User>,
    /// The program that asks: `kubectl-create`, `kube-controller-manager`, `kubelet`.
    pub agent: Words,
    pub verb: Verb,
    /// `apps`; empty for the core group.
    pub group: Words,
    /// `v1`
    pub version: Words,
    /// The plural: `deployments`.
    pub resource: Words,
    /// `status`, `scale`, `binding`, `eviction`, `log`; empty for the object itself.
    pub subresource: Words,
    /// Empty for all namespaces, or for a resource that is in none.
    pub namespace: Words,
    /// Empty for lists, and for creation.
    pub name: Words,
    pub options: Options,
    /// The object, or the patch.
    pub body: Option<Object>,
}

impl Request {
    /// `apps/v1` or `v1`
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.to_string() } else { format!("{}/{}", self.group, self.version) }
    }

    /// The path of its address, without the query: `/apis/apps/v1/namespaces/default/deployments/web`.
    pub fn path(&self) -> String {
        let mut path = if self.group.is_empty() {
            format!("/api/{}", self.version)
        } else {
            format!("/apis/{}", self.api_version())
        };
        if !self.namespace.is_empty() {
            path = format!("{path}/namespaces/{}", self.namespace);
        }
        for part in [&self.resource, &self.name, &self.subresource] {
            if !part.is_empty() {
                path = format!("{path}/{part}");
            }
        }
        path
    }
}

impl Payload for Request {
    fn digest(&self, digest: &mut Digest) {
        digest.str(self.verb.name());
        digest.str(&self.user.name);
        for words in [
            &self.group,
            &self.resource,
            &self.subresource,
            &self.namespace,
            &self.name,
            &self.options.resource_version,
        ] {
            digest.str(words);
        }
        if let Some(body) = &self.body {
            body.digest(digest);
        }
    }
}

/// As the diagram labels it: `create /api/v1/namespaces/default/pods`.
impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} {}", self.verb.name(), self.path())
    }
}
