//! Reading histories from text.

use sim::{Micros, Time};

use crate::history::{Batch, Call, Event, History, Moment, Outcome, Watch};
use crate::model::{Act, Answer, Change, Condition, Field, Item, Key, Keys, Op, Seen};

/// Reads a history, one line a call, a watcher or what a watcher was told:
///
/// ```text
/// 10..20 1: put a=12 -> written at 2
/// 30..   2: delete a -> ?
/// 9: watch a..c from 2 previous
/// 40     9: told a=12@2, b-gone@3
/// 50     9: complete 3
/// ```
///
/// Times are milliseconds. Empty lines and those that begin with `#` are passed over.
///
/// # Errors
/// The line that cannot be read.
pub fn parse(text: &str) -> Result<History, String> {
    let mut history = History::default();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        parse_line(&mut history, line).ok_or_else(|| format!("cannot read: {line}"))?;
    }
    Ok(history)
}

/// A moment's place among the others follows from its time.
fn moment(millis: &str) -> Option<Moment> {
    let millis: u32 = millis.parse().ok()?;
    Some(Moment { order: millis, at: Time::ZERO + Micros::millis(u64::from(millis)) })
}

fn parse_line(history: &mut History, line: &str) -> Option<()> {
    let (head, rest) = line.split_once(": ")?;
    let mut head = head.split_whitespace().rev();
    let client = head.next()?.parse().ok()?;
    let time = head.next();
    if let Some(words) = rest.strip_prefix("watch ") {
        history.watches.push(watch(client, words)?);
        return Some(());
    }
    let time = time?;
    let watch = history.watches.iter_mut().find(|watch| watch.client == client);
    if let Some(words) = rest.strip_prefix("told ") {
        let events = words.split(", ").map(event).collect::<Option<_>>()?;
        watch?.batches.push(Batch { at: moment(time)?, complete: None, events });
        return Some(());
    }
    if let Some(words) = rest.strip_prefix("complete ") {
        watch?.batches.push(Batch { at: moment(time)?, complete: words.parse().ok(), events: Vec::new() });
        return Some(());
    }
    let (called, back) = time.split_once("..")?;
    let (words, outcome) = rest.split_once(" -> ")?;
    let op = op(words)?;
    let outcome = outcome_of(&op, outcome)?;
    history.calls.push(Call { client, member: 0, called: moment(called)?, back: moment(back), op, outcome });
    Some(())
}

fn watch(client: u32, words: &str) -> Option<Watch> {
    let mut words = words.split_whitespace();
    let keys = keys(words.next()?)?;
    let from = words.nth(1)?.parse().ok();
    let flags: Vec<&str> = words.collect();
    let has = |flag: &str| flags.contains(&flag);
    Some(Watch {
        client,
        keys,
        from,
        no_put: has("no-put"),
        no_delete: has("no-delete"),
        previous: has("previous"),
        batches: Vec::new(),
    })
}

fn event(words: &str) -> Option<Event> {
    let (now, before) = words.split_once(" was ").map_or((words, None), |(now, before)| (now, Some(before)));
    let before = before.map_or(Some(Item::default()), |before| Some(item(before)?.1))?;
    if let Some((letter, revision)) = now.split_once("-gone@") {
        let change = Change { key: key(letter)?, now: Item::default(), before };
        return Some(Event { revision: revision.parse().ok()?, change });
    }
    let (key, now) = item(now)?;
    Some(Event { revision: now.modified, change: Change { key, now, before } })
}

fn key(letter: &str) -> Option<Key> {
    let [byte @ b'a'..=b'h'] = letter.as_bytes() else { return None };
    Some(byte - b'a')
}

fn keys(words: &str) -> Option<Keys> {
    let (first, last) = words.split_once("..").unwrap_or((words, words));
    Some(Keys { first: key(first)?, end: key(last)? + 1 })
}

fn item(words: &str) -> Option<(Key, Item)> {
    let (words, lease) = words.split_once('~').unwrap_or((words, "0"));
    let (letter, words) = words.split_once('=')?;
    let (value, revisions) = words.split_once('@')?;
    let mut revisions = revisions.split('/');
    let modified = revisions.next()?.parse().ok()?;
    let created = revisions.next().map_or(Some(modified), |word| word.parse().ok())?;
    let version = revisions.next().map_or(Some(1), |word| word.parse().ok())?;
    let item = Item { value: value.parse().ok()?, created, modified, version, lease: lease.parse().ok()? };
    Some((key(letter)?, item))
}

