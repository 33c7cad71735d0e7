//! Plain text out of blocks: for search, for ids of headings, for descriptions.

use crate::block::{Block, Inline};

/// The words of spans without their styling.
pub fn inline_text(spans: &[Inline]) -> String {
    let mut out = String::new();
    push_inlines(&mut out, spans);
    out
}

/// The words of one block; cells and items are separated by spaces, lines of code kept.
pub fn block_text(block: &Block) -> String {
    let mut out = String::new();
    push_block(&mut out, block);
    out.trim_end().to_string()
}

/// The words of a page, one block a line.
pub fn plain_text(blocks: &[Block]) -> String {
    let mut out = String::new();
    push_blocks(&mut out, blocks);
    out.trim_end().to_string()
}

/// Lower case letters and digits with single hyphens between, for ids and addresses: "What breaks?" → `what-breaks`.
pub fn slugify(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
    }
    out.truncate(out.trim_end_matches('-').len());
    out
}

fn push_inlines(out: &mut String, spans: &[Inline]) {
    for span in spans {
        match span {
            Inline::Text(t) | Inline::Code(t) => out.push_str(t),
            Inline::Emphasis(s) | Inline::Strong(s) | Inline::Link { text: s, .. } => push_inlines(out, s),
            Inline::LineBreak => out.push(' '),
        }
    }
}

fn push_blocks(out: &mut String, blocks: &[Block]) {
    for block in blocks {
        push_block(out, block);
        if !out.ends_with('\n') {
            out.push('\n');
        }
    }
}

fn push_block(out: &mut String, block: &Block) {
    match block {
        Block::Heading { text, .. } | Block::Paragraph(text) => push_inlines(out, text),
        Block::List { items, .. } => items.iter().for_each(|item| push_blocks(out, item)),
        Block::Table { head, rows, .. } => {
            for row in std::iter::once(head).chain(rows) {
                for cell in row {
                    push_inlines(out, cell);
                    out.push(' ');
                }
                out.push('\n');
            }
        }
        Block::Code { text, .. } => out.push_str(text),
        Block::Run(run) => out.push_str(&run.script),
        // The answers stay out: a search must not give them away.
        Block::Quiz(quiz) => push_inlines(out, &quiz.question),
        Block::Callout { body, .. } | Block::Quote(body) => push_blocks(out, body),
        Block::Rule => {}
    }
}
