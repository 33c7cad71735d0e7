//! Alarms: a member in trouble says so through the log, and all members act on it
//! (etcd: server/etcdserver/api/v3alarm/alarms.go).

use sorted::SortedSet;

use serde::{Deserialize, Serialize};

use crate::rpc::{AlarmAction, AlarmMember, AlarmRequest, AlarmResponse, AlarmType};

/// The raised alarms.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarms(SortedSet<AlarmMember>);

impl Alarms {
    /// All of a kind, [`AlarmType::None`] meaning of any.
    pub fn list(&self, kind: AlarmType) -> Vec<AlarmMember> {
        self.0.iter().filter(|a| kind == AlarmType::None || a.alarm == kind).copied().collect()
    }

    /// Whether some member has raised one of this kind.
    pub fn is_raised(&self, kind: AlarmType) -> bool {
        self.0.iter().any(|a| a.alarm == kind)
    }

    pub(super) fn apply(&mut self, r: &AlarmRequest) -> AlarmResponse {
        let alarm = AlarmMember { member_id: r.member_id, alarm: r.alarm };
        let alarms = match r.action {
            AlarmAction::Get => self.list(r.alarm),
            AlarmAction::Activate if r.alarm == AlarmType::None => Vec::new(),
            AlarmAction::Activate => {
                self.0.insert(alarm);
                vec![alarm]
            }
            AlarmAction::Deactivate => self.0.take(&alarm).into_iter().collect(),
        };
        AlarmResponse { alarms, ..Default::default() }
    }
}
