//! Whether an answer is the recorded one: the rules of the corpus's `score.py`, which is the definition.
//!
//! The recorded text holds placeholders (`<id1>`, `<ms>`, …) that stand for shapes; an id binds on first sight and must
//! stay the same within a case.

use super::case::{Answer, Expected};
use super::help;
use fancy_regex::{Regex, RegexBuilder};
use std::collections::BTreeMap;

/// Ids seen so far in a case: name to lower-case hexadecimal text.
pub type Bound = BTreeMap<String, String>;

/// What each placeholder may stand for.
const SHAPES: &[(&str, &str)] = &[
    ("ts", r"[0-9][0-9T:.,+\-Z /]*"),
    ("time", r"[0-9A-Za-z][0-9A-Za-z:.,+\-/ ]*?"),
    ("ms", r"[0-9.]+ ?(?:ns|µs|us|ms|s|m)?(?:[0-9.]+(?:ms|s))?"),
    ("port", r"\d+"),
    ("ptr", r"0x[0-9a-f]+|0x[0-9A-F]+"),
    ("dbsize", r"[0-9.]+(?: ?[kKMG]?i?B)?"),
    ("gotrace", r"[\s\S]*"),
    ("var", r"\S+(?: \S+)*?"),
    ("varline", r"[^\n]*"),
    ("age", r"(?:\d+[smhdy])+|<unknown>|<invalid>"),
    ("uid", r"[0-9a-f-]{36}"),
    ("rv", r"\d+"),
    ("ip", r"[0-9.]+|<none>"),
    ("hash", r"[a-z0-9]+"),
    ("crhash", r"[a-z0-9]+"),
    ("rand5", r"[a-z0-9]{1,5}"),
    ("cronmin", r"\d+"),
    ("nodeport", r"3[0-2]\d{3}"),
    ("cid", r"[a-z+.]*:?/{0,2}[0-9a-f]+"),
    ("sha", r"(?:sha256:)?[0-9a-f]+"),
    ("evt", r"[0-9a-f]{16}"),
    ("dur", r"[0-9.hmsµn]+"),
    ("n", r"\d+"),
    ("jwt", r"[A-Za-z0-9_.\-]+"),
    ("pem", r"[\s\S]*?"),
    ("base64", r"[A-Za-z0-9+/=\n]+"),
    ("hash26", r"[a-z0-9-]+"),
    ("hostname", r"\S+"),
    ("tmpfile", r"\S+"),
    ("tmp", r"\S+"),
    ("klog", r"[^\n]*"),
    ("kubeconfig", r"\S+"),
];

/// Compares an answer with what was recorded and binds the ids it shows.
///
/// # Errors
/// Says what differs, with both texts.
pub fn compare(expected: &Expected, answer: Option<&Answer>, bound: &mut Bound) -> Result<(), String> {
    compare_with(expected, answer, bound, |_| None)
}

/// The same with help texts compared by what they offer, not by their words. `all_help` is for cases that show nothing
/// but help, or what a filter left of it.
///
/// # Errors
/// Says what differs.
pub fn compare_offers(
    expected: &Expected,
    answer: Option<&Answer>,
    bound: &mut Bound,
    all_help: bool,
) -> Result<(), String> {
    compare_with(expected, answer, bound, |want| (all_help || help::is_help(want)).then_some(help::compare))
}

type CompareHelp = fn(&str, &str) -> Result<(), String>;

fn compare_with(
    expected: &Expected,
    answer: Option<&Answer>,
    bound: &mut Bound,
    as_help: impl Fn(&str) -> Option<CompareHelp>,
) -> Result<(), String> {
    let Some(answer) = answer else { return Err("no answer".into()) };
    if !expected.codes.contains(&answer.code) {
        let codes: Vec<String> = expected.codes.iter().map(i32::to_string).collect();
        return Err(format!("code {} for {}\n{}", answer.code, codes.join(" or "), answer.stderr));
    }
    for (stream, want, have) in
        [("stdout", &expected.stdout, &answer.stdout), ("stderr", &expected.stderr, &answer.stderr)]
    {
        let how = expected.varies(stream);
        if how.contains("unstable") {
            continue;
        }
        let (mut want, mut have) = (want.clone(), have.clone());
        if stream == "stderr" {
            (want, have) = (person_lines(&want), person_lines(&have));
        }
        if let Some(compare) = as_help(&want) {
            compare(&want, &have).map_err(|why| format!("{stream}: {why}"))?;
            continue;
        }
        if how.contains("squeezed") || how.contains("reordered") {
            (want, have) = (squeeze(&want), squeeze(&have));
        }
        if !same(&want, &have, bound, how.contains("reordered")) {
            return Err(format!("{stream}\n--- real\n{want}\n--- ours\n{have}"));
        }
    }
    Ok(())
}

