//! `etcdctl get`.

use super::keys::{self, carry_out, connect_for_key};
use super::spec::{Command, FlagSpec};
use super::{Context, Ended, code};

pub static GET: Command = Command::leaf("get", "shows the value of a key", "<key>", |context| Box::pin(run(context)))
    .flags(&[
        FlagSpec::switch(&["sort"], "list by name"),
        FlagSpec::switch(&["quorum", "q"], "read through the log, so that the answer is current"),
    ]);

async fn run(context: Context) -> Ended {
    let (mut client, key) = connect_for_key(&context).await?;
    let action = keys::get(key, false, context.flags.is_on("sort"), context.flags.is_on("quorum"));
    let response = carry_out(&context, &mut client, &action).await?;
    if response.node.dir {
        context.eprintln(format_args!("{}: is a directory", response.node.key));
        return Err(code::BAD_ARGS);
    }
    response.print(&context);
    Ok(())
}
