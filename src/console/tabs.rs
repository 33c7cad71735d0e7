//! The tabs of the terminals.

use crate::reactive::{holds, on, says};
use crate::{
    dom,
    lab_link::{Lab, Phase, TERMINALS_MAX},
};
use leptos::prelude::*;
use protocol::TerminalId;
use std::sync::Arc;
use web_sys::KeyboardEvent;

fn tab_id(terminal: TerminalId) -> String {
    format!("terminal-tab-{}", terminal.0)
}

/// The log of a terminal, which its tab controls.
pub fn log_id(terminal: TerminalId) -> String {
    format!("terminal-log-{}", terminal.0)
}

/// Something for every open terminal; what stands for one stays as it is when others come and go.
pub fn each_terminal(lab: Lab, draw: Arc<dyn Fn(TerminalId) -> AnyView + Send + Sync>) -> AnyView {
    view! { <For each=move || lab.terminals.open.get() key=|terminal| terminal.0 children=move |terminal| draw(terminal) /> }
        .into_any()
}

#[component]
pub fn TerminalTabs() -> impl IntoView {
    let lab: Lab = expect_context();
    let terminals = lab.terminals;
    let ready = move || lab.phase.get() == Phase::Ready;
    let key = move |event: KeyboardEvent| {
        let open = terminals.open.get_untracked();
        let now = open.iter().position(|terminal| *terminal == terminals.active.get_untracked()).unwrap_or(0);
        let count = open.len();
        let next = match event.key().as_str() {
            "ArrowLeft" => (now + count - 1) % count,
            "ArrowRight" => (now + 1) % count,
            "Home" => 0,
            "End" => count - 1,
            "Delete" if count > 1 => {
                event.prevent_default();
                lab.close_terminal(open[now]);
                return dom::focus(&tab_id(terminals.active.get_untracked()));
            }
            _ => return,
        };
        event.prevent_default();
        lab.select_terminal(open[next]);
        dom::focus(&tab_id(open[next]));
    };
    let tab = move |terminal: TerminalId| {
        let selected = move || terminals.active.get() == terminal;
        view! {
            <button
                type="button"
                role="tab"
                id=tab_id(terminal)
                aria-controls=log_id(terminal)
                aria-selected=says(move || selected().to_string())
                tabindex=says(move || if selected() { "0" } else { "-1" })
                on:click=on(move |_| lab.select_terminal(terminal))
            >
                {format!("Terminal {}", terminal.0 + 1)}
            </button>
        }
    };
    let several = move || terminals.open.with(|open| open.len() > 1);
    view! {
        <div class="terminal-tabs">
            <div role="tablist" aria-label="Terminals" on:keydown=on(key)>
                {each_terminal(lab, Arc::new(move |terminal| tab(terminal).into_any()))}
            </div>
            <button
                type="button"
                class="button small"
                aria-label="New terminal"
                title="New terminal"
                disabled=holds(move || !ready() || terminals.open.with(|open| open.len() >= TERMINALS_MAX as usize))
                on:click=on(move |_| {
                    lab.open_terminal();
                    dom::focus("console-input");
                })
            >
                "+"
            </button>
            <button
                type="button"
                class="button small"
                aria-label=says(move || format!("Close terminal {}", terminals.active.get().0 + 1))
                title="Close this terminal; Delete on its tab does it too"
                hidden=holds(move || !several())
                on:click=on(move |_| {
                    lab.close_terminal(terminals.active.get_untracked());
                    dom::focus("console-input");
                })
            >
                "×"
            </button>
        </div>
    }
}
