//! What the first load knows about all pages: enough to list them, not what is on them.

use serde::{Deserialize, Serialize};

use crate::lab::Lab;
use crate::note::Note;

/// The list of all pages. Everything that only one page needs is written into that page: the sentences of the glossary
/// stand beside the words they explain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// Notes in reading order.
    pub notes: Vec<IndexEntry>,
    /// Labs in their order.
    pub labs: Vec<IndexEntry>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexEntry {
    pub slug: String,
    pub title: String,
    pub summary: String,
    pub section: String,
    /// The components of the diagram that the page is about.
    pub focus: Vec<String>,
}

/// The notes or labs of one section.
pub struct IndexSection<'a> {
    pub title: &'a str,
    pub pages: Vec<&'a IndexEntry>,
}

impl Index {
    /// Builds the index. The pages come with their paths under `content/`, in any order.
    pub fn new(notes: &[(String, Note)], labs: &[(String, Lab)]) -> Index {
        let mut notes: Vec<&Note> = notes.iter().map(|(_, note)| note).collect();
        let mut labs: Vec<&Lab> = labs.iter().map(|(_, lab)| lab).collect();
        notes.sort_by_key(|note| (note.order, &note.slug));
        labs.sort_by_key(|lab| (lab.order, &lab.slug));
        Index {
            notes: notes.into_iter().map(entry_of_note).collect(),
            labs: labs.into_iter().map(entry_of_lab).collect(),
        }
    }

    /// The notes grouped by section, sections in the order of their first note.
    pub fn sections(&self) -> Vec<IndexSection<'_>> {
        by_section(&self.notes)
    }

    /// The labs grouped by section, likewise.
    pub fn lab_sections(&self) -> Vec<IndexSection<'_>> {
        by_section(&self.labs)
    }

    pub fn note(&self, slug: &str) -> Option<&IndexEntry> {
        self.notes.iter().find(|n| n.slug == slug)
    }

    pub fn lab(&self, slug: &str) -> Option<&IndexEntry> {
        self.labs.iter().find(|lab| lab.slug == slug)
    }

    /// The pages before and after a note in reading order.
    pub fn neighbours(&self, slug: &str) -> (Option<&IndexEntry>, Option<&IndexEntry>) {
        around(&self.notes, slug)
    }

    /// The labs before and after a lab.
    pub fn lab_neighbours(&self, slug: &str) -> (Option<&IndexEntry>, Option<&IndexEntry>) {
        around(&self.labs, slug)
    }
}

fn by_section(pages: &[IndexEntry]) -> Vec<IndexSection<'_>> {
    let mut out: Vec<IndexSection<'_>> = Vec::new();
    for page in pages {
        match out.iter_mut().find(|section| section.title == page.section) {
            Some(section) => section.pages.push(page),
            None => out.push(IndexSection { title: &page.section, pages: vec![page] }),
        }
    }
    out
}

fn around<'a>(pages: &'a [IndexEntry], slug: &str) -> (Option<&'a IndexEntry>, Option<&'a IndexEntry>) {
    let Some(at) = pages.iter().position(|page| page.slug == slug) else { return (None, None) };
    (at.checked_sub(1).and_then(|before| pages.get(before)), pages.get(at + 1))
}

fn entry_of_note(note: &Note) -> IndexEntry {
    IndexEntry {
        slug: note.slug.clone(),
        title: note.title.clone(),
        summary: note.summary.clone(),
        section: note.section.clone(),
        focus: note.focus.clone(),
    }
}

fn entry_of_lab(lab: &Lab) -> IndexEntry {
    IndexEntry {
        slug: lab.slug.clone(),
        title: lab.title.clone(),
        summary: lab.summary.clone(),
        section: lab.section.clone(),
        focus: lab.focus.clone(),
    }
}
