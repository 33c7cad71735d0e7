//! `kubectl create deployment`.

use std::rc::Rc;

use serde_json::{Value, json};

use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::{Command, Flag, RunFuture};
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::{DRY_RUN, MAKE, Made, PRINT, known, one_name};

static FLAGS: [Flag; 3] = [
    Flag::list("image", "images of the containers"),
    Flag::int("port", "-1", "port that the containers expose"),
    Flag::int("replicas", "1", "how many pods there shall be").short('r'),
];

pub static DEPLOYMENT: Command = Command::leaf(
    "deployment",
    "NAME --image=image -- [COMMAND] [args...]",
    "Make a deployment",
    &[&FLAGS, &DRY_RUN, &PRINT, &MAKE],
    run,
)
.aliases(&["deploy"])
.examples(&[("Three pods of nginx", "kubectl create deployment web --image=nginx --replicas=3")]);

fn run(cli: Rc<Cli>) -> RunFuture {
    Box::pin(async move { create(&cli).await })
}

async fn create(cli: &Cli) -> Result<(), Failure> {
    let name = one_name(cli)?;
    let images = cli.flags.list("image");
    if !cli.flags.changed("image") {
        return Err(Failure::plain("required flag(s) \"image\" not set"));
    }
    let command = cli.flags.args.get(1..).unwrap_or_default();
    if images.len() > 1 && !command.is_empty() {
        return Err(Failure::plain("cannot specify multiple --image options and command"));
    }
    let port = cli.flags.int("port");
    let containers: Vec<Value> = images.iter().map(|image| container(cli, image, command, port)).collect();
    let labels = json!({"app": name});
    let made = Made::new(
        cli,
        known("apps", "v1", "deployments", "Deployment", true),
        &name,
        json!({
            "metadata": {"labels": labels},
            "spec": {
                "replicas": cli.flags.int("replicas"),
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": {"containers": containers}},
                "strategy": {},
            },
            "status": {},
        }),
    )?;
    made.create(cli, "failed to create deployment: ").await
}

fn container(cli: &Cli, image: &str, command: &[String], port: i64) -> Value {
    // The image's last part without tag and digest is the container's name.
    let last = image.rsplit('/').next().unwrap_or(image);
    let mut name: String = last.split(['@', ':']).next().unwrap_or(last).replace('_', "-");
    if cli.flags.list("image").iter().filter(|other| other.as_str() == image).count() > 1 {
        name = format!("{name}-{:05x}", cli.process.random() & 0xf_ffff);
    }
    let mut container = json!({"name": name, "image": image});
    if !command.is_empty() {
        container["command"] = command.into();
    }
    if port >= 0 {
        container["ports"] = json!([{"containerPort": port}]);
    }
    container["resources"] = json!({});
    container
}
