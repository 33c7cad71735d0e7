//! Begins another cluster: the learner chooses which, and the present one is given up.

use crate::reactive::{holds, on};
use crate::{
    dom,
    lab_link::Lab,
    paint::{Node, Painter, el, pressed},
};
use leptos::prelude::*;
use protocol::Setup;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement, MouseEvent};

/// The worlds: what each is called, and what one finds there.
const WORLDS: [(Setup, &str, &str); 5] = [
    (Setup::Etcd { members: 3 }, "Three etcd members", "The cluster of the tour. One member may fail."),
    (Setup::Etcd { members: 1 }, "One etcd member", "Nobody votes, and nobody has a copy."),
    (Setup::Etcd { members: 5 }, "Five etcd members", "Two members may fail."),
    (Setup::Bare, "A bare machine", "Nothing runs. Download and start etcd yourself."),
    (Setup::ControlPlane, "A kubeadm control plane", "etcd as a static pod, with TLS."),
];

#[component]
pub fn NewCluster() -> impl IntoView {
    let lab: Lab = expect_context();
    let dialog = NodeRef::<leptos::html::Dialog>::new();
    let painter = Painter::default();
    let open = move |_: MouseEvent| {
        let Some(dialog) = dialog.get_untracked().filter(|dialog| dialog.show_modal().is_ok()) else { return };
        painter.paint(&dialog, content());
        // What runs now is offered first.
        let now = WORLDS.iter().position(|(setup, ..)| *setup == lab.setup()).unwrap_or(0);
        if let Some(radio) = radio(&dialog, &format!("[value=\"{now}\"]")) {
            radio.set_checked(true);
            dom::focus_element(&radio);
        }
    };
    // Both buttons submit the form, which closes the dialog and gives the focus back; Enter on a choice presses the first.
    let click = move |event: MouseEvent| {
        let chosen = dialog.get_untracked().and_then(|dialog| radio(&dialog, ":checked"));
        let world = chosen.and_then(|radio| WORLDS.get(radio.value().parse::<usize>().ok()?));
        if let (Some("start"), Some((setup, ..))) = (pressed(event.target()).as_deref(), world) {
            lab.start_fresh(*setup);
        }
    };
    view! {
        <button
            type="button"
            class="icon-button new-cluster"
            aria-label="New cluster"
            title="New cluster"
            // A lab has its own way to begin again.
            hidden=holds(move || lab.exercise.with(Option::is_some))
            on:click=on(open)
        >
            <svg viewBox="0 0 20 20" width="16" height="16" aria-hidden="true">
                <path d="M4.5 12a6 6 0 1 0 1-6.5L4 7M4 3v4h4" fill="none" stroke="currentColor" stroke-width="1.6" />
            </svg>
            <span>"New cluster"</span>
        </button>
        <dialog class="search worlds" aria-labelledby="new-cluster" node_ref=dialog on:click=on(click)></dialog>
    }
}

fn radio(dialog: &Element, which: &str) -> Option<HtmlInputElement> {
    dom::query(dialog, &format!("input{which}"))?.dyn_into().ok()
}

fn content() -> Vec<Node> {
    let world = |(place, (_, name, finds)): (usize, &(Setup, &str, &str))| {
        let radio = el("input", "").with("type", "radio").with("name", "world").with("value", &place.to_string());
        let words = el("span", "").kid(el("strong", "").text(name)).kid(el("span", "quiet").text(finds));
        el("label", "").kid(radio).kid(words)
    };
    let mut choice = vec![el("legend", "visually-hidden").text("What to begin with")];
    choice.extend(WORLDS.iter().enumerate().map(world));
    let buttons = el("div", "actions")
        .kid(el("button", "button primary").does("start").text("Start"))
        .kid(el("button", "button").text("Cancel"));
    let form = el("form", "")
        .with("method", "dialog")
        .kid(el("h2", "").with("id", "new-cluster").text("New cluster"))
        .kid(el("fieldset", "").kids(choice))
        .kid(el("p", "quiet").text(
            "The present cluster is given up, with everything in it. What you did there is put aside, and can be \
             downloaded.",
        ))
        .kid(buttons);
    vec![form]
}
