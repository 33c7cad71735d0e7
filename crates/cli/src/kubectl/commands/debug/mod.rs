//! `kubectl debug`: a container beside those of a pod, a copy of a pod, or a pod on a node
//! (`k8s.io/kubectl/pkg/cmd/debug`).

mod profile;

use std::rc::Rc;

use serde_json::{Value, json};

use super::attach;
use super::rare::Rare;
use crate::go;
use crate::kubectl::builder::{Info, Wanted, find};
use crate::kubectl::change::STRATEGIC;
use crate::kubectl::cli::Cli;
use crate::kubectl::client::{Body, query};
use crate::kubectl::cmdline::{Command, Flag};
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::{image_fits, known};
use profile::{Keeps, Profile, Style};

static FLAGS: [Flag; 25] = [
    Flag::switch("arguments-only", "what follows -- are arguments, not the command"),
    Flag::switch("attach", "attach to the container once it runs; with -i that is so anyway"),
    Flag::text("container", "name of the container").short('c'),
    Flag::text("copy-to", "make a copy of the pod with this name"),
    Flag::text("custom", "file of a part of a container that changes the profile's"),
    Flag::list("env", "variables of the container, as NAME=VALUE"),
    Flag::list("filename", "file that names the object").short('f'),
    Flag::text("image", "image of the container"),
    Flag::text("image-pull-policy", "when the image is pulled"),
    Flag::switch("keep-annotations", "with --copy-to: keep the annotations"),
    Flag::switch("keep-init-containers", "with --copy-to: run the init containers").default("true"),
    Flag::switch("keep-labels", "with --copy-to: keep the labels"),
    Flag::switch("keep-liveness", "with --copy-to: keep liveness probes"),
    Flag::switch("keep-readiness", "with --copy-to: keep readiness probes"),
    Flag::switch("keep-startup", "with --copy-to: keep startup probes"),
    Flag::text("profile", "general, baseline, restricted, netadmin or sysadmin").default("general"),
    Flag::switch("quiet", "show only what the container writes").short('q'),
    Flag::switch("replace", "with --copy-to: delete the pod itself"),
    Flag::switch("same-node", "with --copy-to: run the copy on the same node"),
    Flag::list("set-image", "with --copy-to: other images, as CONTAINER=IMAGE; * means all containers"),
    Flag::switch("share-processes", "with --copy-to: let containers see each other's processes").default("true"),
    Flag::switch("stdin", "pass standard input on").short('i'),
    Flag::text("target", "container whose processes the new one shall see"),
    Flag::switch("tty", "give the container a terminal").short('t'),
    Flag::switch("recursive", "read directories below too").short('R'),
];

pub static DEBUG: Command = Command::leaf(
    "debug",
    "(POD | TYPE[[.VERSION].GROUP]/NAME) [ -- COMMAND [args...] ]",
    "Look into pods and nodes with a container of its own",
    &[&FLAGS],
    |cli| Rare::Debug.run(cli),
)
.long(
    "Look into pods and nodes with a container of its own.\n\n To a pod an ephemeral container is added, or a copy of \
     the pod is made. On a node a pod is started that sees the node's network and processes, and its files at /host.",
)
.examples(&[
    ("A shell beside a pod's containers", "kubectl debug web -it --image=busybox"),
    ("A copy of a pod with another image", "kubectl debug web --copy-to=web-debug --set-image=*=busybox"),
    ("A shell on a node", "kubectl debug node/worker1 -it --image=busybox"),
]);

pub async fn debug(cli: &Cli) -> Result<(), Failure> {
    let flags = &cli.flags;
    let names = flags.before_dash();
    let command = &flags.args[names.len()..];
    let profile = Profile::of(flags.text("profile"))?;
    check(cli, names, command)?;
    let wanted = Wanted { default_type: Some("pods"), ..Wanted::default() };
    let (infos, failures) = find(cli, names, &wanted).await?;
    for info in &infos {
        let (made, container) = match (info.resource.kind.as_str(), flags.text("copy-to")) {
            ("Node", _) => on_node(cli, info, command, profile).await?,
            ("Pod", "") => beside(cli, info, command, profile).await?,
            ("Pod", _) => copied(cli, info, command, profile).await?,
            _ => return Err(Failure::plain(format!("{} not supported by debug", go::quote(&info.resource.gvk())))),
        };
        let attaches = flags.bool("attach") || (flags.bool("stdin") && !flags.changed("attach"));
        if attaches && !container.is_empty() {
            attach::to_new_container(cli, &made, &container).await?;
        }
    }
    Failure::all(failures)
}

