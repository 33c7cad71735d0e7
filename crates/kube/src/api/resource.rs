//! What kinds of objects there are, and where etcd has them.

use super::Words;

/// Whether objects lie in namespaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    Namespaced,
    Cluster,
}

/// A kind of object, as discovery tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// `apps`; empty for the core group.
    pub group: Words,
    /// `v1`
    pub version: Words,
    /// `deployments`
    pub plural: Words,
    /// `deployment`
    pub singular: String,
    /// `Deployment`
    pub kind: Words,
    pub short_names: Vec<Words>,
    pub scope: Scope,
    pub verbs: Vec<Words>,
    /// `all`, for what `kubectl get all` shows.
    pub categories: Vec<Words>,
    /// Where its objects lie in etcd, without a slash at the end: `/registry/deployments`.
    pub prefix: String,
    /// Whether a custom resource definition has made it.
    pub custom: bool,
}

impl Resource {
    /// `apps/v1` or `v1`
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.to_string() } else { format!("{}/{}", self.group, self.version) }
    }

    /// As messages name it: `deployments.apps`, `pods`.
    pub fn qualified(&self) -> String {
        if self.group.is_empty() { self.plural.to_string() } else { format!("{}.{}", self.plural, self.group) }
    }

    /// Where an object lies in etcd. `namespace` is empty for one that is in none.
    pub fn key(&self, namespace: &str, name: &str) -> String {
        match self.scope {
            Scope::Namespaced => format!("{}/{namespace}/{name}", self.prefix),
            Scope::Cluster => format!("{}/{name}", self.prefix),
        }
    }

    /// Whether objects of a request with this namespace and kind of address can exist.
    pub fn is_namespaced(&self) -> bool {
        self.scope == Scope::Namespaced
    }

    pub fn can(&self, verb: &str) -> bool {
        self.verbs.iter().any(|known| known == verb)
    }
}

/// Plural, short names, version, scope, kind, verbs and category of every built-in resource, as Kubernetes 1.36 serves
/// them by default, in the order of `kubectl api-resources`.
const TABLE: &str = include_str!("resources.txt");

const ALL: [&str; 8] = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
/// Namespaces cannot be deleted by the dozen.
const EACH: [&str; 7] = ["create", "delete", "get", "list", "patch", "update", "watch"];

/// The built-in resources.
pub fn built_in() -> Vec<Resource> {
    TABLE.lines().filter(|line| !line.starts_with('#')).filter_map(row).collect()
}

/// A resource by what a person calls it: plural, singular, short name or kind, in any case, with or without its group
/// and version (`deploy`, `deployments.apps`, `deployments.v1.apps`). The first that fits in the order given.
pub fn find<'a>(resources: &'a [Resource], word: &str) -> Option<&'a Resource> {
    let word = word.to_lowercase();
    let (name, group) = word.split_once('.').unwrap_or((&word, ""));
    let named = |resource: &&Resource| {
        resource.plural == name
            || resource.singular == name
            || resource.kind.to_lowercase() == name
            || resource.short_names.iter().any(|short| short == name)
    };
    let of_group = |resource: &&Resource| {
        let versioned = group
            .split_once('.')
            .is_some_and(|(version, group)| version == resource.version && group == resource.group);
        group.is_empty()
            || resource.group == group
            || versioned
            || (resource.group.is_empty() && resource.version == group)
    };
    resources.iter().filter(named).find(of_group)
}

fn row(line: &'static str) -> Option<Resource> {
    let mut columns = line.split_whitespace();
    let mut next = || columns.next();
    let (plural, short, api_version, scope, kind, verbs, category) =
        (next()?, next()?, next()?, next()?, next()?, next()?, next()?);
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let words = |text: &'static str| text.split(',').filter(|word| *word != "-").map(Words::Borrowed).collect();
    let verbs: &[&'static str] = match verbs {
        "all" => &ALL,
        "each" => &EACH,
        "read" => &["get", "list"],
        _ => &["create"],
    };
    Some(Resource {
        group: group.into(),
        version: version.into(),
        plural: plural.into(),
        singular: if plural == "endpoints" { plural.into() } else { kind.to_lowercase() },
        kind: kind.into(),
        short_names: words(short),
        scope: if scope == "namespaced" { Scope::Namespaced } else { Scope::Cluster },
        verbs: verbs.iter().copied().map(Words::Borrowed).collect(),
        categories: words(category),
        prefix: format!("/registry/{}", directory(group, plural)),
        custom: false,
    })
}

/// The directory of a built-in resource in etcd. Most are called like the resource; the others are older than its name
/// (`pkg/kubeapiserver/default_storage_factory_builder.go`, `SpecialDefaultResourcePrefixes`).
fn directory(group: &str, plural: &'static str) -> String {
    match plural {
        "nodes" => "minions".into(),
        "services" => "services/specs".into(),
        "endpoints" => "services/endpoints".into(),
        "replicationcontrollers" => "controllers".into(),
        "ingresses" => "ingress".into(),
        "apiservices" | "customresourcedefinitions" => format!("{group}/{plural}"),
        _ => plural.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(word: &str, expected: Option<(&str, &str)>) {
        let resources = built_in();
        let found = find(&resources, word).map(|resource| (resource.qualified(), resource.key("dev", "x")));
        assert_eq!(found, expected.map(|(name, key)| (name.to_owned(), key.to_owned())), "{word}");
    }

    #[test]
    fn a_resource_is_known_by_each_of_its_names() {
        for word in ["deploy", "deployment", "deployments", "Deployment", "deployments.apps", "deploy.v1.apps"] {
            check(word, Some(("deployments.apps", "/registry/deployments/dev/x")));
        }
        check("deployments.batch", None);
        check("ev", Some(("events", "/registry/events/dev/x")));
        check("events.events.k8s.io", Some(("events.events.k8s.io", "/registry/events/dev/x")));
        check("gone", None);
    }

    #[test]
    fn some_lie_in_etcd_under_older_names() {
        check("no", Some(("nodes", "/registry/minions/x")));
        check("svc", Some(("services", "/registry/services/specs/dev/x")));
        check("ep", Some(("endpoints", "/registry/services/endpoints/dev/x")));
        check("rc", Some(("replicationcontrollers", "/registry/controllers/dev/x")));
        check("ing", Some(("ingresses.networking.k8s.io", "/registry/ingress/dev/x")));
    }

    #[test]
    fn every_line_of_the_table_is_a_resource() {
        assert_eq!(built_in().len(), TABLE.lines().count() - 1);
        assert!(built_in().iter().all(|resource| !resource.verbs.is_empty()));
    }
}
