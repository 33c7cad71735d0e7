//! The notes: their list, one of them opened, the tour, and what stands there while or when they do not come.

pub mod catalog;
mod enhance;
mod fetch;
mod index_page;
mod json;
mod nav;
mod quiz;
pub mod search;

use crate::{
    lab_link::Lab,
    route::Route,
    router::Router,
    workbench::{FillButton, Layout, Pane},
};
use catalog::{Catalog, Loaded};
use enhance::Body;
use leptos::prelude::*;
use lesson::{Block, Glossary, Index, IndexEntry, Note, Term, Tour};
use nav::NotesNav;

/// A page of the notes as it is shown.
#[derive(Clone, PartialEq)]
enum Page {
    Loading,
    Tour(Tour),
    All,
    Note(Box<Note>),
    Missing,
    Failed(String),
}

#[component]
pub fn NotesPane() -> impl IntoView {
    let router: Router = expect_context();
    let catalog: Catalog = expect_context();
    let lab: Lab = expect_context();
    let page = RwSignal::new(Page::Loading);
    let pane = NodeRef::<leptos::html::Div>::new();
    follow_route(router, catalog, page);
    // The diagram brings forward what the page is about.
    Effect::new(move |_| {
        lab.highlighted.set(page.with(|page| match page {
            Page::Note(note) => note.focus.clone(),
            _ => Vec::new(),
        }));
    });
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
                {move || page.with(|page| draw(page, router, catalog))}
            </div>
        </div>
    }
}

fn draw(page: &Page, router: Router, catalog: Catalog) -> AnyView {
    match page {
        Page::Loading => view! {
            <div class="note note-loading" role="status">
                <p class="visually-hidden">"The page is being fetched."</p>
                <div class="bone bone-title"></div>
                <div class="bone"></div>
                <div class="bone"></div>
                <div class="bone bone-short"></div>
            </div>
        }
        .into_any(),
        Page::Tour(tour) => draw_tour(tour, router, catalog),
        Page::All => view! { <index_page::AllNotes /> }.into_any(),
        Page::Note(note) => draw_note(note, router, catalog),
        Page::Missing => view! {
            <div class="note">
                <h1>"There is no such page"</h1>
                <p class="summary">"The address leads nowhere here. The cluster is still running, though."</p>
                <p>
                    <a href=router.href(&Route::Notes)>"All notes"</a>
                    " · "
                    <a href=router.href(&Route::Tour)>"The tour"</a>
                </p>
            </div>
        }
        .into_any(),
        Page::Failed(reason) => view! {
            <div class="note">
                <h1>"This page did not come"</h1>
                <p role="alert">{format!("It could not be shown: {reason}.")}</p>
                <p>
                    <button type="button" class="button" on:click=move |_| catalog.fetch_index()>"Try again"</button>
                </p>
            </div>
        }
        .into_any(),
    }
}

fn draw_note(note: &Note, router: Router, catalog: Catalog) -> AnyView {
    let (before, after) = catalog.index.with_untracked(|index| match index {
        Loaded::Here(index) => {
            let (before, after) = index.neighbours(&note.slug);
            (before.cloned(), after.cloned())
        }
        _ => (None, None),
    });
    let neighbour = move |entry: Option<IndexEntry>, label: &'static str, class: &'static str| {
        entry.map(|entry| {
            view! {
                <a class=class href=router.href(&Route::Note(entry.slug.clone()))>
                    <span class="direction">{label}</span>
                    <span>{entry.title}</span>
                </a>
            }
        })
    };
    let contents: Vec<_> = note
        .headings()
        .into_iter()
        .map(|(id, words)| view! { <li><a href=format!("#{id}")>{words}</a></li> })
        .collect();
    let since = (!note.since.is_empty()).then(|| format!("Checked against {}", note.since));
    view! {
        <article class="note">
            <header>
                <p class="eyebrow">{note.section.clone()}</p>
                <h1>{note.title.clone()}</h1>
                <p class="summary">{note.summary.clone()}</p>
            </header>
            {(contents.len() > 2)
                .then(|| {
                    view! {
                        <details class="contents">
                            <summary>"On this page"</summary>
                            <ul>{contents}</ul>
                        </details>
                    }
                })}
            {body(&note.body, router, catalog)}
            <footer class="note-footer">
                <p class="since">{since}</p>
                <nav class="neighbours" aria-label="Reading order">
                    {neighbour(before, "Before", "before")}
                    {neighbour(after, "Next", "after")}
                </nav>
            </footer>
        </article>
    }
    .into_any()
}

