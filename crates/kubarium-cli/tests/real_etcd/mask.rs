//! What may differ between two clusters: ids, addresses, times. Everything else has to be the same.

use crate::arms::Answer;
use serde_json::Value;

/// Ids in the order they were first seen: the n-th of one arm stands for the n-th of the other.
#[derive(Default)]
pub struct Ids(Vec<u64>);

impl Ids {
    fn name(&mut self, id: u64) -> String {
        let at = self.0.iter().position(|known| *known == id).unwrap_or_else(|| {
            self.0.push(id);
            self.0.len() - 1
        });
        format!("<id{at}>")
    }

    /// An id is a number of 64 bits: 14 to 16 hexadecimal digits, or 15 and more decimal ones.
    fn word(&mut self, word: &str) -> Option<String> {
        if word.len() >= 15 && word.bytes().all(|b| b.is_ascii_digit()) {
            return word.parse().ok().map(|id| self.name(id));
        }
        let hex = (14..=16).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_hexdigit());
        hex.then(|| u64::from_str_radix(word, 16).ok()).flatten().map(|id| self.name(id))
    }
}

/// An answer as text in which whatever may differ is named by its kind. Of standard error only what is meant for the
/// person counts, not the client library's lines of JSON.
pub fn answer(answer: &Answer, ids: &mut Ids) -> String {
    let errors: String =
        answer.stderr.lines().filter(|line| !line.starts_with('{')).map(|line| format!("{line}\n")).collect();
    // The JSON of release 3.4 names the operations of a transaction in the style of Go, later ones as the proto does.
    let style = [("ResponsePut", "response_put"), ("ResponseRange", "response_range")];
    let style = style.into_iter().chain([("ResponseDeleteRange", "response_delete_range")]);
    let stdout = style.fold(answer.stdout.clone(), |text, (go, proto)| text.replace(go, proto));
    let stdout = text(&stdout, ids);
    format!("{stdout}{}exit code {}\n", text(&errors, ids), answer.code)
}

fn text(text: &str, ids: &mut Ids) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        if end == 0 {
            out.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let word = &rest[..end];
        match ids.word(word) {
            Some(name) => out.push_str(&name),
            // A port comes after the address of this machine; a time to live, after the words of `lease`.
            None if out.ends_with("127.0.0.1:") => out.push_str("<port>"),
            None if out.ends_with("remaining(") => out.push_str("<seconds>"),
            None => out.push_str(word),
        }
        rest = &rest[end..];
    }
    out
}

/// An answer of the JSON gateway without ids and times, and with what has no order put into one.
pub fn json(mut answer: Value, path: &str) -> Value {
    if let Value::Object(fields) = &mut answer {
        if path.ends_with("timetolive") {
            // A revoked lease has -1 here, which counts.
            fields.get_mut("TTL").filter(|ttl| ttl.as_str().is_some_and(|ttl| !ttl.starts_with('-'))).map(Value::take);
        }
        for list in ["keys", "leases"] {
            if let Some(Value::Array(items)) = fields.get_mut(list) {
                items.sort_by_key(Value::to_string);
            }
        }
    }
    without_ids(&mut answer);
    answer
}

fn without_ids(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                if name == "cluster_id" || name == "member_id" {
                    value.take();
                }
                without_ids(value);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(without_ids),
        _ => {}
    }
}
