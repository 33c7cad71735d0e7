//! The roles and bindings of a fresh cluster, from a table.

use serde_json::{Value, json};

use super::Wanted;

const TABLE: &str = include_str!("rbac.txt");
const GROUP: &str = "rbac.authorization.k8s.io";

#[derive(Default)]
struct Entry<'a> {
    kind: &'a str,
    namespace: &'a str,
    name: &'a str,
    /// `aggregate-to-edit`, and so on: labels that it carries.
    carries: Vec<&'a str>,
    /// Labels of the roles whose rules it collects.
    collects: Vec<&'a str>,
    /// Of a binding: its role's kind and name, then its subjects.
    binds: Vec<&'a str>,
    rules: Vec<Value>,
}

/// The objects.
pub(super) fn objects() -> Vec<Wanted> {
    let entries = entries();
    let mut wanted: Vec<Wanted> = entries.iter().map(|entry| object(entry, &entries)).collect();
    // A cluster that kubeadm has set up has this one; without it nobody would be its administrator.
    let admins = Entry {
        kind: "ClusterRoleBinding",
        namespace: "-",
        name: "kubeadm:cluster-admins",
        binds: vec!["ClusterRole", "cluster-admin", "Group|-|kubeadm:cluster-admins"],
        ..Entry::default()
    };
    let mut admins = object(&admins, &[]);
    if let Some(metadata) = admins.3["metadata"].as_object_mut() {
        metadata.retain(|field, _| field == "name");
    }
    wanted.push(admins);
    wanted
}

fn entries() -> Vec<Entry<'static>> {
    let mut entries: Vec<Entry> = Vec::new();
    for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match (line.starts_with("  "), words.as_slice()) {
            (true, [verbs, groups, resources, names, urls]) => {
                if let Some(entry) = entries.last_mut() {
                    entry.rules.push(rule([verbs, groups, resources, names, urls]));
                }
            }
            (false, [kind, namespace, name, rest @ ..]) => {
                let marked = |mark: char| rest.iter().filter_map(|word| word.strip_prefix(mark)).collect();
                let binds = if kind.ends_with("Binding") { rest.to_vec() } else { Vec::new() };
                let (carries, collects) = (marked('+'), marked('='));
                entries.push(Entry { kind, namespace, name, carries, collects, binds, rules: Vec::new() });
            }
            _ => {}
        }
    }
    entries
}

fn rule(columns: [&str; 5]) -> Value {
    let mut rule = json!({});
    for (field, words) in
        ["verbs", "apiGroups", "resources", "resourceNames", "nonResourceURLs"].into_iter().zip(columns)
    {
        if words != "-" {
            rule[field] = words.split(',').map(|word| word.trim_matches('"')).collect();
        }
    }
    rule
}

/// The rules of a role, with those that it collects.
fn rules(entry: &Entry, all: &[Entry]) -> Vec<Value> {
    let mut rules = entry.rules.clone();
    for label in &entry.collects {
        for other in all.iter().filter(|other| other.carries.contains(label)) {
            for rule in self::rules(other, all) {
                if !rules.contains(&rule) {
                    rules.push(rule);
                }
            }
        }
    }
    rules
}

fn object(entry: &Entry, all: &[Entry]) -> Wanted {
    let mut labels = json!({ "kubernetes.io/bootstrapping": "rbac-defaults" });
    for label in &entry.carries {
        labels[format!("{GROUP}/{label}")] = "true".into();
    }
    let metadata = json!({
        "name": entry.name, "labels": labels, "annotations": { "rbac.authorization.kubernetes.io/autoupdate": "true" },
    });
    let namespace = if entry.namespace == "-" { String::new() } else { entry.namespace.to_owned() };
    let plural = match entry.kind {
        "ClusterRole" => "clusterroles",
        "Role" => "roles",
        "ClusterRoleBinding" => "clusterrolebindings",
        _ => "rolebindings",
    };
    let mut body = json!({ "metadata": metadata });
    if let [kind, role, subjects @ ..] = entry.binds.as_slice() {
        body["subjects"] = subjects.iter().map(|subject| self::subject(subject)).collect();
        body["roleRef"] = json!({ "apiGroup": GROUP, "kind": kind, "name": role });
    } else {
        body["rules"] = rules(entry, all).into();
        if !entry.collects.is_empty() {
            let selector = |label: &&str| json!({ "matchLabels": { format!("{GROUP}/{label}"): "true" } });
            body["aggregationRule"] =
                json!({ "clusterRoleSelectors": entry.collects.iter().map(selector).collect::<Vec<_>>() });
        }
    }
    (GROUP, plural, namespace, body)
}

/// `ServiceAccount|kube-system|coredns`
fn subject(text: &str) -> Value {
    let mut parts = text.splitn(3, '|');
    let mut next = || parts.next().unwrap_or_default();
    let (kind, namespace, name) = (next(), next(), next());
    match kind {
        "ServiceAccount" => json!({ "kind": kind, "name": name, "namespace": namespace }),
        _ => json!({ "kind": kind, "apiGroup": GROUP, "name": name }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read_whole() {
        let objects = objects();
        let of = |plural: &str| objects.iter().filter(|(_, known, ..)| *known == plural).count();
        assert_eq!((of("clusterroles"), of("clusterrolebindings"), of("roles"), of("rolebindings")), (69, 51, 7, 7));
        let rules = |name: &str| {
            let found = objects.iter().find(|(.., body)| body["metadata"]["name"] == name);
            found.and_then(|(.., body)| body["rules"].as_array()).map_or(0, Vec::len)
        };
        assert!(rules("view") > 0 && rules("edit") > rules("view") && rules("admin") > rules("edit"));
    }
}
