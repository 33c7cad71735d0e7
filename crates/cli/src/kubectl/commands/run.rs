//! `kubectl run`: a pod from an image (`k8s.io/kubectl/pkg/cmd/run`).

use std::rc::Rc;

use serde_json::{Value, json};

use crate::kubectl::builder::Info;
use crate::kubectl::cli::Cli;
use crate::kubectl::client::{Body, query};
use crate::kubectl::cmdline::{Command, Flag, Kind};
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::{DRY_RUN, DryRun, LAST_APPLIED, PRINT, annotate, image_fits, known, pairs};
use crate::kubectl::merge;
use crate::kubectl::print::json::{Order, compact_kept};
use crate::kubectl::print::{Format, name};

static FLAGS: [Flag; 24] = [
    Flag::array("annotations", "annotations of the pod as KEY=value"),
    Flag::switch("attach", "wait for the pod and attach to it"),
    Flag::switch("command", "take the words after -- as the command, not its arguments"),
    Flag::array("env", "environment variable as KEY=value"),
    Flag::switch("expose", "make a service for the pod; needs --port"),
    Flag::text("field-manager", "who is said to have set the fields").default("kubectl-run"),
    Flag::switch("force", "with --rm: delete at once"),
    Flag::int("grace-period", "-1", "with --rm: seconds the pod may take to end"),
    Flag::text("image", "image of the container"),
    Flag::text("image-pull-policy", "when the image is pulled: Always, IfNotPresent or Never"),
    Flag::text("labels", "labels of the pod as KEY=value pairs").short('l'),
    Flag::switch("leave-stdin-open", "with -i: keep the container's input open"),
    Flag::text("override-type", "how --overrides is merged: json, merge or strategic").default("merge"),
    Flag::text("overrides", "JSON to merge into the object"),
    Flag::new("pod-running-timeout", Kind::Duration, "1m0s", "how long to wait for the pod"),
    Flag::text("port", "port that the container exposes"),
    Flag::switch("privileged", "run the container privileged"),
    Flag::switch("quiet", "say nothing about it").short('q'),
    Flag::text("restart", "restart policy of the pod: Always, OnFailure or Never").default("Always"),
    Flag::switch("rm", "delete the pod when the attached session ends"),
    Flag::switch("save-config", "remember the object for a later apply"),
    Flag::switch("stdin", "keep the container's input open").short('i'),
    Flag::switch("tty", "give the container a terminal").short('t'),
    Flag::new("timeout", Kind::Duration, "0s", "with --rm: how long to wait for the deletion"),
];

pub static RUN: Command = Command::leaf(
    "run",
    "NAME --image=image [--env=\"key=value\"] [--port=port] [--dry-run=server|client] [--overrides=inline-json] [--command] -- [COMMAND] [args...]",
    "Run an image in a pod",
    &[&FLAGS, &DRY_RUN, &PRINT],
    |cli| Box::pin(async move { run(&cli).await }),
)
.examples(&[
    ("A web server", "kubectl run web --image=nginx"),
    ("A command that ends", "kubectl run job --image=busybox --restart=Never -- sh -c 'echo hello'"),
]);

async fn run(cli: &Cli) -> Result<(), Failure> {
    let flags = &cli.flags;
    let Some((pod_name, arguments)) = flags.args.split_first().filter(|_| flags.dash != Some(0)) else {
        return Err(cli.usage("NAME is required for run"));
    };
    check(cli)?;
    let format = Format::of(cli)?;
    let labels = match flags.text("labels") {
        "" => json!({"run": pod_name}),
        text => Value::Object(pairs(text)?),
    };
    let mut pod = pod(cli, pod_name, &labels, arguments)?;
    pod = overridden(cli, pod)?;
    let dry = DryRun::of(cli)?;
    let mut made = vec![("pods", pod)];
    if flags.bool("expose") {
        made.push(("services", service(cli, pod_name, &labels)));
    }
    let (mut done, mut failures) = (Vec::new(), Vec::new());
    for (plural, mut object) in made {
        if dry == DryRun::Client {
            if cli.explicit_namespace() {
                object["metadata"]["namespace"] = cli.namespace()?.into();
            }
            done.push(object);
            continue;
        }
        if flags.bool("save-config") {
            let text = compact_kept(&object) + "\n";
            annotate(&mut object, LAST_APPLIED, &text);
        }
        let pairs = [("dryRun", dry.query()), ("fieldManager", flags.text("field-manager"))];
        let path = known("", "v1", plural, "", true).path(&cli.namespace()?);
        match cli.client().await?.send("POST", &format!("{path}?{}", query(&pairs)), Body::Json(&object)).await {
            Ok(object) => done.push(object),
            // Without its pod there is no service either.
            Err(failure) if plural == "pods" => return Err(failure),
            Err(failure) => failures.push(failure),
        }
    }
    if dry == DryRun::No && (flags.bool("attach") || (flags.bool("stdin") && !flags.changed("attach"))) {
        let made = Info {
            resource: Rc::new(known("", "v1", "pods", "Pod", true)),
            namespace: cli.namespace()?,
            name: pod_name.clone(),
            object: done.swap_remove(0),
            source: String::new(),
        };
        return super::attach::to_new_pod(cli, &made).await;
    }
    // The service is named first.
    for object in done.into_iter().rev() {
        let text = match &format {
            Format::Human { .. } => format!("{} created{}\n", name(&object), dry.note()),
            format => format.object(cli, &object, Order::Kept)?,
        };
        cli.print(text);
    }
    Failure::all(failures)
}

