//! `etcdctl check datascale`: what holding data costs a member.

use std::cell::Cell;

use etcd::rpc::StatusRequest;

use crate::client::{Client, ClientConfig, Context};
use crate::flags::{CommandSpec, FlagSpec};
use crate::program::{Exit, Invocation, RunFuture, code};

use super::super::global::{client, settings};
use super::load::{self, Load};

/// Loads by size.
const LOADS: [Load; 4] = [
    Load { limit: 10_000, clients: 50 },
    Load { limit: 100_000, clients: 200 },
    Load { limit: 1_000_000, clients: 500 },
    Load { limit: 3_000_000, clients: 1000 },
];

const KEY_SIZE: usize = 512;
const VALUE_SIZE: usize = 512;

pub static DATASCALE: CommandSpec = CommandSpec::leaf(
    "datascale [options]",
    "Writes many keys and tells what holding them costs a member",
    &[
        FlagSpec::text("load", "s", "how much: s(mall), m(edium), l(arge), xl"),
        FlagSpec::text("prefix", "/etcdctl-check-datascale/", "what the written keys begin with"),
        FlagSpec::switch("auto-compact", "compact when done"),
        FlagSpec::switch("auto-defrag", "defragment when done"),
    ],
    |invocation| -> RunFuture { Box::pin(run(invocation)) },
)
.long("Asks the first of the endpoints.");

async fn run(mut invocation: Invocation) -> Result<(), Exit> {
    let load = LOADS[load::size(invocation.flags.text("load"))?];
    let prefix = invocation.flags.text("prefix").to_owned();
    let config = settings(&mut invocation).await?.config;
    let mut clients: Vec<Client> = Vec::with_capacity(load.clients);
    for _ in 0..load.clients {
        clients.push(client(&invocation, config.clone()).await?);
    }
    load::refuse_existing(&clients[0], &prefix, &format!("etcdctl del --prefix {prefix}")).await?;
    let before = memory(&invocation, &config, "before").await?;
    let Load { limit, clients: count } = load;
    let size = KEY_SIZE + VALUE_SIZE;
    let head = format!(
        "Start data scale check for work load [{limit} key-value pairs, {size} bytes per key-value, {count} concurrent \
         clients]."
    );
    invocation.println(head);
    let done = Cell::new(0);
    let make = || load::random_put(&invocation, &prefix, KEY_SIZE, VALUE_SIZE);
    let when = |number: u64| (number < limit).then_some(0);
    let measured = load::write(&invocation, &clients, &make, &when, &|| done.set(done.get() + 1)).await;
    let seconds = measured.total.get() / 1_000_000;
    invocation.print(load::bar(done.get(), limit, seconds) + "\n");
    let after = memory(&invocation, &config, "after").await?;
    load::clean_up(&invocation, &clients[0], &prefix, invocation.flags.bool("auto-compact")).await?;
    if invocation.flags.bool("auto-defrag") {
        load::defragment(&invocation, &clients[0]).await?;
    }
    let errors = measured.error_lines();
    if !errors.is_empty() {
        invocation.println(errors.join("\n"));
        return Err(Exit::silent(code::ERROR));
    }
    let megabytes = (after - before) as f64 / (1024.0 * 1024.0);
    invocation.println(format_args!("PASS: Approximate system memory used : {megabytes:.2} MB."));
    Ok(())
}

/// What the first endpoint's member holds in memory, in bytes. The original reads its resident memory from /metrics; here
/// it is the database, which a member maps into its memory as a whole.
async fn memory(invocation: &Invocation, config: &ClientConfig, when: &str) -> Result<i64, Exit> {
    let endpoints = config.endpoints.first().cloned().into_iter().collect();
    let member = client(invocation, ClientConfig { endpoints, ..config.clone() }).await?;
    match member.status(&Context::background(), StatusRequest {}).await {
        Ok(status) => Ok(status.db_size),
        Err(_) => {
            let message = format!("FAIL: Could not read process_resident_memory_bytes {when} the put operations.");
            invocation.println(message);
            Err(Exit::silent(code::ERROR))
        }
    }
}
