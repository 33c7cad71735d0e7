//! Bugs planted on purpose, so that whoever looks for bugs can be seen to find them. No shipped build can have one: the
//! feature does not compile for the browser, and tidy lets no crate but the storms turn it on.

#[cfg(all(feature = "planted-bugs", target_arch = "wasm32"))]
compile_error!("planted bugs must not be shipped");

/// What is done wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlantedBug {
    /// A leader takes an entry for committed once it has it itself.
    CommitWithoutQuorum,
    /// A member forgets whom it has voted for in this term.
    VoteTwice,
    /// A leader serves reads without asking whether it still leads.
    StaleRead,
}

impl crate::Config {
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
