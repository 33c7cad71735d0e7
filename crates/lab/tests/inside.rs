//! The cluster seen from inside, as the page asks for it: Raft's picture, a member's keys, watches; and messages dropped
//! or held up by hand.

use kubarium_lab::Desk;
use protocol::{
    ClockControl, Fault, FromLab, Input, Inside, KeysQuery, KeysView, Logged, Look, RaftView, Session, Setup,
    TerminalId, ToLab, WatchView, WireKind, WireMessage,
};

const SECOND: u64 = 1_000_000;

/// A page that keeps what it was shown last.
struct Page {
    desk: Desk,
    log: Vec<Logged>,
    raft: RaftView,
    keys: KeysView,
    watches: Vec<WatchView>,
    outcome: String,
}

impl Page {
    fn open(session: Session) -> Self {
        let mut out = Vec::new();
        let mut desk = Desk::open(session, &machine::maker(), None, &mut out);
        while !out.contains(&FromLab::Ready) {
            desk.pump(0, &mut || true, &mut out);
        }
        let (log, watches, outcome) = (Vec::new(), Vec::new(), String::new());
        Self { desk, log, raft: RaftView::default(), keys: KeysView::default(), watches, outcome }
    }

    /// Three members that have elected etcd-0.
    fn settled() -> Self {
        let mut page = Self::open(Session::fresh(7, Setup::default()));
        page.pass(2 * SECOND);
        page
    }

    fn hear(&mut self, messages: Vec<FromLab>) {
        for message in messages {
            match message {
                FromLab::Logged(entry) => self.log.push(entry),
                FromLab::Inside(Inside::Raft(view)) => self.raft = view,
                FromLab::Inside(Inside::Keys(view)) => self.keys = view,
                FromLab::Inside(Inside::Watches(watches)) => self.watches = watches,
                FromLab::Inside(Inside::Outcome(words)) => self.outcome = words,
                _ => {}
            }
        }
    }

    fn pass(&mut self, wall: u64) {
        for _ in 0..(wall / 50_000).max(1) {
            let mut out = Vec::new();
            self.desk.pump(wall.min(50_000), &mut || true, &mut out);
            self.hear(out);
        }
    }

    fn send(&mut self, message: ToLab) {
        let mut out = Vec::new();
        self.desk.handle(message, &mut out);
        self.desk.pump(0, &mut || true, &mut out);
        self.hear(out);
    }

    fn run(&mut self, text: &str) {
        self.send(ToLab::Input(Input::Submit { terminal: TerminalId(0), text: text.into() }));
        self.pass(SECOND);
    }

    fn press(&mut self, component: &str, fault: Fault) {
        self.send(ToLab::Input(Input::Fault { component: component.into(), fault }));
    }

    fn catch(&mut self) {
        self.send(ToLab::Clock(ClockControl::Catch));
    }

    /// Stops as soon as messages of this kind are under way, and gives them.
    fn catch_kind(&mut self, kind: WireKind) -> Vec<WireMessage> {
        for _ in 0..100 {
            self.catch();
            let caught: Vec<WireMessage> =
                self.raft.flights.iter().filter(|flight| flight.kind == kind).cloned().collect();
            if !caught.is_empty() {
                return caught;
            }
        }
        panic!("no {kind:?} in a hundred messages: {:#?}", self.raft)
    }

    fn keys(&mut self, member: &str, open: &[&str], key: Option<&str>) -> &KeysView {
        let bytes = |text: &&str| text.as_bytes().to_vec();
        self.send(ToLab::Look(Look::Keys(KeysQuery {
            member: member.into(),
            open: open.iter().map(bytes).collect(),
            children: 100,
            key: key.as_ref().map(bytes),
            versions: 20,
        })));
        &self.keys
    }

    fn happened(&self) -> Vec<&str> {
        self.raft.happened.iter().map(|happening| happening.text.as_str()).collect()
    }

    fn session(&self) -> Session {
        Session { log: self.log.clone(), now: self.desk.world().now(), ..Session::fresh(7, Setup::default()) }
    }
}

#[test]
fn raft_is_seen_with_timers_logs_and_peers_and_told_in_words() {
    let mut page = Page::settled();
    page.send(ToLab::Look(Look::Raft));
    page.run("etcdctl put greeting hello");
    let now = page.desk.world().now();
    let [leader, follower, _] = page.raft.members.as_slice() else { panic!("{:#?}", page.raft) };
    assert_eq!((leader.name.as_str(), leader.patience), ("etcd-0", 100_000));
    assert!((now..=now + 100_000).contains(&leader.acts_at), "{} at {now}", leader.acts_at);
    assert!(follower.patience >= SECOND && follower.acts_at > now + 500_000, "{follower:#?}");
    assert_eq!(leader.peers.len(), 2);
    assert!(follower.peers.is_empty());
    for member in &page.raft.members {
        assert_eq!(member.log.last().map(|entry| entry.text.as_str()), Some("put greeting"), "{member:#?}");
    }
    let told = page.happened();
    for line in ["etcd-0 sends entry", "etcd-1 appended entry", "etcd-2 applied up to"] {
        assert!(told.iter().any(|text| text.starts_with(line)), "{line:?} is not in {told:#?}");
    }
}

