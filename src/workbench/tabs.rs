//! Tabs: those by which a phone reaches the panes, and those of a pane that has several views.

use super::{Layout, Pane};
use crate::dom;
use crate::reactive::{each, holds, on, says};
use leptos::prelude::*;
use web_sys::KeyboardEvent;

/// A tab: the id of its panel, and what is written on it.
pub type Tab = (&'static str, &'static str);

#[component]
pub fn Tabs(layout: Layout) -> impl IntoView {
    static PANES: [Tab; 3] = [
        (Pane::Notes.id(), Pane::Notes.label()),
        (Pane::Cluster.id(), Pane::Cluster.label()),
        (Pane::Console.id(), Pane::Console.label()),
    ];
    let chosen = Signal::derive(move || Pane::ALL.iter().position(|pane| *pane == layout.tab.get()).unwrap_or(0));
    let choose = Callback::new(move |index: usize| layout.tab.set(Pane::ALL[index]));
    view! {
        <div class="pane-tabs" hidden=holds(move || !layout.narrow.get())>
            <TabList label="Panes" tabs=&PANES chosen=chosen choose=choose />
        </div>
    }
}

/// A list of tabs, moved through with the arrows. Whoever owns `chosen` shows the panel.
#[component]
pub fn TabList(
    label: &'static str,
    tabs: &'static [Tab],
    chosen: Signal<usize>,
    choose: Callback<usize>,
) -> impl IntoView {
    let key = move |event: KeyboardEvent| {
        let (now, count) = (chosen.get_untracked(), tabs.len());
        let next = match event.key().as_str() {
            "ArrowLeft" => (now + count - 1) % count,
            "ArrowRight" => (now + 1) % count,
            "Home" => 0,
            "End" => count - 1,
            _ => return,
        };
        event.prevent_default();
        choose.run(next);
        dom::focus(&format!("tab-{}", tabs[next].0));
    };
    let tab = move |(index, (panel, words)): (usize, &'static Tab)| {
        let selected = move || chosen.get() == index;
        view! {
            <button
                type="button"
                role="tab"
                id=format!("tab-{panel}")
                aria-controls=*panel
                aria-selected=says(move || selected().to_string())
                tabindex=says(move || if selected() { "0" } else { "-1" })
                on:click=on(move |_| choose.run(index))
            >
                {*words}
            </button>
        }
    };
    view! {
        <div class="tabs" role="tablist" aria-label=label on:keydown=on(key)>
            {each(tabs.iter().enumerate().map(tab))}
        </div>
    }
}
