//! What resources the server has, and which of them a word means (`k8s.io/client-go/discovery`, `restmapper`).

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use serde_json::{Value, json};

use super::{Body, Client};
use crate::kubectl::cli::klog;
use crate::kubectl::failure::Failure;

const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
                          application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";
/// How long what the server said is kept in a file, in microseconds.
const KEPT: u64 = 6 * 3_600 * 1_000_000;
/// How often an unreachable server is asked for its groups before giving up.
const ATTEMPTS: usize = 5;

/// A kind of object, as the server tells of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resource {
    /// Empty for the core group.
    pub group: String,
    pub version: String,
    /// `deployments`
    pub plural: String,
    /// `deployment`
    pub singular: String,
    /// `Deployment`
    pub kind: String,
    pub short_names: Vec<String>,
    pub namespaced: bool,
    pub verbs: Vec<String>,
    pub categories: Vec<String>,
    pub subresources: Vec<String>,
    /// Whether this is the version that the server prefers for the group.
    pub preferred: bool,
}

impl Resource {
    /// `apps/v1` or `v1`
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.clone() } else { format!("{}/{}", self.group, self.version) }
    }

    /// `deployments.apps` or `pods`
    pub fn qualified(&self) -> String {
        if self.group.is_empty() { self.plural.clone() } else { format!("{}.{}", self.plural, self.group) }
    }

    /// `deployment.apps` or `pod`, as `-o name` and messages have it.
    pub fn titled(&self) -> String {
        let kind = self.kind.to_lowercase();
        if self.group.is_empty() { kind } else { format!("{kind}.{}", self.group) }
    }

    /// Go's `GroupVersionResource.String()`.
    pub fn gvr(&self) -> String {
        format!("{}/{}, Resource={}", self.group, self.version, self.plural)
    }

    /// Go's `GroupVersionKind.String()`.
    pub fn gvk(&self) -> String {
        format!("{}/{}, Kind={}", self.group, self.version, self.kind)
    }

    /// The address of all objects, or of those in a namespace when one is given.
    pub fn path(&self, namespace: &str) -> String {
        let root = if self.group.is_empty() { "/api" } else { "/apis" };
        let namespace = match namespace {
            name if self.namespaced && !name.is_empty() => format!("/namespaces/{name}"),
            _ => String::new(),
        };
        format!("{root}/{}{namespace}/{}", self.api_version(), self.plural)
    }

    /// The address of one object.
    pub fn at(&self, namespace: &str, name: &str) -> String {
        format!("{}/{}", self.path(namespace), crate::http::escape_path(name))
    }

    pub fn can(&self, verb: &str) -> bool {
        self.verbs.iter().any(|known| known == verb)
    }
}

/// What the server has; asked anew when a word is not known and what is known came from a file.
pub struct Discovery {
    client: Rc<Client>,
    resources: RefCell<Vec<Rc<Resource>>>,
    fresh: Cell<bool>,
}

impl Discovery {
    /// What a file remembers of this server, or what it says now.
    ///
    /// # Errors
    /// When it cannot be reached.
    pub async fn load(client: Rc<Client>) -> Result<Self, Failure> {
        let kept = remembered(&client);
        let found = Self { client, resources: RefCell::default(), fresh: Cell::new(kept.is_none()) };
        match kept {
            Some(groups) => *found.resources.borrow_mut() = read(&groups),
            None => found.refresh().await?,
        }
        Ok(found)
    }

    /// Asks the server.
    ///
    /// # Errors
    /// When it cannot be reached.
    pub async fn refresh(&self) -> Result<(), Failure> {
        let groups = self.fetch().await?;
        *self.resources.borrow_mut() = read(&groups);
        self.fresh.set(true);
        remember(&self.client, &groups);
        Ok(())
    }

