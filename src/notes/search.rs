//! Ctrl-K: finds notes and labs by their titles and summaries.

use super::all;
use super::catalog::{Catalog, Loaded};
use crate::reactive::{Memo, RwSignal, draws, each, holds, on, says};
use crate::{
    dom,
    parts::{Dialog, Parts, opened_dialog},
    route::Route,
    router::Router,
};
use leptos::prelude::*;
use lesson::Index;
use web_sys::{Event, KeyboardEvent};

/// More than this many answers help nobody.
const LIMIT: usize = 12;

/// Something found.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Hit {
    route: Route,
    title: String,
    summary: String,
}

/// The notes and labs that hold every word of the query, a title counting more than a summary.
fn find(index: &Index, query: &str) -> Vec<Hit> {
    let words: Vec<String> = query.split_whitespace().take(8).map(str::to_ascii_lowercase).collect();
    let mut hits: Vec<((u32, usize), Hit)> = Vec::new();
    let notes = index.notes.len();
    for (place, note) in index.notes.iter().chain(&index.labs).enumerate() {
        let (title, summary) = (note.title.to_ascii_lowercase(), note.summary.to_ascii_lowercase());
        let score = words.iter().try_fold(0, |score, word| {
            let worth = u32::from(title.contains(word)) * 4
                + u32::from(summary.contains(word))
                + u32::from(note.section.to_ascii_lowercase().contains(word));
            (worth > 0).then_some(score + worth)
        });
        if let Some(score) = score {
            let route: fn(String) -> Route = if place < notes { Route::Note } else { Route::Lab };
            let hit = Hit { route: route(note.slug.clone()), title: note.title.clone(), summary: note.summary.clone() };
            hits.push(((u32::MAX - score, place), hit));
        }
    }
    // The best first; those of equal worth in their reading order, notes before labs.
    hits.sort_unstable_by_key(|(worth, _)| *worth);
    hits.truncate(LIMIT);
    hits.into_iter().map(|(_, hit)| hit).collect()
}

#[component]
pub fn SearchButton() -> impl IntoView {
    let parts: Parts = expect_context();
    let open = move || {
        if parts.dialog.with_untracked(Option::is_none) {
            parts.dialog.set(Some(Dialog::Search));
        }
    };
    if let Some(window) = dom::window() {
        dom::listen(&window, "keydown", move |event: KeyboardEvent| {
            if (event.ctrl_key() || event.meta_key()) && event.key().eq_ignore_ascii_case("k") {
                event.prevent_default();
                open();
            }
        });
    }
    view! {
        <button type="button" class="search-button" on:click=on(move |_| open())>
            <span>"Search"</span>
            <kbd>"Ctrl K"</kbd>
        </button>
    }
}

/// The window in which one searches; it is open as soon as it stands.
#[component]
pub fn Search() -> impl IntoView {
    let router: Router = expect_context();
    let catalog: Catalog = expect_context();
    let parts: Parts = expect_context();
    let dialog = opened_dialog();
    let query = RwSignal::new(String::new());
    let close = move || {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    let hits = Memo::new(move |_| {
        let query = query.get();
        catalog.index.with(|index| match index {
            Loaded::Here(index) => find(index, &query),
            _ => Vec::new(),
        })
    });
    let first = move |event: KeyboardEvent| {
        if event.key() == "Enter"
            && let Some(hit) = hits.with_untracked(|hits| hits.first().cloned())
        {
            event.prevent_default();
            close();
            router.go(&hit.route);
        }
    };
    // The arrows go from the field through what was found, and back.
    let walk = move |event: KeyboardEvent| {
        let key = event.key();
        let Some(dialog) = dialog.get_untracked().filter(|_| key == "ArrowDown" || key == "ArrowUp") else { return };
        event.prevent_default();
        let stops = all(&dialog, "input, li a");
        let focused = dom::document().and_then(|page| page.active_element());
        let at = stops.iter().position(|stop| Some(stop) == focused.as_ref()).unwrap_or(0);
        let next = if key == "ArrowDown" { at + 1 } else { at.saturating_sub(1) };
        if let Some(stop) = stops.get(next) {
            dom::focus_element(stop);
        }
    };
    view! {
        <dialog
            class="search"
            aria-label="Search notes and labs"
            node_ref=dialog
            on:close=on(move |_: Event| parts.dialog.set(None))
            on:keydown=on(walk)
        >
            <div class="search-line">
                <input
                    type="search"
                    aria-label="Search for"
                    placeholder="Search notes and labs"
                    autofocus
                    prop:value=says(move || query.get())
                    on:input=on(move |event| query.set(event_target_value(&event)))
                    on:keydown=on(first)
                />
                <button type="button" class="button" on:click=on(move |_| close())>"Close"</button>
            </div>
            <p class="visually-hidden" role="status">
                {says(move || format!("{} pages found", hits.with(Vec::len)))}
            </p>
            <p class="quiet nothing" hidden=holds(move || !hits.with(Vec::is_empty))>
                "Nothing found. Fewer or other words may help: quorum, pod, snapshot."
            </p>
            <ul>
                {draws(move || {
                    each(hits.get()
                        .into_iter()
                        .map(|hit| {
                            let is_lab = matches!(hit.route, Route::Lab(_));
                            view! {
                                <li>
                                    <a href=router.href(&hit.route) on:click=on(move |_| close())>
                                        <strong>{hit.title}</strong>
                                        {is_lab.then(|| view! { <em class="kind">"Lab"</em> })}
                                        <span>{hit.summary}</span>
                                    </a>
                                </li>
                            }
                        }))
                })}
            </ul>
        </dialog>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lesson::IndexEntry;

    fn index() -> Index {
        let note = |slug: &str, title: &str, summary: &str| IndexEntry {
            slug: slug.into(),
            title: title.into(),
            summary: summary.into(),
            section: "etcd".into(),
            focus: Vec::new(),
        };
        Index {
            notes: vec![
                note("quorum", "Quorum and Raft", "How members agree."),
                note("backup", "Backup and restore", "A snapshot, and the way back after quorum is lost."),
            ],
            labs: vec![note("lost", "Quorum lost", "Bring the cluster back.")],
        }
    }

    fn check(query: &str, expected: &[&str]) {
        let found: Vec<String> = find(&index(), query).into_iter().map(|hit| hit.route.path()).collect();
        assert_eq!(found, expected, "{query:?}");
    }

    #[test]
    fn a_title_counts_more_than_a_summary_and_every_word_must_be_there() {
        check("quorum", &["notes/quorum", "labs/lost", "notes/backup"]);
        check("QUORUM lost", &["labs/lost", "notes/backup"]);
        check("", &["notes/quorum", "notes/backup", "labs/lost"]);
        check("scheduler", &[]);
    }
}
