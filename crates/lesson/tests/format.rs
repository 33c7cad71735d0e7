//! What the format means: Markdown in, values out.

use lesson::{
    Block, Callout, Inline, Move, Run, Target, html, parse_glossary, parse_lab, parse_note, parse_tour, search,
};
use protocol::{Exercise, Fault, Nodes, Preparation};

const HEADER: &str = "---\ntitle: T\nsummary: S.\nsection: A\n---\n";

fn body(markdown: &str) -> Vec<Block> {
    let note = parse_note("notes/01-t.md", &format!("{HEADER}{markdown}"));
    note.unwrap_or_else(|e| panic!("{markdown}: {e}")).body
}

/// Checks the static HTML of a body.
fn check_html(markdown: &str, expected: &str) {
    let glossary = parse_glossary("Raft: How members agree on \"one\" log.\n").unwrap();
    let context = html::Context { base: "/", glossary: &glossary };
    assert_eq!(html::blocks(&context, &body(markdown)).trim_end(), expected, "{markdown}");
}

/// Checks the message of a file that must be refused.
fn check_error(file: &str, expected: &str) {
    let error = parse_note("notes/01-t.md", file).expect_err(file).to_string();
    assert!(error.starts_with(expected), "{file:?}\n gave {error}");
}

#[test]
fn a_header_gives_the_notes_properties() {
    let text = "---\ntitle: Raft: the log\nsummary: S.\norder: 7\nsection: etcd\nfocus: etcd-0, etcd-1\nsince: etcd 3.5\n---\n";
    let note = parse_note("notes/20-etcd/24-quorum-and-raft.md", text).unwrap();
    assert_eq!((note.slug.as_str(), note.order), ("quorum-and-raft", 7));
    assert_eq!(note.title, "Raft: the log");
    assert_eq!(note.focus, ["etcd-0", "etcd-1"]);
    let without_order = parse_note("notes/24-x.md", &format!("{HEADER}words")).unwrap();
    assert_eq!(without_order.order, 24);
}

#[test]
fn mistakes_are_named_with_their_line() {
    check_error("no header", "line 1: the file must begin with a header");
    check_error("---\ntitle: T\n", "line 2: the header is not closed");
    check_error("---\ntitle T\n---\n", "line 2: expected `key: value`");
    check_error("---\ncolour: red\n---\n", "line 2: unknown header key `colour`");
    check_error("---\ntitle: T\ntitle: T\n---\n", "line 3: header key `title` is given twice");
    check_error("---\ntitle: T\n---\n", "line 3: the header needs a value for `summary`");
    check_error("---\ntitle: T\nsummary: S\nsection: A\norder: x\n---\n", "line 5: `order` must be a whole number");
    check_error(&format!("{HEADER}\nsee [x](javascript:alert(1))"), "line 7: the link `javascript:alert(1)` leads");
    check_error(&format!("{HEADER}[x](http://insecure.example)"), "line 6: the link");
    check_error(&format!("{HEADER}[x](term:)"), "line 6: the link `term:` names no term");
    check_error(&format!("{HEADER}![x](y.png)"), "line 6: images");
    check_error(&format!("{HEADER}```run\n\n```"), "line 7: a `run` block needs at least one command");
    check_error(&format!("{HEADER}```run\nls\n---\n```"), "line 7: nothing follows");
    check_error(&format!("{HEADER}```quiz\nQ?\n- [ ] a\n- [ ] b\nE.\n```"), "line 7: no choice is right");
    check_error(&format!("{HEADER}```quiz\nQ?\n- [x] a\nE.\n```"), "line 7: a quiz needs at least two choices");
    check_error(&format!("{HEADER}```quiz\nQ?\n- [x] a\n- [ ] [b](x)\nE.\n```"), "line 9: the link `x`");
    check_error(&format!("{HEADER}{}", "> ".repeat(100)), "line 6: nested more than");
}

#[test]
fn raw_html_is_shown_as_text_and_reported() {
    check_html("a <b>bold</b> word", "<p>a &lt;b&gt;bold&lt;/b&gt; word</p>");
    check_html("<script>alert('x')</script>", "<p>&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;</p>");
    let note = parse_note("notes/01-t.md", &format!("{HEADER}\n<div>\n</div>\n")).unwrap();
    assert_eq!(note.warnings.len(), 1);
    assert_eq!(note.warnings[0].line, 7);
}