fn check(cli: &Cli, names: &[String], command: &[String]) -> Result<(), Failure> {
    let flags = &cli.flags;
    let (image, container) = (flags.text("image"), flags.text("container"));
    let copies = !flags.text("copy-to").is_empty();
    let set = flags.list("set-image");
    let wrong = match () {
        () if flags.bool("attach") && image.is_empty() && container.is_empty() => {
            "you must specify --container or create a new container using --image in order to attach."
        }
        () if copies && image.is_empty() && set.is_empty() && command.is_empty() => {
            "you must specify --image, --set-image or command arguments."
        }
        () if copies && !command.is_empty() && container.is_empty() && image.is_empty() => {
            "you must specify an existing container or a new image when specifying args."
        }
        () if !copies && flags.bool("replace") => "--replace may only be used with --copy-to.",
        () if !copies && flags.bool("same-node") => "--same-node may only be used with --copy-to.",
        () if !copies && !set.is_empty() => "--set-image may only be used with --copy-to.",
        () if !copies && image.is_empty() => "you must specify --image when not using --copy-to.",
        () if !image.is_empty() && !image_fits(image) => {
            let words = format!("invalid image name {}: invalid reference format", go::quote(image));
            return Err(Failure::plain(words));
        }
        () if names.is_empty() && flags.list("filename").is_empty() => "NAME or filename is required for debug",
        () if !matches!(flags.text("image-pull-policy"), "" | "Always" | "IfNotPresent" | "Never") => {
            return Err(Failure::plain(format!("invalid image pull policy: {}", flags.text("image-pull-policy"))));
        }
        () if copies && !flags.text("target").is_empty() => {
            "--target is incompatible with --copy-to. Use --share-processes instead."
        }
        () if flags.bool("tty") && !flags.bool("stdin") => "-i/--stdin is required for containers with -t/--tty=true",
        () => "",
    };
    if !wrong.is_empty() {
        return Err(Failure::plain(wrong));
    }
    let target = flags.text("target");
    if !target.is_empty() && !flags.bool("quiet") {
        cli.println(format_args!(
            "Targeting container {}. If you don't see processes from this container it may be because the container \
             runtime doesn't support this feature.",
            go::quote(target)
        ));
    }
    Ok(())
}

/// Five letters, as the server makes them for generated names.
fn suffix(cli: &Cli) -> String {
    const LETTERS: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";
    let mut random = cli.process.random();
    let mut letter = || {
        let at = (random % 27) as usize;
        random /= 27;
        char::from(LETTERS[at])
    };
    (0..5).map(|_| letter()).collect()
}

/// The container's name: the one that is asked for, or a new one.
fn container_name(cli: &Cli) -> String {
    let given = cli.flags.text("container");
    if !given.is_empty() {
        return given.to_owned();
    }
    let name = format!("debugger-{}", suffix(cli));
    if !cli.flags.bool("quiet") {
        cli.println(format_args!("Defaulting debug container name to {name}."));
    }
    name
}

/// Sets what the flags say of a container.
fn fill(cli: &Cli, command: &[String], container: &mut Value) {
    let flags = &cli.flags;
    let env: Vec<Value> = flags
        .list("env")
        .iter()
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| json!({"name": name, "value": value}))
        .collect();
    if !env.is_empty() {
        container["env"] = env.into();
    }
    for (field, flag) in [("image", "image"), ("imagePullPolicy", "image-pull-policy")] {
        if !flags.text(flag).is_empty() {
            container[field] = flags.text(flag).into();
        }
    }
    if !command.is_empty() {
        let by_argument = flags.bool("arguments-only");
        container[if by_argument { "args" } else { "command" }] = command.into();
        if let (false, Some(fields)) = (by_argument, container.as_object_mut()) {
            fields.shift_remove("args");
        }
    }
    for (field, flag) in [("stdin", "stdin"), ("tty", "tty")] {
        if flags.bool(flag) {
            container[field] = true.into();
        } else if let Some(fields) = container.as_object_mut() {
            fields.shift_remove(field);
        }
    }
}

/// The profile's changes, and those of `--custom`.
fn apply(cli: &Cli, profile: Profile, style: Style, spec: &mut Value, container: &mut Value) -> Result<(), Failure> {
    profile.apply(style, spec, container);
    let file = cli.flags.text("custom");
    if file.is_empty() {
        return Ok(());
    }
    let bytes = cli.read(file).map_err(|why| {
        Failure::plain(format!("must pass a container spec json file for custom profile: open {file}: {why}"))
    })?;
    let custom = yaml::documents(&String::from_utf8_lossy(&bytes))
        .map_err(|why| Failure::plain(format!("{file} does not contain a valid container spec: {why}")))?;
    let custom = custom.into_iter().next().unwrap_or_default();
    if ["name", "command", "image", "lifecycle", "volumeDevices"].iter().any(|field| !custom[*field].is_null()) {
        let words = "name, command, image, lifecycle and volume devices are not modifiable via custom profile";
        return Err(Failure::plain(words));
    }
    *container = crate::kubectl::merge::strategic(container.take(), &custom);
    Ok(())
}

/// Adds a container to a pod.
async fn beside(cli: &Cli, pod: &Info, command: &[String], profile: Profile) -> Result<(Info, String), Failure> {
    let name = container_name(cli);
    let mut container = json!({"name": name, "terminationMessagePolicy": "File", "resources": {}});
    fill(cli, command, &mut container);
    let target = cli.flags.text("target");
    if !target.is_empty() {
        container["targetContainerName"] = target.into();
    }
    apply(cli, profile, Style::Beside, &mut json!({}), &mut container)?;
    let patch = json!({"spec": {"ephemeralContainers": [container]}}).to_string();
    let path = format!("{}/ephemeralcontainers", pod.path());
    let object = cli.client().await?.send("PATCH", &path, Body::Patch(STRATEGIC, patch)).await?;
    Ok((Info { object, ..pod.clone() }, name))
}

