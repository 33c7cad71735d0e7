//! `kubectl set image`.

use super::{COMMON, send};
use crate::kubectl::change::{chosen, pod_spec, split_pairs};
use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::Command;
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::{DRY_RUN, FILES, PRINT};

pub static IMAGE: Command = Command::leaf(
    "image",
    "(-f FILENAME | TYPE NAME) CONTAINER_NAME_1=CONTAINER_IMAGE_1 ... CONTAINER_NAME_N=CONTAINER_IMAGE_N",
    "Set images of a pod template",
    &[&COMMON, &FILES, &DRY_RUN, &PRINT],
    |cli| Box::pin(async move { image(&cli).await }),
)
.examples(&[("Another release", "kubectl set image deployment/web nginx=nginx:1.29")]);

async fn image(cli: &Cli) -> Result<(), Failure> {
    let (names, pairs) = split_pairs(cli.args(), "image")?;
    if names.is_empty() && cli.flags.list("filename").is_empty() {
        return Err(Failure::plain(
            "one or more resources must be specified as <resource> <name> or <resource>/<name>",
        ));
    }
    if pairs.is_empty() {
        return Err(Failure::plain("at least one image update is required"));
    }
    let (infos, mut failures) = chosen(cli, &names).await?;
    let mut changed = Vec::new();
    for info in infos {
        let mut object = info.object.clone();
        let Some(spec) = pod_spec(&info.resource.kind).and_then(|at| object.pointer_mut(at)) else { continue };
        let before = failures.len();
        for pair in &pairs {
            let (name, image) = pair.split_once('=').unwrap_or((pair, ""));
            let mut found = false;
            for list in ["initContainers", "containers"] {
                for container in spec[list].as_array_mut().into_iter().flatten() {
                    if name == "*" || container["name"] == name {
                        container["image"] = image.into();
                        found = true;
                    }
                }
                if spec[list].is_null()
                    && let Some(fields) = spec.as_object_mut()
                {
                    fields.shift_remove(list);
                }
            }
            if !found {
                failures.push(Failure::plain(format!("unable to find container named {}", crate::go::quote(name))));
            }
        }
        if failures.len() == before {
            changed.push((info, object));
        }
    }
    send(cli, changed, "image updated", failures).await
}
