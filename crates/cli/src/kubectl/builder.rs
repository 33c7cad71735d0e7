//! Which objects the arguments of a command mean (`k8s.io/cli-runtime/pkg/resource/builder.go`).

use std::rc::Rc;

use serde_json::Value;

use super::cli::Cli;
use super::client::{Body, Client, Resource, query};
use super::failure::Failure;
use super::manifest;

/// What arguments or files name.
#[derive(Clone)]
pub enum Target {
    /// Every object that the selectors leave.
    List(Rc<Resource>),
    /// One object.
    Named { resource: Rc<Resource>, namespace: String, name: String },
    /// One that a file describes.
    Described { resource: Rc<Resource>, namespace: String, object: Value, source: String },
}

/// An object of the server.
#[derive(Clone)]
pub struct Info {
    pub resource: Rc<Resource>,
    pub namespace: String,
    pub name: String,
    pub object: Value,
    /// The file it was named in; empty for arguments.
    pub source: String,
}

impl Info {
    pub fn path(&self) -> String {
        self.resource.at(&self.namespace, &self.name)
    }

    /// `deployment.apps/web`
    pub fn title(&self) -> String {
        format!("{}/{}", self.resource.titled(), self.name)
    }
}

/// What a command asks of its arguments.
#[derive(Clone, Default)]
pub struct Wanted {
    pub all_namespaces: bool,
    pub label_selector: String,
    pub field_selector: String,
    /// Whether a type alone means all its objects.
    pub type_alone: bool,
    /// The type that names without one are of.
    pub default_type: Option<&'static str>,
}

impl Wanted {
    /// The selectors and scope of a command's flags.
    pub fn of(cli: &Cli) -> Self {
        Self {
            all_namespaces: cli.flags.bool("all-namespaces"),
            label_selector: cli.flags.text("selector").to_owned(),
            field_selector: cli.flags.text("field-selector").to_owned(),
            type_alone: true,
            default_type: None,
        }
    }

    fn selects(&self) -> bool {
        !self.label_selector.is_empty() || !self.field_selector.is_empty()
    }
}

/// Reads arguments and `--filename`.
///
/// # Errors
/// kubectl's words for what does not fit.
pub async fn targets(cli: &Cli, args: &[String], wanted: &Wanted) -> Result<Vec<Target>, Failure> {
    let files = cli.flags.list("filename");
    if !files.is_empty() || !cli.flags.text("kustomize").is_empty() {
        if !args.is_empty() {
            let words = "when paths, URLs, or stdin is provided as resource input, you may not specify resource arguments as well";
            return Err(Failure::plain(words));
        }
        return described(cli, &files).await;
    }
    let namespace = cli.namespace()?;
    let named = |resource: Rc<Resource>, name: &str| {
        let namespace = if resource.namespaced { namespace.clone() } else { String::new() };
        Target::Named { resource, namespace, name: name.to_owned() }
    };
    if args.iter().any(|arg| arg.contains('/')) {
        if args.iter().any(|arg| !arg.contains('/')) {
            let words = "there is no need to specify a resource type as a separate argument when passing arguments in \
                         resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get \
                         resource resource/<resource_name>'";
            return Err(Failure::plain(words));
        }
        let mut found = Vec::new();
        for arg in args {
            let (kind, name) = arg.split_once('/').unwrap_or((arg, ""));
            if name.contains('/') || name.is_empty() || kind.is_empty() {
                let words = "arguments in resource/name form must have a single resource and name";
                return Err(Failure::plain(words));
            }
            found.push(named(cli.discovery().await?.find(kind).await?, name));
        }
        if wanted.selects() {
            return Err(Failure::plain("name cannot be provided when a selector is specified"));
        }
        if wanted.all_namespaces {
            return Err(Failure::plain("a resource cannot be retrieved by name across all namespaces"));
        }
        return Ok(found);
    }
    let (kinds, names) = match (args, wanted.default_type) {
        ([], None) => return Ok(Vec::new()),
        ([], Some(kind)) => (kind.to_owned(), args),
        (args, Some(kind)) => (kind.to_owned(), args),
        ([kinds, names @ ..], None) => (kinds.clone(), names),
    };
    let discovery = cli.discovery().await?;
    let mut resources = Vec::new();
    for kind in kinds.split(',').filter(|kind| !kind.is_empty()) {
        let category = discovery.category(kind);
        match category.is_empty() {
            false => resources.extend(category),
            true => resources.push(discovery.find(kind).await?),
        }
    }
    if names.is_empty() {
        if !wanted.selects() && !wanted.type_alone {
            return Err(Failure::plain("resource(s) were provided, but no name was specified"));
        }
        return Ok(resources.into_iter().map(Target::List).collect());
    }
    if wanted.selects() {
        return Err(Failure::plain("name cannot be provided when a selector is specified"));
    }
    if wanted.all_namespaces {
        return Err(Failure::plain("a resource cannot be retrieved by name across all namespaces"));
    }
    let pairs = resources.iter().flat_map(|resource| names.iter().map(move |name| (resource, name)));
    Ok(pairs.map(|(resource, name)| named(resource.clone(), name)).collect())
}

