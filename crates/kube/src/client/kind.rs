//! The kinds of objects that components ask for, and how their requests are made.

use crate::api::{Object, Options, Patch, Request, User, Verb, Words};
use serde_json::Value;
use std::sync::Arc;

/// A kind of object and its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kind {
    /// `apps`; empty for the core group.
    pub group: Words,
    pub version: Words,
    /// `deployments`
    pub plural: Words,
    /// `Deployment`
    pub kind: Words,
    /// Whether its objects lie in namespaces.
    pub namespaced: bool,
}

impl Kind {
    const fn new(group: &'static str, plural: &'static str, kind: &'static str, namespaced: bool) -> Self {
        Self::of_version("v1", group, plural, kind, namespaced)
    }

    const fn of_version(
        version: &'static str,
        group: &'static str,
        plural: &'static str,
        kind: &'static str,
        namespaced: bool,
    ) -> Self {
        let version = Words::Borrowed(version);
        let (group, plural, kind) = (Words::Borrowed(group), Words::Borrowed(plural), Words::Borrowed(kind));
        Self { group, version, plural, kind, namespaced }
    }

    /// `apps/v1` or `v1`
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.to_string() } else { format!("{}/{}", self.group, self.version) }
    }

    /// A request for one object, or for all when the name is empty.
    pub fn request(&self, verb: Verb, namespace: &str, name: &str) -> Request {
        Request {
            user: Arc::new(User::default()),
            agent: Words::default(),
            verb,
            group: self.group.clone(),
            version: self.version.clone(),
            resource: self.plural.clone(),
            subresource: Words::default(),
            namespace: namespace.to_owned().into(),
            name: name.to_owned().into(),
            options: Options::default(),
            body: None,
        }
    }

    /// Creates an object in its own namespace.
    pub fn create(&self, object: Value) -> Request {
        let object = Object::from(object);
        let mut request = self.request(Verb::Create, object.namespace(), "");
        request.body = Some(object);
        request
    }

    /// Replaces an object, if nobody else was faster.
    pub fn update(&self, object: Object) -> Request {
        let mut request = self.request(Verb::Update, object.namespace(), object.name());
        request.body = Some(object);
        request
    }

    /// Replaces the status of an object.
    pub fn update_status(&self, object: Object) -> Request {
        let mut request = self.update(object);
        request.subresource = "status".into();
        request
    }

    /// Changes some fields of an object.
    pub fn patch(&self, how: Patch, namespace: &str, name: &str, patch: Value) -> Request {
        let mut request = self.request(Verb::Patch(how), namespace, name);
        request.body = Some(patch.into());
        request
    }

    /// Deletes this very object, and not another one of the same name.
    pub fn delete(&self, object: &Object) -> Request {
        let mut request = self.request(Verb::Delete, object.namespace(), object.name());
        request.options.deletion.uid = Some(object.uid().to_owned());
        request
    }

    /// Whether a request is about objects of this kind.
    pub fn is_of(&self, request: &Request) -> bool {
        self.plural == request.resource && self.group == request.group
    }
}

/// The built-in kinds that components work with.
#[allow(missing_docs)]
pub mod kinds {
    use super::Kind;

    pub const CONFIG_MAPS: Kind = Kind::new("", "configmaps", "ConfigMap", true);
    pub const ENDPOINTS: Kind = Kind::new("", "endpoints", "Endpoints", true);
    pub const EVENTS: Kind = Kind::new("", "events", "Event", true);
    pub const LIMIT_RANGES: Kind = Kind::new("", "limitranges", "LimitRange", true);
    pub const NAMESPACES: Kind = Kind::new("", "namespaces", "Namespace", false);
    pub const NODES: Kind = Kind::new("", "nodes", "Node", false);
    pub const CLAIMS: Kind = Kind::new("", "persistentvolumeclaims", "PersistentVolumeClaim", true);
    pub const VOLUMES: Kind = Kind::new("", "persistentvolumes", "PersistentVolume", false);
    pub const PODS: Kind = Kind::new("", "pods", "Pod", true);
    pub const POD_TEMPLATES: Kind = Kind::new("", "podtemplates", "PodTemplate", true);
    pub const REPLICATION_CONTROLLERS: Kind = Kind::new("", "replicationcontrollers", "ReplicationController", true);
    pub const QUOTAS: Kind = Kind::new("", "resourcequotas", "ResourceQuota", true);
    pub const SECRETS: Kind = Kind::new("", "secrets", "Secret", true);
    pub const SERVICE_ACCOUNTS: Kind = Kind::new("", "serviceaccounts", "ServiceAccount", true);
    pub const SERVICES: Kind = Kind::new("", "services", "Service", true);
    pub const REVISIONS: Kind = Kind::new("apps", "controllerrevisions", "ControllerRevision", true);
    pub const DAEMON_SETS: Kind = Kind::new("apps", "daemonsets", "DaemonSet", true);
    pub const DEPLOYMENTS: Kind = Kind::new("apps", "deployments", "Deployment", true);
    pub const REPLICA_SETS: Kind = Kind::new("apps", "replicasets", "ReplicaSet", true);
    pub const STATEFUL_SETS: Kind = Kind::new("apps", "statefulsets", "StatefulSet", true);
    pub const CRON_JOBS: Kind = Kind::new("batch", "cronjobs", "CronJob", true);
    pub const JOBS: Kind = Kind::new("batch", "jobs", "Job", true);
    pub const LEASES: Kind = Kind::new("coordination.k8s.io", "leases", "Lease", true);
    pub const ENDPOINT_SLICES: Kind = Kind::new("discovery.k8s.io", "endpointslices", "EndpointSlice", true);
    pub const INGRESSES: Kind = Kind::new("networking.k8s.io", "ingresses", "Ingress", true);
    pub const NETWORK_POLICIES: Kind = Kind::new("networking.k8s.io", "networkpolicies", "NetworkPolicy", true);
    pub const DISRUPTION_BUDGETS: Kind = Kind::new("policy", "poddisruptionbudgets", "PodDisruptionBudget", true);
    pub const CLUSTER_ROLES: Kind = Kind::new("rbac.authorization.k8s.io", "clusterroles", "ClusterRole", false);
    pub const CLUSTER_ROLE_BINDINGS: Kind =
        Kind::new("rbac.authorization.k8s.io", "clusterrolebindings", "ClusterRoleBinding", false);
    pub const ROLES: Kind = Kind::new("rbac.authorization.k8s.io", "roles", "Role", true);
    pub const ROLE_BINDINGS: Kind = Kind::new("rbac.authorization.k8s.io", "rolebindings", "RoleBinding", true);
    pub const PRIORITY_CLASSES: Kind = Kind::new("scheduling.k8s.io", "priorityclasses", "PriorityClass", false);
    pub const SIGNING_REQUESTS: Kind =
        Kind::new("certificates.k8s.io", "certificatesigningrequests", "CertificateSigningRequest", false);
    pub const CSI_NODES: Kind = Kind::new("storage.k8s.io", "csinodes", "CSINode", false);
    pub const CRDS: Kind =
        Kind::new("apiextensions.k8s.io", "customresourcedefinitions", "CustomResourceDefinition", false);
    pub const SCALERS: Kind =
        Kind::of_version("v2", "autoscaling", "horizontalpodautoscalers", "HorizontalPodAutoscaler", true);
}
