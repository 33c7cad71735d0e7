//! A body cut at its second-level headings: how labs, the tour and the component file are laid out.

use crate::block::Block;
use crate::text;

pub(crate) struct Section {
    pub(crate) title: String,
    pub(crate) body: Vec<Block>,
}

/// What stands before the first second-level heading, and the sections.
pub(crate) fn split(blocks: Vec<Block>) -> (Vec<Block>, Vec<Section>) {
    let mut before = Vec::new();
    let mut sections: Vec<Section> = Vec::new();
    for block in blocks {
        match (block, sections.last_mut()) {
            (Block::Heading { level: 2, text, .. }, _) => {
                sections.push(Section { title: text::inline_text(&text), body: Vec::new() });
            }
            (block, Some(section)) => section.body.push(block),
            (block, None) => before.push(block),
        }
    }
    (before, sections)
}
