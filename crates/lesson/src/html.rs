//! Blocks as static HTML, for the prerendered pages. Every string is escaped; the only tags are the ones written here.

use crate::block::{Align, Block, Choice, Inline, Quiz, Run, Target};
use crate::glossary::Glossary;

/// What the writer has to know of the site.
pub struct Context<'a> {
    /// Where the site is mounted: begins and ends with a slash.
    pub base: &'a str,
    pub glossary: &'a Glossary,
}

/// The blocks as HTML.
pub fn blocks(context: &Context<'_>, blocks: &[Block]) -> String {
    let mut out = String::new();
    for block in blocks {
        write_block(context, &mut out, block);
    }
    out
}

/// The spans as HTML.
pub fn inlines(context: &Context<'_>, spans: &[Inline]) -> String {
    let mut out = String::new();
    write_inlines(context, &mut out, spans);
    out
}

/// Text as HTML text or attribute value.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// The address a link leads to, under the site's base.
pub fn href(base: &str, target: &Target) -> String {
    match target {
        Target::Term(id) => format!("{base}glossary#{id}"),
        Target::Component(id) => format!("{base}cluster#{id}"),
        Target::Note { slug, heading: None } => format!("{base}notes/{slug}"),
        Target::Note { slug, heading: Some(heading) } => format!("{base}notes/{slug}#{heading}"),
        Target::Lab(slug) => format!("{base}labs/{slug}"),
        Target::Heading(id) => format!("#{id}"),
        Target::External(url) => url.clone(),
    }
}

fn write_block(context: &Context<'_>, out: &mut String, block: &Block) {
    match block {
        Block::Heading { level, id, text } => {
            let level = level.clamp(&1, &6);
            out.push_str(&format!("<h{level} id=\"{}\">", escape(id)));
            write_inlines(context, out, text);
            out.push_str(&format!("</h{level}>\n"));
        }
        Block::Paragraph(spans) => wrap(out, "p", |out| write_inlines(context, out, spans)),
        Block::List { start, items } => write_list(context, out, *start, items),
        Block::Table { align, head, rows } => write_table(context, out, align, head, rows),
        Block::Code { language, text } => {
            out.push_str(&format!("<pre class=\"code\" data-language=\"{}\"><code>", escape(language)));
            out.push_str(&escape(text));
            out.push_str("</code></pre>\n");
        }
        Block::Run(run) => write_run(out, run),
        Block::Quiz(quiz) => write_quiz(context, out, quiz),
        Block::Callout { kind, body } => {
            let label = kind.label();
            out.push_str(&format!("<aside class=\"callout {}\"><p class=\"label\">{label}</p>", label.to_lowercase()));
            out.push_str(&blocks(context, body));
            out.push_str("</aside>\n");
        }
        Block::Quote(body) => wrap(out, "blockquote", |out| out.push_str(&blocks(context, body))),
        Block::Rule => out.push_str("<hr>\n"),
    }
}

fn write_list(context: &Context<'_>, out: &mut String, start: Option<u64>, items: &[Vec<Block>]) {
    let tag = if start.is_some() { "ol" } else { "ul" };
    match start {
        Some(n) if n != 1 => out.push_str(&format!("<ol start=\"{n}\">")),
        _ => out.push_str(&format!("<{tag}>")),
    }
    for item in items {
        out.push_str("<li>");
        match item.as_slice() {
            [Block::Paragraph(spans)] => write_inlines(context, out, spans),
            item => out.push_str(&blocks(context, item)),
        }
        out.push_str("</li>");
    }
    out.push_str(&format!("</{tag}>\n"));
}

