//! What a member writes in its log, in etcd's words (etcd 3.5.30: server/etcdserver, api/membership, mvcc, auth; raft's
//! own lines come from the raft crate). The fields after a message are kept as the JSON that zap's encoder writes.

use std::fmt::Write;

use sim::Micros;

use super::Server;
use super::members::MemberChange;
use super::process::Process;
use super::view::LogView;
use crate::rpc::Member;
use crate::v2::to_json_text;

/// Where raft's lines come from, as the logger sees it.
pub(crate) const RAFT_CALLER: &str = "etcdserver/zap_raft.go:77";

/// How long a write to the log may take before it is worth a line (etcd: wal.go, `warnSyncDuration`).
const SLOW_SYNC: Micros = Micros::secs(1);

/// The fields of a line: `,"key":value` for each.
#[derive(Clone, Debug, Default)]
pub struct Fields(String);

impl Fields {
    /// A field of any JSON text.
    pub fn raw(mut self, key: &str, json: impl core::fmt::Display) -> Fields {
        // Writing to a `String` cannot fail.
        let _ = write!(self.0, ",\"{key}\":{json}");
        self
    }

    /// A field of text.
    pub fn text(self, key: &str, value: &str) -> Fields {
        self.raw(key, quoted(value))
    }

    /// An id in hexadecimal, as text.
    pub fn id(self, key: &str, id: u64) -> Fields {
        self.raw(key, format_args!("\"{id:x}\""))
    }

    /// A list of texts.
    pub fn texts(self, key: &str, values: &[String]) -> Fields {
        let list: Vec<String> = values.iter().map(|value| quoted(value)).collect();
        self.raw(key, format_args!("[{}]", list.join(",")))
    }

    /// All of them, beginning with a comma unless there are none.
    pub fn finish(self) -> String {
        self.0
    }
}

fn quoted(text: &str) -> String {
    to_json_text(&serde_json::Value::from(text))
}

/// `3.5` of `3.5.0`.
fn minor(version: &str) -> &str {
    version.rsplit_once('.').map_or(version, |(minor, _)| minor)
}

/// A quota in the units of people (Go: dustin/go-humanize, `Bytes`).
fn humanized(bytes: i64) -> String {
    const UNITS: [&str; 7] = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
    let (mut tenths, mut unit) = (u128::from(bytes.unsigned_abs()) * 10, 0);
    while tenths >= 10_000 && unit + 1 < UNITS.len() {
        tenths = (tenths + 500) / 1000;
        unit += 1;
    }
    match (unit, tenths < 100) {
        (0, _) => format!("{} B", tenths / 10),
        (_, true) => format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit]),
        (_, false) => format!("{} {}", (tenths + 5) / 10, UNITS[unit]),
    }
}

impl Process {
    /// Adds a line to the log, after what raft has said until now.
    pub(crate) fn say(&mut self, level: &str, caller: &str, text: &str, fields: Fields) {
        if self.config.keep_log {
            self.collect_raft_lines();
            let at = self.now.as_micros();
            let (caller, fields) = (caller.to_owned(), fields.finish());
            self.lines.push(LogView { at, level: level.to_owned(), text: text.to_owned(), caller, fields });
        }
    }

    pub(crate) fn collect_raft_lines(&mut self) {
        let at = self.now.as_micros();
        for line in self.raft.drain_log() {
            let level = line.level.to_string().to_lowercase();
            let (caller, fields) = (RAFT_CALLER.to_owned(), String::new());
            self.lines.push(LogView { at, level, text: line.text, caller, fields });
        }
    }

    fn here(&self) -> Fields {
        Fields::default().id("cluster-id", self.identity.cluster).id("local-member-id", self.me())
    }