#[test]
fn an_election_is_told_by_the_members_names() {
    let mut page = Page::settled();
    page.send(ToLab::Look(Look::Raft));
    page.press("etcd-0", Fault::Kill);
    let asked = page.catch_kind(WireKind::Vote);
    let candidate = asked[0].from.clone();
    assert!(
        page.happened().contains(&format!("{candidate} asks for a pre-vote in term 3").as_str()),
        "{:?}",
        page.happened()
    );
    assert!(page.happened().contains(&"etcd-0 is killed"));
    page.send(ToLab::Clock(ClockControl::Play));
    page.pass(SECOND);
    let ids = page.happened().iter().any(|text| text.contains("8e9e05c52164694d"));
    assert!(
        !ids && page.happened().iter().any(|text| text.contains("became leader at term 3")),
        "{:?}",
        page.happened()
    );
}

#[test]
fn a_dropped_append_does_not_arrive_and_raft_sends_it_again() {
    let mut page = Page::settled();
    page.send(ToLab::Look(Look::Raft));
    page.send(ToLab::Clock(ClockControl::Pause));
    page.send(ToLab::Input(Input::Submit { terminal: TerminalId(0), text: "etcdctl put a 1".into() }));
    let last = |page: &Page, at: usize| page.raft.members[at].log.last().map(|entry| entry.index);
    let appends = page.catch_kind(WireKind::Append);
    let before = last(&page, 1);
    let victim = appends.iter().find(|append| append.to == "etcd-1").expect("an append to etcd-1").id;
    page.send(ToLab::Input(Input::Drop { message: victim }));
    assert!(page.outcome.starts_with("Dropped: append entries from etcd-0 to etcd-1"), "{}", page.outcome);
    assert!(page.raft.flights.iter().all(|flight| flight.id != victim));
    assert!(page.happened().contains(&"append entries from etcd-0 to etcd-1 is taken off the wire by hand"));
    let complaint = format!("etcd-1 tells etcd-0 that its log does not go on at {}", before.unwrap_or(0) + 1);
    for _ in 0..20 {
        page.catch();
        if page.happened().contains(&complaint.as_str()) {
            break;
        }
    }
    assert_eq!((last(&page, 1), last(&page, 2)), (before, before.map(|index| index + 1)), "only etcd-2 has it");
    page.send(ToLab::Clock(ClockControl::Play));
    page.pass(SECOND);
    assert_eq!(last(&page, 1), last(&page, 0), "the leader sends it again");
}

#[test]
fn a_candidate_whose_vote_requests_are_dropped_does_not_win() {
    let mut page = Page::settled();
    page.send(ToLab::Look(Look::Raft));
    page.press("etcd-0", Fault::Kill);
    let asked = page.catch_kind(WireKind::Vote);
    let candidate = asked[0].from.clone();
    for request in asked {
        page.send(ToLab::Input(Input::Drop { message: request.id }));
    }
    let term = |page: &Page| page.desk.world().members()[1].term;
    page.send(ToLab::Clock(ClockControl::Play));
    page.pass(100_000);
    assert_eq!(term(&page), 2, "{candidate} has not got a new term");
    page.pass(4 * SECOND);
    assert!(term(&page) >= 3, "a later election succeeds");
}

#[test]
fn a_delayed_message_arrives_later_by_so_much() {
    let mut page = Page::settled();
    page.send(ToLab::Look(Look::Raft));
    page.send(ToLab::Clock(ClockControl::Pause));
    page.send(ToLab::Input(Input::Submit { terminal: TerminalId(0), text: "etcdctl put a 1".into() }));
    let append = page.catch_kind(WireKind::Append)[0].clone();
    page.send(ToLab::Input(Input::Delay { message: append.id, by: 2 * SECOND }));
    let delayed = page.raft.flights.iter().find(|flight| flight.id == append.id);
    assert_eq!(delayed.map(|flight| flight.arrives_at), Some(append.arrives_at + 2 * SECOND));
    assert!(page.outcome.starts_with("Held up for 2000 ms: append entries"), "{}", page.outcome);
}

#[test]
fn a_message_that_has_arrived_is_left_alone_and_the_page_is_told() {
    let mut page = Page::settled();
    page.send(ToLab::Look(Look::Raft));
    let hash = page.desk.world().trace_hash();
    for input in [Input::Drop { message: 1 }, Input::Drop { message: u64::MAX }, Input::Delay { message: 5, by: 1 }] {
        page.outcome.clear();
        page.send(ToLab::Input(input));
        assert_eq!(page.outcome, "Too late: that message had already arrived.");
    }
    assert_eq!(page.desk.world().trace_hash(), hash);
}

