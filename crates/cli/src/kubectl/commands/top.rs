//! `kubectl top`: needs a metrics server, which no cluster here has (`k8s.io/kubectl/pkg/cmd/top`).

use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::{Command, Flag};
use crate::kubectl::failure::Failure;

static FLAGS: [Flag; 9] = [
    Flag::switch("all-namespaces", "in every namespace").short('A'),
    Flag::switch("containers", "show each container"),
    Flag::text("field-selector", "only objects whose fields are so"),
    Flag::switch("no-headers", "leave the line of headers out"),
    Flag::text("selector", "only objects with these labels").short('l'),
    Flag::switch("show-capacity", "show what nodes have, not what is allocatable"),
    Flag::text("sort-by", "cpu or memory"),
    Flag::switch("sum", "show the sum of all"),
    Flag::switch("use-protocol-buffers", "ask for protocol buffers").default("true"),
];

pub static TOP: Command = Command::group("top", "[flags]", "Show what nodes and pods use", &[&NODE, &POD]);

static NODE: Command = Command::leaf("node", "[NAME | -l label]", "Show what nodes use", &[&FLAGS], |cli| {
    Box::pin(async move { top(&cli).await })
})
.aliases(&["nodes", "no"]);
static POD: Command = Command::leaf("pod", "[NAME | -l label]", "Show what pods use", &[&FLAGS], |cli| {
    Box::pin(async move { top(&cli).await })
})
.aliases(&["pods", "po"]);

async fn top(cli: &Cli) -> Result<(), Failure> {
    if !matches!(cli.flags.text("sort-by"), "" | "cpu" | "memory") {
        return Err(Failure::plain("--sort-by accepts only cpu or memory"));
    }
    let selects = cli.flags.changed("selector") || cli.flags.changed("field-selector");
    if !cli.args().is_empty() && selects {
        return Err(Failure::plain("only one of NAME or selector can be provided"));
    }
    let discovery = cli.discovery().await?;
    match discovery.all().iter().any(|resource| resource.group == "metrics.k8s.io") {
        false => Err(Failure::plain("Metrics API not available")),
        true => Err(Failure::plain("the metrics of this server cannot be read")),
    }
}
