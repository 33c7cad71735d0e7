//! Going back: a session without its later inputs is the same world as it was before them, and from there it goes on as
//! it did, or otherwise.

use kubarium_lab::Desk;
use protocol::{ClockControl, Fault, FromLab, Input, Logged, Session, Setup, TerminalId, ToLab};

const SECOND: u64 = 1_000_000;
const FRAME: u64 = 20_000;

fn submit(text: &str) -> Input {
    Input::Submit { terminal: TerminalId(0), text: text.into() }
}

fn kill(member: &str) -> Input {
    Input::Fault { component: member.into(), fault: Fault::Kill }
}

fn whole() -> Session {
    let inputs = [(2, submit("etcdctl put a $RANDOM")), (3, kill("etcd-2")), (5, submit("etcdctl put b $RANDOM"))];
    let log = inputs.into_iter().map(|(at, input)| Logged { at: at * SECOND, input }).collect();
    Session { log, now: 7 * SECOND, ..Session::fresh(5, Setup::default()) }
}

/// The same session right before an input, by its place in the log.
fn before(input: usize) -> Session {
    let whole = whole();
    Session { now: whole.log[input].at, log: whole.log[..input].to_vec(), ..whole }
}

fn replay(desk: &mut Desk) {
    let mut out = Vec::new();
    while !out.contains(&FromLab::Ready) {
        out.clear();
        desk.pump(0, &mut || true, &mut out);
    }
}

fn opened(session: Session) -> Desk {
    let mut desk = Desk::open(session, &machine::maker(), None, &mut Vec::new());
    replay(&mut desk);
    desk
}

/// A desk at which all was done, and that then went back, as the page has it do so.
fn rewound(input: usize) -> Desk {
    let mut desk = opened(whole());
    desk.handle(ToLab::Start(before(input)), &mut Vec::new());
    desk.handle(ToLab::Clock(ClockControl::Pause), &mut Vec::new());
    replay(&mut desk);
    desk
}

/// Types or does something, and lets the world come to the end of the whole session.
fn go_on(desk: &mut Desk, inputs: &[Input]) {
    let mut out = Vec::new();
    for input in inputs {
        desk.handle(ToLab::Input(input.clone()), &mut out);
        desk.pump(0, &mut || true, &mut out);
    }
    desk.handle(ToLab::Clock(ClockControl::Play), &mut out);
    while desk.world().now() < whole().now {
        desk.pump(FRAME, &mut || true, &mut out);
    }
}

fn check(input: usize) {
    let desk = rewound(input);
    assert_eq!(desk.world().now(), before(input).now, "before input {input}");
    assert_eq!(desk.world().trace_hash(), opened(before(input)).world().trace_hash(), "before input {input}");
}

#[test]
fn a_world_that_went_back_is_the_one_that_never_went_further() {
    (0..whole().log.len()).for_each(check);
}

#[test]
fn it_stands_still_until_somebody_lets_it_run() {
    let mut desk = rewound(1);
    (0..50).for_each(|_| desk.pump(FRAME, &mut || true, &mut Vec::new()));
    assert_eq!(desk.world().now(), 3 * SECOND);
}

#[test]
fn the_same_input_leads_to_the_same_future_and_another_one_to_another() {
    let as_it_was = opened(whole()).world().trace_hash();
    let last = whole().log[2].input.clone();
    let mut same = rewound(2);
    go_on(&mut same, &[last]);
    assert_eq!(same.world().trace_hash(), as_it_was);
    let mut other = rewound(2);
    go_on(&mut other, &[kill("etcd-1")]);
    assert_ne!(other.world().trace_hash(), as_it_was);
}
