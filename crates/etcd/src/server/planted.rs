//! Bugs planted on purpose, so that the storms can be seen to find them; see [`raft::PlantedBug`].

/// What is done wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlantedBug {
    /// Something in raft.
    Raft(raft::PlantedBug),
    /// Watchers are not caught up after a snapshot was installed.
    WatchGap,
    /// A lease that has run out is renewed while its revocation is under way.
    LeaseRevived,
}

impl super::Config {
    /// Whether a bug was planted here; never, where the feature is off.
    pub(crate) fn has_planted(&self, bug: PlantedBug) -> bool {
        #[cfg(feature = "planted-bugs")]
        let planted = self.planted == Some(bug);
        #[cfg(not(feature = "planted-bugs"))]
        let planted = false;
        let _ = bug;
        planted
    }
}
