//! `/v2/stats`: what a member counts (etcd: etcdserver/api/v2stats).

use calendar::rfc3339;
use serde_json::{Map, Value};
use sim::Time;

use super::members::{line, message};
use super::pending::object;
use super::{Asked, check_method};
use crate::rpc::HttpResponse;
use crate::server::process::Process;
use crate::v2::to_json_text;

impl Process {
    pub(super) fn http_stats_self(&self, asked: &Asked<'_>) -> HttpResponse {
        if let Some(refused) = check_method(asked, &["GET"]) {
            return refused;
        }
        let of_day = |at: Time| (self.config.epoch * 1_000_000 + at.as_micros()).cast_signed();
        let led = self.now.as_micros().saturating_sub(self.leadership.elected_at.as_micros());
        let leader = object([
            ("leader", format!("{:x}", self.lead()).into()),
            ("uptime", format!("{}.{:06}s", led / 1_000_000, led % 1_000_000).into()),
            ("startTime", rfc3339::shortest(of_day(self.leadership.elected_at)).into()),
        ]);
        let state = if self.is_leader() { "StateLeader" } else { "StateFollower" };
        let json = object([
            ("name", self.config.name.as_str().into()),
            ("id", format!("{:x}", self.me()).into()),
            ("state", state.into()),
            ("startTime", rfc3339::shortest(of_day(self.started_at)).into()),
            ("leaderInfo", leader),
            ("recvAppendRequestCnt", self.http.counts.received_appends.into()),
            ("sendAppendRequestCnt", self.http.counts.sent_appends.into()),
        ]);
        HttpResponse::json(200, to_json_text(&json))
    }

    pub(super) fn http_stats_leader(&self, asked: &Asked<'_>) -> HttpResponse {
        if let Some(refused) = check_method(asked, &["GET"]) {
            return refused;
        }
        if !self.is_leader() {
            return message(403, "not current leader");
        }
        let followers: Map<String, Value> = self
            .members
            .ids()
            .filter(|id| *id != self.me())
            .map(|id| {
                let fails = u64::from(self.peers.active_since(id).is_none());
                let counts = object([("fail", fails.into()), ("success", (1 - fails).into())]);
                (format!("{id:x}"), object([("counts", counts)]))
            })
            .collect();
        let json = object([("leader", format!("{:x}", self.me()).into()), ("followers", followers.into())]);
        HttpResponse::json(200, to_json_text(&json))
    }

    pub(super) fn http_stats_store(&self, asked: &Asked<'_>) -> HttpResponse {
        if let Some(refused) = check_method(asked, &["GET"]) {
            return refused;
        }
        let stats = self.machine.v2.stats(self.http.hub.len() as u64);
        HttpResponse { body: to_json_text(&stats).into(), ..line(200, &stats) }
    }
}
