//! `kubectl create configmap`.

use std::rc::Rc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::config_source::{SOURCES, entries};
use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::{Command, RunFuture};
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::{DRY_RUN, MAKE, Made, PRINT, known, one_name};

pub static CONFIG_MAP: Command = Command::leaf(
    "configmap",
    "NAME [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none]",
    "Make a config map from values or files",
    &[&SOURCES, &DRY_RUN, &PRINT, &MAKE],
    run,
)
.aliases(&["cm"])
.examples(&[
    ("Two values", "kubectl create configmap app --from-literal=mode=prod --from-literal=level=3"),
    ("A file", "kubectl create configmap app --from-file=app.properties"),
]);

fn run(cli: Rc<Cli>) -> RunFuture {
    Box::pin(async move { create(&cli).await })
}

async fn create(cli: &Cli) -> Result<(), Failure> {
    let name = one_name(cli)?;
    let (mut data, mut binary): (Map<String, Value>, Map<String, Value>) = Default::default();
    entries(cli, &mut |key, bytes| {
        for (map, field) in [(&data, "Data"), (&binary, "BinaryData")] {
            if map.contains_key(&key) {
                let key = crate::go::quote(&key);
                return Err(Failure::plain(format!(
                    "cannot add key {key}, another key by that name already exists in {field} for ConfigMap {}",
                    crate::go::quote(&name)
                )));
            }
        }
        match String::from_utf8(bytes) {
            Ok(text) => data.insert(key, text.into()),
            Err(error) => binary.insert(key, STANDARD.encode(error.as_bytes()).into()),
        };
        Ok(())
    })?;
    let mut fields = json!({});
    for (field, mut map) in [("data", data), ("binaryData", binary)] {
        if !map.is_empty() {
            map.sort_keys();
            fields[field] = map.into();
        }
    }
    let resource = known("", "v1", "configmaps", "ConfigMap", true);
    Made::new(cli, resource, &name, fields)?.create(cli, "failed to create configmap: ").await
}
