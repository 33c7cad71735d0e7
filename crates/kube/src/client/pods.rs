//! What a pod is at, and how many pods of an owner are at what (`pkg/api/v1/pod`, `pkg/controller/controller_utils.go`).

use crate::api::Object;
use serde_json::Value;

/// Its containers have ended for good.
pub fn is_done(pod: &Object) -> bool {
    matches!(pod.text("/status/phase"), "Succeeded" | "Failed")
}

/// Neither done nor being deleted.
pub fn is_active(pod: &Object) -> bool {
    !is_done(pod) && !pod.is_terminating()
}

/// A condition of any object that has conditions.
pub fn condition<'a>(object: &'a Object, kind: &str) -> Option<&'a Value> {
    object.list("/status/conditions").iter().find(|condition| condition["type"] == kind)
}

/// Whether a condition is true.
pub fn is(object: &Object, kind: &str) -> bool {
    condition(object, kind).is_some_and(|condition| condition["status"] == "True")
}

/// How many pods with the same labels are in one owner's care. It is kept with the pods, so that whoever counts the
/// thousands of pods of a set each time one of them changes need not look at all of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    pub labels: Value,
    pub all: usize,
    pub active: usize,
    /// Active, and requests may go to them.
    pub ready: usize,
    /// Being deleted, with something still running.
    pub leaving: usize,
}

impl Tally {
    /// Whether a pod is active, ready, leaving.
    fn of(pod: &Object) -> [bool; 3] {
        let active = is_active(pod);
        [active, active && is(pod, "Ready"), pod.is_terminating() && !is_done(pod)]
    }

    /// Whether two states of a pod with the same labels and owner count alike.
    pub(super) fn counts_alike(one: &Object, other: &Object) -> bool {
        Self::of(one) == Self::of(other)
    }

    /// Enters a pod among the tallies of its owner, or takes it out.
    pub(super) fn count(tallies: &mut Vec<Self>, pod: &Object, is_in: bool) {
        let labels = pod.pointer("/metadata/labels").unwrap_or(&Value::Null);
        let place = tallies.iter().position(|one| one.labels == *labels).unwrap_or_else(|| {
            tallies.push(Self { labels: labels.clone(), ..Self::default() });
            tallies.len() - 1
        });
        let tally = &mut tallies[place];
        let [active, ready, leaving] = Self::of(pod);
        for (count, counts) in [
            (&mut tally.all, true),
            (&mut tally.active, active),
            (&mut tally.ready, ready),
            (&mut tally.leaving, leaving),
        ] {
            match is_in {
                true => *count += usize::from(counts),
                false => *count -= usize::from(counts),
            }
        }
        if tally.all == 0 {
            tallies.remove(place);
        }
    }
}
