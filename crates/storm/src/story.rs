//! What happened, for a person who wants to know why: the troubles, who led, and the calls that matter, by time.

use core::fmt::Write;

use etcd::server::Note;
use sim::{Fault, Kind, Time};

use crate::admin::ADMIN;
use crate::history::{Call, History, Outcome};
use crate::linearize::Failure;
use crate::model::{Act, KEYS, Key, Op};
use crate::plan::Plan;
use crate::run::{Course, Violation, blocked_words};
use crate::text;

/// How many calls a story tells of at most.
const MOST_CALLS: usize = 30;

/// Tells a storm that broke something. The trace must have been kept.
pub fn tell(plan: &Plan, course: &Course) -> String {
    let mut story = String::new();
    let Some(violation) = &course.violation else { return story };
    let _ = writeln!(story, "seed {}: {violation}", plan.seed);
    let _ = writeln!(story, "{} members, {} clients; what it takes:", plan.members, plan.roles.len());
    for planned in &plan.troubles {
        let _ = writeln!(story, "  after {} for {}: {:?}", planned.after, planned.lasts, planned.trouble);
    }
    let mut lines = world_lines(course);
    let end = course.sim.now();
    for call in relevant(&course.history, violation) {
        let back = call.back.map_or_else(|| "never".to_owned(), |back| back.at.to_string());
        let who = if call.client == ADMIN { "the administrator".to_owned() } else { format!("client {}", call.client) };
        let words = format!("{who} asks etcd-{}, until {back}: {}", call.member, text::call(call));
        lines.push((call.called.at, words));
    }
    lines.sort_by_key(|(at, _)| *at);
    let _ = writeln!(story, "what happened:");
    for (at, words) in lines {
        let _ = writeln!(story, "  {at}  {words}");
    }
    let _ = writeln!(story, "  {end}  the end");
    if let Violation::NotLinearizable(Failure { blocked, .. }) = violation {
        let _ = writeln!(story, "no order of the calls explains the answers; one of these had to come next:");
        for words in blocked_words(&course.history, blocked) {
            let _ = writeln!(story, "  {words}");
        }
    }
    story
}

/// Faults, and what members say that explains the course of things.
fn world_lines(course: &Course) -> Vec<(Time, String)> {
    let mut lines = Vec::new();
    for record in course.sim.records_since(sim::EventId::NONE) {
        let words = match &record.kind {
            Kind::Fault(Fault::Restart { .. } | Fault::Resume { .. } | Fault::StartClock { .. }) => continue,
            Kind::Fault(Fault::SlowDisk { sync: None, .. }) => continue,
            Kind::Fault(fault) => format!("fault: {fault:?}"),
            Kind::Started => "started".to_owned(),
            Kind::Ended { code: Some(code) } => format!("ended by itself with code {code}"),
            Kind::Ended { code: None } => "ended".to_owned(),
            Kind::Note(Note::Became { role: raft::Role::Leader, term }) => format!("became leader at term {term}"),
            // What is applied again after a restart was told before.
            Kind::Note(Note::Members { .. }) if record.at == Time::ZERO || seen_start(&lines, record.at) => continue,
            Kind::Note(
                note @ (Note::SnapshotInstalled { .. }
                | Note::Members { .. }
                | Note::LeaseExpired { .. }
                | Note::Failed { .. }),
            ) => note.to_string(),
            _ => continue,
        };
        lines.push((record.at, format!("etcd-{}: {words}", record.node.0)));
    }
    lines
}

/// Whether a process has started at that very moment.
fn seen_start(lines: &[(Time, String)], at: Time) -> bool {
    lines.iter().rev().take_while(|(other, _)| *other == at).any(|(_, words)| words.ends_with(": started"))
}

/// The calls that have to do with what was broken.
fn relevant<'a>(history: &'a History, violation: &Violation) -> Vec<&'a Call> {
    let done = history.calls.iter().filter(|call| call.outcome != Outcome::Void);
    let mut calls: Vec<&Call> = match violation {
        Violation::NotLinearizable(Failure { blocked, .. }) => {
            let blocked: Vec<&Call> = blocked.iter().map(|(call, _)| &history.calls[*call]).collect();
            let last = blocked.iter().filter_map(|call| call.back).max();
            let mut keys = [false; KEYS];
            blocked.iter().for_each(|call| touched(&call.op, &mut keys));
            let meets = |call: &&Call| {
                let mut own = [false; KEYS];
                touched(&call.op, &mut own);
                own.iter().zip(&keys).any(|(own, key)| *own && *key)
            };
            done.filter(|call| last.is_none_or(|last| call.called <= last)).filter(meets).collect()
        }
        Violation::Watch(wrong) => {
            let near = |call: &&Call| match call.outcome {
                Outcome::Answered { revision: Some(revision), .. } => revision.abs_diff(wrong.revision) <= 2,
                _ => false,
            };
            done.filter(near).collect()
        }
        Violation::Stalled(_) => history.calls.iter().rev().take(MOST_CALLS / 3).collect(),
        _ => Vec::new(),
    };
    calls.sort_by_key(|call| call.called);
    calls.split_off(calls.len().saturating_sub(MOST_CALLS))
}

/// Marks the keys that a call reads or writes; one that is about leases is about all.
fn touched(op: &Op, keys: &mut [bool; KEYS]) {
    let mut mark = |first: Key, end: Key| (first..end).for_each(|key| keys[usize::from(key)] = true);
    let mut act = |act: &Act| match act {
        Act::Get(keys) | Act::Delete(keys) => mark(keys.first, keys.end),
        Act::Put { key, .. } => mark(*key, *key + 1),
    };
    match op {
        Op::Act(one) => act(one),
        Op::Txn { then, otherwise, conditions } => {
            then.iter().chain(otherwise).for_each(&mut act);
            conditions.iter().for_each(|condition| mark(condition.key, condition.key + 1));
        }
        Op::Past { keys, .. } | Op::Local(keys) => mark(keys.first, keys.end),
        Op::Grant { .. } | Op::Revoke(_) | Op::Renew { .. } | Op::Compact(_) => mark(0, KEYS as Key),
    }
}
