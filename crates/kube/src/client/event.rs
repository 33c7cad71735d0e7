//! Events: what components tell about objects. The same again is counted, not written anew, much of one sort is told as
//! one (`client-go/tools/record/events_cache.go`), and they are sent one after the other.

use super::kinds;
use crate::Clock;
use crate::api::{Object, Patch, Request, Status, Words};
use serde_json::{Value, json};
use sim::{Cause, Micros, Time};
use std::collections::{BTreeMap, VecDeque};

/// What is told about an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// `kind`, `namespace`, `name`, `uid`, `apiVersion`, `resourceVersion`, and `fieldPath` if it is about a part of it.
    pub about: Value,
    /// `Warning`, else `Normal`.
    pub is_warning: bool,
    pub reason: Words,
    pub message: String,
    /// Who says it, if the program has several voices: `deployment-controller`.
    pub component: Words,
    /// What was done, as the newer kind of events has it (`Binding`); empty for the older kind.
    pub action: Words,
}

impl Said {
    /// Something normal about an object.
    pub fn normal(about: &Object, component: &'static str, reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            about: reference(about),
            is_warning: false,
            reason: reason.into(),
            message: message.into(),
            component: component.into(),
            action: Words::default(),
        }
    }

    /// Something that is not as it should be.
    pub fn warning(about: &Object, component: &'static str, reason: &'static str, message: impl Into<String>) -> Self {
        Self { is_warning: true, ..Self::normal(about, component, reason, message) }
    }

    /// About a part of the object: `spec.containers{web}`.
    #[must_use]
    pub fn at(mut self, field_path: String) -> Self {
        self.about["fieldPath"] = field_path.into();
        self
    }

    fn type_name(&self) -> &'static str {
        if self.is_warning { "Warning" } else { "Normal" }
    }

    /// What makes two of a sort: all but the message.
    fn sort(&self) -> String {
        // Which version of the object was looked at makes no difference.
        let fields =
            ["kind", "namespace", "name", "uid", "fieldPath"].map(|field| self.about[field].as_str().unwrap_or(""));
        format!("{}\n{}\n{}\n{}\n", self.component, fields.join("\n"), self.type_name(), self.reason)
    }
}

fn reference(object: &Object) -> Value {
    let mut reference = json!({ "kind": object.kind() });
    for (field, value) in [
        ("namespace", object.namespace()),
        ("name", object.name()),
        ("uid", object.uid()),
        ("apiVersion", object.text("/apiVersion")),
        ("resourceVersion", object.resource_version()),
    ] {
        if !value.is_empty() {
            reference[field] = value.into();
        }
    }
    reference
}

/// From so many different ones of a sort on, none ten minutes after the one before, they are told as one.
const SIMILAR: u32 = 10;
const SIMILAR_FOR: Micros = Micros::secs(600);
/// About one object a component may tell so many at once, and then one every five minutes.
const BURST: u64 = 25;
const REFILL: u64 = 300_000_000;
/// How many wait at most; more are dropped.
const WAITING: usize = 1_000;
/// Those that could not be sent are tried again after so long, and so often.
const RETRY: u64 = 10_000_000;
const TRIES: u32 = 12;
/// The newer kind is counted in a series if it comes again within so long.
const SERIES: Micros = Micros::secs(360);

#[derive(Clone, Debug)]
struct Counted {
    name: String,
    namespace: String,
    count: i64,
    last: Time,
}

#[derive(Clone, Debug)]
struct Waiting {
    said: Said,
    at: Time,
    cause: Cause,
    identity: String,
    name: String,
}

/// What has been told, and what is still to be sent.
#[derive(Clone, Debug)]
pub(super) struct Recorder {
    agent: Words,
    host: Words,
    clock: Clock,
    /// By all that is said.
    told: BTreeMap<String, Counted>,
    /// By the sort: how many different messages, and when the last one came.
    similar: BTreeMap<String, (u32, Time)>,
    /// By object: when it may tell as much as ever again.
    spam: BTreeMap<String, u64>,
    waiting: VecDeque<Waiting>,
    /// One is on its way.
    is_sending: bool,
    failures: u32,
    paused_until: Option<Time>,
    now: Time,
    number: u64,
}

