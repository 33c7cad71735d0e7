//! From flags to what a member is started with, and what contradicts itself (etcd 3.5: server/embed/config.go,
//! `Validate`; server/config/config.go, `VerifyBootstrap`).

use etcd::server::{AutoCompaction, Config};
use shell::Process;

use super::parse::{Values, socket};
use crate::datadir;
use crate::go;
use crate::host::{Listen, ServerFiles};
use crate::urls;
use crate::version::Release;

/// The longest election time-out that is taken, in milliseconds.
const MAX_ELECTION: u64 = 50_000;

/// What the flags come to.
pub struct Settings {
    pub values: Values,
    pub name: String,
    /// As given, or made from the name.
    pub data_dir: String,
    pub initial_cluster: String,
    pub advertise_peer: Vec<String>,
    pub advertise_client: Vec<String>,
    pub listen_peer: Vec<String>,
    pub listen_client: Vec<String>,
}

/// Where members are when nothing is said.
const DEFAULT_CLUSTER: &str = "default=http://localhost:2380";

impl Settings {
    pub fn new(values: Values) -> Settings {
        let name = values.text("name").to_owned();
        let advertise_peer = values.urls("initial-advertise-peer-urls");
        let mut initial_cluster = values.text("initial-cluster").to_owned();
        if name != "default" && initial_cluster == DEFAULT_CLUSTER {
            let own: Vec<String> = advertise_peer.iter().map(|url| format!("{name}={url}")).collect();
            initial_cluster = own.join(",");
        }
        let data_dir = match values.text("data-dir") {
            "" => format!("{name}.etcd"),
            dir => dir.to_owned(),
        };
        let missing = values.is_set("listen-client-urls") && !values.is_set("advertise-client-urls");
        let advertise_client = if missing { Vec::new() } else { values.urls("advertise-client-urls") };
        let (listen_peer, listen_client) = (values.urls("listen-peer-urls"), values.urls("listen-client-urls"));
        Settings {
            values,
            name,
            data_dir,
            initial_cluster,
            advertise_peer,
            advertise_client,
            listen_peer,
            listen_client,
        }
    }

    /// What contradicts itself, in etcd's words.
    pub fn contradiction(&self) -> Option<String> {
        let values = &self.values;
        for url in self.listen_peer.iter().chain(&self.listen_client) {
            let host = socket(url).0;
            if host.parse::<std::net::IpAddr>().is_err() {
                return Some(format!("expected IP in URL for binding ({url})"));
            }
        }
        let discovery = ["discovery", "discovery-srv"].iter().filter(|flag| !values.text(flag).is_empty()).count();
        if discovery + usize::from(values.is_set("initial-cluster")) > 1 {
            return Some(
                "multiple discovery or bootstrap flags are set. Choose one of \"initial-cluster\", \"discovery\" or \"discovery-srv\"".into(),
            );
        }
        let (heartbeat, election) = (values.uint("heartbeat-interval"), values.uint("election-timeout"));
        if heartbeat == 0 {
            return Some("--heartbeat-interval must be >0 (set to 0ms)".into());
        }
        if election == 0 {
            return Some("--election-timeout must be >0 (set to 0ms)".into());
        }
        if heartbeat.saturating_mul(5) > election {
            return Some(format!(
                "--election-timeout[{election}ms] should be at least as 5 times as --heartbeat-interval[{heartbeat}ms]"
            ));
        }
        if election > MAX_ELECTION {
            return Some(format!(
                "--election-timeout[{election}ms] is too long, and should be set less than {MAX_ELECTION}ms"
            ));
        }
        if self.advertise_client.is_empty() {
            return Some(UNSET_ADVERTISE.into());
        }
        let mode = values.text("auto-compaction-mode");
        if !matches!(mode, "periodic" | "revision") {
            return Some(format!("unknown auto-compaction-mode {}", go::quote(mode)));
        }
        None
    }

    /// The initial cluster as names and URLs.
    ///
    /// # Errors
    /// In etcd's words.
    pub fn members(&self) -> Result<Vec<(String, String)>, String> {
        urls::cluster(&self.initial_cluster).map_err(|why| format!("error setting up initial cluster: {why}"))
    }

    /// Whether this member can make the cluster it is told of.
    ///
    /// # Errors
    /// In etcd's words.
    pub fn check_bootstrap(&self, members: &[(String, String)]) -> Result<(), String> {
        if self.values.text("initial-cluster-state") == "existing" {
            return urls::check_joining(&self.name, members);
        }
        urls::check_bootstrap(&self.name, members, &self.advertise_peer, &mut |_, _| {})
    }

    /// Where the write-ahead log goes, as given.
    pub fn wal_dir(&self) -> String {
        match self.values.text("wal-dir") {
            "" => datadir::wal_dir(&self.data_dir),
            dir => dir.to_owned(),
        }
    }

