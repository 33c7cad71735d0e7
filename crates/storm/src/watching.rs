//! Whether watchers were told the truth (etcd's guarantees for watches): every change they asked for, in the order of
//! revisions, none left out, none twice, all of one revision at once, also over a break of the stream.

use crate::history::{Call, Event, History, Outcome, Watch};
use crate::linearize::{Made, Step};
use crate::model::{Change, Op, Revision};
use crate::text;

/// What was told wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// About which revision.
    pub revision: Revision,
    /// In words.
    pub words: String,
}

fn wrong<T>(revision: Revision, words: String) -> Result<T, Wrong> {
    Err(Wrong { revision, words })
}

/// Checks all watchers and local reads against what each revision changed ([`crate::linearize::revisions`]).
///
/// # Errors
/// The first thing found wrong.
pub fn check(history: &History, made: &[Made]) -> Result<(), Wrong> {
    for watch in &history.watches {
        let told = check_watch(history, watch, made);
        told.map_err(|wrong| Wrong { words: format!("{}: {}", text::watch(watch), wrong.words), ..wrong })?;
    }
    for call in history.calls.iter().filter(|call| matches!(call.op, Op::Local(_))) {
        let Outcome::Answered { revision: Some(revision), .. } = call.outcome else { continue };
        let begun = begun(history, made, revision)?;
        if call.back.is_some_and(|back| back.order < begun) {
            let words = format!("a read saw revision {revision} before anybody had asked for it: {}", text::call(call));
            return wrong(revision, words);
        }
    }
    check_later_calls(history)
}

/// Whoever calls after somebody was told of a revision is answered at that revision or a later one, also when the other
/// only watched, or read what one member had.
fn check_later_calls(history: &History) -> Result<(), Wrong> {
    let answered = |call: &&Call| matches!(call.outcome, Outcome::Answered { revision: Some(_), .. });
    let revision = |call: &Call| match call.outcome {
        Outcome::Answered { revision, .. } => revision.unwrap_or(0),
        _ => 0,
    };
    let mut known = history.known().into_iter().peekable();
    let mut highest = 0;
    for call in history.calls.iter().filter(answered).filter(|call| !matches!(call.op, Op::Local(_))) {
        while let Some((_, revision)) = known.next_if(|(at, _)| *at < call.called) {
            highest = highest.max(revision);
        }
        if revision(call) < highest {
            let call = text::call(call);
            return wrong(highest, format!("revision {highest} had been told before somebody called: {call}"));
        }
    }
    Ok(())
}

/// When the call that made a revision was made; 0 if nobody called.
fn begun(history: &History, made: &[Made], revision: Revision) -> Result<u32, Wrong> {
    match revision {
        0 | 1 => Ok(0),
        _ => match made.get(revision as usize - 2) {
            Some(Made { by: Step::Call(call), .. }) => Ok(history.calls[*call].called.order),
            Some(_) => Ok(0),
            None => wrong(revision, format!("somebody was told of revision {revision}, which was never made")),
        },
    }
}

/// What of a revision a watcher asked for, as it has to be told.
fn wanted(watch: &Watch, made: &[Made], revision: Revision) -> Vec<Event> {
    let changes = made.get((revision as usize).wrapping_sub(2)).map_or(&[][..], |made| &made.changes);
    let told = |change: &Change| {
        let before = if watch.previous { change.before } else { Default::default() };
        Event { revision, change: Change { before, ..*change } }
    };
    changes.iter().filter(|change| watch.wants(change)).map(told).collect()
}

fn check_watch(history: &History, watch: &Watch, made: &[Made]) -> Result<(), Wrong> {
    let Some(mut next) = watch.from else { return Ok(()) };
    let compacted = compacted(history);
    let nothing_missed = |from: Revision, before: Revision, saying: &str| {
        let missed = (from..before).find_map(|revision| wanted(watch, made, revision).first().copied());
        missed.map_or(Ok(()), |event| {
            wrong(event.revision, format!("it was not told of {} {saying}", text::event(&event)))
        })
    };
    for batch in &watch.batches {
        for events in batch.events.chunk_by(|one, other| one.revision == other.revision) {
            let revision = events[0].revision;
            if revision < next {
                return wrong(revision, format!("it was told {} again, or too late", text::event(&events[0])));
            }
            nothing_missed(next, revision, &format!("before revision {revision}"))?;
            let wanted = wanted(watch, made, revision);
            if !same(events, &wanted, compacted) {
                let (told, wanted) = (text::events(events), text::events(&wanted));
                return wrong(revision, format!("of revision {revision} it was told {told} and not {wanted}"));
            }
            if begun(history, made, revision)? > batch.at.order {
                return wrong(revision, format!("it was told of revision {revision} before anybody had asked for it"));
            }
            next = revision + 1;
        }
        if let Some(complete) = batch.complete {
            nothing_missed(next, complete + 1, &format!("when it had heard everything up to {complete}"))?;
            next = next.max(complete + 1);
        }
    }
    Ok(())
}

/// The last revision that anybody asked to compact to.
fn compacted(history: &History) -> Revision {
    let asked = history.calls.iter().filter_map(|call| if let Op::Compact(at) = call.op { Some(at) } else { None });
    asked.max().unwrap_or(0)
}

/// Whether a watcher was told all of a revision's events; their order within it is that of the operations. What was
/// there before a change may be left out once it is compacted.
fn same(told: &[Event], wanted: &[Event], compacted: Revision) -> bool {
    let sorted = |events: &[Event]| {
        let mut events = events.to_vec();
        events.sort_by_key(|event| event.change.key);
        events
    };
    let (told, wanted) = (sorted(told), sorted(wanted));
    let alike = |(told, wanted): (&Event, &Event)| {
        let forgotten = !told.change.before.exists() && wanted.change.before.modified < compacted;
        told == wanted || forgotten && (told.change.key, told.change.now) == (wanted.change.key, wanted.change.now)
    };
    told.len() == wanted.len() && told.iter().zip(&wanted).all(alike)
}
