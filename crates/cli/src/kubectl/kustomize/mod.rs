//! Kustomizations: directories that say how objects are made of others (`sigs.k8s.io/kustomize/api`).
//!
//! A directory's objects come from its `resources`, which are files or other such directories, and from generators. Then
//! patches change them, names, namespaces, labels and images are set, and at last all who name an object follow its name.

mod generate;
mod patch;
mod transform;

use serde_json::{Map, Value};
use shell::{Process, path};

use super::failure::Failure;

const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
/// Directories in directories, at most.
const DEEPEST: usize = 16;

/// The fields that are understood.
const FIELDS: [&str; 24] = [
    "apiVersion",
    "kind",
    "metadata",
    "resources",
    "bases",
    "components",
    "configMapGenerator",
    "secretGenerator",
    "generatorOptions",
    "namespace",
    "namePrefix",
    "nameSuffix",
    "commonLabels",
    "labels",
    "commonAnnotations",
    "images",
    "replicas",
    "patches",
    "patchesStrategicMerge",
    "patchesJson6902",
    "sortOptions",
    "buildMetadata",
    "crds",
    "openapi",
];
/// Fields of kustomize that are not built here.
const OTHERS: [&str; 7] =
    ["replacements", "vars", "generators", "transformers", "validators", "helmCharts", "configurations"];

/// Kinds that come first, and those that come last (`legacyOrder`).
const FIRST: [&str; 22] = [
    "Namespace",
    "ResourceQuota",
    "StorageClass",
    "CustomResourceDefinition",
    "ServiceAccount",
    "PodSecurityPolicy",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Endpoints",
    "Service",
    "LimitRange",
    "PriorityClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];
const LAST: [&str; 2] = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/// An object on its way, and what it was called where it came from.
struct Item {
    object: Value,
    first_name: String,
    /// The name still has to get the hash of what is in it.
    is_hashed: bool,
}

impl Item {
    fn new(object: Value) -> Self {
        Self { first_name: text(&object["metadata"], "name").to_owned(), object, is_hashed: false }
    }

    fn kind(&self) -> &str {
        text(&self.object, "kind")
    }

    fn name(&self) -> &str {
        text(&self.object["metadata"], "name")
    }

    fn namespace(&self) -> &str {
        text(&self.object["metadata"], "namespace")
    }

    /// `Deployment.v1.apps/web.dev`
    fn id(&self) -> String {
        id(text(&self.object, "apiVersion"), self.kind(), self.name(), self.namespace())
    }
}

fn id(api_version: &str, kind: &str, name: &str, namespace: &str) -> String {
    let (group, version) = api_version.split_once('/').unwrap_or(("[noGrp]", api_version));
    let namespace = if namespace.is_empty() { "[noNs]" } else { namespace };
    format!("{kind}.{version}.{group}/{name}.{namespace}")
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[][..], Vec::as_slice)
}

/// The objects of a directory, in the order in which they are made.
///
/// # Errors
/// kustomize's words for what is missing or does not fit.
pub fn build(process: &Process, directory: &str) -> Result<Vec<Value>, Failure> {
    let at = process.path(directory);
    if !process.fs().is_dir(&at) {
        let words = format!("must build at directory: not a valid directory: lstat {at}: no such file or directory");
        return Err(Failure::plain(words));
    }
    // Upstream names the directory as it resolved it, which for the one it stands in is a dot.
    let shown = if directory == "." { "." } else { &at };
    let mut items = Vec::new();
    Directory { process, at: at.clone(), depth: 0 }.build(shown, &mut items)?;
    transform::hash_names(&mut items);
    let rank = |item: &Item| match FIRST.iter().position(|kind| *kind == item.kind()) {
        Some(at) => at,
        None => FIRST.len() + usize::from(LAST.contains(&item.kind())),
    };
    items.sort_by(|one, other| {
        let key = |item: &Item| (rank(item), item.id());
        key(one).cmp(&key(other))
    });
    Ok(items.into_iter().map(|item| item.object).collect())
}

struct Directory<'a> {
    process: &'a Process,
    /// Where it is.
    at: String,
    depth: usize,
}