fn draw_tour(tour: &Tour, router: Router, catalog: Catalog) -> AnyView {
    let steps: Vec<_> = (1..)
        .zip(&tour.steps)
        .map(|(number, step)| {
            let id = format!("step-{number}");
            let labelled = id.clone();
            view! {
                <section class="step" aria-labelledby=labelled>
                    <h2 id=id>
                        <span class="number" aria-hidden="true">{number.to_string()}</span>
                        {step.title.clone()}
                    </h2>
                    {body(&step.body, router, catalog)}
                </section>
            }
        })
        .collect();
    view! {
        <article class="note tour">
            <header>
                <p class="eyebrow">"Tour"</p>
                <h1>{tour.title.clone()}</h1>
                <p class="summary">{tour.summary.clone()}</p>
            </header>
            {body(&tour.intro, router, catalog)}
            {steps}
            <footer class="note-footer">
                <nav class="neighbours" aria-label="Reading order">
                    <a class="after" href=router.href(&Route::Notes)>
                        <span class="direction">"Next"</span>
                        <span>"All notes"</span>
                    </a>
                </nav>
            </footer>
        </article>
    }
    .into_any()
}

fn body(blocks: &[Block], router: Router, catalog: Catalog) -> impl IntoView + use<> {
    let glossary = catalog.index.with_untracked(|index| match index {
        Loaded::Here(index) => glossary(index),
        _ => Glossary::default(),
    });
    let base = router.asset("");
    let html = lesson::html::blocks(&lesson::html::Context { base: &base, glossary: &glossary }, blocks);
    let quizzes = quiz::in_blocks(blocks);
    view! { <Body html=html quizzes=quizzes /> }
}

fn glossary(index: &Index) -> Glossary {
    let term =
        |term: &lesson::IndexTerm| (term.id.clone(), Term { name: term.name.clone(), sentence: term.sentence.clone() });
    Glossary { terms: index.terms.iter().map(term).collect() }
}

/// Keeps `page` in step with the address.
fn follow_route(router: Router, catalog: Catalog, page: RwSignal<Page>) {
    // Answers that come after the reader has gone on are not shown.
    let turn = StoredValue::new(0_u32);
    Effect::new(move |_| {
        turn.update_value(|turn| *turn = turn.wrapping_add(1));
        let mine = turn.get_value();
        let path = match router.route.get() {
            // The notes stay as they were behind a filled pane; on the first visit the tour waits there.
            Route::Cluster | Route::Console if page.with_untracked(|page| *page != Page::Loading) => return,
            Route::Tour | Route::Cluster | Route::Console => None,
            Route::Notes => return page.set(Page::All),
            Route::NotFound => return page.set(Page::Missing),
            Route::Note(slug) => match catalog.index.get() {
                Loaded::Loading => return page.set(Page::Loading),
                Loaded::Failed(reason) => return page.set(Page::Failed(reason)),
                Loaded::Here(index) => match index.note(&slug) {
                    Some(entry) => Some(entry.path.clone()),
                    None => return page.set(Page::Missing),
                },
            },
        };
        // The words of the glossary come with the index, so that a page is drawn once and whole.
        if catalog.index.with(|index| *index == Loaded::Loading) {
            return page.set(Page::Loading);
        }
        page.set(Page::Loading);
        wasm_bindgen_futures::spawn_local(async move {
            let address = router.asset(&format!("content/{}", path.as_deref().unwrap_or("tour.md")));
            let found = fetch::text(&address).await.and_then(|text| {
                match &path {
                    Some(path) => lesson::parse_note(path, &text).map(|note| Page::Note(Box::new(note))),
                    None => lesson::parse_tour(&text).map(Page::Tour),
                }
                .map_err(|error| error.to_string())
            });
            if turn.get_value() == mine {
                page.set(found.unwrap_or_else(Page::Failed));
            }
        });
    });
}

/// Runs a block of the notes and shows the reader where.
fn run_in_console(lab: Lab, layout: Layout, script: String) {
    layout.reveal(Pane::Console);
    lab.run(script);
}