#[test]
fn a_session_with_meddling_replays_to_the_same_world() {
    let mut page = Page::settled();
    page.send(ToLab::Look(Look::Raft));
    page.send(ToLab::Clock(ClockControl::Pause));
    page.send(ToLab::Input(Input::Submit { terminal: TerminalId(0), text: "etcdctl put a 1".into() }));
    let appends = page.catch_kind(WireKind::Append);
    page.send(ToLab::Input(Input::Drop { message: appends[0].id }));
    page.send(ToLab::Input(Input::Delay { message: appends[1].id, by: SECOND / 2 }));
    page.send(ToLab::Clock(ClockControl::Play));
    page.pass(2 * SECOND);
    let hash = page.desk.world().trace_hash();
    let again = Page::open(page.session());
    assert_eq!(again.desk.world().trace_hash(), hash);
}

#[test]
fn looking_changes_nothing() {
    let hash = |look: Look| {
        let mut page = Page::settled();
        page.send(ToLab::Look(look));
        page.run("etcdctl put a 1");
        page.desk.world().trace_hash()
    };
    let keys = KeysQuery { member: "etcd-1".into(), open: vec![Vec::new()], children: 9, ..KeysQuery::default() };
    assert_eq!(hash(Look::Raft), hash(Look::Nothing));
    assert_eq!(hash(Look::Keys(keys)), hash(Look::Nothing));
}

#[test]
fn a_key_is_seen_with_every_version_it_had() {
    let mut page = Page::settled();
    page.run("etcdctl put /registry/pods/default/web one; etcdctl put /registry/pods/default/web two");
    page.run(
        "etcdctl del /registry/pods/default/web; etcdctl put /registry/pods/default/web three; etcdctl put flat x",
    );
    let key = "/registry/pods/default/web";
    let view = page.keys("etcd-0", &["", "/registry/"], Some(key));
    let [root, registry] = view.folders.as_slice() else { panic!("{view:#?}") };
    let names = |folder: &protocol::Folder| -> Vec<String> {
        folder.children.iter().map(|child| String::from_utf8_lossy(&child.key).into_owned()).collect()
    };
    assert_eq!(names(root), ["/registry/", "flat"]);
    assert_eq!((names(registry), registry.children[0].keys), (vec!["/registry/pods/".to_string()], 1));
    let history = view.history.as_ref().expect("the key has a history");
    let versions: Vec<_> =
        history.versions.iter().map(|seen| (seen.revision, seen.version, seen.value.as_deref())).collect();
    assert_eq!(versions, [(5, 1, Some("three")), (4, 0, None), (3, 2, Some("two")), (2, 1, Some("one"))]);

    page.run("etcdctl compact 5");
    let view = page.keys("etcd-0", &[""], Some(key));
    assert_eq!((view.revision, view.compacted), (6, 5));
    assert_eq!(view.history.as_ref().map(|history| history.versions.len()), Some(1));
}

#[test]
fn a_member_that_lags_shows_what_it_has_and_a_stopped_one_nothing() {
    let mut page = Page::settled();
    page.press("etcd-2", Fault::CutOff);
    page.run("etcdctl put news 1");
    let count = |page: &mut Page, member: &str| page.keys(member, &[""], None).folders[0].children.len();
    assert_eq!((count(&mut page, "etcd-0"), count(&mut page, "etcd-2")), (1, 0));
    page.press("etcd-1", Fault::Kill);
    assert!(!page.keys("etcd-1", &[""], None).running);
    assert!(!page.keys("nobody", &[""], None).running);
}

#[test]
fn a_lease_counts_down_where_the_leader_knows_and_takes_its_keys_along() {
    let mut page = Page::settled();
    page.run("id=$(etcdctl lease grant 5 | awk '{print $2}'); etcdctl put lock mine --lease=$id");
    let now = page.desk.world().now();
    let [lease] = page.keys("etcd-0", &[""], None).leases.as_slice() else { panic!("one lease") };
    let left = lease.ends_at.expect("the leader knows") - now;
    assert!(left > 3 * SECOND && left < 5 * SECOND, "{left}");
    assert_eq!((lease.ttl, lease.keys.clone()), (5, vec!["lock".to_string()]));
    assert_eq!(page.keys("etcd-1", &[""], None).leases[0].ends_at, None, "a follower does not");
    page.pass(6 * SECOND);
    let view = page.keys("etcd-0", &[""], Some("lock"));
    assert!(view.leases.is_empty() && view.folders[0].children.is_empty(), "{view:#?}");
    let gone = view.history.as_ref().and_then(|history| history.versions.first());
    assert_eq!(gone.map(|version| version.value.as_deref()), Some(None));
}

#[test]
fn a_watch_is_seen_with_its_keys_and_its_events_until_it_ends() {
    let mut page = Page::settled();
    page.run("etcdctl watch --prefix /registry/ &");
    let watch =
        |events| WatchView { client: "learner".into(), member: "etcd-0".into(), keys: "/registry/…".into(), events };
    assert_eq!(page.watches, [watch(0)]);
    page.run("etcdctl put /registry/a 1; etcdctl put other 1; etcdctl put /registry/b 1");
    assert_eq!(page.watches, [watch(2)]);
    page.run("kill %1");
    assert_eq!(page.watches, []);
}
