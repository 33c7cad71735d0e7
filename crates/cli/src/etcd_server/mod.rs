//! The program `etcd`: reads its flags, checks the data directory, becomes a member of the simulation through a
//! [`Host`], and shows what that member writes in its log until a signal or an error ends it (etcd 3.5.30:
//! server/etcdmain/etcd.go, server/embed/etcd.go). Messages, their order and fields are the original's.

mod disk;
mod flags;
mod parse;
mod report;
mod settings;

use std::rc::Rc;

use etcd::server::Fields;
use shell::{Candidate, Either, Process, Signal, race};

use crate::host::{Event, Host, Launch, Listen, Member};
use crate::version::Release;
use parse::{EnvironmentError, EnvironmentLine, ParseError, Values};
use report::Report;
use settings::{Settings, UNSET_ADVERTISE};

/// Exit codes.
mod code {
    pub const FAILED: i32 = 1;
    /// A flag is wrong (Go's flag package), or a panic.
    pub const USAGE: i32 = 2;
}

/// The program of a release, on a machine.
pub async fn run(process: Process, host: Rc<dyn Host>, release: Release) -> i32 {
    Run { process, host, release }.main().await
}

/// What may follow these words.
pub fn complete(words: &[String]) -> Vec<Candidate> {
    let word = words.last().map(String::as_str).unwrap_or_default();
    let flags = flags::GROUPS.iter().flat_map(|group| group.flags);
    let flags = flags.map(|flag| (format!("--{}", flag.name), flag));
    let fitting = flags.filter(|(name, _)| word.starts_with('-') && name.starts_with(word));
    fitting.map(|(text, flag)| Candidate { text, help: flag.usage.to_owned(), complete: true }).collect()
}

struct Run {
    process: Process,
    host: Rc<dyn Host>,
    release: Release,
}

/// Why the program ends before its time.
enum Ending {
    /// Everything was said; with this code.
    Said(i32),
    /// Starting failed.
    Failed(String),
}

fn none() -> Fields {
    Fields::default()
}

impl Run {
    async fn main(&self) -> i32 {
        let words = self.process.args.get(1..).unwrap_or_default();
        if let Some(command @ ("gateway" | "grpc-proxy")) = words.first().map(String::as_str) {
            self.process.eprint(format!("etcd {command}: this world has no proxies; talk to the members\n"));
            return code::FAILED;
        }
        let values = match Values::parse(words) {
            Ok(values) => values,
            Err(ParseError::Help) => {
                self.process.eprint(flags::USAGE);
                self.process.print(flags::help()).await;
                return 0;
            }
            Err(ParseError::Bad(message)) => {
                self.process.eprint(format!("{message}\n{}", flags::USAGE));
                return code::USAGE;
            }
        };
        if values.rest.is_empty() && values.bool("version") {
            let text = format!(
                "etcd Version: {}\nGit SHA: {GIT_SHA}\nGo Version: {GO_VERSION}\nGo OS/Arch: linux/amd64\n",
                self.release.version()
            );
            self.process.print(text).await;
            return 0;
        }
        let (values, failure) = match self.configure(values).await {
            Ok(values) => (values, None),
            Err((values, Ending::Failed(failure))) => (values, Some(failure)),
            Err((_, Ending::Said(code))) => return code,
        };
        let settings = Settings::new(values);
        let report = Report::new(&self.process, settings.values.text("log-level"), settings.values.text("log-outputs"));
        let failure = failure.or_else(|| settings.contradiction());
        if failure.is_none() {
            self.warn_of_single_port(&report).await;
        }
        report.info("etcdmain/etcd.go:73", "Running: ", none().texts("args", &self.process.args)).await;
        if let Some(failure) = failure {
            report.warn("etcdmain/etcd.go:75", "failed to verify flags", none().text("error", &failure)).await;
            if failure == UNSET_ADVERTISE {
                let fields = none().text("error", &failure);
                report.warn("etcdmain/etcd.go:78", "advertise client URLs are not set", fields).await;
            }
            return code::FAILED;
        }
        self.serve(&settings, &report).await
    }