impl Recorder {
    pub(super) fn new(agent: Words, host: Words, clock: Clock) -> Self {
        Self {
            agent,
            host,
            clock,
            told: BTreeMap::new(),
            similar: BTreeMap::new(),
            spam: BTreeMap::new(),
            waiting: VecDeque::new(),
            is_sending: false,
            failures: 0,
            paused_until: None,
            now: Time::ZERO,
            number: 0,
        }
    }

    pub(super) fn tell(&mut self, now: Time, mut said: Said, cause: Cause) {
        self.now = now;
        if self.waiting.len() >= WAITING || (said.action.is_empty() && self.is_spam(now, &said)) {
            return;
        }
        let sort = said.sort();
        let mut identity = format!("{sort}{}", said.message);
        let is_new = !self.told.contains_key(&identity);
        if is_new && said.action.is_empty() {
            let (count, since) = self.similar.entry(sort.clone()).or_insert((0, now));
            if *since + SIMILAR_FOR < now {
                (*count, *since) = (0, now);
            }
            // The ten minutes begin anew with each.
            (*count, *since) = (*count + 1, now);
            if *count >= SIMILAR {
                said.message = format!("(combined from similar events): {}", said.message);
                identity = sort;
            }
        }
        self.number += 1;
        let nanos = self.clock.epoch * 1_000_000_000 + now.0 * 1_000 + self.number % 1_000;
        let name = format!("{}.{nanos:x}", said.about["name"].as_str().unwrap_or_default());
        self.waiting.push_back(Waiting { said, at: now, cause, identity, name });
    }

    fn is_spam(&mut self, now: Time, said: &Said) -> bool {
        let full_at = self.spam.entry(format!("{}{}", said.component, said.about["uid"])).or_insert(0);
        let next = (*full_at).max(now.0) + REFILL;
        let is_spam = next > now.0 + BURST * REFILL;
        if !is_spam {
            *full_at = next;
        }
        is_spam
    }

    /// The next one to send, if none is on its way.
    pub(super) fn next(&mut self, now: Time) -> Option<(Request, Cause)> {
        self.now = now;
        if self.is_sending || self.paused_until.is_some() {
            return None;
        }
        let waiting = self.waiting.front()?;
        let request = match self.told.get_mut(&waiting.identity) {
            Some(known) if waiting.said.action.is_empty() => {
                let patch = json!({ "message": waiting.said.message, "lastTimestamp": self.clock.stamp(waiting.at),
                        "count": known.count + 1 });
                kinds::EVENTS.patch(Patch::Strategic, &known.namespace, &known.name, patch)
            }
            Some(known) if known.last + SERIES > waiting.at => {
                let series = json!({ "count": known.count + 1, "lastObservedTime": self.clock.micros(waiting.at) });
                let patch = json!({ "series": series });
                kinds::EVENTS.patch(Patch::Strategic, &known.namespace, &known.name, patch)
            }
            _ => kinds::EVENTS.create(self.body(waiting)),
        };
        self.is_sending = true;
        Some((request, waiting.cause))
    }

