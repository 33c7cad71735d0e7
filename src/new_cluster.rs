//! Begins another cluster: the learner chooses which, and the present one is given up.

use crate::reactive::{holds, on, says};
use crate::{
    dom,
    lab_link::Lab,
    parts::{Dialog, Parts},
};
use leptos::prelude::*;
use protocol::{Nodes, Setup, WORKERS_MAX};
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlDialogElement, HtmlInputElement, MouseEvent};

/// The worlds, in the order in which the dialog offers them.
const WORLDS: [Setup; 9] = [
    Setup::Etcd { members: 3 },
    Setup::Etcd { members: 1 },
    Setup::Etcd { members: 5 },
    Setup::Bare,
    Setup::ControlPlane,
    Setup::Kubernetes(Nodes::FEW),
    Setup::Kubernetes(Nodes::HIGHLY_AVAILABLE),
    Setup::BareNodes(Nodes::FEW),
    Setup::BareNodes(Nodes::HIGHLY_AVAILABLE),
];

/// The dialog's form. Nothing in it changes, and as text it costs the page a third of what making its elements does.
/// Enter on a choice presses the first button.
const FORM: &str = "<form method=dialog><h2 id=new-cluster>New cluster</h2>\
    <fieldset><legend class=visually-hidden>What to begin with</legend>\
    <label><input type=radio name=world value=0><span><strong>Three etcd members</strong>\
    <span class=quiet>The cluster of the tour. One member may fail.</span></span></label>\
    <label><input type=radio name=world value=1><span><strong>One etcd member</strong>\
    <span class=quiet>No vote to win, and no second copy.</span></span></label>\
    <label><input type=radio name=world value=2><span><strong>Five etcd members</strong>\
    <span class=quiet>Two members may fail.</span></span></label>\
    <label><input type=radio name=world value=3><span><strong>A bare machine</strong>\
    <span class=quiet>Nothing runs. Download and start etcd yourself.</span></span></label>\
    <label><input type=radio name=world value=4><span><strong>A kubeadm control plane</strong>\
    <span class=quiet>etcd as a static pod, with TLS.</span></span></label>\
    <label><input type=radio name=world value=5><span><strong>Kubernetes</strong>\
    <span class=quiet>A control plane and workers, with kubectl in the console.</span></span></label>\
    <label><input type=radio name=world value=6><span><strong>Highly available Kubernetes</strong>\
    <span class=quiet>Three control planes behind a load balancer. One may fail.</span></span></label>\
    <label><input type=radio name=world value=7><span><strong>Bare nodes</strong>\
    <span class=quiet>Set the cluster up yourself with kubeadm.</span></span></label>\
    <label><input type=radio name=world value=8><span><strong>Bare control plane of three</strong>\
    <span class=quiet>The same, with a load balancer that waits for API servers.</span></span></label></fieldset>\
    <p class=workers><label>Workers <input type=number name=workers min=1 max=100 required></label></p>\
    <p class=quiet>The present cluster ends. What you did there is put aside, and can be brought back or downloaded.</p>\
    <div class=actions><button class='button primary' value=start>Start</button>\
    <button class=button value=''>Cancel</button></div></form>";

/// What runs now, in the words of the choice.
fn words(setup: Setup) -> &'static str {
    match setup {
        Setup::Etcd { members: 1 } => "One etcd member",
        Setup::Etcd { members: 5 } => "Five etcd members",
        Setup::Etcd { .. } => "Three etcd members",
        Setup::Bare => "A bare machine",
        Setup::ControlPlane => "A kubeadm control plane",
        Setup::BareNodes(_) => "Bare nodes",
        _ => "Kubernetes",
    }
}

/// In the header: which world this is, and the way to another.
#[component]
pub fn World() -> impl IntoView {
    let lab: Lab = expect_context();
    let words = move || {
        // Another world begins with another phase.
        lab.phase.track();
        if lab.exercise.with(Option::is_some) { "A lab\u{2019}s cluster" } else { words(lab.setup()) }
    };
    view! {
        <div class="world">
            <span class="world-name">{says(words)}</span>
            <NewCluster />
        </div>
    }
}

