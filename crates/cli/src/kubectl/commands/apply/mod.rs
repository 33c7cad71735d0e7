//! `kubectl apply` (`k8s.io/kubectl/pkg/cmd/apply`).

pub mod diff;
mod last_applied;
mod prune;

use serde_json::{Value, json};

use crate::kubectl::builder::Target;
use crate::kubectl::change::{MERGE, STRATEGIC};
use crate::kubectl::cli::Cli;
use crate::kubectl::client::{Body, Resource, query};
use crate::kubectl::cmdline::{Command, Flag, Kind};
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::{DRY_RUN, DryRun, FILES, LAST_APPLIED, PRINT, annotate, applied, validation};
use crate::kubectl::manifest;
use crate::kubectl::merge;
use crate::kubectl::print::json::Order;
use crate::kubectl::print::{Format, list_of};

static FLAGS: [Flag; 16] = [
    Flag::switch("all", "with --prune: every object of the allowed kinds"),
    Flag::text("cascade", "with --prune: what becomes of dependents").default("background").bare("background"),
    Flag::text("field-manager", "who is said to have set the fields"),
    Flag::switch("force", "delete and make anew what cannot be changed"),
    Flag::switch("force-conflicts", "with --server-side: take fields over from others"),
    Flag::int("grace-period", "-1", "with --force: seconds that it may take to end"),
    Flag::switch("overwrite", "resolve conflicts in favour of the file").default("true"),
    Flag::switch("prune", "delete objects of earlier applies that are in no file any more"),
    Flag::array("prune-allowlist", "with --prune: kinds to look at, as GROUP/VERSION/KIND"),
    Flag::text("selector", "only objects with these labels").short('l'),
    Flag::switch("server-side", "let the server merge"),
    Flag::text("subresource", "part of the object to apply to"),
    Flag::new("timeout", Kind::Duration, "0s", "with --force or --prune: how long to wait"),
    Flag::switch("openapi-patch", "merge by the server's own schema").default("true"),
    Flag::text("validate", "strict, warn or ignore: what becomes of fields the server does not know")
        .default("strict")
        .bare("strict"),
    Flag::switch("wait", "wait until deleted objects are gone"),
];

pub static APPLY: Command = Command::leaf(
    "apply",
    "(-f FILENAME | -k DIRECTORY)",
    "Make objects what files say, whether they exist or not",
    &[&FLAGS, &FILES, &DRY_RUN, &PRINT],
    |cli| Box::pin(async move { apply(&cli).await }),
)
.long(
    "Make objects what files say, whether they exist or not.\n\n What a file says is remembered in an annotation, so \
     that a field that is taken out of the file is taken out of the object.",
)
.examples(&[
    ("From a file", "kubectl apply -f ./web.yaml"),
    ("From standard input", "cat web.yaml | kubectl apply -f -"),
])
.children(&[&last_applied::EDIT_LAST_APPLIED, &last_applied::SET_LAST_APPLIED, &last_applied::VIEW_LAST_APPLIED]);

pub(super) use diff::DIFF;

const CONFLICT_HELP: &str = "
Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the `--force-conflicts` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts";

/// What happened to an object.
struct Outcome {
    object: Value,
    done: &'static str,
}

async fn apply(cli: &Cli) -> Result<(), Failure> {
    let flags = &cli.flags;
    let files = flags.list("filename");
    if files.is_empty() && flags.text("kustomize").is_empty() {
        return Err(Failure::plain("must specify one of -f and -k"));
    }
    if let Some(word) = cli.args().first() {
        return Err(cli.usage(format_args!("Unexpected args: [{word}]")));
    }
    let dry = DryRun::of(cli)?;
    let format = Format::of(cli)?;
    check(cli, dry)?;
    let documents = manifest::documents(cli, &files).await?;
    if documents.is_empty() {
        return Err(Failure::plain("no objects passed to apply"));
    }
    let (mut shown, mut failures, mut visited) = (Vec::new(), Vec::new(), Vec::new());
    for document in documents {
        let target = match manifest::target(cli, document).await {
            Ok(target) => target,
            Err(failure) => {
                failures.push(failure);
                continue;
            }
        };
        let Target::Described { resource, namespace, object, source } = target else { continue };
        let one = One { cli, dry, resource: &resource, namespace: &namespace, source: &source };
        let outcome =
            if flags.bool("server-side") { one.server_side(object).await } else { one.client_side(object).await };
        match outcome {
            Ok(Outcome { object, done }) => {
                visited.push(object["metadata"]["uid"].as_str().unwrap_or_default().to_owned());
                if format.is_human() {
                    let name = object["metadata"]["name"].as_str().unwrap_or_default();
                    cli.println(format_args!("{}/{name} {done}{}", resource.titled(), dry.note()));
                } else {
                    shown.push(object);
                }
            }
            Err(failure @ Failure::Url { .. }) => return Err(failure),
            Err(failure) => failures.push(failure),
        }
    }
    if !format.is_human() && !shown.is_empty() {
        let object = if shown.len() == 1 { shown.remove(0) } else { list_of(shown) };
        let text = format.object(cli, &object, Order::Sorted)?;
        cli.print(text);
    }
    Failure::all(failures)?;
    if flags.bool("prune") {
        prune::prune(cli, dry, &visited).await?;
    }
    Ok(())
}

