//! `etcdctl check datascale`: what holding data costs a member.

use std::cell::Cell;

use etcd::rpc::StatusRequest;

use crate::apart::Subcommand;
use crate::client::{ClientConfig, Context};
use crate::flags::{CommandSpec, FlagSpec};
use crate::program::{Exit, Invocation, code};

use super::super::global::client;
use super::load::{self, Check, Load};

/// Loads by size.
const LOADS: [Load; 4] = [
    Load { limit: 10_000, clients: 50 },
    Load { limit: 100_000, clients: 200 },
    Load { limit: 1_000_000, clients: 500 },
    Load { limit: 3_000_000, clients: 1000 },
];

const KEY_SIZE: usize = 512;
const VALUE_SIZE: usize = 512;

static FLAGS: [FlagSpec; 4] = load::flags("/etcdctl-check-datascale/");

pub static DATASCALE: CommandSpec = CommandSpec::apart(
    "datascale [options]",
    "Writes many keys and tells what holding them costs a member",
    &FLAGS,
    Subcommand::CheckDatascale,
)
.long("Asks the first of the endpoints.");

pub async fn run(mut invocation: Invocation) -> Result<(), Exit> {
    let check = Check::begin(&mut invocation, &LOADS, "").await?;
    let before = memory(&invocation, &check.config, "before").await?;
    let Load { limit, clients: count } = check.load;
    let size = KEY_SIZE + VALUE_SIZE;
    let head = format!(
        "Start data scale check for work load [{limit} key-value pairs, {size} bytes per key-value, {count} concurrent \
         clients]."
    );
    invocation.println(head);
    let done = Cell::new(0);
    let make = || load::random_put(&invocation, &check.prefix, KEY_SIZE, VALUE_SIZE);
    let when = |number: u64| (number < limit).then_some(0);
    let measured = load::write(&invocation, &check.clients, &make, &when, &|| done.set(done.get() + 1)).await;
    let seconds = measured.total.get() / 1_000_000;
    invocation.print(load::bar(done.get(), limit, seconds) + "\n");
    let after = memory(&invocation, &check.config, "after").await?;
    check.end(&invocation).await?;
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
