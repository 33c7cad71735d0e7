//! What a membership change does to the membership.

use sorted::SortedSet;

use super::{ConfChangeSingle, ConfChangeType, ConfChangeV2};
use crate::tracker::{Membership, Progress, ProgressMap, Tracker};
use crate::{ConfState, Error, Result};

/// Works out the membership after a change, refusing changes that would break the group (etcd:
/// raft/confchange/confchange.go). The tracker given stays as it is.
pub struct Changer<'a> {
    tracker: &'a Tracker,
    last_index: u64,
}

/// A membership together with its members' progress.
pub type Outcome = (Membership, ProgressMap);

fn refuse<T>(why: impl Into<String>) -> Result<T> {
    Err(Error::ConfChange(why.into()))
}

impl<'a> Changer<'a> {
    /// A changer of `tracker`'s membership. New members are first probed at `last_index`.
    pub fn new(tracker: &'a Tracker, last_index: u64) -> Changer<'a> {
        Changer { tracker, last_index }
    }

    /// The outcome of any change.
    ///
    /// # Errors
    /// [`Error::ConfChange`] saying why the change is refused.
    pub fn change(&self, change: &ConfChangeV2) -> Result<Outcome> {
        if change.leave_joint() {
            self.leave_joint()
        } else if let Some(auto_leave) = change.enter_joint() {
            self.enter_joint(auto_leave, &change.changes)
        } else {
            self.simple(&change.changes)
        }
    }

    /// The joint configuration of the present voters and those after `changes`.
    ///
    /// # Errors
    /// [`Error::ConfChange`] if the configuration is joint already, has no voters, or would have none.
    pub fn enter_joint(&self, auto_leave: bool, changes: &[ConfChangeSingle]) -> Result<Outcome> {
        let mut draft = self.draft()?;
        if draft.membership.voters.is_joint() {
            return refuse("config is already joint");
        }
        if draft.membership.voters.incoming.0.is_empty() {
            // Members may be added to an empty group one by one, to bootstrap it, but nobody could agree to leave a
            // joint configuration of nobody.
            return refuse("can't make a zero-voter config joint");
        }
        draft.membership.voters.outgoing = draft.membership.voters.incoming.clone();
        draft.apply(changes)?;
        draft.membership.auto_leave = auto_leave;
        draft.finish()
    }

    /// The configuration after a joint one: the incoming voters alone, and the learners that had to wait.
    ///
    /// # Errors
    /// [`Error::ConfChange`] if the configuration is not joint.
    pub fn leave_joint(&self) -> Result<Outcome> {
        let mut draft = self.draft()?;
        if !draft.membership.voters.is_joint() {
            return refuse("can't leave a non-joint config");
        }
        for id in std::mem::take(&mut draft.membership.learners_next) {
            draft.membership.learners.insert(id);
            if let Some(progress) = draft.progress.get_mut(&id) {
                progress.is_learner = true;
            }
        }
        for id in std::mem::take(&mut draft.membership.voters.outgoing).0 {
            if !draft.membership.voters.incoming.0.contains(&id) && !draft.membership.learners.contains(&id) {
                draft.progress.remove(&id);
            }
        }
        draft.membership.auto_leave = false;
        draft.finish()
    }

    /// The configuration after changes that add or remove one voter at most. Any old and any new majority then have a
    /// member in common, so no joint configuration is needed.
    ///
    /// # Errors
    /// [`Error::ConfChange`] if more than one voter changes, none would be left, or the configuration is joint.
    pub fn simple(&self, changes: &[ConfChangeSingle]) -> Result<Outcome> {
        let mut draft = self.draft()?;
        if draft.membership.voters.is_joint() {
            return refuse("can't apply simple config change in joint config");
        }
        draft.apply(changes)?;
        let before = &self.tracker.membership.voters.incoming.0;
        if before.symmetric_difference(&draft.membership.voters.incoming.0).count() > 1 {
            return refuse("more than one voter changed without entering joint config");
        }
        draft.finish()
    }

    fn draft(&self) -> Result<Draft<'a>> {
        let draft = Draft {
            membership: self.tracker.membership.clone(),
            progress: self.tracker.progress.clone(),
            tracker: self.tracker,
            last_index: self.last_index,
        };
        draft.check()?;
        Ok(draft)
    }
}

/// A membership being worked out.
struct Draft<'a> {
    membership: Membership,
    progress: ProgressMap,
    tracker: &'a Tracker,
    last_index: u64,
}