fn check(cli: &Cli, dry: DryRun) -> Result<(), Failure> {
    let flags = &cli.flags;
    let wrong = match () {
        () if flags.bool("force-conflicts") && !flags.bool("server-side") => {
            Some("--force-conflicts only works with --server-side")
        }
        () if dry == DryRun::Client && flags.bool("server-side") => {
            Some("--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)")
        }
        () if flags.bool("force") && flags.bool("server-side") => Some("--force cannot be used with --server-side"),
        () if dry == DryRun::Server && flags.bool("force") => Some("--dry-run=server cannot be used with --force"),
        () if flags.bool("all") && flags.changed("selector") => {
            Some("cannot set --all and --selector at the same time")
        }
        () if flags.bool("prune") && !flags.bool("all") && !flags.changed("selector") => Some(
            "all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all flag. If you did not mean to prune all resources, specify a label selector",
        ),
        () => None,
    };
    wrong.map_or(Ok(()), |words| Err(Failure::plain(words)))
}

/// One object on its way.
struct One<'a> {
    cli: &'a Cli,
    dry: DryRun,
    resource: &'a Resource,
    namespace: &'a str,
    source: &'a str,
}

impl One<'_> {
    fn name(&self, object: &Value) -> Result<String, Failure> {
        match object["metadata"]["name"].as_str().unwrap_or_default() {
            "" => match object["metadata"]["generateName"].as_str().unwrap_or_default() {
                "" => Err(Failure::plain("resource name may not be empty")),
                prefix => Err(Failure::plain(format!("from {prefix}: cannot use generate name with apply"))),
            },
            name => Ok(name.to_owned()),
        }
    }

    fn query(&self, manager: &str, force: &str) -> Result<String, Failure> {
        let manager = match self.cli.flags.text("field-manager") {
            "" => manager,
            given => given,
        };
        let validation = validation(self.cli)?;
        Ok(query(&[
            ("dryRun", self.dry.query()),
            ("fieldManager", manager),
            ("fieldValidation", validation),
            ("force", force),
        ]))
    }

    async fn server_side(&self, object: Value) -> Result<Outcome, Failure> {
        let name = self.name(&object)?;
        let force = if self.cli.flags.bool("force-conflicts") { "true" } else { "false" };
        let part = match self.cli.flags.text("subresource") {
            "" => String::new(),
            part => format!("/{part}"),
        };
        let path = format!("{}{part}?{}", self.resource.at(self.namespace, &name), self.query("kubectl", force)?);
        let body = Body::Patch("application/apply-patch+yaml", object.to_string());
        match self.cli.client().await?.send("PATCH", &path, body).await {
            Ok(object) => Ok(Outcome { object, done: "serverside-applied" }),
            Err(failure) if failure.reason() == "Conflict" => {
                Err(Failure::plain(format!("{}{CONFLICT_HELP}", failure.text())))
            }
            Err(failure) => Err(failure),
        }
    }

    async fn client_side(&self, object: Value) -> Result<Outcome, Failure> {
        let client = self.cli.client().await?;
        let name = self.name(&object)?;
        let mut modified = object;
        let text = applied(&modified);
        annotate(&mut modified, LAST_APPLIED, &text);
        let path = self.resource.at(self.namespace, &name);
        let manager = "kubectl-client-side-apply";
        let current = match client.get(&path).await {
            Ok(current) => current,
            Err(failure) if failure.is_not_found() => {
                without_nulls(&mut modified);
                let done = "created";
                if self.dry == DryRun::Client {
                    return Ok(Outcome { object: modified, done });
                }
                let path = format!("{}?{}", self.resource.path(self.namespace), self.query(manager, "")?);
                let made = client.send("POST", &path, Body::Json(&modified)).await;
                let object = made.map_err(|failure| failure.while_doing("creating", self.source))?;
                return Ok(Outcome { object, done });
            }
            Err(failure) => {
                let about = format!(
                    "retrieving current configuration of:\nResource: {}, GroupVersionKind: {}\nName: {}, Namespace: {}\nfrom server for:",
                    crate::go::quote(&self.resource.gvr()),
                    crate::go::quote(&self.resource.gvk()),
                    crate::go::quote(&name),
                    crate::go::quote(self.namespace)
                );
                return Err(failure.while_doing(&about, self.source));
            }
        };
        let remembered = current["metadata"]["annotations"][LAST_APPLIED].as_str();
        if remembered.is_none() {
            self.cli.eprintln(format_args!(
                "Warning: resource {}/{name} is missing the {LAST_APPLIED} annotation which is required by kubectl \
                 apply. kubectl apply should only be used on resources created declaratively by either kubectl create \
                 --save-config or kubectl apply. The missing annotation will be patched automatically.",
                self.resource.plural
            ));
        }
        let patch = self.difference(&modified, &current);
        if patch == json!({}) {
            return Ok(Outcome { object: current, done: "unchanged" });
        }
        let object = self.patched(&path, current, &patch, manager).await?;
        if self.cli.flags.text("output").is_empty() && !object["metadata"]["deletionTimestamp"].is_null() {
            self.cli.eprintln(format_args!(
                "Warning: Detected changes to resource {name} which is currently being deleted."
            ));
        }
        Ok(Outcome { object, done: "configured" })
    }

    /// What has to change about an object of the server, seen from what was applied last.
    fn difference(&self, wanted: &Value, live: &Value) -> Value {
        let remembered = live["metadata"]["annotations"][LAST_APPLIED].as_str();
        let original = remembered.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        merge::three_way(&original, wanted, live, built_in(self.resource))
    }

    /// A patch as it is sent: its content type and text.
    fn patch(&self, patch: &Value) -> (&'static str, String) {
        let kind = if built_in(self.resource) { STRATEGIC } else { MERGE };
        (kind, crate::kubectl::print::json::compact(patch))
    }

    async fn patched(&self, path: &str, current: Value, patch: &Value, manager: &str) -> Result<Value, Failure> {
        let keyed = built_in(self.resource);
        if self.dry == DryRun::Client {
            return Ok(if keyed { merge::strategic(current, patch) } else { merge::merge(current, patch) });
        }
        let client = self.cli.client().await?;
        let (kind, text) = self.patch(patch);
        let path = format!("{path}?{}", self.query(manager, "")?);
        match client.send("PATCH", &path, Body::Patch(kind, text.clone())).await {
            Ok(object) => Ok(object),
            Err(failure @ Failure::Url { .. }) => Err(failure),
            Err(failure) => {
                let name = current["metadata"]["name"].as_str().unwrap_or_default();
                let about = format!(
                    "applying patch:\n{text}\nto:\nResource: {}, GroupVersionKind: {}\nName: {}, Namespace: {}\nfor:",
                    crate::go::quote(&self.resource.gvr()),
                    crate::go::quote(&self.resource.gvk()),
                    crate::go::quote(name),
                    crate::go::quote(self.namespace)
                );
                Err(failure.while_doing(&about, self.source))
            }
        }
    }
}

/// Whether the lists of a resource are merged by keys; those of custom ones are not.
pub fn built_in(resource: &Resource) -> bool {
    let own = ["", "apps", "batch", "autoscaling", "policy"];
    own.contains(&resource.group.as_str())
        || resource.group.ends_with(".k8s.io")
            && resource.group != "apiextensions.k8s.io"
            && resource.group != "apiregistration.k8s.io"
}

fn without_nulls(value: &mut Value) {
    if let Some(fields) = value.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
        fields.values_mut().for_each(without_nulls);
    }
}
