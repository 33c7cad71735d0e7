//! `etcdctl make-mirror`: copies keys to another cluster and follows their changes
//! (etcd: make_mirror_command.go, client/v3/mirror/syncer.go).

use std::cell::Cell;

use etcd::Bytes;
use etcd::rpc::{
    DeleteRangeRequest, Event, EventType, PutRequest, RangeRequest, RequestOp, TxnRequest, WatchCreateRequest, errors,
};
use shell::race;

use crate::apart::Subcommand;
use crate::client::{Client, ClientConfig, ClientError, Context, WatchStream, Watched, from_key, prefix_end};
use crate::flags::{CommandSpec, FlagSpec, Kind};
use crate::program::{Exit, Invocation};

use super::global::{TlsFlags, client, connect, login};

/// Keys fetched at a time.
const BATCH: i64 = 1000;

/// How often the number of copied keys is shown. Microseconds.
const REPORT_EVERY: u64 = 30_000_000;

pub static MAKE_MIRROR: CommandSpec = CommandSpec::apart(
    "make-mirror [options] <destination>",
    "Copies keys to another cluster and keeps the copy current",
    &[
        FlagSpec::text("prefix", "", "only keys that begin so"),
        FlagSpec::text("dest-prefix", "", "what the copies begin with instead"),
        FlagSpec::switch("no-dest-prefix", "leave the prefix off"),
        FlagSpec::text("dest-cert", "", "certificate file for the destination"),
        FlagSpec::text("dest-key", "", "key file for the destination"),
        FlagSpec::text("dest-cacert", "", "file of authorities trusted for the destination"),
        FlagSpec::new("dest-insecure-transport", Kind::Bool, "true", "allow connections without encryption"),
        FlagSpec::text("dest-user", "", "user[:password] at the destination; asks for a password that is not given")
            .since_3_5(),
        FlagSpec::text("dest-password", "", "password at the destination, when --dest-user holds none").since_3_5(),
    ],
    Subcommand::MakeMirror,
);

pub async fn run(mut invocation: Invocation) -> Result<(), Exit> {
    let [destination] = invocation.args() else {
        return Err(Exit::bad_args("make-mirror takes one destination argument"));
    };
    let endpoints = vec![destination.clone()];
    let flags = &invocation.flags;
    let (user, password) = (flags.text("dest-user"), flags.text("dest-password"));
    let (username, password) = login(&invocation, user, password, "Destination Password: ").await?;
    let files =
        TlsFlags { cert: flags.text("dest-cert"), key: flags.text("dest-key"), cacert: flags.text("dest-cacert") };
    let tls = files.read(&invocation, flags.bool("dest-insecure-transport"), false)?;
    let dial_timeout = flags.duration("dial-timeout");
    let config = ClientConfig { endpoints, tls, username, password, dial_timeout };
    let target = client(&invocation, config).await?;
    let source = connect(&mut invocation).await?.client;
    let prefix = invocation.flags.text("prefix").to_owned();
    let dest_prefix = invocation.flags.text("dest-prefix").to_owned();
    let no_dest_prefix = invocation.flags.bool("no-dest-prefix");
    let mirror = Mirror { source, target, prefix: prefix.clone(), dest_prefix, copied: Cell::new(0) };
    let revision = mirror.current_revision().await?;
    if no_dest_prefix && !mirror.dest_prefix.is_empty() {
        return Err(Exit::bad_args(
            "`--dest-prefix` and `--no-dest-prefix` cannot be set at the same time, choose one",
        ));
    }
    let dest_prefix = match mirror.dest_prefix.is_empty() && !no_dest_prefix {
        true => prefix,
        false => mirror.dest_prefix.clone(),
    };
    let mirror = Mirror { dest_prefix, ..mirror };
    let working = async {
        mirror.copy_base(revision).await?;
        mirror.follow(revision).await
    };
    match race(working, report(&invocation, &mirror.copied)).await {
        shell::Either::First(Ok(())) => Err(Exit::error("<nil>")),
        shell::Either::First(Err(error)) => Err(error.into()),
        shell::Either::Second(()) => Ok(()),
    }
}

