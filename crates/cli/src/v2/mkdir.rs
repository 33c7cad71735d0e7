//! `etcdctl mkdir`, and what `setdir` and `updatedir` do likewise.

use super::keys::{self, Write, carry_out, connect_for_key};
use super::spec::{Command, FlagSpec};
use super::{Context, Ended};

pub static MKDIR: Command =
    Command::leaf("mkdir", "makes a directory that must not be there yet", "<key>", |context| {
        Box::pin(write_directory(context, Some(false)))
    })
    .flags(&[TTL]);

/// How long the directory lives.
pub const TTL: FlagSpec = FlagSpec::int(&["ttl"], "seconds the directory lives");

/// Writes a directory that must be there, must not, or may.
pub async fn write_directory(context: Context, prev_exist: Option<bool>) -> Ended {
    let (mut client, key) = connect_for_key(&context).await?;
    let write = Write { dir: true, prev_exist, ttl: context.flags.int("ttl"), ..Write::default() };
    let response = carry_out(&context, &mut client, &keys::set(key, "", &write)).await?;
    if context.output() != "simple" {
        response.print(&context);
    }
    Ok(())
}
