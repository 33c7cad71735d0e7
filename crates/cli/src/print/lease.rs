//! Answers of the lease service. etcdctl shows the client library's structs, whose header is embedded: JSON has its
//! fields beside the answer's own, and protobuf, found on the header, encodes nothing else.

use etcd::rpc::{
    LeaseGrantResponse, LeaseKeepAliveResponse, LeaseLeasesResponse, LeaseRevokeResponse, LeaseTimeToLiveResponse,
    ResponseHeader,
};

use super::json::{Object, array, base64, quote};
use super::json_messages::ToJson;
use super::wire_messages::ToWire;
use super::{Printable, Simple, header_fields, line};
use crate::go;
use crate::program::{Exit, code};

/// A lease's id as etcdctl writes it: sixteen hexadecimal digits, of which a sign takes one.
pub fn lease_id(id: i64) -> String {
    if id < 0 { format!("-{:015x}", id.unsigned_abs()) } else { format!("{id:016x}") }
}

fn id_and_ttl(header: &ResponseHeader, id: i64, ttl: i64, out: &mut Vec<u8>) {
    header_fields(header, out);
    line(out, format!("\"ID\" : {id}"));
    line(out, format!("\"TTL\" : {ttl}"));
}

/// A lease has been granted.
pub struct Granted(pub LeaseGrantResponse);

impl Printable for Granted {
    fn simple(&self, _: Simple, out: &mut Vec<u8>) {
        line(out, format!("lease {} granted with TTL({}s)", lease_id(self.0.id), self.0.ttl));
    }

    fn fields(&self, out: &mut Vec<u8>) -> Option<()> {
        id_and_ttl(&self.0.header, self.0.id, self.0.ttl, out);
        Some(())
    }

    fn json(&self, _: bool) -> Option<String> {
        let own = Object::new().raw("ID", self.0.id).raw("TTL", self.0.ttl).raw("Error", quote(&self.0.error));
        Some(self.0.header.object().flatten(own).finish())
    }

    fn protobuf(&self) -> Option<Result<Vec<u8>, Exit>> {
        Some(Ok(self.0.header.encode()))
    }
}

/// A lease has been renewed.
pub struct KeptAlive(pub LeaseKeepAliveResponse);

impl Printable for KeptAlive {
    fn simple(&self, _: Simple, out: &mut Vec<u8>) {
        line(out, format!("lease {} keepalived with TTL({})", lease_id(self.0.id), self.0.ttl));
    }

    fn fields(&self, out: &mut Vec<u8>) -> Option<()> {
        id_and_ttl(&self.0.header, self.0.id, self.0.ttl, out);
        Some(())
    }

    fn json(&self, _: bool) -> Option<String> {
        let own = Object::new().raw("ID", self.0.id).raw("TTL", self.0.ttl);
        Some(self.0.header.object().flatten(own).finish())
    }

    fn protobuf(&self) -> Option<Result<Vec<u8>, Exit>> {
        Some(Ok(self.0.header.encode()))
    }
}

/// What is left of a lease.
pub struct TimeToLive {
    pub response: LeaseTimeToLiveResponse,
    /// Whether the keys were asked for.
    pub keys: bool,
}

impl Printable for TimeToLive {
    fn simple(&self, _: Simple, out: &mut Vec<u8>) {
        let r = &self.response;
        if r.granted_ttl == 0 && r.ttl == -1 {
            return line(out, format!("lease {} already expired", lease_id(r.id)));
        }
        let head = format!("lease {} granted with TTL({}s), remaining({}s)", lease_id(r.id), r.granted_ttl, r.ttl);
        out.extend_from_slice(head.as_bytes());
        if self.keys {
            let keys: Vec<&[u8]> = r.keys.iter().map(|k| &k[..]).collect();
            out.extend_from_slice(b", attached keys([");
            out.extend_from_slice(&keys.join(&b' '));
            out.extend_from_slice(b"])");
        }
        out.push(b'\n');
    }

    fn fields(&self, out: &mut Vec<u8>) -> Option<()> {
        let r = &self.response;
        id_and_ttl(&r.header, r.id, r.ttl, out);
        line(out, format!("\"GrantedTTL\" : {}", r.granted_ttl));
        r.keys.iter().for_each(|k| line(out, format!("\"Key\" : {}", go::quote_bytes(k))));
        Some(())
    }

    fn json(&self, _: bool) -> Option<String> {
        let r = &self.response;
        let keys = if r.keys.is_empty() { "null".to_owned() } else { array(r.keys.iter().map(|k| base64(k))) };
        let own = Object::new().raw("id", r.id).raw("ttl", r.ttl).raw("granted-ttl", r.granted_ttl).raw("keys", keys);
        Some(r.header.object().flatten(own).finish())
    }

    fn protobuf(&self) -> Option<Result<Vec<u8>, Exit>> {
        Some(Ok(self.response.header.encode()))
    }
}

/// All leases.
pub struct LeaseList(pub LeaseLeasesResponse);

impl Printable for LeaseList {
    fn simple(&self, _: Simple, out: &mut Vec<u8>) {
        line(out, format!("found {} leases", self.0.leases.len()));
        self.0.leases.iter().for_each(|l| line(out, lease_id(l.id)));
    }

    fn fields(&self, out: &mut Vec<u8>) -> Option<()> {
        header_fields(&self.0.header, out);
        self.0.leases.iter().for_each(|l| line(out, format!("\"ID\" : {}", l.id)));
        Some(())
    }

    fn json(&self, _: bool) -> Option<String> {
        let leases = array(self.0.leases.iter().map(|l| Object::new().raw("id", l.id).finish()));
        Some(self.0.header.object().flatten(Object::new().raw("leases", leases)).finish())
    }

    fn protobuf(&self) -> Option<Result<Vec<u8>, Exit>> {
        Some(Ok(self.0.header.encode()))
    }
}

/// A lease has been revoked.
pub struct LeaseRevoked {
    pub id: i64,
    pub response: LeaseRevokeResponse,
}

impl Printable for LeaseRevoked {
    fn simple(&self, _: Simple, out: &mut Vec<u8>) {
        line(out, format!("lease {} revoked", lease_id(self.id)));
    }

    fn fields(&self, out: &mut Vec<u8>) -> Option<()> {
        header_fields(&self.response.header, out);
        Some(())
    }

    fn json(&self, _: bool) -> Option<String> {
        Some(self.response.object().finish())
    }

    /// The struct that the original hands to its encoder has no such method; it prints the struct instead.
    fn protobuf(&self) -> Option<Result<Vec<u8>, Exit>> {
        let h = &self.response.header;
        let shown = format!(
            "{{cluster_id:{} member_id:{} revision:{} raft_term:{}  {{}} [] 0}}",
            h.cluster_id, h.member_id, h.revision, h.raft_term
        );
        let message = format!("marshal unsupported for type clientv3.LeaseRevokeResponse ({shown})");
        Some(Err(Exit::new(code::BAD_FEATURE, message)))
    }
}
