//! `kubectl describe` (`k8s.io/kubectl/pkg/cmd/describe`, `pkg/describe`).

mod access;
mod container;
mod generic;
mod network;
mod node;
mod other;
mod pod;
mod storage;
mod volume;
mod workload;
mod writer;

use std::rc::Rc;

use serde_json::Value;

use crate::kubectl::age;
use crate::kubectl::builder::{Info, Wanted, fetch, list, of_list, targets};
use crate::kubectl::cli::Cli;
use crate::kubectl::client::{Client, Resource};
use crate::kubectl::cmdline::{Command, Flag};
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::{FILES, known};
use writer::{Writer, items, number, string};

pub use pod::template as pod_template;
pub use workload::same_template;
pub use writer::{Writer as DescribeWriter, selector};

static FLAGS: [Flag; 4] = [
    Flag::switch("all-namespaces", "in every namespace").short('A'),
    Flag::int("chunk-size", "500", "how many objects to ask for at once; 0 is all"),
    Flag::text("selector", "only objects with these labels").short('l'),
    Flag::switch("show-events", "show what happened to the object").default("true"),
];

pub static DESCRIBE: Command = Command::leaf(
    "describe",
    "(-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME)",
    "Show objects in detail, with what happened to them",
    &[&FLAGS, &FILES],
    |cli| Box::pin(async move { describe(&cli).await }),
)
.long(
    "Show objects in detail, with what happened to them.\n\n A name may be the beginning of one: \"describe pod web\" \
     shows all pods whose names begin so, if none is called exactly that.",
)
.examples(&[("A node", "kubectl describe nodes worker1"), ("Pods by label", "kubectl describe pods -l app=web")]);

/// What a describer needs besides the object.
pub struct Context<'a> {
    pub client: &'a Client,
    pub now: i64,
    pub events: bool,
}

async fn describe(cli: &Cli) -> Result<(), Failure> {
    let files = !cli.flags.list("filename").is_empty() || cli.flags.changed("kustomize");
    if cli.args().is_empty() && !files {
        let words = "You must specify the type of resource to describe. Use \"kubectl api-resources\" for a complete \
                     list of supported resources.";
        return Err(Failure::plain(words));
    }
    let wanted = Wanted::of(cli);
    let targets = targets(cli, cli.args(), &wanted).await?;
    let (mut infos, mut failures) = fetch(cli, &targets, &wanted).await?;
    if infos.is_empty() && failures.len() == 1 && failures[0].is_not_found() {
        infos = beginning_so(cli).await?;
        if !infos.is_empty() {
            failures.clear();
        }
    }
    let client = cli.client().await?;
    let context = Context { client: &client, now: cli.now(), events: cli.flags.bool("show-events") };
    let mut written = false;
    for info in &infos {
        let text = one(&context, info).await?;
        if std::mem::replace(&mut written, true) {
            cli.print("\n\n");
        }
        cli.print(text);
    }
    if infos.is_empty() && failures.is_empty() {
        let namespaced = targets.iter().all(|target| match target {
            crate::kubectl::builder::Target::List(resource) => resource.namespaced,
            _ => true,
        });
        match namespaced && !wanted.all_namespaces {
            true => cli.eprintln(format_args!("No resources found in {} namespace.", cli.namespace()?)),
            false => cli.eprintln("No resources found"),
        }
    }
    Failure::all(failures)
}

/// Objects whose names begin with the one that was not found.
async fn beginning_so(cli: &Cli) -> Result<Vec<Info>, Failure> {
    let [kind, prefix] = cli.args() else { return Ok(Vec::new()) };
    let resource = cli.discovery().await?.find(kind).await?;
    let client = cli.client().await?;
    let all = list(&client, &resource, &cli.namespace()?, &Wanted::default(), "application/json", &[]).await;
    let all = all.map(|all| of_list(&resource, all)).unwrap_or_default();
    Ok(all.into_iter().filter(|info| info.name.starts_with(prefix)).collect())
}

async fn one(context: &Context<'_>, info: &Info) -> Result<String, Failure> {
    let object = &info.object;
    let mut w = Writer::default();
    match (info.resource.group.as_str(), info.resource.kind.as_str()) {
        ("", "Pod") => pod::pod(&mut w, object, context.now),
        ("apps", "Deployment") => workload::deployment(context, &mut w, object).await?,
        ("apps", "ReplicaSet") | ("", "ReplicationController") => {
            workload::replica_set(context, &mut w, object).await?;
        }
        ("apps", "DaemonSet") => workload::daemon_set(context, &mut w, object).await?,
        ("apps", "StatefulSet") => workload::stateful_set(context, &mut w, object).await?,
        ("batch", "Job") => workload::job(&mut w, object),
        ("batch", "CronJob") => workload::cron_job(&mut w, object),
        ("", "Service") => network::service(context, &mut w, object).await?,
        ("", "Endpoints") => network::endpoints(&mut w, object),
        ("discovery.k8s.io", "EndpointSlice") => network::endpoint_slice(&mut w, object),
        ("networking.k8s.io", "Ingress") => network::ingress(context, &mut w, object).await?,
        ("networking.k8s.io", "NetworkPolicy") => {
            network::policy(&mut w, object);
            return Ok(w.finish());
        }
        ("", "Node") => node::node(context, &mut w, object).await?,
        ("", "PersistentVolume") => storage::volume(&mut w, object, context.now),
        ("", "PersistentVolumeClaim") => storage::claim(context, &mut w, object).await?,
        ("storage.k8s.io", "StorageClass") => storage::class(&mut w, object),
        ("", "ConfigMap") => access::config_map(&mut w, object),
        ("", "Secret") => {
            access::secret(&mut w, object);
            return Ok(w.finish());
        }
        ("", "ServiceAccount") => access::service_account(&mut w, object),
        ("rbac.authorization.k8s.io", "Role" | "ClusterRole") => {
            access::role(&mut w, object);
            return Ok(w.finish());
        }
        ("rbac.authorization.k8s.io", _) => {
            access::binding(&mut w, object);
            return Ok(w.finish());
        }
        ("", "Namespace") => {
            other::namespace(context, &mut w, object).await?;
            return Ok(w.finish());
        }
        ("", "ResourceQuota") => {
            other::quota(&mut w, object);
            return Ok(w.finish());
        }
        ("", "LimitRange") => {
            other::limit_range(&mut w, object);
            return Ok(w.finish());
        }
        ("autoscaling", _) => other::autoscaler(&mut w, object),
        ("policy", "PodDisruptionBudget") => other::budget(&mut w, object),
        ("scheduling.k8s.io", "PriorityClass") => other::priority_class(&mut w, object),
        _ => generic::object(&mut w, object),
    }
    if context.events {
        let found = events(context, info).await;
        write_events(&mut w, found, context.now);
    }
    Ok(w.finish())
}

