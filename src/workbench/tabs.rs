//! The tabs by which a phone reaches the panes.

use super::{Layout, Pane};
use crate::dom;
use leptos::prelude::*;
use web_sys::KeyboardEvent;

#[component]
pub fn Tabs(layout: Layout) -> impl IntoView {
    let key = move |event: KeyboardEvent| {
        let now = Pane::ALL.iter().position(|pane| *pane == layout.tab.get_untracked()).unwrap_or(0);
        let count = Pane::ALL.len();
        let next = match event.key().as_str() {
            "ArrowLeft" => (now + count - 1) % count,
            "ArrowRight" => (now + 1) % count,
            "Home" => 0,
            "End" => count - 1,
            _ => return,
        };
        event.prevent_default();
        layout.tab.set(Pane::ALL[next]);
        dom::focus(&format!("tab-{}", Pane::ALL[next].id()));
    };
    let tab = move |pane: Pane| {
        let selected = move || layout.tab.get() == pane;
        view! {
            <button
                type="button"
                role="tab"
                id=format!("tab-{}", pane.id())
                aria-controls=pane.id()
                aria-selected=move || selected().to_string()
                tabindex=move || if selected() { "0" } else { "-1" }
                on:click=move |_| layout.tab.set(pane)
            >
                {pane.label()}
            </button>
        }
    };
    view! {
        <div class="tabs" role="tablist" aria-label="Panes" hidden=move || !layout.narrow.get() on:keydown=key>
            {Pane::ALL.into_iter().map(tab).collect_view()}
        </div>
    }
}