    /// The member's configuration.
    pub fn config(&self, release: &Release, process: &Process, members: Vec<(String, String)>) -> Config {
        let values = &self.values;
        let (heartbeat, election) = (values.uint("heartbeat-interval"), values.uint("election-timeout"));
        let epoch = process.wall_clock().saturating_sub_unsigned(process.now()) / 1_000_000;
        Config {
            name: self.name.clone(),
            advertise_peer_urls: self.advertise_peer.clone(),
            advertise_client_urls: self.advertise_client.clone(),
            initial_cluster: members,
            initial_cluster_token: values.text("initial-cluster-token").to_owned(),
            join_existing: values.text("initial-cluster-state") == "existing",
            pre_vote: values.bool("pre-vote"),
            quota_backend_bytes: values.int("quota-backend-bytes"),
            snapshot_count: values.uint("snapshot-count").max(1),
            snapshot_catch_up_entries: values.uint("experimental-snapshot-catchup-entries"),
            auto_compaction: self.auto_compaction(),
            max_request_bytes: values.uint("max-request-bytes"),
            max_txn_ops: usize::try_from(values.uint("max-txn-ops")).unwrap_or(usize::MAX),
            strict_reconfig_check: values.bool("strict-reconfig-check"),
            enable_v2: values.bool("enable-v2"),
            force_new_cluster: values.bool("force-new-cluster"),
            data_dir: self.data_dir.clone(),
            version: release.version().to_owned(),
            epoch: u64::try_from(epoch).unwrap_or(0),
            seed: process.random(),
            ..Config::default()
        }
        .with_timing(heartbeat, election)
    }

    /// How much history is kept. A bare number is hours, or a number of revisions (etcd: server/embed/etcd.go,
    /// `parseCompactionRetention`).
    fn auto_compaction(&self) -> AutoCompaction {
        let retention = self.compaction_retention();
        match self.values.text("auto-compaction-mode") {
            _ if retention <= 0 => AutoCompaction::Off,
            "revision" => AutoCompaction::Revisions(retention),
            _ => AutoCompaction::of_age(retention.unsigned_abs()),
        }
    }

    /// What `--auto-compaction-retention` stands for: nanoseconds, or a number of revisions, which the original logs as
    /// if it were nanoseconds.
    pub fn compaction_retention(&self) -> i64 {
        let value = self.values.text("auto-compaction-retention");
        match value.parse::<i64>() {
            Ok(revisions) if self.values.text("auto-compaction-mode") == "revision" => revisions,
            Ok(hours) => hours.saturating_mul(3_600_000_000_000),
            Err(_) => go::parse_duration(value).unwrap_or(0),
        }
    }

    /// Where to listen, with what the TLS flags of this side name. `prefix` is empty for clients, `peer-` for members.
    ///
    /// # Errors
    /// A file that cannot be read, or is not named though a URL wants TLS.
    pub fn listens(&self, process: &Process, urls: &[String], prefix: &str) -> Result<Vec<Listen>, String> {
        let files = self.tls_files(process, prefix)?;
        let mut listens = Vec::new();
        for url in urls {
            let secure = url.starts_with("https://");
            if secure && files.is_none() {
                let side = if prefix.is_empty() { "client" } else { "peer" };
                return Err(format!(
                    "TLS key/cert (--{prefix}cert-file, --{prefix}key-file) must be provided for {side} url {url} with HTTPS scheme"
                ));
            }
            let (host, port) = socket(url);
            listens.push(Listen { host, port, tls: files.clone().filter(|_| secure) });
        }
        Ok(listens)
    }

    /// Whether TLS flags of this side are given.
    pub fn has_tls(&self, prefix: &str) -> bool {
        ["cert-file", "key-file"].iter().any(|flag| !self.values.text(&format!("{prefix}{flag}")).is_empty())
    }

    fn tls_files(&self, process: &Process, prefix: &str) -> Result<Option<ServerFiles>, String> {
        let name = |flag: &str| self.values.text(&format!("{prefix}{flag}")).to_owned();
        let (cert, key) = (name("cert-file"), name("key-file"));
        if cert.is_empty() && key.is_empty() {
            return Ok(None);
        }
        if cert.is_empty() || key.is_empty() {
            return Err(format!("KeyFile and CertFile must both be present[key: {key}, cert: {cert}]"));
        }
        let read = |file: &str| {
            let content = process.fs().read(&process.path(file)).map(|content| content.to_vec());
            content.map_err(|error| crate::log::file_error("open", file, error))
        };
        let identity = (read(&cert)?, read(&key)?);
        let authority = name("trusted-ca-file");
        let asked = self.values.bool(&format!("{prefix}client-cert-auth"));
        let client_authority = if asked && !authority.is_empty() { Some(read(&authority)?) } else { None };
        Ok(Some(ServerFiles { identity, client_authority }))
    }

    /// The TLS flags of one side as they are logged (etcd: client/pkg/transport/listener.go, `String`).
    pub fn tls_info(&self, prefix: &str) -> String {
        let text = |flag: &str| self.values.text(&format!("{prefix}{flag}")).to_owned();
        format!(
            "cert = {}, key = {}, client-cert={}, client-key={}, trusted-ca = {}, client-cert-auth = {}, crl-file = {}",
            text("cert-file"),
            text("key-file"),
            text("client-cert-file"),
            text("client-key-file"),
            text("trusted-ca-file"),
            text("client-cert-auth"),
            self.values.text(if prefix.is_empty() { "client-crl-file" } else { "peer-crl-file" })
        )
    }
}

/// What etcd says when it listens somewhere but tells nobody.
pub const UNSET_ADVERTISE: &str = "--advertise-client-urls is required when --listen-client-urls is set explicitly";
