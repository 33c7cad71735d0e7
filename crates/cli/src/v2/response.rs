//! Answers of version 2, read from JSON and printed (etcd: client/keys.go, etcdctl/ctlv2/command/format.go).

use etcd::rpc::HttpResponse;
use serde_json::Value;

use crate::print::{Object, array, json_quote};

use super::Context;
use super::failure::Failure;

/// A key or directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    pub key: String,
    pub dir: bool,
    pub value: String,
    pub nodes: Vec<Node>,
    has_nodes: bool,
    pub created_index: u64,
    pub modified_index: u64,
    expiration: Option<String>,
    pub ttl: i64,
}

/// What was done to a key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyResponse {
    pub action: String,
    pub node: Node,
    pub prev_node: Option<Node>,
    /// The store's index.
    pub index: u64,
}

/// A member as `/v2/members` shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Member {
    pub id: String,
    pub name: String,
    pub peer_urls: Vec<String>,
    pub client_urls: Vec<String>,
}

impl Member {
    /// How `member list` shows it.
    pub fn line(&self, leads: bool) -> String {
        let (id, peers, clients) = (&self.id, self.peer_urls.join(","), self.client_urls.join(","));
        if self.name.is_empty() {
            return format!("{id}[unstarted]: peerURLs={peers}");
        }
        format!("{id}: name={} peerURLs={peers} clientURLs={clients} isLeader={leads}", self.name)
    }
}

fn text(json: &Value, name: &str) -> String {
    json.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn texts(json: &Value, name: &str) -> Vec<String> {
    let items = json.get(name).and_then(Value::as_array);
    items.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn number(json: &Value, name: &str) -> u64 {
    json.get(name).and_then(Value::as_u64).unwrap_or_default()
}

impl Node {
    fn read(json: &Value) -> Node {
        let nodes = json.get("nodes").and_then(Value::as_array);
        Node {
            key: text(json, "key"),
            dir: json.get("dir").and_then(Value::as_bool).unwrap_or_default(),
            value: text(json, "value"),
            nodes: nodes.into_iter().flatten().map(Node::read).collect(),
            has_nodes: nodes.is_some(),
            created_index: number(json, "createdIndex"),
            modified_index: number(json, "modifiedIndex"),
            expiration: json.get("expiration").and_then(Value::as_str).map(str::to_owned),
            ttl: json.get("ttl").and_then(Value::as_i64).unwrap_or_default(),
        }
    }

    fn to_json(&self) -> String {
        let nodes = array(self.nodes.iter().map(Node::to_json));
        let mut json = Object::new()
            .raw("key", json_quote(&self.key))
            .flag("dir", self.dir)
            .raw("value", json_quote(&self.value))
            .raw("nodes", if self.has_nodes { nodes.as_str() } else { "null" })
            .raw("createdIndex", self.created_index)
            .raw("modifiedIndex", self.modified_index);
        if let Some(expiration) = &self.expiration {
            json = json.raw("expiration", json_quote(expiration));
        }
        json.int("ttl", self.ttl).finish()
    }
}

impl KeyResponse {
    /// Reads an answer, or the refusal in it.
    pub fn read(head: &HttpResponse, body: &[u8]) -> Result<KeyResponse, Failure> {
        if !matches!(head.status, 200 | 201) {
            return Err(refusal(body));
        }
        if body.is_empty() {
            return Err(Failure::EmptyBody);
        }
        let json: Value = serde_json::from_slice(body).map_err(|_| Failure::InvalidJson)?;
        Ok(KeyResponse {
            action: text(&json, "action"),
            node: json.get("node").map(Node::read).unwrap_or_default(),
            prev_node: json.get("prevNode").map(Node::read),
            index: head.header("X-Etcd-Index").and_then(|index| index.parse().ok()).unwrap_or_default(),
        })
    }

    fn to_json(&self) -> String {
        let prev = self.prev_node.as_ref().map(Node::to_json);
        Object::new()
            .raw("action", json_quote(&self.action))
            .raw("node", self.node.to_json())
            .raw("prevNode", prev.as_deref().unwrap_or("null"))
            .finish()
    }

    /// Prints it as `--output` asks.
    pub fn print(&self, context: &Context) {
        let prev = self.prev_node.as_ref().map(|node| node.value.as_str());
        let deleted = self.action == "delete";
        match context.output() {
            "simple" if deleted => context.println(format_args!("PrevNode.Value: {}", prev.unwrap_or_default())),
            "simple" => context.println(&self.node.value),
            "json" => context.println(self.to_json()),
            "extended" => {
                let Node { key, created_index, modified_index, ttl, value, .. } = &self.node;
                let prev = prev.map(|value| format!("PrevNode.Value: {value}\n")).unwrap_or_default();
                let value = if deleted { String::new() } else { format!("\n\n{value}") };
                let head = format!("Key: {key}\nCreated-Index: {created_index}\nModified-Index: {modified_index}\n");
                context.println(format_args!("{head}{prev}TTL: {ttl}\nIndex: {}{value}", self.index));
            }
            other => context.eprintln(format_args!("Unsupported output format: {other}")),
        }
    }
}

/// The refusal a body holds.
fn refusal(body: &[u8]) -> Failure {
    match serde_json::from_slice::<Value>(body) {
        Ok(json) if json.is_object() => Failure::Refused {
            code: number(&json, "errorCode"),
            message: text(&json, "message"),
            cause: text(&json, "cause"),
            index: number(&json, "index"),
        },
        _ => Failure::InvalidJson,
    }
}

/// The members in an answer.
pub fn read_members(body: &[u8]) -> Result<Vec<Member>, Failure> {
    let json: Value = serde_json::from_slice(body).map_err(|_| Failure::InvalidJson)?;
    let members = json.get("members").and_then(Value::as_array);
    Ok(members.into_iter().flatten().map(read_member).collect())
}

/// One member.
pub fn read_member(json: &Value) -> Member {
    Member {
        id: text(json, "id"),
        name: text(json, "name"),
        peer_urls: texts(json, "peerURLs"),
        client_urls: texts(json, "clientURLs"),
    }
}

/// The words in an answer that is a refusal.
pub fn read_message(body: &[u8]) -> String {
    serde_json::from_slice::<Value>(body).map(|json| text(&json, "message")).unwrap_or_default()
}
