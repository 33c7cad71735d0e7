//! A note: one page of the course.

use serde::{Deserialize, Serialize};

use crate::block::{Block, Reference, Run};
use crate::error::ParseError;
use crate::{MAX_FILE_BYTES, front, markdown};

const KEYS: [&str; 6] = ["title", "summary", "order", "section", "focus", "since"];

/// One page of the course, parsed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The page's address, from the file's name.
    pub slug: String,
    pub title: String,
    /// One sentence, for lists and descriptions.
    pub summary: String,
    /// The heading under which the list of notes shows it.
    pub section: String,
    /// Position in the list of all notes.
    pub order: u32,
    /// Ids of the components the diagram brings forward while this page is read.
    pub focus: Vec<String>,
    /// The versions the page was checked against, as words.
    pub since: String,
    pub body: Vec<Block>,
    /// Every link of the body, with its line.
    pub references: Vec<Reference>,
    /// What an author should mend; a page with warnings can still be read.
    pub warnings: Vec<ParseError>,
}

impl Note {
    /// The run blocks of the page in order, those in lists and callouts too.
    pub fn runs(&self) -> Vec<&Run> {
        runs(&self.body)
    }

    /// Ids and words of the page's headings, for links into it and a list of contents.
    pub fn headings(&self) -> Vec<(String, String)> {
        let heading = |block: &Block| match block {
            Block::Heading { id, text, .. } => Some((id.clone(), crate::inline_text(text))),
            _ => None,
        };
        self.body.iter().filter_map(heading).collect()
    }
}

/// The run blocks among these blocks and inside them, in order.
pub(crate) fn runs(blocks: &[Block]) -> Vec<&Run> {
    let mut out = Vec::new();
    collect_runs(blocks, &mut out);
    out
}

fn collect_runs<'a>(blocks: &'a [Block], out: &mut Vec<&'a Run>) {
    for block in blocks {
        match block {
            Block::Run(run) => out.push(run),
            Block::List { items, .. } => items.iter().for_each(|item| collect_runs(item, out)),
            Block::Callout { body, .. } | Block::Quote(body) => collect_runs(body, out),
            _ => {}
        }
    }
}

/// The address of a page from the path of its file: `notes/20-etcd/24-quorum.md` → `quorum`. The number only sorts.
pub fn slug_from_path(path: &str) -> String {
    let (_, slug) = number_and_name(path);
    slug.to_string()
}

/// Parses a note; `path` is its path under `content/` and gives the slug, and the order where the header has none.
///
/// # Errors
/// The first thing an author has to mend, with its line.
pub fn parse_note(path: &str, text: &str) -> Result<Note, ParseError> {
    let text = normalize(text)?;
    let (front, body, first_line) = front::split(&text, &KEYS)?;
    let (number, slug) = number_and_name(path);
    if slug.is_empty() || crate::slugify(slug) != slug {
        return Err(ParseError::new(1, format!("`{path}`: name the file NN-words-with-hyphens.md")));
    }
    let title = front.require("title")?;
    let summary = front.require("summary")?;
    let section = front.require("section")?;
    let order = front.number("order", number)?;
    let body = markdown::parse(body, first_line)?;
    Ok(Note {
        slug: slug.to_string(),
        title,
        summary,
        section,
        order,
        focus: front.list("focus"),
        since: front.get("since").unwrap_or("").to_string(),
        body: body.blocks,
        references: body.references,
        warnings: body.warnings,
    })
}

pub(crate) fn number_and_name(path: &str) -> (u32, &str) {
    let name = path.rsplit('/').next().unwrap_or(path);
    let name = name.strip_suffix(".md").unwrap_or(name);
    match name.split_once('-').map(|(number, rest)| (number.parse::<u32>(), rest)) {
        Some((Ok(number), rest)) => (number, rest),
        _ => (0, name),
    }
}

/// One kind of line end, and a bound on the size.
pub(crate) fn normalize(text: &str) -> Result<String, ParseError> {
    if text.len() > MAX_FILE_BYTES {
        return Err(ParseError::new(1, format!("the file is longer than {MAX_FILE_BYTES} bytes")));
    }
    Ok(text.replace("\r\n", "\n"))
}
