//! Ctrl-K: finds notes and terms by their titles and summaries.

use super::catalog::{Catalog, Loaded};
use crate::reactive::{Memo, RwSignal, draws, each, on, says};
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
    slug: String,
    title: String,
    summary: String,
}

/// The notes that hold every word of the query, a title counting more than a summary.
fn find(index: &Index, query: &str) -> Vec<Hit> {
    let words: Vec<String> = query.split_whitespace().take(8).map(str::to_ascii_lowercase).collect();
    let mut hits: Vec<((u32, usize), Hit)> = Vec::new();
    for (place, note) in index.notes.iter().enumerate() {
        let (title, summary) = (note.title.to_ascii_lowercase(), note.summary.to_ascii_lowercase());
        let score = words.iter().try_fold(0, |score, word| {
            let worth = u32::from(title.contains(word)) * 4
                + u32::from(summary.contains(word))
                + u32::from(note.section.to_ascii_lowercase().contains(word));
            (worth > 0).then_some(score + worth)
        });
        if let Some(score) = score {
            let hit = Hit { slug: note.slug.clone(), title: note.title.clone(), summary: note.summary.clone() };
            hits.push(((u32::MAX - score, place), hit));
        }
    }
    // The best first; notes of equal worth in their reading order.
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
            router.go(&Route::Note(hit.slug));
        }
    };
    view! {
        <dialog
            class="search"
            aria-label="Search the notes"
            node_ref=dialog
            on:close=on(move |_: Event| parts.dialog.set(None))
        >
            <div class="search-line">
                <input
                    type="search"
                    aria-label="Search for"
                    placeholder="Search the notes"
                    autofocus
                    prop:value=says(move || query.get())
                    on:input=on(move |event| query.set(event_target_value(&event)))
                    on:keydown=on(first)
                />
                <button type="button" class="button" on:click=on(move |_| close())>"Close"</button>
            </div>
            <p class="visually-hidden" role="status">
                {says(move || format!("{} notes found", hits.with(Vec::len)))}
            </p>
            <ul>
                {draws(move || {
                    each(hits.get()
                        .into_iter()
                        .map(|hit| {
                            view! {
                                <li>
                                    <a href=router.href(&Route::Note(hit.slug)) on:click=on(move |_| close())>
                                        <strong>{hit.title}</strong>
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
            ..Index::default()
        }
    }

    fn check(query: &str, expected: &[&str]) {
        let found: Vec<String> = find(&index(), query).into_iter().map(|hit| hit.slug).collect();
        assert_eq!(found, expected, "{query:?}");
    }

    #[test]
    fn a_title_counts_more_than_a_summary_and_every_word_must_be_there() {
        check("quorum", &["quorum", "backup"]);
        check("QUORUM lost", &["backup"]);
        check("", &["quorum", "backup"]);
        check("scheduler", &[]);
    }
}
