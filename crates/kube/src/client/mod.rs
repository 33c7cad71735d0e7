//! The way to the API server, as parts that a component embeds: calls, informers with their caches, work queues, events,
//! leader election. What client-go is to the real components.

mod cache;
mod calls;
mod event;
mod informer;
mod kind;
mod leader;
mod limit;
pub mod pods;
mod quantity;
mod queue;
mod selector;

pub use cache::{Cache, Key, key, split};
pub use calls::{Client, Happened, Settings};
pub use event::Said;
pub use informer::Change;
pub use kind::{Kind, kinds};
pub use leader::{Election, Elector};
pub use limit::Rate;
pub use quantity::{milli, units};
pub use queue::Queue;
pub use selector::{expression, matches, selects, set_based};

/// Where a component writes what it wants done.
pub type Out = sim::Out<crate::Msg, crate::Note>;

/// Caches for tests of what works with them.
#[cfg(test)]
pub mod testing {
    use super::Cache;
    use serde_json::Value;

    /// What a watch would have brought.
    pub fn cache(objects: impl IntoIterator<Item = Value>) -> Cache {
        let mut cache = Cache::default();
        for object in objects {
            cache.put(0, object.into());
        }
        cache
    }
}