    /// What is said before raft begins (etcd: server/etcdserver/raft.go, `startNode` and its neighbours). Raft has made
    /// its lines already; they come after this one.
    pub(crate) fn say_origin(&mut self, restarted: bool) {
        if !self.config.keep_log {
            return;
        }
        let (caller, text, fields) = match (restarted, self.config.force_new_cluster) {
            (false, _) => (
                "etcdserver/raft.go:507",
                "starting local member",
                Fields::default().id("local-member-id", self.me()).id("cluster-id", self.identity.cluster),
            ),
            (true, forced) => {
                let commit = self.raft.basic_status().hard_state.commit;
                let fields = self.here();
                match forced {
                    true => {
                        let fields = fields.raw("wal-commit-index", commit).raw("commit-index", commit);
                        ("etcdserver/raft.go:628", "forcing restart member", fields)
                    }
                    false => ("etcdserver/raft.go:542", "restarting local member", fields.raw("commit-index", commit)),
                }
            }
        };
        let (at, level) = (self.now.as_micros(), "info".to_owned());
        let line = LogView { at, level, text: text.into(), caller: caller.into(), fields: fields.finish() };
        self.lines.push(line);
    }

    /// What is said between the log's recovery and the first tick (etcd: server.go, `NewServer` and `Start`).
    pub(crate) fn say_started(&mut self, restarted: bool) {
        if !self.config.keep_log {
            return;
        }
        let version = self.members.version.clone();
        if restarted {
            if let Some(version) = &version {
                let fields = Fields::default().text("cluster-version", minor(version));
                self.say("info", "api/capability.go:75", "enabled capabilities for version", fields);
            }
            for member in self.members.list() {
                let fields = self.here().id("recovered-remote-peer-id", member.id);
                let fields = fields.texts("recovered-remote-peer-urls", &member.peer_urls);
                self.say("info", "membership/cluster.go:278", "recovered/added member from store", fields);
            }
            if let Some(version) = &version {
                let fields = Fields::default().text("cluster-version", minor(version));
                self.say("info", "membership/cluster.go:287", "set cluster version from store", fields);
            }
        }
        let nothing = Fields::default;
        self.say("warn", "auth/store.go:1243", "simple token is not cryptographically signed", nothing());
        let revision = self.machine.store.revision();
        let compacted = self.machine.store.compact_revision();
        if compacted > 0 {
            let fields = nothing().text("meta-bucket-name", "meta").text("meta-bucket-name-key", "finishedCompactRev");
            let fields = fields.raw("restored-compact-revision", compacted);
            self.say("info", "mvcc/kvstore.go:348", "restored last compact revision", fields);
        }
        self.say("info", "mvcc/kvstore.go:425", "kvstore restored", nothing().raw("current-rev", revision));
        let index = self.machine.consistent_index();
        self.say("info", "etcdserver/server.go:628", "restore consistentIndex", nothing().raw("index", index));
        self.say_quota();
        let fields = nothing().id("local-member-id", self.me()).text("local-server-version", &self.config.version);
        let (caller, fields) = match &version {
            Some(version) => {
                let fields = fields.id("cluster-id", self.identity.cluster);
                ("etcdserver/server.go:866", fields.text("cluster-version", minor(version)))
            }
            None => ("etcdserver/server.go:875", fields.text("cluster-version", "to_be_decided")),
        };
        self.say("info", caller, "starting etcd server", fields);
        let others = self.members.list().len().max(self.config.initial_cluster.len());
        if others <= 1 {
            let ticks = u64::from(self.config.election_ticks());
            let heartbeat = self.config.heartbeat.0;
            let duration = |ticks: u64| go_duration(ticks * heartbeat);
            let fields = nothing().id("local-member-id", self.me()).raw("forward-ticks", ticks - 1);
            let fields = fields.text("forward-duration", &duration(ticks - 1)).raw("election-ticks", ticks);
            let fields = fields.text("election-timeout", &duration(ticks));
            let text = "started as single-node; fast-forwarding election ticks";
            self.say("info", "etcdserver/server.go:759", text, fields);
        } else {
            let fields = nothing().raw("election-ticks", self.config.election_ticks());
            self.say("info", "etcdserver/server.go:775", "starting initial election tick advance", fields);
        }
        for (dir, suffix) in [("snap", "snap.db"), ("snap", "snap"), ("wal", "wal")] {
            let dir = format!("{}/member/{dir}", self.config.data_dir);
            let fields = nothing().text("dir", &dir).text("suffix", suffix).raw("max", 5).text("interval", "30s");
            self.say("info", "fileutil/purge.go:50", "started to purge file", fields);
        }
    }