#[component]
pub fn NewCluster() -> impl IntoView {
    let lab: Lab = expect_context();
    let parts: Parts = expect_context();
    view! {
        <button
            type="button"
            class="icon-button new-cluster begins"
            aria-label="New cluster"
            title="New cluster"
            // A lab has its own way to begin again.
            hidden=holds(move || lab.exercise.with(Option::is_some))
            on:click=on(move |_: MouseEvent| parts.dialog.set(Some(Dialog::NewCluster)))
        >
            <svg viewBox="0 0 20 20" width="16" height="16" aria-hidden="true">
                <path d="M4.5 12a6 6 0 1 0 1-6.5L4 7M4 3v4h4" fill="none" stroke="currentColor" stroke-width="1.6" />
            </svg>
            <span>"New cluster"</span>
        </button>
    }
}

/// The same world with so many workers, as far as it has any.
fn with_workers(setup: Setup, workers: u16) -> Setup {
    let workers = workers.clamp(1, WORKERS_MAX);
    match setup {
        Setup::Kubernetes(nodes) => Setup::Kubernetes(Nodes { workers, ..nodes }),
        Setup::BareNodes(nodes) => Setup::BareNodes(Nodes { workers, ..nodes }),
        setup => setup,
    }
}

/// Asks which; the browser gives the focus back when the dialog closes.
pub fn ask() {
    let lab: Lab = expect_context();
    let parts: Parts = expect_context();
    let body = dom::document().and_then(|page| page.query_selector("body").ok().flatten());
    let dialog = body.and_then(|body| dom::html(&body, "dialog", "search worlds"));
    let Some(dialog) = dialog.and_then(|dialog| dialog.dyn_into::<HtmlDialogElement>().ok()) else { return };
    dom::set(&dialog, "aria-labelledby", "new-cluster");
    dialog.set_inner_html(FORM);
    let radio = |dialog: &HtmlDialogElement, which: &str| {
        dom::query(dialog, which).and_then(|radio| radio.dyn_into::<HtmlInputElement>().ok())
    };
    // What runs now is offered first, with as many workers; a world that is not offered is as none.
    let workers = lab.nodes().unwrap_or_default().workers;
    let now = WORLDS.iter().position(|world| with_workers(*world, workers) == lab.setup()).unwrap_or(0);
    let first = radio(&dialog, &format!("[value=\"{now}\"]"));
    let count = radio(&dialog, "[name=workers]");
    if let Some(count) = &count {
        count.set_value(&workers.to_string());
    }
    // Only a cluster of nodes has workers.
    let has_nodes = move |chosen: Option<&Setup>| matches!(chosen, Some(Setup::Kubernetes(_) | Setup::BareNodes(_)));
    let offer = move |dialog: &HtmlDialogElement| {
        let chosen = radio(dialog, ":checked").and_then(|radio| WORLDS.get(radio.value().parse::<usize>().ok()?));
        if let Some(count) = radio(dialog, "[name=workers]") {
            count.set_disabled(!has_nodes(chosen));
        }
    };
    let shown = dialog.clone();
    dom::listen(&dialog, "change", move |_: Event| offer(&shown));
    let shown = dialog.clone();
    dom::listen(&dialog, "close", move |_: Event| {
        let chosen = radio(&shown, ":checked").and_then(|radio| WORLDS.get(radio.value().parse::<usize>().ok()?));
        let workers = count.as_ref().and_then(|count| count.value().parse().ok()).unwrap_or(workers);
        shown.remove();
        parts.dialog.set(None);
        // Escape and the other button give nothing back.
        if let Some(setup) = chosen.filter(|_| shown.return_value() == "start") {
            lab.start_fresh(with_workers(*setup, workers));
        }
    });
    // One that the page has just made is not open yet, which is all that could be refused.
    let _ = dialog.show_modal();
    if let Some(first) = first {
        first.set_checked(true);
        offer(&dialog);
        dom::focus_element(&first);
    }
}
