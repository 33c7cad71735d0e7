//! The text that came with the page's HTML, so that what is read already is neither fetched nor painted once more.

use crate::dom;
use leptos::prelude::*;
use web_sys::Element;

/// A page of the notes as the build wrote it into the document (`xtask/src/prerender.rs`); a handle that can be copied.
#[derive(Clone, Copy)]
pub struct Prerendered(StoredValue<Option<Page>, LocalStorage>);

struct Page {
    /// `tour`, or the slug of a note.
    name: String,
    /// The same HTML as `content/pages/NAME.html`.
    html: String,
    /// The element in the document's shell, until its text has moved into the notes pane.
    element: Option<Element>,
}

impl Prerendered {
    /// What stands in the document's shell: nothing on routes that the script draws.
    pub fn read() -> Self {
        let element = dom::document().and_then(|page| page.query_selector("#shell [data-page]").ok().flatten());
        Self(StoredValue::new_local(element.and_then(|element| {
            let name = element.get_attribute("data-page")?;
            Some(Page { name, html: element.inner_html(), element: Some(element) })
        })))
    }

    /// The HTML of a page, when it is the one that came along.
    pub fn html(self, name: &str) -> Option<String> {
        self.0.with_value(|page| page.as_ref().filter(|page| page.name == name).map(|page| page.html.clone()))
    }

    /// Moves the very elements that are painted already into `body`, when they are what it is to show; `false` when
    /// they are not, or have moved before. To a browser new elements would be a second, later painting of the page.
    pub fn move_into(self, body: &Element, html: &str) -> bool {
        let element = self.0.try_update_value(|page| {
            page.as_mut().filter(|page| page.html == html).and_then(|page| page.element.take())
        });
        let Some(element) = element.flatten() else { return false };
        // The pane may have shown that a page is on its way.
        body.set_text_content(None);
        while let Some(child) = element.first_child() {
            if body.append_child(&child).is_err() {
                return false;
            }
        }
        true
    }
}
