//! Files that describe objects (`k8s.io/cli-runtime/pkg/resource/visitor.go`).

use serde_json::Value;

use super::builder::Target;
use super::cli::Cli;
use super::failure::Failure;
use super::print::json;

/// An object of a file.
pub struct Document {
    pub object: Value,
    /// The file's name, or `STDIN`.
    pub source: String,
}

/// The objects of a kustomization, whose code lies with what is called more rarely.
///
/// # Errors
/// kustomize's words for what is missing or does not fit.
pub async fn kustomized(cli: &Cli, directory: &str) -> Result<Vec<Value>, Failure> {
    cli.process.fetched(cli.rare.is_here).await;
    (cli.rare.kustomize)(&cli.process, directory)
}

const ENDINGS: [&str; 3] = [".json", ".yaml", ".yml"];

/// The objects that files, or a kustomization, describe; those of lists one by one.
///
/// # Errors
/// When a file is not there or is neither YAML nor JSON.
pub async fn documents(cli: &Cli, files: &[String]) -> Result<Vec<Document>, Failure> {
    let built = cli.flags.text("kustomize");
    if !built.is_empty() {
        if !files.is_empty() {
            return Err(Failure::plain("only one of -f or -k can be specified"));
        }
        let objects = kustomized(cli, built).await?;
        let source = built.to_owned();
        return Ok(objects.into_iter().map(|object| Document { object, source: source.clone() }).collect());
    }
    let mut names = Vec::new();
    for file in files {
        if file == "-" {
            names.push("-".to_owned());
            continue;
        }
        let path = cli.process.path(file);
        if !cli.process.fs().exists(&path) {
            return Err(Failure::plain(format!("the path {} does not exist", crate::go::quote(file))));
        }
        match cli.process.fs().is_dir(&path) {
            true => directory(cli, file, cli.flags.bool("recursive"), &mut names),
            false => names.push(file.clone()),
        }
    }
    if names.is_empty() {
        let list = files.join(" ");
        let words = format!("error reading [{list}]: recognized file extensions are [.json .yaml .yml]");
        return Err(Failure::plain(words));
    }
    let mut found = Vec::new();
    for name in names {
        let (source, text) = match name.as_str() {
            "-" => ("STDIN".to_owned(), cli.stdin().await),
            name => {
                let bytes = cli.read(name).map_err(|why| Failure::plain(format!("open {name}: {why}")))?;
                (name.to_owned(), String::from_utf8_lossy(&bytes).into_owned())
            }
        };
        let objects = yaml::documents(&text)
            .map_err(|why| Failure::plain(format!("error parsing {source}: error converting YAML to JSON: {why}")))?;
        for object in objects {
            flatten(object, &source, &mut found)?;
        }
    }
    Ok(found)
}

fn directory(cli: &Cli, name: &str, recursive: bool, names: &mut Vec<String>) {
    let Ok(entries) = cli.process.fs().list(&cli.process.path(name)) else { return };
    for (entry, _) in entries {
        let inner = if name == "." { entry.clone() } else { format!("{}/{entry}", name.trim_end_matches('/')) };
        if cli.process.fs().is_dir(&cli.process.path(&inner)) {
            if recursive {
                directory(cli, &inner, recursive, names);
            }
        } else if ENDINGS.iter().any(|ending| entry.ends_with(ending)) {
            names.push(inner);
        }
    }
}

fn flatten(object: Value, source: &str, found: &mut Vec<Document>) -> Result<(), Failure> {
    if !object.is_object() {
        let words = format!("unable to decode {}: json: cannot unmarshal", crate::go::quote(source));
        let kind = match object {
            Value::Array(_) => "array",
            Value::String(_) => "string",
            Value::Bool(_) => "bool",
            _ => "number",
        };
        return Err(Failure::plain(format!("{words} {kind} into Go value of type unstructured.detector")));
    }
    for (field, name) in [("kind", "Kind"), ("apiVersion", "apiVersion")] {
        if object[field].as_str().is_none_or(str::is_empty) {
            let shown = json::compact(&object);
            let source = crate::go::quote(source);
            return Err(Failure::plain(format!("unable to decode {source}: Object '{name}' is missing in '{shown}'")));
        }
    }
    if object["kind"].as_str().is_some_and(|kind| kind.ends_with("List")) && object["items"].is_array() {
        for item in object["items"].as_array().into_iter().flatten() {
            flatten(item.clone(), source, found)?;
        }
        return Ok(());
    }
    found.push(Document { object, source: source.to_owned() });
    Ok(())
}

/// A document with its resource and namespace.
///
/// # Errors
/// When the server has no such kind, or the namespace is another one than asked for.
pub async fn target(cli: &Cli, document: Document) -> Result<Target, Failure> {
    let Document { mut object, source } = document;
    let (api_version, kind) = (text(&object, "apiVersion"), text(&object, "kind"));
    let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    let own = object["metadata"]["namespace"].as_str().unwrap_or_default().to_owned();
    let Some(resource) = cli.discovery().await?.of_kind(&api_version, &kind).await? else {
        return Err(Failure::plain(format!(
            "resource mapping not found for name: {} namespace: {} from {}: no matches for kind {} in version {}\n\
             ensure CRDs are installed first",
            crate::go::quote(&name),
            crate::go::quote(&own),
            crate::go::quote(&source),
            crate::go::quote(&kind),
            crate::go::quote(&api_version)
        )));
    };
    if !resource.namespaced {
        return Ok(Target::Described { resource, namespace: String::new(), object, source });
    }
    let namespace = cli.namespace()?;
    if cli.explicit_namespace() && !own.is_empty() && own != namespace {
        return Err(Failure::plain(format!(
            "the namespace from the provided object {} does not match the namespace {}. You must pass \
             '--namespace={own}' to perform this operation.",
            crate::go::quote(&own),
            crate::go::quote(&namespace)
        )));
    }
    let namespace = if own.is_empty() { namespace } else { own };
    if !object["metadata"].is_object() {
        object["metadata"] = serde_json::json!({});
    }
    object["metadata"]["namespace"] = namespace.clone().into();
    Ok(Target::Described { resource, namespace, object, source })
}

fn text(object: &Value, field: &str) -> String {
    object[field].as_str().unwrap_or_default().to_owned()
}
