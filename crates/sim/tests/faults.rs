//! What each fault does to messages, processes, disks and clocks.

mod common;

use common::{OUTSIDE, Word, heard, world};
use sim::{Cause, EventId, Fault, Kind, Micros, NodeId, Power, Sim, Why};

const A: NodeId = NodeId(0);
const B: NodeId = NodeId(1);

fn say(sim: &mut Sim<common::Greeter>, msg: Word) -> EventId {
    sim.inject(A, B, msg, Cause::default())
}

fn apply(sim: &mut Sim<common::Greeter>, fault: Fault) {
    sim.apply(fault).expect("the node exists");
}

fn why(sim: &Sim<common::Greeter>) -> Vec<Why> {
    let dropped = |kind: &Kind<_, _>| if let Kind::Dropped { why, .. } = kind { Some(*why) } else { None };
    sim.records_since(EventId::NONE).filter_map(|record| dropped(&record.kind)).collect()
}

#[test]
fn a_fault_on_nobody_is_refused_with_words() {
    let error = world(1, 1, Micros::ZERO).apply(Fault::Pause { node: NodeId(9) }).expect_err("there is no such node");
    assert_eq!(error.to_string(), "this world has no node 9");
}

#[test]
fn a_dead_process_refuses_and_its_peers_learn_of_its_death() {
    let mut sim = world(1, 3, Micros::ZERO);
    say(&mut sim, Word::Ping(1));
    sim.run_for(Micros::millis(5));
    apply(&mut sim, Fault::Crash { node: B, lose_unsynced: false });
    sim.run_for(Micros::millis(5));
    say(&mut sim, Word::Ping(2));
    sim.run_for(Micros::millis(5));
    assert_eq!(heard(&sim, 0), ["start", "Pong(1) from 1", "lost 1", "1 refused Ping(2)"]);
    assert_eq!(heard(&sim, 2), ["start"], "who never talked with it is not told");
    assert_eq!(sim.power(B), Some(Power::Dead));
}

#[test]
fn the_outside_gets_answers_refusals_and_broken_connections_as_mail() {
    let mut sim = world(1, 2, Micros::ZERO);
    sim.inject(OUTSIDE, A, Word::Ping(1), Cause::default());
    sim.run_for(Micros::millis(1));
    apply(&mut sim, Fault::Crash { node: A, lose_unsynced: false });
    sim.inject(OUTSIDE, A, Word::Ping(2), Cause::default());
    sim.inject(OUTSIDE, NodeId(55), Word::Ping(3), Cause::default());
    sim.run_for(Micros::millis(5));
    let mail: Vec<_> = sim.take_mail().into_iter().map(|mail| format!("{:?}", mail.input)).collect();
    assert_eq!(mail.len(), 4, "{mail:?}");
    for part in ["Pong(1)", "Disconnected", "Ping(2)", "Ping(3)"] {
        assert!(mail.iter().any(|mail| mail.contains(part)), "{part} is missing in {mail:?}");
    }
}

#[test]
fn a_machine_without_power_does_not_answer() {
    let mut sim = world(1, 2, Micros::ZERO);
    say(&mut sim, Word::Ping(1));
    sim.run_for(Micros::millis(5));
    apply(&mut sim, Fault::PowerOff { node: B });
    say(&mut sim, Word::Ping(2));
    sim.run_for(Micros::secs(1));
    assert_eq!(heard(&sim, 0), ["start", "Pong(1) from 1"]);
    assert_eq!(why(&sim), [Why::PoweredOff]);
}

#[test]
fn what_was_sent_to_a_former_life_does_not_reach_the_next() {
    let mut sim = world(1, 2, Micros::ZERO);
    say(&mut sim, Word::Pong(1));
    apply(&mut sim, Fault::Crash { node: B, lose_unsynced: false });
    apply(&mut sim, Fault::Restart { node: B, wipe: false });
    sim.run_for(Micros::millis(5));
    assert_eq!(heard(&sim, 1), ["start"]);
    assert_eq!(why(&sim), [Why::Reset]);
}

