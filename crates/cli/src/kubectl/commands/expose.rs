//! `kubectl expose`: a service for what runs pods (`k8s.io/kubectl/pkg/cmd/expose`).

use serde_json::{Value, json};

use crate::kubectl::builder::Info;
use crate::kubectl::change::pod_spec;
use crate::kubectl::cli::Cli;
use crate::kubectl::client::{Body, query};
use crate::kubectl::cmdline::{Command, Flag};
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::{DRY_RUN, DryRun, FILES, PRINT, int_or_text, known, pairs};
use crate::kubectl::merge;
use crate::kubectl::print::report;

static FLAGS: [Flag; 14] = [
    Flag::text("cluster-ip", "address of the service, or None"),
    Flag::text("external-ip", "further address of the service"),
    Flag::text("field-manager", "who is said to have set the fields").default("kubectl-expose"),
    Flag::text("labels", "labels of the service as KEY=value pairs").short('l'),
    Flag::text("load-balancer-ip", "address of the load balancer"),
    Flag::text("name", "name of the service"),
    Flag::text("overrides", "JSON to merge into the object"),
    Flag::text("port", "port of the service"),
    Flag::text("protocol", "protocol of the service").default(""),
    Flag::switch("save-config", "remember the object for a later apply"),
    Flag::text("selector", "labels of the pods as KEY=value pairs"),
    Flag::text("session-affinity", "None or ClientIP"),
    Flag::text("target-port", "port of the pods, by number or name"),
    Flag::text("type", "ClusterIP, NodePort, LoadBalancer or ExternalName"),
];

pub static EXPOSE: Command = Command::leaf(
    "expose",
    "(-f FILENAME | TYPE NAME) [--port=port] [--protocol=TCP|UDP|SCTP] [--target-port=number-or-name] [--name=name] [--external-ip=external-ip-of-service] [--type=type]",
    "Make a service for a deployment, replica set, pod or service",
    &[&FLAGS, &FILES, &DRY_RUN, &PRINT],
    |cli| Box::pin(async move { expose(&cli).await }),
)
.examples(&[("A deployment's pods at port 80", "kubectl expose deployment web --port=80")]);

async fn expose(cli: &Cli) -> Result<(), Failure> {
    let dry = DryRun::of(cli)?;
    // Its `--selector` is not one of objects to expose.
    let wanted = crate::kubectl::builder::Wanted::default();
    let (infos, failures) = crate::kubectl::builder::find(cli, cli.args(), &wanted).await?;
    Failure::all(failures)?;
    if infos.is_empty() {
        return Err(Failure::plain(crate::kubectl::builder::NOTHING_NAMED));
    }
    for info in infos {
        let mut service = service(cli, &info)?;
        if dry != DryRun::Client {
            let pairs = [("dryRun", dry.query()), ("fieldManager", cli.flags.text("field-manager"))];
            let path = known("", "v1", "services", "Service", true).path(&info.namespace);
            service =
                cli.client().await?.send("POST", &format!("{path}?{}", query(&pairs)), Body::Json(&service)).await?;
        }
        report(cli, &service, None, &format!("exposed{}", dry.note()))?;
    }
    Ok(())
}

fn service(cli: &Cli, info: &Info) -> Result<Value, Failure> {
    let (flags, object) = (&cli.flags, &info.object);
    let kind = info.resource.kind.as_str();
    let selector = match (flags.text("selector"), kind) {
        ("", "Deployment" | "ReplicaSet") => object["spec"]["selector"]["matchLabels"].clone(),
        ("", "Service" | "ReplicationController") => object["spec"]["selector"].clone(),
        ("", "Pod") => object["metadata"]["labels"].clone(),
        ("", _) => {
            let words = format!("cannot expose a {}", info.resource.titled());
            return Err(Failure::plain(words));
        }
        (text, _) => Value::Object(pairs(text)?),
    };
    if selector.as_object().is_none_or(serde_json::Map::is_empty) {
        let words = match kind {
            "Pod" => {
                "couldn't retrieve selectors via --selector flag or introspection: the pod has no labels and cannot be exposed"
            }
            _ => "couldn't retrieve selectors via --selector flag or introspection: no selector was found",
        };
        return Err(Failure::plain(words));
    }
    let own = own_ports(object, kind);
    let numbers: Vec<i64> = match flags.text("port") {
        "" => own.iter().map(|(port, _)| *port).collect(),
        text => {
            let parse = |part: &str| part.trim().parse::<i64>();
            text.split(',').map(parse).collect::<Result<_, _>>().map_err(|_| {
                Failure::plain(format!("strconv.Atoi: parsing {}: invalid syntax", crate::go::quote(text)))
            })?
        }
    };
    if numbers.is_empty() {
        return Err(Failure::plain("couldn't find port via --port flag or introspection"));
    }
    let named = numbers.len() > 1;
    let ports: Vec<Value> = numbers
        .iter()
        .enumerate()
        .map(|(i, number)| {
            let protocol = match flags.text("protocol") {
                "" => own.iter().find(|(port, _)| port == number).map_or("TCP", |(_, protocol)| protocol.as_str()),
                given => given,
            };
            let mut port = json!({});
            if named {
                port["name"] = format!("port-{}", i + 1).into();
            }
            port["protocol"] = protocol.into();
            port["port"] = (*number).into();
            port["targetPort"] = match flags.text("target-port") {
                "" => (*number).into(),
                text => int_or_text(text),
            };
            port
        })
        .collect();
    let name = if flags.text("name").is_empty() { info.name.clone() } else { flags.text("name").to_owned() };
    let mut metadata = json!({"name": name});
    if cli.explicit_namespace() {
        metadata["namespace"] = info.namespace.clone().into();
    }
    let labels = match flags.text("labels") {
        "" => object["metadata"]["labels"].clone(),
        text => Value::Object(pairs(text)?),
    };
    if labels.is_object() {
        metadata["labels"] = labels;
    }
    let mut spec = json!({"ports": ports, "selector": selector});
    for (flag, field) in [
        ("cluster-ip", "clusterIP"),
        ("type", "type"),
        ("session-affinity", "sessionAffinity"),
        ("load-balancer-ip", "loadBalancerIP"),
    ] {
        if !flags.text(flag).is_empty() {
            spec[field] = flags.text(flag).into();
        }
    }
    if !flags.text("external-ip").is_empty() {
        spec["externalIPs"] = json!([flags.text("external-ip")]);
    }
    let service = json!({
        "kind": "Service", "apiVersion": "v1", "metadata": metadata, "spec": spec, "status": {"loadBalancer": {}},
    });
    match flags.text("overrides") {
        "" => Ok(service),
        text => Ok(merge::merge(service, &serde_json::from_str(text).map_err(Failure::plain)?)),
    }
}

/// Ports of the containers, or of a service, with their protocols.
fn own_ports(object: &Value, kind: &str) -> Vec<(i64, String)> {
    let port = |port: &Value, field: &str| {
        let protocol = port["protocol"].as_str().unwrap_or("TCP").to_owned();
        Some((port[field].as_i64()?, protocol))
    };
    if kind == "Service" {
        return object["spec"]["ports"].as_array().into_iter().flatten().filter_map(|p| port(p, "port")).collect();
    }
    let spec = pod_spec(kind).and_then(|at| object.pointer(at));
    let containers = spec.and_then(|spec| spec["containers"].as_array()).into_iter().flatten();
    containers
        .flat_map(|container| container["ports"].as_array().into_iter().flatten())
        .filter_map(|p| port(p, "containerPort"))
        .collect()
}
