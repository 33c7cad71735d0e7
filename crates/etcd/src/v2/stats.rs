//! Counters of what was done to the store (etcd: v2store/stats.go).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::event::Action;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Tally {
    success: u64,
    fail: u64,
}

/// How often each operation was done, and how often it failed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stats {
    gets: Tally,
    sets: Tally,
    deletes: Tally,
    updates: Tally,
    creates: Tally,
    swaps: Tally,
    compared_deletes: Tally,
    expired: u64,
}

impl Stats {
    pub(crate) fn count(&mut self, action: Action, success: bool) {
        let tally = match action {
            Action::Get => &mut self.gets,
            Action::Set => &mut self.sets,
            Action::Delete => &mut self.deletes,
            Action::Update => &mut self.updates,
            Action::Create => &mut self.creates,
            Action::CompareAndSwap => &mut self.swaps,
            Action::CompareAndDelete => &mut self.compared_deletes,
            Action::Expire => {
                self.expired += 1;
                return;
            }
        };
        *(if success { &mut tally.success } else { &mut tally.fail }) += 1;
    }

    pub(crate) fn to_json(&self, watchers: u64) -> Value {
        let mut json = Map::new();
        let pairs = [
            (self.gets, "getsSuccess", "getsFail"),
            (self.sets, "setsSuccess", "setsFail"),
            (self.deletes, "deleteSuccess", "deleteFail"),
            (self.updates, "updateSuccess", "updateFail"),
            (self.creates, "createSuccess", "createFail"),
            (self.swaps, "compareAndSwapSuccess", "compareAndSwapFail"),
            (self.compared_deletes, "compareAndDeleteSuccess", "compareAndDeleteFail"),
        ];
        for (tally, success, fail) in pairs {
            json.insert(success.into(), tally.success.into());
            json.insert(fail.into(), tally.fail.into());
        }
        json.insert("expireCount".into(), self.expired.into());
        json.insert("watchers".into(), watchers.into());
        json.into()
    }
}