    /// Takes the environment or a file into the settings.
    async fn configure(&self, mut values: Values) -> Result<Values, (Values, Ending)> {
        if let Some(word) = values.rest.first() {
            let words = format!("'{word}' is not a valid flag");
            return Err((values, Ending::Failed(words)));
        }
        let file = Some(values.text("config-file")).filter(|file| !file.is_empty());
        if let Some(file) = file.or(self.process.var("ETCD_CONFIG_FILE")).map(str::to_owned) {
            let content = self.process.fs().read(&self.process.path(&file));
            let read = match content {
                Ok(content) => Values::from_file(&String::from_utf8_lossy(&content)),
                Err(error) => Err(crate::log::file_error("open", &file, error)),
            };
            return read.map_err(|words| (values, Ending::Failed(words)));
        }
        let mut lines = Vec::new();
        let taken = values.take_environment(&self.process, &mut lines);
        let report = Report::new(&self.process, "info", "");
        for line in lines {
            match line {
                EnvironmentLine::Used(name, value) => {
                    let fields = none().text("variable-name", &name).text("variable-value", &value);
                    report.info("flags/flag.go:113", "recognized and used environment variable", fields).await;
                }
                EnvironmentLine::Unknown(text) => {
                    let fields = none().text("environment-variable", &text);
                    report.warn("flags/flag.go:93", "unrecognized environment variable", fields).await;
                }
            }
        }
        match taken {
            Ok(()) => Ok(values),
            Err(EnvironmentError::Invalid(words)) => Err((values, Ending::Failed(words))),
            Err(EnvironmentError::Shadowed(name)) => {
                let text = "conflicting environment variable is shadowed by corresponding command-line flag (either unset environment variable or disable flag))";
                report.line("fatal", "flags/flag.go:85", text, none().text("environment-variable", &name)).await;
                Err((values, Ending::Said(code::FAILED)))
            }
        }
    }

    async fn warn_of_single_port(&self, report: &Report<'_>) {
        let text = "Running http and grpc server on single port. This is not recommended for production.";
        report.warn("embed/config.go:689", text, none()).await;
    }

    async fn serve(&self, settings: &Settings, report: &Report<'_>) -> i32 {
        let dir = &settings.data_dir;
        if settings.values.text("data-dir").is_empty() {
            let fields = none().text("data-dir", dir);
            report.warn("etcdmain/etcd.go:105", "'data-dir' was empty; using default", fields).await;
        }
        let known = match disk::identify(&self.process, dir, report).await {
            Ok(known) => known,
            Err(code) => return code,
        };
        if known {
            let fields = none().text("data-dir", dir).text("dir-type", "member");
            report.info("etcdmain/etcd.go:116", "server has been already initialized", fields).await;
        }
        match self.start(settings, report).await {
            Ok(member) => self.attend(member, settings, report).await,
            Err(Ending::Said(code)) => code,
            Err(Ending::Failed(error)) => self.fail(settings, report, known, &error).await,
        }
    }

    fn closing_fields(settings: &Settings) -> Fields {
        none()
            .text("name", &settings.name)
            .text("data-dir", &settings.data_dir)
            .texts("advertise-peer-urls", &settings.advertise_peer)
            .texts("advertise-client-urls", &settings.advertise_client)
    }

    /// The words around a start that failed.
    async fn fail(&self, settings: &Settings, report: &Report<'_>, known: bool, error: &str) -> i32 {
        report.info("embed/etcd.go:408", "closing etcd server", Self::closing_fields(settings)).await;
        report.info("embed/etcd.go:410", "closed etcd server", Self::closing_fields(settings)).await;
        if !known {
            report.warn("etcdmain/etcd.go:146", "failed to start etcd", none().text("error", error)).await;
        }
        report.fatal("etcdmain/etcd.go:204", "discovery failed", error).await;
        code::FAILED
    }

    /// Listens, looks at the data and starts the member.
    async fn start(&self, settings: &Settings, report: &Report<'_>) -> Result<Box<dyn Member>, Ending> {
        self.warn_of_single_port(report).await;
        let fields = none().texts("listen-peer-urls", &settings.listen_peer);
        report.info("embed/etcd.go:140", "configuring peer listeners", fields).await;
        if settings.has_tls("peer-") {
            let fields = none().text("tls-info", &settings.tls_info("peer-")).texts("cipher-suites", &[]);
            report.info("embed/etcd.go:528", "starting with peer TLS", fields).await;
        }
        let peers = self.listen(settings, &settings.listen_peer, "peer-")?;
        let fields = none().texts("listen-client-urls", &settings.listen_client);
        report.info("embed/etcd.go:148", "configuring client listeners", fields).await;
        let clients = self.listen(settings, &settings.listen_client, "")?;
        let data = self.process.path(&settings.data_dir);
        let wal = self.process.path(&settings.wal_dir());
        let initialized = disk::has_log(&self.process, &wal);
        let members = if initialized { Vec::new() } else { settings.members().map_err(Ending::Failed)? };
        if !settings.values.text("discovery").is_empty() || !settings.values.text("discovery-srv").is_empty() {
            return Err(Ending::Failed("this world has no discovery service; use --initial-cluster".into()));
        }
        self.say_settings(settings, report, initialized).await;
        disk::open(self, settings, report, &data, &wal, initialized).await?;
        if !initialized {
            settings.check_bootstrap(&members).map_err(Ending::Failed)?;
        }
        let config = settings.config(&self.release, &self.process, members);
        let launch = Launch { config, data_dir: data, wal_dir: wal, clients, peers };
        Ok(self.host.launch(self.process.command_id(), launch))
    }

