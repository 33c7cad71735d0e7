//! The flags of `etcd` (etcd 3.5: server/etcdmain/config.go and help.go), written down once: what they are called, what
//! they take, what they are for in our words.

/// What a flag takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Bool,
    Uint,
    Int,
    Duration,
    Urls,
    OneOf(&'static [&'static str]),
}

/// One flag. Its default is what help shows between quotes.
pub struct Flag {
    pub name: &'static str,
    pub kind: Kind,
    pub default: &'static str,
    pub usage: &'static str,
}

/// Flags that belong together, under a heading.
pub struct Group {
    pub title: &'static str,
    pub flags: &'static [Flag],
}

const fn flag(name: &'static str, kind: Kind, default: &'static str, usage: &'static str) -> Flag {
    Flag { name, kind, default, usage }
}

use Kind::{Bool, Duration, Int, OneOf, Text, Uint, Urls};

/// The flags as `etcd --help` lists them.
pub static GROUPS: &[Group] = &[
    Group {
        title: "Member",
        flags: &[
            flag("name", Text, "default", "What this member is called."),
            flag("data-dir", Text, "", "Where the member keeps its data; the name with '.etcd' if not given."),
            flag("wal-dir", Text, "", "Where the write-ahead log goes, if not into the data directory."),
            flag("snapshot-count", Uint, "100000", "Applied entries between two snapshots of the state."),
            flag("heartbeat-interval", Uint, "100", "Milliseconds between two heartbeats of a leader."),
            flag("election-timeout", Uint, "1000", "Milliseconds without a leader before a member campaigns."),
            flag("initial-election-tick-advance", Bool, "true", "Shorten the first wait for an election."),
            flag("listen-peer-urls", Urls, "http://localhost:2380", "Where to listen for the other members."),
            flag("listen-client-urls", Urls, "http://localhost:2379", "Where to listen for clients."),
            flag("listen-client-http-urls", Urls, "", "Where to listen for HTTP alone, if apart from gRPC."),
            flag("max-snapshots", Uint, "5", "Snapshot files to keep; 0 keeps all."),
            flag("max-wals", Uint, "5", "Log files to keep; 0 keeps all."),
            flag("quota-backend-bytes", Int, "0", "Size of the database that raises the NOSPACE alarm; 0 is 2 GiB."),
            flag("backend-bbolt-freelist-type", Text, "map", "How the database keeps its list of free pages."),
            flag("backend-batch-interval", Duration, "0s", "Longest wait before the database commits."),
            flag("backend-batch-limit", Int, "0", "Most operations before the database commits."),
            flag("max-txn-ops", Uint, "128", "Most operations in one transaction."),
            flag("max-request-bytes", Uint, "1572864", "Largest request taken from a client, in bytes."),
            flag("max-concurrent-streams", Uint, "4294967295", "Most streams one client may open at a time."),
            flag("enable-grpc-gateway", Bool, "true", "Serve the API as JSON over HTTP too."),
            flag("grpc-keepalive-min-time", Duration, "5s", "Shortest wait between two pings of a client."),
            flag("grpc-keepalive-interval", Duration, "2h0m0s", "How often clients are pinged; 0 for never."),
            flag("grpc-keepalive-timeout", Duration, "20s", "How long a ping may stay unanswered."),
            flag("socket-reuse-port", Bool, "false", "Listen with SO_REUSEPORT."),
            flag("socket-reuse-address", Bool, "false", "Listen with SO_REUSEADDR."),
            flag("raft-read-timeout", Duration, "5s", "How long a connection between members may be silent."),
            flag("raft-write-timeout", Duration, "5s", "How long a write to another member may take."),
        ],
    },
    Group {
        title: "Clustering",
        flags: &[
            flag("initial-advertise-peer-urls", Urls, "http://localhost:2380", "Where the others reach this member."),
            flag("initial-cluster", Text, "default=http://localhost:2380", "The members of a new cluster."),
            flag(
                "initial-cluster-state",
                OneOf(&["new", "existing"]),
                "new",
                "'new' to make a cluster, 'existing' to join one; of no effect once there is data.",
            ),
            flag("initial-cluster-token", Text, "etcd-cluster", "Tells clusters with the same URLs apart."),
            flag("advertise-client-urls", Urls, "http://localhost:2379", "Where clients are told to go."),
            flag("discovery", Text, "", "URL of a discovery service."),
            flag("discovery-fallback", OneOf(&["proxy", "exit"]), "proxy", "What to do when discovery fails."),
            flag("discovery-proxy", Text, "", "HTTP proxy on the way to the discovery service."),
            flag("discovery-srv", Text, "", "Domain whose SRV records name the members."),
            flag("discovery-srv-name", Text, "", "Suffix of the SRV records' name."),
            flag("strict-reconfig-check", Bool, "true", "Refuse membership changes that would cost the quorum."),
            flag("pre-vote", Bool, "true", "Ask whether an election could be won before holding it."),
            flag("auto-compaction-retention", Text, "0", "How much history to keep; 0 keeps all."),
            flag(
                "auto-compaction-mode",
                Text,
                "periodic",
                "Whether that is a time ('periodic') or a number of revisions ('revision').",
            ),
            flag("enable-v2", Bool, "false", "Serve version 2 of the API; gone in 3.6."),
            flag(
                "v2-deprecation",
                OneOf(&["not-yet", "write-only", "write-only-drop-data", "gone"]),
                "not-yet",
                "How far version 2's store is given up.",
            ),
        ],
    },
    Group {
        title: "Security",
        flags: &[
            flag("cert-file", Text, "", "Certificate shown to clients."),
            flag("key-file", Text, "", "Key of that certificate."),
            flag("client-cert-auth", Bool, "false", "Let in only clients with a certificate."),
            flag("client-cert-file", Text, "", "Certificate to use as a client, if another."),
            flag("client-key-file", Text, "", "Key of that certificate."),
            flag("client-crl-file", Text, "", "Revoked certificates of clients."),
            flag("client-cert-allowed-hostname", Text, "", "Host names a client's certificate may be for."),
            flag("trusted-ca-file", Text, "", "Authority whose clients are trusted."),
            flag("auto-tls", Bool, "false", "Make a certificate for clients at start."),
            flag("peer-cert-file", Text, "", "Certificate shown to the other members."),
            flag("peer-key-file", Text, "", "Key of that certificate."),
            flag("peer-client-cert-auth", Bool, "false", "Let in only members with a certificate."),
            flag("peer-client-cert-file", Text, "", "Certificate to use towards members, if another."),
            flag("peer-client-key-file", Text, "", "Key of that certificate."),
            flag("peer-trusted-ca-file", Text, "", "Authority whose members are trusted."),
            flag("peer-cert-allowed-cn", Text, "", "Common names a member's certificate may carry."),
            flag("peer-cert-allowed-hostname", Text, "", "Host names a member's certificate may be for."),
            flag("peer-auto-tls", Bool, "false", "Make a certificate for members at start."),
            flag("self-signed-cert-validity", Uint, "1", "Years that such certificates are good for."),
            flag("peer-crl-file", Text, "", "Revoked certificates of members."),
            flag("cipher-suites", Text, "", "Cipher suites to offer; those of Go if empty."),
            flag("cors", Text, "*", "Origins that browsers may call from."),
            flag("host-whitelist", Text, "*", "Host names that plain HTTP requests may be for."),
            flag("tls-min-version", Text, "TLS1.2", "Lowest version of TLS: TLS1.2 or TLS1.3."),
            flag("tls-max-version", Text, "", "Highest version of TLS."),
        ],
    },
    Group {
        title: "Auth",
        flags: &[
            flag("auth-token", Text, "simple", "Kind of token: 'simple' or 'jwt' with its options."),
            flag("bcrypt-cost", Uint, "10", "Cost of hashing a password, from 4 to 31."),
            flag("auth-token-ttl", Uint, "300", "Seconds that a token is good for."),
        ],
    },
    Group {
        title: "Profiling and Monitoring",
        flags: &[
            flag("enable-pprof", Bool, "false", "Serve profiles under /debug/pprof/."),
            flag("metrics", Text, "basic", "Detail of the metrics: 'basic' or 'extensive'."),
            flag("listen-metrics-urls", Urls, "", "Where to serve /metrics and /health beside the clients' URLs."),
        ],
    },
    Group {
        title: "Logging",
        flags: &[
            flag("logger", Text, "zap", "The only one there is."),
            flag("log-outputs", Text, "default", "'stdout', 'stderr', or files."),
            flag("log-level", Text, "info", "debug, info, warn, error, panic or fatal."),
            flag("enable-log-rotation", Bool, "false", "Rotate a log file."),
            flag(
                "log-rotation-config-json",
                Text,
                r#"{"maxsize": 100, "maxage": 0, "maxbackups": 0, "localtime": false, "compress": false}"#,
                "How to rotate it.",
            ),
        ],
    },
    Group {
        title: "Experimental feature",
        flags: &[
            flag("experimental-initial-corrupt-check", Bool, "false", "Compare data with the others before serving."),
            flag("experimental-corrupt-check-time", Duration, "0s", "How often data is compared with the others."),
            flag("experimental-compact-hash-check-enabled", Bool, "false", "Compare hashes after compactions."),
            flag("experimental-compact-hash-check-time", Duration, "1m0s", "How often that is done."),
            flag("experimental-enable-lease-checkpoint", Bool, "false", "Tell the others how long leases still have."),
            flag("experimental-enable-lease-checkpoint-persist", Bool, "false", "Keep that on disk."),
            flag("experimental-compaction-batch-limit", Int, "1000", "Most revisions deleted at once."),
            flag("experimental-compaction-sleep-interval", Duration, "10ms", "Pause between two such batches."),
            flag("experimental-peer-skip-client-san-verification", Bool, "false", "Do not check a member's host name."),
            flag(
                "experimental-watch-progress-notify-interval",
                Duration,
                "10m0s",
                "How often idle watches hear of progress.",
            ),
            flag("experimental-downgrade-check-time", Duration, "5s", "How often a downgrade is looked for."),
            flag("experimental-memory-mlock", Bool, "false", "Keep the database's pages in memory."),
            flag(
                "experimental-warning-apply-duration",
                Duration,
                "100ms",
                "How long applying may take without a warning.",
            ),
            flag("experimental-txn-mode-write-with-shared-buffer", Bool, "true", "Share a buffer in read-only checks."),
            flag(
                "experimental-bootstrap-defrag-threshold-megabytes",
                Uint,
                "0",
                "Defragment at start if it frees so much.",
            ),
            flag("experimental-stop-grpc-service-on-defrag", Bool, "false", "Serve no clients while defragmenting."),
            flag(
                "experimental-snapshot-catchup-entries",
                Uint,
                "5000",
                "Entries kept behind a snapshot for slow members.",
            ),
        ],
    },
    Group {
        title: "Unsafe feature",
        flags: &[
            flag("force-new-cluster", Bool, "false", "Start from the data at hand as the only member."),
            flag("unsafe-no-fsync", Bool, "false", "Do not wait for the disk."),
        ],
    },
];

