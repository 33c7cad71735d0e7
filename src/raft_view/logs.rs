//! The logs side by side: an entry a row, a member a column, so that what differs stands out.

use crate::paint::{Node, el, table};
use protocol::{LogEntry, MemberView, Power, RaftMember, RaftView};
use std::collections::BTreeMap;

/// Rows shown: the latest entries.
const ROWS: usize = 16;

/// How an entry stands with a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    /// Applied to its store.
    Applied,
    /// Known to be with a majority, and not applied yet.
    Committed,
    /// In its log.
    Stored,
    /// Its log has another entry at this place.
    Other,
    /// Its log does not reach so far.
    Missing,
    /// A snapshot took its place.
    Compacted,
    /// The process is gone; its disk cannot be seen.
    Unseen,
}

impl Held {
    fn class(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Committed => "committed",
            Self::Stored => "stored",
            Self::Other => "other",
            Self::Missing => "missing",
            Self::Compacted | Self::Unseen => "unseen",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Compacted => "in its snapshot",
            Self::Unseen => "–",
            Self::Other => "differs",
            other => other.class(),
        }
    }
}

/// An entry, and how each member stands to it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    index: u64,
    term: u64,
    text: String,
    held: Vec<Held>,
}

/// The latest entries, newest first. Where logs differ at an index, each of its entries has a row.
fn rows(members: &[MemberView], raft: &RaftView) -> Vec<Row> {
    let mut entries: BTreeMap<(u64, u64), &LogEntry> = BTreeMap::new();
    for entry in raft.members.iter().flat_map(|member| &member.log) {
        entries.insert((entry.index, entry.term), entry);
    }
    let latest = entries.values().rev().take(ROWS);
    let row = |entry: &&LogEntry| Row {
        index: entry.index,
        term: entry.term,
        text: entry.text.clone(),
        held: members
            .iter()
            .map(|member| {
                let log = raft.members.iter().find(|found| found.name == member.name);
                log.map_or(Held::Unseen, |log| held(entry, member, log))
            })
            .collect(),
    };
    latest.map(row).collect()
}

fn held(entry: &LogEntry, member: &MemberView, log: &RaftMember) -> Held {
    if member.power == Power::Stopped {
        return Held::Unseen;
    }
    match log.log.iter().find(|own| own.index == entry.index) {
        Some(own) if own.term != entry.term => Held::Other,
        Some(_) if entry.index <= member.applied => Held::Applied,
        Some(_) if entry.index <= member.commit => Held::Committed,
        Some(_) => Held::Stored,
        None if entry.index > member.last_index => Held::Missing,
        None => Held::Compacted,
    }
}

/// The logs of all members.
pub fn side_by_side(members: &[MemberView], raft: &RaftView) -> Node {
    let mut columns = vec!["Index", "Term", "Entry"];
    columns.extend(members.iter().map(|member| member.name.as_str()));
    let row = |row: Row| {
        let cell = |held: &Held| el("td", "").kid(el("span", &format!("held {}", held.class())).text(held.words()));
        let mut kids = vec![
            el("th", "").with("scope", "row").text(&row.index.to_string()),
            el("td", "").text(&row.term.to_string()),
            el("td", "entry").text(&row.text),
        ];
        kids.extend(row.held.iter().map(cell));
        el("tr", "").kids(kids)
    };
    table("Logs side by side, the newest entry first", &columns, rows(members, raft).into_iter().map(row).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::Role;

    /// A member whose log holds entries of these terms from index 1 on.
    fn member(name: &str, terms: &[u64], commit: u64, applied: u64) -> (MemberView, RaftMember) {
        let last_index = terms.len() as u64;
        let view = MemberView {
            name: name.into(),
            power: Power::Running,
            cut_off: false,
            cut_outgoing: false,
            cut_incoming: false,
            slow_disk: false,
            clock_stopped: false,
            role: Role::Follower,
            term: 3,
            leader: None,
            vote: None,
            commit,
            applied,
            last_index,
            revision: 1,
            db_size: 0,
        };
        let entry = |(index, term): (u64, &u64)| LogEntry {
            index,
            term: *term,
            text: format!("put {index}.{term}"),
            committed: index <= commit,
        };
        let log = (1..).zip(terms).map(entry).collect();
        let (votes, peers) = (Vec::new(), Vec::new());
        (view, RaftMember { name: name.into(), acts_at: 0, patience: 0, votes, first_index: 1, log, peers })
    }

    fn check(all: Vec<(MemberView, RaftMember)>, expected: &[&str]) {
        let (members, logs): (Vec<_>, Vec<_>) = all.into_iter().unzip();
        let raft = RaftView { members: logs, ..RaftView::default() };
        let found: Vec<String> = rows(&members, &raft)
            .iter()
            .map(|row| {
                let held: Vec<&str> = row.held.iter().map(|held| held.words()).collect();
                format!("{} {} {}", row.index, row.text, held.join(" "))
            })
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn each_member_shows_how_far_an_entry_has_come_with_it() {
        check(
            vec![member("a", &[2, 2, 2], 2, 1), member("b", &[2], 1, 1)],
            &["3 put 3.2 stored missing", "2 put 2.2 committed missing", "1 put 1.2 applied applied"],
        );
    }

    #[test]
    fn logs_that_differ_have_a_row_for_each_of_the_entries() {
        check(
            vec![member("a", &[2, 3], 2, 2), member("b", &[2, 2], 1, 1)],
            &["2 put 2.3 applied differs", "2 put 2.2 differs stored", "1 put 1.2 applied applied"],
        );
    }

    #[test]
    fn what_a_snapshot_covers_is_not_missing_and_a_dead_disk_is_not_read() {
        let mut lagging = member("b", &[2, 2], 2, 2);
        lagging.1.log.remove(0);
        let mut dead = member("c", &[2], 0, 0);
        dead.0.power = Power::Stopped;
        check(
            vec![member("a", &[2, 2], 2, 2), lagging, dead],
            &["2 put 2.2 applied applied –", "1 put 1.2 applied in its snapshot –"],
        );
    }
}
