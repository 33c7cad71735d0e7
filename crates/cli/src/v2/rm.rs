//! `etcdctl rm`.

use super::keys::{self, carry_out, connect_for_key};
use super::spec::{Command, FlagSpec};
use super::{Context, Ended};

pub static RM: Command = Command::leaf("rm", "deletes a key or a directory", "<key>", |context| Box::pin(run(context)))
    .flags(&[
        FlagSpec::switch(&["dir"], "also delete an empty directory"),
        FlagSpec::switch(&["recursive", "r"], "also delete a directory with all that is in it"),
        FlagSpec::text(&["with-value"], "only if this is the value"),
        FlagSpec::int(&["with-index"], "only if this is the index of the last change"),
    ]);

async fn run(context: Context) -> Ended {
    let (mut client, key) = connect_for_key(&context).await?;
    let flags = &context.flags;
    let (dir, recursive) = (flags.is_on("dir"), flags.is_on("recursive"));
    let action = keys::delete(key, dir, recursive, flags.text("with-value"), flags.int("with-index"));
    let response = carry_out(&context, &mut client, &action).await?;
    if !response.node.dir || context.output() != "simple" {
        response.print(&context);
    }
    Ok(())
}
