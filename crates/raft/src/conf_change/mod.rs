//! Changes of a group's membership.

mod changer;
mod codec;

use std::fmt::{self, Write};

use serde::{Deserialize, Serialize};

pub use changer::Changer;
pub(crate) use changer::restore;

use crate::{Bytes, EntryKind, Error, Result};

/// What happens to one member.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ConfChangeType {
    /// It becomes a voter.
    #[default]
    AddNode,
    /// It leaves the group.
    RemoveNode,
    /// Nothing that concerns raft; the application may keep data about members.
    UpdateNode,
    /// It becomes a learner.
    AddLearnerNode,
}

impl ConfChangeType {
    /// The letter for it in `v1 l2 r3 u4`.
    fn letter(self) -> char {
        match self {
            ConfChangeType::AddNode => 'v',
            ConfChangeType::RemoveNode => 'r',
            ConfChangeType::UpdateNode => 'u',
            ConfChangeType::AddLearnerNode => 'l',
        }
    }

    fn from_letter(letter: char) -> Option<ConfChangeType> {
        Some(match letter {
            'v' => ConfChangeType::AddNode,
            'r' => ConfChangeType::RemoveNode,
            'u' => ConfChangeType::UpdateNode,
            'l' => ConfChangeType::AddLearnerNode,
            _ => return None,
        })
    }
}

impl fmt::Display for ConfChangeType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ConfChangeType::AddNode => "ConfChangeAddNode",
            ConfChangeType::RemoveNode => "ConfChangeRemoveNode",
            ConfChangeType::UpdateNode => "ConfChangeUpdateNode",
            ConfChangeType::AddLearnerNode => "ConfChangeAddLearnerNode",
        })
    }
}

/// Whether a change goes through a joint configuration, and how that is left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ConfChangeTransition {
    /// In one step if a single member changes, else as `JointImplicit`.
    #[default]
    Auto,
    /// Through a joint configuration that the leader leaves by itself.
    JointImplicit,
    /// Through a joint configuration that the application leaves by proposing an empty change.
    JointExplicit,
}

impl fmt::Display for ConfChangeTransition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ConfChangeTransition::Auto => "ConfChangeTransitionAuto",
            ConfChangeTransition::JointImplicit => "ConfChangeTransitionJointImplicit",
            ConfChangeTransition::JointExplicit => "ConfChangeTransitionJointExplicit",
        })
    }
}

/// A change of one member, in the form that etcd itself proposes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ConfChange {
    /// The proposer's own number for it, to recognize it when it is applied.
    pub id: u64,
    /// What happens to the member.
    pub change_type: ConfChangeType,
    /// The member. 0 means that nothing happens: the application decided so while applying.
    pub node_id: u64,
    /// The application's own data about the change.
    pub context: Bytes,
}

/// One step of a [`ConfChangeV2`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ConfChangeSingle {
    /// What happens to the member.
    pub change_type: ConfChangeType,
    /// The member. 0 means that nothing happens.
    pub node_id: u64,
}

impl ConfChangeSingle {
    /// Parses a list such as `v1 l2 r3 u4`: voter, learner, removed, updated.
    ///
    /// # Errors
    /// [`Error::ConfChange`] naming the word that is none of these.
    pub fn parse_list(text: &str) -> Result<Vec<ConfChangeSingle>> {
        text.split_whitespace().map(ConfChangeSingle::parse).collect()
    }

    fn parse(word: &str) -> Result<ConfChangeSingle> {
        let mut letters = word.chars();
        let (Some(letter), number) = (letters.next(), letters.as_str()) else {
            return Err(Error::ConfChange(format!("unknown token {word}")));
        };
        if number.is_empty() {
            return Err(Error::ConfChange(format!("unknown token {word}")));
        }
        let Some(change_type) = ConfChangeType::from_letter(letter) else {
            return Err(Error::ConfChange(format!("unknown input: {word}")));
        };
        let node_id = number.parse().map_err(|_| Error::ConfChange(format!("{number:?} is no member id")))?;
        Ok(ConfChangeSingle { change_type, node_id })
    }

