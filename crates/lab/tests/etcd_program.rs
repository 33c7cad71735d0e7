//! The program `etcd` as a learner runs it: started by hand, stopped by Ctrl-C, started again on its data.

use kubarium_lab::{Job, World, WorldSetup};

const SECOND: u64 = 1_000_000;

/// A machine and what was typed on it.
struct Machine(World);

impl Machine {
    fn of_members(members: u8) -> Self {
        let mut world = World::new(7, &WorldSetup::of_members(members), &machine::maker());
        world.wait_until_settled(10 * SECOND);
        Self(world)
    }

    /// Starts a command line in a shell of its own, as in another terminal.
    fn begin(&mut self, script: &str) -> Box<dyn Job> {
        let job = self.0.begin(script);
        self.pass(2 * SECOND);
        job
    }

    fn pass(&mut self, time: u64) {
        let until = self.0.now() + time;
        self.0.run_until(until);
    }

    /// Runs a command line to its end: code, output and errors.
    fn run(&mut self, script: &str) -> (i32, String, String) {
        let job = self.0.begin(script);
        let limit = self.0.now() + 60 * SECOND;
        while job.code().is_none() && self.0.now() < limit {
            self.pass(SECOND / 10);
        }
        (job.code().unwrap_or(-1), text(&job.stdout()), text(&job.stderr()))
    }