/// What happened to an object; none when they cannot be had.
async fn events(context: &Context<'_>, info: &Info) -> Vec<Value> {
    let object = &info.object;
    let mut selector = format!("involvedObject.name={}", info.name);
    if info.resource.namespaced {
        selector = format!("{selector},involvedObject.namespace={}", info.namespace);
    }
    selector = format!("{selector},involvedObject.kind={}", info.resource.kind);
    let uid = string(&object["metadata"]["uid"]);
    // A node's events name it by its name.
    if !uid.is_empty() && info.resource.kind != "Node" {
        selector = format!("{selector},involvedObject.uid={uid}");
    }
    let namespace = if info.resource.namespaced { info.namespace.as_str() } else { "" };
    listed(context, known("", "v1", "events", "Event", true), namespace, "", &selector).await.unwrap_or_default()
}

/// Objects by labels and fields; an empty namespace is all of them.
pub async fn listed(
    context: &Context<'_>,
    resource: Resource,
    namespace: &str,
    labels: &str,
    fields: &str,
) -> Result<Vec<Value>, Failure> {
    let wanted = Wanted {
        all_namespaces: namespace.is_empty(),
        label_selector: labels.to_owned(),
        field_selector: fields.to_owned(),
        ..Wanted::default()
    };
    let found = list(context.client, &resource, namespace, &wanted, "application/json", &[]).await?;
    Ok(of_list(&Rc::new(resource), found).into_iter().map(|info| info.object).collect())
}

fn write_events(w: &mut Writer, mut events: Vec<Value>, now: i64) {
    if events.is_empty() {
        w.field(0, "Events", "<none>");
        return;
    }
    w.flush();
    events.sort_by_key(|event| string(&event["lastTimestamp"]));
    w.line(0, "Events:\n  Type\tReason\tAge\tFrom\tMessage");
    w.line(1, "----\t------\t----\t----\t-------");
    for event in &events {
        let first = if event["eventTime"].is_string() { &event["eventTime"] } else { &event["firstTimestamp"] };
        let first = age::since(first.as_str(), now);
        let interval = match (&event["series"], number(&event["count"])) {
            (series, _) if series.is_object() => {
                let last = age::since(series["lastObservedTime"].as_str(), now);
                format!("{last} (x{} over {first})", number(&series["count"]))
            }
            (_, count) if count > 1 => {
                format!("{} (x{count} over {first})", age::since(event["lastTimestamp"].as_str(), now))
            }
            _ => first,
        };
        let from = match string(&event["source"]["component"]) {
            from if from.is_empty() => string(&event["reportingComponent"]),
            from => from,
        };
        let (kind, reason) = (string(&event["type"]), string(&event["reason"]));
        let message = string(&event["message"]);
        let message = match string(&event["involvedObject"]["fieldPath"]) {
            path if path.is_empty() => message.trim().to_owned(),
            path => format!("{path}: {}", message.trim()),
        };
        w.line(1, format_args!("{kind}\t{reason}\t{interval}\t{from}\t{message}"));
    }
}

/// The fields that most objects begin with.
fn head(w: &mut Writer, object: &Value) {
    w.field(0, "Name", string(&object["metadata"]["name"]));
    w.some(0, "Namespace", &string(&object["metadata"]["namespace"]));
}

fn marks(w: &mut Writer, object: &Value) {
    w.labels("Labels", &object["metadata"]["labels"]);
    w.annotations("Annotations", &object["metadata"]["annotations"]);
}

/// `Conditions` with type, status and reason.
fn conditions(w: &mut Writer, object: &Value) {
    let all = items(&object["status"]["conditions"]);
    if all.is_empty() {
        return;
    }
    w.line(0, "Conditions:\n  Type\tStatus\tReason");
    w.line(1, "----\t------\t------");
    for one in all {
        let (kind, status, reason) = (string(&one["type"]), string(&one["status"]), string(&one["reason"]));
        w.line(1, format_args!("{kind} \t{status}\t{reason}"));
    }
}
