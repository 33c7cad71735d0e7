//! `kubectl explain`: what the server's own schema says of a field (`k8s.io/kubectl/pkg/explain/v2`).

use serde_json::Value;

use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::{Command, Flag};
use crate::kubectl::commands::rare::Rare;
use crate::kubectl::failure::Failure;

static FLAGS: [Flag; 4] = [
    Flag::text("api-version", "version of the API to look in, as GROUP/VERSION"),
    Flag::int("max-depth", "0", "how deep to go with --recursive; 0 is all the way"),
    Flag::text("output", "plaintext or plaintext-openapiv2").short('o').default("plaintext"),
    Flag::switch("recursive", "show the fields below too").short('R'),
];

pub static EXPLAIN: Command = Command::leaf(
    "explain",
    "TYPE [--recursive=FALSE|TRUE] [--api-version=api-version-group] [-o|--output=plaintext|plaintext-openapiv2]",
    "Explain a kind of object and its fields",
    &[&FLAGS],
    |cli| Rare::Explain.run(cli),
)
.examples(&[("Pods", "kubectl explain pods"), ("A field", "kubectl explain pods.spec.containers")]);

pub async fn explain(cli: &Cli) -> Result<(), Failure> {
    let suggestion = "Use \"kubectl api-resources\" for a complete list of supported resources.";
    let word = match cli.args() {
        [] => return Err(Failure::plain(format!("You must specify the type of resource to explain. {suggestion}\n"))),
        [word] => word.clone(),
        _ => return Err(Failure::plain("We accept only this format: explain RESOURCE\n")),
    };
    let mut parts = word.split('.');
    let kind = parts.next().unwrap_or_default().to_owned();
    let fields: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    let discovery = cli.discovery().await?;
    let resource = discovery.find(&kind).await.map_err(|failure| match failure {
        Failure::Plain(words) => Failure::Words(words),
        other => other,
    })?;
    let (group, version) = match cli.flags.text("api-version") {
        "" => (resource.group.clone(), resource.version.clone()),
        text => match text.split_once('/') {
            Some((group, version)) => (group.to_owned(), version.to_owned()),
            None => (String::new(), text.to_owned()),
        },
    };
    let missing = || {
        let api = if group.is_empty() { version.clone() } else { format!("{group}/{version}") };
        Failure::plain(format!("couldn't find resource for \"{api}, Resource={}\"", resource.plural))
    };
    let known = discovery
        .all()
        .iter()
        .any(|other| other.group == group && other.version == version && other.plural == resource.plural);
    if !known {
        return Err(missing());
    }
    let path = match group.as_str() {
        "" => format!("/openapi/v3/api/{version}"),
        group => format!("/openapi/v3/apis/{group}/{version}"),
    };
    let document = cli.client().await?.get(&path).await?;
    let schemas = document["components"]["schemas"].as_object().cloned().unwrap_or_default();
    let is_kind = |schema: &&Value| {
        schema["x-kubernetes-group-version-kind"].as_array().into_iter().flatten().any(|gvk| {
            gvk["kind"] == resource.kind.as_str()
                && gvk["version"] == version.as_str()
                && gvk["group"] == group.as_str()
        })
    };
    let root = schemas.values().find(is_kind).ok_or_else(missing)?;
    let schema = Schemas { all: &document["components"]["schemas"] };
    let mut out = String::new();
    if !group.is_empty() {
        out.push_str(&format!("GROUP:      {group}\n"));
    }
    out.push_str(&format!("KIND:       {}\nVERSION:    {version}\n\n", resource.kind));
    let mut here = root;
    let mut field = None;
    for name in &fields {
        let Some(next) = schema.field(here, name) else {
            cli.print(out);
            // The real one names the last field of the path, whichever is missing.
            let last = fields.last().unwrap_or(name);
            return Err(Failure::plain(format!("field \"{last}\" does not exist")));
        };
        field = Some((*name, next));
        here = next;
    }
    if let Some((name, schema_of)) = field {
        out.push_str(&format!("FIELD: {name} <{}>\n", schema.type_of(schema_of)));
        out.push_str(&schema.long_enum(schema_of));
        out.push_str("\n\n");
    }
    let text = schema.description(here);
    let text = if text.is_empty() { "<empty>".to_owned() } else { text };
    out.push_str(&format!("DESCRIPTION:\n{}\n", indented(&wrapped(&text, 76), 4)));
    let list = schema.fields(here, 1, cli.flags.bool("recursive"), cli.flags.int("max-depth"), &mut Vec::new());
    if !list.is_empty() {
        out.push_str(&format!("FIELDS:\n{list}"));
    }
    out.push('\n');
    cli.print(out);
    Ok(())
}

struct Schemas<'a> {
    all: &'a Value,
}

impl<'a> Schemas<'a> {
    /// Follows references and lists of one.
    fn resolved(&self, schema: &'a Value) -> &'a Value {
        let reference = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next());
        match reference {
            Some(name) => &self.all[name],
            None => schema,
        }
    }