#[test]
fn headings_get_unique_ids_from_their_words() {
    let ids = parse_note("notes/01-t.md", &format!("{HEADER}## What breaks?\n## `etcdctl` 3\n## What breaks!\n## ?\n"));
    let ids: Vec<String> = ids.unwrap().headings().into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids, ["what-breaks", "etcdctl-3", "what-breaks-2", "section"]);
}

#[test]
fn links_say_where_they_lead_by_their_scheme() {
    let blocks =
        body("[a](term:raft) [b](component:etcd-0) [c](note:watch#gaps) [d](note:watch) [e](#x) [f](https://e.io/)");
    let Block::Paragraph(spans) = &blocks[0] else { panic!("{blocks:?}") };
    let targets: Vec<&Target> = spans
        .iter()
        .filter_map(|s| match s {
            Inline::Link { target, .. } => Some(target),
            _ => None,
        })
        .collect();
    let watch = || "watch".to_string();
    assert_eq!(
        targets,
        [
            &Target::Term("raft".into()),
            &Target::Component("etcd-0".into()),
            &Target::Note { slug: watch(), heading: Some("gaps".into()) },
            &Target::Note { slug: watch(), heading: None },
            &Target::Heading("x".into()),
            &Target::External("https://e.io/".into()),
        ]
    );
}

#[test]
fn a_run_block_holds_commands_and_what_they_print() {
    let blocks =
        body("```run\netcdctl put a 1\netcdctl get a\n---\nOK\na\n1\n```\n\n- item\n\n  ```run\n  ls\n  ```\n");
    let Block::Run(run) = &blocks[0] else { panic!("{blocks:?}") };
    assert_eq!(run.script, "etcdctl put a 1\netcdctl get a");
    assert_eq!(run.expect.as_deref(), Some("OK\na\n1"));
    let note = parse_note("notes/01-t.md", &format!("{HEADER}> - x\n>\n>   ```run\n>   ls\n>   ```\n")).unwrap();
    assert_eq!(note.runs().len(), 1, "run blocks inside quotes and lists count");
    let several = body("```run ha\nkubectl get nodes\n```\n");
    assert!(
        matches!(&several[..], [Block::Run(run)] if run.kubernetes == Some(Nodes::HIGHLY_AVAILABLE)),
        "{several:?}"
    );
    let blocks = body("```run kubernetes\nkubectl get nodes\n```\n");
    assert!(matches!(&blocks[..], [Block::Run(run)] if run.kubernetes == Some(Nodes::FEW)), "{blocks:?}");
    assert_eq!(note.runs()[0].line, HEADER.lines().count() as u32 + 4, "the script begins below the fence");
}

#[test]
fn an_expectation_leaves_room_where_it_has_an_ellipsis() {
    let fits = |expect: &str, output: &str| {
        Run { line: 1, script: "x".into(), expect: Some(expect.into()), kubernetes: None }.fits(output)
    };
    let given = [
        ("OK\na", "OK\na\n", true),
        ("OK\na", "OK \na\n\n", true),
        ("OK", "OK\nmore", false),
        ("OK\n…", "OK\nmore\nmore", true),
        ("OK\n…", "OK", true),
        ("…\nb", "a\nb\nc\nb", true),
        ("…\nb", "a\nb\nc", false),
        ("lease … granted", "lease 75cca200c5a4d603 granted", true),
        ("lease … granted", "lease 75cca200c5a4d603 revoked", false),
        ("a\n\nb", "a\nb", false),
    ];
    for (expect, output, expected) in given {
        assert_eq!(fits(expect, output), expected, "{expect:?} {output:?}");
    }
    assert!(Run { line: 1, script: "x".into(), expect: None, kubernetes: None }.fits("anything"));
}

#[test]
fn a_quiz_is_right_only_with_all_and_no_other_choices() {
    let blocks = body("```quiz\nWhich of `a`\nand b?\n\n- [x] a\n- [ ] b\n- [x] c\n\nBecause.\n```");
    let [Block::Quiz(quiz)] = blocks.as_slice() else { panic!("{blocks:?}") };
    assert_eq!(lesson::inline_text(&quiz.question), "Which of a and b?");
    assert_eq!(lesson::inline_text(&quiz.explanation), "Because.");
    let given: [(&[u32], bool); 5] =
        [(&[0, 2], true), (&[2, 0], true), (&[0], false), (&[0, 1, 2], false), (&[], false)];
    for (chosen, right) in given {
        assert_eq!(quiz.is_right(chosen), right, "{chosen:?}");
    }
}

