//! What the diagram and the panels show of the members.

use crate::{
    cluster::{Cluster, Member},
    condition::Condition,
};
use etcd::server::View;
use protocol::{Details, Fact, LogEntry, MemberView, PeerView, Power, Role};
use sim::NodeId;

/// Log lines a panel shows.
pub(crate) const LINES_MAX: usize = 100;

/// The members at a glance, in order of their names.
pub(crate) fn members(cluster: &Cluster) -> Vec<MemberView> {
    let mut views: Vec<MemberView> = cluster.members().iter().map(|member| glance(cluster, member)).collect();
    views.sort_by(|a, b| a.name.cmp(&b.name));
    views
}

pub(crate) fn look(cluster: &Cluster, member: &Member) -> View {
    cluster.server(member.node).map(etcd::server::Server::view).unwrap_or_default()
}

/// Whether the process at a node runs.
pub(crate) fn power(cluster: &Cluster, node: NodeId) -> Power {
    match cluster.sim.power(node) {
        Some(sim::Power::Running) => Power::Running,
        Some(sim::Power::Paused) => Power::Paused,
        _ => Power::Stopped,
    }
}

fn glance(cluster: &Cluster, member: &Member) -> MemberView {
    let view = look(cluster, member);
    let name = |id| name_of(&view, id);
    MemberView {
        name: member.name.clone(),
        power: power(cluster, member.node),
        cut_off: member.condition.cut_outgoing && member.condition.cut_incoming,
        cut_outgoing: member.condition.cut_outgoing,
        cut_incoming: member.condition.cut_incoming,
        slow_disk: member.condition.slow_disk,
        clock_stopped: member.condition.stopped_clock,
        role: match view.role.as_str() {
            "leader" => Role::Leader,
            "candidate" => Role::Candidate,
            "pre-candidate" => Role::PreCandidate,
            "learner" => Role::Learner,
            _ => Role::Follower,
        },
        term: view.term,
        leader: name(view.leader),
        vote: name(view.vote),
        commit: view.commit,
        applied: view.applied,
        last_index: view.last_index,
        revision: view.revision,
        db_size: view.db_size,
    }
}

/// A member's name as this member knows it; one that has not told its name yet is known by its id.
pub(crate) fn name_of(view: &View, id: u64) -> Option<String> {
    let known = view.members.iter().find(|member| member.id == id).map(|member| &member.name);
    match known {
        _ if id == 0 => None,
        Some(name) if !name.is_empty() => Some(name.clone()),
        _ => Some(format!("{id:x}")),
    }
}

/// What the panel of a member tells; `None` for a component the simulation does not know.
pub(crate) fn details(cluster: &Cluster, component: &str) -> Option<Details> {
    let member = cluster.find(component)?;
    let view = look(cluster, member);
    let lines = view.log.iter().rev().take(LINES_MAX).rev();
    Some(Details {
        component: member.name.clone(),
        facts: facts(cluster, member, &view),
        log: entries(&view),
        peers: peers(&view),
        lines: lines.map(|line| format!("{} {} {}", clock(line.at), line.level, line.text)).collect(),
    })
}

/// How the member sees its peers, if it leads.
pub(crate) fn peers(view: &View) -> Vec<PeerView> {
    let others = view.progress.iter().filter(|progress| progress.member != view.id);
    let peer = |progress: &etcd::server::ProgressView| PeerView {
        name: name_of(view, progress.member).unwrap_or_default(),
        state: progress.state.trim_start_matches("State").to_lowercase(),
        matched: progress.matched,
        next: progress.next,
        active: progress.state != "StateProbe",
    };
    others.map(peer).collect()
}

/// The end of the member's log.
pub(crate) fn entries(view: &View) -> Vec<LogEntry> {
    let entry = |entry: &etcd::server::EntryView| LogEntry {
        index: entry.index,
        term: entry.term,
        text: entry.words.clone(),
        committed: entry.index <= view.commit,
    };
    view.entries.iter().map(entry).collect()
}

/// World time as a log shows it: minutes, seconds, milliseconds.
fn clock(micros: u64) -> String {
    let millis = micros / 1000;
    format!("{:02}:{:02}.{:03}", millis / 60_000, millis / 1000 % 60, millis % 1000)
}

fn facts(cluster: &Cluster, member: &Member, view: &View) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut fact = |name: &str, value: String| facts.push(Fact { name: name.into(), value });
    fact("Process", process(cluster, member.node, member.condition));
    if let Some(failure) = &view.failure {
        fact("Ended by itself", failure.clone());
    }
    fact("Member id", format!("{:x}", view.id));
    fact("Client URL", cluster.url(&member.host, member.client_port));
    fact("Peer URL", cluster.url(&member.host, member.peer_port));
    if !view.running {
        fact("Data directory", member.data_dir.clone());
        return facts;
    }
    fact("Role", view.role.clone());
    fact("Term", view.term.to_string());
    fact("Leader", name_of(view, view.leader).unwrap_or_else(|| "none known".into()));
    fact("Voted for", name_of(view, view.vote).unwrap_or_else(|| "nobody in this term".into()));
    fact("Log", format!("entries {} to {}", view.first_index, view.last_index));
    fact("Committed", view.commit.to_string());
    fact("Applied", view.applied.to_string());
    fact("Revision", view.revision.to_string());
    if view.compact_revision > 0 {
        fact("Compacted up to", view.compact_revision.to_string());
    }
    fact("Keys", view.keys.to_string());
    fact("Database", format!("{} kB, {} kB in use", view.db_size / 1000, view.db_size_in_use / 1000));
    fact("Leases", view.leases.to_string());
    fact("Watchers", view.watchers.to_string());
    fact("Data directory", member.data_dir.clone());
    if !view.alarms.is_empty() {
        let alarms: Vec<String> = view.alarms.iter().map(|alarm| format!("{:?}", alarm.alarm)).collect();
        fact("Alarms", alarms.join(", "));
    }
    facts
}

/// How a process is, in words: whether it runs, and what was done to its surroundings.
pub(crate) fn process(cluster: &Cluster, node: NodeId, condition: Condition) -> String {
    let mut state = match power(cluster, node) {
        Power::Running => "running",
        Power::Paused => "paused",
        Power::Stopped => "stopped",
    }
    .to_owned();
    let network = match (condition.cut_outgoing, condition.cut_incoming) {
        (true, true) => Some("cut off from the network"),
        (true, false) => Some("nothing it sends arrives"),
        (false, true) => Some("nothing arrives at it"),
        (false, false) => None,
    };
    let disk = condition.slow_disk.then_some("slow disk");
    let clock = condition.stopped_clock.then_some("clock stopped");
    for trouble in [network, disk, clock].into_iter().flatten() {
        state.push_str(", ");
        state.push_str(trouble);
    }
    state
}
