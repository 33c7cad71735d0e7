//! Lines in the form of Go's zap logger, which etcdctl and its client write to standard error.

use calendar::rfc3339;
use shell::{FsError, Process};

use crate::print::{Object, json_quote};

/// One line as JSON: `{"level":"warn","ts":…,"caller":…,"msg":…, fields}`.
pub fn json(process: &Process, level: &str, caller: &str, message: &str, fields: Object) {
    let head = Object::new()
        .raw("level", json_quote(level))
        .raw("ts", json_quote(&rfc3339::shortest(process.wall_clock())))
        .raw("caller", json_quote(caller))
        .raw("msg", json_quote(message));
    process.eprint(head.flatten(fields).finish() + "\n");
}

/// One line as JSON in which the time is a number of seconds, as etcdctl 3.4 writes what its libraries do on files.
pub fn json_of_fields(process: &Process, caller: &str, message: &str, fields: &[(&str, String)]) {
    let head = Object::new()
        .raw("level", json_quote("info"))
        .raw("ts", process.wall_clock() as f64 / 1e6)
        .raw("caller", json_quote(caller))
        .raw("msg", json_quote(message));
    let line = fields.iter().fold(head, |line, (key, value)| line.raw(key, value));
    process.eprint(line.finish() + "\n");
}

/// One line for people: time, level, place, message and the fields as JSON, separated by tabs.
pub fn console(process: &Process, level: &str, caller: &str, message: &str, fields: &[(&str, String)]) {
    let time = rfc3339::seconds(process.wall_clock().div_euclid(1_000_000));
    let fields: Vec<_> = fields.iter().map(|(k, v)| format!("{}: {v}", json_quote(k))).collect();
    let tail = if fields.is_empty() { String::new() } else { format!("\t{{{}}}", fields.join(", ")) };
    process.eprint(format!("{time}\t{level}\t{caller}\t{message}{tail}\n"));
}

/// A file error in Go's words: `open x.db: no such file or directory`.
pub fn file_error(operation: &str, path: &str, error: FsError) -> String {
    let text = error.to_string();
    let mut chars = text.chars();
    let lower = chars.next().map(|c| c.to_ascii_lowercase()).into_iter().chain(chars).collect::<String>();
    format!("{operation} {path}: {lower}")
}
