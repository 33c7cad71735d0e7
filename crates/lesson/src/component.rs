//! The words on the diagram: one section a component in `content/components.md`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::block::{Block, Reference};
use crate::error::ParseError;
use crate::note::normalize;
use crate::{markdown, sections, text};

/// Components by id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Components {
    pub components: BTreeMap<String, Component>,
    pub references: Vec<Reference>,
}

/// What the diagram says about a component.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Component {
    /// The id that `component:` links and a note's `focus` name.
    pub id: String,
    /// The name as shown.
    pub name: String,
    /// The id of the group whose colour it has, or its own id: `etcd` for `etcd-0`.
    pub family: String,
    /// Ports with what each is for, such as `2379 clients`; empty where it listens on none.
    pub ports: Vec<String>,
    /// The slug of the note about it.
    pub note: String,
    /// What it is: a paragraph, as a rule.
    pub body: Vec<Block>,
}

/// Parses the component file: `## id`, a list of `name:`, `family:`, `ports:`, `note:` items, then the words.
///
/// # Errors
/// The first thing an author has to mend. The line is exact for Markdown itself, the file's first for the rest; the
/// message then names the component.
pub fn parse_components(source: &str) -> Result<Components, ParseError> {
    let source = normalize(source)?;
    let parsed = markdown::parse(&source, 1)?;
    let (_, parts) = sections::split(parsed.blocks);
    let mut components = BTreeMap::new();
    for part in parts {
        let id = part.title;
        let error = |what: String| ParseError::new(1, format!("component `{id}`: {what}"));
        let mut body = part.body.into_iter();
        let Some(Block::List { items, .. }) = body.next() else {
            return Err(error("begin with a list of name, ports and note".to_string()));
        };
        let mut component = Component { id: id.clone(), family: id.clone(), ..Component::default() };
        for item in &items {
            let item = text::plain_text(item);
            let (key, value) = item.split_once(':').unwrap_or((&item, ""));
            let value = value.trim();
            match key.trim() {
                "name" => component.name = value.to_string(),
                "family" => component.family = value.to_string(),
                "note" => component.note = value.to_string(),
                "ports" => component.ports = value.split(',').map(|p| p.trim().to_string()).collect(),
                other => return Err(error(format!("unknown item `{other}`; known are name, family, ports, note"))),
            }
        }
        component.body = body.collect();
        if component.name.is_empty() || component.note.is_empty() || component.body.is_empty() {
            return Err(error("a name, a note and a paragraph are needed".to_string()));
        }
        if components.insert(id.clone(), component).is_some() {
            return Err(error("there twice".to_string()));
        }
    }
    Ok(Components { components, references: parsed.references })
}
