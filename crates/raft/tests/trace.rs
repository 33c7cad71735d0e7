//! What a member tells of itself.

use raft::{ConfState, Config, Event, LogLevel, MemStorage, Message, MessageKind, RawNode, Role};

/// A voter among `voters`.
fn member(config: Config, voters: &[u64]) -> RawNode<MemStorage> {
    let storage = MemStorage::with_conf_state(ConfState::new(voters.to_vec(), Vec::new()));
    RawNode::new(Config { id: 1, pre_vote: false, ..config }, storage).expect("a member")
}

fn do_everything(node: &mut RawNode<MemStorage>) {
    while node.has_ready() {
        let ready = node.ready().expect("work to do");
        node.storage_mut().append(&ready.entries).expect("the next entries");
        node.advance().expect("no harm");
    }
}

#[test]
fn an_election_shows_as_events_in_order() {
    let mut node = member(Config { record_events: true, ..Config::default() }, &[1]);
    node.campaign().expect("a campaign");
    do_everything(&mut node);
    node.propose("a").expect("accepted");
    do_everything(&mut node);
    node.propose("b").expect("accepted");
    do_everything(&mut node);
    let events: Vec<_> = node.drain_events().collect();
    assert_eq!(
        events,
        [
            Event::ConfChanged { joint: false },
            Event::Became { role: Role::Follower, term: 0 },
            Event::Became { role: Role::Candidate, term: 1 },
            Event::VoteReceived { from: 1, term: 1, pre: false, granted: true },
            Event::Became { role: Role::Leader, term: 1 },
            Event::Leader { lead: 1, term: 1 },
            // The entry that every term begins with, and then the two that were proposed.
            Event::Committed { index: 3 },
        ]
    );
    assert_eq!(node.drain_events().count(), 0);
}

#[test]
fn a_vote_shows_as_an_event_with_its_verdict() {
    let mut node = member(Config { record_events: true, ..Config::default() }, &[1, 2, 3]);
    for from in [2, 3] {
        node.step(Message { from, term: 1, ..Message::new(MessageKind::Vote, 1) }).expect("handled");
    }
    let votes: Vec<_> = node.drain_events().filter(|event| matches!(event, Event::Voted { .. })).collect();
    let vote = |candidate, granted| Event::Voted { candidate, term: 1, pre: false, granted };
    assert_eq!(votes, [vote(2, true), vote(3, false)]);
}

#[test]
fn nothing_is_kept_unless_it_is_wanted() {
    let mut node = member(Config::default(), &[1]);
    node.campaign().expect("a campaign");
    do_everything(&mut node);
    assert_eq!((node.drain_log().count(), node.drain_events().count(), node.lost_lines()), (0, 0, 0));
}

#[test]
fn the_oldest_lines_go_when_nobody_takes_them() {
    let config = Config { log_level: Some(LogLevel::Info), trace_capacity: 2, ..Config::default() };
    let mut node = member(config, &[1, 2]);
    node.campaign().expect("a campaign");
    let lines: Vec<_> = node.drain_log().map(|line| line.text).collect();
    assert_eq!(lines, ["1 became candidate at term 1", "1 [logterm: 0, index: 0] sent MsgVote request to 2 at term 1"]);
    assert_eq!(node.lost_lines(), 4);
}

#[test]
fn members_that_share_a_seed_still_draw_different_timeouts() {
    let timeouts = |seed| -> Vec<u32> {
        let timeout = |id| {
            let storage = MemStorage::with_conf_state(ConfState::new(vec![1, 2, 3], Vec::new()));
            let node = RawNode::new(Config { id, seed, ..Config::default() }, storage).expect("a member");
            node.basic_status().election_timeout
        };
        (1..=5).map(timeout).collect()
    };
    for seed in 0..20 {
        let drawn = timeouts(seed);
        assert!(drawn.iter().all(|ticks| (10..20).contains(ticks)), "{drawn:?}");
        assert!(drawn.iter().any(|ticks| *ticks != drawn[0]), "{drawn:?}");
        assert_eq!(drawn, timeouts(seed));
    }
}
