//! What just happened in words, and the members and their progress as tables.

use super::flights::span;
use crate::{
    component::Family,
    diagram::role_word,
    paint::{Node, el, table},
    timeline::clock_text,
};
use protocol::{MemberView, PeerView, Power, RaftMember, RaftView, Role};

/// The latest first, and that one large.
pub fn happened(raft: &RaftView) -> Node {
    let line = |happening: &protocol::Happening| {
        let text = happening.text.strip_prefix(happening.component.as_str()).unwrap_or(&happening.text);
        el("li", "")
            .key(happening.id)
            .kid(el("span", &format!("of {}", Family::of(&happening.component).class())).text(&happening.component))
            .kid(el("span", "what").text(text))
            .kid(el("span", "time").text(&clock_text(happening.at)))
    };
    let lines: Vec<Node> = raft.happened.iter().rev().map(line).collect();
    let list = if lines.is_empty() {
        el("p", "quiet").text(if raft.members.is_empty() { "Nothing." } else { "Nothing but heartbeats so far." })
    } else {
        el("ol", "happened")
            .with("aria-label", "What just happened, the latest first")
            .with("tabindex", "0")
            .kids(lines)
    };
    el("section", "told").kid(el("h3", "").text("What just happened")).kid(list)
}

/// The members, one a row; nothing where there are none.
pub fn members(members: &[MemberView], raft: &RaftView, now: u64) -> Node {
    if members.is_empty() {
        return el("div", "");
    }
    let row = |member: &MemberView| {
        let there = member.power != Power::Stopped;
        let cell = |text: String| el("td", "").text(if there { &text } else { "–" });
        let name = |name: &Option<String>| name.clone().unwrap_or_else(|| "nobody".to_owned());
        let timer = raft.members.iter().find(|found| found.name == member.name);
        el("tr", "")
            .kid(el("th", "of c-etcd").with("scope", "row").text(&member.name))
            .kid(el("td", "").text(role_word(member)))
            .kid(cell(member.term.to_string()))
            .kid(cell(name(&member.vote)))
            .kid(cell(name(&member.leader)))
            .kid(cell(member.last_index.to_string()))
            .kid(cell(member.commit.to_string()))
            .kid(cell(member.applied.to_string()))
            .kid(cell(timer.map_or_else(String::new, |timer| acts(member, timer, now))))
    };
    let columns =
        ["Member", "Role", "Term", "Voted for", "Follows", "Log ends", "Committed", "Applied", "If it hears nothing"];
    table("Members", &columns, members.iter().map(row).collect())
}

/// What a member does when its timer has run down. Tenths of a second are enough for a person.
fn acts(member: &MemberView, timer: &RaftMember, now: u64) -> String {
    let left = timer.acts_at.saturating_sub(now);
    match (member.power, member.role) {
        (Power::Paused, _) => "stands still".to_owned(),
        (_, Role::Leader) => format!("heartbeat every {}", span(timer.patience)),
        (_, Role::Learner) => "waits".to_owned(),
        _ => format!("campaigns in {}.{} s", left / 1_000_000, left / 100_000 % 10),
    }
}

/// The peers' progress as a leader keeps it; empty while nobody leads.
pub fn peers(raft: &RaftView) -> Node {
    let row = |peer: &PeerView| {
        el("tr", "")
            .kid(el("th", "of c-etcd").with("scope", "row").text(&peer.name))
            .kid(el("td", "").text(&if peer.active { peer.state.clone() } else { format!("{}, unsure", peer.state) }))
            .kid(el("td", "").text(&peer.matched.to_string()))
            .kid(el("td", "").text(&peer.next.to_string()))
    };
    let leading = raft.members.iter().filter(|member| !member.peers.is_empty());
    let tables = leading.map(|member| {
        let caption = format!("Progress of its peers, as {} sees them", member.name);
        table(&caption, &["Member", "State", "Matched", "Next"], member.peers.iter().map(row).collect())
    });
    el("div", "").kids(tables.collect())
}
