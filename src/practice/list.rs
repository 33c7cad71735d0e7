//! `/labs`: every lab, how far the learner is with it, and the progress as a file.

use super::progress::{BYTES_MAX, Progress};
use crate::reactive::{Memo, RwSignal, draws, each, on, says};
use crate::{
    dom,
    notes::catalog::{Catalog, Loaded},
    route::Route,
    router::Router,
};
use leptos::prelude::*;
use lesson::{Index, IndexEntry};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Event, HtmlInputElement};

#[component]
pub fn AllLabs() -> impl IntoView {
    let catalog: Catalog = expect_context();
    view! {
        <div class="note all-notes all-labs">
            <h1>"Labs"</h1>
            <p class="summary">
                "A goal to reach in a cluster of its own, judged by what you did to it, not by how."
            </p>
            {draws(move || match catalog.index.get() {
                Loaded::Loading => view! { <p role="status">"Fetching the list…"</p> }.into_any(),
                Loaded::Failed(reason) => {
                    view! {
                        <p role="alert">{format!("The list did not come: {reason}.")}</p>
                        <button type="button" class="button" on:click=on(move |_| catalog.fetch_index())>"Try again"</button>
                    }
                        .into_any()
                }
                Loaded::Here(index) if index.labs.is_empty() => view! { <p>"There are no labs yet."</p> }.into_any(),
                Loaded::Here(index) => list(&index),
            })}
            <Taken />
        </div>
    }
}

fn list(index: &Index) -> AnyView {
    let progress: Progress = expect_context();
    let names: Vec<String> = index.labs.iter().map(|lab| lab.slug.clone()).collect();
    let solved = move || {
        let solved = names.iter().filter(|name| progress.of(name) == Some(true)).count();
        format!("{solved} of {} solved", names.len())
    };
    let lab_sections = index.lab_sections();
    let sections = each(lab_sections.iter().map(|section| {
        let labs = each(section.pages.iter().map(|lab| card(lab, progress)));
        view! {
            <section>
                <h2>{section.title.to_owned()}</h2>
                <ul class="cards">{labs}</ul>
            </section>
        }
    }));
    view! {
        <p class="solved-count">{says(solved)}</p>
        {sections}
    }
    .into_any()
}

fn card(lab: &IndexEntry, progress: Progress) -> AnyView {
    let router: Router = expect_context();
    let name = lab.slug.clone();
    let state = Memo::new(move |_| progress.of(&name));
    let (class, words) = (
        move || if state.get() == Some(true) { "lab-state solved" } else { "lab-state" },
        move || match state.get() {
            Some(true) => "Solved",
            Some(false) => "Started",
            None => "",
        },
    );
    view! {
        <li>
            <a href=router.href(&Route::Lab(lab.slug.clone()))>{lab.title.clone()}</a>
            " "
            <span class=says(class)>{says(words)}</span>
            <p>{lab.summary.clone()}</p>
        </li>
    }
    .into_any()
}

/// The progress as a file: taken along, and brought back.
#[component]
fn Taken() -> impl IntoView {
    let progress: Progress = expect_context();
    let said = RwSignal::new(String::new());
    let import = move |event: Event| {
        let Some(input) = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok()) else { return };
        let Some(file) = input.files().and_then(|files| files.get(0)) else { return };
        // The same file may be chosen again.
        input.set_value("");
        if file.size() > BYTES_MAX as f64 {
            return said.set(format!("This file was not taken: it is larger than {} kB.", BYTES_MAX >> 10));
        }
        wasm_bindgen_futures::spawn_local(async move {
            let text = JsFuture::from(file.text()).await.ok().and_then(|text| text.as_string()).unwrap_or_default();
            said.set(match progress.import(&text) {
                Ok(count) => format!("Taken over: {count} labs."),
                Err(reason) => format!("This file was not taken: {reason}."),
            });
        });
    };
    view! {
        <section class="taken" aria-labelledby="taken">
            <h2 id="taken">"Your progress"</h2>
            <p>
                {says(move || {
                    if progress.kept.get() {
                        "It is kept in this browser only. As a file you can take it to another."
                    } else {
                        "This browser refuses to keep it. Export it before you close the page."
                    }
                })}
            </p>
            <div class="actions">
                <button
                    type="button"
                    class="button"
                    on:click=on(move |_| dom::download("kubarium-progress.txt", &progress.to_text()))
                >
                    "Export"
                </button>
                <label class="button file-button">
                    "Import" <input type="file" accept=".txt,text/plain" class="visually-hidden" on:change=on(import) />
                </label>
            </div>
            <p role="status">{says(move || said.get())}</p>
        </section>
    }
}