#[test]
fn a_paused_process_handles_what_arrived_when_it_resumes() {
    let mut sim = world(1, 2, Micros::ZERO);
    apply(&mut sim, Fault::Pause { node: B });
    say(&mut sim, Word::Pong(1));
    say(&mut sim, Word::Pong(2));
    sim.run_for(Micros::secs(10));
    assert_eq!(heard(&sim, 1), ["start"]);
    assert_eq!(sim.in_flight().filter(|message| message.held).count(), 2);
    apply(&mut sim, Fault::Resume { node: B });
    assert_eq!(heard(&sim, 1), ["start", "Pong(1) from 0", "Pong(2) from 0"]);
}

#[test]
fn timers_of_a_paused_process_fire_once_when_it_resumes() {
    let mut sim = world(1, 2, Micros::millis(100));
    apply(&mut sim, Fault::Pause { node: B });
    sim.run_for(Micros::secs(10));
    let greetings = |sim: &Sim<_>| sim.records_since(EventId::NONE).filter(|r| r.node == B).filter(is_timer).count();
    fn is_timer(record: &&sim::Record<Word, common::Said>) -> bool {
        matches!(record.kind, Kind::Timer)
    }
    assert_eq!(greetings(&sim), 0);
    apply(&mut sim, Fault::Resume { node: B });
    sim.run_for(Micros::millis(50));
    assert_eq!(greetings(&sim), 1);
    sim.run_for(Micros::millis(100));
    assert_eq!(greetings(&sim), 2);
}

#[test]
fn a_stopped_clock_stops_timers_but_not_messages() {
    let mut sim = world(1, 2, Micros::millis(100));
    apply(&mut sim, Fault::StopClock { node: B });
    sim.run_for(Micros::secs(1));
    assert!(heard(&sim, 0).is_empty() || heard(&sim, 0).iter().all(|line| !line.contains("Ping")));
    assert_eq!(sim.local_time(B), Some(sim::Time::ZERO));
    assert_eq!(heard(&sim, 0).len(), 1 + 9, "B answers all the while");
    apply(&mut sim, Fault::StartClock { node: B });
    sim.run_for(Micros::millis(150));
    assert_eq!(sim.local_time(B), Some(sim::Time::ZERO + Micros::millis(150)), "it runs on from where it stood");
    assert_eq!(heard(&sim, 1).len(), 2);
}

#[test]
fn a_cut_drops_datagrams_and_holds_connections_in_order() {
    let mut sim = world(1, 2, Micros::ZERO);
    apply(&mut sim, Fault::Cut { from: A, to: B });
    say(&mut sim, Word::Gossip(1));
    say(&mut sim, Word::Pong(2));
    say(&mut sim, Word::Pong(3));
    sim.inject(B, A, Word::Pong(4), Cause::default());
    sim.run_for(Micros::secs(3));
    assert_eq!(heard(&sim, 1), ["start"]);
    assert_eq!(heard(&sim, 0), ["start", "Pong(4) from 1"], "the other direction is open");
    say(&mut sim, Word::Pong(5));
    apply(&mut sim, Fault::Heal { from: A, to: B });
    sim.run_for(Micros::millis(5));
    assert_eq!(heard(&sim, 1), ["start", "Pong(2) from 0", "Pong(3) from 0", "Pong(5) from 0"]);
    assert_eq!(why(&sim), [Why::Cut]);
}

#[test]
fn partitions_and_cutting_off_end_with_healing() {
    for (fault, repair) in [
        (Fault::Partition { groups: vec![vec![A], vec![B, NodeId(2)]] }, Fault::HealAll),
        (Fault::CutOff { node: B }, Fault::Reconnect { node: B }),
        (Fault::CutOff { node: A }, Fault::HealAll),
    ] {
        let mut sim = world(1, 3, Micros::ZERO);
        apply(&mut sim, fault.clone());
        say(&mut sim, Word::Gossip(1));
        sim.run_for(Micros::millis(5));
        assert_eq!(heard(&sim, 1), ["start"], "{fault:?}");
        apply(&mut sim, repair);
        say(&mut sim, Word::Gossip(2));
        sim.run_for(Micros::millis(5));
        assert_eq!(heard(&sim, 1), ["start", "Gossip(2) from 0"], "{fault:?}");
    }
}