    fn listen(&self, settings: &Settings, urls: &[String], prefix: &str) -> Result<Vec<Listen>, Ending> {
        let listens = settings.listens(&self.process, urls, prefix).map_err(Ending::Failed)?;
        listens.iter().try_for_each(|at| self.host.can_listen(at)).map_err(Ending::Failed)?;
        Ok(listens)
    }

    /// The long line with everything (etcd: server/embed/etcd.go, `print`).
    async fn say_settings(&self, settings: &Settings, report: &Report<'_>, initialized: bool) {
        let values = &settings.values;
        let millis = |flag: &str| crate::go::format_duration(values.int(flag).saturating_mul(1_000_000));
        let quota = match values.int("quota-backend-bytes") {
            0 => 2 * 1024 * 1024 * 1024,
            quota => quota,
        };
        let retention = crate::go::format_duration(settings.compaction_retention());
        let unless_known = |text: &str| if initialized { String::new() } else { text.to_owned() };
        let star = ["*".to_owned()];
        let fields = none()
            .text("etcd-version", self.release.version())
            .text("git-sha", GIT_SHA)
            .text("go-version", GO_VERSION)
            .text("go-os", "linux")
            .text("go-arch", "amd64")
            .raw("max-cpu-set", 2)
            .raw("max-cpu-available", 2)
            .raw("member-initialized", initialized)
            .text("name", &settings.name)
            .text("data-dir", &settings.data_dir)
            .text("wal-dir", values.text("wal-dir"))
            .text("wal-dir-dedicated", values.text("wal-dir"))
            .text("member-dir", &format!("{}/member", settings.data_dir))
            .raw("force-new-cluster", values.bool("force-new-cluster"))
            .text("heartbeat-interval", &millis("heartbeat-interval"))
            .text("election-timeout", &millis("election-timeout"))
            .raw("initial-election-tick-advance", values.bool("initial-election-tick-advance"))
            .raw("snapshot-count", values.uint("snapshot-count"))
            .raw("max-wals", values.uint("max-wals"))
            .raw("max-snapshots", values.uint("max-snapshots"))
            .raw("snapshot-catchup-entries", values.uint("experimental-snapshot-catchup-entries"))
            .texts("initial-advertise-peer-urls", &settings.advertise_peer)
            .texts("listen-peer-urls", &settings.listen_peer)
            .texts("advertise-client-urls", &settings.advertise_client)
            .texts("listen-client-urls", &settings.listen_client)
            .texts("listen-metrics-urls", &values.urls("listen-metrics-urls"))
            .texts("cors", &star)
            .texts("host-whitelist", &star)
            .text("initial-cluster", &unless_known(&settings.initial_cluster))
            .text("initial-cluster-state", values.text("initial-cluster-state"))
            .text("initial-cluster-token", &unless_known(values.text("initial-cluster-token")))
            .raw("quota-backend-bytes", quota)
            .raw("max-request-bytes", values.uint("max-request-bytes"))
            .raw("max-concurrent-streams", values.uint("max-concurrent-streams"))
            .raw("pre-vote", values.bool("pre-vote"))
            .raw("initial-corrupt-check", values.bool("experimental-initial-corrupt-check"))
            .text("corrupt-check-time-interval", values.text("experimental-corrupt-check-time"))
            .raw("compact-check-time-enabled", values.bool("experimental-compact-hash-check-enabled"))
            .text("compact-check-time-interval", values.text("experimental-compact-hash-check-time"))
            .text("auto-compaction-mode", values.text("auto-compaction-mode"))
            .text("auto-compaction-retention", &retention)
            .text("auto-compaction-interval", &retention)
            .text("discovery-url", values.text("discovery"))
            .text("discovery-proxy", values.text("discovery-proxy"))
            .text("downgrade-check-interval", values.text("experimental-downgrade-check-time"));
        report.info("embed/etcd.go:323", "starting an etcd server", fields).await;
    }