/// Shows the number of copied keys every half minute.
async fn report(invocation: &Invocation, copied: &Cell<u64>) {
    loop {
        invocation.process.sleep(REPORT_EVERY).await;
        invocation.println(copied.get());
    }
}

struct Mirror {
    source: Client,
    target: Client,
    prefix: String,
    dest_prefix: String,
    copied: Cell<u64>,
}

impl Mirror {
    /// The revision to copy at.
    async fn current_revision(&self) -> Result<i64, ClientError> {
        let key = if self.prefix.is_empty() { "foo" } else { &self.prefix };
        let get = RangeRequest { key: key.into(), ..RangeRequest::default() };
        Ok(self.source.range(&Context::background(), get).await?.header.revision)
    }

    /// Copies what is there.
    async fn copy_base(&self, revision: i64) -> Result<(), ClientError> {
        let context = Context::background();
        let (mut key, range_end) = match self.prefix.as_str() {
            "" => (from_key(), from_key()),
            prefix => (Bytes::from(prefix), prefix_end(prefix.as_bytes())),
        };
        loop {
            let (range_end, limit) = (range_end.clone(), BATCH);
            let get = RangeRequest { key, range_end, limit, revision, ..RangeRequest::default() };
            let page = self.source.range(&context, get).await?;
            for kv in &page.kvs {
                self.target.put(&context, self.put(&kv.key, &kv.value)).await?;
                self.copied.set(self.copied.get() + 1);
            }
            let Some(last) = page.kvs.last().filter(|_| page.more) else { return Ok(()) };
            let mut next = last.key.to_vec();
            next.push(0);
            key = next.into();
        }
    }

    /// Repeats every later change, a revision at a time.
    async fn follow(&self, revision: i64) -> Result<(), ClientError> {
        let (key, range_end) = match self.prefix.as_str() {
            "" => (from_key(), from_key()),
            prefix => (Bytes::from(prefix), prefix_end(prefix.as_bytes())),
        };
        let mut stream = WatchStream::new(&self.source);
        let start_revision = revision + 1;
        stream.add(WatchCreateRequest { key, range_end, start_revision, ..WatchCreateRequest::default() });
        loop {
            match stream.next().await.1 {
                Watched::Response(response) => {
                    for events in response.events.chunk_by(|a, b| a.kv.mod_revision == b.kv.mod_revision) {
                        self.repeat(events).await?;
                    }
                }
                Watched::Failed { response, .. } if response.compact_revision != 0 => {
                    return Err(ClientError::Status(errors::compacted()));
                }
                Watched::Failed { .. } | Watched::Closed => return Ok(()),
            }
        }
    }

    async fn repeat(&self, events: &[Event]) -> Result<(), ClientError> {
        let success = events.iter().map(|event| match event.r#type {
            EventType::Put => RequestOp::Put(self.put(&event.kv.key, &event.kv.value)),
            EventType::Delete => {
                let key = self.renamed(&event.kv.key);
                RequestOp::DeleteRange(DeleteRangeRequest { key, ..DeleteRangeRequest::default() })
            }
        });
        let txn = TxnRequest { success: success.collect(), ..TxnRequest::default() };
        self.target.txn(&Context::background(), txn).await?;
        self.copied.set(self.copied.get() + events.len() as u64);
        Ok(())
    }

    fn put(&self, key: &[u8], value: &Bytes) -> PutRequest {
        PutRequest { key: self.renamed(key), value: value.clone(), ..PutRequest::default() }
    }

    /// The key with the destination's prefix in the place of the source's.
    fn renamed(&self, key: &[u8]) -> Bytes {
        match key.strip_prefix(self.prefix.as_bytes()) {
            Some(rest) => [self.dest_prefix.as_bytes(), rest].concat().into(),
            None => key.into(),
        }
    }
}