/// Flags that help does not list.
static UNLISTED: &[Flag] =
    &[flag("config-file", Text, "", ""), flag("version", Bool, "false", ""), flag("proxy", Text, "off", "")];

/// Every flag there is.
pub fn all() -> impl Iterator<Item = &'static Flag> {
    GROUPS.iter().flat_map(|group| group.flags).chain(UNLISTED)
}

/// The lines on how to call the program.
pub const USAGE: &str = "Usage:

  etcd [flags]
    Start an etcd server.

  etcd --version
    Show which etcd this is.

  etcd -h | --help
    Show the flags.

  etcd --config-file
    Take the settings from a file; flags and environment variables are not looked at then.

  etcd gateway
    Forward TCP connections to a cluster.

  etcd grpc-proxy
    Stand between clients and a cluster.

";

/// The page of flags.
pub fn help() -> String {
    let mut page = String::new();
    for group in GROUPS {
        page.push_str(&format!("\n{}:\n", group.title));
        for flag in group.flags {
            let default = if flag.name == "data-dir" { "${name}.etcd" } else { flag.default };
            page.push_str(&format!("  --{} '{default}'\n    {}\n", flag.name, flag.usage));
        }
    }
    page + "\nAn unsafe flag can break what the consensus protocol promises.\n\n"
}
