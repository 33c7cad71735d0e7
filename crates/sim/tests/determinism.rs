//! The same seed and the same inputs give the same trace; anything else gives another.

mod common;

use common::{OUTSIDE, Word, world};
use sim::{Cause, EventId, Fault, Kind, Micros, NodeId, Time};

fn hash(seed: u64, fault: Option<Fault>, kept: usize) -> u64 {
    let mut sim = world(seed, 3, Micros::millis(10));
    sim.set_trace_capacity(kept);
    sim.run_until(Time::ZERO + Micros::millis(300));
    if let Some(fault) = fault {
        sim.apply(fault).expect("the node exists");
    }
    sim.run_until(Time::ZERO + Micros::millis(600));
    sim.trace().hash()
}

#[test]
fn same_seed_and_inputs_give_the_same_hash() {
    assert_eq!(hash(1, None, 1000), hash(1, None, 1000));
    assert_ne!(hash(1, None, 1000), hash(2, None, 1000));
    assert_ne!(hash(1, None, 1000), hash(1, Some(Fault::Pause { node: NodeId(1) }), 1000));
}

#[test]
fn the_hash_does_not_depend_on_what_is_kept() {
    assert_eq!(hash(5, None, 0), hash(5, None, 100_000));
}

/// Computed in 128 bits here, in 64 there: pins the canonical form whatever the platform.
#[test]
fn the_digest_is_the_one_documented() {
    let mut digest = sim::Digest::new();
    digest.str("kubarium");
    digest.i64(-1);
    assert_eq!(digest.finish(), digest_by_hand());
}

fn digest_by_hand() -> u64 {
    let word = |state: u64, value: u64| {
        let mixed = (u128::from(state ^ value) * 0x9fb2_1c65_1e98_df25 % (1 << 64)) as u64;
        mixed ^ mixed >> 29
    };
    [8, u64::from_le_bytes(*b"kubarium"), u64::MAX].into_iter().fold(0x2545_f491_4f6c_dd1d, word)
}

#[test]
fn a_clone_goes_on_alike_until_its_inputs_differ() {
    let mut one = world(3, 3, Micros::millis(7));
    one.run_until(Time::ZERO + Micros::millis(100));
    let mut two = one.clone();
    one.run_for(Micros::millis(100));
    two.run_for(Micros::millis(100));
    assert_eq!(one.trace().hash(), two.trace().hash());
    two.apply(Fault::CutOff { node: NodeId(2) }).expect("the node exists");
    one.run_for(Micros::millis(100));
    two.run_for(Micros::millis(100));
    assert_ne!(one.trace().hash(), two.trace().hash());
    assert!(!one.network().is_cut_off(NodeId(2)), "the fork does not touch the original");
}

#[test]
fn causes_chain_from_request_to_answer() {
    let mut sim = world(1, 1, Micros::ZERO);
    let root = 42;
    let sent = sim.inject(OUTSIDE, NodeId(0), Word::Ping(7), Cause { event: EventId::NONE, root });
    sim.run_for(Micros::millis(5));
    let mail = sim.take_mail().pop().expect("the answer arrived");
    assert_eq!(mail.cause.root, root);
    let mut chain = vec![mail.cause.event];
    while let Some(record) = sim.trace().get(*chain.last().expect("not empty")) {
        assert_eq!(record.cause.root, root);
        if record.cause.event == EventId::NONE {
            break;
        }
        chain.push(record.cause.event);
    }
    let kinds: Vec<_> = chain
        .iter()
        .map(|id| match sim.trace().get(*id).expect("kept").kind {
            Kind::Sent { .. } => "sent",
            Kind::Delivered { .. } => "delivered",
            _ => "other",
        })
        .collect();
    assert_eq!(kinds, ["delivered", "sent", "delivered", "sent"]);
    assert_eq!(chain.last(), Some(&sent));
}

#[test]
fn the_trace_keeps_the_last_records_and_numbers_them_without_a_gap() {
    let mut sim = world(1, 3, Micros::millis(1));
    sim.set_trace_capacity(2_000);
    sim.run_until(Time::ZERO + Micros::secs(1));
    let last = sim.trace().last().0;
    assert!(last > 10_000);
    let kept: Vec<u64> = sim.records_since(EventId::NONE).map(|record| record.id.0).collect();
    assert!((2_000..2_600).contains(&kept.len()), "{} are kept", kept.len());
    assert!(kept.windows(2).all(|pair| pair[0] + 1 == pair[1]));
    assert_eq!(kept.last(), Some(&last));
    assert_eq!(sim.records_since(EventId(last - 3)).count(), 3);
    assert!(sim.trace().get(EventId(1)).is_none());
    assert_eq!(sim.trace().get(EventId(last - 700)).map(|record| record.id.0), Some(last - 700));
}