    fn field(&self, schema: &'a Value, name: &str) -> Option<&'a Value> {
        let here = self.resolved(schema);
        if let Some(found) = here["properties"].get(name) {
            return Some(found);
        }
        if here["items"].is_object() {
            return self.field(&here["items"], name);
        }
        if here["additionalProperties"].is_object() {
            return self.field(&here["additionalProperties"], name);
        }
        here["allOf"].as_array().into_iter().flatten().find_map(|part| self.field(part, name))
    }

    fn type_of(&self, schema: &'a Value) -> String {
        if schema["items"].is_object() {
            return format!("[]{}", self.type_of(&schema["items"]));
        }
        if schema["additionalProperties"].is_object() {
            return format!("map[string]{}", self.type_of(&schema["additionalProperties"]));
        }
        if let Some([one]) = schema["allOf"].as_array().map(Vec::as_slice)
            && schema["properties"].is_null()
        {
            return self.type_of(one);
        }
        if let Some(path) = schema["$ref"].as_str() {
            let target = self.resolved(schema);
            return match target["type"].as_str() {
                None | Some("object") => path.rsplit(['.', '/']).next().unwrap_or("Object").to_owned(),
                Some(kind) => kind.to_owned(),
            };
        }
        match schema["type"].as_str() {
            None | Some("object") => "Object".to_owned(),
            Some(kind) => kind.to_owned(),
        }
    }

    fn description(&self, schema: &'a Value) -> String {
        let here = self.resolved(schema);
        let mut text = String::new();
        if let Some(words) = here["description"].as_str() {
            text = format!("{words}\n");
        }
        for part in here["allOf"].as_array().into_iter().flatten() {
            text.push_str(&self.description(part));
        }
        for below in ["items", "additionalProperties"] {
            if here[below].is_object() {
                text.push_str(&self.description(&here[below]));
            }
        }
        text
    }

    fn long_enum(&self, schema: &'a Value) -> String {
        let Some(values) = schema["enum"].as_array() else { return String::new() };
        let lines = values.iter().map(|value| format!("\n    {}", shown(value)));
        format!("ENUM:{}", lines.collect::<String>())
    }

    fn fields(&self, schema: &'a Value, level: usize, recursive: bool, depth: i64, seen: &mut Vec<String>) -> String {
        let reference = schema["$ref"].as_str().unwrap_or_default().to_owned();
        if !reference.is_empty() && seen.contains(&reference) {
            return String::new();
        }
        seen.push(reference);
        let here = self.resolved(schema);
        let mut out = String::new();
        let mut names: Vec<&String> =
            here["properties"].as_object().map(|map| map.keys().collect()).unwrap_or_default();
        names.sort();
        for name in names {
            let field = &here["properties"][name.as_str()];
            let required = here["required"].as_array().into_iter().flatten().any(|one| one == name.as_str());
            out.push_str(&self.detail(name, field, required, level, recursive));
            if recursive && (depth == 0 || (level as i64) < depth) {
                out.push_str(&self.fields(field, level + 1, recursive, depth, seen));
            }
        }
        for part in here["allOf"].as_array().into_iter().flatten() {
            out.push_str(&self.fields(part, level, recursive, depth, seen));
        }
        for below in ["items", "additionalProperties"] {
            if here[below].is_object() {
                out.push_str(&self.fields(&here[below], level, recursive, depth, seen));
            }
        }
        seen.pop();
        out
    }

    fn detail(&self, name: &str, field: &'a Value, required: bool, level: usize, short: bool) -> String {
        let indent = level * 2;
        let blanks = " ".repeat(indent);
        let mut out = format!("{blanks}{name}\t<{}>", self.type_of(field));
        if required {
            out.push_str(" -required-");
        }
        if let Some(values) = field["enum"].as_array() {
            let mut all: Vec<String> = values.iter().take(4).map(shown).collect();
            if values.len() > 4 {
                all.push("....".to_owned());
            }
            out.push_str(&format!("\n{blanks}enum: {}", all.join(", ")));
        }
        out.push('\n');
        if !short {
            let text = field["description"].as_str().unwrap_or("<no description>");
            out.push_str(&indented(&wrapped(text, 78 - indent), indent + 2));
            out.push_str("\n\n");
        }
        out
    }
}

fn shown(value: &Value) -> String {
    match value.as_str() {
        Some("") => "\"\"".to_owned(),
        Some(text) => text.to_owned(),
        None => value.to_string(),
    }
}

/// Breaks lines at blanks so that none is longer than `width`.
fn wrapped(text: &str, width: usize) -> String {
    let mut lines = Vec::new();
    for line in text.split('\n') {
        let mut current = String::new();
        let lead: String = line.chars().take_while(|c| *c == ' ').collect();
        for (i, word) in line.split_whitespace().enumerate() {
            if i == 0 {
                current.push_str(&lead);
            } else if current.chars().count() + 1 + word.chars().count() > width {
                lines.push(std::mem::take(&mut current));
            } else {
                current.push(' ');
            }
            current.push_str(word);
        }
        lines.push(current);
    }
    lines.join("\n")
}

fn indented(text: &str, columns: usize) -> String {
    let blanks = " ".repeat(columns);
    text.split('\n').map(|line| format!("{blanks}{line}")).collect::<Vec<_>>().join("\n")
}