#[test]
fn loss_drops_datagrams_and_delays_connections() {
    let mut sim = world(7, 2, Micros::ZERO);
    apply(&mut sim, Fault::Loss { from: None, to: Some(B), per_million: 500_000 });
    for number in 0..100 {
        say(&mut sim, Word::Gossip(number));
        say(&mut sim, Word::Pong(number));
    }
    sim.run_for(Micros::secs(60));
    let heard = heard(&sim, 1);
    let gossip = heard.iter().filter(|line| line.starts_with("Gossip")).count();
    assert!((30..70).contains(&gossip), "half of 100 is lost, {gossip} arrived");
    let pongs: Vec<_> = heard.iter().filter(|line| line.starts_with("Pong")).cloned().collect();
    let all: Vec<_> = (0..100).map(|number| format!("Pong({number}) from 0")).collect();
    assert_eq!(pongs, all, "a connection delivers everything in order");
}

#[test]
fn duplication_and_reordering_touch_datagrams_only() {
    let mut sim = world(7, 2, Micros::ZERO);
    apply(&mut sim, Fault::Duplicate { from: None, to: None, per_million: 300_000 });
    apply(&mut sim, Fault::Reorder { from: None, to: None, per_million: 300_000 });
    for number in 0..100 {
        say(&mut sim, Word::Gossip(number));
        say(&mut sim, Word::Pong(number));
        sim.run_for(Micros(300));
    }
    sim.run_for(Micros::secs(1));
    let numbers = |kind: &str| -> Vec<u64> {
        let number = |line: &String| line.strip_prefix(kind)?.split(')').next()?.parse().ok();
        heard(&sim, 1).iter().filter_map(number).collect()
    };
    let gossip = numbers("Gossip(");
    assert!(gossip.len() > 110, "{} of 100 arrived", gossip.len());
    assert!(!gossip.is_sorted());
    assert_eq!(numbers("Pong("), (0..100).collect::<Vec<_>>());
}

#[test]
fn delay_makes_messages_take_longer() {
    let mut sim = world(1, 2, Micros::ZERO);
    apply(&mut sim, Fault::Delay { from: Some(A), to: None, extra: Micros::secs(1), jitter: Micros::ZERO });
    say(&mut sim, Word::Pong(1));
    sim.run_for(Micros::millis(999));
    assert_eq!(heard(&sim, 1), ["start"]);
    sim.run_for(Micros::millis(2));
    assert_eq!(heard(&sim, 1), ["start", "Pong(1) from 0"]);
}

#[test]
fn one_message_can_be_dropped_or_held_up_by_hand() {
    let mut sim = world(1, 2, Micros::ZERO);
    let first = say(&mut sim, Word::Pong(1));
    let second = say(&mut sim, Word::Pong(2));
    say(&mut sim, Word::Pong(3));
    apply(&mut sim, Fault::DropMessage { sent: first });
    apply(&mut sim, Fault::DelayMessage { sent: second, by: Micros::secs(1) });
    sim.run_for(Micros::millis(900));
    assert_eq!(heard(&sim, 1), ["start"], "what comes after on the same connection waits too");
    sim.run_for(Micros::millis(200));
    assert_eq!(heard(&sim, 1), ["start", "Pong(2) from 0", "Pong(3) from 0"]);
}

