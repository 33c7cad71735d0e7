//! What majorities have committed and decided.
//!
//! `committed` and `vote` take a majority `cfg`, perhaps joint with another, `cfgj`, and what each voter in order of
//! mention acknowledged (`idx`) or voted (`votes`); `_` stands for one who said nothing.

use sorted::SortedMap;
use std::fmt::Write;

use raft::quorum::{Index, JointConfig, MajorityConfig};

use crate::datadriven::Case;

pub fn handle(case: &Case) -> String {
    let list = |key| case.arguments.iter().find(|argument| argument.key == key).map(|argument| &argument.values[..]);
    let ids = |key| -> Vec<u64> {
        let values = list(key).unwrap_or_default().iter().filter(|value| *value != "zero");
        values.map(|value| value.parse().expect("an id")).collect()
    };
    let (first, second) = (ids("cfg"), ids("cfgj"));
    let joint = list("cfgj").is_some();
    let mut voters: Vec<u64> = Vec::new();
    for &id in first.iter().chain(&second) {
        if !voters.contains(&id) {
            voters.push(id);
        }
    }
    let said = list(if case.command == "vote" { "votes" } else { "idx" }).unwrap_or_default();
    if said.len() != voters.len() {
        let mut ids = voters.clone();
        ids.sort_unstable();
        let ids: Vec<_> = ids.iter().map(|id| format!("{id}:{{}}")).collect();
        let said: Vec<_> = said.iter().map(|value| if value == "_" { "0" } else { value }).collect();
        return format!(
            "error: mismatched input (explicit or _) for voters map[{}]: [{}]",
            ids.join(" "),
            said.join(" ")
        );
    }
    let said = voters.into_iter().zip(said).filter(|(_, value)| *value != "_");
    let one: MajorityConfig = first.into_iter().collect();
    let other: MajorityConfig = second.into_iter().collect();
    let both = |incoming: &MajorityConfig, outgoing: &MajorityConfig| JointConfig {
        incoming: incoming.clone(),
        outgoing: outgoing.clone(),
    };
    match case.command.as_str() {
        "committed" => {
            let acked: SortedMap<u64, u64> = said.map(|(id, value)| (id, value.parse().expect("an index"))).collect();
            let mut out = String::new();
            let index = if joint {
                let config = both(&one, &other);
                out.push_str(&config.describe(&acked));
                let index = config.committed_index(&acked);
                note(&mut out, index, both(&other, &one).committed_index(&acked), "via symmetry");
                index
            } else {
                out.push_str(&one.describe(&acked));
                let index = one.committed_index(&acked);
                let nobody = MajorityConfig::default();
                note(&mut out, index, both(&one, &nobody).committed_index(&acked), "via zero-joint quorum");
                note(&mut out, index, both(&one, &one).committed_index(&acked), "via self-joint quorum");
                // What is behind the committed index may fall further behind without changing it.
                for (&id, &own) in acked.iter().filter(|&(_, &own)| index > Index(own)) {
                    for lower in [own - 1, 0] {
                        let mut fallen = acked.clone();
                        fallen.insert(id, lower);
                        note(&mut out, index, one.committed_index(&fallen), &format!("overlaying {id}->{lower}"));
                    }
                }
                index
            };
            let _ = writeln!(out, "{index}");
            out
        }
        "vote" => {
            let votes: SortedMap<u64, bool> = said.map(|(id, value)| (id, value == "y")).collect();
            let mut out = String::new();
            let result = if joint {
                let result = both(&one, &other).vote_result(&votes);
                let swapped = both(&other, &one).vote_result(&votes);
                if swapped != result {
                    let _ = writeln!(out, "{swapped} <-- via symmetry");
                }
                result
            } else {
                one.vote_result(&votes)
            };
            let _ = writeln!(out, "{result}");
            out
        }
        unknown => panic!("unknown command {unknown:?}"),
    }
}

/// Another way to get the same result that did not.
fn note(out: &mut String, index: Index, other: Index, how: &str) {
    if other != index {
        let _ = writeln!(out, "{other} <-- {how}");
    }
}