async fn described(cli: &Cli, files: &[String]) -> Result<Vec<Target>, Failure> {
    let mut found = Vec::new();
    let mut failures = Vec::new();
    for document in manifest::documents(cli, files).await? {
        match manifest::target(cli, document).await {
            Ok(target) => found.push(target),
            Err(failure) => failures.push(failure),
        }
    }
    match failures.is_empty() {
        true => Ok(found),
        false => Failure::all(failures).map(|()| found),
    }
}

/// Where a list is to be had, selectors and all.
pub fn list_path(resource: &Resource, namespace: &str, wanted: &Wanted, more: &[(&str, &str)]) -> String {
    let namespace = if wanted.all_namespaces { "" } else { namespace };
    let mut pairs =
        vec![("fieldSelector", wanted.field_selector.as_str()), ("labelSelector", wanted.label_selector.as_str())];
    pairs.extend_from_slice(more);
    let query = query(&pairs);
    let path = resource.path(namespace);
    if query.is_empty() { path } else { format!("{path}?{query}") }
}

/// A list, all its pages in one.
///
/// # Errors
/// What the server says, with the resource that could not be listed.
pub async fn list(
    client: &Client,
    resource: &Resource,
    namespace: &str,
    wanted: &Wanted,
    accept: &str,
    more: &[(&str, &str)],
) -> Result<Value, Failure> {
    let mut whole: Option<Value> = None;
    let mut page = String::new();
    loop {
        let mut pairs = vec![("limit", "500"), ("continue", page.as_str())];
        pairs.extend_from_slice(more);
        let path = list_path(resource, namespace, wanted, &pairs);
        let bytes = client.call("GET", &path, accept, Body::None).await;
        let bytes = bytes.map_err(|failure| unable_to_list(failure, resource, wanted))?;
        let part: Value = serde_json::from_slice(&bytes).map_err(Failure::plain)?;
        page = part["metadata"]["continue"].as_str().unwrap_or_default().to_owned();
        whole = Some(match whole {
            None => part,
            Some(mut whole) => {
                for field in ["items", "rows"] {
                    if let (Some(all), Some(more)) = (whole[field].as_array_mut(), part[field].as_array()) {
                        all.extend(more.iter().cloned());
                    }
                }
                whole
            }
        });
        if page.is_empty() {
            return Ok(whole.unwrap_or_default());
        }
    }
}

