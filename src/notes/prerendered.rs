//! The text that came with the page's HTML, so that what is read already is not fetched once more.

use crate::dom;

/// A page of the notes as the build wrote it into the document (`xtask/src/prerender.rs`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prerendered {
    /// `tour`, or the slug of a note.
    pub name: String,
    /// The same HTML as `content/pages/NAME.html`.
    pub html: String,
}

impl Prerendered {
    /// What stands in the document's shell; `None` on routes that the script draws.
    pub fn read() -> Option<Self> {
        let page = dom::document()?.query_selector("#shell [data-page]").ok()??;
        Some(Self { name: page.get_attribute("data-page")?, html: page.inner_html() })
    }
}
