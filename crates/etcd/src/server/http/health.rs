//! `/version`, `/health`, and since 3.5 `/livez` and `/readyz` (etcd: etcdserver/api/etcdhttp/health.go).

use sim::Micros;

use super::pending::{Pending, object};
use super::{Asked, check_method};
use crate::apply::Op;
use crate::auth::AuthInfo;
use crate::rpc::*;
use crate::server::Effects;
use crate::server::process::Process;
use crate::server::proposals::Caller;
use crate::v2::{Form, KeyRequest, Method, to_json_text};

/// How long release 3.4 waits for its own read (etcd 3.4: etcdhttp/metrics.go, `checkHealth`).
const PATIENCE: Micros = Micros::secs(1);

/// What a probe has found out before it asked the cluster.
#[derive(Clone, Debug)]
pub(super) struct Probe {
    verbose: bool,
    /// Names of checks, and what each of them found wrong.
    checks: Vec<(&'static str, Option<String>)>,
}

impl Probe {
    /// The answer once the last check, a linearizable read, has ended.
    pub(super) fn answer(mut self, error: Option<Status>) -> HttpResponse {
        if let Some((_, found)) = self.checks.iter_mut().find(|(name, _)| *name == "linearizable_read") {
            *found = error.map(|status| format!("linearizable read error: {}", status.message));
        }
        let line = |(name, wrong): &(&str, Option<String>)| match wrong {
            Some(wrong) => format!("[-]{name} failed: {wrong}\n"),
            None => format!("[+]{name} ok\n"),
        };
        let report: String = self.checks.iter().map(line).collect();
        if self.checks.iter().any(|(_, wrong)| wrong.is_some()) {
            return HttpResponse::error(503, &report);
        }
        let body = if self.verbose { report + "ok\n" } else { "ok\n".to_owned() };
        HttpResponse::new(200, "text/plain; charset=utf-8", body).with("X-Content-Type-Options", "nosniff")
    }
}

/// Healthy, if there is no reason against it.
pub(super) fn health_answer(reason: &str, with_reason: bool) -> HttpResponse {
    let health = if reason.is_empty() { "true" } else { "false" };
    let mut fields = vec![("health", health.into())];
    if with_reason {
        fields.push(("reason", reason.into()));
    }
    let json = to_json_text(&object(fields));
    if reason.is_empty() {
        HttpResponse::new(200, "text/plain; charset=utf-8", json)
    } else {
        HttpResponse::error(503, &json)
    }
}

impl Process {
    pub(super) fn http_version(&self, asked: &Asked<'_>) -> HttpResponse {
        if let Some(refused) = check_method(asked, &["GET"]) {
            return refused;
        }
        let cluster = self.members.version.clone().unwrap_or_else(|| "not_decided".into());
        let json = object([("etcdserver", self.config.version.as_str().into()), ("etcdcluster", cluster.into())]);
        HttpResponse::json(200, to_json_text(&json))
    }

    pub(super) fn http_health(&mut self, caller: Caller, asked: &Asked<'_>, out: &mut Effects) -> Option<HttpResponse> {
        if let Some(refused) = check_method(asked, &["GET"]) {
            return Some(refused);
        }
        let with_reason = !self.config.version.starts_with("3.4.");
        let form = Form::parse(asked.query).unwrap_or_default();
        let excluded = form.get("exclude").unwrap_or_default();
        let alarms = self.machine.alarms().list(AlarmType::None);
        if let Some(raised) = alarms.iter().find(|raised| raised.alarm.name() != excluded) {
            return Some(health_answer(&format!("ALARM {}", raised.alarm.name()), with_reason));
        }
        let serializable = with_reason && form.get("serializable") == Some("true");
        if !serializable && self.lead() == 0 {
            return Some(health_answer("RAFT NO LEADER", with_reason));
        }
        if serializable {
            return Some(health_answer("", with_reason));
        }
        if with_reason && !self.config.enable_v2 {
            self.probe_read(caller, Pending::Health { with_reason });
        } else {
            self.http_wait(caller, Pending::Health { with_reason }, Some(PATIENCE));
            let read = KeyRequest::new(Method::QuorumGet, "/", self.unix_micros());
            self.propose(caller, AuthInfo::default(), Op::V2(read), out);
        }
        None
    }

    pub(super) fn http_probe(&mut self, caller: Caller, asked: &Asked<'_>, _out: &mut Effects) -> Option<HttpResponse> {
        if let Some(refused) = check_method(asked, &["GET"]) {
            return Some(refused);
        }
        let form = Form::parse(asked.query).unwrap_or_default();
        let excluded = form.get("exclude").unwrap_or_default();
        let corrupt = self.machine.alarms().is_raised(AlarmType::Corrupt);
        let mut checks = vec![("serializable_read", None)];
        if asked.path == "/readyz" {
            checks.push(("linearizable_read", None));
            checks.push(("data_corruption", corrupt.then(|| "alarm activated: CORRUPT".to_owned())));
            checks.push(("non_learner", self.is_learner().then(|| "not supported for learner".to_owned())));
        }
        checks.retain(|(name, _)| *name != excluded);
        let asks = checks.iter().any(|(name, _)| *name == "linearizable_read");
        let probe = Probe { verbose: form.get("verbose").is_some(), checks };
        if !asks {
            return Some(probe.answer(None));
        }
        self.probe_read(caller, Pending::Probe(probe));
        None
    }

    /// A linearizable read that no permission stands against.
    fn probe_read(&mut self, caller: Caller, pending: Pending) {
        self.http_wait(caller, pending, None);
        let members = MemberListRequest { linearizable: true };
        let read = crate::server::reads::Read { caller, token: None, request: members.into() };
        self.read_when_current(read);
    }
}
