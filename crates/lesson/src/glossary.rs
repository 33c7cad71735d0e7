//! The glossary: one sentence a term.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::ParseError;
use crate::note::normalize;

/// Terms by their id, which is what `term:` links name: the words in lower case with hyphens.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Glossary {
    pub terms: BTreeMap<String, Term>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    /// The term as it is written.
    pub name: String,
    /// One sentence of plain text.
    pub sentence: String,
}

/// Parses `term: One sentence.` lines; empty lines and lines that begin with `#` are passed over.
///
/// # Errors
/// The first line that is no term, a term that is there twice, or a sentence without its full stop.
pub fn parse_glossary(text: &str) -> Result<Glossary, ParseError> {
    let text = normalize(text)?;
    let mut terms = BTreeMap::new();
    for (no, line) in (1u32..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let Some((name, sentence)) = line.split_once(": ") else {
            return Err(ParseError::new(no, format!("expected `term: One sentence.`, found `{line}`")));
        };
        let (name, sentence) = (name.trim(), sentence.trim());
        if !sentence.ends_with('.') {
            return Err(ParseError::new(no, format!("the sentence about `{name}` must end with a full stop")));
        }
        let id = crate::slugify(name);
        let term = Term { name: name.to_string(), sentence: sentence.to_string() };
        if id.is_empty() || terms.insert(id, term).is_some() {
            return Err(ParseError::new(no, format!("the term `{name}` is empty or there twice")));
        }
    }
    Ok(Glossary { terms })
}
