//! What `-o` asks for (`k8s.io/cli-runtime/pkg/genericclioptions`, `k8s.io/kubectl/pkg/cmd/get`).

mod columns;
pub mod json;
pub mod jsonpath;
mod table;
mod template;

use serde_json::{Value, json as object};

use super::cli::Cli;
use super::client::Resource;
use super::failure::Failure;
use columns::Columns;
use json::Order;
use jsonpath::JsonPath;
use template::Template;

pub use table::{TableWriter, table};

/// An output format.
pub enum Format {
    /// What people read: a table for `get`, a sentence for what changes something.
    Human {
        wide: bool,
    },
    Json,
    Yaml,
    Name,
    JsonPath(JsonPath),
    /// All values found, as a JSON list.
    JsonPathList(JsonPath),
    Template(Template),
    Columns(Columns),
}

const ALL: &str = "custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,jsonpath-as-json,\
                   jsonpath-file,kyaml,name,template,templatefile,wide,yaml";
const PLAIN: &str = "go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,template,\
                     templatefile,yaml";

impl Format {
    /// What `--output` and `--template` say.
    ///
    /// # Errors
    /// kubectl's words for a format it does not have, or a template it cannot read.
    pub fn of(cli: &Cli) -> Result<Self, Failure> {
        let (output, template) = (cli.flags.text("output"), cli.flags.text("template"));
        let (kind, argument) = match output.split_once('=') {
            Some((kind, argument)) => (kind, Some(argument)),
            None => (output, Some(template).filter(|template| !template.is_empty())),
        };
        let file = |name: &str| -> Result<String, Failure> {
            let bytes = cli.read(name);
            let bytes = bytes
                .map_err(|why| Failure::plain(format!("error reading --template {name}, open {name}: {why}\n")))?;
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        };
        let needed = |what: &str| {
            argument.ok_or_else(|| Failure::plain(format!("template format specified but no template given{what}")))
        };
        let human = cli.command.name == "get" || cli.command.name == "events";
        Ok(match kind {
            "" if !template.is_empty() => Self::Template(Template::parse(template)?),
            "" => Self::Human { wide: false },
            "wide" if human => Self::Human { wide: true },
            "json" => Self::Json,
            "yaml" | "kyaml" => Self::Yaml,
            "name" => Self::Name,
            "jsonpath" => Self::JsonPath(JsonPath::parse(needed("")?)?),
            "jsonpath-as-json" => Self::JsonPathList(JsonPath::parse(needed("")?)?),
            "jsonpath-file" => Self::JsonPath(JsonPath::parse(file(needed("")?)?.trim_end_matches('\n'))?),
            "go-template" | "template" => Self::Template(Template::parse(needed("")?)?),
            "go-template-file" | "templatefile" => Self::Template(Template::parse(&file(needed("")?)?)?),
            "custom-columns" if human => Self::Columns(Columns::parse(argument.unwrap_or_default())?),
            "custom-columns-file" if human => Self::Columns(Columns::of_file(&file(needed("")?)?)?),
            other => {
                let known = if human { ALL } else { PLAIN };
                let words =
                    format!("unable to match a printer suitable for the output format {}", crate::go::quote(other));
                return Err(Failure::plain(format!("{words}, allowed formats are: {known}")));
            }
        })
    }

    pub fn is_human(&self) -> bool {
        matches!(self, Self::Human { .. })
    }

    /// An object in this format. `order` is how the fields of JSON stand.
    ///
    /// # Errors
    /// When a template cannot be filled in.
    pub fn object(&self, cli: &Cli, value: &Value, order: Order) -> Result<String, Failure> {
        let bare = || {
            let mut value = value.clone();
            if !cli.flags.bool("show-managed-fields") {
                without_managed_fields(&mut value);
            }
            value
        };
        Ok(match self {
            Self::Json => json::pretty(&bare(), order, 4) + "\n",
            Self::Yaml => yaml::write(&bare()),
            Self::Name => names(value),
            Self::JsonPath(path) => path.print(value)?,
            Self::JsonPathList(path) => json::pretty(&Value::Array(path.find(value)?), Order::Sorted, 4) + "\n",
            Self::Template(template) => template.print(value)?,
            Self::Columns(columns) => {
                let mut rows = Vec::new();
                if !cli.flags.bool("no-headers") {
                    rows.push(columns.headers());
                }
                rows.extend(items(value).iter().map(|item| columns.row(item)));
                table(&rows)
            }
            Self::Human { .. } => String::new(),
        })
    }
}

/// The objects of a list, or the object itself.
pub fn items(value: &Value) -> Vec<Value> {
    let is_list = value["kind"].as_str().is_some_and(|kind| kind.ends_with("List"));
    match &value["items"] {
        Value::Array(items) if is_list => items.clone(),
        _ => vec![value.clone()],
    }
}

fn without_managed_fields(value: &mut Value) {
    if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
    if let Some(items) = value.get_mut("items").and_then(Value::as_array_mut) {
        items.iter_mut().for_each(without_managed_fields);
    }
}

fn names(value: &Value) -> String {
    items(value).iter().map(|item| name(item) + "\n").collect()
}

/// `deployment.apps/web`
pub fn name(value: &Value) -> String {
    let (api_version, kind) =
        (value["apiVersion"].as_str().unwrap_or_default(), value["kind"].as_str().unwrap_or_default());
    let kind = kind.to_lowercase();
    let name = value["metadata"]["name"].as_str().unwrap_or("<unknown>");
    match api_version.split_once('/') {
        Some((group, _)) => format!("{kind}.{group}/{name}"),
        None => format!("{kind}/{name}"),
    }
}

/// Objects as one list.
pub fn list_of(items: Vec<Value>) -> Value {
    object!({"apiVersion": "v1", "items": items, "kind": "List", "metadata": {"resourceVersion": ""}})
}

/// Says what was done to an object, in the format asked for: `deployment.apps/web created`.
///
/// # Errors
/// As [`Format::object`].
pub fn report(cli: &Cli, value: &Value, resource: Option<&Resource>, done: &str) -> Result<(), Failure> {
    let format = Format::of(cli)?;
    let text = match (&format, resource) {
        (Format::Human { .. }, None) => format!("{} {done}\n", name(value)),
        (Format::Human { .. }, Some(resource)) => {
            format!("{}/{} {done}\n", resource.titled(), value["metadata"]["name"].as_str().unwrap_or("<unknown>"))
        }
        _ => format.object(cli, value, Order::Sorted)?,
    };
    cli.print(text);
    Ok(())
}
