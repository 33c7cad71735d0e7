//! What `endpoint health`, `status` and `hashkv` found at each endpoint.

use etcd::rpc::{HashKvResponse, StatusResponse};

use super::json::{Object, array, quote};
use super::json_messages::ToJson;
use super::{Printable, Simple, Table, header_fields, line};
use crate::go;
use crate::program::Exit;

/// One endpoint's health.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndpointHealth {
    pub endpoint: String,
    pub healthy: bool,
    /// How long the check took, as Go writes durations; empty when there was none.
    pub took: String,
    pub error: String,
}

/// One endpoint's status.
pub struct EndpointStatus {
    pub endpoint: String,
    pub status: StatusResponse,
}

/// One endpoint's hash.
pub struct EndpointHash {
    pub endpoint: String,
    pub hash: HashKvResponse,
}

impl Printable for Vec<EndpointHealth> {
    /// Healthy endpoints only; the others are told of on standard error.
    fn simple(&self, _: Simple, out: &mut Vec<u8>) {
        for h in self.iter().filter(|h| h.error.is_empty()) {
            let (endpoint, took) = (&h.endpoint, &h.took);
            line(out, format!("{endpoint} is healthy: successfully committed proposal: took = {took}"));
        }
    }

    fn fields(&self, out: &mut Vec<u8>) -> Option<()> {
        for h in self {
            line(out, format!("\"Endpoint\" : {}", go::quote(&h.endpoint)));
            line(out, format!("\"Health\" : {}", h.healthy));
            line(out, format!("\"Took\" : {}", h.took));
            line(out, format!("\"Error\" : {}", h.error));
            line(out, "");
        }
        Some(())
    }

    fn json(&self, _: bool) -> Option<String> {
        Some(array(self.iter().map(|h| {
            Object::new()
                .raw("endpoint", quote(&h.endpoint))
                .raw("health", h.healthy)
                .raw("took", quote(&h.took))
                .text("error", &h.error)
                .finish()
        })))
    }

    fn protobuf(&self) -> Option<Result<Vec<u8>, Exit>> {
        None
    }

    fn table(&self) -> Option<Table> {
        let row = |h: &EndpointHealth| vec![h.endpoint.clone(), h.healthy.to_string(), h.took.clone(), h.error.clone()];
        Some(Table { header: vec!["endpoint", "health", "took", "error"], rows: self.iter().map(row).collect() })
    }
}

impl Printable for Vec<EndpointStatus> {
    fn simple(&self, _: Simple, out: &mut Vec<u8>) {
        out.extend_from_slice(status_table(self).lines().as_bytes());
    }

    fn fields(&self, out: &mut Vec<u8>) -> Option<()> {
        for EndpointStatus { endpoint, status } in self {
            header_fields(&status.header, out);
            line(out, format!("\"Version\" : {}", go::quote(&status.version)));
            line(out, format!("\"DBSize\" : {}", status.db_size));
            line(out, format!("\"Leader\" : {}", status.leader));
            line(out, format!("\"IsLearner\" : {}", status.is_learner));
            line(out, format!("\"RaftIndex\" : {}", status.raft_index));
            line(out, format!("\"RaftTerm\" : {}", status.raft_term));
            line(out, format!("\"RaftAppliedIndex\" : {}", status.raft_applied_index));
            line(out, format!("\"Errors\" : [{}]", status.errors.join(" ")));
            line(out, format!("\"Endpoint\" : {}", go::quote(endpoint)));
            line(out, "");
        }
        Some(())
    }

    fn json(&self, _: bool) -> Option<String> {
        Some(array(self.iter().map(|s| {
            let status = s.status.object().finish();
            Object::new().raw("Endpoint", quote(&s.endpoint)).raw("Status", status).finish()
        })))
    }

    fn protobuf(&self) -> Option<Result<Vec<u8>, Exit>> {
        None
    }

    fn table(&self) -> Option<Table> {
        Some(status_table(self))
    }
}

fn status_table(list: &[EndpointStatus]) -> Table {
    let row = |s: &EndpointStatus| {
        let r = &s.status;
        vec![
            s.endpoint.clone(),
            format!("{:x}", r.header.member_id),
            r.version.clone(),
            go::humanize_bytes(u64::try_from(r.db_size).unwrap_or(0)),
            (r.leader == r.header.member_id).to_string(),
            r.is_learner.to_string(),
            r.raft_term.to_string(),
            r.raft_index.to_string(),
            r.raft_applied_index.to_string(),
            r.errors.join(", "),
        ]
    };
    Table {
        header: vec![
            "endpoint",
            "ID",
            "version",
            "db size",
            "is leader",
            "is learner",
            "raft term",
            "raft index",
            "raft applied index",
            "errors",
        ],
        rows: list.iter().map(row).collect(),
    }
}

impl Printable for Vec<EndpointHash> {
    fn simple(&self, _: Simple, out: &mut Vec<u8>) {
        out.extend_from_slice(hash_table(self).lines().as_bytes());
    }

    fn fields(&self, out: &mut Vec<u8>) -> Option<()> {
        for EndpointHash { endpoint, hash } in self {
            header_fields(&hash.header, out);
            line(out, format!("\"Endpoint\" : {}", go::quote(endpoint)));
            line(out, format!("\"Hash\" : {}", hash.hash));
            line(out, "");
        }
        Some(())
    }

    fn json(&self, _: bool) -> Option<String> {
        Some(array(self.iter().map(|h| {
            let hash = h.hash.object().finish();
            Object::new().raw("Endpoint", quote(&h.endpoint)).raw("HashKV", hash).finish()
        })))
    }

    fn protobuf(&self) -> Option<Result<Vec<u8>, Exit>> {
        None
    }

    fn table(&self) -> Option<Table> {
        Some(hash_table(self))
    }
}

fn hash_table(list: &[EndpointHash]) -> Table {
    let row = |h: &EndpointHash| vec![h.endpoint.clone(), h.hash.hash.to_string()];
    Table { header: vec!["endpoint", "hash"], rows: list.iter().map(row).collect() }
}