impl Draft<'_> {
    fn apply(&mut self, changes: &[ConfChangeSingle]) -> Result<()> {
        // Member 0 marks a change that the application decided not to carry out.
        for change in changes.iter().filter(|change| change.node_id != 0) {
            match change.change_type {
                ConfChangeType::AddNode => self.make_voter(change.node_id),
                ConfChangeType::AddLearnerNode => self.make_learner(change.node_id),
                ConfChangeType::RemoveNode => self.remove(change.node_id),
                ConfChangeType::UpdateNode => {}
            }
        }
        if self.membership.voters.incoming.0.is_empty() {
            return refuse("removed all voters");
        }
        Ok(())
    }

    fn make_voter(&mut self, id: u64) {
        match self.progress.get_mut(&id) {
            None => self.add(id, false),
            Some(progress) => progress.is_learner = false,
        }
        self.membership.learners.remove(&id);
        self.membership.learners_next.remove(&id);
        self.membership.voters.incoming.0.insert(id);
    }

    fn make_learner(&mut self, id: u64) {
        let Some(progress) = self.progress.get_mut(&id) else {
            self.add(id, true);
            self.membership.learners.insert(id);
            return;
        };
        if progress.is_learner {
            return;
        }
        self.membership.voters.incoming.0.remove(&id);
        if self.membership.voters.outgoing.0.contains(&id) {
            // It votes until the joint configuration is left, and nobody is voter and learner at once.
            self.membership.learners_next.insert(id);
        } else {
            progress.is_learner = true;
            self.membership.learners.insert(id);
        }
    }

    fn remove(&mut self, id: u64) {
        self.membership.voters.incoming.0.remove(&id);
        self.membership.learners.remove(&id);
        self.membership.learners_next.remove(&id);
        if !self.membership.voters.outgoing.0.contains(&id) {
            self.progress.remove(&id);
        }
    }

    fn add(&mut self, id: u64, is_learner: bool) {
        let mut progress = Progress::new(0, self.last_index.max(1), self.tracker.inflights(), is_learner);
        // Else the leader could step down for lack of a quorum before it had a chance to hear from the new member.
        progress.recent_active = true;
        self.progress.insert(id, progress);
    }

    fn finish(self) -> Result<Outcome> {
        self.check()?;
        Ok((self.membership, self.progress))
    }

    /// What holds of every membership. An empty one is allowed, for bootstrapping.
    fn check(&self) -> Result<()> {
        let Membership { voters, learners, learners_next, auto_leave } = &self.membership;
        let known = |ids: &SortedSet<u64>| ids.iter().copied().find(|id| !self.progress.contains_key(id));
        for ids in [&voters.incoming.0, &voters.outgoing.0, learners, learners_next] {
            if let Some(id) = known(ids) {
                return refuse(format!("no progress for {id}"));
            }
        }
        let is_learner = |id| self.progress.get(id).is_some_and(|progress| progress.is_learner);
        for id in learners_next {
            if !voters.outgoing.0.contains(id) {
                return refuse(format!("{id} is in LearnersNext, but not Voters[1]"));
            }
            if is_learner(id) {
                return refuse(format!("{id} is in LearnersNext, but is already marked as learner"));
            }
        }
        for id in learners {
            for (half, ids) in [(1, &voters.outgoing.0), (0, &voters.incoming.0)] {
                if ids.contains(id) {
                    return refuse(format!("{id} is in Learners and Voters[{half}]"));
                }
            }
            if !is_learner(id) {
                return refuse(format!("{id} is in Learners, but is not marked as learner"));
            }
        }
        if !voters.is_joint() && *auto_leave {
            return refuse("AutoLeave must be false when not joint");
        }
        Ok(())
    }
}

/// Rebuilds the membership that `conf_state` describes, on a tracker without members (etcd: raft/confchange/restore.go).
///
/// The changes are played as they may have happened: first the outgoing voters join one by one, then a joint
/// configuration replaces them by the incoming ones. So whatever can be restored could also have come about.
pub(crate) fn restore(tracker: &mut Tracker, last_index: u64, conf_state: &ConfState) -> Result<()> {
    let singles = |change_type, ids: &[u64]| -> Vec<ConfChangeSingle> {
        ids.iter().map(|&node_id| ConfChangeSingle { change_type, node_id }).collect()
    };
    let outgoing = singles(ConfChangeType::AddNode, &conf_state.voters_outgoing);
    let mut incoming = singles(ConfChangeType::RemoveNode, &conf_state.voters_outgoing);
    incoming.extend(singles(ConfChangeType::AddNode, &conf_state.voters));
    incoming.extend(singles(ConfChangeType::AddLearnerNode, &conf_state.learners));
    incoming.extend(singles(ConfChangeType::AddLearnerNode, &conf_state.learners_next));

    let joint = !outgoing.is_empty();
    for change in if joint { &outgoing } else { &incoming } {
        (tracker.membership, tracker.progress) = Changer::new(tracker, last_index).simple(&[*change])?;
    }
    if joint {
        let changer = Changer::new(tracker, last_index);
        (tracker.membership, tracker.progress) = changer.enter_joint(conf_state.auto_leave, &incoming)?;
    }
    Ok(())
}
