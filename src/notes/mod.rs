//! The notes: their list, one of them opened, the tour, and what stands there while or when they do not come.
//!
//! A page is a fragment of HTML made from its Markdown file when the site is built; nothing of the reader's is in it.

pub mod catalog;
mod enhance;
mod fetch;
mod index_page;
mod json;
mod nav;
pub mod prerendered;
mod quiz;
pub mod search;

use crate::reactive::{Effect, RwSignal, draws, on};
use crate::{
    component::named,
    lab_link::Lab,
    parts::{View, late},
    practice::{DESK, LabPage},
    route::Route,
    router::Router,
    workbench::{FillButton, Layout, Pane},
};
use catalog::{Catalog, Loaded};
pub use enhance::{Body, all};
use leptos::prelude::*;
use nav::NotesNav;
use prerendered::Prerendered;

/// A page of the notes as it is shown.
#[derive(Clone, PartialEq)]
enum Page {
    Loading,
    All,
    AllLabs,
    /// The tour, a note or a lab, as HTML.
    Opened(String),
    Missing,
    Failed(String),
}

#[component]
pub fn NotesPane() -> impl IntoView {
    let router: Router = expect_context();
    let catalog: Catalog = expect_context();
    let page = RwSignal::new(Page::Loading);
    let pane = NodeRef::<leptos::html::Div>::new();
    follow_route(router, catalog, page);
    // A new page begins at its top, or at the heading the address names.
    Effect::new(move |_| {
        page.track();
        let fragment = router.fragment.get();
        crate::dom::on_next_frame(move |_| {
            if fragment.is_empty() {
                if let Some(pane) = pane.get_untracked() {
                    pane.set_scroll_top(0);
                }
            } else if let Some(found) = crate::dom::document().and_then(|page| page.get_element_by_id(&fragment)) {
                found.scroll_into_view();
            }
        });
    });
    view! {
        <div class="notes">
            <NotesNav />
            <div class="note-scroll" node_ref=pane>
                <div class="note-tools">
                    <FillButton pane=Pane::Notes />
                </div>
                {draws(move || draw(page.get(), catalog))}
            </div>
        </div>
    }
}

fn draw(page: Page, catalog: Catalog) -> AnyView {
    match page {
        Page::Loading => view! { <Body html=LOADING.to_owned() class="note note-loading" /> }.into_any(),
        Page::All => view! { <index_page::AllNotes /> }.into_any(),
        Page::AllLabs => late(View::Labs),
        Page::Opened(html) if html.contains(DESK) => view! { <LabPage html=html /> }.into_any(),
        Page::Opened(html) => view! { <Body html=html class="note" /> }.into_any(),
        Page::Missing => view! { <Body html=MISSING.to_owned() class="note" /> }.into_any(),
        Page::Failed(reason) => view! {
            <div class="note">
                <h1>"This page did not come"</h1>
                <p role="alert">{format!("It could not be shown: {reason}.")}</p>
                <p>
                    <button type="button" class="button" on:click=on(move |_| catalog.fetch_index())>"Try again"</button>
                </p>
            </div>
        }
        .into_any(),
    }
}

const LOADING: &str = "<p class=\"visually-hidden\" role=\"status\">The page is being fetched.</p>\
    <div class=\"bone bone-title\"></div><div class=\"bone\"></div><div class=\"bone\"></div>\
    <div class=\"bone bone-short\"></div>";

/// Relative addresses begin at the site's base.
const MISSING: &str = "<h1>There is no such page</h1>\
    <p class=\"summary\">The address leads nowhere here. The cluster is still running, though.</p>\
    <p><a href=\"notes\">All notes</a> · <a href=\"./\">The tour</a></p>";

/// Keeps `page` in step with the address.
fn follow_route(router: Router, catalog: Catalog, page: RwSignal<Page>) {
    let lab: Lab = expect_context();
    let prerendered: Prerendered = expect_context();
    // Answers that come after the reader has gone on are not shown.
    let turn = StoredValue::new(0_u32);
    let show = move |shown: Page| {
        if page.with_untracked(|page| *page != shown) {
            page.set(shown);
        }
    };
    Effect::new(move |_| {
        turn.update_value(|turn| *turn = turn.wrapping_add(1));
        let mine = turn.get_value();
        let mut focus = Vec::new();
        let name = match router.route.get() {
            // The notes stay as they were behind a filled pane; on the first visit the tour waits there.
            Route::Cluster | Route::Console if page.with_untracked(|page| *page != Page::Loading) => return,
            Route::Tour | Route::Cluster | Route::Console => "tour".to_owned(),
            Route::Notes => return show(Page::All),
            Route::Labs => return show(Page::AllLabs),
            Route::NotFound => return show(Page::Missing),
            // Hosts answer an unknown address with this very page, so only the index knows what there is.
            ref route @ (Route::Note(ref slug) | Route::Lab(ref slug)) => {
                let is_lab = matches!(route, Route::Lab(_));
                let name = if is_lab { format!("labs/{slug}") } else { slug.clone() };
                match catalog.index.get() {
                    Loaded::Loading => return show(prerendered.html(&name).map_or(Page::Loading, Page::Opened)),
                    Loaded::Failed(reason) => {
                        return show(prerendered.html(&name).map_or(Page::Failed(reason), Page::Opened));
                    }
                    Loaded::Here(index) => {
                        let entry = if is_lab { index.lab(slug) } else { index.note(slug) };
                        let Some(entry) = entry else { return show(Page::Missing) };
                        focus = entry.focus.iter().map(|id| named(id)).collect();
                        name
                    }
                }
            }
        };
        // The diagram brings forward what the page is about.
        lab.highlighted.set(focus);
        if let Some(html) = prerendered.html(&name) {
            return show(Page::Opened(html));
        }
        show(Page::Loading);
        wasm_bindgen_futures::spawn_local(async move {
            let found = fetch::text(&router.asset(&format!("content/pages/{name}.html"))).await;
            if turn.get_value() == mine {
                show(found.map_or_else(Page::Failed, Page::Opened));
            }
        });
    });
}

/// Runs a block of the notes and shows the reader where.
fn run_in_console(lab: Lab, layout: Layout, script: String) {
    layout.reveal(Pane::Console);
    lab.run(script);
}
