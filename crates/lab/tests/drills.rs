//! The disaster drills: what goes wrong, what it looks like, and what puts it right, all of it done as a learner does.

use kubarium_lab::{Job, World, WorldSetup};
use protocol::{Fault, Input, MemberView, Power, Role};

const SECOND: u64 = 1_000_000;
const ALL: &str = "--endpoints=127.0.0.1:2379,127.0.0.1:22379,127.0.0.1:32379";

struct Drill(World);

impl Drill {
    fn new(setup: &WorldSetup) -> Self {
        let mut world = World::new(11, setup, &machine::maker());
        assert!(world.wait_until_settled(10 * SECOND), "the cluster comes up");
        let mut drill = Self(world);
        // Membership may change once the members have been connected for a while.
        drill.pass(6 * SECOND);
        drill
    }

    fn three() -> Self {
        Self::new(&WorldSetup::of_members(3))
    }

    fn pass(&mut self, time: u64) {
        let until = self.0.now() + time;
        self.0.run_until(until);
    }

    fn press(&mut self, component: &str, fault: Fault) {
        self.0.apply(&Input::Fault { component: component.into(), fault });
    }

    fn begin(&mut self, script: &str) -> Box<dyn Job> {
        let job = self.0.begin(script);
        self.pass(3 * SECOND);
        job
    }

    fn run(&mut self, script: &str) -> (i32, String) {
        let job = self.0.begin(script);
        let limit = self.0.now() + 120 * SECOND;
        while job.code().is_none() && self.0.now() < limit {
            self.pass(SECOND / 10);
        }
        (job.code().unwrap_or(-1), text(&job.stdout()) + &text(&job.stderr()))
    }

    fn out(&mut self, script: &str) -> String {
        let (code, out) = self.run(script);
        assert_eq!(code, 0, "{script}: {out}");
        out
    }

    fn fails(&mut self, script: &str, words: &str) {
        let (code, out) = self.run(script);
        assert!(code != 0 && out.contains(words), "{script}: exit {code}, {out}");
    }

    fn member(&self, name: &str) -> MemberView {
        self.0.members().into_iter().find(|member| member.name == name).expect("the world has this member")
    }

    fn leader(&self) -> String {
        let running = |member: &MemberView| member.power == Power::Running && member.role == Role::Leader;
        self.0.members().into_iter().filter(running).max_by_key(|member| member.term).expect("somebody leads").name
    }

