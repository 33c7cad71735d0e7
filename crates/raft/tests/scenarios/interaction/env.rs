//! The members, the messages between them, and what is printed.

use std::collections::VecDeque;
use std::sync::Arc;

use raft::{
    Config, LogLevel, Message, NO_LIMIT, RawNode, ReadOnlyOption, Result as RaftResult, Snapshot, SnapshotStatus,
};

use super::Outcome;
use super::storage::HistoryStorage;
use crate::datadriven::Case;

/// What is shown, from everything down to nothing at all.
const LEVELS: [(&str, Option<LogLevel>); 6] = [
    ("DEBUG", Some(LogLevel::Debug)),
    ("INFO", Some(LogLevel::Info)),
    ("WARN", Some(LogLevel::Warn)),
    ("ERROR", Some(LogLevel::Error)),
    ("FATAL", Some(LogLevel::Fatal)),
    ("NONE", None),
];

/// A member, and what its storage has still to do.
pub struct Member {
    pub node: RawNode<HistoryStorage>,
    pub config: Config,
    pub append_work: VecDeque<Message>,
    pub apply_work: VecDeque<Message>,
}

pub struct Env {
    pub members: Vec<Member>,
    pub messages: Vec<Message>,
    /// The least level of lines to show; `None` silences everything but errors.
    pub level: Option<LogLevel>,
    out: String,
}

impl Default for Env {
    fn default() -> Env {
        Env { members: Vec::new(), messages: Vec::new(), level: Some(LogLevel::Debug), out: String::new() }
    }
}

impl Env {
    pub fn handle(&mut self, case: &Case) -> String {
        self.out.clear();
        let outcome = match case.command.as_str() {
            "add-nodes" => self.add_nodes(case),
            "campaign" => self.on(case, |node, _| node.campaign()),
            "forget-leader" => self.on(case, |node, _| node.forget_leader()),
            "report-unreachable" => self.on(case, |node, other| node.report_unreachable(other)),
            "read-index" => {
                let context = case.arguments[1].key.as_str();
                self.with(Self::first(case), |node| node.read_index(context)).map_err(|error| error.to_string())
            }
            "report-snapshot" => {
                let failed = case.value("failed") == Some("true");
                let status = if failed { SnapshotStatus::Failure } else { SnapshotStatus::Finish };
                self.on(case, |node, other| node.report_snapshot(other, status))
            }
            "restart" => self.restart(case),
            "propose" => self.propose(case),
            "propose-conf-change" => self.propose_conf_change(case),
            "set-randomized-election-timeout" => {
                let ticks = case.value("timeout").and_then(|ticks| ticks.parse().ok()).expect("a timeout");
                self.on(case, |node, _| {
                    node.set_randomized_election_timeout(ticks);
                    Ok(())
                })
            }
            "tick-election" => self.tick(case, |config| config.election_tick),
            "tick-heartbeat" => self.tick(case, |config| config.heartbeat_tick),
            "transfer-leadership" => self.transfer_leadership(case),
            "compact" => self.compact(case),
            "deliver-msgs" => self.deliver(case),
            "send-snapshot" => self.send_snapshot(case),
            "process-ready" => self.each(case, "handling Ready", Env::process_ready),
            "process-append-thread" => self.each(case, "processing append thread", Env::process_append),
            "process-apply-thread" => self.each(case, "processing apply thread", Env::process_apply),
            "stabilize" => self.stabilize(case),
            "log-level" => self.set_level(&case.arguments[0].key),
            "raft-log" => self.show_log(Self::first(case)),
            "raft-state" => self.show_states(),
            "status" => self.show_status(case),
            _ => Err("unknown command".to_owned()),
        };
        if let Err(error) = outcome {
            // Errors are shown at every level.
            self.out.push_str(&error);
        }
        if self.out.is_empty() { "ok".to_owned() } else { std::mem::take(&mut self.out) }
    }

    /// Prints, unless everything is silenced.
    pub fn print(&mut self, text: impl AsRef<str>) {
        if self.level.is_some() {
            self.out.push_str(text.as_ref());
        }
    }

    /// Calls `action`, and moves what it prints to the right.
    pub fn indented(&mut self, action: impl FnOnce(&mut Env) -> Outcome) -> Outcome {
        let before = std::mem::take(&mut self.out);
        let outcome = action(self);
        let inner = std::mem::replace(&mut self.out, before);
        for line in inner.lines() {
            self.out.push_str("  ");
            self.out.push_str(line);
            self.out.push('\n');
        }
        outcome
    }

    /// Calls `action` on the member at `at`, and prints what it logs.
    pub fn with<T>(&mut self, at: usize, action: impl FnOnce(&mut RawNode<HistoryStorage>) -> T) -> T {
        let node = &mut self.members[at].node;
        let result = action(node);
        for line in node.drain_log() {
            if self.level.is_some_and(|least| line.level >= least) {
                self.out.push_str(&format!("{} {}\n", line.level, line.text));
            }
        }
        assert_eq!(node.lost_lines(), 0, "log lines were lost");
        result
    }

    /// Calls `action` on the member named first, together with the id named second, if any.
    fn on(&mut self, case: &Case, action: impl FnOnce(&mut RawNode<HistoryStorage>, u64) -> RaftResult<()>) -> Outcome {
        let numbers = case.numbers();
        let other = numbers.get(1).copied().unwrap_or_default();
        self.with(Self::first(case), |node| action(node, other)).map_err(|error| error.to_string())
    }

