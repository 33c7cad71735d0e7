//! Light or dark: the system's choice until the reader makes one.

use crate::reactive::{RwSignal, on, says};
use crate::{dom, router::Router, storage};
use leptos::prelude::*;

const KEY: &str = "kubarium.theme";

/// The reader's choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Theme {
    Light,
    Dark,
}

impl Theme {
    fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    fn other(self) -> Self {
        match self {
            Self::Light => Self::Dark,
            Self::Dark => Self::Light,
        }
    }
}

fn stored() -> Option<Theme> {
    match storage::read(KEY)?.as_str() {
        "light" => Some(Theme::Light),
        "dark" => Some(Theme::Dark),
        _ => None,
    }
}

fn apply(theme: Theme) {
    if let Some(root) = dom::document().and_then(|document| document.document_element()) {
        dom::set(&root, "data-theme", theme.name());
    }
}

/// What the address of an embedded page asks for, whose author knows what stands around it.
pub fn apply_asked(router: Router) {
    for theme in [Theme::Light, Theme::Dark] {
        if router.asks_for(&format!("theme={}", theme.name())) {
            apply(theme);
        }
    }
}

/// The button that changes between light and dark.
#[component]
pub fn ThemeButton() -> impl IntoView {
    let chosen = stored();
    if let Some(theme) = chosen {
        apply(theme);
    }
    let system = if dom::matches_media("(prefers-color-scheme: dark)") { Theme::Dark } else { Theme::Light };
    let theme = RwSignal::new(chosen.unwrap_or(system));
    let change = move |_| {
        let next = theme.get_untracked().other();
        theme.set(next);
        apply(next);
        // Without storage the choice lasts until the page is left.
        storage::write(KEY, next.name());
    };
    view! {
        <button
            type="button"
            class="icon-button"
            aria-label=says(move || format!("Use the {} theme", theme.get().other().name()))
            title=says(move || format!("Use the {} theme", theme.get().other().name()))
            on:click=on(change)
        >
            <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
                <circle cx="10" cy="10" r="7" fill="none" stroke="currentColor" stroke-width="1.6" />
                <path d="M10 3a7 7 0 0 1 0 14z" fill="currentColor" />
            </svg>
        </button>
    }
}
