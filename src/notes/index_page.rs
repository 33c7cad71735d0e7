//! `/notes`: every note with what it is about.

use super::catalog::{Catalog, Loaded};
use crate::reactive::{draws, each};
use crate::{route::Route, router::Router};
use leptos::prelude::*;

#[component]
pub fn AllNotes() -> impl IntoView {
    let catalog: Catalog = expect_context();
    let router: Router = expect_context();
    view! {
        <div class="note all-notes">
            <h1>"Notes"</h1>
            <p class="summary">"How a Kubernetes cluster works, one component at a time."</p>
            {draws(move || match catalog.index.get() {
                Loaded::Loading => view! { <p role="status">"Fetching the list…"</p> }.into_any(),
                Loaded::Failed(reason) => {
                    view! { <p role="alert">{format!("The list did not come: {reason}.")}</p> }.into_any()
                }
                Loaded::Here(index) => {
                    each(index
                        .sections()
                        .iter()
                        .map(|section| {
                            let notes = each(section
                                .pages
                                .iter()
                                .map(|note| {
                                    view! {
                                        <li>
                                            <a href=router
                                                .href(&Route::Note(note.slug.clone()))>{note.title.clone()}</a>
                                            <p>{note.summary.clone()}</p>
                                        </li>
                                    }
                                }));
                            view! {
                                <section>
                                    <h2>{section.title.to_owned()}</h2>
                                    <ul class="cards">{notes}</ul>
                                </section>
                            }
                        }))
                        .into_any()
                }
            })}
        </div>
    }
}
