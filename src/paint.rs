//! Elements as a value, and what it takes to make the document so. The views of the cluster's inside change as fast as
//! frames come and have hundreds of cells: they are functions from what is known to such values, and only what differs
//! from the value before touches the document.

use crate::dom;
use std::cell::RefCell;
use web_sys::Element;

/// An element: either with text or with children.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    tag: &'static str,
    /// Which of its kind it is: one of another key is another element, with another focus.
    key: u64,
    attributes: Vec<(&'static str, String)>,
    text: String,
    kids: Vec<Node>,
}

/// An element with a class; none where it is empty.
pub fn el(tag: &'static str, class: &str) -> Node {
    let node = Node { tag, ..Node::default() };
    if class.is_empty() { node } else { node.with("class", class) }
}

impl Node {
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.attributes.push((name, value.to_owned()));
        self
    }

    pub fn key(mut self, key: u64) -> Self {
        self.key = key;
        self
    }

    pub fn text(mut self, text: &str) -> Self {
        text.clone_into(&mut self.text);
        self
    }

    pub fn kids(mut self, kids: Vec<Node>) -> Self {
        self.kids = kids;
        self
    }

    pub fn kid(mut self, kid: Node) -> Self {
        self.kids.push(kid);
        self
    }

    /// With one more child, if there is one.
    pub fn kids_after(mut self, kid: Option<Node>) -> Self {
        self.kids.extend(kid);
        self
    }

    /// Calls the painter's owner with `word` when it is pressed ([`pressed`]).
    pub fn does(self, word: &str) -> Self {
        self.with(DOES, word)
    }

    /// The text of it and of all in it, for tests.
    #[cfg(test)]
    pub fn words(&self) -> String {
        let kids: Vec<String> = self.kids.iter().map(Node::words).filter(|words| !words.is_empty()).collect();
        if self.kids.is_empty() { self.text.clone() } else { kids.join(" ") }
    }
}

/// A button of the usual look.
pub fn button(class: &str, does: &str, text: &str) -> Node {
    el("button", class).with("type", "button").does(does).text(text)
}

/// A table: its caption, its columns, its rows. Where it is wider than the page it is scrolled by itself.
pub fn table(caption: &str, columns: &[&str], rows: Vec<Node>) -> Node {
    let heads = columns.iter().map(|name| el("th", "").with("scope", "col").text(name)).collect();
    let table = el("table", "")
        .kid(el("caption", "").text(caption))
        .kid(el("thead", "").kid(el("tr", "").kids(heads)))
        .kid(el("tbody", "").kids(rows));
    el("div", "scroll").with("tabindex", "0").with("role", "group").with("aria-label", caption).kid(table)
}

const DOES: &str = "data-do";

/// What the element that an event began at does, or the nearest around it.
pub fn pressed(target: Option<web_sys::EventTarget>) -> Option<String> {
    use wasm_bindgen::JsCast;
    let element = target?.dyn_into::<Element>().ok()?;
    element.closest("[data-do]").ok()??.get_attribute(DOES)
}

/// Moves the focus to what does this, in the whole page; whether there is such a thing.
pub fn focus_on(does: &str) -> bool {
    let found = dom::document().and_then(|page| page.query_selector(&format!("[data-do=\"{does}\"]")).ok().flatten());
    found.is_some_and(|element| {
        dom::focus_element(&element);
        true
    })
}

/// Keeps the children of one element as they were last asked for. Nobody else may touch them.
#[derive(Default)]
pub struct Painter(RefCell<Vec<Node>>);

impl Painter {
    /// Makes the children of `host` be `kids`. The focus stays on what does the same as before; where that is gone, it
    /// goes to the host.
    pub fn paint(&self, host: &Element, kids: Vec<Node>) {
        let mut shown = self.0.borrow_mut();
        if *shown == kids {
            return;
        }
        let active = || dom::document().and_then(|page| page.active_element());
        let focused = active().filter(|element| host.contains(Some(element)));
        patch_kids(host, host.namespace_uri().is_some_and(|name| name.ends_with("svg")), &shown, &kids);
        *shown = kids;
        drop(shown);
        if let Some(before) = focused.filter(|before| !host.contains(Some(before)))
            && !before.get_attribute(DOES).is_some_and(|does| focus_on(&does))
        {
            dom::focus_element(host);
        }
    }
}

fn patch_kids(parent: &Element, svg: bool, old: &[Node], new: &[Node]) {
    let mut at = parent.first_element_child();
    for (index, node) in new.iter().enumerate() {
        let Some(element) = at.take() else {
            make(parent, svg, node);
            continue;
        };
        at = element.next_element_sibling();
        match old.get(index) {
            Some(before) if before == node => {}
            Some(before) if before.tag == node.tag && before.key == node.key => patch(&element, svg, before, node),
            _ => {
                if let Some(fresh) = make(parent, svg, node) {
                    // It was made at the end, and moves to where the old one stands.
                    let _ = element.replace_with_with_node_1(&fresh);
                }
            }
        }
    }
    while let Some(element) = at.take() {
        at = element.next_element_sibling();
        element.remove();
    }
}

fn patch(element: &Element, svg: bool, old: &Node, new: &Node) {
    for (name, value) in &new.attributes {
        if !old.attributes.iter().any(|(other, before)| other == name && before == value) {
            dom::set(element, name, value);
        }
    }
    for (name, _) in &old.attributes {
        if !new.attributes.iter().any(|(other, _)| other == name) {
            let _ = element.remove_attribute(name);
        }
    }
    if old.text != new.text || (new.kids.is_empty() && !old.kids.is_empty()) {
        element.set_text_content(Some(&new.text));
    }
    let old_kids = if old.text == new.text { old.kids.as_slice() } else { &[] };
    patch_kids(element, svg || new.tag == "svg", old_kids, &new.kids);
}

fn make(parent: &Element, svg: bool, node: &Node) -> Option<Element> {
    let svg = svg || node.tag == "svg";
    let element = if svg { dom::svg(parent, node.tag, &[])? } else { dom::html(parent, node.tag, "")? };
    for (name, value) in &node.attributes {
        dom::set(&element, name, value);
    }
    if !node.text.is_empty() {
        element.set_text_content(Some(&node.text));
    }
    for kid in &node.kids {
        make(&element, svg, kid);
    }
    Some(element)
}
