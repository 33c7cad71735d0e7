//! The content folder as a whole: reading it and checking what no single file can know. For build scripts and tests;
//! the browser never sees a folder.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::Path;

use crate::block::{Reference, Run, Target};
use crate::component::{Components, parse_components};
use crate::error::ParseError;
use crate::glossary::{Glossary, parse_glossary};
use crate::index::Index;
use crate::lab::{Lab, parse_lab};
use crate::note::{Note, parse_note};
use crate::search::{Passage, passages};
use crate::tour::{Tour, parse_tour};

/// Everything under `content/`, parsed. Pages come with their path relative to it, with forward slashes.
pub struct Content {
    pub notes: Vec<(String, Note)>,
    pub labs: Vec<(String, Lab)>,
    pub tour: Tour,
    pub glossary: Glossary,
    pub components: Components,
}

/// Something to mend in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Path relative to the content folder.
    pub file: String,
    pub error: ParseError,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.error.line, self.error.what)
    }
}

/// Reads and parses the folder: `notes/**/*.md`, `labs/**/*.md`, `tour.md`, `glossary.md`, `components.md`.
///
/// # Errors
/// Every file that cannot be read or parsed.
pub fn read(root: &Path) -> Result<Content, Vec<Problem>> {
    let mut problems = Vec::new();
    let notes = pages(root, "notes", parse_note, &mut problems);
    let mut labs = pages(root, "labs", parse_lab, &mut problems);
    for (path, lab) in &mut labs {
        let Some(name) = &lab.data else { continue };
        match fs::read_to_string(root.join(format!("labs/data/{name}.txt"))) {
            Ok(recorded) => lab.load(&recorded),
            Err(error) => {
                let what = format!("`data` names labs/data/{name}.txt, which cannot be read: {error}");
                problems.push(Problem { file: path.clone(), error: ParseError::new(1, what) });
            }
        }
    }
    let tour = single(root, "tour.md", parse_tour, &mut problems);
    let glossary = single(root, "glossary.md", parse_glossary, &mut problems);
    let components = single(root, "components.md", parse_components, &mut problems);
    match (tour, glossary, components) {
        (Some(tour), Some(glossary), Some(components)) if problems.is_empty() => {
            Ok(Content { notes, labs, tour, glossary, components })
        }
        _ => Err(problems),
    }
}

impl Content {
    /// What the first load has to know.
    pub fn index(&self) -> Index {
        Index::new(&self.notes, &self.labs)
    }

    /// The run blocks of the tour and of all notes in reading order, each with the path of its file.
    pub fn runs(&self) -> Vec<(&str, &Run)> {
        let mut notes: Vec<&(String, Note)> = self.notes.iter().collect();
        notes.sort_by_key(|(_, note)| note.order);
        let tour = self.tour.runs().into_iter().map(|run| ("tour.md", run));
        tour.chain(notes.into_iter().flat_map(|(path, note)| note.runs().into_iter().map(|run| (path.as_str(), run))))
            .collect()
    }

    /// The words of all notes in reading order, for search.
    pub fn passages(&self) -> Vec<Passage> {
        let mut notes: Vec<&Note> = self.notes.iter().map(|(_, note)| note).collect();
        notes.sort_by_key(|note| note.order);
        notes.into_iter().flat_map(passages).collect()
    }

    /// What is wrong between the files: links that lead nowhere, addresses given twice, and every warning.
    pub fn check(&self) -> Vec<Problem> {
        let mut checker = Checker { content: self, headings: BTreeMap::new(), problems: Vec::new() };
        checker.unique_slugs();
        for (_, note) in &self.notes {
            let ids = note.headings().into_iter().map(|(id, _)| id).collect();
            checker.headings.insert(&note.slug, ids);
        }
        for (path, note) in &self.notes {
            checker.references(path, Some(&note.slug), &note.references);
            checker.warnings(path, &note.warnings);
            checker.focus(path, &note.focus);
        }
        for (path, lab) in &self.labs {
            checker.references(path, None, &lab.references);
            checker.warnings(path, &lab.warnings);
            checker.focus(path, &lab.focus);
        }
        checker.references("tour.md", None, &self.tour.references);
        checker.warnings("tour.md", &self.tour.warnings);
        checker.references("components.md", None, &self.components.references);
        checker.components();
        checker.problems
    }
}

