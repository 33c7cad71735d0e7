//! `kubectl apply view-last-applied`, `set-last-applied` and `edit-last-applied`.

use serde_json::{Value, json};

use crate::kubectl::builder::{Wanted, fetch, find};
use crate::kubectl::cli::Cli;
use crate::kubectl::client::Body;
use crate::kubectl::cmdline::{Command, Flag};
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::{DRY_RUN, DryRun, FILES, LAST_APPLIED, PRINT, applied};
use crate::kubectl::manifest;
use crate::kubectl::print::json::{Order, pretty};

static VIEW_FLAGS: [Flag; 3] = [
    Flag::switch("all", "all objects of the type in the namespace"),
    Flag::text("output", "yaml or json").short('o').default("yaml"),
    Flag::text("selector", "only objects with these labels").short('l'),
];
static SET_FLAGS: [Flag; 1] = [Flag::switch("create-annotation", "remember it although nothing was remembered before")];

pub static VIEW_LAST_APPLIED: Command = Command::leaf(
    "view-last-applied",
    "(TYPE [NAME | -l label] | TYPE/NAME | -f FILENAME)",
    "Show what was applied last",
    &[&VIEW_FLAGS, &FILES],
    |cli| Box::pin(async move { view(&cli).await }),
);
pub static SET_LAST_APPLIED: Command = Command::leaf(
    "set-last-applied",
    "-f FILENAME",
    "Remember a file as applied without applying it",
    &[&SET_FLAGS, &FILES, &DRY_RUN, &PRINT],
    |cli| Box::pin(async move { set(&cli).await }),
);
pub static EDIT_LAST_APPLIED: Command = Command::leaf(
    "edit-last-applied",
    "(RESOURCE/NAME | -f FILENAME)",
    "Edit what was applied last",
    &[&VIEW_FLAGS, &FILES],
    |cli| Box::pin(async move { view(&cli).await }),
);

async fn view(cli: &Cli) -> Result<(), Failure> {
    let format = cli.flags.text("output");
    if !matches!(format, "yaml" | "json") {
        let words = format!("Unexpected -o output mode: {format}, the flag 'output' must be one of yaml|json");
        return Err(cli.usage(words));
    }
    let wanted = Wanted::of(cli);
    let (infos, failures) = find(cli, cli.args(), &wanted).await?;
    let several = infos.len() > 1;
    for info in infos {
        let Some(text) = info.object["metadata"]["annotations"][LAST_APPLIED].as_str() else {
            let name = &info.name;
            let words = format!("no last-applied-configuration annotation found on resource: {name}");
            return Err(Failure::plain(words));
        };
        let value: Value = serde_json::from_str(text).map_err(Failure::plain)?;
        let shown = if format == "json" { pretty(&value, Order::Sorted, 4) + "\n" } else { yaml::write(&value) };
        cli.print(if several && format == "yaml" { format!("---\n{shown}") } else { shown });
    }
    Failure::all(failures)
}

async fn set(cli: &Cli) -> Result<(), Failure> {
    let files = cli.flags.list("filename");
    if files.is_empty() {
        return Err(Failure::plain("must specify one of -f and -k"));
    }
    let dry = DryRun::of(cli)?;
    for document in manifest::documents(cli, &files).await? {
        let target = manifest::target(cli, document).await?;
        let (infos, failures) = fetch(cli, std::slice::from_ref(&target), &Wanted::default()).await?;
        Failure::all(failures)?;
        let crate::kubectl::builder::Target::Described { object, .. } = &target else { continue };
        for info in infos {
            let known = info.object["metadata"]["annotations"][LAST_APPLIED].is_string();
            if !known && !cli.flags.bool("create-annotation") {
                let words = format!(
                    "no last-applied-configuration annotation found on resource: {}, to create the annotation, run the command with --create-annotation",
                    info.name
                );
                return Err(Failure::plain(words));
            }
            let patch = json!({"metadata": {"annotations": {LAST_APPLIED: applied(object)}}});
            if dry != DryRun::Client {
                let body = Body::Patch("application/merge-patch+json", patch.to_string());
                cli.client()
                    .await?
                    .send("PATCH", &format!("{}?fieldManager=kubectl-last-applied", info.path()), body)
                    .await?;
            }
            cli.println(format_args!("{} configured{}", info.title(), dry.note()));
        }
    }
    Ok(())
}
