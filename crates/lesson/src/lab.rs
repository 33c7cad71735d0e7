//! A lab: a goal to reach in the cluster.

use serde::{Deserialize, Serialize};

use crate::block::{Block, Reference};
use crate::error::ParseError;
use crate::note::{normalize, number_and_name};
use crate::{front, markdown, sections};

const KEYS: [&str; 6] = ["title", "summary", "order", "section", "focus", "since"];

/// A goal to reach, how it is judged, and how it can be reached.
///
/// The file has the sections `## Situation`, `## Goal`, `## Hints` (a list), `## Check` and `## Solution` (a `sh` fence
/// each) and, where the cluster has to be prepared, `## Setup` (a `sh` fence).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lab {
    pub slug: String,
    pub title: String,
    pub summary: String,
    pub section: String,
    pub order: u32,
    pub focus: Vec<String>,
    pub situation: Vec<Block>,
    pub goal: Vec<Block>,
    /// Given one at a time.
    pub hints: Vec<Vec<Block>>,
    /// Prepares the cluster; empty where nothing is to prepare.
    pub setup: String,
    /// Runs in a fork of the world; exit code 0 says the goal is reached.
    pub check: String,
    pub solution: String,
    pub references: Vec<Reference>,
    pub warnings: Vec<ParseError>,
}

/// Parses a lab; `path` is its path under `content/`.
///
/// # Errors
/// The first thing an author has to mend, with its line.
pub fn parse_lab(path: &str, text: &str) -> Result<Lab, ParseError> {
    let text = normalize(text)?;
    let (front, body, first_line) = front::split(&text, &KEYS)?;
    let (number, slug) = number_and_name(path);
    let parsed = markdown::parse(body, first_line)?;
    let mut lab = Lab {
        slug: slug.to_string(),
        title: front.require("title")?,
        summary: front.require("summary")?,
        section: front.get("section").unwrap_or("Labs").to_string(),
        order: front.number("order", number)?,
        focus: front.list("focus"),
        situation: Vec::new(),
        goal: Vec::new(),
        hints: Vec::new(),
        setup: String::new(),
        check: String::new(),
        solution: String::new(),
        references: parsed.references,
        warnings: parsed.warnings,
    };
    let (before, parts) = sections::split(parsed.blocks);
    if !before.is_empty() {
        return Err(ParseError::new(first_line, "a lab begins with `## Situation`"));
    }
    for part in parts {
        match part.title.as_str() {
            "Situation" => lab.situation = part.body,
            "Goal" => lab.goal = part.body,
            "Hints" => {
                lab.hints = part.body.into_iter().flat_map(items).collect();
            }
            "Setup" => lab.setup = script(&part.body),
            "Check" => lab.check = script(&part.body),
            "Solution" => lab.solution = script(&part.body),
            other => {
                let what =
                    format!("unknown section `{other}`; a lab has Situation, Goal, Hints, Setup, Check and Solution");
                return Err(ParseError::new(first_line, what));
            }
        }
    }
    let missing = [
        ("Situation", lab.situation.is_empty()),
        ("Goal", lab.goal.is_empty()),
        ("Check", lab.check.is_empty()),
        ("Solution", lab.solution.is_empty()),
    ];
    match missing.iter().find(|(_, empty)| *empty) {
        Some((name, _)) => Err(ParseError::new(first_line, format!("the section `## {name}` is missing or empty"))),
        None => Ok(lab),
    }
}

fn items(block: Block) -> Vec<Vec<Block>> {
    match block {
        Block::List { items, .. } => items,
        other => vec![vec![other]],
    }
}

/// The code of a section, whatever fences it is cut into.
fn script(blocks: &[Block]) -> String {
    let code = blocks.iter().filter_map(|block| match block {
        Block::Code { text, .. } => Some(text.as_str()),
        Block::Run(run) => Some(run.script.as_str()),
        _ => None,
    });
    code.collect::<Vec<_>>().join("\n")
}
