//! What the page knows of the cluster's inside: filled while a view looks at it.

use crate::reactive::RwSignal;
use protocol::{Inside, KeysView, Look, RaftView, WatchView};

/// The signals that the views of the inside read; a handle that can be copied.
#[derive(Clone, Copy)]
pub struct InsideSignals {
    /// What the lab is asked to tell.
    pub look: RwSignal<Look>,
    pub raft: RwSignal<RaftView>,
    pub keys: RwSignal<KeysView>,
    pub watches: RwSignal<Vec<WatchView>>,
    /// What came of meddling with a message; empty until somebody has.
    pub outcome: RwSignal<String>,
}

impl InsideSignals {
    pub fn new() -> Self {
        Self {
            look: RwSignal::default(),
            raft: RwSignal::default(),
            keys: RwSignal::default(),
            watches: RwSignal::default(),
            outcome: RwSignal::default(),
        }
    }

    pub fn take(self, inside: Inside) {
        match inside {
            Inside::Raft(view) => self.raft.set(view),
            Inside::Keys(view) => self.keys.set(view),
            Inside::Watches(watches) => self.watches.set(watches),
            Inside::Outcome(words) => self.outcome.set(words),
        }
    }

    /// A new world begins.
    pub fn forget(self) {
        self.raft.set(RaftView::default());
        self.keys.set(KeysView::default());
        self.watches.set(Vec::new());
        self.outcome.set(String::new());
    }
}