#[test]
fn blocks_become_html() {
    check_html("# A *b*", "<h1 id=\"a-b\">A <em>b</em></h1>");
    check_html("- a\n- b", "<ul><li>a</li><li>b</li></ul>");
    check_html("3. a", "<ol start=\"3\"><li>a</li></ol>");
    check_html("```yaml\na: <b>\n```", "<pre class=\"code\" data-language=\"yaml\"><code>a: &lt;b&gt;</code></pre>");
    check_html(
        "|a|b|\n|-|-:|\n|1|`2`|",
        "<div class=\"table\"><table><thead><tr><th>a</th><th class=\"right\">b</th></tr></thead><tbody><tr><td>1</td>\
         <td class=\"right\"><code>2</code></td></tr></tbody></table></div>",
    );
    check_html(
        "||b|\n|-|-|\n|1|2|",
        "<div class=\"table\"><table><thead><tr><td></td><th>b</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr></tbody>\
         </table></div>",
    );
    check_html("> [!TIP]\n> Do.", "<aside class=\"callout tip\"><p class=\"label\">Tip</p><p>Do.</p>\n</aside>");
    check_html(
        "[Raft](term:raft)",
        "<p><dfn class=\"term\" title=\"How members agree on &quot;one&quot; log.\">Raft</dfn></p>",
    );
    check_html(
        "[m](component:etcd-0)",
        "<p><a class=\"component\" data-component=\"etcd-0\" href=\"/cluster#etcd-0\">m</a></p>",
    );
    check_html(
        "```run\na && b\n---\n<ok>\n```",
        "<figure class=\"run\"><pre><code>a &amp;&amp; b</code></pre><figcaption>It prints</figcaption>\
         <pre class=\"expect\"><samp>&lt;ok&gt;</samp></pre></figure>",
    );
    let callout = body("> [!WARNING]\n> x");
    assert!(matches!(&callout[0], Block::Callout { kind: Callout::Warning, .. }), "{callout:?}");
}

#[test]
fn files_with_carriage_returns_read_the_same() {
    let unix = format!("{HEADER}## A\n\n```run\nls\n---\nx\n```\n");
    let dos = unix.replace('\n', "\r\n");
    assert_eq!(parse_note("notes/01-t.md", &unix), parse_note("notes/01-t.md", &dos));
}

#[test]
fn a_note_survives_serialization() {
    let note = parse_note("notes/01-t.md", &format!("{HEADER}# A\n\n- [x](term:raft)\n\n```run\nls\n```\n")).unwrap();
    let json = serde_json::to_string(&note).unwrap();
    assert_eq!(serde_json::from_str::<lesson::Note>(&json).unwrap(), note);
}

#[test]
fn the_tour_is_cut_into_steps_that_focus_what_they_name() {
    let tour = parse_tour(
        "---\ntitle: T\nsummary: S.\n---\nHello.\n\n## One\n\nSee **[a](component:etcd-0)**, [b](component:etcd-1).\n\n## Two\n\nx\n",
    )
    .unwrap();
    assert_eq!(tour.intro.len(), 1);
    assert_eq!(tour.steps.iter().map(|s| s.title.as_str()).collect::<Vec<_>>(), ["One", "Two"]);
    assert_eq!(tour.steps[0].focus, ["etcd-0", "etcd-1"]);
}

#[test]
fn a_lab_needs_all_its_sections() {
    let lab = "---\ntitle: T\nsummary: S.\n---\n## Situation\n\ns\n\n## Goal\n\ng\n\n## Hints\n\n1. one\n2. two\n\n\
               ## Check\n\n```sh\ntrue\n```\n\n## Solution\n\n```sh\nls\n```\n";
    let parsed = parse_lab("labs/03-first.md", lab).unwrap();
    assert_eq!((parsed.slug.as_str(), parsed.order, parsed.hints.len()), ("first", 3, 2));
    assert_eq!(parsed.check, "true");
    assert_eq!(parsed.solution, [Move::Commands("ls".into())]);
    let error = parse_lab("labs/03-first.md", &lab.replace("## Goal\n\ng", "")).unwrap_err();
    assert!(error.what.contains("Goal"), "{error}");
    let error = parse_lab("labs/03-first.md", &lab.replace("1. one\n2. two", "")).unwrap_err();
    assert!(error.what.contains("hints"), "{error}");
}

