//! The list of notes beside the page.

use super::catalog::{Catalog, Loaded};
use crate::reactive::{Effect, Memo, RwSignal, draws, each, holds, may_say, on, says};
use crate::{practice::progress::Progress, route::Route, router::Router};
use leptos::prelude::*;
use lesson::Index;

#[component]
pub fn NotesNav() -> impl IntoView {
    let catalog: Catalog = expect_context();
    let router: Router = expect_context();
    // In a narrow pane the list folds away while a note is read.
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(matches!(router.route.get(), Route::Notes)));
    // Among the labs the list is theirs.
    let labs = Memo::new(move |_| matches!(router.route.get(), Route::Labs | Route::Lab(_)));
    view! {
        <nav class="notes-nav" aria-label=says(move || if labs.get() { "Labs" } else { "Notes" }) class:open=holds(move || open.get())>
            <button
                type="button"
                class="notes-nav-toggle"
                aria-expanded=says(move || open.get().to_string())
                aria-controls="notes-list"
                on:click=on(move |_| open.update(|open| *open = !*open))
            >
                "Contents"
            </button>
            <div class="notes-list" id="notes-list">
                {draws(move || match catalog.index.get() {
                    Loaded::Loading => view! { <p class="quiet">"Fetching the list…"</p> }.into_any(),
                    Loaded::Failed(reason) => {
                        view! {
                            <p class="quiet">{format!("The list did not come: {reason}.")}</p>
                            <button type="button" class="button" on:click=on(move |_| catalog.fetch_index())>
                                "Fetch it again"
                            </button>
                        }
                            .into_any()
                    }
                    Loaded::Here(index) => list(&index, labs.get(), router),
                })}
            </div>
        </nav>
    }
}

/// Stands behind the name of a lab that the learner has solved.
#[component]
fn SolvedMark() -> impl IntoView {
    view! { <span class="solved-mark" role="img" aria-label="solved" title="Solved">"✓"</span> }
}

fn list(index: &Index, labs: bool, router: Router) -> AnyView {
    let progress: Progress = expect_context();
    let link = move |route: Route, title: String| {
        let href = router.href(&route);
        let here = route.clone();
        let current = move || (router.route.get() == route).then_some("page");
        let solved = match &here {
            Route::Lab(name) if progress.of(name) == Some(true) => Some(view! { <SolvedMark /> }),
            _ => None,
        };
        view! { <li><a href=href aria-current=may_say(current)>{title}</a>{solved}</li> }.into_any()
    };
    let (sections, route): (_, fn(String) -> Route) =
        if labs { (index.lab_sections(), Route::Lab) } else { (index.sections(), Route::Note) };
    let sections = each(sections.iter().map(|section| {
        let links = each(section.pages.iter().map(|page| link(route(page.slug.clone()), page.title.clone())));
        view! {
            <p class="nav-section">{section.title.to_owned()}</p>
            <ul>{links}</ul>
        }
    }));
    view! {
        <ul>
            {(!labs).then(|| link(Route::Tour, "Tour".to_owned()))}
            {if labs {
                link(Route::Labs, "All labs".to_owned())
            } else {
                link(Route::Notes, "All notes".to_owned())
            }}
        </ul>
        {sections}
    }
    .into_any()
}