/// Compares an answer of `kubectl` with what was recorded: columns collapse, nodes that are equal to the scheduler count
/// as equal, lines may come in another order, and repeats of a line of progress count once.
///
/// # Errors
/// Says what differs.
pub fn compare_kubectl(want: &Answer, answer: Option<&Answer>, bound: &mut Bound) -> Result<(), String> {
    let Some(answer) = answer else { return Err("no answer".into()) };
    if answer.code != want.code {
        return Err(format!("code {} for {}\n{}", answer.code, want.code, answer.stderr));
    }
    for (stream, want, have) in [("stdout", &want.stdout, &answer.stdout), ("stderr", &want.stderr, &answer.stderr)] {
        let (want, have) = (collapse(want), collapse(have));
        if !same(&want, &have, bound, false) && !same(&want, &have, bound, true) {
            return Err(format!("{stream}\n--- real\n{want}\n--- ours\n{have}"));
        }
    }
    Ok(())
}

fn collapse(text: &str) -> String {
    let mut out: Vec<String> = Vec::new();
    for line in lines(text) {
        let line = without_repeats(&line.replace("worker1", "workerN").replace("worker2", "workerN"));
        let indent = line.len() - line.trim_start_matches(' ').len();
        let mut collapsed = line[..indent].to_owned();
        let mut rest = &line[indent..];
        while let Some(at) = rest.find("  ") {
            collapsed.push_str(&rest[..at]);
            collapsed.push_str("  ");
            rest = rest[at..].trim_start_matches(' ');
        }
        collapsed.push_str(rest);
        let collapsed = collapsed.trim_end().to_owned();
        if !(collapsed.starts_with("Waiting for") && out.last() == Some(&collapsed)) {
            out.push(collapsed);
        }
    }
    out.join("\n")
}

/// A line without how often something was seen: `(x3 over 10s)`.
fn without_repeats(line: &str) -> String {
    let Ok(repeats) = Regex::new(r"\s*\(x(?:\d+|<n>)(?: over (?:[0-9smhd]+|<age>))?\)") else { return line.to_owned() };
    repeats.replace_all(line, "").into_owned()
}

/// Stderr without the client library's JSON warnings: only what is meant for the person counts.
fn person_lines(text: &str) -> String {
    lines(text)
        .into_iter()
        .filter(|line| !line.is_empty() && *line != "<varline>" && !line.starts_with("{\"level\""))
        .map(|line| format!("{line}\n"))
        .collect()
}

/// Table borders and runs of blanks, shortened to one.
fn squeeze(text: &str) -> String {
    let squeezed: Vec<String> = lines(text)
        .into_iter()
        .map(|line| {
            if !line.starts_with(['|', '+']) {
                return line.to_string();
            }
            let mut out = String::new();
            let mut dashes = 0;
            for c in line.chars() {
                dashes = if c == '-' { dashes + 1 } else { 0 };
                if (c == ' ' && out.ends_with(' ')) || dashes > 2 {
                    continue;
                }
                out.push(c);
            }
            out.trim().to_string()
        })
        .collect();
    squeezed.join("\n")
}

/// The lines of a text, broken where Python's `splitlines` breaks them.
fn lines(text: &str) -> Vec<&str> {
    const BREAKS: [char; 10] =
        ['\n', '\r', '\u{b}', '\u{c}', '\u{1c}', '\u{1d}', '\u{1e}', '\u{85}', '\u{2028}', '\u{2029}'];
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(BREAKS) {
        out.push(&rest[..at]);
        let width =
            if rest[at..].starts_with("\r\n") { 2 } else { rest[at..].chars().next().map_or(1, char::len_utf8) };
        rest = &rest[at + width..];
    }
    if !rest.is_empty() {
        out.push(rest);
    }
    out
}

fn same(expected: &str, actual: &str, bound: &mut Bound, unordered: bool) -> bool {
    if !unordered {
        return matches(expected, actual, bound);
    }
    let mut want = lines(expected);
    let mut have = lines(actual);
    if want.len() != have.len() {
        return false;
    }
    want.sort_by_key(|line| placeholders(line).len());
    want.into_iter().all(|line| match have.iter().position(|got| matches(line, got, bound)) {
        Some(at) => {
            have.remove(at);
            true
        }
        None => false,
    })
}

fn matches(expected: &str, actual: &str, bound: &mut Bound) -> bool {
    if !expected.contains('<') {
        return expected == actual;
    }
    let Some(regex) = pattern(expected, bound) else { return expected == actual };
    let Ok(Some(found)) = regex.captures(actual) else { return false };
    for name in regex.capture_names().flatten() {
        let Some(value) = found.name(name) else { continue };
        let (base, text) = match name.strip_suffix('d') {
            Some(base) => (base, value.as_str().parse::<u64>().map(|id| format!("{id:x}")).unwrap_or_default()),
            None => (name, value.as_str().to_string()),
        };
        bound.entry(base.to_string()).or_insert(text);
    }
    true
}