fn act(words: &str) -> Option<Act> {
    let (verb, rest) = words.split_once(' ')?;
    Some(match verb {
        "get" => Act::Get(keys(rest)?),
        "delete" => Act::Delete(keys(rest)?),
        "put" => {
            let (rest, lease) = rest.split_once('~').unwrap_or((rest, "0"));
            let (letter, value) = rest.split_once('=')?;
            Act::Put { key: key(letter)?, value: value.parse().ok()?, lease: lease.parse().ok()? }
        }
        _ => return None,
    })
}

fn acts(words: &str) -> Option<Vec<Act>> {
    if words == "nothing" { Some(Vec::new()) } else { words.split(", ").map(act).collect() }
}

fn condition(words: &str) -> Option<Condition> {
    let (left, is) = words.split_once('=')?;
    let (letter, field) = left.split_once('.')?;
    let field = match field {
        "value" => Field::Value,
        "modified" => Field::Modified,
        "created" => Field::Created,
        "version" => Field::Version,
        _ => return None,
    };
    Some(Condition { key: key(letter)?, field, is: is.parse().ok()? })
}

fn op(words: &str) -> Option<Op> {
    if let Some(rest) = words.strip_prefix("if ") {
        let (conditions, rest) = rest.split_once(" then ")?;
        let (then, otherwise) = rest.split_once(" else ")?;
        let conditions = conditions.split(" and ").map(condition).collect::<Option<_>>()?;
        return Some(Op::Txn { conditions, then: acts(then)?, otherwise: acts(otherwise)? });
    }
    if let Some((rest, revision)) = words.split_once(" as of ") {
        return Some(Op::Past { keys: keys(rest.strip_prefix("get ")?)?, revision: revision.parse().ok()? });
    }
    if let Some(rest) = words.strip_suffix(" locally") {
        return Some(Op::Local(keys(rest.strip_prefix("get ")?)?));
    }
    let (verb, rest) = words.split_once(' ')?;
    let leased = || {
        let (lease, millis) = rest.split_once(" for ")?;
        Some((lease.parse().ok()?, Micros::millis(millis.parse().ok()?)))
    };
    Some(match verb {
        "grant" => leased().map(|(lease, ttl)| Op::Grant { lease, ttl })?,
        "renew" => leased().map(|(lease, ttl)| Op::Renew { lease, ttl })?,
        "revoke" => Op::Revoke(rest.parse().ok()?),
        "compact" => Op::Compact(rest.parse().ok()?),
        _ => Op::Act(act(words)?),
    })
}

fn outcome_of(op: &Op, words: &str) -> Option<Outcome> {
    let (words, revision) = match words.rsplit_once(" at ") {
        Some((words, revision)) => (words, Some(revision.parse().ok()?)),
        None => (words, None),
    };
    let answer = match words {
        "?" => return Some(Outcome::Unknown),
        "not done" => return Some(Outcome::Void),
        "ok" => Answer::Ok,
        "no lease" => Answer::NoLease,
        "lease exists" => Answer::LeaseExists,
        "compacted" => Answer::Compacted,
        "future" => Answer::Future,
        words => {
            let (held, words) = words.strip_prefix("else ").map_or((true, words), |words| (false, words));
            let seen = match words {
                "done" => Vec::new(),
                words => words.split("; ").map(seen).collect::<Option<_>>()?,
            };
            let held = held || !matches!(op, Op::Txn { .. });
            Answer::Done { held, seen }
        }
    };
    Some(Outcome::Answered { revision, answer })
}

fn seen(words: &str) -> Option<Seen> {
    if let Some(count) = words.strip_suffix(" deleted") {
        return Some(Seen::Deleted(count.parse().ok()?));
    }
    Some(match words {
        "written" => Seen::Put,
        "nothing" => Seen::Items(Vec::new()),
        words => Seen::Items(words.split(' ').map(item).collect::<Option<_>>()?),
    })
}
