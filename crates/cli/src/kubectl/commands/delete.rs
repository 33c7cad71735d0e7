//! `kubectl delete` (`k8s.io/kubectl/pkg/cmd/delete`).

use serde_json::{Value, json};
use shell::{Either, race};

use crate::kubectl::builder::{Info, NOTHING_NAMED, Target, Wanted, fetch, targets};
use crate::kubectl::cli::Cli;
use crate::kubectl::client::{Body, query};
use crate::kubectl::cmdline::{Command, Flag, Kind};
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::{DRY_RUN, DryRun, FILES};

static FLAGS: [Flag; 15] = [
    Flag::switch("all", "delete all objects of the type in the namespace"),
    Flag::switch("all-namespaces", "with --all or selectors: in every namespace").short('A'),
    Flag::text("cascade", "what becomes of dependents: background, orphan or foreground")
        .default("background")
        .bare("background"),
    Flag::text("field-selector", "delete objects whose fields are so"),
    Flag::switch("force", "forget the object at once, without waiting for its end"),
    Flag::int("grace-period", "-1", "seconds that it may take to end; 1 is at once"),
    Flag::switch("ignore-not-found", "treat objects that do not exist as deleted"),
    Flag::switch("interactive", "ask before each deletion").short('i'),
    Flag::switch("now", "let it end at once: --grace-period=1"),
    Flag::text("output", "name for short messages").short('o'),
    Flag::text("raw", "address on the server to delete, as it is"),
    Flag::text("selector", "delete objects with these labels").short('l'),
    Flag::new("timeout", Kind::Duration, "0s", "how long to wait for the end; 0 is as long as it takes"),
    Flag::switch("wait", "wait until the objects are gone").default("true"),
    Flag::switch("quiet", "say nothing"),
];

pub static DELETE: Command = Command::leaf(
    "delete",
    "([-f FILENAME] | [-k DIRECTORY] | TYPE [(NAME | -l label | --all)])",
    "Delete objects by file, name or label",
    &[&FLAGS, &FILES, &DRY_RUN],
    |cli| Box::pin(async move { delete(&cli).await }),
)
.long(
    "Delete objects by file, name or label.\n\n Objects may take a while to end; the command waits for them. With \
     --force and --grace-period=0 the server forgets a pod although its containers may still run.",
)
.examples(&[
    ("What a file describes", "kubectl delete -f ./pod.json"),
    ("Two pods", "kubectl delete pod web db"),
    ("By label", "kubectl delete pods,services -l app=web"),
]);

/// How often an object that is being deleted is looked at, in microseconds.
const LOOK: u64 = 250_000;

async fn delete(cli: &Cli) -> Result<(), Failure> {
    let flags = &cli.flags;
    if flags.changed("raw") {
        let answer = cli.client().await?.call("DELETE", flags.text("raw"), "application/json", Body::None).await?;
        cli.print(answer);
        return Ok(());
    }
    let grace = grace(cli)?;
    let all = flags.bool("all");
    let selects = flags.changed("selector") || flags.changed("field-selector");
    let dry = DryRun::of(cli)?;
    let propagation = match flags.text("cascade") {
        "background" | "true" => "Background",
        "foreground" => "Foreground",
        "orphan" | "false" => "Orphan",
        other => {
            let words =
                format!("invalid cascade value ({other}). Must be \"background\", \"foreground\", or \"orphan\"");
            return Err(Failure::plain(words));
        }
    };
    let files = !flags.list("filename").is_empty() || flags.changed("kustomize");
    if all && selects {
        return Err(Failure::plain("setting 'all' parameter but found a non empty selector. "));
    }
    if cli.args().is_empty() && !files {
        return Err(Failure::plain(NOTHING_NAMED));
    }
    if !matches!(flags.text("output"), "" | "name") {
        let words = format!("unexpected -o output mode: {}. We only support '-o name'", flags.text("output"));
        return Err(Failure::plain(words));
    }
    let wanted = Wanted { type_alone: all, ..Wanted::of(cli) };
    let targets = targets(cli, cli.args(), &wanted).await?;
    if all && targets.iter().any(|target| matches!(target, Target::Named { .. })) {
        return Err(Failure::plain("name cannot be provided when a selector is specified"));
    }
    if grace == 0 && flags.bool("force") {
        cli.eprintln(
            "Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. \
             The resource may continue to run on the cluster indefinitely.",
        );
    }
    let mut failures = Vec::new();
    let infos = infos(cli, &targets, &wanted, &mut failures).await?;
    if flags.bool("interactive") && !confirmed(cli, &infos).await {
        return Ok(());
    }
    let deletion = Deletion { cli, grace, propagation, dry };
    let ignore = flags.bool("ignore-not-found") || ((all || selects) && !flags.changed("ignore-not-found"));
    let mut gone = Vec::new();
    let (mut found, mut warn) = (0, cli.explicit_namespace() && !wanted.all_namespaces);
    for info in infos {
        if std::mem::take(&mut warn) {
            match info.resource.namespaced {
                true => warn = true,
                false => {
                    cli.eprintln("Warning: deleting cluster-scoped resources, not scoped to the provided namespace")
                }
            }
        }
        match deletion.one(&info).await {
            Ok(uid) => {
                found += 1;
                gone.push((info, uid));
            }
            Err(failure) if failure.is_not_found() && ignore => {}
            Err(failure @ Failure::Url { .. }) => return Err(failure),
            Err(failure) => failures.push(failure),
        }
    }
    let named = targets.iter().any(|target| !matches!(target, Target::List(_)));
    Failure::all(failures)?;
    if found == 0 && !named {
        cli.print("No resources found\n");
        return Ok(());
    }
    if flags.bool("wait") && dry == DryRun::No {
        wait(cli, gone).await?;
    }
    Ok(())
}

