//! What the commands that make objects share: dry runs, the annotation of `apply`, sending and saying what was done
//! (`k8s.io/kubectl/pkg/cmd/util`, `pkg/util/apply.go`).

use serde_json::{Map, Value, json};

use super::cli::Cli;
use super::client::{Body, Resource, query};
use super::cmdline::Flag;
use super::failure::Failure;
use super::print::json::{Order, compact, compact_kept};
use super::print::{Format, name};

/// Remembers what was applied last.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// How far a command goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum DryRun {
    No,
    Client,
    Server,
}

pub static DRY_RUN: [Flag; 1] =
    [Flag::text("dry-run", "none, client or server: how far to go without changing anything")
        .default("none")
        .bare("unchanged")];
pub static PRINT: [Flag; 4] = [
    Flag::switch("allow-missing-template-keys", "treat what a template does not find as empty").default("true"),
    Flag::text("output", "output format").short('o'),
    Flag::switch("show-managed-fields", "keep the fields that say who set what"),
    Flag::text("template", "template, or its file, for -o go-template"),
];
pub static MAKE: [Flag; 3] = [
    Flag::text("field-manager", "who is said to have set the fields"),
    Flag::switch("save-config", "remember the object for a later apply"),
    Flag::text("validate", "strict, warn or ignore: what becomes of fields the server does not know")
        .default("strict")
        .bare("strict"),
];
pub static FILES: [Flag; 3] = [
    Flag::list("filename", "file, directory or - that describes the objects").short('f'),
    Flag::text("kustomize", "directory of a kustomization").short('k'),
    Flag::switch("recursive", "read directories below too").short('R'),
];

impl DryRun {
    /// What `--dry-run` says.
    ///
    /// # Errors
    /// When it is none of its values.
    pub fn of(cli: &Cli) -> Result<Self, Failure> {
        match cli.flags.text("dry-run") {
            "" | "none" => Ok(Self::No),
            "client" => Ok(Self::Client),
            "server" => Ok(Self::Server),
            "unchanged" => {
                let words = "--dry-run is deprecated and can be replaced with --dry-run=client.";
                cli.eprintln(format_args!("{} helpers.go:719] {words}", cli.klog('W')));
                Ok(Self::Client)
            }
            other => match crate::go::parse_bool(other) {
                Ok(true) => Ok(Self::Client),
                Ok(false) => Ok(Self::No),
                Err(_) => {
                    let words =
                        format!("Invalid dry-run value ({other}). Must be \"none\", \"server\", or \"client\".");
                    Err(Failure::plain(words))
                }
            },
        }
    }

    /// What messages end in.
    pub fn note(self) -> &'static str {
        match self {
            Self::No => "",
            Self::Client => " (dry run)",
            Self::Server => " (server dry run)",
        }
    }

    pub fn query(self) -> &'static str {
        if self == Self::Server { "All" } else { "" }
    }
}

/// `Strict`, `Warn` or `Ignore`, as the server wants it.
///
/// # Errors
/// When `--validate` is something else.
pub fn validation(cli: &Cli) -> Result<&'static str, Failure> {
    match cli.flags.text("validate") {
        "strict" | "true" | "" => Ok("Strict"),
        "warn" => Ok("Warn"),
        "ignore" | "false" => Ok("Ignore"),
        other => Err(Failure::plain(format!(
            "invalid - validate option {}; must be one of: strict (or true), warn, ignore (or false)",
            crate::go::quote(other)
        ))),
    }
}

/// An object to be made: Go's field order, without those that are empty.
pub struct Made {
    pub resource: Resource,
    pub object: Value,
}

/// A resource that this program knows by itself.
pub fn known(group: &str, version: &str, plural: &str, kind: &str, namespaced: bool) -> Resource {
    Resource {
        group: group.to_owned(),
        version: version.to_owned(),
        plural: plural.to_owned(),
        kind: kind.to_owned(),
        namespaced,
        ..Resource::default()
    }
}

