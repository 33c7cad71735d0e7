//! Configuration, secrets, accounts and roles.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::writer::{Writer, items, keys, plain, string};
use super::{head, marks};

pub fn config_map(w: &mut Writer, object: &Value) {
    head(w, object);
    marks(w, object);
    w.line(0, "\nData\n====");
    for key in keys(&object["data"]) {
        w.line(0, format_args!("{key}:\n----"));
        w.line(0, plain(&object["data"][&key]));
        w.line(0, "");
    }
    w.line(0, "\nBinaryData\n====");
    for key in keys(&object["binaryData"]) {
        let size = STANDARD.decode(plain(&object["binaryData"][&key])).map_or(0, |bytes| bytes.len());
        w.line(0, format_args!("{key}: {size} bytes"));
    }
    w.line(0, "");
}

pub fn secret(w: &mut Writer, object: &Value) {
    head(w, object);
    marks(w, object);
    let kind = string(&object["type"]);
    w.line(0, format_args!("\nType:\t{kind}"));
    w.line(0, "\nData\n====");
    for key in keys(&object["data"]) {
        let bytes = STANDARD.decode(plain(&object["data"][&key])).unwrap_or_default();
        match key == "token" && kind == "kubernetes.io/service-account-token" {
            true => w.field(0, &key, String::from_utf8_lossy(&bytes)),
            false => w.field(0, &key, format_args!("{} bytes", bytes.len())),
        }
    }
}

pub fn service_account(w: &mut Writer, object: &Value) {
    head(w, object);
    marks(w, object);
    let names: Vec<String> = items(&object["imagePullSecrets"]).iter().map(|one| string(&one["name"])).collect();
    w.list("Image pull secrets", &names);
}

/// A rule for one resource, one name and all verbs.
#[derive(Clone, PartialEq)]
struct Rule {
    verbs: Vec<String>,
    groups: Vec<String>,
    resources: Vec<String>,
    names: Vec<String>,
    urls: Vec<String>,
}

impl Rule {
    /// What upstream sorts rules by: Go's text of the type.
    fn sort_key(&self) -> String {
        let list = |all: &[String]| all.join(" ");
        format!(
            "Verbs:[{}],APIGroups:[{}],Resources:[{}],ResourceNames:[{}],NonResourceURLs:[{}]",
            list(&self.verbs),
            list(&self.groups),
            list(&self.resources),
            list(&self.names),
            list(&self.urls)
        )
    }

    fn is_about_the_same(&self, other: &Self) -> bool {
        self.urls.is_empty()
            && other.urls.is_empty()
            && self.groups == other.groups
            && self.resources == other.resources
            && self.names == other.names
    }

    fn title(&self) -> String {
        let Some(resource) = self.resources.first() else { return String::new() };
        let group = self.groups.first().map(String::as_str).unwrap_or_default();
        let (plural, part) = resource.split_once('/').map_or((resource.as_str(), ""), |(plural, part)| (plural, part));
        let mut title = plural.to_owned();
        if !group.is_empty() {
            title = format!("{title}.{group}");
        }
        if part.is_empty() { title } else { format!("{title}/{part}") }
    }
}

pub fn role(w: &mut Writer, object: &Value) {
    w.field(0, "Name", string(&object["metadata"]["name"]));
    marks(w, object);
    w.line(0, "PolicyRule:");
    w.line(1, "Resources\tNon-Resource URLs\tResource Names\tVerbs");
    w.line(1, "---------\t-----------------\t--------------\t-----");
    let mut all: Vec<Rule> = Vec::new();
    for rule in items(&object["rules"]).iter().flat_map(broken_down) {
        match all.iter_mut().find(|known| known.is_about_the_same(&rule)) {
            Some(known) => {
                let new: Vec<String> = rule.verbs.into_iter().filter(|verb| !known.verbs.contains(verb)).collect();
                known.verbs.extend(new);
            }
            None => all.push(rule),
        }
    }
    all.sort_by_key(Rule::sort_key);
    for rule in all {
        let list = |all: &[String]| format!("[{}]", all.join(" "));
        let (urls, names, verbs) = (list(&rule.urls), list(&rule.names), list(&rule.verbs));
        w.line(1, format_args!("{}\t{urls}\t{names}\t{verbs}", rule.title()));
    }
}

fn broken_down(rule: &Value) -> Vec<Rule> {
    let texts = |field: &str| items(&rule[field]).iter().map(plain).collect::<Vec<String>>();
    let (verbs, names) = (texts("verbs"), texts("resourceNames"));
    let names = if names.is_empty() { vec![None] } else { names.into_iter().map(Some).collect() };
    let mut all = Vec::new();
    for group in texts("apiGroups") {
        for resource in texts("resources") {
            for verb in &verbs {
                all.extend(names.iter().map(|name| Rule {
                    verbs: vec![verb.clone()],
                    groups: vec![group.clone()],
                    resources: vec![resource.clone()],
                    names: name.iter().cloned().collect(),
                    urls: Vec::new(),
                }));
            }
        }
    }
    for url in texts("nonResourceURLs") {
        all.extend(verbs.iter().map(|verb| Rule {
            verbs: vec![verb.clone()],
            groups: Vec::new(),
            resources: Vec::new(),
            names: Vec::new(),
            urls: vec![url.clone()],
        }));
    }
    all
}

pub fn binding(w: &mut Writer, object: &Value) {
    w.field(0, "Name", string(&object["metadata"]["name"]));
    marks(w, object);
    w.line(0, "Role:");
    w.field(1, "Kind", string(&object["roleRef"]["kind"]));
    w.field(1, "Name", string(&object["roleRef"]["name"]));
    w.line(0, "Subjects:");
    w.line(1, "Kind\tName\tNamespace");
    w.line(1, "----\t----\t---------");
    for subject in items(&object["subjects"]) {
        let (kind, name, namespace) =
            (string(&subject["kind"]), string(&subject["name"]), string(&subject["namespace"]));
        w.line(1, format_args!("{kind}\t{name}\t{namespace}"));
    }
}
