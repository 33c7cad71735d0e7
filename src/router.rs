//! Which route is shown, and how links change it without loading the page again.

use crate::reactive::RwSignal;
use crate::{
    dom,
    route::{self, Route, below_base, directory},
    storage,
};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Event, MouseEvent, Url};

/// The router of the page; a handle that can be copied.
#[derive(Clone, Copy)]
pub struct Router {
    /// Where the site lives on its host, with a slash at both ends.
    base: StoredValue<String>,
    /// Whether the page is inside another site's: it then has no header, and keeps nothing.
    pub embedded: bool,
    /// What is shown.
    pub route: RwSignal<Route>,
    /// The part of the address after `#`, for the note to scroll to.
    pub fragment: RwSignal<String>,
    /// How often a link was followed, be it to where one is.
    pub visits: RwSignal<u32>,
}

impl Router {
    /// Reads the address and follows it from now on.
    pub fn start() -> Self {
        // `<base href>` says where the site lives; it is read once, before any address is pushed.
        let base = dom::document()
            .and_then(|document| document.base_uri().ok().flatten())
            .and_then(|uri| Url::new(&uri).ok())
            .map_or_else(|| "/".to_owned(), |url| directory(&url.pathname()));
        let location = dom::window().map(|window| window.location());
        let path = location.and_then(|location| location.pathname().ok()).unwrap_or_default();
        let embedded = below_base(&base, &path).and_then(route::embedded).is_some();
        if embedded {
            storage::forget_with_the_page();
        }
        let router = Self {
            base: StoredValue::new(base),
            embedded,
            route: RwSignal::new(Route::Tour),
            fragment: RwSignal::new(String::new()),
            visits: RwSignal::new(0),
        };
        router.read_address();
        if let Some(window) = dom::window() {
            dom::listen(&window, "popstate", move |_: Event| router.read_address());
        }
        if let Some(document) = dom::document() {
            dom::listen(&document, "click", move |event: MouseEvent| router.follow_click(&event));
        }
        router
    }

    /// The address of a route.
    pub fn href(self, route: &Route) -> String {
        let below = if self.embedded { "embed/" } else { "" };
        self.base.with_value(|base| format!("{base}{below}{}", route.path()))
    }

    /// The whole address of what is shown as a page of its own, with another part after `#`.
    pub fn with_fragment(self, fragment: &str) -> String {
        let origin = dom::window().and_then(|window| window.location().origin().ok()).unwrap_or_default();
        format!("{origin}{}#{fragment}", self.asset(&self.route.get_untracked().path()))
    }

    /// Whether the address asks for something, by a word after its `?`.
    pub fn asks_for(self, word: &str) -> bool {
        let search = dom::window().and_then(|window| window.location().search().ok()).unwrap_or_default();
        search.trim_start_matches('?').split('&').any(|asked| asked == word)
    }

    /// Takes the part after `#` out of the address, without a step in the history.
    pub fn drop_fragment(self) {
        self.fragment.set(String::new());
        if let Some(history) = dom::window().and_then(|window| window.history().ok()) {
            let here = self.href(&self.route.get_untracked());
            let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&here));
        }
    }

    /// The address of a file of the site.
    pub fn asset(self, path: &str) -> String {
        self.base.with_value(|base| format!("{base}{path}"))
    }

    /// Goes to a route as a link would.
    pub fn go(self, route: &Route) {
        self.push(&self.href(route));
    }

    fn push(self, address: &str) {
        if let Some(history) = dom::window().and_then(|window| window.history().ok()) {
            let _ = history.push_state_with_url(&JsValue::NULL, "", Some(address));
        }
        self.read_address();
        self.visits.update(|visits| *visits += 1);
    }

    fn read_address(self) {
        let Some(location) = dom::window().map(|window| window.location()) else { return };
        let pathname = location.pathname().unwrap_or_default();
        let route = self.base.with_value(|base| below_base(base, &pathname).map_or(Route::NotFound, route::of_page));
        if self.route.with_untracked(|shown| *shown != route) {
            self.route.set(route);
        }
        self.fragment.set(location.hash().unwrap_or_default().trim_start_matches('#').to_owned());
    }

    /// A plain click on a link to one of our routes stays in the page; everything else is the browser's.
    fn follow_click(self, event: &MouseEvent) {
        if event.default_prevented()
            || event.button() != 0
            || event.ctrl_key()
            || event.meta_key()
            || event.shift_key()
            || event.alt_key()
        {
            return;
        }
        let Some(target) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return };
        let Ok(Some(link)) = target.closest("a[href]") else { return };
        if link.has_attribute("target") || link.has_attribute("download") {
            return;
        }
        let href = link.get_attribute("href").unwrap_or_default();
        if let Some(fragment) = href.strip_prefix('#') {
            // With a `<base>` a bare fragment would lead to the front page.
            event.prevent_default();
            self.fragment.set(fragment.to_owned());
            dom::focus(fragment);
            return;
        }
        let Some(link) = link.dyn_ref::<web_sys::HtmlAnchorElement>() else { return };
        let origin = dom::window().and_then(|window| window.location().origin().ok()).unwrap_or_default();
        let route =
            self.base.with_value(|base| below_base(base, &link.pathname()).map_or(Route::NotFound, route::of_page));
        if link.origin() == origin && route != Route::NotFound {
            event.prevent_default();
            self.push(&format!("{}{}", self.href(&route), link.hash()));
        }
    }
}
