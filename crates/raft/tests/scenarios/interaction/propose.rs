//! Proposals.

use raft::{AnyConfChange, ConfChange, ConfChangeSingle, ConfChangeTransition, ConfChangeV2};

use super::Outcome;
use super::env::Env;
use crate::datadriven::Case;

impl Env {
    /// `propose 1 data`
    pub fn propose(&mut self, case: &Case) -> Outcome {
        let data = case.arguments[1].key.as_str();
        self.with(Self::first(case), |node| node.propose(data)).map_err(|error| error.to_string())
    }

    /// `propose-conf-change 1 v1=true transition=explicit`, and the changes as input.
    pub fn propose_conf_change(&mut self, case: &Case) -> Outcome {
        let transition = match case.value("transition") {
            None | Some("auto") => ConfChangeTransition::Auto,
            Some("implicit") => ConfChangeTransition::JointImplicit,
            Some("explicit") => ConfChangeTransition::JointExplicit,
            Some(other) => return Err(format!("unknown transition {other}")),
        };
        let changes = ConfChangeSingle::parse_list(&case.input).map_err(|error| error.to_string())?;
        let change: AnyConfChange = if case.value("v1") == Some("true") {
            let [ConfChangeSingle { change_type, node_id }] = changes[..] else {
                return Err("v1 conf change can only have one operation and no transition".to_owned());
            };
            ConfChange { change_type, node_id, ..ConfChange::default() }.into()
        } else {
            ConfChangeV2 { transition, changes, ..ConfChangeV2::default() }.into()
        };
        self.with(Self::first(case), |node| node.propose_conf_change(change)).map_err(|error| error.to_string())
    }
}
