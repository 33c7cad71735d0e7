//! The content format: notes, run blocks, quizzes, labs, the glossary and the words on the diagram.
//!
//! An author writes Markdown; this crate turns a file into plain values ([`Note`], [`Lab`], [`Glossary`],
//! [`Components`], [`Tour`]) that the site draws, the prerender writes as HTML and the tests check. It knows no browser
//! type. Raw HTML in a file is never passed through: it is shown as the text it is, and reported as a warning.
//!
//! How it is shipped: the build reads and checks the whole folder ([`folder::read`]) and writes each page as HTML, which
//! is fetched when the page is opened; only the [`Index`] travels with the first load.

#![forbid(unsafe_code)]

mod block;
mod component;
mod error;
mod fence;
#[cfg(not(target_family = "wasm"))]
pub mod folder;
mod front;
mod glossary;
pub mod html;
mod index;
mod lab;
mod markdown;
mod note;
pub mod search;
mod sections;
mod text;
mod tour;

pub use block::{Align, Block, Callout, Choice, Inline, Quiz, Reference, Run, Target};
pub use component::{Component, Components, parse_components};
pub use error::ParseError;
pub use glossary::{Glossary, Term, parse_glossary};
pub use index::{Index, IndexEntry, IndexSection};
pub use lab::{Lab, Move, parse_lab};
pub use note::{Note, parse_note, slug_from_path};
pub use text::{block_text, inline_text, plain_text, slugify};
pub use tour::{Step, Tour, parse_tour};

/// The longest file this crate reads, in bytes. A note is a few kilobytes; anything near this bound is a mistake.
pub const MAX_FILE_BYTES: usize = 256 * 1024;