    /// Where the member named first stands.
    pub fn first(case: &Case) -> usize {
        case.arguments[0].key.parse::<usize>().expect("a member") - 1
    }

    pub fn set_level(&mut self, name: &str) -> Outcome {
        let found = LEVELS.iter().find(|(level, _)| level.eq_ignore_ascii_case(name));
        self.level = found.ok_or_else(|| format!("unknown log level {name}"))?.1;
        Ok(())
    }

    fn tick(&mut self, case: &Case, ticks: impl Fn(&Config) -> u32) -> Outcome {
        let at = Self::first(case);
        for _ in 0..ticks(&self.members[at].config) {
            self.with(at, RawNode::tick).map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    fn transfer_leadership(&mut self, case: &Case) -> Outcome {
        let id = |key| case.value(key).and_then(|id| id.parse::<u64>().ok()).expect("a member");
        let at = id("from") as usize - 1;
        self.with(at, |node| node.transfer_leader(id("to"))).map_err(|error| error.to_string())
    }

    fn compact(&mut self, case: &Case) -> Outcome {
        let at = Self::first(case);
        self.members[at].node.storage_mut().log.compact(case.numbers()[1]).map_err(|error| error.to_string())?;
        self.show_log(at)
    }

    /// `add-nodes 3 voters=(1,2,3) learners=(4) index=2 content=x` and settings of the new members.
    fn add_nodes(&mut self, case: &Case) -> Outcome {
        let count: usize = case.arguments[0].key.parse().map_err(|_| "how many?".to_owned())?;
        let mut config = Config {
            election_tick: 3,
            heartbeat_tick: 1,
            max_size_per_msg: NO_LIMIT,
            max_inflight_msgs: i32::MAX as usize,
            pre_vote: false,
            check_quorum: false,
            log_level: Some(LogLevel::Debug),
            trace_capacity: 1 << 16,
            ..Config::default()
        };
        let mut snapshot = Snapshot::default();
        for argument in &case.arguments[1..] {
            for value in &argument.values {
                let number = || value.parse().map_err(|_| format!("{value:?} is no number"));
                let flag = value == "true";
                match argument.key.as_str() {
                    "voters" => snapshot.metadata.conf_state.voters.push(number()?),
                    "learners" => snapshot.metadata.conf_state.learners.push(number()?),
                    "index" => {
                        config.applied = number()?;
                        snapshot.metadata.index = config.applied;
                    }
                    "content" => snapshot.data = value.as_str().into(),
                    "inflight" => config.max_inflight_msgs = number()? as usize,
                    "max-size-per-msg" => config.max_size_per_msg = number()?,
                    "max-inflight-bytes" => config.max_inflight_bytes = number()?,
                    "max-uncommitted-size" => config.max_uncommitted_entries_size = number()?,
                    "disable-proposal-forwarding" => config.disable_proposal_forwarding = flag,
                    "max-committed-size-per-ready" => config.max_committed_size_per_ready = number()?,
                    "async-storage-writes" => config.async_storage_writes = flag,
                    "prevote" => config.pre_vote = flag,
                    "checkquorum" => config.check_quorum = flag,
                    "disable-conf-change-validation" => config.disable_conf_change_validation = flag,
                    "step-down-on-removal" => config.step_down_on_removal = flag,
                    "read-only" if value == "safe" => config.read_only_option = ReadOnlyOption::Safe,
                    "read-only" if value == "lease-based" => config.read_only_option = ReadOnlyOption::LeaseBased,
                    key => return Err(format!("unknown setting {key}={value}")),
                }
            }
        }
        for _ in 0..count {
            self.add_node(config.clone(), snapshot.clone())?;
        }
        Ok(())
    }

    /// `restart 2`: the member goes on from its disk, or with `wiped=true` from an empty one. What it had applied is
    /// part of its state machine and is kept as well.
    fn restart(&mut self, case: &Case) -> Outcome {
        let at = Self::first(case);
        let member = &mut self.members[at];
        let mut storage = member.node.storage().clone();
        if case.value("wiped") == Some("true") {
            storage = HistoryStorage { history: vec![Arc::default()], ..HistoryStorage::default() };
        }
        member.config.applied = storage.history.last().map_or(0, |last| last.metadata.index);
        member.append_work.clear();
        member.apply_work.clear();
        member.node = RawNode::new(member.config.clone(), storage).map_err(|error| error.to_string())?;
        self.with(at, |_| ());
        Ok(())
    }

    fn add_node(&mut self, mut config: Config, mut snapshot: Snapshot) -> Outcome {
        config.id = 1 + self.members.len() as u64;
        let mut storage = HistoryStorage::default();
        if snapshot != Snapshot::default() {
            if snapshot.metadata.index <= 1 {
                return Err("index must be specified as > 1 due to bootstrap".to_owned());
            }
            snapshot.metadata.term = 1;
            storage.log.apply_snapshot(Arc::new(snapshot.clone())).map_err(|error| error.to_string())?;
        }
        storage.history.push(Arc::new(snapshot));
        let node = RawNode::new(config.clone(), storage).map_err(|error| error.to_string())?;
        let (append_work, apply_work) = (VecDeque::new(), VecDeque::new());
        self.members.push(Member { node, config, append_work, apply_work });
        self.with(self.members.len() - 1, |_| ());
        Ok(())
    }
}