    async fn fetch(&self) -> Result<Value, Failure> {
        let mut attempt = 0;
        let core = loop {
            attempt += 1;
            match self.aggregated("/api?timeout=32s").await {
                Ok(core) => break core,
                Err(failure) if matches!(&failure, Failure::Url { reason, .. } if reason.starts_with("dial ")) => {
                    let process = self.client.process();
                    let words =
                        crate::go::quote(&format!("couldn't get current server API group list: {}", failure.text()));
                    process
                        .eprint(format!("{} memcache.go:265] \"Unhandled Error\" err={words}\n", klog(process, 'E')));
                    if attempt == ATTEMPTS {
                        return Err(failure);
                    }
                }
                Err(failure) => return Err(failure),
            }
        };
        let other = self.aggregated("/apis?timeout=32s").await?;
        let mut groups = Vec::new();
        if core["kind"] == "APIGroupDiscoveryList" {
            groups.extend(core["items"].as_array().cloned().unwrap_or_default());
        } else {
            let version = json!({"version": "v1", "groupVersion": "v1"});
            groups.push(self.unaggregated("", "/api", &[version]).await?);
        }
        if other["kind"] == "APIGroupDiscoveryList" {
            groups.extend(other["items"].as_array().cloned().unwrap_or_default());
        } else {
            for group in other["groups"].as_array().into_iter().flatten() {
                let versions = group["versions"].as_array().cloned().unwrap_or_default();
                let name = group["name"].as_str().unwrap_or_default();
                groups.push(self.unaggregated(name, "/apis", &versions).await?);
            }
        }
        Ok(Value::Array(groups))
    }

    async fn aggregated(&self, path: &str) -> Result<Value, Failure> {
        let bytes = self.client.call("GET", path, AGGREGATED, Body::None).await?;
        serde_json::from_slice(&bytes).map_err(Failure::plain)
    }

    /// The same from a server that tells of each version by itself.
    async fn unaggregated(&self, group: &str, root: &str, versions: &[Value]) -> Result<Value, Failure> {
        let mut all = Vec::new();
        for version in versions {
            let path = format!("{root}/{}", version["groupVersion"].as_str().unwrap_or_default());
            let list = self.client.get(&path).await?;
            let mut resources: Vec<Value> = Vec::new();
            for item in list["resources"].as_array().into_iter().flatten() {
                let name = item["name"].as_str().unwrap_or_default();
                match name.split_once('/') {
                    Some((parent, sub)) => {
                        let parent = resources.iter_mut().find(|known| known["resource"] == parent);
                        if let Some(subs) = parent.and_then(|parent| parent["subresources"].as_array_mut()) {
                            subs.push(json!({"subresource": sub}));
                        }
                    }
                    None => resources.push(json!({
                        "resource": name, "responseKind": {"kind": item["kind"]},
                        "scope": if item["namespaced"] == true { "Namespaced" } else { "Cluster" },
                        "singularResource": item["singularName"], "shortNames": item["shortNames"],
                        "categories": item["categories"], "verbs": item["verbs"], "subresources": [],
                    })),
                }
            }
            all.push(json!({"version": version["version"], "resources": resources}));
        }
        Ok(json!({"metadata": {"name": group}, "versions": all}))
    }

    pub fn all(&self) -> Vec<Rc<Resource>> {
        self.resources.borrow().clone()
    }

    /// The resource a word means: plural, singular, short name or kind, with or without group and version.
    ///
    /// # Errors
    /// kubectl's words when there is none.
    pub async fn find(&self, word: &str) -> Result<Rc<Resource>, Failure> {
        if let Some(found) = find(&self.resources.borrow(), word) {
            return Ok(found);
        }
        if !self.fresh.get() {
            self.refresh().await?;
            if let Some(found) = find(&self.resources.borrow(), word) {
                return Ok(found);
            }
        }
        Err(Failure::plain(format!("the server doesn't have a resource type {}", crate::go::quote(word))))
    }

    /// The resources of a category such as `all`; empty when there is no such one.
    pub fn category(&self, word: &str) -> Vec<Rc<Resource>> {
        let resources = self.resources.borrow();
        let of = |resource: &&Rc<Resource>| resource.preferred && resource.categories.iter().any(|known| known == word);
        resources.iter().filter(of).cloned().collect()
    }