    fn lines(&self, name: &str) -> String {
        self.0.details(name).map(|details| details.lines.join("\n")).unwrap_or_default()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_lost_quorum_comes_back_from_a_snapshot_as_a_new_cluster() {
    let mut drill = Drill::three();
    drill.out("etcdctl put greeting hello && etcdctl snapshot save backup.db");
    drill.out("etcdctl put greeting later");
    drill.press("etcd-1", Fault::Kill);
    drill.press("etcd-2", Fault::Kill);
    drill.pass(3 * SECOND);
    drill.fails("etcdctl --command-timeout=2s put a b", "context deadline exceeded");
    drill.press("etcd-0", Fault::Kill);
    let names = [("infra0", 2379, 2380), ("infra1", 22379, 22380), ("infra2", 32379, 32380)];
    let cluster = names.map(|(name, _, peer)| format!("{name}=http://127.0.0.1:{peer}")).join(",");
    let new = format!("--initial-cluster {cluster} --initial-cluster-token restored");
    for (name, client, peer) in names {
        let own = format!("--name {name} --initial-advertise-peer-urls http://127.0.0.1:{peer} --data-dir {name}.etcd");
        drill.out(&format!("etcdutl snapshot restore backup.db {own} {new}"));
        let listen = format!(
            "--listen-peer-urls http://127.0.0.1:{peer} --listen-client-urls http://127.0.0.1:{client} --advertise-client-urls http://127.0.0.1:{client}"
        );
        drill.begin(&format!("etcd {own} {listen} {new} --initial-cluster-state new"));
    }
    drill.pass(3 * SECOND);
    assert_eq!(drill.out(&format!("etcdctl {ALL} endpoint health 2>&1 | grep -c 'is healthy'")), "3\n");
    assert_eq!(drill.out("etcdctl get greeting --print-value-only"), "hello\n", "the state of the snapshot");
    assert_eq!(drill.out("etcdctl member list | wc -l").trim(), "3");
    assert_eq!(drill.out("etcdctl put after restore"), "OK\n");
}

#[test]
fn one_survivor_can_be_forced_to_be_a_cluster_of_its_own() {
    let mut drill = Drill::three();
    drill.out("etcdctl put greeting hello");
    for name in ["etcd-0", "etcd-1", "etcd-2"] {
        drill.press(name, Fault::Kill);
    }
    let server = drill.begin(
        "etcd --name etcd-2 --data-dir /var/lib/etcd/etcd-2.etcd --listen-client-urls http://127.0.0.1:32379 --advertise-client-urls http://127.0.0.1:32379 --listen-peer-urls http://127.0.0.1:32380 --initial-advertise-peer-urls http://127.0.0.1:32380 --force-new-cluster",
    );
    assert!(text(&server.stderr()).contains("forcing restart member"), "{}", text(&server.stderr()));
    assert_eq!(drill.out("etcdctl --endpoints=127.0.0.1:32379 member list | wc -l").trim(), "1");
    assert_eq!(drill.out("etcdctl --endpoints=127.0.0.1:32379 get greeting --print-value-only"), "hello\n");
    assert_eq!(drill.out("etcdctl --endpoints=127.0.0.1:32379 put a b"), "OK\n");
}

#[test]
fn a_lost_member_is_replaced_by_a_new_one_that_catches_up() {
    let mut drill = Drill::three();
    drill.out("etcdctl put greeting hello");
    drill.press("etcd-2", Fault::Kill);
    drill.out("rm -rf /var/lib/etcd/etcd-2.etcd");
    drill.out(&format!(
        "etcdctl member remove $(etcdctl member list | grep etcd-2 | cut -d, -f1) && etcdctl {ALL} member add etcd-3 --peer-urls=http://127.0.0.1:42380"
    ));
    let server = drill.begin(
        "etcd --name etcd-3 --data-dir e3 --listen-client-urls http://127.0.0.1:42379 --advertise-client-urls http://127.0.0.1:42379 --listen-peer-urls http://127.0.0.1:42380 --initial-advertise-peer-urls http://127.0.0.1:42380 --initial-cluster etcd-0=http://127.0.0.1:2380,etcd-1=http://127.0.0.1:22380,etcd-3=http://127.0.0.1:42380 --initial-cluster-state existing",
    );
    let log = text(&server.stderr());
    assert!(log.contains("ready to serve client requests"), "{log}");
    assert_eq!(
        drill.out("etcdctl --endpoints=127.0.0.1:42379 get greeting --consistency=s --print-value-only"),
        "hello\n"
    );
    assert_eq!(drill.out("etcdctl member list | grep -c started").trim(), "3");
}

#[test]
fn a_corrupted_data_directory_keeps_etcd_from_starting_with_its_words() {
    let run = "etcd --name etcd-1 --data-dir /var/lib/etcd/etcd-1.etcd --listen-client-urls http://127.0.0.1:22379 --advertise-client-urls http://127.0.0.1:22379 --listen-peer-urls http://127.0.0.1:22380 --initial-advertise-peer-urls http://127.0.0.1:22380";
    let mut drill = Drill::three();
    drill.press("etcd-1", Fault::Kill);
    drill.out("cp -r /var/lib/etcd/etcd-1.etcd good && dd if=/dev/zero of=/var/lib/etcd/etcd-1.etcd/member/snap/db bs=4096 count=2");
    let (code, out) = drill.run(run);
    assert_eq!(code, 2, "{out}");
    assert!(out.contains(r#""msg":"failed to open database""#) && out.contains("invalid database"), "{out}");
    assert!(out.contains("panic: failed to open database"), "{out}");
    drill.press("etcd-1", Fault::Restart);
    assert_eq!(drill.member("etcd-1").power, Power::Stopped);
    assert!(drill.lines("etcd-1").contains("invalid database"));
    drill.out("rm -rf /var/lib/etcd/etcd-1.etcd && cp -r good /var/lib/etcd/etcd-1.etcd && printf XXXXXXXX | dd of=/var/lib/etcd/etcd-1.etcd/member/wal/0000000000000000-0000000000000000.wal bs=1 seek=40 conv=notrunc");
    let (code, out) = drill.run(run);
    assert_eq!(code, 1, "{out}");
    assert!(out.contains(r#""msg":"discovery failed","error":"walpb: crc mismatch""#), "{out}");
    drill.out("rm -rf /var/lib/etcd/etcd-1.etcd && mv good /var/lib/etcd/etcd-1.etcd");
    let server = drill.begin(run);
    assert!(text(&server.stderr()).contains("ready to serve client requests"), "{}", text(&server.stderr()));
    assert_eq!(drill.out(&format!("etcdctl {ALL} endpoint health 2>&1 | grep -c 'is healthy'")), "3\n");
}

#[test]
fn a_full_database_raises_the_alarm_and_room_has_to_be_made() {
    let setup =
        WorldSetup { flags: vec![("quota-backend-bytes".into(), (16 << 20).to_string())], ..WorldSetup::of_members(3) };
    let mut drill = Drill::new(&setup);
    let fill = "head -c 1000000 /dev/zero | tr '\\0' x > big; for i in $(seq 1 40); do etcdctl put big < big >/dev/null || exit 7; done";
    drill.fails(fill, "etcdserver: mvcc: database space exceeded");
    assert!(drill.out("etcdctl alarm list").contains("alarm:NOSPACE"));
    drill.fails("etcdctl put a b", "etcdserver: mvcc: database space exceeded");
    drill.out("etcdctl get big >/dev/null");
    drill.out(&format!(
        "rev=$(etcdctl endpoint status -w json | grep -o '\"revision\":[0-9]*' | grep -o '[0-9]*$'); etcdctl compact $rev && etcdctl {ALL} defrag && etcdctl alarm disarm && etcdctl put a b"
    ));
}

#[test]
fn a_slow_disk_of_the_leader_slows_writes_and_is_told_in_its_log() {
    let mut drill = Drill::three();
    let leader = drill.leader();
    drill.press(&leader, Fault::SlowDisk);
    drill.out("etcdctl put a b");
    drill.pass(4 * SECOND);
    assert!(drill.lines(&leader).contains("slow fdatasync"), "{}", drill.lines(&leader));
    assert!(drill.member(&leader).slow_disk);
    for other in ["etcd-1", "etcd-2"] {
        drill.press(other, Fault::SlowDisk);
    }
    let began = drill.0.now();
    drill.out("etcdctl put a c");
    assert!(drill.0.now() - began > SECOND, "a majority has to have it on disk");
    for name in ["etcd-0", "etcd-1", "etcd-2"] {
        drill.press(name, Fault::NormalDisk);
    }
    drill.pass(4 * SECOND);
    let began = drill.0.now();
    drill.out("etcdctl put a d");
    assert!(drill.0.now() - began < SECOND / 2);
}

#[test]
fn a_leader_whose_clock_stands_still_is_followed_no_longer() {
    let mut drill = Drill::three();
    let leader = drill.leader();
    drill.press(&leader, Fault::StopClock);
    drill.pass(5 * SECOND);
    let next = drill.leader();
    assert_ne!(next, leader);
    drill.press(&leader, Fault::StartClock);
    drill.pass(2 * SECOND);
    assert_eq!(drill.member(&leader).role, Role::Follower);
    assert_eq!(drill.out("etcdctl put a b"), "OK\n");
}

#[test]
fn a_member_that_hears_nothing_does_not_disturb_the_others() {
    let mut drill = Drill::three();
    let term = drill.member("etcd-0").term;
    drill.press("etcd-2", Fault::CutIncoming);
    drill.pass(10 * SECOND);
    assert_eq!(drill.leader(), "etcd-0");
    assert_eq!(drill.member("etcd-0").term, term, "pre-vote and check-quorum keep the term");
    assert_eq!(drill.out("etcdctl put a b"), "OK\n");
    drill.press("etcd-2", Fault::Reconnect);
    drill.pass(3 * SECOND);
    assert_eq!(drill.out("etcdctl --endpoints=127.0.0.1:32379 get a --print-value-only"), "b\n");
}

#[test]
fn a_leader_that_is_not_heard_steps_down() {
    let mut drill = Drill::three();
    drill.press("etcd-0", Fault::CutOutgoing);
    drill.pass(6 * SECOND);
    assert_ne!(drill.leader(), "etcd-0");
    assert_eq!(drill.out("etcdctl --endpoints=127.0.0.1:22379 put a b"), "OK\n");
    drill.press("etcd-0", Fault::Reconnect);
    drill.pass(3 * SECOND);
    assert_eq!(drill.out("etcdctl get a --print-value-only"), "b\n");
}