    fn say_quota(&mut self) {
        let (caller, text) = match self.config.quota_backend_bytes {
            ..0 => ("etcdserver/quota.go:81", "disabled backend quota"),
            0 => ("etcdserver/quota.go:94", "enabled backend quota with default value"),
            _ => ("etcdserver/quota.go:117", "enabled backend quota"),
        };
        let quota = self.config.quota();
        let fields = Fields::default().text("quota-name", "v3-applier").raw("quota-size-bytes", quota);
        let fields = if quota < 0 { fields } else { fields.text("quota-size", &humanized(quota)) };
        self.say("info", caller, text, fields);
    }

    pub(crate) fn say_member_change(&mut self, change: &MemberChange, before: Option<&Member>) {
        let here = self.here();
        match change {
            MemberChange::Add(member) => {
                let fields = here.id("added-peer-id", member.id).texts("added-peer-peer-urls", &member.peer_urls);
                let fields = fields.raw("added-peer-is-learner", member.is_learner);
                self.say("info", "membership/cluster.go:421", "added member", fields);
            }
            MemberChange::Promote(id) => {
                self.say("info", "membership/cluster.go:546", "promote member", here.id("promoted-member-id", *id));
            }
            MemberChange::Remove(id) => {
                let fields = here.id("removed-remote-peer-id", *id);
                let fields = match before {
                    Some(member) => fields
                        .texts("removed-remote-peer-urls", &member.peer_urls)
                        .raw("removed-remote-peer-is-learner", member.is_learner),
                    None => fields,
                };
                self.say("info", "membership/cluster.go:473", "removed member", fields);
            }
            MemberChange::Update { id, peer_urls } => {
                let fields = here.id("updated-remote-peer-id", *id).texts("updated-remote-peer-urls", peer_urls);
                self.say("info", "membership/cluster.go:566", "updated member", fields);
            }
        }
    }

    pub(crate) fn say_published(&mut self) {
        let me = self.me();
        let urls = self.config.advertise_client_urls.join(" ");
        let attributes = format!("{{Name:{} ClientURLs:[{urls}]}}", self.config.name);
        let fields = Fields::default().id("local-member-id", me).text("local-member-attributes", &attributes);
        let fields = fields.text("request-path", &format!("/0/members/{me:x}/attributes"));
        let timeout = go_duration(self.config.request_timeout().0);
        let fields = fields.id("cluster-id", self.identity.cluster).text("publish-timeout", &timeout);
        self.say("info", "etcdserver/server.go:2174", "published local member to cluster through raft", fields);
    }

    pub(crate) fn say_cluster_version(&mut self, version: &str) {
        let fields = || Fields::default().text("cluster-version", minor(version));
        let here = self.here().text("cluster-version", minor(version));
        self.say("info", "membership/cluster.go:605", "set initial cluster version", here);
        self.say("info", "api/capability.go:75", "enabled capabilities for version", fields());
        if self.is_leader() {
            self.say("info", "etcdserver/server.go:2757", "cluster version is updated", fields());
        }
    }

    pub(crate) fn say_setting_version(&mut self, version: &str) {
        let fields = Fields::default().text("cluster-version", minor(version));
        let text = "setting up initial cluster version using v2 API";
        self.say("info", "etcdserver/server.go:2733", text, fields);
    }

    /// What a member says that was asked to end (etcd: server.go, `TransferLeadership`).
    pub(crate) fn say_stopping(&mut self, successor: Option<u64>) {
        let fields = Fields::default().id("local-member-id", self.me()).id("current-leader-member-id", self.lead());
        let (caller, text, fields) = match successor {
            _ if !self.is_leader() => {
                ("etcdserver/server.go:1553", "skipped leadership transfer; local server is not leader", fields)
            }
            Some(successor) => {
                let fields = fields.id("transferee-member-id", successor);
                ("etcdserver/server.go:1522", "leadership transfer starting", fields)
            }
            None => {
                ("etcdserver/server.go:1562", "skipped leadership transfer for single voting member cluster", fields)
            }
        };
        self.say("info", caller, text, fields);
    }