    /// Shows what the member does until it, or a signal, ends it.
    async fn attend(&self, mut member: Box<dyn Member>, settings: &Settings, report: &Report<'_>) -> i32 {
        let mut ready = false;
        let mut stopping = None;
        let mut last = String::new();
        loop {
            let event = match ready && stopping.is_none() {
                false => member.next().await,
                // Until it is ready, a signal ends the program as it ends any other.
                true => match race(self.process.catch(&[Signal::Int, Signal::Term]), member.next()).await {
                    Either::Second(event) => event,
                    Either::First(signal) => {
                        let name = if signal == Signal::Int { "interrupt" } else { "terminated" };
                        let fields = none().text("signal", name);
                        report.info("osutil/interrupt_unix.go:64", "received signal; shutting down", fields).await;
                        report.info("embed/etcd.go:408", "closing etcd server", Self::closing_fields(settings)).await;
                        stopping = Some(signal);
                        member.terminate();
                        continue;
                    }
                },
            };
            match event {
                Event::Line(line) if line.caller.is_empty() => last = line.text,
                Event::Line(line) => report.member(&line).await,
                Event::Started { id } => self.say_serving(settings, report, id).await,
                Event::Ready => {
                    ready = true;
                    self.say_ready(settings, report).await;
                }
                Event::Told(_) => {}
                Event::Killed => self.process.die_of(Signal::Kill).await,
                Event::Ended { code } => return self.ended(settings, report, stopping, ready, &last, code).await,
            }
        }
    }

    async fn ended(
        &self,
        settings: &Settings,
        report: &Report<'_>,
        stopping: Option<Signal>,
        ready: bool,
        last: &str,
        code: i32,
    ) -> i32 {
        if let Some(signal) = stopping {
            for url in &settings.listen_peer {
                let address = address(url);
                let fields = || none().text("address", &address);
                report.info("embed/etcd.go:613", "stopping serving peer traffic", fields()).await;
                report.info("embed/etcd.go:618", "stopped serving peer traffic", fields()).await;
            }
            report.info("embed/etcd.go:410", "closed etcd server", Self::closing_fields(settings)).await;
            self.process.die_of(signal).await;
        }
        if last.contains("permanently removed") {
            report.warn("etcdserver/server.go:1156", "server error", none().text("error", last)).await;
            report.warn("etcdserver/server.go:1157", "data-dir used by this member must be removed", none()).await;
            return 0;
        }
        if ready || code == 0 {
            report.line("panic", "etcdserver/server.go:1467", last, none()).await;
            return code::USAGE;
        }
        self.fail(settings, report, false, last).await
    }

    async fn say_serving(&self, settings: &Settings, report: &Report<'_>, id: u64) {
        if settings.has_tls("") {
            let fields = none().text("tls-info", &settings.tls_info("")).texts("cipher-suites", &[]);
            report.info("embed/etcd.go:762", "starting with client TLS", fields).await;
        }
        if settings.values.bool("enable-v2") {
            let text = "Flag `enable-v2` is deprecated and will get removed in etcd 3.6.";
            report.warn("embed/etcd.go:775", text, none()).await;
        }
        let fields = none()
            .id("local-member-id", id)
            .texts("initial-advertise-peer-urls", &settings.advertise_peer)
            .texts("listen-peer-urls", &settings.listen_peer)
            .texts("advertise-client-urls", &settings.advertise_client)
            .texts("listen-client-urls", &settings.listen_client)
            .texts("listen-metrics-urls", &settings.values.urls("listen-metrics-urls"));
        report.info("embed/etcd.go:292", "now serving peer/client/metrics", fields).await;
        for url in &settings.listen_peer {
            let address = address(url);
            let fields = || none().text("address", &address);
            report.info("embed/etcd.go:633", "serving peer traffic", fields()).await;
            report.info("embed/etcd.go:603", "cmux::serve", fields()).await;
        }
    }

    async fn say_ready(&self, settings: &Settings, report: &Report<'_>) {
        report.info("embed/serve.go:124", "ready to serve client requests", none()).await;
        report.info("etcdmain/main.go:44", "notifying init daemon", none()).await;
        report.info("etcdmain/main.go:50", "successfully notified init daemon", none()).await;
        for url in &settings.listen_client {
            let fields = none().text("traffic", "grpc+http").text("address", &address(url));
            if url.starts_with("https://") {
                report.info("embed/serve.go:275", "serving client traffic securely", fields).await;
            } else {
                let text = "serving client traffic insecurely; this is strongly discouraged!";
                report.info("embed/serve.go:210", text, fields).await;
            }
        }
    }
}

/// Which sources the release was built from.
const GIT_SHA: &str = "7d2060245";
const GO_VERSION: &str = "go1.25.9";

/// Host and port as a listener tells its address.
fn address(url: &str) -> String {
    match parse::socket(url) {
        (host, port) if host == "0.0.0.0" || host == "::" => format!("[::]:{port}"),
        (host, port) => format!("{host}:{port}"),
    }
}
