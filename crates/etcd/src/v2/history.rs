//! The latest changes, for clients that ask to be told from an index on (etcd: v2store/event_history.go).

use std::collections::VecDeque;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::error::{Code, Error};
use super::event::{Action, Event};

/// How many changes are remembered (etcd: v2store/store.go, `newWatchHub(1000)`).
const CAPACITY: usize = 1_000;

/// The latest changes, oldest first.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct History(Arc<VecDeque<Arc<Event>>>);

impl History {
    pub(crate) fn push(&mut self, event: Arc<Event>) {
        let events = Arc::make_mut(&mut self.0);
        if events.len() == CAPACITY {
            events.pop_front();
        }
        events.push_back(event);
    }

    /// The first change from `index` on that a watcher of `key` has to be told of.
    pub(crate) fn find(&self, key: &str, recursive: bool, index: u64) -> Result<Option<Arc<Event>>, Error> {
        let start = self.0.front().map_or(0, |event| event.index());
        if index < start {
            let cause = format!("the requested history has been cleared [{start}/{index}]");
            return Err(Error::new(Code::EventIndexCleared, cause, 0));
        }
        let inside = if key == "/" { "/".to_owned() } else { format!("{key}/") };
        let concerns = |event: &Event| {
            let changed = &event.node.key;
            let whole_directory = matches!(event.action, Action::Delete | Action::Expire)
                && event.prev_node.as_ref().is_some_and(|prev| prev.dir && key.starts_with(&prev.key));
            changed == key || recursive && changed.starts_with(&inside) || whole_directory
        };
        let from = self.0.partition_point(|event| event.index() < index);
        Ok(self.0.iter().skip(from).find(|event| !event.refresh && concerns(event)).cloned())
    }
}
