//! Contexts: which cluster, as whom, in which namespace.

use serde_json::Value;

use super::{Editor, one_name};
use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::{Command, Flag};
use crate::kubectl::commands::rare::Rare;
use crate::kubectl::failure::Failure;
use crate::kubectl::kubeconfig::KubeConfig;

static SET_FLAGS: [Flag; 1] = [Flag::switch("current", "change the current context")];
static GET_FLAGS: [Flag; 2] = [
    Flag::switch("no-headers", "leave the line of headers out"),
    Flag::text("output", "name for names only").short('o'),
];

pub static SET_CONTEXT: Command = Command::leaf(
    "set-context",
    "[NAME | --current] [--cluster=cluster_nickname] [--user=user_nickname] [--namespace=namespace]",
    "Set a context",
    &[&SET_FLAGS],
    |cli| Rare::ConfigSetContext.run(cli),
);
pub static CURRENT_CONTEXT: Command =
    Command::leaf("current-context", "[flags]", "Show the current context", &[], |cli| {
        Rare::ConfigCurrentContext.run(cli)
    });
pub static USE_CONTEXT: Command =
    Command::leaf("use-context", "CONTEXT_NAME", "Make a context the current one", &[], |cli| {
        Rare::ConfigUseContext.run(cli)
    })
    .aliases(&["use"]);
pub static GET_CONTEXTS: Command =
    Command::leaf("get-contexts", "[(-o|--output=)name)]", "List contexts", &[&GET_FLAGS], |cli| {
        Rare::ConfigGetContexts.run(cli)
    });
pub static DELETE_CONTEXT: Command =
    Command::leaf("delete-context", "NAME", "Delete a context", &[], |cli| Rare::ConfigDeleteContext.run(cli));
pub static DELETE_CLUSTER: Command =
    Command::leaf("delete-cluster", "NAME", "Delete a cluster", &[], |cli| Rare::ConfigDeleteCluster.run(cli));
pub static DELETE_USER: Command =
    Command::leaf("delete-user", "NAME", "Delete a user", &[], |cli| Rare::ConfigDeleteUser.run(cli));
pub static RENAME_CONTEXT: Command =
    Command::leaf("rename-context", "CONTEXT_NAME NEW_NAME", "Give a context another name", &[], |cli| {
        Rare::ConfigRenameContext.run(cli)
    });

pub fn set(cli: &Cli) -> Result<(), Failure> {
    let mut editor = Editor::open(cli)?;
    let name = match (cli.args(), cli.flags.bool("current")) {
        ([name], false) => name.clone(),
        ([], true) => editor.config().current().to_owned(),
        ([_, ..], true) => return Err(cli.usage("you cannot specify both a context name and --current")),
        _ => return Err(cli.usage(format_args!("Unexpected args: [{}]", cli.args().join(" ")))),
    };
    if name.is_empty() {
        return Err(Failure::plain("no current context is set"));
    }
    let is_new = editor.config().find("contexts", &name).is_none();
    editor.change("contexts", &name, |context| {
        for field in ["cluster", "namespace", "user"] {
            if cli.flags.changed(field) {
                context[field] = cli.flags.text(field).into();
            }
        }
    })?;
    let done = if is_new { "created" } else { "modified" };
    cli.println(format_args!("Context \"{name}\" {done}."));
    Ok(())
}

pub fn current(cli: &Cli) -> Result<(), Failure> {
    let config = KubeConfig::load(&cli.process, &cli.flags)?;
    if config.current().is_empty() {
        return Err(Failure::plain("current-context is not set"));
    }
    cli.println(config.current());
    Ok(())
}

pub fn use_context(cli: &Cli) -> Result<(), Failure> {
    let name = one_name(cli)?;
    let mut editor = Editor::open(cli)?;
    if editor.config().find("contexts", &name).is_none() {
        return Err(Failure::plain(format!("no context exists with the name: \"{name}\"")));
    }
    editor.set("current-context", name.clone().into())?;
    cli.println(format_args!("Switched to context \"{name}\"."));
    Ok(())
}

pub fn get(cli: &Cli) -> Result<(), Failure> {
    let config = KubeConfig::load(&cli.process, &cli.flags)?;
    let names_only = match cli.flags.text("output") {
        "" | "wide" => false,
        "name" => true,
        other => return Err(Failure::plain(format!("output must be one of '' or 'name': {other}"))),
    };
    let mut rows = String::new();
    if !names_only && !cli.flags.bool("no-headers") {
        rows.push_str("CURRENT\tNAME\tCLUSTER\tAUTHINFO\tNAMESPACE\n");
    }
    let mut missing = Vec::new();
    for name in cli.args() {
        if config.find("contexts", name).is_none() {
            missing.push(Failure::plain(format!("context {name} not found")));
        }
    }
    for item in config.merged["contexts"].as_array().into_iter().flatten() {
        let name = item["name"].as_str().unwrap_or_default();
        if !cli.args().is_empty() && !cli.args().iter().any(|wanted| wanted == name) {
            continue;
        }
        let text = |field: &str| item["context"][field].as_str().unwrap_or_default();
        let mark = if name == config.current() { "*" } else { "" };
        match names_only {
            true => rows.push_str(&format!("{name}\n")),
            false => rows.push_str(&format!(
                "{mark}\t{name}\t{}\t{}\t{}\n",
                text("cluster"),
                text("user"),
                text("namespace")
            )),
        }
    }
    let rows: Vec<Vec<String>> = rows.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect();
    cli.print(crate::kubectl::print::table(&rows));
    Failure::all(missing)
}

pub fn delete(cli: &Cli, part: &str, what: &str) -> Result<(), Failure> {
    let name = one_name(cli)?;
    let mut editor = Editor::open(cli)?;
    let file = editor.file().to_owned();
    if editor.config().find(part, &name).is_none() {
        return Err(Failure::plain(format!("cannot delete {what} {name}, not in {file}")));
    }
    if part == "contexts" && editor.config().current() == name {
        cli.eprint(
            "warning: this removed your active context, use \"kubectl config use-context\" to select a different one\n",
        );
    }
    editor.remove(part, &name)?;
    cli.println(format_args!("deleted {what} {name} from {file}"));
    Ok(())
}

pub fn rename(cli: &Cli) -> Result<(), Failure> {
    let [old, new] = cli.args() else {
        return Err(cli.usage(format_args!("Unexpected args: [{}]", cli.args().join(" "))));
    };
    let mut editor = Editor::open(cli)?;
    let file = editor.file().to_owned();
    let Some(context) = editor.config().find("contexts", old).cloned() else {
        return Err(Failure::plain(format!("cannot rename the context \"{old}\", it's not in {file}")));
    };
    if editor.config().find("contexts", new).is_some() {
        let words = "the context";
        return Err(Failure::plain(format!(
            "cannot rename {words} \"{old}\", {words} \"{new}\" already exists in {file}"
        )));
    }
    let is_current = editor.config().current() == old;
    editor.remove("contexts", old)?;
    editor.change("contexts", new, |fields: &mut Value| *fields = context)?;
    if is_current {
        editor.set("current-context", new.clone().into())?;
    }
    cli.println(format_args!("Context \"{old}\" renamed to \"{new}\"."));
    Ok(())
}
