//! `kubectl config` (`k8s.io/kubectl/pkg/cmd/config`).

pub mod context;
pub mod set;
pub mod view;

use serde_json::{Value, json};

use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::Command;
use crate::kubectl::failure::Failure;
use crate::kubectl::kubeconfig::{KubeConfig, PARTS};

pub static CONFIG: Command = Command::group(
    "config",
    "SUBCOMMAND",
    "Look at and change kubeconfig files",
    &[
        &view::VIEW,
        &set::SET_CLUSTER,
        &set::SET_CREDENTIALS,
        &context::SET_CONTEXT,
        &set::SET,
        &set::UNSET,
        &context::CURRENT_CONTEXT,
        &context::USE_CONTEXT,
        &context::GET_CONTEXTS,
        &view::GET_CLUSTERS,
        &view::GET_USERS,
        &context::DELETE_CLUSTER,
        &context::DELETE_CONTEXT,
        &context::DELETE_USER,
        &context::RENAME_CONTEXT,
    ],
)
.long(
    "Look at and change kubeconfig files.\n\n Which file it is:\n\n  1.  that of --kubeconfig, if the flag is \
     given\n  2.  those that $KUBECONFIG names, with colons between them, as if they were one\n  3.  else \
     ${HOME}/.kube/config",
);

/// Files that are being changed.
pub struct Editor<'a> {
    cli: &'a Cli,
    config: KubeConfig,
}

impl<'a> Editor<'a> {
    pub fn open(cli: &'a Cli) -> Result<Self, Failure> {
        Ok(Self { cli, config: KubeConfig::load(&cli.process, &cli.flags)? })
    }

    pub fn config(&self) -> &KubeConfig {
        &self.config
    }

    /// The file that something new is written to.
    pub fn file(&self) -> &str {
        let exists = |name: &&str| self.cli.process.fs().exists(name);
        let mut names = self.config.files.iter().map(|(name, _)| name.as_str());
        names.clone().find(exists).or_else(|| names.next_back()).unwrap_or_default()
    }

    /// The file that has the named thing, else the one for what is new.
    fn index(&self, part: &str, name: &str) -> usize {
        let has = |value: &Value| value[part].as_array().into_iter().flatten().any(|item| item["name"] == name);
        let known = self.config.files.iter().position(|(_, value)| has(value));
        known.unwrap_or_else(|| self.config.files.iter().position(|(file, _)| file == self.file()).unwrap_or(0))
    }

    /// Changes the named thing of a part, making it when it does not exist.
    pub fn change(&mut self, part: &str, name: &str, change: impl FnOnce(&mut Value)) -> Result<(), Failure> {
        let field = PARTS.iter().find(|(known, _)| *known == part).map_or("", |(_, field)| field);
        let at = self.index(part, name);
        let Some((_, value)) = self.config.files.get_mut(at) else { return Ok(()) };
        if !value[part].is_array() {
            value[part] = json!([]);
        }
        let items = value[part].as_array_mut();
        let Some(items) = items else { return Ok(()) };
        let at_item = match items.iter().position(|item| item["name"] == name) {
            Some(at) => at,
            None => {
                items.push(json!({field: {}, "name": name}));
                items.sort_by(|a, b| a["name"].as_str().cmp(&b["name"].as_str()));
                items.iter().position(|item| item["name"] == name).unwrap_or(0)
            }
        };
        if !items[at_item][field].is_object() {
            items[at_item][field] = json!({});
        }
        change(&mut items[at_item][field]);
        self.write(at)
    }

    /// Takes the named thing away; returns it.
    pub fn remove(&mut self, part: &str, name: &str) -> Result<Option<Value>, Failure> {
        let at = self.index(part, name);
        let Some((_, value)) = self.config.files.get_mut(at) else { return Ok(None) };
        let Some(items) = value[part].as_array_mut() else { return Ok(None) };
        let Some(found) = items.iter().position(|item| item["name"] == name) else { return Ok(None) };
        let gone = items.remove(found);
        self.write(at)?;
        Ok(Some(gone))
    }

    /// Sets a field of the file itself.
    pub fn set(&mut self, field: &str, value: Value) -> Result<(), Failure> {
        let has = |(_, file): &(String, Value)| file[field].as_str().is_some_and(|text| !text.is_empty());
        let at = self.config.files.iter().position(has);
        let at = at.unwrap_or_else(|| self.index("contexts", ""));
        if let Some((_, file)) = self.config.files.get_mut(at) {
            file[field] = value;
        }
        self.write(at)
    }

    fn write(&mut self, at: usize) -> Result<(), Failure> {
        let Some((name, value)) = self.config.files.get_mut(at) else { return Ok(()) };
        value["apiVersion"] = "v1".into();
        value["kind"] = "Config".into();
        for (part, _) in PARTS {
            if !value[part].is_array() {
                value[part] = Value::Null;
            }
        }
        if value["current-context"].is_null() {
            value["current-context"] = "".into();
        }
        let fs = self.cli.process.fs();
        if let Some((directory, _)) = name.rsplit_once('/') {
            let _ = fs.mkdir_all(directory);
        }
        let written = fs.write(name, yaml::write(value).into_bytes());
        written.map_err(|error| Failure::plain(format!("open {name}: {}", error.to_string().to_lowercase())))
    }
}

/// Exactly one argument.
fn one_name(cli: &Cli) -> Result<String, Failure> {
    match cli.args() {
        [name] => Ok(name.clone()),
        _ => Err(cli.usage(format_args!("Unexpected args: [{}]", cli.args().join(" ")))),
    }
}