#[test]
fn a_crash_may_lose_what_was_not_durable() {
    for (lose_unsynced, after, saved) in
        [(true, Micros::millis(1), vec![]), (false, Micros::millis(1), vec![5]), (true, Micros::millis(3), vec![5])]
    {
        let mut sim = world(1, 2, Micros::ZERO);
        say(&mut sim, Word::Save(5));
        sim.run_for(after);
        apply(&mut sim, Fault::Crash { node: B, lose_unsynced });
        apply(&mut sim, Fault::Restart { node: B, wipe: false });
        assert_eq!(sim.actor(B).expect("exists").saved, saved, "lose_unsynced {lose_unsynced} after {after}");
        sim.run_for(Micros::secs(1));
        assert_eq!(heard(&sim, 1), ["start"], "the disk does not answer to the next life");
        apply(&mut sim, Fault::Crash { node: B, lose_unsynced });
        apply(&mut sim, Fault::Restart { node: B, wipe: true });
        assert!(sim.actor(B).expect("exists").saved.is_empty());
    }
}

#[test]
fn a_slow_disk_takes_its_time() {
    let mut sim = world(1, 2, Micros::ZERO);
    apply(&mut sim, Fault::SlowDisk { node: B, sync: Some(Micros::secs(1)) });
    say(&mut sim, Word::Save(1));
    say(&mut sim, Word::Save(2));
    sim.run_for(Micros::millis(1_100));
    assert_eq!(heard(&sim, 1), ["start", "saved 1"], "one write after the other");
    sim.run_for(Micros::millis(1_000));
    apply(&mut sim, Fault::SlowDisk { node: B, sync: None });
    say(&mut sim, Word::Save(3));
    sim.run_for(Micros::millis(5));
    assert_eq!(heard(&sim, 1), ["start", "saved 1", "saved 2", "saved 3"]);
}

#[test]
fn a_process_asked_to_end_ends_by_itself() {
    let mut sim = world(1, 2, Micros::ZERO);
    apply(&mut sim, Fault::Terminate { node: B });
    assert_eq!(sim.power(B), Some(Power::Dead));
    assert!(sim.records_since(EventId::NONE).any(|record| matches!(record.kind, Kind::Ended { code: Some(0) })));
}

#[test]
fn a_process_starts_another_one_and_hears_of_its_end() {
    let mut sim = world(1, 2, Micros::ZERO);
    apply(&mut sim, Fault::Crash { node: B, lose_unsynced: false });
    let mut tell = |word: Word| {
        sim.inject(OUTSIDE, A, word, Cause::default());
        sim.run_for(Micros::millis(5));
        (heard(&sim, 0).last().cloned().unwrap_or_default(), heard(&sim, 1), sim.power(B))
    };
    let own: Vec<String> = vec!["start".into(), "Pong(7) from 0".into()];
    assert_eq!(tell(Word::Spawn(1)), ("start".into(), own.clone(), Some(Power::Running)));
    assert_eq!(tell(Word::Spawn(1)).1, own, "one that runs is left alone");
    assert_eq!(tell(Word::Signal(1, false)), ("1 ended with Some(0)".into(), Vec::new(), Some(Power::Dead)));
    tell(Word::Spawn(1));
    assert_eq!(tell(Word::Signal(1, true)).0, "1 ended with None");
}

#[test]
fn who_waits_for_a_process_that_is_gone_hears_it_at_once_and_the_dead_hear_nothing() {
    let mut sim = world(1, 2, Micros::ZERO);
    sim.inject(OUTSIDE, A, Word::Spawn(1), Cause::default());
    sim.run_for(Micros::millis(5));
    apply(&mut sim, Fault::Crash { node: A, lose_unsynced: false });
    apply(&mut sim, Fault::Crash { node: B, lose_unsynced: false });
    apply(&mut sim, Fault::Restart { node: A, wipe: false });
    sim.run_for(Micros::millis(5));
    assert_eq!(heard(&sim, 0), ["start"]);
    sim.inject(OUTSIDE, A, Word::Spawn(9), Cause::default());
    sim.run_for(Micros::millis(5));
    assert_eq!(heard(&sim, 0), ["start"], "nobody hears of one that never was");
}
