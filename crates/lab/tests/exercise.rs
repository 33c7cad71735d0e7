//! A lab through the page's eyes: its world comes prepared, a check changes nothing, and going back takes a shorter log.

use kubarium_lab::{Desk, World};
use protocol::{Exercise, FromLab, Input, Logged, Preparation, Session, TerminalId, ToLab, Verdict};

const SECOND: u64 = 1_000_000;
const CHECK: &str = "test \"$(etcdctl get /a --print-value-only)\" = 2 || { echo not two; exit 1; }";

fn exercise() -> Exercise {
    let steps = vec![
        Preparation::Script("etcdctl put /a 1; echo ready > note".into()),
        Preparation::Servers("stop etcd-2".into()),
        Preparation::Servers("sleep 3".into()),
    ];
    Exercise { name: "two".into(), members: 3, steps, ..Exercise::default() }
}

/// A desk, and what it has said.
struct Page {
    desk: Desk,
    said: Vec<FromLab>,
}

impl Page {
    fn open(session: Session, in_time: &mut dyn FnMut() -> bool) -> Self {
        let mut said = Vec::new();
        let mut desk = Desk::open(session, &machine::maker(), None, &mut said);
        while !said.contains(&FromLab::Ready) {
            desk.pump(0, in_time, &mut said);
        }
        Self { desk, said }
    }

    fn submit(&mut self, text: &str) {
        let input = Input::Submit { terminal: TerminalId(0), text: text.into() };
        self.desk.handle(ToLab::Input(input), &mut self.said);
        self.pass(2 * SECOND);
    }

    fn pass(&mut self, wall: u64) {
        for _ in 0..wall / 50_000 {
            self.desk.pump(50_000, &mut || true, &mut self.said);
        }
    }

    fn check(&mut self, script: &str) -> Verdict {
        let mut out = Vec::new();
        self.desk.handle(ToLab::Check { id: 4, script: script.into() }, &mut out);
        match out.as_slice() {
            [FromLab::Verdict { id: 4, verdict }] => verdict.clone(),
            other => panic!("no verdict but {other:?}"),
        }
    }

    fn log(&self) -> Vec<Logged> {
        let logged = |message: &FromLab| match message {
            FromLab::Logged(entry) => Some(entry.clone()),
            _ => None,
        };
        self.said.iter().filter_map(logged).collect()
    }

    fn hash(&self) -> u64 {
        self.desk.world().trace_hash()
    }
}

#[test]
fn a_lab_begins_in_a_prepared_world_and_is_judged_by_its_state() {
    let mut page = Page::open(Session::of_exercise(7, exercise()), &mut || true);
    assert_eq!(page.desk.world().machine().read("/root/note").unwrap(), b"ready\n");
    let running = page.desk.world().members().iter().filter(|m| m.power == protocol::Power::Running).count();
    assert_eq!(running, 2);
    assert_eq!(page.check(CHECK), Verdict { reached: false, says: "not two".into() });
    page.submit("etcdctl put /a 2");
    assert_eq!(page.check(CHECK), Verdict { reached: true, says: String::new() });
}

#[test]
fn a_check_changes_nothing_now_or_later() {
    let mut checked = Page::open(Session::of_exercise(7, exercise()), &mut || true);
    let mut left_alone = Page::open(Session::of_exercise(7, exercise()), &mut || true);
    for page in [&mut checked, &mut left_alone] {
        page.submit("etcdctl watch /a & sleep 100");
    }
    let (hash, members) = (checked.hash(), checked.desk.world().members());
    checked.check("etcdctl put /a 3; rm note; kill %1; sleep 20; exit 1");
    assert_eq!((checked.hash(), checked.desk.world().members()), (hash, members));
    for page in [&mut checked, &mut left_alone] {
        page.pass(5 * SECOND);
    }
    assert_eq!(checked.hash(), left_alone.hash());
    assert!(checked.desk.world().machine().read("/root/note").is_some());
}

#[test]
fn a_check_comes_to_an_end() {
    let mut page = Page::open(Session::of_exercise(7, exercise()), &mut || true);
    for endless in ["sleep 100000", "while true; do :; done"] {
        let verdict = page.check(endless);
        assert!(!verdict.reached && verdict.says.contains("no end"), "{endless}: {verdict:?}");
    }
}

#[test]
fn the_session_of_a_lab_replays_to_the_same_world_and_without_its_last_input_to_the_moment_before() {
    let mut page = Page::open(Session::of_exercise(7, exercise()), &mut || true);
    page.submit("etcdctl put /a 2");
    let before = (page.desk.world().now(), page.hash());
    page.submit("etcdctl del /a");
    let log = page.log();
    let session = Session { log, now: page.desk.world().now(), ..Session::of_exercise(7, exercise()) };
    assert_eq!(session.check(), Ok(()));

    // However it is interrupted.
    let again = Page::open(session.clone(), &mut || false);
    assert_eq!(again.hash(), page.hash());

    let mut shorter = session;
    shorter.now = shorter.log.pop().unwrap().at;
    let mut undone = Page::open(shorter, &mut || true);
    assert_eq!((undone.desk.world().now(), undone.hash()), before);
    assert!(undone.check(CHECK).reached);
}

#[test]
fn a_preparation_that_nobody_can_do_is_refused_in_words() {
    let mut impossible = exercise();
    impossible.steps.push(Preparation::Servers("paint etcd-0".into()));
    assert!(
        World::of_exercise(7, &impossible, &machine::maker(), None)
            .is_err_and(|reason| reason.contains("paint etcd-0"))
    );
    let page = Page::open(Session::of_exercise(7, impossible), &mut || true);
    let refused =
        |said: &FromLab| matches!(said, FromLab::SessionRefused { reason } if reason.contains("paint etcd-0"));
    assert!(page.said.iter().any(refused));

    let mut failing = exercise();
    failing.steps.push(Preparation::Script("etcdctl nonsense".into()));
    assert!(World::of_exercise(7, &failing, &machine::maker(), None).is_err_and(|reason| reason.contains("exit code")));
}
