//! `kubeadm config images`.

use crate::kubeadm::images::{REPOSITORY, images, version};
use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::{Command, Flag};
use crate::kubectl::failure::Failure;
use crate::kubectl::print::json::{Order, pretty};
use serde_json::json;

static FLAGS: [Flag; 2] = [
    Flag::text("image-repository", "registry to pull the control plane's images from").default(REPOSITORY),
    Flag::text("kubernetes-version", "release of the control plane").default("stable-1"),
];
static OUTPUT: [Flag; 1] = [Flag::text("output", "output format: text, json or yaml").short('o').default("text")];

pub static IMAGES: Command =
    Command::group("images", "", "Deal with the images that a control plane is made of", &[&LIST, &PULL]);

static LIST: Command =
    Command::leaf("list", "[flags]", "Print the images that kubeadm will use", &[&FLAGS, &OUTPUT], |cli| {
        Box::pin(async move { list(&cli) })
    });

static PULL: Command = Command::leaf("pull", "[flags]", "Pull the images that kubeadm will use", &[&FLAGS], |cli| {
    Box::pin(async move { pull(&cli).await })
});

/// What an image takes to arrive, in microseconds.
const PULL_TIME: u64 = 1_200_000;

fn asked(cli: &Cli) -> Result<Vec<String>, Failure> {
    let version = version(cli.flags.text("kubernetes-version")).map_err(Failure::plain)?;
    Ok(images(cli.flags.text("image-repository"), &version))
}

fn list(cli: &Cli) -> Result<(), Failure> {
    let images = asked(cli)?;
    let object = json!({ "kind": "Images", "apiVersion": "output.kubeadm.k8s.io/v1alpha3", "images": images });
    match cli.flags.text("output") {
        "text" => images.iter().for_each(|image| cli.println(image)),
        "json" => cli.println(pretty(&object, Order::Kept, 4)),
        "yaml" => cli.print(yaml::write(&object)),
        other => {
            return Err(Failure::plain(format!(
                "unable to match a printer suitable for the output format \"{other}\", allowed formats are: go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,template,templatefile,text,yaml"
            )));
        }
    }
    Ok(())
}

async fn pull(cli: &Cli) -> Result<(), Failure> {
    for image in asked(cli)? {
        cli.process.sleep(PULL_TIME).await;
        cli.println(format_args!("[config/images] Pulled {image}"));
    }
    Ok(())
}
