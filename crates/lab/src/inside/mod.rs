//! Seen from inside: what the page's Raft and key views show, read off the simulation without touching it.

mod happenings;
mod keys;
mod meddle;
mod raft;
mod watches;

use crate::cluster::Cluster;
use protocol::{FromLab, Inside, KeysView, Look, RaftView, WatchView};

pub(crate) use meddle::{Meddling, outcome};
pub(crate) use raft::is_caught;

/// Someone who looks on, and what they were shown last, so that only changes are told.
#[derive(Default)]
pub(crate) struct Onlooker {
    look: Look,
    happenings: happenings::Happenings,
    keys: keys::Reading,
    raft_shown: Option<RaftView>,
    keys_shown: Option<KeysView>,
    watches_shown: Vec<WatchView>,
}

impl Onlooker {
    /// Looks at something else from now on.
    pub fn turn_to(&mut self, look: Look) {
        self.look = look;
        self.raft_shown = None;
        self.keys_shown = None;
    }

    /// Tells what changed since the last look, of a clock that runs slowly or not.
    pub fn tell(&mut self, cluster: &Cluster, slow: bool, out: &mut Vec<FromLab>) {
        let watches = watches::open(cluster);
        if self.watches_shown != watches {
            self.watches_shown.clone_from(&watches);
            out.push(FromLab::Inside(Inside::Watches(watches)));
        }
        match &self.look {
            Look::Nothing => {}
            Look::Raft => {
                self.happenings.catch_up(cluster);
                let view = raft::view(cluster, self.happenings.latest(), slow);
                if self.raft_shown.as_ref() != Some(&view) {
                    self.raft_shown = Some(view.clone());
                    out.push(FromLab::Inside(Inside::Raft(view)));
                }
            }
            Look::Keys(query) => {
                let view = self.keys.view(cluster, query);
                if self.keys_shown.as_ref() != Some(&view) {
                    self.keys_shown = Some(view.clone());
                    out.push(FromLab::Inside(Inside::Keys(view)));
                }
            }
        }
    }
}
