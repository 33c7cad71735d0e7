//! From the server's Tables to rows of text (`k8s.io/cli-runtime/pkg/printers/tableprinter.go`).

use serde_json::Value;

use crate::kubectl::builder::Wanted;
use crate::kubectl::cli::Cli;
use crate::kubectl::client::Resource;
use crate::kubectl::print::json;

/// Asks for a Table, or for the objects where the server has none.
pub const TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,\
                         application/json";

/// Which columns are shown.
pub struct Layout {
    wide: bool,
    with_namespace: bool,
    /// `pod`, to stand before names.
    kind: Option<String>,
    label_columns: Vec<String>,
    show_labels: bool,
    now: i64,
}

impl Layout {
    pub fn of(cli: &Cli, resource: &Resource, wanted: &Wanted, wide: bool, with_kind: bool) -> Self {
        Self {
            wide,
            with_namespace: wanted.all_namespaces && resource.namespaced,
            kind: with_kind.then(|| resource.titled()),
            label_columns: cli.flags.list("label-columns"),
            show_labels: cli.flags.bool("show-labels"),
            now: cli.now(),
        }
    }

    pub fn headers(&self, table: &Value) -> Vec<String> {
        let mut headers = Vec::new();
        if self.with_namespace {
            headers.push("NAMESPACE".to_owned());
        }
        match table["columnDefinitions"].as_array() {
            Some(columns) => {
                let shown = columns.iter().filter(|column| self.shows(column));
                headers.extend(shown.map(|column| column["name"].as_str().unwrap_or_default().to_uppercase()));
            }
            None => headers.extend(["NAME".to_owned(), "AGE".to_owned()]),
        }
        let short = |label: &String| label.rsplit('/').next().unwrap_or_default().to_uppercase();
        headers.extend(self.label_columns.iter().map(short));
        if self.show_labels {
            headers.push("LABELS".to_owned());
        }
        headers
    }

    fn shows(&self, column: &Value) -> bool {
        self.wide || column["priority"].as_i64().unwrap_or(0) == 0
    }

    pub fn rows(&self, table: &Value) -> Vec<Vec<String>> {
        let Some(rows) = table["rows"].as_array() else {
            // A server without Tables: what every object has.
            return crate::kubectl::print::items(table).iter().map(|object| self.bare(object)).collect();
        };
        let columns = table["columnDefinitions"].as_array().map(Vec::as_slice).unwrap_or_default();
        rows.iter().map(|row| self.row(row, columns)).collect()
    }

    fn row(&self, row: &Value, columns: &[Value]) -> Vec<String> {
        let metadata = &row["object"]["metadata"];
        let mut cells = Vec::new();
        if self.with_namespace {
            cells.push(metadata["namespace"].as_str().unwrap_or_default().to_owned());
        }
        let values = row["cells"].as_array().into_iter().flatten();
        for (i, (value, column)) in values.zip(columns).enumerate() {
            if !self.shows(column) {
                continue;
            }
            let text = cell(value);
            match &self.kind {
                Some(kind) if i == 0 => cells.push(format!("{kind}/{text}")),
                _ => cells.push(text),
            }
        }
        self.labels(metadata, &mut cells);
        cells
    }

    fn bare(&self, object: &Value) -> Vec<String> {
        let metadata = &object["metadata"];
        let text = |field: &str| metadata[field].as_str().unwrap_or_default().to_owned();
        let mut cells = Vec::new();
        if self.with_namespace {
            cells.push(text("namespace"));
        }
        let name = text("name");
        cells.push(self.kind.as_ref().map_or(name.clone(), |kind| format!("{kind}/{name}")));
        cells.push(crate::kubectl::age::since(metadata["creationTimestamp"].as_str(), self.now));
        self.labels(metadata, &mut cells);
        cells
    }

    fn labels(&self, metadata: &Value, cells: &mut Vec<String>) {
        let label = |key: &String| metadata["labels"][key].as_str().unwrap_or_default().to_owned();
        cells.extend(self.label_columns.iter().map(label));
        if self.show_labels {
            let labels = metadata["labels"].as_object();
            let mut pairs: Vec<String> = labels
                .into_iter()
                .flatten()
                .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
                .collect();
            pairs.sort_unstable();
            cells.push(if pairs.is_empty() { "<none>".to_owned() } else { pairs.join(",") });
        }
    }
}

/// One line of a cell; more is hinted at.
fn cell(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Null => "<none>".to_owned(),
        other => json::compact(other),
    };
    match text.find(['\n', '\r', '\u{c}']) {
        Some(at) => format!("{}...", &text[..at]),
        None => text,
    }
}
