//! Search over the notes: a passage a heading, found by the words of a query.

use serde::{Deserialize, Serialize};

use crate::block::Block;
use crate::note::Note;
use crate::text;

/// The words under one heading of a note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passage {
    pub slug: String,
    /// The title of the note.
    pub title: String,
    /// Id and words of the heading; both empty for what stands before the first.
    pub heading_id: String,
    pub heading: String,
    pub text: String,
}

/// A passage that a query found; more is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit<'a> {
    pub passage: &'a Passage,
    pub score: u32,
}

/// Cuts a note into passages at its headings.
pub fn passages(note: &Note) -> Vec<Passage> {
    let passage = |id: &str, heading: String| Passage {
        slug: note.slug.clone(),
        title: note.title.clone(),
        heading_id: id.to_string(),
        heading,
        text: String::new(),
    };
    let mut out = vec![passage("", String::new())];
    out[0].text.push_str(&note.summary);
    for block in &note.body {
        if let Block::Heading { id, text, .. } = block {
            out.push(passage(id, text::inline_text(text)));
        } else if let Some(last) = out.last_mut() {
            last.text.push('\n');
            last.text.push_str(&text::block_text(block));
        }
    }
    out
}

/// The passages that hold every word of the query, best first, at most `limit`. A word in the title weighs most, then
/// one in the heading; case does not count.
pub fn find<'a>(passages: &'a [Passage], query: &str, limit: usize) -> Vec<Hit<'a>> {
    let words: Vec<String> = query.split_whitespace().take(16).map(str::to_lowercase).collect();
    if words.is_empty() {
        return Vec::new();
    }
    let mut hits: Vec<Hit<'a>> = passages.iter().filter_map(|p| hit(p, &words)).collect();
    // The sort is stable, so equal passages keep reading order.
    hits.sort_by_key(|hit| std::cmp::Reverse(hit.score));
    hits.truncate(limit);
    hits
}

fn hit<'a>(passage: &'a Passage, words: &[String]) -> Option<Hit<'a>> {
    let fields = [(&passage.title, 8), (&passage.heading, 4), (&passage.text, 1)];
    let mut score = 0;
    for word in words {
        let weight: u32 = fields
            .iter()
            .filter(|(field, _)| field.to_lowercase().contains(word.as_str()))
            .map(|(_, weight)| weight)
            .sum();
        if weight == 0 {
            return None;
        }
        score += weight;
    }
    Some(Hit { passage, score })
}
