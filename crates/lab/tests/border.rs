//! The learner's machine in a module of its own: what happens does not depend on where it lives, nor on when it comes.

use border::{Channel, Far, Maker, Near};
use kubarium_lab::Desk;
use protocol::{ClockControl, Exercise, Fault, FromLab, Input, Logged, Preparation, Session, Setup, TerminalId, ToLab};
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

const FRAME: u64 = 16_000;
const SECOND: u64 = 1_000_000;

/// Another module of the same program, which is there from the moment that `here` says so.
struct Module {
    far: RefCell<Far>,
    here: Rc<Cell<bool>>,
}

impl Channel for Module {
    fn ask(&self, question: &[u8]) -> Option<Vec<u8>> {
        self.here.get().then(|| self.far.borrow_mut().answer(question))
    }
}

fn elsewhere(here: &Rc<Cell<bool>>) -> Maker {
    module(machine::maker(), here)
}

fn module(machines: Maker, here: &Rc<Cell<bool>>) -> Maker {
    Near::maker(Box::new(Module { far: RefCell::new(Far::new(machines)), here: here.clone() }))
}

thread_local! {
    /// Whether the parts of the module are there, and whether anybody has asked for them.
    static PARTS: Cell<(bool, bool)> = const { Cell::new((false, false)) };
}

/// Looks for a part, and so asks for it.
fn part_is_here() -> bool {
    PARTS.set((PARTS.get().0, true));
    PARTS.get().0
}

/// A module of the same program, whose rarer programs come when they may.
fn in_parts() -> Maker {
    PARTS.set((false, false));
    let mut parts = machine::Parts::HERE;
    (parts.shell.interpreter.is_here, parts.shell.tools.is_here) = (part_is_here, part_is_here);
    (parts.etcdctl.is_here, parts.programs.is_here) = (part_is_here, part_is_here);
    module(machine::maker_with(parts), &Rc::new(Cell::new(true)))
}

/// What a page has seen of a session: what was printed, the log, and the hash of the trace.
#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    text: String,
    log: Vec<Logged>,
    hash: u64,
    ready_at: Option<u64>,
    now: u64,
}

/// Plays a session for so many frames of the page, with what the page says before each. A machine elsewhere comes before
/// the frame `comes`.
fn play(session: Session, machines: &Maker, frames: u64, mut before: impl FnMut(u64) -> Vec<ToLab>) -> Seen {
    let (mut seen, mut out) = (Seen::default(), Vec::new());
    let mut desk = Desk::open(session, machines, None, &mut out);
    for frame in 0..frames {
        before(frame).into_iter().for_each(|message| desk.handle(message, &mut out));
        desk.pump(FRAME, &mut || true, &mut out);
        for said in out.drain(..) {
            match said {
                FromLab::Frame(frame) => seen.text.extend(frame.console.into_iter().map(|chunk| chunk.text)),
                FromLab::Logged(logged) => seen.log.push(logged),
                FromLab::Ready => seen.ready_at = Some(frame),
                _ => {}
            }
        }
    }
    (seen.hash, seen.now) = (desk.world().trace_hash(), desk.world().now());
    seen
}

/// What a learner does at these frames: commands, files, faults, terminals.
fn learner(frame: u64) -> Vec<ToLab> {
    let submit = |terminal, text: &str| Input::Submit { terminal: TerminalId(terminal), text: text.into() };
    let fault = |component: &str, fault| Input::Fault { component: component.into(), fault };
    let inputs = match frame {
        130 => vec![submit(0, "for i in 1 2 3; do etcdctl put key$i value$i; done | sort | uniq -c\n")],
        160 => vec![submit(0, "etcdctl watch --prefix key\n"), submit(1, "etcdctl snapshot save s.db; ls /root\n")],
        200 => vec![submit(1, "etcdctl del --prefix key\n"), fault("etcd-0", Fault::Kill)],
        300 => vec![Input::Interrupt { terminal: TerminalId(0) }, fault("etcd-0", Fault::Restart)],
        320 => vec![submit(0, "etcd --name mine --listen-client-urls http://127.0.0.1:9 &\nsleep 2; date; jobs\n")],
        500 => vec![submit(0, "kill %1; etcdctl endpoint status --cluster -w table\n")],
        _ => Vec::new(),
    };
    inputs.into_iter().map(ToLab::Input).collect()
}

