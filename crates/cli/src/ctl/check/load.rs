//! Putting load on a cluster and measuring what comes of it (etcd: pkg/report/report.go).

use sorted::SortedMap;
use std::cell::{Cell, RefCell};

use etcd::rpc::{CompactionRequest, DefragmentRequest, DeleteRangeRequest, PutRequest, RangeRequest};

use crate::client::{Client, ClientConfig, Context, prefix_end};
use crate::flags::FlagSpec;
use crate::go;
use crate::program::{Exit, Invocation, code};
use crate::together::all;
use crate::transport::LocalBoxFuture;

use super::super::global::{client, settings};

/// How long cleaning up may take. Nanoseconds.
const CLEANUP: i64 = 30_000_000_000;

/// Width of a progress bar without a terminal.
const BAR_WIDTH: usize = 80;

/// One kind of load.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Writes a second, or writes in all.
    pub limit: u64,
    pub clients: usize,
}

/// The flags of a check. `prefix` is where it writes if nothing else is said.
pub const fn flags(prefix: &'static str) -> [FlagSpec; 4] {
    [
        FlagSpec::text("load", "s", "how much: s(mall), m(edium), l(arge), xl"),
        FlagSpec::text("prefix", prefix, "what the written keys begin with"),
        FlagSpec::switch("auto-compact", "compact when done"),
        FlagSpec::switch("auto-defrag", "defragment when done"),
    ]
}

/// A check about to begin: how much load, where to, by whom.
pub struct Check {
    pub load: Load,
    pub prefix: String,
    pub config: ClientConfig,
    pub clients: Vec<Client>,
}

impl Check {
    /// Reads the flags, connects all clients and refuses to work where there are keys already. `quote` stands around the
    /// command that the refusal advises.
    pub async fn begin(invocation: &mut Invocation, loads: &[Load; 4], quote: &str) -> Result<Self, Exit> {
        let load = loads[size(invocation.flags.text("load"))?];
        let prefix = invocation.flags.text("prefix").to_owned();
        let config = settings(invocation).await?.config;
        let mut clients = Vec::with_capacity(load.clients);
        for _ in 0..load.clients {
            clients.push(client(invocation, config.clone()).await?);
        }
        let advice = format!("{quote}etcdctl del --prefix {prefix}{quote}");
        refuse_existing(&clients[0], &prefix, &advice).await?;
        Ok(Self { load, prefix, config, clients })
    }

    /// Deletes what was written and, if asked for, compacts and defragments.
    pub async fn end(&self, invocation: &Invocation) -> Result<(), Exit> {
        clean_up(invocation, &self.clients[0], &self.prefix, invocation.flags.bool("auto-compact")).await?;
        match invocation.flags.bool("auto-defrag") {
            true => defragment(invocation, &self.clients[0]).await,
            false => Ok(()),
        }
    }
}

/// What was measured. Times in microseconds.
#[derive(Default)]
pub struct Measured {
    latencies: RefCell<Vec<u64>>,
    errors: RefCell<SortedMap<String, u64>>,
    pub total: Cell<u64>,
}

impl Measured {
    /// Writes a second, rounded down.
    pub fn rate(&self) -> f64 {
        self.latencies.borrow().len() as f64 * 1e6 / self.total.get().max(1) as f64
    }

    /// The slowest write, in seconds.
    pub fn slowest(&self) -> f64 {
        self.latencies.borrow().iter().max().copied().unwrap_or(0) as f64 / 1e6
    }

    /// Standard deviation, in seconds.
    pub fn deviation(&self) -> f64 {
        let latencies = self.latencies.borrow();
        let count = latencies.len().max(1) as f64;
        let average = latencies.iter().sum::<u64>() as f64 / count;
        let squares: f64 = latencies.iter().map(|l| (*l as f64 - average).powi(2)).sum();
        (squares / count).sqrt() / 1e6
    }

    /// The lines about errors; none if there were none.
    pub fn error_lines(&self) -> Vec<String> {
        let errors = self.errors.borrow();
        if errors.is_empty() {
            return Vec::new();
        }
        let each = errors.iter().map(|(error, count)| format!("FAIL: ERROR({error}) -> {count}"));
        std::iter::once("FAIL: too many errors".to_owned()).chain(each).collect()
    }
}

/// The size of a load by its name or alias.
fn size(name: &str) -> Result<usize, Exit> {
    match name {
        "s" | "small" => Ok(0),
        "m" | "medium" => Ok(1),
        "l" | "large" => Ok(2),
        "xl" | "xLarge" => Ok(3),
        _ => Err(Exit::new(code::BAD_FEATURE, format!("unknown load option {name}"))),
    }
}