    fn body(&self, waiting: &Waiting) -> Value {
        let Waiting { said, at, name, .. } = waiting;
        let namespace = said.about["namespace"].as_str().unwrap_or("default");
        let component = if said.component.is_empty() { &self.agent } else { &said.component };
        let mut event = json!({
            "kind": "Event", "apiVersion": "v1", "metadata": { "name": name, "namespace": namespace },
            "involvedObject": said.about, "reason": said.reason, "message": said.message,
        });
        let is_new_kind = !said.action.is_empty();
        let stamp = if is_new_kind { Value::Null } else { self.clock.stamp(*at).into() };
        event["source"] = match (is_new_kind, self.agent == "kubelet") {
            (true, _) => json!({}),
            (_, true) => json!({ "component": component, "host": self.host }),
            _ => json!({ "component": component }),
        };
        event["firstTimestamp"] = stamp.clone();
        event["lastTimestamp"] = stamp;
        if !is_new_kind {
            event["count"] = 1.into();
        }
        event["type"] = said.type_name().into();
        event["eventTime"] = if is_new_kind { self.clock.micros(*at).into() } else { Value::Null };
        if is_new_kind {
            event["action"] = said.action.to_string().into();
        }
        event["reportingComponent"] = component.to_string().into();
        event["reportingInstance"] = match (is_new_kind, self.agent == "kubelet") {
            (true, _) => format!("{component}-{}", self.host).into(),
            (_, true) => self.host.to_string().into(),
            _ => "".into(),
        };
        event
    }

    /// The one that was on its way arrived, or did not.
    pub(super) fn answered(&mut self, chance: u64, result: &Result<Object, Status>) {
        self.is_sending = false;
        let Some(sent) = self.waiting.front() else { return };
        match result {
            Ok(_) => {
                let known = self.told.entry(sent.identity.clone()).or_insert_with(|| Counted {
                    name: sent.name.clone(),
                    namespace: sent.said.about["namespace"].as_str().unwrap_or("default").to_owned(),
                    count: 0,
                    last: sent.at,
                });
                if sent.said.action.is_empty() || known.last + SERIES > sent.at {
                    known.count += 1;
                } else {
                    (known.name, known.count) = (sent.name.clone(), 1);
                }
                known.last = sent.at;
            }
            // It had been there, but is no more: it is written anew.
            Err(status) if status.reason.code() == 404 && self.told.remove(&sent.identity).is_some() => return,
            Err(status) if status.reason.code() == 503 && self.failures < TRIES => {
                self.failures += 1;
                let pause = if self.failures == 1 { chance % RETRY } else { RETRY };
                self.paused_until = Some(self.now + Micros(pause));
                return;
            }
            Err(_) => {}
        }
        self.failures = 0;
        self.waiting.pop_front();
    }

    pub(super) fn next_wakeup(&self) -> Option<Time> {
        self.paused_until
    }

    pub(super) fn time(&mut self, now: Time) {
        self.now = now;
        if self.paused_until.is_some_and(|until| until <= now) {
            self.paused_until = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(messages: &[&str]) -> Vec<String> {
        let mut recorder = Recorder::new("kubelet".into(), "worker1".into(), Clock::default());
        let pod: Object =
            json!({ "kind": "Pod", "metadata": { "name": "web", "namespace": "dev", "uid": "u" } }).into();
        let mut sent = Vec::new();
        for message in messages {
            recorder.tell(Time(1), Said::normal(&pod, "", "Pulled", *message), Cause::default());
            if let Some((request, _)) = recorder.next(Time(1)) {
                let body = request.body.clone().unwrap_or_else(|| Value::Null.into());
                sent.push(format!("{} {} x{}", request.verb.name(), body.text("/message"), body["count"]));
                recorder.answered(0, &Ok(body));
            }
        }
        sent
    }

    #[test]
    fn the_same_again_is_counted() {
        assert_eq!(told(&["a", "b", "a", "a"]), ["create a x1", "create b x1", "patch a x2", "patch a x3"]);
    }

    #[test]
    fn many_of_a_sort_are_told_as_one() {
        let messages: Vec<String> = (0..13).map(|number| number.to_string()).collect();
        let sent = told(&messages.iter().map(String::as_str).collect::<Vec<_>>());
        let combined = "(combined from similar events):";
        let last =
            [format!("create {combined} 9 x1"), format!("patch {combined} 10 x2"), format!("patch {combined} 11 x3")];
        assert_eq!(sent[9..12], last);
    }

    #[test]
    fn one_object_cannot_fill_the_store() {
        assert_eq!(told(&["a"; 40]).len(), 25);
    }
}
