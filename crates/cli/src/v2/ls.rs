//! `etcdctl ls`.

use super::client::connect;
use super::keys::{self, carry_out};
use super::response::Node;
use super::spec::{Command, FlagSpec};
use super::{Context, Ended};

pub static LS: Command = Command::leaf("ls", "lists a directory", "[key]", |context| Box::pin(run(context))).flags(&[
    FlagSpec::switch(&["sort"], "list by name"),
    FlagSpec::switch(&["recursive", "r"], "list what is in directories too"),
    FlagSpec::switch(&["p"], "put a slash (/) after directories"),
    FlagSpec::switch(&["quorum", "q"], "read through the log, so that the answer is current"),
]);

async fn run(context: Context) -> Ended {
    let mut client = connect(&context).await?;
    let key = context.args.first().map_or("/", String::as_str);
    let flags = &context.flags;
    let action = keys::get(key, flags.is_on("recursive"), flags.is_on("sort"), flags.is_on("quorum"));
    let response = carry_out(&context, &mut client, &action).await?;
    if context.output() != "simple" {
        response.print(&context);
        return Ok(());
    }
    let mut lines = String::new();
    if !response.node.dir {
        lines = format!("{}\n", response.node.key);
    }
    response.node.nodes.iter().for_each(|node| list(node, flags.is_on("p"), &mut lines));
    context.process.stdout.put(lines);
    Ok(())
}

fn list(node: &Node, slash: bool, lines: &mut String) {
    lines.push_str(&node.key);
    lines.push_str(if node.dir && slash { "/\n" } else { "\n" });
    node.nodes.iter().for_each(|node| list(node, slash, lines));
}
