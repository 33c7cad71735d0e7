//! `etcdctl update`.

use super::keys::{self, Write, carry_out, connect_for_key, value};
use super::spec::{Command, FlagSpec};
use super::{Context, Ended};

pub static UPDATE: Command =
    Command::leaf("update", "writes the value of a key that is there", "<key> <value>", |context| {
        Box::pin(run(context))
    })
    .flags(&[FlagSpec::int(&["ttl"], "seconds the key lives")]);

async fn run(context: Context) -> Ended {
    let (mut client, key) = connect_for_key(&context).await?;
    let value = value(&context).await?;
    let write = Write { prev_exist: Some(true), ttl: context.flags.int("ttl"), ..Write::default() };
    carry_out(&context, &mut client, &keys::set(key, &value, &write)).await?.print(&context);
    Ok(())
}
