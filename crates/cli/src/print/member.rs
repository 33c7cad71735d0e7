//! Answers about members: the list, changes, alarms.

use etcd::rpc::{AlarmResponse, MemberAddResponse, MemberListResponse};

use super::json::quote;
use super::json_messages::ToJson;
use super::wire_messages::ToWire;
use super::{Printable, Simple, Table, header_fields, line, message_formats};
use crate::go;
use crate::program::Exit;

impl Printable for MemberListResponse {
    fn simple(&self, _: Simple, out: &mut Vec<u8>) {
        out.extend_from_slice(member_table(self).lines().as_bytes());
    }

    fn fields(&self, out: &mut Vec<u8>) -> Option<()> {
        header_fields(&self.header, out);
        for m in &self.members {
            line(out, format!("\"ID\" : {}", m.id));
            line(out, format!("\"Name\" : {}", go::quote(&m.name)));
            m.peer_urls.iter().for_each(|u| line(out, format!("\"PeerURL\" : {}", go::quote(u))));
            m.client_urls.iter().for_each(|u| line(out, format!("\"ClientURL\" : {}", go::quote(u))));
            line(out, format!("\"IsLearner\" : {}", m.is_learner));
            line(out, "");
        }
        Some(())
    }

    fn json(&self, hex: bool) -> Option<String> {
        Some(if hex { hex_json(self) } else { self.object().finish() })
    }

    fn protobuf(&self) -> Option<Result<Vec<u8>, Exit>> {
        Some(Ok(self.encode()))
    }

    fn table(&self) -> Option<Table> {
        Some(member_table(self))
    }
}

fn member_table(response: &MemberListResponse) -> Table {
    let row = |m: &etcd::rpc::Member| {
        vec![
            format!("{:x}", m.id),
            if m.name.is_empty() { "unstarted" } else { "started" }.to_owned(),
            m.name.clone(),
            m.peer_urls.join(","),
            m.client_urls.join(","),
            m.is_learner.to_string(),
        ]
    };
    Table {
        header: vec!["ID", "Status", "Name", "Peer Addrs", "Client Addrs", "Is Learner"],
        rows: response.members.iter().map(row).collect(),
    }
}

/// `-w json --hex`: ids in hexadecimal, in a text of its own that differs from the usual one in a few names.
fn hex_json(response: &MemberListResponse) -> String {
    let urls = |urls: &[String]| match urls {
        [] => "null".to_owned(),
        urls => super::array(urls.iter().map(|u| quote(u))),
    };
    let h = &response.header;
    let members: Vec<String> = response
        .members
        .iter()
        .map(|m| {
            let (peers, clients) = (urls(&m.peer_urls), urls(&m.client_urls));
            format!("{{\"ID\":\"{:x}\",\"name\":\"{}\",\"peerURLs\":{peers},\"clientURLS\":{clients}}}", m.id, m.name)
        })
        .collect();
    let list = if members.is_empty() { String::new() } else { format!(",\"members\":[{}]", members.join(",")) };
    format!(
        "{{\"header\":{{\"cluster_id\":\"{:x}\",\"member_id\":\"{:x}\",\"raft_term\":{}}}{list}}}",
        h.cluster_id, h.member_id, h.raft_term
    )
}

impl Printable for MemberAddResponse {
    fn simple(&self, _: Simple, out: &mut Vec<u8>) {
        line(out, format!("Member {:16x} added to cluster {:16x}", self.member.id, self.header.cluster_id));
    }

    message_formats!();
}

impl Printable for AlarmResponse {
    fn simple(&self, _: Simple, out: &mut Vec<u8>) {
        for alarm in &self.alarms {
            line(out, format!("memberID:{} alarm:{} ", alarm.member_id, alarm.alarm.name()));
        }
    }

    fn fields(&self, out: &mut Vec<u8>) -> Option<()> {
        header_fields(&self.header, out);
        for alarm in &self.alarms {
            line(out, format!("\"MemberID\" : {}", alarm.member_id));
            line(out, format!("\"AlarmType\" : {}", alarm.alarm.name()));
            line(out, "");
        }
        Some(())
    }

    message_formats!();
}