fn grace(cli: &Cli) -> Result<i64, Failure> {
    let (mut grace, force) = (cli.flags.int("grace-period"), cli.flags.bool("force"));
    if cli.flags.bool("now") {
        if grace != -1 {
            return Err(Failure::plain("--now and --grace-period cannot be specified together"));
        }
        grace = 1;
    }
    if grace > 0 && force {
        return Err(Failure::plain("--force and --grace-period greater than 0 cannot be specified together"));
    }
    Ok(match (grace, force) {
        // Nothing is lost by accident: zero alone means one.
        (0, false) => 1,
        (grace, true) if grace < 0 => 0,
        (grace, _) => grace,
    })
}

/// What is to be deleted. Single objects are not looked at before.
async fn infos(
    cli: &Cli,
    targets: &[Target],
    wanted: &Wanted,
    failures: &mut Vec<Failure>,
) -> Result<Vec<Info>, Failure> {
    let mut infos = Vec::new();
    for target in targets {
        let (resource, namespace, name, source) = match target {
            Target::List(_) => {
                let (found, failed) = fetch(cli, std::slice::from_ref(target), wanted).await?;
                infos.extend(found);
                failures.extend(failed);
                continue;
            }
            Target::Named { resource, namespace, name } => (resource, namespace, name.clone(), String::new()),
            Target::Described { resource, namespace, object, source } => {
                let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
                (resource, namespace, name, source.clone())
            }
        };
        let (resource, namespace) = (resource.clone(), namespace.clone());
        infos.push(Info { resource, namespace, name, object: Value::Null, source });
    }
    Ok(infos)
}

async fn confirmed(cli: &Cli, infos: &[Info]) -> bool {
    cli.print(format!("You are about to delete the following {} resource(s):\n", infos.len()));
    infos.iter().for_each(|info| cli.println(info.title()));
    cli.print("Do you want to continue? (y/N): ");
    let answer = cli.process.stdin.read_line(1_024).await.ok().flatten().unwrap_or_default();
    let yes = String::from_utf8_lossy(&answer).trim().eq_ignore_ascii_case("y");
    if !yes {
        cli.print("deletion is cancelled\n");
    }
    yes
}

struct Deletion<'a> {
    cli: &'a Cli,
    grace: i64,
    propagation: &'a str,
    dry: DryRun,
}

impl Deletion<'_> {
    /// Deletes an object and says so; returns its uid.
    async fn one(&self, info: &Info) -> Result<String, Failure> {
        let mut uid = String::new();
        if self.dry != DryRun::Client {
            let mut options = json!({"kind": "DeleteOptions", "apiVersion": "v1"});
            if self.grace >= 0 {
                options["gracePeriodSeconds"] = self.grace.into();
            }
            options["propagationPolicy"] = self.propagation.into();
            if self.dry == DryRun::Server {
                options["dryRun"] = json!(["All"]);
            }
            let pairs = query(&[("dryRun", self.dry.query())]);
            let path = if pairs.is_empty() { info.path() } else { format!("{}?{pairs}", info.path()) };
            let answer = self.cli.client().await?.send("DELETE", &path, Body::Json(&options)).await;
            let answer = answer.map_err(|failure| match info.source.as_str() {
                "" => failure,
                source => failure.while_doing("deleting", source),
            })?;
            let found = if answer["kind"] == "Status" { &answer["details"]["uid"] } else { &answer["metadata"]["uid"] };
            uid = found.as_str().unwrap_or_default().to_owned();
        }
        if !self.cli.flags.bool("quiet") {
            self.say(info);
        }
        Ok(uid)
    }

    fn say(&self, info: &Info) {
        if self.cli.flags.text("output") == "name" {
            self.cli.println(info.title());
            return;
        }
        let done = if self.grace == 0 { "force deleted" } else { "deleted" };
        let place = match info.resource.namespaced {
            true => format!(" from {} namespace", info.namespace),
            false => String::new(),
        };
        let (title, name) = (info.resource.titled(), &info.name);
        self.cli.println(format_args!("{title} \"{name}\" {done}{place}{}", self.dry.note()));
    }
}

/// Waits until the objects are gone, or others have taken their names.
async fn wait(cli: &Cli, gone: Vec<(Info, String)>) -> Result<(), Failure> {
    let client = cli.client().await?;
    let all = async {
        for (info, uid) in &gone {
            loop {
                match client.get(&info.path()).await {
                    Ok(object) if object["metadata"]["uid"].as_str() == Some(uid) || uid.is_empty() => {}
                    // Whoever may delete but not look does not wait.
                    Ok(_) | Err(Failure::Status(_)) => break,
                    Err(failure) => return Err(failure),
                }
                cli.process.sleep(LOOK).await;
            }
        }
        Ok(())
    };
    match cli.flags.duration("timeout") {
        0 => all.await,
        limit => match race(all, cli.process.sleep(limit.unsigned_abs() / 1_000)).await {
            Either::First(result) => result,
            Either::Second(()) => {
                let names = gone.first().map(|(info, _)| format!("{}/{}", info.resource.plural, info.name));
                let words = "timed out waiting for the condition on";
                Err(Failure::plain(format!("{words} {}", names.unwrap_or_default())))
            }
        },
    }
}
