//! `kubectl create service`.

use serde_json::{Value, json};

use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::{Command, Flag};
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::{DRY_RUN, MAKE, Made, PRINT, int_or_text, known, one_name};

static TCP: [Flag; 1] = [Flag::list("tcp", "ports as PORT[:TARGET]")];
static CLUSTER_IP_FLAGS: [Flag; 1] = [Flag::text("clusterip", "address of the service, or None for a headless one")];
static NODE_PORT_FLAGS: [Flag; 1] = [Flag::int("node-port", "0", "port on every node")];
static EXTERNAL_FLAGS: [Flag; 1] = [Flag::text("external-name", "name outside of the cluster")];

pub static SERVICE: Command = Command::group(
    "service",
    "[flags]",
    "Make a service of one of its types",
    &[&CLUSTER_IP, &EXTERNAL_NAME, &LOAD_BALANCER, &NODE_PORT],
)
.aliases(&["svc"]);

static CLUSTER_IP: Command = Command::leaf(
    "clusterip",
    "NAME [--tcp=<port>:<targetPort>] [--dry-run=server|client|none]",
    "Make a service with an address inside of the cluster",
    &[&TCP, &CLUSTER_IP_FLAGS, &DRY_RUN, &PRINT, &MAKE],
    |cli| Box::pin(async move { create(&cli, "ClusterIP").await }),
);
static NODE_PORT: Command = Command::leaf(
    "nodeport",
    "NAME [--tcp=port:targetPort] [--dry-run=server|client|none]",
    "Make a service with a port on every node",
    &[&TCP, &NODE_PORT_FLAGS, &DRY_RUN, &PRINT, &MAKE],
    |cli| Box::pin(async move { create(&cli, "NodePort").await }),
);
static LOAD_BALANCER: Command = Command::leaf(
    "loadbalancer",
    "NAME [--tcp=port:targetPort] [--dry-run=server|client|none]",
    "Make a service with a load balancer in front",
    &[&TCP, &DRY_RUN, &PRINT, &MAKE],
    |cli| Box::pin(async move { create(&cli, "LoadBalancer").await }),
);
static EXTERNAL_NAME: Command = Command::leaf(
    "externalname",
    "NAME --external-name external.name [--dry-run=server|client|none]",
    "Make a service that is a name outside of the cluster",
    &[&TCP, &EXTERNAL_FLAGS, &DRY_RUN, &PRINT, &MAKE],
    |cli| Box::pin(async move { create(&cli, "ExternalName").await }),
);

async fn create(cli: &Cli, kind: &str) -> Result<(), Failure> {
    let name = one_name(cli)?;
    let (tcp, address, external) =
        (cli.flags.list("tcp"), cli.flags.text("clusterip"), cli.flags.text("external-name"));
    if kind == "ExternalName" && !cli.flags.changed("external-name") {
        return Err(Failure::plain("required flag(s) \"external-name\" not set"));
    }
    if address != "None" && tcp.is_empty() && kind != "ExternalName" {
        return Err(Failure::plain("at least one tcp port specifier must be provided"));
    }
    let ports: Vec<Value> = tcp.iter().map(|text| port(text, cli.flags.int("node-port"))).collect::<Result<_, _>>()?;
    let labels = json!({"app": name});
    let mut spec = json!({});
    if !ports.is_empty() {
        spec["ports"] = ports.into();
    }
    spec["selector"] = labels.clone();
    if !address.is_empty() {
        spec["clusterIP"] = address.into();
    }
    spec["type"] = kind.into();
    if !external.is_empty() {
        spec["externalName"] = external.into();
    }
    let fields = json!({"metadata": {"labels": labels}, "spec": spec, "status": {"loadBalancer": {}}});
    let made = Made::new(cli, known("", "v1", "services", "Service", true), &name, fields)?;
    made.create(cli, &format!("failed to create {kind} service: ")).await
}

fn port(text: &str, node_port: i64) -> Result<Value, Failure> {
    let (number, target) = text.split_once(':').unwrap_or((text, text));
    let wrong =
        |text: &str| Failure::plain(format!("strconv.ParseUint: parsing {}: invalid syntax", crate::go::quote(text)));
    let port: u16 = number.parse().map_err(|_| wrong(number))?;
    let target = int_or_text(target);
    if target.as_i64().is_some_and(|target| !(1..=65_535).contains(&target)) {
        return Err(Failure::plain("must be between 1 and 65535, inclusive"));
    }
    let mut port = json!({"name": text.replace(':', "-"), "protocol": "TCP", "port": port, "targetPort": target});
    if node_port != 0 {
        port["nodePort"] = node_port.into();
    }
    Ok(port)
}
