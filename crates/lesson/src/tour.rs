//! The tour: the first page, a few steps that each show one thing on the living cluster.

use serde::{Deserialize, Serialize};

use crate::block::{Block, Inline, Reference, Run, Target};
use crate::error::ParseError;
use crate::note::{normalize, runs};
use crate::{front, markdown, sections};

const KEYS: [&str; 3] = ["title", "summary", "since"];

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tour {
    pub title: String,
    pub summary: String,
    /// What stands before the first step.
    pub intro: Vec<Block>,
    pub steps: Vec<Step>,
    pub references: Vec<Reference>,
    pub warnings: Vec<ParseError>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub title: String,
    /// The components the step's words name, in order: what the diagram brings forward.
    pub focus: Vec<String>,
    pub body: Vec<Block>,
}

impl Tour {
    /// The run blocks of the introduction and of all steps, in order.
    pub fn runs(&self) -> Vec<&Run> {
        std::iter::once(&self.intro)
            .chain(self.steps.iter().map(|step| &step.body))
            .flat_map(|body| runs(body))
            .collect()
    }
}

/// Parses the tour: each second-level heading is a step.
///
/// # Errors
/// The first thing an author has to mend, with its line.
pub fn parse_tour(text: &str) -> Result<Tour, ParseError> {
    let text = normalize(text)?;
    let (front, body, first_line) = front::split(&text, &KEYS)?;
    let parsed = markdown::parse(body, first_line)?;
    let (intro, parts) = sections::split(parsed.blocks);
    if parts.is_empty() {
        return Err(ParseError::new(first_line, "the tour has no step: begin each with a `##` heading"));
    }
    let step = |part: sections::Section| {
        let mut focus = Vec::new();
        components_of_blocks(&part.body, &mut focus);
        Step { title: part.title, focus, body: part.body }
    };
    Ok(Tour {
        title: front.require("title")?,
        summary: front.require("summary")?,
        intro,
        steps: parts.into_iter().map(step).collect(),
        references: parsed.references,
        warnings: parsed.warnings,
    })
}

fn components_of_blocks(blocks: &[Block], out: &mut Vec<String>) {
    for block in blocks {
        match block {
            Block::Paragraph(spans) | Block::Heading { text: spans, .. } => components_of_spans(spans, out),
            Block::List { items, .. } => items.iter().for_each(|item| components_of_blocks(item, out)),
            Block::Callout { body, .. } | Block::Quote(body) => components_of_blocks(body, out),
            _ => {}
        }
    }
}

fn components_of_spans(spans: &[Inline], out: &mut Vec<String>) {
    for span in spans {
        match span {
            Inline::Link { target: Target::Component(id), .. } if !out.contains(id) => out.push(id.clone()),
            Inline::Emphasis(inner) | Inline::Strong(inner) => components_of_spans(inner, out),
            _ => {}
        }
    }
}
