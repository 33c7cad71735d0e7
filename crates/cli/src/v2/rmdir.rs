//! `etcdctl rmdir`.

use super::keys::{self, carry_out, connect_for_key};
use super::spec::Command;
use super::{Context, Ended};

pub static RMDIR: Command =
    Command::leaf("rmdir", "deletes a key, or a directory that is empty", "<key>", |context| Box::pin(run(context)));

async fn run(context: Context) -> Ended {
    let (mut client, key) = connect_for_key(&context).await?;
    let response = carry_out(&context, &mut client, &keys::delete(key, true, false, "", 0)).await?;
    if !response.node.dir || context.output() != "simple" {
        response.print(&context);
    }
    Ok(())
}