/// Refuses to work where there are keys already.
async fn refuse_existing(client: &Client, prefix: &str, advice: &str) -> Result<(), Exit> {
    let range_end = prefix_end(prefix.as_bytes());
    let get = RangeRequest { key: prefix.into(), range_end, limit: 1, ..RangeRequest::default() };
    match client.range(&Context::background(), get).await?.kvs.is_empty() {
        true => Ok(()),
        false => {
            let message = format!("prefix {} has keys. Delete with {advice} first", go::quote(prefix));
            Err(Exit::new(code::INVALID_INPUT, message))
        }
    }
}

/// Writes with many clients at once. `when` tells the time from the start at which write number n begins, or `None` when
/// that is the end; `each` hears of every finished write.
pub async fn write(
    invocation: &Invocation,
    clients: &[Client],
    make: &dyn Fn() -> PutRequest,
    when: &dyn Fn(u64) -> Option<u64>,
    each: &dyn Fn(),
) -> Measured {
    let process = &invocation.process;
    let measured = Measured::default();
    let started = process.now();
    let next = Cell::new(0);
    let worker = async |client: &Client| {
        loop {
            let number = next.get();
            next.set(number + 1);
            let Some(at) = when(number) else { return };
            process.sleep((started + at).saturating_sub(process.now())).await;
            let begun = process.now();
            match client.put(&Context::background(), make()).await {
                Ok(_) => measured.latencies.borrow_mut().push(process.now() - begun),
                Err(error) => *measured.errors.borrow_mut().entry(error.to_string()).or_default() += 1,
            }
            each();
        }
    };
    all(clients.iter().map(|c| Box::pin(worker(c)) as LocalBoxFuture<'_, ()>).collect()).await;
    measured.total.set(process.now() - started);
    measured
}

/// A put of `value_size` zero bytes to a random key of `key_size` bytes under `prefix`.
pub fn random_put(invocation: &Invocation, prefix: &str, key_size: usize, value_size: usize) -> PutRequest {
    let mut key = prefix.as_bytes().to_vec();
    key.extend_from_slice(&invocation.process.random().to_be_bytes());
    key.resize(prefix.len() + key_size, 0);
    PutRequest { key: key.into(), value: vec![0; value_size].into(), ..PutRequest::default() }
}

/// Deletes what was written and, if asked for, compacts and defragments.
async fn clean_up(invocation: &Invocation, client: &Client, prefix: &str, compact: bool) -> Result<(), Exit> {
    let context = Context::with_timeout(&invocation.process, CLEANUP);
    let range_end = prefix_end(prefix.as_bytes());
    let delete = DeleteRangeRequest { key: prefix.into(), range_end, ..DeleteRangeRequest::default() };
    let deleted = match client.delete_range(&context, delete).await {
        Ok(deleted) => deleted,
        Err(error) => {
            invocation.println(format_args!("FAIL: Cleanup failed during key deletion: ERROR({error})"));
            return Ok(());
        }
    };
    if compact {
        let revision = deleted.header.revision;
        invocation.println(format_args!("Compacting with revision {revision}"));
        let context = Context::with_timeout(&invocation.process, CLEANUP);
        client.compact(&context, CompactionRequest { revision, physical: true }).await?;
        invocation.println(format_args!("Compacted with revision {revision}"));
    }
    Ok(())
}

/// Defragments every endpoint of the client.
async fn defragment(invocation: &Invocation, client: &Client) -> Result<(), Exit> {
    for endpoint in client.endpoints() {
        let shown = go::quote(endpoint);
        invocation.println(format_args!("Defragmenting {shown}"));
        let context = Context::with_timeout(&invocation.process, CLEANUP);
        client.dial(endpoint).await?.defragment(&context, DefragmentRequest {}).await?;
        invocation.println(format_args!("Defragmented {shown}"));
    }
    Ok(())
}

/// A progress bar, redrawn on its line: `\r 30 / 60 Boooom      ! 50.00% 30s`.
pub fn bar(done: u64, of: u64, seconds: u64) -> String {
    let percent = done as f64 * 100.0 / of.max(1) as f64;
    let elapsed = go::format_duration(i64::try_from(seconds).unwrap_or(0).saturating_mul(1_000_000_000));
    let (left, right) = (format!(" {done} / {of} "), format!(" {percent:.2}% {elapsed}"));
    let room = BAR_WIDTH.saturating_sub(left.len() + right.len() + 2);
    let filled = usize::try_from(done * room as u64 / of.max(1)).unwrap_or(room).min(room);
    let body = match filled {
        0 => String::new(),
        n => format!("{}m", "o".repeat(n - 1)),
    };
    format!("\r{left}B{body:room$}!{right}")
}