    fn out(&mut self, script: &str) -> String {
        let (code, out, err) = self.run(script);
        assert_eq!(code, 0, "{script}: {out}{err}");
        out
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Asserts that these parts come in this order.
fn in_order(text: &str, parts: &[&str]) {
    let mut rest = text;
    for part in parts {
        let at = rest.find(part).unwrap_or_else(|| panic!("{part:?} is missing, or not in its place, in:\n{text}"));
        rest = &rest[at + part.len()..];
    }
}

const GET: &str = "curl -sL https://github.com/etcd-io/etcd/releases/download/v3.5.30/etcd-v3.5.30-linux-amd64.tar.gz -o etcd.tar.gz && tar xzf etcd.tar.gz && cd etcd-v3.5.30-linux-amd64";

#[test]
fn the_quick_start_works_from_download_to_restart_with_its_data() {
    let mut machine = Machine::of_members(0);
    let listing = machine.out(&format!("{GET} && ls && ./etcd --version"));
    in_order(&listing, &["etcd\n", "etcdctl\n", "etcdutl\n", "etcd Version: 3.5.30"]);
    let server = machine.begin("cd etcd-v3.5.30-linux-amd64 && ./etcd");
    in_order(
        &text(&server.stderr()),
        &[
            r#""msg":"Running: ","args":["./etcd"]"#,
            r#""msg":"'data-dir' was empty; using default","data-dir":"default.etcd""#,
            r#""msg":"configuring peer listeners""#,
            r#""msg":"starting an etcd server","etcd-version":"3.5.30""#,
            r#""msg":"opened backend db""#,
            r#""msg":"starting local member","local-member-id":"8e9e05c52164694d","cluster-id":"cdf818194e3a8c32""#,
            r#""logger":"raft","caller":"etcdserver/zap_raft.go:77","msg":"8e9e05c52164694d became follower at term 1""#,
            r#""msg":"started as single-node; fast-forwarding election ticks""#,
            r#""msg":"now serving peer/client/metrics""#,
            "8e9e05c52164694d became leader at term 2",
            r#""msg":"published local member to cluster through raft""#,
            r#""msg":"ready to serve client requests""#,
            r#""msg":"serving client traffic insecurely; this is strongly discouraged!","traffic":"grpc+http","address":"127.0.0.1:2379""#,
        ],
    );
    assert_eq!(machine.out("etcdctl put greeting hello"), "OK\n");
    assert_eq!(machine.out("etcdctl member list | cut -d, -f1,3"), "8e9e05c52164694d, default\n");
    server.signal("INT");
    machine.pass(SECOND);
    let log = text(&server.stderr());
    in_order(
        &log,
        &[
            r#""msg":"received signal; shutting down","signal":"interrupt""#,
            r#""msg":"closing etcd server""#,
            "skipped leadership transfer for single voting member cluster",
            r#""msg":"closed etcd server""#,
        ],
    );
    assert_eq!(server.code(), Some(130));
    assert_eq!(machine.run("etcdctl --command-timeout=1s get greeting").0, 1);
    let again = machine.begin("cd etcd-v3.5.30-linux-amd64 && ./etcd");
    in_order(
        &text(&again.stderr()),
        &["server has been already initialized", "restarting local member", "became leader at term 3"],
    );
    assert_eq!(machine.out("etcdctl get greeting"), "greeting\nhello\n");
}

#[test]
fn a_port_that_is_taken_ends_etcd_with_its_words() {
    let mut machine = Machine::of_members(3);
    let (code, _, err) = machine.run("etcd");
    assert_eq!(code, 1);
    in_order(
        &err,
        &["failed to start etcd", "listen tcp 127.0.0.1:2380: bind: address already in use", "\"level\":\"fatal\""],
    );
    let other = "etcd --name lone --listen-client-urls http://127.0.0.1:12379 --advertise-client-urls http://127.0.0.1:12379 --listen-peer-urls http://127.0.0.1:12380 --initial-advertise-peer-urls http://127.0.0.1:12380";
    let server = machine.begin(other);
    assert_eq!(machine.out("etcdctl --endpoints=127.0.0.1:12379 put a b"), "OK\n", "{}", text(&server.stderr()));
    assert_eq!(machine.out("etcdctl get a"), "", "the members of the world are another cluster");
}

#[test]
fn three_members_started_by_hand_make_one_cluster() {
    let mut machine = Machine::of_members(0);
    machine.out(&format!("{GET} && cp etcd /usr/local/bin/"));
    let cluster = "infra0=http://127.0.0.1:2380,infra1=http://127.0.0.1:22380,infra2=http://127.0.0.1:32380";
    let servers: Vec<Box<dyn Job>> = [("infra0", 2379, 2380), ("infra1", 22379, 22380), ("infra2", 32379, 32380)]
        .map(|(name, client, peer)| {
            machine.begin(&format!(
                "etcd --name {name} --listen-client-urls http://127.0.0.1:{client} --advertise-client-urls http://127.0.0.1:{client} --listen-peer-urls http://127.0.0.1:{peer} --initial-advertise-peer-urls http://127.0.0.1:{peer} --initial-cluster {cluster} --initial-cluster-token t --initial-cluster-state new"
            ))
        })
        .into();
    machine.pass(3 * SECOND);
    assert_eq!(machine.out("etcdctl endpoint health --cluster 2>&1 | grep -c 'is healthy'"), "3\n");
    in_order(&text(&servers[0].stderr()), &["added member", "peer became active", "ready to serve client requests"]);
    assert_eq!(
        machine.out("etcdctl put a 1 && etcdctl --endpoints=127.0.0.1:32379 get a --print-value-only"),
        "OK\n1\n"
    );
}

#[test]
fn a_member_in_the_background_ends_with_kill() {
    let mut machine = Machine::of_members(0);
    let script = format!(
        "{GET}\n nohup ./etcd >etcd.log 2>&1 & sleep 3; etcdctl put a b; kill $!; sleep 1; etcdctl --command-timeout=1s get a; grep -c 'closed etcd server' etcd.log"
    );
    let (_, out, err) = machine.run(&script);
    assert!(out.ends_with("OK\n1\n"), "{out}{err}");
}

#[test]
fn wrong_and_contradictory_flags_are_refused_as_etcd_does() {
    let mut machine = Machine::of_members(3);
    let mut check = |line: &str, code: i32, words: &str| {
        let (found, _, err) = machine.run(line);
        assert!(err.contains(words), "{line}: {err}");
        assert_eq!(found, code, "{line}");
    };
    check("etcd --nosuch", 2, "flag provided but not defined: -nosuch\nUsage:");
    check("etcd serve", 1, r#""msg":"failed to verify flags","error":"'serve' is not a valid flag""#);
    check(
        "etcd --election-timeout 200",
        1,
        "--election-timeout[200ms] should be at least as 5 times as --heartbeat-interval[100ms]",
    );
    check("etcd --listen-client-urls http://127.0.0.1:1", 1, "advertise client URLs are not set");
    check(
        "etcd --listen-client-urls http://example.com:1 --advertise-client-urls http://example.com:1",
        1,
        "expected IP in URL for binding (http://example.com:1)",
    );
    check(
        "ETCD_NAME=a etcd --name b",
        1,
        "conflicting environment variable is shadowed by corresponding command-line flag",
    );
    check("ETCD_HEARTBEAT_INTERVAL=x etcd", 1, r#"invalid value \"x\" for ETCD_HEARTBEAT_INTERVAL: parse error"#);
    let ports = "--listen-peer-urls http://127.0.0.1:5380 --listen-client-urls http://127.0.0.1:5379 --advertise-client-urls http://127.0.0.1:5379";
    check(
        &format!("etcd --name b --initial-cluster c=http://localhost:2380 {ports}"),
        1,
        r#"couldn't find local name \"b\" in the initial cluster configuration"#,
    );
    check(
        "etcd --listen-peer-urls http://10.1.2.3:2380",
        1,
        "listen tcp 10.1.2.3:2380: bind: cannot assign requested address",
    );
    check(
        "etcd --listen-peer-urls https://127.0.0.1:5380",
        1,
        "TLS key/cert (--peer-cert-file, --peer-key-file) must be provided",
    );
    check(
        "etcd --cert-file nosuch.crt --key-file nosuch.key --listen-peer-urls http://127.0.0.1:5380 --listen-client-urls https://127.0.0.1:5379 --advertise-client-urls https://127.0.0.1:5379",
        1,
        "open nosuch.crt: no such file or directory",
    );
}