/// Starts a pod on a node.
async fn on_node(cli: &Cli, node: &Info, command: &[String], profile: Profile) -> Result<(Info, String), Failure> {
    let container = match cli.flags.text("container") {
        "" => "debugger",
        name => name,
    };
    let name = format!("node-debugger-{}-{}", node.name, suffix(cli));
    if !cli.flags.bool("quiet") {
        let node = &node.name;
        cli.println(format_args!("Creating debugging pod {name} with container {container} on node {node}."));
    }
    let mut made = json!({"name": container, "resources": {}, "terminationMessagePolicy": "File"});
    fill(cli, command, &mut made);
    let mut spec = json!({"containers": [], "nodeName": node.name, "restartPolicy": "Never",
        "tolerations": [{"operator": "Exists"}]});
    apply(cli, profile, Style::Node, &mut spec, &mut made)?;
    spec["containers"] = json!([made]);
    let pod = json!({"kind": "Pod", "apiVersion": "v1", "spec": spec,
        "metadata": {"name": name, "labels": {"app.kubernetes.io/managed-by": "kubectl-debug"}}});
    Ok((create(cli, &cli.namespace()?, &pod).await?, container.to_owned()))
}

async fn create(cli: &Cli, namespace: &str, pod: &Value) -> Result<Info, Failure> {
    let resource = Rc::new(known("", "v1", "pods", "Pod", true));
    let path = format!("{}?{}", resource.path(namespace), query(&[("fieldManager", "kubectl-debug")]));
    let object = cli.client().await?.send("POST", &path, Body::Json(pod)).await?;
    let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    Ok(Info { resource, namespace: namespace.to_owned(), name, object, source: String::new() })
}

/// Makes a copy of a pod.
async fn copied(cli: &Cli, pod: &Info, command: &[String], profile: Profile) -> Result<(Info, String), Failure> {
    let flags = &cli.flags;
    let mut metadata = json!({"name": flags.text("copy-to"), "namespace": pod.namespace});
    let mut spec = pod.object["spec"].clone();
    if let Some(fields) = spec.as_object_mut() {
        fields.shift_remove("ephemeralContainers");
        if !flags.bool("same-node") {
            fields.shift_remove("nodeName");
        }
    }
    if flags.changed("share-processes") {
        spec["shareProcessNamespace"] = flags.bool("share-processes").into();
    }
    let images: Vec<(String, String)> = flags
        .list("set-image")
        .iter()
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, image)| (name.to_owned(), image.to_owned()))
        .collect();
    if let Some((name, image)) = images.iter().find(|(_, image)| !image_fits(image)) {
        let (image, name) = (go::quote(image), go::quote(name));
        let words = format!("invalid image name {image} for container {name}: invalid reference format");
        return Err(Failure::plain(words));
    }
    let mut containers = spec["containers"].as_array().cloned().unwrap_or_default();
    for container in &mut containers {
        let of = |wanted: &str| images.iter().find(|(name, _)| name == wanted).map(|(_, image)| image.as_str());
        let name = container["name"].as_str().unwrap_or_default().to_owned();
        if let Some(image) = of(&name).or(of("*")) {
            container["image"] = image.into();
        }
    }
    let keeps = Keeps::of(flags);
    let asked = flags.text("container");
    let at = containers.iter().position(|one| !asked.is_empty() && one["name"] == asked);
    let mut name = String::new();
    if at.is_some() || !flags.text("image").is_empty() {
        let mut container = match at {
            Some(at) => containers.remove(at),
            None => json!({"name": container_name(cli), "terminationMessagePolicy": "File", "resources": {}}),
        };
        fill(cli, command, &mut container);
        apply(cli, profile, Style::Copy, &mut spec, &mut container)?;
        name = container["name"].as_str().unwrap_or_default().to_owned();
        containers.insert(at.unwrap_or(containers.len()), container);
        keeps.strip(&mut spec, &mut containers);
    } else if images.is_empty() {
        return Err(Failure::plain("you must specify image when creating new container"));
    }
    // Where images are all that changes, the profile has no container to change, and nothing is taken away.
    for (field, kept) in
        [("labels", keeps.labels || name.is_empty()), ("annotations", keeps.annotations || name.is_empty())]
    {
        if kept && pod.object["metadata"][field].is_object() {
            metadata[field] = pod.object["metadata"][field].clone();
        }
    }
    spec["containers"] = containers.into();
    let copy = json!({"kind": "Pod", "apiVersion": "v1", "metadata": metadata, "spec": spec});
    let made = create(cli, &pod.namespace, &copy).await?;
    if flags.bool("replace") {
        let path = format!("{}?gracePeriodSeconds=0", pod.path());
        cli.client().await?.send("DELETE", &path, Body::None).await?;
    }
    Ok((made, name))
}