    pub(crate) fn say_transferred(&mut self, took: u64) {
        let me = self.me();
        let fields = Fields::default().id("local-member-id", me).id("old-leader-member-id", me);
        let fields = fields.id("new-leader-member-id", self.lead()).text("took", &go_duration(took));
        self.say("info", "etcdserver/server.go:1539", "leadership transfer finished", fields);
    }

    /// The disk took long (etcd: server/wal/wal.go, `sync`).
    pub(crate) fn say_if_slow(&mut self, took: Micros) {
        if took > SLOW_SYNC {
            let fields = Fields::default().text("took", &go_duration(took.0)).text("expected-duration", "1s");
            self.say("warn", "wal/wal.go:805", "slow fdatasync", fields);
        }
    }

    pub(crate) fn say_peer(&mut self, peer: u64, active: bool) {
        let fields = Fields::default().id("peer-id", peer);
        if active {
            self.say("info", "rafthttp/peer_status.go:53", "peer became active", fields);
        } else {
            let text = "peer became inactive (message send to peer failed)";
            let fields = fields.text("error", &format!("failed to dial {peer:x} on stream MsgApp v2 (EOF)"));
            self.say("warn", "rafthttp/peer_status.go:66", text, fields);
        }
    }
}

/// A length of time as Go writes one of whole milliseconds or more.
pub(crate) fn go_duration(micros: u64) -> String {
    if micros < 1_000_000 {
        let fraction = format!("{:03}", micros % 1_000);
        let fraction = fraction.trim_end_matches('0');
        let dot = if fraction.is_empty() { "" } else { "." };
        return format!("{}{dot}{fraction}ms", micros / 1_000);
    }
    let fraction = format!("{:06}", micros % 1_000_000);
    let fraction = fraction.trim_end_matches('0');
    let dot = if fraction.is_empty() { "" } else { "." };
    let seconds = micros / 1_000_000;
    let rest = format!("{}{dot}{fraction}s", seconds % 60);
    match (seconds / 3600, seconds / 60 % 60) {
        (0, 0) => rest,
        (0, minutes) => format!("{minutes}m{rest}"),
        (hours, minutes) => format!("{hours}h{minutes}m{rest}"),
    }
}

impl Server {
    /// The lines written since the `cursor`th, of those that are still kept, and the number to ask from next time. It
    /// begins at 0.
    pub fn log_since(&self, cursor: u64) -> (Vec<LogView>, u64) {
        self.log.since(cursor)
    }

    /// Whether its process runs and has told the others its name, from when on it serves clients.
    pub fn is_published(&self) -> bool {
        self.process.as_ref().is_some_and(|process| process.published)
    }

    /// The id of the running process.
    pub fn member_id(&self) -> Option<u64> {
        self.process.as_ref().map(|process| process.me())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times_are_written_as_go_does() {
        assert_eq!(humanized(2_147_483_648), "2.1 GB");
        assert_eq!(humanized(16_777_216), "17 MB");
        assert_eq!(humanized(900), "900 B");
        assert_eq!(go_duration(900_000), "900ms");
        assert_eq!(go_duration(1_000_000), "1s");
        assert_eq!(go_duration(4_500_000), "4.5s");
        assert_eq!(go_duration(1_500), "1.5ms");
        assert_eq!(go_duration(600_000_000), "10m0s");
        assert_eq!(go_duration(7_200_000_000), "2h0m0s");
    }

    #[test]
    fn fields_are_json_with_gos_escapes() {
        let fields = Fields::default().id("id", 0x8e9e).text("name", "a\"<b>").texts("urls", &["http://x".to_owned()]);
        assert_eq!(fields.finish(), r#","id":"8e9e","name":"a\"\u003cb\u003e","urls":["http://x"]"#);
    }
}
