//! Requests for keys, and what the commands that make them have in common (etcd: client/keys.go).

use crate::http::escape_path;

use super::client::{Action, Body, Client, Deadline, connect};
use super::failure::Failure;
use super::response::KeyResponse;
use super::{Context, code};

/// The most that is read from standard input, in bytes; a member refuses larger values anyway.
const MAX_INPUT: usize = 4 << 20;

/// The path of a key: absolute, without empty parts; a slash at the end stays (etcd: pkg/pathutil/path.go).
fn key_path(key: &str) -> String {
    let mut path = etcd::v2::clean(&format!("/v2/keys/{key}"));
    if key.ends_with('/') && !path.ends_with('/') {
        path.push('/');
    }
    escape_path(&path)
}

/// Reads a key.
pub fn get(key: &str, recursive: bool, sorted: bool, quorum: bool) -> Action {
    let flags = [("quorum", quorum), ("recursive", recursive), ("sorted", sorted)];
    let query = flags.into_iter().map(|(name, on)| (name, on.to_string())).collect();
    Action { method: "GET", path: key_path(key), query, ..Action::default() }
}

/// Waits for the next change, or the first from an index on.
pub fn wait(key: &str, recursive: bool, index: u64) -> Action {
    let query = vec![("recursive", recursive.to_string()), ("wait", "true".into()), ("waitIndex", index.to_string())];
    Action { method: "GET", path: key_path(key), query, ..Action::default() }
}

/// Under which conditions, and for how long, a key is written.
#[derive(Clone, Debug, Default)]
pub struct Write<'a> {
    pub dir: bool,
    pub prev_value: &'a str,
    pub prev_index: i64,
    pub prev_exist: Option<bool>,
    /// Seconds.
    pub ttl: i64,
}

/// Writes a key.
pub fn set(key: &str, value: &str, write: &Write<'_>) -> Action {
    let (mut query, mut form) = (Vec::new(), Vec::new());
    if write.dir {
        query.push(("dir", "true".to_owned()));
    } else {
        form.push(("value", value.to_owned()));
    }
    if let Some(exist) = write.prev_exist {
        query.push(("prevExist", exist.to_string()));
    }
    if write.prev_index != 0 {
        query.push(("prevIndex", write.prev_index.cast_unsigned().to_string()));
    }
    if !write.prev_value.is_empty() && !write.dir {
        query.push(("prevValue", write.prev_value.to_owned()));
    }
    add_ttl(&mut form, write.ttl);
    let one_shot = write.prev_exist == Some(false);
    Action { method: "PUT", path: key_path(key), query, body: Some(Body::Form(form)), one_shot }
}

/// Makes a key named by the store's index.
pub fn create_in_order(directory: &str, value: &str, ttl: i64) -> Action {
    let mut form = vec![("value", value.to_owned())];
    add_ttl(&mut form, ttl);
    Action { method: "POST", path: key_path(directory), body: Some(Body::Form(form)), ..Action::default() }
}

fn add_ttl(form: &mut Vec<(&'static str, String)>, ttl: i64) {
    if ttl > 0 {
        form.insert(0, ("ttl", ttl.to_string()));
    }
}

/// Deletes a key.
pub fn delete(key: &str, dir: bool, recursive: bool, prev_value: &str, prev_index: i64) -> Action {
    let mut query = Vec::new();
    if dir {
        query.push(("dir", "true".to_owned()));
    }
    if prev_index != 0 {
        query.push(("prevIndex", prev_index.cast_unsigned().to_string()));
    }
    if !prev_value.is_empty() {
        query.push(("prevValue", prev_value.to_owned()));
    }
    if recursive {
        query.push(("recursive", "true".to_owned()));
    }
    Action { method: "DELETE", path: key_path(key), query, body: Some(Body::Empty), one_shot: true }
}

impl Client {
    /// Carries out a request for a key.
    pub async fn key(&mut self, action: &Action, deadline: Deadline) -> Result<KeyResponse, Failure> {
        let (_, head, body) = self.act(action, deadline).await?;
        KeyResponse::read(&head, &body)
    }
}

/// A connected client and the first argument, which is a key.
pub async fn connect_for_key(context: &Context) -> Result<(Client, &str), i32> {
    let client = connect(context).await?;
    match context.args.first() {
        Some(key) => Ok((client, key)),
        None => Err(complain(context, "key required")),
    }
}

/// The second argument, or else what comes from standard input.
pub async fn value(context: &Context) -> Result<String, i32> {
    if let Some(value) = context.args.get(1) {
        return Ok(value.clone());
    }
    let input = context.process.stdin.read_to_end(MAX_INPUT).await.unwrap_or_default();
    if input.is_empty() {
        return Err(complain(context, "value required"));
    }
    Ok(String::from_utf8_lossy(&input).into_owned())
}

/// Carries out a request, or ends the command with the server's refusal.
pub async fn carry_out(context: &Context, client: &mut Client, action: &Action) -> Result<KeyResponse, i32> {
    match client.key(action, Deadline::total(context)).await {
        Ok(response) => Ok(response),
        Err(failure) => Err(failure.report(context, code::SERVER_ERROR)),
    }
}

/// Something is wrong with the arguments.
pub fn complain(context: &Context, words: &str) -> i32 {
    context.eprintln(format_args!("Error:  {words}"));
    code::BAD_ARGS
}
