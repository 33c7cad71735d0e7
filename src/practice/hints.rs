//! Hints, one at a time: the static page lists them all, and here they wait until they are asked for.

use crate::{dom, notes::all};
use std::cell::Cell;
use web_sys::{Element, Event};

/// Hides the hints of a section behind a button that shows the next one.
pub fn build(section: &Element) {
    let hints = all(section, "ol > li");
    for hint in &hints {
        dom::set(hint, "hidden", "");
    }
    // A hint that appears is read out.
    if let Some(list) = hints.first().and_then(|hint| hint.parent_element()) {
        dom::set(&list, "aria-live", "polite");
    }
    let Some(button) = dom::html(section, "button", "button") else { return };
    dom::set(&button, "type", "button");
    button.set_text_content(Some("Show a hint"));
    let shown = Cell::new(0);
    let this = button.clone();
    dom::listen(&button, "click", move |_: Event| {
        if let Some(hint) = hints.get(shown.get()) {
            let _ = hint.remove_attribute("hidden");
            shown.set(shown.get() + 1);
        }
        if shown.get() < hints.len() {
            this.set_text_content(Some("Show another hint"));
        } else {
            // A button that vanished would take the focus along.
            dom::set(&this, "aria-disabled", "true");
            this.set_text_content(Some("That was the last hint"));
        }
    });
}