/// What a learner does with programs that lie in parts: in pipes, in the background, and several at the same instant.
fn learner_of_parts(frame: u64) -> Vec<ToLab> {
    let text = match frame {
        130 => "for i in 1 2 3; do etcdctl put key$i $RANDOM; done | sort | uniq -c\n",
        135 => "sleep 0.01 & curl -s 127.0.0.1:2379/version | jq -c .; seq 3 | tac; date\n",
        200 => "etcdctl snapshot save s.db; etcdutl snapshot status s.db; [[ ab =~ a(.) ]]; echo ${BASH_REMATCH[1]}\n",
        230 => "etcdctl lock name echo held | sed s/held/was-held/\n",
        _ => return Vec::new(),
    };
    vec![ToLab::Input(Input::Submit { terminal: TerminalId(0), text: text.into() })]
}

fn fresh() -> Session {
    Session::fresh(7, Setup::default())
}

#[test]
fn a_machine_in_another_module_does_what_one_in_the_same_does() {
    let here = Rc::new(Cell::new(true));
    let same = play(fresh(), &machine::maker(), 700, learner);
    assert!(same.text.contains("OK") && same.text.contains("Snapshot saved"), "{}", same.text);
    assert_eq!(play(fresh(), &elsewhere(&here), 700, learner), same);
}

#[test]
fn a_machine_that_comes_late_finds_the_cluster_as_if_it_had_been_there() {
    let same = play(fresh(), &machine::maker(), 700, learner);
    let here = Rc::new(Cell::new(false));
    let late = play(fresh(), &elsewhere(&here), 700, |frame| {
        here.set(frame >= 90);
        learner(frame)
    });
    assert_eq!(late, same);
}

#[test]
fn what_a_learner_does_before_the_machine_is_there_is_done_when_it_comes() {
    let here = Rc::new(Cell::new(false));
    let early = play(fresh(), &elsewhere(&here), 400, |frame| {
        here.set(frame >= 150);
        let text = "etcdctl put early bird\n".into();
        let submit = ToLab::Input(Input::Submit { terminal: TerminalId(0), text });
        let kill = ToLab::Input(Input::Fault { component: "etcd-2".into(), fault: Fault::Kill });
        if frame == 20 { vec![submit, kill] } else { Vec::new() }
    });
    assert!(early.text.contains("OK"), "{}", early.text);
    let now = 400 * FRAME;
    let again = play(Session { log: early.log.clone(), now, ..fresh() }, &machine::maker(), 1, |_| Vec::new());
    assert_eq!(again.hash, early.hash, "the log tells what happened");
}

#[test]
fn a_session_with_commands_waits_for_the_machine() {
    let exercise = Exercise {
        name: "somewhere".into(),
        members: 3,
        steps: vec![Preparation::Script("etcdctl put lab prepared".into())],
        ..Exercise::default()
    };
    let recorded = play(fresh(), &machine::maker(), 700, learner);
    let stored = Session { log: recorded.log, now: 11 * SECOND, ..fresh() };
    for session in [stored, Session::of_exercise(7, exercise)] {
        let same = play(session.clone(), &machine::maker(), 300, |_| Vec::new());
        let here = Rc::new(Cell::new(false));
        let late = play(session, &elsewhere(&here), 600, |frame| {
            here.set(frame >= 40);
            Vec::new()
        });
        assert_eq!((same.ready_at, late.ready_at), (Some(0), Some(40)));
        assert!(late.text.starts_with(&same.text), "{}\n{}", same.text, late.text);
    }
}

#[test]
fn a_control_plane_waits_for_the_machine_whose_kubelet_starts_etcd() {
    let session = || Session::fresh(7, Setup::ControlPlane);
    let typed = |frame| {
        let text = "cd /etc/kubernetes/pki/etcd; etcdctl --endpoints=https://127.0.0.1:2379 --cacert=ca.crt --cert=server.crt --key=server.key put a b\n".into();
        let submit = ToLab::Input(Input::Submit { terminal: TerminalId(0), text });
        if frame == 400 { vec![submit] } else { Vec::new() }
    };
    let same = play(session(), &machine::maker(), 500, typed);
    assert!(same.text.contains("OK"), "{}", same.text);
    let here = Rc::new(Cell::new(false));
    let late = play(session(), &elsewhere(&here), 540, |frame| {
        here.set(frame >= 40);
        frame.checked_sub(40).map(typed).unwrap_or_default()
    });
    assert_eq!(late, Seen { ready_at: Some(40), ..same });
}

/// Lets parts come so many frames after somebody has asked for them.
fn parts_come(asked: &mut Option<u64>, frame: u64, after: u64) {
    let (_, wanted) = PARTS.get();
    *asked = asked.or(wanted.then_some(frame));
    PARTS.set((asked.is_some_and(|asked| frame >= asked + after), wanted));
}

