//! `kubectl kustomize`: shows what a kustomization makes (`sigs.k8s.io/kustomize/kustomize/v5/commands/build`).

use super::rare::Rare;
use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::{Command, Flag};
use crate::kubectl::failure::Failure;
use crate::kubectl::kustomize::build;

static FLAGS: [Flag; 1] = [Flag::text("output", "file that the objects are written to").short('o')];

pub static KUSTOMIZE: Command = Command::leaf(
    "kustomize",
    "DIR",
    "Show what a directory's kustomization makes",
    &[&FLAGS],
    |cli| Rare::Kustomize.run(cli),
)
.long(
    "Show what a directory's kustomization makes.\n\n The directory has a file kustomization.yaml. Without a DIR it is \
     the current one.",
)
.examples(&[("Of the current directory", "kubectl kustomize"), ("Of another one", "kubectl kustomize overlays/prod")]);

pub async fn kustomize(cli: &Cli) -> Result<(), Failure> {
    let directory = match cli.args() {
        [] => ".",
        [directory] => directory,
        _ => return Err(Failure::plain("specify one path to a kustomization directory")),
    };
    let objects = build(&cli.process, directory)?;
    let text = objects.iter().map(yaml::write).collect::<Vec<_>>().join("---\n");
    match cli.flags.text("output") {
        "" => cli.print(text),
        file => {
            let written = cli.process.fs().write(&cli.process.path(file), text.into_bytes());
            written.map_err(|error| Failure::plain(format!("open {file}: {}", error.to_string().to_lowercase())))?;
        }
    }
    Ok(())
}