impl Made {
    /// An object with its name, and its namespace where that was asked for by flag.
    ///
    /// # Errors
    /// When the configuration is wrong.
    pub fn new(cli: &Cli, resource: Resource, name: &str, fields: Value) -> Result<Self, Failure> {
        let mut metadata = Map::new();
        metadata.insert("name".to_owned(), name.into());
        if resource.namespaced && cli.explicit_namespace() {
            metadata.insert("namespace".to_owned(), cli.namespace()?.into());
        }
        let mut object = json!({"kind": resource.kind, "apiVersion": resource.api_version(), "metadata": metadata});
        let Value::Object(fields) = fields else { return Ok(Self { resource, object }) };
        for (key, value) in fields {
            match (key.as_str(), value) {
                ("metadata", Value::Object(more)) => {
                    if let Some(metadata) = object["metadata"].as_object_mut() {
                        metadata.extend(more);
                    }
                }
                (_, value) => object[key] = value,
            }
        }
        Ok(Self { resource, object })
    }

    /// Sends it and says what was done. `failed` is put before the server's refusal, which is then a plain error.
    ///
    /// # Errors
    /// What the server says.
    pub async fn create(self, cli: &Cli, failed: &str) -> Result<(), Failure> {
        let Made { resource, mut object } = self;
        let dry = DryRun::of(cli)?;
        // The format is looked at before anything is done.
        let format = Format::of(cli)?;
        let validation = validation(cli)?;
        if cli.flags.bool("save-config") {
            let text = compact_kept(&object) + "\n";
            annotate(&mut object, LAST_APPLIED, &text);
        }
        let mut order = Order::Kept;
        if dry != DryRun::Client {
            let manager = match cli.flags.text("field-manager") {
                "" if cli.command.name == "run" => "kubectl-run",
                "" => "kubectl-create",
                manager => manager,
            };
            let pairs = [("dryRun", dry.query()), ("fieldManager", manager), ("fieldValidation", validation)];
            let path = format!("{}?{}", resource.path(&cli.namespace()?), query(&pairs));
            let answer = cli.client().await?.send("POST", &path, Body::Json(&object)).await;
            object = answer.map_err(|failure| if failed.is_empty() { failure } else { failure.because(failed) })?;
            object = typed(object);
            order = Order::Kept;
        }
        let text = match &format {
            Format::Human { .. } => format!("{} created{}\n", name(&object), dry.note()),
            format => format.object(cli, &object, order)?,
        };
        cli.print(text);
        Ok(())
    }
}

/// An object in the order of Go's types: kind and version first.
pub fn typed(object: Value) -> Value {
    let mut fields = json!({"kind": object["kind"], "apiVersion": object["apiVersion"]});
    if let (Some(typed), Value::Object(rest)) = (fields.as_object_mut(), object) {
        typed.extend(rest);
    }
    fields
}

/// Sets an annotation.
pub fn annotate(object: &mut Value, key: &str, value: &str) {
    if !object["metadata"]["annotations"].is_object() {
        object["metadata"]["annotations"] = json!({});
    }
    object["metadata"]["annotations"][key] = value.into();
}

/// The text that `apply` remembers: the object without that annotation.
pub fn applied(object: &Value) -> String {
    let mut object = object.clone();
    if !object["metadata"]["annotations"].is_object() {
        object["metadata"]["annotations"] = json!({});
    }
    if let Some(annotations) = object["metadata"]["annotations"].as_object_mut() {
        annotations.shift_remove(LAST_APPLIED);
    }
    compact(&object) + "\n"
}

/// Exactly one name, and nothing else before `--`.
///
/// # Errors
/// kubectl's words for none or several.
pub fn one_name(cli: &Cli) -> Result<String, Failure> {
    match cli.flags.before_dash() {
        [name] => Ok(name.clone()),
        others => Err(cli.usage(format_args!("exactly one NAME is required, got {}", others.len()))),
    }
}

/// `a=b,c=d` as a map.
///
/// # Errors
/// The words for a pair that is none.
pub fn pairs(text: &str) -> Result<Map<String, Value>, Failure> {
    let mut map = Map::new();
    for part in text.split(',').filter(|part| !part.is_empty()) {
        let (key, value) =
            part.split_once('=').ok_or_else(|| Failure::plain(format!("unexpected label spec: {part}")))?;
        map.insert(key.to_owned(), value.into());
    }
    Ok(map)
}

/// Whether a text can name an image.
pub fn image_fits(image: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | ':' | '@');
    image.chars().all(fits) && !image.ends_with([':', '@', '/'])
}

/// A number, or the text it is (`intstr.Parse`).
pub fn int_or_text(text: &str) -> Value {
    text.parse::<i32>().map_or_else(|_| text.into(), Value::from)
}
