//! `kubectl edit` (`k8s.io/kubectl/pkg/cmd/util/editor`).

use serde_json::Value;

use crate::kubectl::builder::{Info, Wanted, find};
use crate::kubectl::change::update;
use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::{Command, Flag};
use crate::kubectl::commands::rare::Rare;
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::{FILES, PRINT};
use crate::kubectl::print::report;

static FLAGS: [Flag; 6] = [
    Flag::text("field-manager", "who is said to have set the fields").default("kubectl-edit"),
    Flag::switch("output-patch", "show the patch"),
    Flag::switch("save-config", "remember the object for a later apply"),
    Flag::text("subresource", "part of the object to edit"),
    Flag::text("validate", "strict, warn or ignore").default("strict").bare("strict"),
    Flag::switch("windows-line-endings", "use Windows line endings"),
];

pub static EDIT: Command = Command::leaf(
    "edit",
    "(RESOURCE/NAME | -f FILENAME)",
    "Edit objects in an editor",
    &[&FLAGS, &FILES, &PRINT],
    |cli| Rare::Edit.run(cli),
)
.long(
    "Edit objects in an editor.\n\n The editor is that of $KUBE_EDITOR or $EDITOR, else vi. What is saved goes to the \
     server as a patch.",
)
.examples(&[
    ("A service", "kubectl edit svc/web"),
    ("With another editor", "KUBE_EDITOR=\"nano\" kubectl edit svc/web"),
]);

const HEAD: &str = "# Please edit the object below. Lines beginning with a '#' will be ignored,\n# and an empty file will \
                    abort the edit. If an error occurs while saving this file will be\n# reopened with the relevant \
                    failures.\n#\n";

pub async fn edit(cli: &Cli) -> Result<(), Failure> {
    if cli.args().is_empty() && cli.flags.list("filename").is_empty() {
        return Err(Failure::plain("must specify at least one resource or one file"));
    }
    let wanted = Wanted::of(cli);
    let (infos, failures) = find(cli, cli.args(), &wanted).await?;
    Failure::all(failures)?;
    if infos.is_empty() {
        return Err(Failure::plain("edit cancelled, no objects found"));
    }
    for info in infos {
        one(cli, &info).await?;
    }
    Ok(())
}

async fn one(cli: &Cli, info: &Info) -> Result<(), Failure> {
    let mut shown = info.object.clone();
    if let Some(metadata) = shown["metadata"].as_object_mut() {
        metadata.shift_remove("managedFields");
    }
    let original = yaml::write(&shown);
    let file = format!("/tmp/kubectl-edit-{:010}.yaml", cli.process.random() % 10_000_000_000);
    let mut content = original.clone();
    let mut problem = String::new();
    loop {
        let text = format!("{HEAD}{problem}{content}");
        let fs = cli.process.fs();
        let written = fs.mkdir_all("/tmp").and_then(|()| fs.write(&file, text.into_bytes()));
        written.map_err(|error| Failure::plain(format!("open {file}: {}", error.to_string().to_lowercase())))?;
        launch(cli, &file).await?;
        let saved = String::from_utf8_lossy(&cli.read(&file).unwrap_or_default()).into_owned();
        let edited: String = saved.split_inclusive('\n').filter(|line| !line.starts_with('#')).collect();
        let cancelled = match (edited.trim().is_empty(), edited == content) {
            (true, _) => Some("Edit cancelled, saved file was empty."),
            (_, true) if problem.is_empty() => Some("Edit cancelled, no changes made."),
            (_, true) => {
                cli.eprintln(format_args!("A copy of your changes has been stored to {}", crate::go::quote(&file)));
                return Err(Failure::plain("Edit cancelled, no valid changes were saved."));
            }
            _ => None,
        };
        if let Some(words) = cancelled {
            cli.eprintln(words);
            let _ = fs.remove_file(&file);
            return Ok(());
        }
        match saved_object(cli, info, &shown, &edited).await {
            Ok(Some(object)) => {
                let _ = fs.remove_file(&file);
                return report(cli, &object, Some(&info.resource), "edited");
            }
            Ok(None) => {
                cli.eprintln("Edit cancelled, no changes made.");
                let _ = fs.remove_file(&file);
                return Ok(());
            }
            Err(failure @ Failure::Url { .. }) => return Err(failure),
            Err(failure) => {
                let title = format!("{} {}", info.resource.qualified(), crate::go::quote(&info.name));
                if failure.reason() == "Invalid" {
                    cli.eprintln(format_args!("error: {title} is invalid"));
                } else {
                    cli.eprintln(format_args!("error: {}", failure.text()));
                }
                let lines: String = failure.report().lines().map(|line| format!("# {line}\n")).collect();
                problem = format!("{lines}#\n");
                content = edited;
            }
        }
    }
}

async fn saved_object(cli: &Cli, info: &Info, shown: &Value, edited: &str) -> Result<Option<Value>, Failure> {
    let documents = yaml::documents(edited).map_err(|why| {
        Failure::plain(format!(
            "The edited file had a syntax error: error parsing edited-file: error converting YAML to JSON: {why}"
        ))
    })?;
    let modified = documents.into_iter().next().unwrap_or_default();
    if modified["metadata"]["name"] != shown["metadata"]["name"] || modified["kind"] != shown["kind"] {
        return Err(Failure::plain("At least one of apiVersion, kind and name was changed"));
    }
    let before = Info { object: shown.clone(), ..info.clone() };
    update(cli, &before, &modified, "kubectl-edit").await
}

/// Runs the editor on a file.
async fn launch(cli: &Cli, file: &str) -> Result<(), Failure> {
    let process = &cli.process;
    let editor = ["KUBE_EDITOR", "EDITOR"].iter().filter_map(|name| process.var(name)).find(|value| !value.is_empty());
    let editor = editor.unwrap_or("vi").to_owned();
    let words = ["sh", "-c", &format!("{editor} {file}")].map(str::to_owned).to_vec();
    let failed =
        |why: String| Failure::plain(format!("there was a problem with the editor {}{why}", crate::go::quote(&editor)));
    match cli.run(words).await.map_err(|why| failed(format!(": {why}")))? {
        0 => Ok(()),
        _ => Err(failed(String::new())),
    }
}