fn check(cli: &Cli) -> Result<(), Failure> {
    let flags = &cli.flags;
    let image = flags.text("image");
    if image.is_empty() {
        return Err(Failure::plain("--image is required"));
    }
    let path = image.split(['@', ':']).next().unwrap_or_default();
    let upper = path.rsplit('/').next().is_some_and(|last| last.contains(|c: char| c.is_ascii_uppercase()));
    if upper {
        let words = "invalid reference format: repository name";
        return Err(Failure::plain(format!(
            "Invalid image name {}: {words} ({path}) must be lowercase",
            crate::go::quote(image)
        )));
    }
    if !image_fits(image) {
        return Err(Failure::plain(format!(
            "Invalid image name {}: invalid reference format",
            crate::go::quote(image)
        )));
    }
    if flags.bool("expose") && flags.text("port").is_empty() {
        return Err(Failure::plain("--port must be set when exposing a service"));
    }
    let attaches = flags.bool("attach") || flags.bool("stdin");
    if flags.bool("tty") && !flags.bool("stdin") {
        return Err(Failure::plain("-i/--stdin is required for containers with -t/--tty=true"));
    }
    if flags.bool("rm") && !attaches {
        return Err(Failure::plain("--rm should only be used for attached containers"));
    }
    if !matches!(flags.text("restart"), "Always" | "OnFailure" | "Never") {
        return Err(cli.usage(format_args!("invalid restart policy: {}", flags.text("restart"))));
    }
    if !matches!(flags.text("image-pull-policy"), "" | "Always" | "IfNotPresent" | "Never") {
        return Err(Failure::plain(format!("invalid image pull policy: {}", flags.text("image-pull-policy"))));
    }
    Ok(())
}

fn pod(cli: &Cli, name: &str, labels: &Value, arguments: &[String]) -> Result<Value, Failure> {
    let flags = &cli.flags;
    let mut container = json!({"name": name, "image": flags.text("image")});
    if !arguments.is_empty() {
        let field = if flags.bool("command") { "command" } else { "args" };
        container[field] = arguments.into();
    }
    if !flags.text("port").is_empty() {
        let port: i32 = flags.text("port").parse().map_err(|_| {
            let words = crate::go::parse_int(flags.text("port"), 10).err().map(|e| e.to_string()).unwrap_or_default();
            Failure::plain(words)
        })?;
        container["ports"] = json!([{"containerPort": port}]);
    }
    let mut env = Vec::new();
    for text in flags.list("env") {
        match text.split_once('=') {
            Some((key, value)) if !key.is_empty() => env.push(json!({"name": key, "value": value})),
            _ => return Err(Failure::plain(format!("invalid env: {text}"))),
        }
    }
    if !env.is_empty() {
        container["env"] = env.into();
    }
    container["resources"] = json!({});
    if !flags.text("image-pull-policy").is_empty() {
        container["imagePullPolicy"] = flags.text("image-pull-policy").into();
    }
    if flags.bool("stdin") {
        container["stdin"] = true.into();
        container["stdinOnce"] = (!flags.bool("leave-stdin-open")).into();
    }
    if flags.bool("tty") {
        container["tty"] = true.into();
    }
    if flags.bool("privileged") {
        container["securityContext"] = json!({"privileged": true});
    }
    let mut metadata = json!({"name": name, "labels": labels});
    let annotations = flags.list("annotations").join(",");
    if !annotations.is_empty() {
        metadata["annotations"] = pairs(&annotations)?.into();
    }
    Ok(json!({
        "kind": "Pod", "apiVersion": "v1", "metadata": metadata,
        "spec": {"containers": [container], "restartPolicy": flags.text("restart"), "dnsPolicy": "ClusterFirst"},
        "status": {},
    }))
}

fn overridden(cli: &Cli, pod: Value) -> Result<Value, Failure> {
    let text = cli.flags.text("overrides");
    if text.is_empty() {
        return Ok(pod);
    }
    let patch: Value =
        serde_json::from_str(text).map_err(|error| Failure::plain(format!("invalid overrides: {error}")))?;
    Ok(match cli.flags.text("override-type") {
        "merge" => merge::merge(pod, &patch),
        "strategic" => merge::strategic(pod, &patch),
        "json" => merge::json_patch(pod, &patch).map_err(Failure::plain)?,
        other => {
            let words = format!("invalid merge type: {other}");
            return Err(Failure::plain(words));
        }
    })
}

fn service(cli: &Cli, name: &str, labels: &Value) -> Value {
    let port: i64 = cli.flags.text("port").parse().unwrap_or(0);
    json!({
        "kind": "Service", "apiVersion": "v1", "metadata": {"name": name},
        "spec": {"ports": [{"protocol": "TCP", "port": port, "targetPort": port}], "selector": labels},
        "status": {"loadBalancer": {}},
    })
}