    /// The resource whose objects have this version and kind.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub async fn of_kind(&self, api_version: &str, kind: &str) -> Result<Option<Rc<Resource>>, Failure> {
        let look = || {
            let resources = self.resources.borrow();
            // The server's own words come for a kind in the wrong case; the mapping is found all the same.
            let fits = |exact: bool| {
                let same = |known: &str| if exact { known == kind } else { known.eq_ignore_ascii_case(kind) };
                resources.iter().find(|r| r.api_version() == api_version && same(&r.kind)).cloned()
            };
            fits(true).or_else(|| fits(false))
        };
        if let Some(found) = look() {
            return Ok(Some(found));
        }
        if !self.fresh.get() {
            self.refresh().await?;
        }
        Ok(look())
    }
}

fn find(resources: &[Rc<Resource>], word: &str) -> Option<Rc<Resource>> {
    let word = word.to_lowercase();
    let (name, rest) = word.split_once('.').unwrap_or((&word, ""));
    let named = |resource: &Resource| {
        resource.plural == name
            || resource.singular == name
            || resource.kind.to_lowercase() == name
            || resource.short_names.iter().any(|short| short == name)
    };
    let of_group = |resource: &Resource| {
        let versioned = rest.split_once('.').is_some_and(|(v, g)| v == resource.version && g == resource.group);
        rest.is_empty() && resource.preferred
            || !rest.is_empty() && (versioned || resource.group == rest && resource.preferred)
            || resource.group.is_empty() && resource.version == rest
    };
    // Full names before short ones: `events` of a group before another one's `ev`.
    let exact = |resource: &&Rc<Resource>| of_group(resource) && (resource.plural == name || resource.singular == name);
    let found = resources.iter().find(exact).or_else(|| resources.iter().find(|r| of_group(r) && named(r)));
    found.cloned()
}

fn read(groups: &Value) -> Vec<Rc<Resource>> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let texts = |value: &Value| value.as_array().into_iter().flatten().map(text).collect::<Vec<_>>();
    let mut all = Vec::new();
    for group in groups.as_array().into_iter().flatten() {
        for (i, version) in group["versions"].as_array().into_iter().flatten().enumerate() {
            for item in version["resources"].as_array().into_iter().flatten() {
                let kind = text(&item["responseKind"]["kind"]);
                let singular = text(&item["singularResource"]);
                let subs = item["subresources"].as_array().into_iter().flatten();
                all.push(Rc::new(Resource {
                    group: text(&group["metadata"]["name"]),
                    version: text(&version["version"]),
                    plural: text(&item["resource"]),
                    singular: if singular.is_empty() { kind.to_lowercase() } else { singular },
                    kind,
                    short_names: texts(&item["shortNames"]),
                    namespaced: item["scope"] == "Namespaced",
                    verbs: texts(&item["verbs"]),
                    categories: texts(&item["categories"]),
                    subresources: subs.map(|sub| text(&sub["subresource"])).collect(),
                    preferred: i == 0,
                }));
            }
        }
    }
    all
}

fn cache_file(client: &Client) -> String {
    let home = client.process().var("HOME").unwrap_or("/root").to_owned();
    let host = client.host().replace([':', '/'], "_");
    format!("{home}/.kube/cache/discovery/{host}/servergroups.json")
}

fn remembered(client: &Client) -> Option<Value> {
    let kept: Value = serde_json::from_slice(&client.process().fs().read(&cache_file(client)).ok()?).ok()?;
    let age = client.process().now().checked_sub(kept["asked"].as_u64()?)?;
    (age < KEPT).then(|| kept["groups"].clone())
}

/// A machine whose disk is full does without.
fn remember(client: &Client, groups: &Value) {
    let (file, fs) = (cache_file(client), client.process().fs());
    if let Some((directory, _)) = file.rsplit_once('/')
        && fs.mkdir_all(directory).is_ok()
    {
        let kept = json!({"asked": client.process().now(), "groups": groups});
        let _ = fs.write(&file, kept.to_string().into_bytes());
    }
}
