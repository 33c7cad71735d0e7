//! The notes as HTML, ready to be put into the page: parsing Markdown in the browser would cost every visitor a parser
//! of some 45 kB. The same fragments are what a page without its script needs.

mod lab;

use std::fmt::Write as _;
use std::path::Path;

use lesson::folder::Content;
use lesson::html::{Context, blocks, escape, href};
use lesson::{Component, Glossary, Index, IndexEntry, Note, Target, Tour};

/// A page with fewer headings needs no list of them.
const CONTENTS_FROM: usize = 3;

/// Writes `SLUG.html` for each note, `tour.html` and `components.html` into `folder`, for a site under the path `base`.
pub fn write(content: &Content, base: &str, folder: &Path) -> Result<(), String> {
    let say = |error: std::io::Error| format!("{}: {error}", folder.display());
    std::fs::create_dir_all(folder).map_err(say)?;
    let context = Context { base, glossary: &content.glossary };
    let index = content.index();
    for (_, note) in &content.notes {
        std::fs::write(folder.join(format!("{}.html", note.slug)), self::note(&context, note, &index)).map_err(say)?;
    }
    lab::write(&context, content, &index, &folder.join("labs"))?;
    std::fs::write(folder.join("tour.html"), tour(&context, &content.tour)).map_err(say)?;
    let components: String = content.components.components.values().map(|found| component(base, found)).collect();
    std::fs::write(folder.join("components.html"), components).map_err(say)
}

fn note(context: &Context<'_>, note: &Note, index: &Index) -> String {
    let mut page = head(&note.section, &note.title, &note.summary);
    let headings = note.headings();
    if headings.len() >= CONTENTS_FROM {
        page.push_str("<details class=\"contents\"><summary>On this page</summary><ul>");
        for (id, words) in headings {
            let _ = write!(page, "<li><a href=\"#{}\">{}</a></li>", escape(&id), escape(&words));
        }
        page.push_str("</ul></details>");
    }
    let _ = write!(page, "<div class=\"prose\">{}</div><footer class=\"note-footer\">", blocks(context, &note.body));
    if !note.since.is_empty() {
        let _ = write!(page, "<p class=\"since\">Checked against {}</p>", escape(&note.since));
    }
    let address = |entry: &IndexEntry| Target::Note { slug: entry.slug.clone(), heading: None };
    page.push_str(&neighbours(context.base, index.neighbours(&note.slug), address));
    page.push_str("</footer>");
    page
}

/// Links to the pages before and after this one.
fn neighbours(
    base: &str,
    (before, after): (Option<&IndexEntry>, Option<&IndexEntry>),
    target: impl Fn(&IndexEntry) -> Target,
) -> String {
    let link = |entry: Option<&IndexEntry>, class: &str, direction: &str| {
        entry.map(|entry| neighbour(base, &target(entry), &entry.title, class, direction)).unwrap_or_default()
    };
    let links = link(before, "before", "Before") + &link(after, "after", "Next");
    format!("<nav class=\"neighbours\" aria-label=\"Reading order\">{links}</nav>")
}

fn head(section: &str, title: &str, summary: &str) -> String {
    format!(
        "<header><p class=\"eyebrow\">{}</p><h1>{}</h1><p class=\"summary\">{}</p></header>",
        escape(section),
        escape(title),
        escape(summary)
    )
}

fn neighbour(base: &str, target: &Target, title: &str, class: &str, direction: &str) -> String {
    format!(
        "<a class=\"{class}\" href=\"{}\"><span class=\"direction\">{direction}</span><span>{}</span></a>",
        escape(&href(base, target)),
        escape(title)
    )
}

fn tour(context: &Context<'_>, tour: &Tour) -> String {
    let mut page = head("Tour", &tour.title, &tour.summary);
    let _ = write!(page, "<div class=\"prose\">{}</div>", blocks(context, &tour.intro));
    for (number, step) in (1..).zip(&tour.steps) {
        let _ = write!(
            page,
            "<section class=\"step\" aria-labelledby=\"step-{number}\"><h2 id=\"step-{number}\"><span class=\"number\" \
             aria-hidden=\"true\">{number}</span> {}</h2><div class=\"prose\">{}</div></section>",
            escape(&step.title),
            blocks(context, &step.body)
        );
    }
    let _ = write!(
        page,
        "<footer class=\"note-footer\"><nav class=\"neighbours\" aria-label=\"Reading order\"><a class=\"after\" \
         href=\"{}notes\"><span class=\"direction\">Next</span><span>All notes</span></a></nav></footer>",
        escape(context.base)
    );
    page
}

/// What the diagram's panel says of a component; the page picks it out by its id.
fn component(base: &str, component: &Component) -> String {
    // The panel is small: terms are plain words in it.
    let glossary = Glossary::default();
    let mut part = format!("<section data-about=\"{}\">", escape(&component.id));
    part.push_str(&blocks(&Context { base, glossary: &glossary }, &component.body));
    part.push_str("<p class=\"ports\">");
    if !component.ports.is_empty() {
        let _ = write!(part, "Ports: {}. ", escape(&component.ports.join(", ")));
    }
    let address = href(base, &Target::Note { slug: component.note.clone(), heading: None });
    let _ = write!(part, "<a href=\"{}\">Read the note</a></p></section>", escape(&address));
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(glossary: &Glossary) -> Context<'_> {
        Context { base: "/x/", glossary }
    }

    #[test]
    fn a_note_carries_its_head_its_contents_and_its_neighbours() {
        let parse = |path: &str, body: &str| {
            let text = format!("---\ntitle: A & B\nsummary: Why.\nsection: etcd\n---\n{body}");
            lesson::parse_note(path, &text).unwrap()
        };
        let first = parse("notes/10-first.md", "## One\n\n## Two\n\n## Three\n");
        let second = parse("notes/20-second.md", "Words.\n");
        let notes = [("notes/10-first.md".to_owned(), first.clone()), ("notes/20-second.md".to_owned(), second)];
        let glossary = Glossary::default();
        let page = note(&context(&glossary), &first, &Index::new(&notes, &[]));
        assert!(page.contains("<h1>A &amp; B</h1>"), "{page}");
        assert!(page.contains("<a href=\"#two\">Two</a>"), "{page}");
        assert!(page.contains("<a class=\"after\" href=\"/x/notes/second\">"), "{page}");
        assert!(!page.contains("Before"), "{page}");
    }

    #[test]
    fn a_component_is_found_by_its_id() {
        let source = "## etcd\n\n- name: etcd\n- ports: 2379 clients\n- note: quorum\n\nA store.\n";
        let words = lesson::parse_components(source).unwrap();
        let part = component("/x/", &words.components["etcd"]);
        assert!(part.starts_with("<section data-about=\"etcd\"><p>A store.</p>"), "{part}");
        assert!(part.contains("Ports: 2379 clients. <a href=\"/x/notes/quorum\">"), "{part}");
    }
}
