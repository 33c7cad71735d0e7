//! Histories as text: how a story shows calls, and how the tests write histories down ([`parse`]).

use core::fmt::Write;

use crate::history::{Call, Event, Outcome, Watch};
use crate::model::{Act, Answer, Condition, Field, Item, Key, Keys, Op, Seen};

mod parse;

pub use parse::parse;

/// A key's letter.
pub fn key(key: Key) -> char {
    char::from(b'a' + key)
}

/// `a`, or `a..d` with both ends.
pub fn keys(keys: &Keys) -> String {
    if keys.end == keys.first + 1 {
        key(keys.first).to_string()
    } else {
        format!("{}..{}", key(keys.first), key(keys.end.saturating_sub(1)))
    }
}

/// `a=12@5/3/2 lease 7`: value, revisions of the last change and of the creation, version. The last two are left out of
/// a key that was written once.
pub fn item(letter: Key, item: &Item) -> String {
    let mut text = format!("{}={}@{}", key(letter), item.value, item.modified);
    if (item.created, item.version) != (item.modified, 1) {
        let _ = write!(text, "/{}/{}", item.created, item.version);
    }
    if item.lease != 0 {
        let _ = write!(text, "~{}", item.lease);
    }
    text
}

fn joined<T>(list: &[T], separator: &str, show: impl Fn(&T) -> String) -> String {
    list.iter().map(show).collect::<Vec<_>>().join(separator)
}

fn act(act: &Act) -> String {
    match act {
        Act::Get(range) => format!("get {}", keys(range)),
        Act::Put { key: letter, value, lease: 0 } => format!("put {}={value}", key(*letter)),
        Act::Put { key: letter, value, lease } => format!("put {}={value}~{lease}", key(*letter)),
        Act::Delete(range) => format!("delete {}", keys(range)),
    }
}

fn condition(condition: &Condition) -> String {
    let field = match condition.field {
        Field::Value => "value",
        Field::Modified => "modified",
        Field::Created => "created",
        Field::Version => "version",
    };
    format!("{}.{field}={}", key(condition.key), condition.is)
}

fn acts(list: &[Act]) -> String {
    if list.is_empty() { "nothing".to_owned() } else { joined(list, ", ", act) }
}

/// What was asked for.
pub fn op(op: &Op) -> String {
    match op {
        Op::Act(one) => act(one),
        Op::Txn { conditions, then, otherwise } => {
            format!("if {} then {} else {}", joined(conditions, " and ", condition), acts(then), acts(otherwise))
        }
        Op::Past { keys: range, revision } => format!("get {} as of {revision}", keys(range)),
        Op::Local(range) => format!("get {} locally", keys(range)),
        Op::Grant { lease, ttl } => format!("grant {lease} for {}", ttl.as_millis()),
        Op::Revoke(lease) => format!("revoke {lease}"),
        Op::Renew { lease, ttl } => format!("renew {lease} for {}", ttl.as_millis()),
        Op::Compact(revision) => format!("compact {revision}"),
    }
}

fn seen(seen: &Seen) -> String {
    match seen {
        Seen::Items(items) if items.is_empty() => "nothing".to_owned(),
        Seen::Items(items) => joined(items, " ", |(letter, one)| item(*letter, one)),
        Seen::Put => "written".to_owned(),
        Seen::Deleted(count) => format!("{count} deleted"),
    }
}

/// What was answered.
pub fn answer(answer: &Answer) -> String {
    match answer {
        Answer::Done { held, seen: list } => {
            let list = if list.is_empty() { "done".to_owned() } else { joined(list, "; ", seen) };
            if *held { list } else { format!("else {list}") }
        }
        Answer::Ok => "ok".to_owned(),
        Answer::NoLease => "no lease".to_owned(),
        Answer::LeaseExists => "lease exists".to_owned(),
        Answer::Compacted => "compacted".to_owned(),
        Answer::Future => "future".to_owned(),
    }
}

/// A call and what became of it: `1: put a=12 -> written at 5`.
pub fn call(call: &Call) -> String {
    let outcome = match &call.outcome {
        Outcome::Unknown => "?".to_owned(),
        Outcome::Void => "not done".to_owned(),
        Outcome::Answered { revision: Some(revision), answer: words } => format!("{} at {revision}", answer(words)),
        Outcome::Answered { revision: None, answer: words } => answer(words),
    };
    format!("{}: {} -> {outcome}", call.client, op(&call.op))
}

/// A watcher and what it watches.
pub fn watch(watch: &Watch) -> String {
    let from = watch.from.map_or_else(|| "now".to_owned(), |from| from.to_string());
    let flag = |on: bool, name: &'static str| if on { name } else { "" };
    let filters =
        [flag(watch.no_put, " no-put"), flag(watch.no_delete, " no-delete"), flag(watch.previous, " previous")];
    format!("{}: watch {} from {from}{}", watch.client, keys(&watch.keys), filters.concat())
}

/// An event: `a=12@5`, or `a gone@6`.
pub fn event(event: &Event) -> String {
    let change = &event.change;
    let now = if change.now.exists() {
        item(change.key, &change.now)
    } else {
        format!("{}-gone@{}", key(change.key), event.revision)
    };
    if change.before.exists() { format!("{now} was {}", item(change.key, &change.before)) } else { now }
}

/// Events of one batch; `nothing` if there are none.
pub fn events(list: &[Event]) -> String {
    if list.is_empty() { "nothing".to_owned() } else { joined(list, ", ", event) }
}
