//! A lab as the simulation sees it: the world it begins in, and what came of a check.

use crate::{Nodes, session::check_members};
use serde::{Deserialize, Serialize};

/// Steps and flags of one lab; more is no lab of ours.
const PARTS_MAX: usize = 64;
/// Bytes of its scripts together.
const SCRIPTS_MAX: usize = 512 << 10;
/// Bytes of its name.
const NAME_MAX: usize = 80;

/// The world of a lab, and how it is prepared before the learner comes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exercise {
    /// The lab's address, which tells a stored session where it belongs.
    pub name: String,
    /// Members of the etcd cluster: 1, 3 or 5.
    pub members: u8,
    /// TLS with the PKI of a kubeadm control plane.
    pub tls: bool,
    /// A second cluster of one member, on port 42379.
    pub mirror: bool,
    /// A Kubernetes cluster as kubeadm sets it up, in the place of members alone.
    pub kubernetes: Option<Nodes>,
    /// Further flags of every server: names without dashes, and values.
    pub flags: Vec<(String, String)>,
    /// Done in this order once the members have elected a leader.
    pub steps: Vec<Preparation>,
}

/// One step of the preparation of a lab's world.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Preparation {
    /// A script, run on the learner's machine in a shell of its own.
    Script(String),
    /// Something done to the servers from outside, in the words of the recorded cases: `stop etcd-2`, `sleep 3`.
    Servers(String),
}

impl Exercise {
    /// Whether the lab can build this world.
    ///
    /// # Errors
    /// Says in words what is wrong with it.
    pub fn check(&self) -> Result<(), String> {
        check_members(self.members)?;
        self.kubernetes.map_or(Ok(()), Nodes::check)?;
        if self.name.is_empty() || self.name.len() > NAME_MAX {
            return Err("its lab has no proper name".into());
        }
        let text = |step: &Preparation| match step {
            Preparation::Script(text) | Preparation::Servers(text) => text.len(),
        };
        let scripts: usize = self.steps.iter().map(text).sum();
        if self.steps.len() + self.flags.len() > PARTS_MAX || scripts > SCRIPTS_MAX {
            return Err("the preparation of its lab is larger than any of ours".into());
        }
        Ok(())
    }
}

/// What a check of the learner's work found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The goal is reached.
    pub reached: bool,
    /// What the check printed: what is missing, in words.
    pub says: String,
}
