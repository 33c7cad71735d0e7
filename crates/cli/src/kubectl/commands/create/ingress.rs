//! `kubectl create ingress`.

use serde_json::{Map, Value, json};

use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::{Command, Flag};
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::{DRY_RUN, MAKE, Made, PRINT, int_or_text, known, one_name};

static FLAGS: [Flag; 4] = [
    Flag::array("annotation", "annotation as KEY=value"),
    Flag::text("class", "class of the ingress"),
    Flag::text("default-backend", "service for all other traffic, as NAME:PORT"),
    Flag::array("rule", "host/path=service:port[,tls[=secret]]"),
];

pub static INGRESS: Command = Command::leaf(
    "ingress",
    "NAME --rule=host/path=service:port[,tls[=secret]]",
    "Make an ingress",
    &[&FLAGS, &DRY_RUN, &PRINT, &MAKE],
    |cli| Box::pin(async move { create(&cli).await }),
)
.aliases(&["ing"])
.examples(&[("One host", "kubectl create ingress web --rule='foo.test/*=web:80'")]);

/// A rule's parts.
struct Rule<'a> {
    host: &'a str,
    path: &'a str,
    backend: Value,
    tls: Option<&'a str>,
}

async fn create(cli: &Cli) -> Result<(), Failure> {
    let name = one_name(cli)?;
    let (texts, default) = (cli.flags.list("rule"), cli.flags.text("default-backend"));
    if texts.is_empty() && default.is_empty() {
        let words = "not enough information provided: every ingress has to either specify a default-backend (which \
                     catches all traffic) or a list of rules (which catch specific paths)";
        return Err(Failure::plain(words));
    }
    let rules: Vec<Rule<'_>> = texts.iter().map(|text| rule(text)).collect::<Result<_, _>>()?;
    let mut annotations = Map::new();
    for text in cli.flags.list("annotation") {
        let Some((key, value)) = text.split_once('=') else {
            return Err(Failure::plain(format!("annotation {text} is invalid and should be in format key=[value]")));
        };
        annotations.insert(key.to_owned(), value.into());
    }
    let mut spec = json!({});
    if !cli.flags.text("class").is_empty() {
        spec["ingressClassName"] = cli.flags.text("class").into();
    }
    if !default.is_empty() {
        let words = "default-backend should be in format servicename:serviceport";
        spec["defaultBackend"] = backend(default).ok_or_else(|| Failure::plain(words))?;
    }
    let tls = secured(&rules);
    if !tls.is_empty() {
        spec["tls"] = tls.into();
    }
    let hosts = hosts(&rules);
    if !hosts.is_empty() {
        spec["rules"] = hosts.into();
    }
    let mut fields = json!({});
    if !annotations.is_empty() {
        fields["metadata"] = json!({"annotations": annotations});
    }
    fields["spec"] = spec;
    fields["status"] = json!({"loadBalancer": {}});
    let resource = known("networking.k8s.io", "v1", "ingresses", "Ingress", true);
    Made::new(cli, resource, &name, fields)?.create(cli, "failed to create ingress: ").await
}

fn rule(text: &str) -> Result<Rule<'_>, Failure> {
    let wrong = || {
        let words = format!("rule {text} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]");
        Failure::plain(words)
    };
    let (route, tls) = match text.split_once(',') {
        Some((route, tls)) => (route, Some(tls)),
        None => (text, None),
    };
    let tls = match tls {
        None => None,
        Some("tls") => Some(""),
        Some(tls) => Some(tls.strip_prefix("tls=").ok_or_else(wrong)?),
    };
    let (host, rest) = route.split_once('/').ok_or_else(wrong)?;
    let (path, service) = rest.split_once('=').ok_or_else(wrong)?;
    Ok(Rule { host, path, backend: backend(service).ok_or_else(wrong)?, tls })
}

fn backend(text: &str) -> Option<Value> {
    let (name, port) = text.split_once(':').filter(|(name, port)| !name.is_empty() && !port.is_empty())?;
    let port = match int_or_text(port) {
        Value::String(name) => json!({"name": name}),
        number => json!({"number": number}),
    };
    Some(json!({"service": {"name": name, "port": port}}))
}

fn hosts(rules: &[Rule<'_>]) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    for rule in rules {
        let (path, kind) = match rule.path.strip_suffix('*') {
            Some(path) => (path, "Prefix"),
            None => (rule.path, "Exact"),
        };
        let path = json!({"path": format!("/{path}"), "pathType": kind, "backend": rule.backend});
        let known = all.iter_mut().find(|known| known["host"].as_str().unwrap_or_default() == rule.host);
        match known.and_then(|known| known["http"]["paths"].as_array_mut()) {
            Some(paths) => paths.push(path),
            None => {
                let mut host = json!({});
                if !rule.host.is_empty() {
                    host["host"] = rule.host.into();
                }
                host["http"] = json!({"paths": [path]});
                all.push(host);
            }
        }
    }
    all
}

fn secured(rules: &[Rule<'_>]) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for rule in rules {
        let Some(secret) = rule.tls else { continue };
        if seen.contains(&rule.host) {
            continue;
        }
        seen.push(rule.host);
        let known = all.iter_mut().find(|known| known["secretName"].as_str().unwrap_or_default() == secret);
        match known {
            Some(known) => match known["hosts"].as_array_mut() {
                Some(hosts) => hosts.push(rule.host.into()),
                None => known["hosts"] = json!([rule.host]),
            },
            None => {
                let mut entry = json!({});
                if !rule.host.is_empty() {
                    entry["hosts"] = json!([rule.host]);
                }
                if !secret.is_empty() {
                    entry["secretName"] = secret.into();
                }
                if entry != json!({}) {
                    all.push(entry);
                }
            }
        }
    }
    all
}
