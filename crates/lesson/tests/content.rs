//! What every page of the course has to have.

use std::collections::BTreeSet;
use std::path::Path;

use lesson::folder::{self, Content};
use lesson::{Block, Inline, Lab, Note};

fn content() -> Content {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content");
    match folder::read(&root) {
        Ok(content) => content,
        Err(problems) => panic!("{}", list(&problems)),
    }
}

fn list(problems: &[folder::Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// Checks that no note fails `holds`, and names those that do.
fn check_notes(claim: &str, holds: impl Fn(&Note) -> bool) {
    let content = content();
    let failing: Vec<&str> = content.notes.iter().filter(|(_, n)| !holds(n)).map(|(path, _)| path.as_str()).collect();
    assert!(failing.is_empty(), "{claim}: {failing:#?}");
}

#[test]
fn every_file_parses_without_warning_and_every_link_resolves() {
    let content = content();
    let problems = content.check();
    assert!(problems.is_empty(), "\n{}", list(&problems));
}

#[test]
fn the_course_covers_its_subjects() {
    let content = content();
    let slugs: BTreeSet<&str> = content.notes.iter().map(|(_, n)| n.slug.as_str()).collect();
    let subjects = "cluster-architecture key-value-store etcd-quick-start etcdctl what-kubernetes-keeps etcd-deployment \
        quorum-and-raft reading-consistently watch-and-revisions leases-and-locks transactions backup-and-restore \
        tls-in-etcd high-availability kube-apiserver kube-controller-manager node-controller replication-controller \
        deployment-controllers job-controller endpoints-controllers service-account-controllers kube-scheduler kubelet \
        kube-proxy container-runtime kubectl kubeadm-and-from-scratch pods replica-sets deployments services \
        namespaces life-of-a-request scheduling-step-by-step cluster-dns roles-and-rights pod-does-not-start \
        node-not-ready api-server-does-not-answer pod-network logs-and-measurements certificates upgrading-a-cluster \
        settings-and-secrets probes requests-and-limits placing-pods storage stateful-and-daemon-sets ways-in \
        custom-resources";
    let missing: Vec<&str> = subjects.split_whitespace().filter(|s| !slugs.contains(s)).collect();
    assert!(missing.is_empty(), "no note about {missing:?}");
}

#[test]
fn every_note_can_be_tried_asks_a_question_and_says_what_breaks() {
    check_notes("a run block", |note| !note.runs().is_empty());
    check_notes("a quiz", |note| note.body.iter().any(|b| matches!(b, Block::Quiz(_))));
    check_notes("a heading about what breaks", |note| {
        note.headings().iter().any(|(id, _)| id.starts_with("what-breaks"))
    });
    check_notes("a focus", |note| !note.focus.is_empty());
    check_notes("the version it was checked against", |note| !note.since.is_empty());
    check_notes("a summary that is one sentence", |note| note.summary.ends_with('.') && note.summary.len() < 160);
    check_notes("a link to another note", |note| {
        note.references.iter().any(|r| matches!(r.target, lesson::Target::Note { .. }))
    });
}

/// The plain words of spans, code left out.
fn words(spans: &[Inline], out: &mut String) {
    for span in spans {
        match span {
            Inline::Text(text) => out.push_str(text),
            Inline::Emphasis(inner) | Inline::Strong(inner) | Inline::Link { text: inner, .. } => words(inner, out),
            Inline::Code(_) | Inline::LineBreak => out.push(' '),
        }
    }
}

fn words_of_blocks(blocks: &[Block], out: &mut String) {
    for block in blocks {
        match block {
            Block::Heading { text, .. } | Block::Paragraph(text) => words(text, out),
            Block::List { items, .. } => items.iter().for_each(|item| words_of_blocks(item, out)),
            Block::Table { head, rows, .. } => std::iter::once(head).chain(rows).flatten().for_each(|c| words(c, out)),
            Block::Callout { body, .. } | Block::Quote(body) => words_of_blocks(body, out),
            Block::Quiz(quiz) => [&quiz.question, &quiz.explanation].into_iter().for_each(|spans| words(spans, out)),
            Block::Code { .. } | Block::Run(_) | Block::Rule => {}
        }
        out.push('\n');
    }
}

#[test]
fn no_markdown_is_left_over_in_the_words() {
    check_notes("markup that was not understood", |note| {
        let mut text = String::new();
        words_of_blocks(&note.body, &mut text);
        !["](", "```", "**", "| ", "[!", "- [", "`"].iter().any(|mark| text.contains(mark))
    });
}

#[test]
fn positions_in_the_list_are_not_shared() {
    let content = content();
    let mut seen = BTreeSet::new();
    for (path, note) in &content.notes {
        assert!(seen.insert(note.order), "{path}: position {} is taken", note.order);
    }
}

#[test]
fn the_index_lists_every_page_and_stays_small() {
    let content = content();
    let index = content.index();
    assert_eq!(index.notes.len(), content.notes.len());
    let sections: Vec<&str> = index.sections().iter().map(|s| s.title).collect();
    assert_eq!(sections.first(), Some(&"The cluster"));
    assert_eq!(sections.len(), sections.iter().collect::<BTreeSet<_>>().len(), "sections are not torn apart");
    let (before, after) = index.neighbours("key-value-store");
    assert_eq!(before.map(|n| n.slug.as_str()), Some("cluster-architecture"));
    assert_eq!(after.map(|n| n.slug.as_str()), Some("etcd-quick-start"));
    let size = serde_json::to_string(&index).unwrap().len();
    assert!(size < 25_000, "the index travels with the first load and has {size} bytes");
}

#[test]
fn the_tour_has_five_steps_and_components_have_their_words() {
    let content = content();
    assert_eq!(content.tour.steps.len(), 5);
    for id in ["etcd-0", "etcd-1", "etcd-2", "kube-apiserver", "kube-scheduler", "kube-controller-manager"] {
        assert!(!content.components.components[id].ports.is_empty(), "{id}");
    }
    for id in ["controlplane", "worker1", "worker2", "kubelet", "kube-proxy", "container-runtime", "coredns", "pods"] {
        assert!(!content.components.components[id].body.is_empty(), "{id}");
    }
}

#[test]
fn search_finds_the_page_a_learner_means() {
    let passages = content().passages();
    for (query, slug) in
        [("quorum", "quorum-and-raft"), ("minions", "what-kubernetes-keeps"), ("dockershim", "container-runtime")]
    {
        let hits = lesson::search::find(&passages, query, 10);
        assert!(hits.iter().any(|h| h.passage.slug == slug), "{query}");
    }
}

/// Checks that no lab fails `holds`, and names those that do.
fn check_labs(claim: &str, holds: impl Fn(&Lab) -> bool) {
    let content = content();
    let failing: Vec<&str> = content.labs.iter().filter(|(_, l)| !holds(l)).map(|(path, _)| path.as_str()).collect();
    assert!(failing.is_empty(), "{claim}: {failing:#?}");
}

#[test]
fn every_lab_states_a_goal_and_leaves_the_way_to_the_learner() {
    let names_a_command =
        |blocks: &[Block]| ["etcdctl ", "kubectl "].iter().any(|command| lesson::plain_text(blocks).contains(command));
    check_labs("a goal that is no command", |lab| !names_a_command(&lab.goal));
    check_labs("two hints", |lab| lab.hints.len() >= 2);
    check_labs("a focus", |lab| !lab.focus.is_empty());
    check_labs("a summary that is one sentence", |lab| lab.summary.ends_with('.') && lab.summary.len() < 160);
    check_labs("a check that says what is missing", |lab| lab.check.contains("exit 1"));
}

#[test]
fn labs_are_in_an_order_and_sections_are_not_torn_apart() {
    let content = content();
    let index = content.index();
    let orders: BTreeSet<u32> = content.labs.iter().map(|(_, lab)| lab.order).collect();
    assert_eq!(orders.len(), content.labs.len(), "two labs share a position");
    let sections: Vec<&str> = index.lab_sections().iter().map(|s| s.title).collect();
    assert_eq!(sections.len(), sections.iter().collect::<BTreeSet<_>>().len());
    let (before, after) = index.lab_neighbours("first-steps");
    assert_eq!((before, after.map(|lab| lab.slug.as_str())), (None, Some("find-the-key")));
}
