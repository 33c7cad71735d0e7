//! Pages of Markdown.

use super::Target;
use crate::samples;

/// Notes, labs, tour, glossary and components: refused with a line, or read.
pub const PAGES: Target =
    Target { name: "pages", samples: samples::pages, prepare: || Box::new(withstands), quick: 400 };

fn withstands(input: &[u8]) -> Result<(), String> {
    let text = String::from_utf8_lossy(input);
    let _ = lesson::parse_note("notes/10-page.md", &text);
    let _ = lesson::parse_lab("labs/10-page.md", &text);
    let _ = lesson::parse_tour(&text);
    let _ = lesson::parse_glossary(&text);
    let _ = lesson::parse_components(&text);
    Ok(())
}
