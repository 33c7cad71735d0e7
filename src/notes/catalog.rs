//! The list of all notes, and the files that every page needs.

use super::{fetch, json};
use crate::reactive::RwSignal;
use crate::router::Router;
use lesson::Index;
use std::sync::Arc;

/// The catalog is on its way, here, or not to be had.
#[derive(Clone, Debug, PartialEq)]
pub enum Loaded<T> {
    Loading,
    Here(T),
    Failed(String),
}

/// What the first load knows about all pages; a handle that can be copied.
#[derive(Clone, Copy)]
pub struct Catalog {
    pub index: RwSignal<Loaded<Arc<Index>>>,
    /// The words on the diagram, as HTML: a section a component.
    pub components: RwSignal<Loaded<Arc<str>>>,
    router: Router,
}

impl Catalog {
    /// Asks for the index at once; for the components when the first panel is opened.
    pub fn fetch(router: Router) -> Self {
        let catalog =
            Self { index: RwSignal::new(Loaded::Loading), components: RwSignal::new(Loaded::Loading), router };
        catalog.fetch_index();
        catalog
    }

    /// Asks for the index, again where that failed.
    pub fn fetch_index(self) {
        self.index.set(Loaded::Loading);
        let address = self.router.asset("content/index.json");
        wasm_bindgen_futures::spawn_local(async move {
            let found = fetch::text(&address).await.and_then(|text| json::index(&text));
            self.index.set(found.map_or_else(Loaded::Failed, |index| Loaded::Here(Arc::new(index))));
        });
    }

    /// Asks for the words on the diagram, once they are needed.
    pub fn fetch_components(self) {
        if matches!(self.components.get_untracked(), Loaded::Here(_)) {
            return;
        }
        let address = self.router.asset("content/pages/components.html");
        wasm_bindgen_futures::spawn_local(async move {
            let found = fetch::text(&address).await;
            self.components.set(found.map_or_else(Loaded::Failed, |words| Loaded::Here(words.into())));
        });
    }

    /// The title of a note, where the index is here and knows it.
    pub fn title(self, slug: &str) -> Option<String> {
        self.look(|index| index.note(slug).map(|note| note.title.clone()))
    }

    /// The title of a lab, likewise.
    pub fn lab_title(self, slug: &str) -> Option<String> {
        self.look(|index| index.lab(slug).map(|lab| lab.title.clone()))
    }

    /// Name and title of the lab that comes after one.
    pub fn lab_after(self, slug: &str) -> Option<(String, String)> {
        self.look(|index| {
            let at = index.labs.iter().position(|lab| lab.slug == slug)?;
            index.labs.get(at + 1).map(|lab| (lab.slug.clone(), lab.title.clone()))
        })
    }

    fn look<T>(self, find: impl FnOnce(&Index) -> Option<T>) -> Option<T> {
        self.index.with(|index| match index {
            Loaded::Here(index) => find(index),
            _ => None,
        })
    }
}
