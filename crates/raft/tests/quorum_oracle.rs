//! The arithmetic of majorities against counting everything out, for every small group.

use sorted::SortedMap;

use raft::quorum::{Index, JointConfig, MajorityConfig, VoteResult};

const VOTERS: u64 = 4;

/// Every set of voters among `VOTERS`.
fn groups() -> impl Iterator<Item = MajorityConfig> {
    (0_u64..1 << VOTERS).map(|mask| (1..=VOTERS).filter(|id| mask >> (id - 1) & 1 == 1).collect())
}

/// Everything that all voters together can have said, where each says nothing (0) or one of `1..choices`.
fn utterances(choices: u64) -> impl Iterator<Item = SortedMap<u64, u64>> {
    (0..choices.pow(VOTERS as u32)).map(move |number| {
        let said = |id| number / choices.pow(id as u32 - 1) % choices;
        (1..=VOTERS).map(|id| (id, said(id))).filter(|&(_, what)| what > 0).collect()
    })
}

fn agree(group: &MajorityConfig, yes: impl Fn(&u64) -> bool) -> bool {
    let count = group.0.iter().filter(|id| yes(id)).count();
    group.0.is_empty() || count * 2 > group.0.len()
}

fn check(judge: impl Fn(&JointConfig)) {
    for incoming in groups() {
        for outgoing in groups() {
            judge(&JointConfig { incoming: incoming.clone(), outgoing });
        }
    }
}

#[test]
fn an_index_is_committed_if_both_majorities_have_it() {
    check(|config| {
        for acked in utterances(4) {
            let held = |index: u64| {
                let has = |id: &u64| acked.get(id).copied().unwrap_or(0) >= index;
                agree(&config.incoming, has) && agree(&config.outgoing, has)
            };
            let nobody = config.incoming.0.is_empty() && config.outgoing.0.is_empty();
            let expected = if nobody { Index::INFINITY } else { Index((0..4).rev().find(|&i| held(i)).unwrap_or(0)) };
            assert_eq!(config.committed_index(&acked), expected, "{config} with {acked:?}");
        }
    });
}

#[test]
fn a_vote_is_decided_once_the_missing_ones_cannot_change_it() {
    check(|config| {
        for said in utterances(3) {
            let votes: SortedMap<u64, bool> = said.iter().map(|(&id, &what)| (id, what == 2)).collect();
            // Whether it is won if whoever has not voted yet says `missing`.
            let won = |missing: bool| {
                let yes = |id: &u64| votes.get(id).copied().unwrap_or(missing);
                agree(&config.incoming, yes) && agree(&config.outgoing, yes)
            };
            let expected = match (won(false), won(true)) {
                (true, _) => VoteResult::Won,
                (false, true) => VoteResult::Pending,
                (false, false) => VoteResult::Lost,
            };
            assert_eq!(config.vote_result(&votes), expected, "{config} with {votes:?}");
        }
    });
}
