//! `kubectl create role` and `kubectl create clusterrole`.

use serde_json::{Value, json};

use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::{Command, Flag};
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::{DRY_RUN, MAKE, Made, PRINT, known, one_name, pairs};

static FLAGS: [Flag; 3] = [
    Flag::list("resource", "resources the role is about, as NAME[.GROUP][/SUBRESOURCE]"),
    Flag::array("resource-name", "single objects the role is about"),
    Flag::list("verb", "what may be done"),
];
static CLUSTER_FLAGS: [Flag; 2] = [
    Flag::text("aggregation-rule", "labels of the cluster roles whose rules this one gathers"),
    Flag::list("non-resource-url", "addresses that are no resources, such as /healthz"),
];

pub static ROLE: Command = Command::leaf(
    "role",
    "NAME --verb=verb --resource=resource.group/subresource [--resource-name=resourcename] [--dry-run=server|client|none]",
    "Make a role with one rule",
    &[&FLAGS, &DRY_RUN, &PRINT, &MAKE],
    |cli| Box::pin(async move { create(&cli, false).await }),
)
.examples(&[("Reading pods", "kubectl create role reader --verb=get,list,watch --resource=pods")]);

pub static CLUSTER_ROLE: Command = Command::leaf(
    "clusterrole",
    "NAME --verb=verb --resource=resource.group [--resource-name=resourcename] [--dry-run=server|client|none]",
    "Make a cluster role",
    &[&FLAGS, &CLUSTER_FLAGS, &DRY_RUN, &PRINT, &MAKE],
    |cli| Box::pin(async move { create(&cli, true).await }),
)
.examples(&[("Reading nodes", "kubectl create clusterrole nodes --verb=get,list --resource=nodes")]);

const VERBS: [&str; 16] = [
    "*",
    "get",
    "delete",
    "list",
    "create",
    "update",
    "patch",
    "watch",
    "proxy",
    "deletecollection",
    "use",
    "bind",
    "escalate",
    "impersonate",
    "approve",
    "sign",
];
const URL_VERBS: [&str; 8] = ["*", "get", "post", "put", "delete", "patch", "head", "options"];

async fn create(cli: &Cli, cluster: bool) -> Result<(), Failure> {
    let name = one_name(cli)?;
    let unique = |flag: &str| {
        let mut all: Vec<String> = Vec::new();
        for item in cli.flags.list(flag) {
            if !all.contains(&item) {
                all.push(item);
            }
        }
        all
    };
    let mut verbs = unique("verb");
    if verbs.iter().any(|verb| verb == "*") {
        verbs = vec!["*".to_owned()];
    }
    let (resources, names, urls) = (unique("resource"), unique("resource-name"), unique("non-resource-url"));
    let aggregation = cli.flags.text("aggregation-rule");
    let (kind, plural) = if cluster { ("ClusterRole", "clusterroles") } else { ("Role", "roles") };
    let resource = known("rbac.authorization.k8s.io", "v1", plural, kind, !cluster);
    if !aggregation.is_empty() {
        if !(verbs.is_empty() && resources.is_empty() && names.is_empty() && urls.is_empty()) {
            let words = "aggregation rule must be specified without nonResourceURLs, verbs, resources or resourceNames";
            return Err(Failure::plain(words));
        }
        let selectors = json!({"clusterRoleSelectors": [{"matchLabels": pairs(aggregation)?}]});
        let fields = json!({"rules": null, "aggregationRule": selectors});
        return Made::new(cli, resource, &name, fields)?.create(cli, "").await;
    }
    if verbs.is_empty() {
        return Err(Failure::plain("at least one verb must be specified"));
    }
    match (cluster, resources.is_empty(), urls.is_empty()) {
        (true, true, true) => return Err(Failure::plain("one of resource or nonResourceURL must be specified")),
        (false, true, _) => return Err(Failure::plain("at least one resource must be specified")),
        _ => {}
    }
    let mut rules: Vec<Value> = Vec::new();
    if !resources.is_empty() {
        for verb in verbs.iter().filter(|verb| !VERBS.contains(&verb.as_str())) {
            cli.eprintln(format_args!("Warning: '{verb}' is not a standard resource verb"));
        }
        rules = rules_for(cli, &verbs, &resources, &names).await?;
    }
    if !urls.is_empty() {
        if let Some(verb) = verbs.iter().find(|verb| !URL_VERBS.contains(&verb.as_str())) {
            return Err(Failure::plain(format!("invalid verb: '{verb}' for nonResourceURL")));
        }
        if urls.iter().any(|url| url != "*" && !url.starts_with('/')) {
            return Err(Failure::plain("nonResourceURL should start with /"));
        }
        rules.push(json!({"verbs": verbs, "nonResourceURLs": urls}));
    }
    Made::new(cli, resource, &name, json!({"rules": rules}))?.create(cli, "").await
}

/// One rule a group, in the order the groups were named.
async fn rules_for(cli: &Cli, verbs: &[String], words: &[String], names: &[String]) -> Result<Vec<Value>, Failure> {
    let discovery = cli.discovery().await?;
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for word in words {
        let (word, part) = word.split_once('/').map_or((word.as_str(), ""), |(word, part)| (word, part));
        let (group, plural) = match word {
            "*" => ("*".to_owned(), "*".to_owned()),
            word => {
                let found = discovery.find(word).await?;
                (found.group.clone(), found.plural.clone())
            }
        };
        let plural = if part.is_empty() { plural } else { format!("{plural}/{part}") };
        match groups.iter_mut().find(|(known, _)| *known == group) {
            Some((_, resources)) => resources.push(plural),
            None => groups.push((group, vec![plural])),
        }
    }
    let rule = |(group, resources): (String, Vec<String>)| {
        let mut rule = json!({"verbs": verbs, "apiGroups": [group], "resources": resources});
        if !names.is_empty() {
            rule["resourceNames"] = names.into();
        }
        rule
    };
    Ok(groups.into_iter().map(rule).collect())
}