    /// The inverse of [`parse_list`](Self::parse_list).
    pub fn format_list(changes: &[ConfChangeSingle]) -> String {
        let mut out = String::new();
        for change in changes {
            if !out.is_empty() {
                out.push(' ');
            }
            let _ = write!(out, "{}{}", change.change_type.letter(), change.node_id);
        }
        out
    }
}

/// A change of any number of members at once. Without changes it leaves a joint configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ConfChangeV2 {
    /// Whether and how a joint configuration is used.
    pub transition: ConfChangeTransition,
    /// What happens to whom.
    pub changes: Vec<ConfChangeSingle>,
    /// The application's own data about the change.
    pub context: Bytes,
}

impl ConfChangeV2 {
    /// Whether the change enters a joint configuration; if so, whether the leader leaves it by itself.
    pub fn enter_joint(&self) -> Option<bool> {
        let joint = self.transition != ConfChangeTransition::Auto || self.changes.len() > 1;
        joint.then_some(self.transition != ConfChangeTransition::JointExplicit)
    }

    /// Whether the change leaves a joint configuration.
    pub fn leave_joint(&self) -> bool {
        self.transition == ConfChangeTransition::Auto && self.changes.is_empty()
    }
}

impl fmt::Display for ConfChangeV2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "transition:{}", self.transition)?;
        for change in &self.changes {
            write!(f, " changes:{{type:{} node_id:{}}}", change.change_type, change.node_id)?;
        }
        if !self.context.is_empty() {
            write!(f, " context:{}", crate::describe::quote(&self.context))?;
        }
        Ok(())
    }
}

impl From<&ConfChange> for ConfChangeV2 {
    fn from(change: &ConfChange) -> ConfChangeV2 {
        ConfChangeV2 {
            transition: ConfChangeTransition::Auto,
            changes: vec![ConfChangeSingle { change_type: change.change_type, node_id: change.node_id }],
            context: change.context.clone(),
        }
    }
}

/// A change in either form, as it is proposed and applied.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum AnyConfChange {
    /// Of one member.
    V1(ConfChange),
    /// Of any number of members.
    V2(ConfChangeV2),
}

impl AnyConfChange {
    /// Reads the change an entry carries; `None` if it is an entry of the application.
    ///
    /// # Errors
    /// [`Error::Decode`] if the data is no such change.
    pub fn from_entry(kind: EntryKind, data: &[u8]) -> Result<Option<AnyConfChange>> {
        Ok(match kind {
            EntryKind::Normal => None,
            EntryKind::ConfChange => Some(AnyConfChange::V1(ConfChange::decode(data)?)),
            EntryKind::ConfChangeV2 => Some(AnyConfChange::V2(ConfChangeV2::decode(data)?)),
        })
    }

    /// The kind of entry that carries it, and its encoding.
    pub fn to_entry_data(&self) -> (EntryKind, Bytes) {
        match self {
            AnyConfChange::V1(change) => (EntryKind::ConfChange, change.encode()),
            AnyConfChange::V2(change) => (EntryKind::ConfChangeV2, change.encode()),
        }
    }

    /// The change in its general form.
    pub fn into_v2(self) -> ConfChangeV2 {
        match self {
            AnyConfChange::V1(change) => ConfChangeV2::from(&change),
            AnyConfChange::V2(change) => change,
        }
    }

    /// The application's own data about the change.
    pub fn context(&self) -> &Bytes {
        match self {
            AnyConfChange::V1(change) => &change.context,
            AnyConfChange::V2(change) => &change.context,
        }
    }
}

impl From<ConfChange> for AnyConfChange {
    fn from(change: ConfChange) -> AnyConfChange {
        AnyConfChange::V1(change)
    }
}

impl From<ConfChangeV2> for AnyConfChange {
    fn from(change: ConfChangeV2) -> AnyConfChange {
        AnyConfChange::V2(change)
    }
}
