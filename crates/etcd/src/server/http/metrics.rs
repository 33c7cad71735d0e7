//! `/metrics`: what this member knows of itself, in Prometheus' text format. Only what is true here is exported
//! (etcd: server/etcdserver/metrics.go, server/storage/mvcc/metrics.go).

use std::fmt::Write;

use crate::rpc::HttpResponse;
use crate::server::process::Process;

/// Name, kind, help, value.
type Metric = (&'static str, &'static str, &'static str, u64);

/// A number as Prometheus' client writes its floats: with an exponent from a million on (Go: `strconv`, format `g`).
fn as_float(value: u64) -> String {
    if value < 1_000_000 {
        return value.to_string();
    }
    let digits = value.to_string();
    let (first, rest) = digits.split_at(1);
    let rest = rest.trim_end_matches('0');
    let point = if rest.is_empty() { "" } else { "." };
    format!("{first}{point}{rest}e+{:02}", digits.len() - 1)
}

impl Process {
    pub(super) fn http_metrics(&self) -> HttpResponse {
        let mut body = String::new();
        let mut metrics = self.metrics();
        metrics.sort_unstable_by_key(|(name, ..)| *name);
        for (name, kind, help, value) in metrics {
            // Writing to a string cannot fail.
            let value = as_float(value);
            let _ = writeln!(body, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}");
            if name == "etcd_server_has_leader" {
                let _ = writeln!(
                    body,
                    "# HELP etcd_server_id Which member this is: 1 for the one in the label.\n\
                     # TYPE etcd_server_id gauge\n\
                     etcd_server_id{{server_id=\"{:x}\"}} 1",
                    self.identity.member
                );
            }
        }
        let version = &self.config.version;
        let _ = writeln!(
            body,
            "# HELP etcd_server_version Which version is running: 1 for the one in the label.\n\
             # TYPE etcd_server_version gauge\n\
             etcd_server_version{{server_version=\"{version}\"}} 1"
        );
        HttpResponse::new(200, "text/plain; version=0.0.4; charset=utf-8", body)
    }

    fn metrics(&self) -> Vec<Metric> {
        let store = &self.machine.store;
        let commit = self.raft.basic_status().hard_state.commit;
        vec![
            ("etcd_debugging_mvcc_compact_revision", "gauge", "Revision of the last compaction.", {
                store.compact_revision().unsigned_abs()
            }),
            (
                "etcd_debugging_mvcc_current_revision",
                "gauge",
                "Revision of the store.",
                store.revision().unsigned_abs(),
            ),
            ("etcd_debugging_mvcc_keys_total", "gauge", "Number of keys.", store.key_count()),
            ("etcd_debugging_mvcc_watcher_total", "gauge", "Number of watchers.", self.streams.hub.len() as u64),
            ("etcd_debugging_store_watchers", "gauge", "Number of watchers of version 2.", self.http.hub.len() as u64),
            ("etcd_mvcc_db_total_size_in_bytes", "gauge", "Size of the database file.", store.db_size().unsigned_abs()),
            (
                "etcd_mvcc_db_total_size_in_use_in_bytes",
                "gauge",
                "What of the database file holds data.",
                store.db_size_in_use().unsigned_abs(),
            ),
            ("etcd_mvcc_put_total", "counter", "Number of puts this member has applied.", self.http.counts.puts),
            (
                "etcd_mvcc_delete_total",
                "counter",
                "Number of deletes this member has applied.",
                self.http.counts.deletes,
            ),
            ("etcd_server_has_leader", "gauge", "Whether this member knows a leader.", u64::from(self.lead() != 0)),
            ("etcd_server_is_leader", "gauge", "Whether this member leads.", u64::from(self.is_leader())),
            ("etcd_server_is_learner", "gauge", "Whether this member does not vote.", u64::from(self.is_learner())),
            (
                "etcd_server_leader_changes_seen_total",
                "counter",
                "Number of leaders this member has seen come.",
                self.http.counts.leaders,
            ),
            (
                "etcd_server_proposals_applied_total",
                "gauge",
                "Number of log entries this member has applied.",
                self.applied.index,
            ),
            ("etcd_server_proposals_committed_total", "gauge", "Number of committed log entries.", commit),
            (
                "etcd_server_proposals_failed_total",
                "counter",
                "Number of proposals given up.",
                self.http.counts.failed_proposals,
            ),
            ("etcd_server_proposals_pending", "gauge", "Number of proposals waiting.", self.proposals.waiting()),
            (
                "etcd_server_quota_backend_bytes",
                "gauge",
                "Size the database may grow to.",
                self.config.quota().unsigned_abs(),
            ),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::as_float;

    #[test]
    fn large_numbers_have_an_exponent() {
        let written = [0, 20_480, 999_999, 1_000_000, 2_147_483_648].map(as_float);
        assert_eq!(written, ["0", "20480", "999999", "1e+06", "2.147483648e+09"]);
    }
}