impl Directory<'_> {
    fn path(&self, name: &str) -> String {
        path::resolve(&self.at, name)
    }

    fn read(&self, name: &str) -> Result<String, String> {
        let full = self.path(name);
        let content = self.process.fs().read(&full);
        let content = content.map_err(|error| format!("open {full}: {}", error.to_string().to_lowercase()))?;
        Ok(String::from_utf8_lossy(&content).into_owned())
    }

    /// Adds the objects of this directory to those that are there.
    fn build(&self, shown: &str, items: &mut Vec<Item>) -> Result<(), Failure> {
        let kustomization = self.kustomization(shown)?;
        let is_component = kustomization["kind"] == "Component";
        let mut own = if is_component { std::mem::take(items) } else { Vec::new() };
        for field in ["resources", "bases"] {
            for resource in list(&kustomization[field]).iter().filter_map(Value::as_str) {
                self.resource(resource, &mut own)?;
            }
        }
        for component in list(&kustomization["components"]).iter().filter_map(Value::as_str) {
            self.below(component).build(component, &mut own)?;
        }
        generate::all(self, &kustomization, &mut own)?;
        patch::all(self, &kustomization, &mut own)?;
        transform::all(&kustomization, &mut own)?;
        for item in own {
            let twin = items.iter().find(|one| one.id() == item.id());
            if let Some(twin) = twin {
                let words = format!("may not add resource with an already registered id: {}", twin.id());
                return Err(Failure::plain(words));
            }
            items.push(item);
        }
        Ok(())
    }

    fn below(&self, name: &str) -> Directory<'_> {
        Directory { process: self.process, at: self.path(name), depth: self.depth + 1 }
    }

    fn kustomization(&self, shown: &str) -> Result<Value, Failure> {
        let found: Vec<&str> = NAMES.into_iter().filter(|name| self.process.fs().exists(&self.path(name))).collect();
        let name = match found[..] {
            [name] => name,
            [] => {
                let words =
                    "unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory";
                return Err(Failure::plain(format!("{words} '{shown}'")));
            }
            _ => {
                let words = format!("Found multiple kustomization files: {}", found.join(", "));
                return Err(Failure::plain(words));
            }
        };
        let text = self.read(name).map_err(Failure::plain)?;
        let parsed = yaml::documents(&text)
            .map_err(|why| Failure::plain(format!("invalid Kustomization: error converting YAML to JSON: {why}")))?;
        let kustomization = parsed.into_iter().next().unwrap_or(Value::Object(Map::new()));
        let Some(fields) = kustomization.as_object() else {
            return Err(Failure::plain("invalid Kustomization: it is no map of fields"));
        };
        if fields.is_empty() {
            return Err(Failure::plain("kustomization.yaml is empty"));
        }
        for field in fields.keys() {
            if OTHERS.contains(&field.as_str()) {
                return Err(Failure::plain(format!("the field {field} of a kustomization is not built here")));
            }
            if !FIELDS.contains(&field.as_str()) {
                let words = format!("invalid Kustomization: json: unknown field {}", crate::go::quote(field));
                return Err(Failure::plain(words));
            }
        }
        Ok(kustomization)
    }

    /// The objects of a file, or of another directory.
    fn resource(&self, name: &str, items: &mut Vec<Item>) -> Result<(), Failure> {
        let full = self.path(name);
        if self.process.fs().is_dir(&full) {
            if self.depth >= DEEPEST || full == self.at {
                return Err(Failure::plain(format!("cycle detected: candidate root '{full}' contains visited root")));
            }
            return self.below(name).build(&full, items).map_err(|failure| {
                failure.because(format!(
                    "accumulating resources: accumulation err='accumulating resources from '{name}': "
                ))
            });
        }
        let documents = self.documents(name).map_err(|why| {
            let missing = format!(
                "accumulating resources: accumulation err='accumulating resources from '{name}': {why}': must build \
                 at directory: not a valid directory: evalsymlink failure on '{full}' : lstat {full}: no such file or \
                 directory"
            );
            let wrong =
                format!("accumulating resources: accumulation err='accumulating resources from '{name}': {why}'");
            Failure::plain(if self.process.fs().exists(&full) { wrong } else { missing })
        })?;
        items.extend(documents.into_iter().map(Item::new));
        Ok(())
    }

    /// The objects that a file describes.
    fn documents(&self, name: &str) -> Result<Vec<Value>, String> {
        let text = self.read(name)?;
        let mut found = Vec::new();
        for document in yaml::documents(&text).map_err(|why| format!("MalformedYAMLError: {why} in File: {name}"))? {
            match list(&document["items"]) {
                [] => found.push(document),
                items => found.extend(items.iter().cloned()),
            }
        }
        for object in &found {
            for (field, wanted) in [("kind", object), ("name", &object["metadata"])] {
                if wanted[field].as_str().is_none_or(str::is_empty) {
                    return Err(format!("missing {}{field} in object", if field == "name" { "metadata." } else { "" }));
                }
            }
        }
        Ok(found)
    }
}
