//! Lines in the form of Go's zap logger, which etcdctl and its client write to standard error.

use shell::{FsError, Process};

use crate::print::{Object, json_quote};

/// One line as JSON: `{"level":"warn","ts":…,"caller":…,"msg":…, fields}`.
pub fn json(process: &Process, level: &str, caller: &str, message: &str, fields: Object) {
    let head = Object::new()
        .raw("level", json_quote(level))
        .raw("ts", json_quote(&timestamp(process.wall_clock(), true)))
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
    let time = timestamp(process.wall_clock(), false);
    let fields: Vec<_> = fields.iter().map(|(k, v)| format!("{}: {v}", json_quote(k))).collect();
    let tail = if fields.is_empty() { String::new() } else { format!("\t{{{}}}", fields.join(", ")) };
    process.eprint(format!("{time}\t{level}\t{caller}\t{message}{tail}\n"));
}

/// RFC 3339 in UTC of microseconds since 1970, with or without their fraction.
pub fn timestamp(micros: i64, fraction: bool) -> String {
    let seconds = micros.div_euclid(1_000_000);
    let (year, month, day) = civil(seconds.div_euclid(86_400));
    let of_day = seconds.rem_euclid(86_400);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    let text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
    let part = format!("{:06}", micros.rem_euclid(1_000_000));
    match part.trim_end_matches('0') {
        digits if fraction && !digits.is_empty() => format!("{text}.{digits}Z"),
        _ => format!("{text}Z"),
    }
}

/// The date of a day counted from 1970 (Howard Hinnant's algorithm on years that begin in March).
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// A file error in Go's words: `open x.db: no such file or directory`.
pub fn file_error(operation: &str, path: &str, error: FsError) -> String {
    let text = error.to_string();
    let mut chars = text.chars();
    let lower = chars.next().map(|c| c.to_ascii_lowercase()).into_iter().chain(chars).collect::<String>();
    format!("{operation} {path}: {lower}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_rfc_3339() {
        assert_eq!(timestamp(1_795_309_496_537_450, true), "2026-11-22T01:04:56.53745Z");
        assert_eq!(timestamp(1_795_309_496_000_000, true), "2026-11-22T01:04:56Z");
        assert_eq!(timestamp(951_782_400_000_000, false), "2000-02-29T00:00:00Z");
    }
}
