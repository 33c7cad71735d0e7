//! What the first load knows about all pages: enough to list them, not what is on them.

use serde::{Deserialize, Serialize};

use crate::glossary::Glossary;
use crate::lab::Lab;
use crate::note::Note;

/// The list of all pages, and the glossary, which is small and needed on each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// Notes in reading order.
    pub notes: Vec<IndexEntry>,
    /// Labs in their order.
    pub labs: Vec<IndexEntry>,
    pub terms: Vec<IndexTerm>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexEntry {
    pub slug: String,
    pub title: String,
    pub summary: String,
    pub section: String,
    pub order: u32,
    pub focus: Vec<String>,
    /// The file under `content/`, to fetch when the page is opened.
    pub path: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexTerm {
    pub id: String,
    pub name: String,
    pub sentence: String,
}

/// The notes or labs of one section.
pub struct IndexSection<'a> {
    pub title: &'a str,
    pub pages: Vec<&'a IndexEntry>,
}

impl Index {
    /// Builds the index; each page comes with its path under `content/`.
    pub fn new(notes: &[(String, Note)], labs: &[(String, Lab)], glossary: &Glossary) -> Index {
        let mut notes: Vec<IndexEntry> = notes.iter().map(|(path, note)| entry_of_note(path, note)).collect();
        let mut labs: Vec<IndexEntry> = labs.iter().map(|(path, lab)| entry_of_lab(path, lab)).collect();
        notes.sort_by(|a, b| (a.order, &a.slug).cmp(&(b.order, &b.slug)));
        labs.sort_by(|a, b| (a.order, &a.slug).cmp(&(b.order, &b.slug)));
        let terms = glossary.terms.iter().map(|(id, term)| IndexTerm {
            id: id.clone(),
            name: term.name.clone(),
            sentence: term.sentence.clone(),
        });
        Index { notes, labs, terms: terms.collect() }
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

    pub fn term(&self, id: &str) -> Option<&IndexTerm> {
        self.terms.iter().find(|t| t.id == id)
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

fn entry_of_note(path: &str, note: &Note) -> IndexEntry {
    IndexEntry {
        slug: note.slug.clone(),
        title: note.title.clone(),
        summary: note.summary.clone(),
        section: note.section.clone(),
        order: note.order,
        focus: note.focus.clone(),
        path: path.to_string(),
    }
}

fn entry_of_lab(path: &str, lab: &Lab) -> IndexEntry {
    IndexEntry {
        slug: lab.slug.clone(),
        title: lab.title.clone(),
        summary: lab.summary.clone(),
        section: lab.section.clone(),
        order: lab.order,
        focus: lab.focus.clone(),
        path: path.to_string(),
    }
}
