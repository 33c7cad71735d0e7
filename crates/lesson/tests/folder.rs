//! The checks between files bite: a folder with mistakes reports each of them.

use std::fs;
use std::path::{Path, PathBuf};

use lesson::folder;

const NOTE: &str = "---\ntitle: T\nsummary: S.\nsection: A\nfocus: etcd-0\n---\n";

/// A content folder that is in order, apart from one note with `body`.
fn content_with(name: &str, body: &str) -> PathBuf {
    let root = std::env::temp_dir().join(format!("kubarium-lesson-{}-{name}", std::process::id()));
    let write = |path: &str, text: &str| {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).and_then(|()| fs::write(&path, text)).unwrap();
    };
    write("notes/01-first.md", &format!("{NOTE}## Here\n"));
    write("notes/sub/02-second.md", &format!("{NOTE}{body}\n"));
    write("tour.md", "---\ntitle: T\nsummary: S.\n---\n## Step\n\nwords\n");
    write("glossary.md", "# Terms\n\nRaft: An algorithm.\n");
    write("components.md", "## etcd-0\n\n- name: etcd-0\n- ports: 2379\n- note: first\n\nA member.\n");
    root
}

/// Checks that the note's body leads to exactly this complaint, or to none.
fn check(name: &str, body: &str, expected: &str) {
    let root = content_with(name, body);
    let problems = match folder::read(&root) {
        Ok(content) => content.check(),
        Err(problems) => problems,
    };
    fs::remove_dir_all(&root).unwrap();
    let words: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(words.join("\n"), expected, "{body}");
}

#[test]
fn links_between_files_are_followed() {
    check("fine", "[a](note:first#here) [b](term:raft) [c](component:etcd-0)", "");
    check("note", "[a](note:third)", "notes/sub/02-second.md:7: there is no note `third`");
    check("heading", "[a](note:first#there)", "notes/sub/02-second.md:7: the note `first` has no heading `there`");
    check("own", "[a](#there)", "notes/sub/02-second.md:7: this page has no heading `there`");
    check("term", "x\n\n[a](term:paxos)", "notes/sub/02-second.md:9: the glossary has no `paxos`");
    check("component", "[a](component:etcd-9)", "notes/sub/02-second.md:7: the diagram has no component `etcd-9`");
    check("lab", "[a](lab:x)", "notes/sub/02-second.md:7: there is no lab `x`");
}

#[test]
fn warnings_and_parse_errors_are_reported_with_their_file() {
    check(
        "html",
        "a <b>c</b>",
        concat!(
            "notes/sub/02-second.md:7: raw HTML is not passed on, it is shown as text\n",
            "notes/sub/02-second.md:7: raw HTML is not passed on, it is shown as text"
        ),
    );
    check("run", "```run\n```", "notes/sub/02-second.md:8: a `run` block needs at least one command");
}
