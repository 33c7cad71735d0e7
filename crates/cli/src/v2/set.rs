//! `etcdctl set`.

use super::keys::{self, Write, carry_out, connect_for_key, value};
use super::spec::{Command, FlagSpec};
use super::{Context, Ended};

pub static SET: Command =
    Command::leaf("set", "writes the value of a key", "<key> <value>", |context| Box::pin(run(context)))
        .description(
            "Writes the value of a key, whether it is there or not.\n\n\
             A value that begins with '-' would be read as a flag. Put '--' before it:\n\n$ set -- <key> <value>",
        )
        .flags(&[
            FlagSpec::int(&["ttl"], "seconds the key lives"),
            FlagSpec::text(&["swap-with-value"], "only if this is the value"),
            FlagSpec::int(&["swap-with-index"], "only if this is the index of the last change"),
        ]);

async fn run(context: Context) -> Ended {
    let (mut client, key) = connect_for_key(&context).await?;
    let value = value(&context).await?;
    let flags = &context.flags;
    let write = Write {
        prev_value: flags.text("swap-with-value"),
        prev_index: flags.int("swap-with-index"),
        ttl: flags.int("ttl"),
        ..Write::default()
    };
    carry_out(&context, &mut client, &keys::set(key, &value, &write)).await?.print(&context);
    Ok(())
}