#[test]
fn programs_whose_code_comes_late_do_what_they_do_when_it_is_there() {
    let same = play(fresh(), &machine::maker(), 400, learner_of_parts);
    for printed in ["OK", "\"etcdserver\"", "Snapshot saved", "was-held", "\nb\n"] {
        assert!(same.text.contains(printed), "{printed:?}: {}", same.text);
    }
    for after in [0, 1, 25] {
        let mut asked = None;
        let late = play(fresh(), &in_parts(), 400 + after, |frame| {
            parts_come(&mut asked, frame, after);
            learner_of_parts(frame)
        });
        assert!(asked.is_some(), "somebody has called a program of theirs");
        let replayed = Session { log: late.log.clone(), now: late.now, ..fresh() };
        let there = play(replayed.clone(), &machine::maker(), 1, |_| Vec::new());
        assert_eq!((there.hash, &there.text), (late.hash, &late.text), "{after} frames");
        // A stored session waits for them as well.
        let mut asked = None;
        let stored = play(replayed, &in_parts(), after + 2, |frame| {
            parts_come(&mut asked, frame, after);
            Vec::new()
        });
        assert_eq!((stored.ready_at, stored.hash), (Some(after + 1), late.hash));
    }
}

#[test]
fn a_check_waits_for_the_code_of_its_programs_and_the_world_goes_on() {
    let script = "test $(echo '{\"a\": 7}' | jq .a) = 7 && echo seven";
    let mut asked = None;
    let mut desk = Desk::open(fresh(), &in_parts(), None, &mut Vec::new());
    let mut out = Vec::new();
    let (mut verdicts, mut told) = (Vec::new(), Vec::new());
    for frame in 0..200 {
        parts_come(&mut asked, frame, 40);
        if frame == 100 {
            desk.handle(ToLab::Check { id: 5, script: script.into() }, &mut out);
        }
        let before = desk.world().now();
        desk.pump(FRAME, &mut || true, &mut out);
        assert!(frame == 0 || desk.world().now() > before, "frame {frame}");
        for said in out.drain(..) {
            match said {
                FromLab::Verdict { id, verdict } => verdicts.push((frame, id, verdict.reached, verdict.says)),
                FromLab::Fetching(fetching) => told.push((frame, fetching)),
                _ => {}
            }
        }
    }
    assert_eq!(verdicts, [(141, 5, true, "seven".to_owned())]);
    assert_eq!(told, [(118, true), (141, false)]);
}

#[test]
fn a_line_is_completed_as_soon_as_the_code_is_here_that_knows_how() {
    let (mut asked, mut answers) = (None, Vec::new());
    let mut desk = Desk::open(fresh(), &in_parts(), None, &mut Vec::new());
    let mut out = Vec::new();
    for frame in 0..200 {
        parts_come(&mut asked, frame, 20);
        if frame == 100 || frame == 110 {
            let line = if frame == 100 { "etcdctl wa" } else { "etcdctl member ad" };
            let cursor = line.len() as u32;
            desk.handle(ToLab::Complete { id: frame, terminal: TerminalId(0), line: line.into(), cursor }, &mut out);
        }
        let before = desk.world().now();
        desk.pump(FRAME, &mut || true, &mut out);
        assert!(frame == 0 || desk.world().now() > before, "the world does not wait for it: frame {frame}");
        for said in out.drain(..) {
            if let FromLab::Completion { id, candidates, .. } = said {
                answers.extend(candidates.into_iter().map(|candidate| (frame, id, candidate.text)));
            }
        }
    }
    assert_eq!(answers, [(121, 110, "add ".to_owned())], "who typed on hears of the last line only");
}

#[test]
fn a_step_of_the_clock_waits_for_the_code_of_a_program() {
    let mut asked = None;
    let mut desk = Desk::open(fresh(), &in_parts(), None, &mut Vec::new());
    let mut out = Vec::new();
    let mut stood_at = Vec::new();
    for frame in 0..200 {
        parts_come(&mut asked, frame, 30);
        if frame == 100 {
            let text = "etcdctl lock name echo\n".into();
            desk.handle(ToLab::Clock(ClockControl::Pause), &mut out);
            desk.handle(ToLab::Input(Input::Submit { terminal: TerminalId(0), text }), &mut out);
        }
        if frame == 101 {
            desk.handle(ToLab::Clock(ClockControl::Step), &mut out);
        }
        desk.pump(FRAME, &mut || true, &mut out);
        if frame >= 101 {
            stood_at.push(desk.world().now());
        }
    }
    let (first, last) = (stood_at[0], stood_at[98]);
    assert!(first < last, "the step came to its end");
    assert_eq!(
        stood_at.iter().filter(|now| **now == first).count() + stood_at.iter().filter(|now| **now == last).count(),
        99
    );
}
