//! What became of one key: its versions, newest first, each with what it changed.

use super::{
    diff::{Line, between},
    json,
    tree::shown,
};
use crate::paint::{Node, button, el};
use protocol::{History, KeysView, VersionView};

/// The chosen key's history.
pub fn draw(view: &KeysView) -> Vec<Node> {
    let Some(history) = &view.history else {
        return vec![el("p", "quiet").text("Choose a key to see every version of it that the store still has.")];
    };
    let title = el("h3", "key-name").text(&shown(&history.key));
    if history.versions.is_empty() {
        return vec![
            title,
            el("p", "quiet").text("This store has no such key, and never had one since its last compaction."),
        ];
    }
    let values: Vec<Option<Vec<String>>> =
        history.versions.iter().map(|version| version.value.as_deref().map(json::lines)).collect();
    let items = history.versions.iter().enumerate().map(|(at, version)| {
        let before = values.get(at + 1);
        item(version, values[at].as_deref(), before.map(|lines| lines.as_deref().unwrap_or_default()))
    });
    let mut all = vec![title, facts(&history.versions[0]), el("ol", "versions").kids(items.collect())];
    all.extend(end(view, history));
    all
}

/// The key as it is now.
fn facts(newest: &VersionView) -> Node {
    let fact = |name: &str, value: String| el("div", "").kid(el("dt", "").text(name)).kid(el("dd", "").text(&value));
    let mut kids = match newest.value {
        None => vec![fact("Deleted at revision", newest.revision.to_string())],
        Some(_) => vec![
            fact("Version", newest.version.to_string()),
            fact("Created at revision", newest.create_revision.to_string()),
            fact("Changed at revision", newest.revision.to_string()),
            fact("Size", format!("{} B", newest.bytes)),
        ],
    };
    if newest.lease != 0 {
        kids.push(fact("Lease", format!("{:x}", newest.lease)));
    }
    el("dl", "facts").kids(kids)
}

fn item(version: &VersionView, lines: Option<&[String]>, before: Option<&[String]>) -> Node {
    let what = match (lines, before) {
        (None, _) => "deleted",
        (Some(_), _) if version.version == 1 => "created",
        (Some(now), Some(before)) if now == before => "written again, unchanged",
        _ => "changed",
    };
    let head = el("p", "head").kid(el("b", "").text(&format!("Revision {}", version.revision))).kid(
        el("span", "quiet").text(&format!(
            "{what}{}",
            if version.version > 0 { format!(" · version {}", version.version) } else { String::new() }
        )),
    );
    let now = lines.unwrap_or_default();
    // The oldest one shown has nothing to be compared with: it is shown as it is.
    let rows: Vec<Node> = match before {
        Some(before) => between(before, now).iter().map(row).collect(),
        None if version.version == 1 => now.iter().map(|line| row(&Line::New(line))).collect(),
        None => now.iter().map(|line| row(&Line::Same(line))).collect(),
    };
    let mut item = el("li", "").key(version.revision.unsigned_abs()).kid(head);
    if what != "written again, unchanged" && !rows.is_empty() {
        let name = format!("What revision {} changed", version.revision);
        item = item
            .kid(el("div", "diff").with("tabindex", "0").with("role", "group").with("aria-label", &name).kids(rows));
    }
    let shown = version.value.as_ref().map_or(0, String::len) as u64;
    if version.bytes > shown {
        item = item.kid(el("p", "quiet").text(&format!("The first {shown} of {} bytes are shown.", version.bytes)));
    }
    item
}

fn row(line: &Line<'_>) -> Node {
    match line {
        Line::Same(text) => el("div", "").text(&format!("  {text}")),
        Line::Gone(text) => el("del", "").text(&format!("− {text}")),
        Line::New(text) => el("ins", "").text(&format!("+ {text}")),
        Line::Skipped(count) => el("div", "skipped").text(&format!("  … {count} unchanged")),
    }
}

/// What is beyond the oldest version shown.
fn end(view: &KeysView, history: &History) -> Option<Node> {
    if history.older > 0 {
        return Some(button("button small", "older", &format!("Show older versions ({} more)", history.older)));
    }
    let oldest = history.versions.last()?;
    (oldest.version > 1).then(|| {
        let words = format!("Older versions were dropped by the compaction at revision {}.", view.compacted);
        el("p", "boundary").text(&words)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(revision: i64, version: i64, value: Option<&str>) -> VersionView {
        let bytes = value.map_or(0, str::len) as u64;
        VersionView { revision, create_revision: 2, version, lease: 0, value: value.map(str::to_owned), bytes }
    }

    fn check(versions: Vec<VersionView>, older: u64, expected: &[&str]) {
        let history = Some(History { key: b"k".to_vec(), versions, older });
        let words: Vec<String> =
            draw(&KeysView { compacted: 9, history, ..KeysView::default() }).iter().map(Node::words).collect();
        let words = words.join(" ");
        for part in expected {
            assert!(words.contains(part), "{part:?} is not in {words:?}");
        }
    }

    #[test]
    fn each_version_tells_what_it_changed() {
        check(
            vec![version(5, 0, None), version(4, 2, Some("two")), version(3, 1, Some("one"))],
            0,
            &[
                "Revision 5 deleted − two",
                "Revision 4 changed · version 2 − one + two",
                "Revision 3 created · version 1 + one",
            ],
        );
        check(
            vec![version(4, 2, Some("one")), version(3, 1, Some("one"))],
            0,
            &["Revision 4 written again, unchanged · version 2 Revision 3"],
        );
    }

    #[test]
    fn json_differs_by_its_fields() {
        let json = |replicas: u8| format!(r#"{{"kind":"ReplicaSet","spec":{{"replicas":{replicas}}}}}"#);
        check(
            vec![version(4, 2, Some(&json(3))), version(3, 1, Some(&json(1)))],
            0,
            &["−     \"replicas\": 1 +     \"replicas\": 3"],
        );
    }

    #[test]
    fn the_end_of_history_is_told() {
        check(vec![version(12, 7, Some("x"))], 0, &["dropped by the compaction at revision 9"]);
        check(vec![version(12, 7, Some("x"))], 30, &["Show older versions (30 more)"]);
    }
}
