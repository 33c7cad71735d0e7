//! What a pod takes from config maps and secrets, and what it is told when they are not there
//! (`pkg/kubelet/kubelet_pods.go`, `makeEnvironmentVariables`; `pkg/volume/configmap`, `pkg/volume/secret`).

use crate::api::Object;
use crate::client::{Kind, kinds};
use serde_json::Value;
use std::collections::BTreeMap;

/// What was read, by kind and name; `None` for what is not there.
pub(super) type Read = BTreeMap<(Sort, String), Option<Object>>;

/// A config map or a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sort {
    ConfigMap,
    Secret,
}

impl Sort {
    pub(super) fn kind(self) -> Kind {
        match self {
            Self::ConfigMap => kinds::CONFIG_MAPS,
            Self::Secret => kinds::SECRETS,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::ConfigMap => "configmap",
            Self::Secret => "secret",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::ConfigMap => "ConfigMap",
            Self::Secret => "Secret",
        }
    }
}

/// A reference: what to, which key of it if only one counts, and whether it may be missing.
struct Reference<'a> {
    sort: Sort,
    name: &'a str,
    key: Option<&'a str>,
    optional: bool,
}

fn reference<'a>(sort: Sort, source: &'a Value, name: &str, key: Option<&'a str>) -> Option<Reference<'a>> {
    let name = source.get(name)?.as_str()?;
    Some(Reference { sort, name, key, optional: source["optional"] == true })
}

/// What the variables of a container refer to.
fn of_container(container: &Value) -> Vec<Reference<'_>> {
    let mut found = Vec::new();
    for source in container["envFrom"].as_array().into_iter().flatten() {
        found.extend(reference(Sort::ConfigMap, &source["configMapRef"], "name", None));
        found.extend(reference(Sort::Secret, &source["secretRef"], "name", None));
    }
    for source in container["env"].as_array().into_iter().flatten().map(|variable| &variable["valueFrom"]) {
        for (sort, field) in [(Sort::ConfigMap, "configMapKeyRef"), (Sort::Secret, "secretKeyRef")] {
            found.extend(reference(sort, &source[field], "name", source[field]["key"].as_str()));
        }
    }
    found
}

/// What a pod's volumes refer to, each with the volume's name. What every pod gets by itself is taken to be there.
fn of_volumes(pod: &Object) -> Vec<(&str, Reference<'_>)> {
    let mut found = Vec::new();
    for volume in pod.list("/spec/volumes") {
        let name = volume["name"].as_str().unwrap_or_default();
        let own = reference(Sort::ConfigMap, &volume["configMap"], "name", None)
            .or_else(|| reference(Sort::Secret, &volume["secret"], "secretName", None));
        found.extend(own.map(|reference| (name, reference)));
    }
    found
}

/// Everything that has to be read before a pod can run.
pub(super) fn wanted(pod: &Object) -> Vec<(Sort, String)> {
    let containers = pod.list("/spec/initContainers").iter().chain(pod.list("/spec/containers"));
    let of_containers = containers.flat_map(of_container);
    let all = of_containers.chain(of_volumes(pod).into_iter().map(|(_, reference)| reference));
    let mut wanted: Vec<(Sort, String)> = all.map(|reference| (reference.sort, reference.name.to_owned())).collect();
    wanted.sort();
    wanted.dedup();
    wanted
}

fn missing(read: &Read, namespace: &str, reference: &Reference) -> Option<String> {
    let found = read.get(&(reference.sort, reference.name.to_owned())).and_then(Option::as_ref);
    match (found, reference.key) {
        _ if reference.optional => None,
        (None, _) => Some(format!("{} \"{}\" not found", reference.sort.word(), reference.name)),
        (Some(object), Some(key)) => {
            let has = |field: &str| object.map(field).is_some_and(|data| data.contains_key(key));
            let place = format!("{} {namespace}/{}", reference.sort.title(), reference.name);
            (!has("/data") && !has("/binaryData")).then(|| format!("couldn't find key {key} in {place}"))
        }
        (Some(_), None) => None,
    }
}

/// Why a container cannot be made, if it cannot.
pub(super) fn container_error(read: &Read, pod: &Object, container: &Value) -> Option<String> {
    of_container(container).iter().find_map(|reference| missing(read, pod.namespace(), reference))
}

/// Why volumes cannot be mounted: each as its event says it.
pub(super) fn volume_errors(read: &Read, pod: &Object) -> Vec<String> {
    let error = |(volume, reference): &(&str, Reference)| {
        let why = missing(read, pod.namespace(), reference)?;
        Some(format!("MountVolume.SetUp failed for volume \"{volume}\" : {why}"))
    };
    of_volumes(pod).iter().filter_map(error).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(container: Value, expected: Option<&str>) {
        let pod: Object = json!({ "metadata": { "namespace": "dev" }, "spec": { "containers": [container] } }).into();
        let map: Object = json!({ "data": { "MODE": "prod" } }).into();
        let mut read: Read = wanted(&pod).into_iter().map(|key| (key, None)).collect();
        if let Some(found) = read.get_mut(&(Sort::ConfigMap, "app".to_owned())) {
            *found = Some(map);
        }
        assert_eq!(container_error(&read, &pod, &pod["spec"]["containers"][0]).as_deref(), expected);
    }

    #[test]
    fn what_is_missing_is_told_in_the_kubelets_words() {
        let key = |field: &str, name: &str, key: &str| json!({ "env": [{ "name": "A", "valueFrom": { field: { "name": name, "key": key } } }] });
        check(json!({}), None);
        check(json!({ "envFrom": [{ "configMapRef": { "name": "app" } }] }), None);
        check(json!({ "envFrom": [{ "configMapRef": { "name": "nope" } }] }), Some("configmap \"nope\" not found"));
        check(json!({ "envFrom": [{ "secretRef": { "name": "nope", "optional": true } }] }), None);
        check(key("configMapKeyRef", "app", "MODE"), None);
        check(key("configMapKeyRef", "app", "NOPE"), Some("couldn't find key NOPE in ConfigMap dev/app"));
        check(key("secretKeyRef", "cred", "X"), Some("secret \"cred\" not found"));
    }
}