struct Checker<'a> {
    content: &'a Content,
    headings: BTreeMap<&'a str, BTreeSet<String>>,
    problems: Vec<Problem>,
}

impl Checker<'_> {
    fn problem(&mut self, file: &str, line: u32, what: String) {
        self.problems.push(Problem { file: file.to_string(), error: ParseError::new(line, what) });
    }

    fn unique_slugs(&mut self) {
        let notes = self.content.notes.iter().map(|(path, note)| (path, &note.slug));
        let labs = self.content.labs.iter().map(|(path, lab)| (path, &lab.slug));
        for pages in [notes.collect::<Vec<_>>(), labs.collect()] {
            let mut seen = BTreeMap::new();
            for (path, slug) in pages {
                if let Some(first) = seen.insert(slug, path) {
                    self.problem(path, 1, format!("the address `{slug}` is already taken by {first}"));
                }
            }
        }
    }

    fn references(&mut self, file: &str, own: Option<&str>, references: &[Reference]) {
        for Reference { line, target } in references {
            let lost = match target {
                Target::Term(id) if !self.content.glossary.terms.contains_key(id) => {
                    format!("the glossary has no `{id}`")
                }
                Target::Component(id) if !self.content.components.components.contains_key(id) => {
                    format!("the diagram has no component `{id}`")
                }
                Target::Note { slug, heading } => match (self.headings.get(slug.as_str()), heading) {
                    (None, _) => format!("there is no note `{slug}`"),
                    (Some(ids), Some(heading)) if !ids.contains(heading) => {
                        format!("the note `{slug}` has no heading `{heading}`")
                    }
                    _ => continue,
                },
                Target::Lab(slug) if !self.content.labs.iter().any(|(_, lab)| &lab.slug == slug) => {
                    format!("there is no lab `{slug}`")
                }
                Target::Heading(id) => match own.and_then(|own| self.headings.get(own)) {
                    Some(ids) if ids.contains(id) => continue,
                    _ => format!("this page has no heading `{id}`"),
                },
                _ => continue,
            };
            self.problem(file, *line, lost);
        }
    }

    fn warnings(&mut self, file: &str, warnings: &[ParseError]) {
        for warning in warnings {
            self.problem(file, warning.line, warning.what.clone());
        }
    }

    fn focus(&mut self, file: &str, focus: &[String]) {
        for id in focus {
            if !self.content.components.components.contains_key(id) {
                self.problem(file, 1, format!("`focus` names `{id}`, which the diagram does not have"));
            }
        }
    }

    fn components(&mut self) {
        for (id, component) in &self.content.components.components {
            if !self.headings.contains_key(component.note.as_str()) {
                self.problem(
                    "components.md",
                    1,
                    format!("`{id}` leads to the note `{}`: no such note", component.note),
                );
            }
            if !self.content.components.components.contains_key(&component.family) {
                self.problem("components.md", 1, format!("`{id}` is of the unknown family `{}`", component.family));
            }
        }
    }
}

fn pages<T>(
    root: &Path,
    folder: &str,
    parse: fn(&str, &str) -> Result<T, ParseError>,
    problems: &mut Vec<Problem>,
) -> Vec<(String, T)> {
    let mut paths = Vec::new();
    list(root, folder, &mut paths, 0);
    paths.sort();
    let mut out = Vec::new();
    for path in paths {
        if let Some(page) = single(root, &path, |text| parse(&path, text), problems) {
            out.push((path, page));
        }
    }
    out
}

/// Collects the Markdown files under `folder`, a few levels deep. A folder that is not there holds none.
fn list(root: &Path, folder: &str, out: &mut Vec<String>, depth: u32) {
    let Ok(entries) = fs::read_dir(root.join(folder)) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{folder}/{name}");
        if entry.path().is_dir() && depth < 3 {
            list(root, &path, out, depth + 1);
        } else if name.ends_with(".md") {
            out.push(path);
        }
    }
}

fn single<T>(
    root: &Path,
    path: &str,
    parse: impl FnOnce(&str) -> Result<T, ParseError>,
    problems: &mut Vec<Problem>,
) -> Option<T> {
    let result = match fs::read_to_string(root.join(path)) {
        Ok(text) => parse(&text),
        Err(error) => Err(ParseError::new(1, format!("cannot be read: {error}"))),
    };
    result.map_err(|error| problems.push(Problem { file: path.to_string(), error })).ok()
}