fn unable_to_list(failure: Failure, resource: &Resource, wanted: &Wanted) -> Failure {
    match failure {
        Failure::Status(mut status) if status["reason"] == "Timeout" && status["details"].is_null() => {
            let message = status["message"].as_str().unwrap_or_default();
            status["message"] = format!("{message} (get {})", resource.qualified()).into();
            Failure::Status(status)
        }
        Failure::Status(mut status) if matches!(status["reason"].as_str(), Some("BadRequest" | "NotFound")) => {
            let mut message = status["message"].as_str().unwrap_or_default().to_owned();
            // client-go says what it asked for when the server's answer had no more than a code.
            if status["details"].is_null() && message.ends_with("the requested resource") {
                message = format!("{message} (get {})", resource.qualified());
            }
            let gvr = crate::go::quote(&resource.gvr());
            status["message"] = match wanted.selects() {
                false => format!("Unable to list {gvr}: {message}"),
                true => format!(
                    "Unable to find {gvr} that match label selector {}, field selector {}: {message}",
                    crate::go::quote(&wanted.label_selector),
                    crate::go::quote(&wanted.field_selector)
                ),
            }
            .into();
            Failure::Status(status)
        }
        other => other,
    }
}

/// What is said where something has to be named and nothing is.
pub const NOTHING_NAMED: &str = "You must provide one or more resources by argument or filename.\nExample resource \
                                 specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> \
                                 <name>'\n   '<resource>'";

/// The objects that arguments and files name, as the server has them now. What could not be fetched comes beside them.
///
/// # Errors
/// When the arguments do not fit, or the server cannot be reached at all.
pub async fn find(cli: &Cli, args: &[String], wanted: &Wanted) -> Result<(Vec<Info>, Vec<Failure>), Failure> {
    let targets = targets(cli, args, wanted).await?;
    fetch(cli, &targets, wanted).await
}

/// The objects of targets, as the server has them now. What could not be fetched comes beside them.
///
/// # Errors
/// When the server cannot be reached at all.
pub async fn fetch(cli: &Cli, targets: &[Target], wanted: &Wanted) -> Result<(Vec<Info>, Vec<Failure>), Failure> {
    let client = cli.client().await?;
    let namespace = cli.namespace()?;
    let (mut infos, mut failures) = (Vec::new(), Vec::new());
    for target in targets {
        match target {
            Target::List(resource) => {
                match list(&client, resource, &namespace, wanted, "application/json", &[]).await {
                    Ok(list) => infos.extend(of_list(resource, list)),
                    Err(failure @ Failure::Url { .. }) => return Err(failure),
                    Err(failure) => failures.push(failure),
                }
            }
            Target::Named { resource, namespace, name } => match client.get(&resource.at(namespace, name)).await {
                Ok(object) => infos.push(Info {
                    resource: resource.clone(),
                    namespace: namespace.clone(),
                    name: name.clone(),
                    object,
                    source: String::new(),
                }),
                Err(failure @ Failure::Url { .. }) => return Err(failure),
                Err(failure) => failures.push(failure),
            },
            Target::Described { resource, namespace, object, source } => {
                let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
                match client.get(&resource.at(namespace, &name)).await {
                    Ok(object) => infos.push(Info {
                        resource: resource.clone(),
                        namespace: namespace.clone(),
                        name,
                        object,
                        source: source.clone(),
                    }),
                    Err(failure @ Failure::Url { .. }) => return Err(failure),
                    Err(failure) => failures.push(failure),
                }
            }
        }
    }
    Ok((infos, failures))
}

/// The objects of a list, each with its version and kind.
pub fn of_list(resource: &Rc<Resource>, mut list: Value) -> Vec<Info> {
    let api_version = list["apiVersion"].clone();
    let kind = list["kind"].as_str().unwrap_or_default().trim_end_matches("List").to_owned();
    let Some(items) = list.get_mut("items").and_then(Value::as_array_mut) else { return Vec::new() };
    let items = std::mem::take(items).into_iter();
    items
        .map(|item| {
            let mut object = serde_json::json!({"apiVersion": api_version, "kind": kind});
            if let (Some(fields), Value::Object(item)) = (object.as_object_mut(), item) {
                fields.extend(item);
            }
            let text = |field: &str| object["metadata"][field].as_str().unwrap_or_default().to_owned();
            let (namespace, name) = (text("namespace"), text("name"));
            Info { resource: resource.clone(), namespace, name, object, source: String::new() }
        })
        .collect()
}