#[test]
fn a_lab_names_its_world_what_happened_there_and_what_is_pressed() {
    let lab = "---\ntitle: T\nsummary: S.\nmembers: 1\ntls: yes\nflags: quota-backend-bytes=2097152\n---\n\
               ## Situation\n\ns\n\n## Goal\n\ng\n\n## Hints\n\n- one\n\n## Setup\n\n```sh\nls\n```\n\n\
               ```servers\nstop etcd-2\nsleep 3\n```\n\n## Check\n\n```sh\ntrue\n```\n\n## Solution\n\n\
               ```press\nCut off etcd-0\nRestart etcd-2\n```\n";
    let parsed = parse_lab("labs/03-first.md", lab).unwrap();
    let flags = vec![("quota-backend-bytes".to_string(), "2097152".to_string())];
    let servers = |line: &str| Preparation::Servers(line.into());
    let steps = vec![Preparation::Script("ls".into()), servers("stop etcd-2"), servers("sleep 3")];
    let expected =
        Exercise { name: "first".into(), members: 1, tls: true, mirror: false, kubernetes: None, flags, steps };
    assert_eq!(parsed.exercise, expected);
    let press = |component: &str, fault| Move::Press { component: component.into(), fault };
    assert_eq!(parsed.solution, [press("etcd-0", Fault::CutOff), press("etcd-2", Fault::Restart)]);

    let refused = |from: &str, to: &str| parse_lab("labs/03-first.md", &lab.replace(from, to)).unwrap_err().to_string();
    assert!(refused("members: 1", "members: 2").contains("not one of"));
    assert!(refused("tls: yes", "tls: on").contains("`yes` or `no`"));
    assert!(refused("Cut off etcd-0", "Nudge etcd-0").contains("no button"));
    assert!(refused("```servers", "```server").contains("not `server`"));
}

#[test]
fn a_lab_with_kubernetes_begins_when_its_cluster_is_ready() {
    let lab = "---\ntitle: T\nsummary: S.\nworld: kubernetes\n---\n## Situation\n\ns\n\n## Goal\n\ng\n\n## Hints\n\n- one\n\n\
               ## Setup\n\n```sh\nls\n```\n\n## Check\n\n```sh\ntrue\n```\n\n## Solution\n\n\
               ```press\nRestart kubelet worker1\n```\n";
    let parsed = parse_lab("labs/03-first.md", lab).unwrap();
    assert_eq!(parsed.exercise.kubernetes, Some(Nodes::FEW));
    let steps = parsed.exercise.steps.as_slice();
    assert!(
        matches!(steps, [Preparation::Script(ready), Preparation::Script(own)] if ready.contains("Ready") && own == "ls"),
        "{steps:?}"
    );
    assert_eq!(parsed.solution, [Move::Press { component: "kubelet worker1".into(), fault: Fault::Restart }]);

    let refused = |from: &str, to: &str| parse_lab("labs/03-first.md", &lab.replace(from, to)).unwrap_err().to_string();
    assert!(refused("kubernetes", "moon").contains("`world` is `kubernetes`"));
    assert!(refused("world: kubernetes", "world: kubernetes\nmembers: 3").contains("etcd alone"));
}

#[test]
fn search_finds_passages_that_hold_every_word() {
    let text = format!("{HEADER}Intro.\n\n## Elections\n\nA leader is chosen.\n\n## The log\n\nThe leader appends.\n");
    let note = parse_note("notes/01-t.md", &text).unwrap();
    let passages = search::passages(&note);
    let found = |query: &str| -> Vec<&str> {
        search::find(&passages, query, 5).into_iter().map(|h| h.passage.heading_id.as_str()).collect()
    };
    assert_eq!(found("LEADER"), ["elections", "the-log"]);
    assert_eq!(found("log leader"), ["the-log"]);
    assert_eq!(found("nothing"), [""; 0]);
    assert_eq!(found("  "), [""; 0]);
}