fn write_table(
    context: &Context<'_>,
    out: &mut String,
    align: &[Align],
    head: &[Vec<Inline>],
    rows: &[Vec<Vec<Inline>>],
) {
    let row = |out: &mut String, tag: &str, cells: &[Vec<Inline>]| {
        out.push_str("<tr>");
        for (i, cell) in cells.iter().enumerate() {
            let class = match align.get(i) {
                Some(Align::Left) => " class=\"left\"",
                Some(Align::Center) => " class=\"center\"",
                Some(Align::Right) => " class=\"right\"",
                _ => "",
            };
            // A header that says nothing is none: the corner of a table whose rows have names.
            let tag = if cell.is_empty() { "td" } else { tag };
            out.push_str(&format!("<{tag}{class}>"));
            write_inlines(context, out, cell);
            out.push_str(&format!("</{tag}>"));
        }
        out.push_str("</tr>");
    };
    out.push_str("<div class=\"table\"><table><thead>");
    row(out, "th", head);
    out.push_str("</thead><tbody>");
    for cells in rows {
        row(out, "td", cells);
    }
    out.push_str("</tbody></table></div>\n");
}

fn write_run(out: &mut String, run: &Run) {
    let world = match run.kubernetes {
        None => "",
        Some(nodes) if nodes.is_highly_available() => " data-world=\"ha\"",
        Some(_) => " data-world=\"kubernetes\"",
    };
    out.push_str(&format!("<figure class=\"run\"{world}><pre><code>"));
    out.push_str(&escape(&run.script));
    out.push_str("</code></pre>");
    if let Some(expect) = &run.expect {
        out.push_str("<figcaption>It prints</figcaption><pre class=\"expect\"><samp>");
        out.push_str(&escape(expect));
        out.push_str("</samp></pre>");
    }
    out.push_str("</figure>\n");
}

fn write_quiz(context: &Context<'_>, out: &mut String, quiz: &Quiz) {
    out.push_str("<section class=\"quiz\">");
    wrap(out, "p", |out| write_inlines(context, out, &quiz.question));
    out.push_str("<ul>");
    for Choice { text, .. } in &quiz.choices {
        wrap(out, "li", |out| write_inlines(context, out, text));
    }
    out.push_str("</ul><details><summary>Answer</summary><ul>");
    for Choice { text, .. } in quiz.choices.iter().filter(|c| c.right) {
        wrap(out, "li", |out| write_inlines(context, out, text));
    }
    out.push_str("</ul>");
    wrap(out, "p", |out| write_inlines(context, out, &quiz.explanation));
    out.push_str("</details></section>\n");
}

fn write_inlines(context: &Context<'_>, out: &mut String, spans: &[Inline]) {
    for span in spans {
        match span {
            Inline::Text(text) => out.push_str(&escape(text)),
            Inline::Code(text) => out.push_str(&format!("<code>{}</code>", escape(text))),
            Inline::Emphasis(inner) => out.push_str(&format!("<em>{}</em>", inlines(context, inner))),
            Inline::Strong(inner) => out.push_str(&format!("<strong>{}</strong>", inlines(context, inner))),
            Inline::Link { target, text } => write_link(context, out, target, &inlines(context, text)),
            Inline::LineBreak => out.push_str("<br>"),
        }
    }
}

fn write_link(context: &Context<'_>, out: &mut String, target: &Target, text: &str) {
    let address = escape(&href(context.base, target));
    match target {
        // Without the page's script there is nothing to open: the sentence is the tooltip.
        Target::Term(id) => {
            let sentence = context.glossary.terms.get(id).map_or("", |t| t.sentence.as_str());
            out.push_str(&format!("<dfn class=\"term\" title=\"{}\">{text}</dfn>", escape(sentence)));
        }
        Target::Component(id) => {
            let id = escape(id);
            out.push_str(&format!("<a class=\"component\" data-component=\"{id}\" href=\"{address}\">{text}</a>"));
        }
        Target::External(_) => out.push_str(&format!("<a href=\"{address}\" rel=\"noopener\">{text}</a>")),
        _ => out.push_str(&format!("<a href=\"{address}\">{text}</a>")),
    }
}

fn wrap(out: &mut String, tag: &str, inner: impl FnOnce(&mut String)) {
    out.push_str(&format!("<{tag}>"));
    inner(out);
    out.push_str(&format!("</{tag}>\n"));
}