/// The placeholders of a text: where they stand and their names.
fn placeholders(text: &str) -> Vec<(usize, usize, &str)> {
    let mut out = Vec::new();
    let mut from = 0;
    while let Some(start) = text[from..].find('<').map(|at| from + at) {
        let inner = &text[start + 1..];
        let letters = inner.len() - inner.trim_start_matches(|c: char| c.is_ascii_lowercase()).len();
        let rest = &inner[letters..];
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let mut len = letters + digits;
        if &inner[..letters] == "id" && digits > 0 && inner[len..].starts_with("d>") {
            len += 1;
        }
        if letters > 0 && inner[len..].starts_with('>') {
            out.push((start, start + len + 2, &inner[..len]));
            from = start + len + 2;
        } else {
            from = start + 1;
        }
    }
    out
}

fn is_id(name: &str) -> bool {
    name.strip_prefix("id").is_some_and(|rest| {
        let digits = rest.strip_suffix('d').unwrap_or(rest);
        !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
    })
}

/// The pattern of a recorded text; `None` when it cannot be built, which leaves plain equality.
fn pattern(text: &str, bound: &Bound) -> Option<Regex> {
    let mut out = String::from(r"\A(?:");
    let mut last = 0;
    let mut fresh: Vec<&str> = Vec::new();
    for (start, end, name) in placeholders(text) {
        let shape = SHAPES.iter().find(|(known, _)| *known == name).map(|(_, shape)| *shape);
        if !is_id(name) && shape.is_none() {
            continue;
        }
        out.push_str(&literal(&text[last..start], last > 0, true));
        match shape {
            Some(shape) => out.push_str(&format!("(?:{shape})")),
            None => {
                let (base, decimal) = match name.strip_suffix('d') {
                    Some(base) if base.len() > 2 => (base, true),
                    _ => (name, false),
                };
                if let Some(value) = bound.get(base) {
                    match u64::from_str_radix(value, 16) {
                        Ok(id) if decimal => out.push_str(&id.to_string()),
                        _ => out.push_str(&fancy_regex::escape(value)),
                    }
                } else if fresh.contains(&name) {
                    out.push_str(&format!("(?P={name})"));
                } else {
                    fresh.push(name);
                    out.push_str(&format!("(?P<{name}>{})", if decimal { r"\d+" } else { "[0-9a-f]+" }));
                }
            }
        }
        last = end;
    }
    out.push_str(&literal(&text[last..], last > 0, false));
    out.push_str(r")\z");
    RegexBuilder::new(&out).backtrack_limit(50_000_000).delegate_size_limit(1 << 28).build().ok()
}

/// Escaped text; blanks next to a placeholder do not count.
fn literal(text: &str, trim_left: bool, trim_right: bool) -> String {
    let mut body = text;
    if trim_left {
        body = body.trim_start_matches(' ');
    }
    if trim_right {
        body = body.trim_end_matches(' ');
    }
    let (pre, post) = (if trim_left { " *" } else { "" }, if trim_right { " *" } else { "" });
    format!("{pre}{}{post}", fancy_regex::escape(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(expected: &str, actual: &str, matched: bool) {
        let mut bound = Bound::from([("id9".into(), "ff".into())]);
        assert_eq!(same(expected, actual, &mut bound, false), matched, "{expected:?} against {actual:?}");
    }

    #[test]
    fn a_placeholder_stands_for_its_shape_and_nothing_else() {
        check("took = <ms>\n", "took = 1.243745ms\n", true);
        check("took = <ms>\n", "took = soon\n", false);
        check("<nosuch>", "<nosuch>", true);
        check("a <ts> b", "a2026-11-22T01:10:45.794711Z   b", true);
    }

    #[test]
    fn an_id_stays_the_same_within_a_case() {
        check("<id1> <id1>", "ab ab", true);
        check("<id1> <id1>", "ab ac", false);
        check("<id9> <id9d>", "ff 255", true);
        check("<id9>", "fe", false);
    }

    #[test]
    fn warnings_of_the_client_library_do_not_count() {
        let text = "{\"level\":\"warn\"}\nError: context deadline exceeded\n";
        assert_eq!(person_lines(text), "Error: context deadline exceeded\n");
    }

    #[test]
    fn reordered_lines_are_compared_as_a_multiset() {
        let mut bound = Bound::new();
        assert!(same("<id1> a\nx b", "x b\n12 a", &mut bound, true));
        assert_eq!(bound.get("id1").map(String::as_str), Some("12"));
        assert!(!same("x\nx", "x\ny", &mut bound, true));
    }
}
