//! `etcdctl mk`.

use super::keys::{self, Write, carry_out, connect_for_key, value};
use super::spec::{Command, FlagSpec};
use super::{Context, Ended};

pub static MK: Command =
    Command::leaf("mk", "makes a key that must not be there yet", "<key> <value>", |context| Box::pin(run(context)))
        .flags(&[
            FlagSpec::switch(&["in-order"], "make a key in directory <key>, named so that keys sort by age"),
            FlagSpec::int(&["ttl"], "seconds the key lives"),
        ]);

async fn run(context: Context) -> Ended {
    let (mut client, key) = connect_for_key(&context).await?;
    let value = value(&context).await?;
    let ttl = context.flags.int("ttl");
    let action = if context.flags.is_on("in-order") {
        keys::create_in_order(key, &value, ttl)
    } else {
        keys::set(key, &value, &Write { prev_exist: Some(false), ttl, ..Write::default() })
    };
    carry_out(&context, &mut client, &action).await?.print(&context);
    Ok(())
}
