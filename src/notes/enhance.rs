//! The body of a page: the same HTML as the prerendered one, brought to life.

use super::{prerendered::Prerendered, quiz, run_in_console};
use crate::reactive::{Effect, on};
use crate::{
    component::{Family, named},
    dom,
    lab_link::Lab,
    practice::hints,
    workbench::{Layout, Pane},
};
use leptos::prelude::*;
use protocol::{Nodes, Setup};
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, KeyboardEvent, MouseEvent};

/// A page. `html` is the site's own: the build wrote it, and escaped every string of the content.
#[component]
pub fn Body(html: String, class: &'static str) -> impl IntoView {
    let lab: Lab = expect_context();
    let layout: Layout = expect_context();
    let prerendered: Prerendered = expect_context();
    let body = NodeRef::<leptos::html::Div>::new();
    Effect::new(move |_| {
        if let Some(body) = body.get() {
            if !prerendered.move_into(&body, &html) {
                body.set_inner_html(&html);
            }
            enliven(&body);
        }
    });
    // A block that waits for the cluster says for what, until it runs.
    Effect::new(move |_| {
        let words = lab.waits.get();
        for hint in body.get_untracked().map(|body| all(&body, WAITING)).unwrap_or_default() {
            hint.set_text_content(Some(&words));
            if words.is_empty() {
                let _ = hint.class_list().remove_1("waits");
            }
        }
    });
    let click = move |event: MouseEvent| {
        let Some(target) = element(&event) else { return };
        if let Ok(Some(button)) = target.closest(".run-button") {
            let Some(run) = button.closest(".run").ok().flatten() else { return };
            if suits(lab, layout, &run) {
                start(lab, layout, &run);
            }
        } else if let Ok(Some(button)) = target.closest(".put-button") {
            let typed = button.parent_element().and_then(|typed| typed.query_selector("code").ok().flatten());
            layout.reveal(Pane::Console);
            lab.draft.set(typed.and_then(|code| code.text_content()));
        } else if let Ok(Some(link)) = target.closest("a[data-component]") {
            if event.ctrl_key() || event.meta_key() || event.shift_key() {
                return;
            }
            event.prevent_default();
            layout.reveal(Pane::Cluster);
            lab.selected.set(link.get_attribute("data-component").map(|id| named(&id)));
        } else if let Ok(Some(term)) = target.closest(".term") {
            toggle_term(&term);
        }
    };
    let key = move |event: KeyboardEvent| {
        let Some(term) = element(&event).and_then(|target| target.closest(".term").ok().flatten()) else { return };
        if event.key() == "Enter" || event.key() == " " {
            event.prevent_default();
            toggle_term(&term);
        }
    };
    view! { <div class=class node_ref=body on:click=on(click) on:keydown=on(key)></div> }
}

fn element(event: &Event) -> Option<Element> {
    event.target().and_then(|target| target.dyn_into().ok())
}

pub fn all(root: &Element, selector: &str) -> Vec<Element> {
    let Ok(found) = root.query_selector_all(selector) else { return Vec::new() };
    (0..found.length()).filter_map(|at| found.get(at)?.dyn_into().ok()).collect()
}

/// The hints below blocks that wait.
const WAITING: &str = ".run-hint.waits";

/// Runs a block, as soon as the cluster is ready for it.
fn start(lab: Lab, layout: Layout, run: &Element) {
    let Some(script) = dom::query(run, "code").and_then(|code| code.text_content()) else { return };
    if run.has_attribute("data-world")
        && let Some(hint) = dom::query(run, ".run-hint")
    {
        let _ = hint.class_list().add_1("waits");
    }
    run_in_console(lab, layout, script);
}

/// Adds what only works with the page's script.
fn enliven(body: &Element) {
    for run in all(body, ".run") {
        if let Some(button) = dom::html(&run, "button", "run-button") {
            dom::set(&button, "type", "button");
            button.set_text_content(Some("Run in console"));
        }
    }
    for link in all(body, "a[data-component]") {
        let id = link.get_attribute("data-component").unwrap_or_default();
        let _ = link.class_list().add_1(Family::of(&named(&id)).class());
    }
    for term in all(body, ".term[title]") {
        dom::set(&term, "tabindex", "0");
        dom::set(&term, "role", "button");
        dom::set(&term, "aria-expanded", "false");
    }
    // A landmark inside the page's main one would be one too many.
    for callout in all(body, "aside") {
        dom::set(&callout, "role", "note");
    }
    // What is wider than the page scrolls by itself, and has to be reachable by keyboard for that.
    for wide in all(body, "pre, .table") {
        if wide.scroll_width() > wide.client_width() {
            dom::set(&wide, "tabindex", "0");
        }
    }
    for typed in all(body, ".typed") {
        // Folded away it has no width yet, so nobody knows whether it will have to scroll.
        if let Ok(Some(code)) = typed.query_selector("pre") {
            dom::set(&code, "tabindex", "0");
        }
        if let Some(button) = dom::html(&typed, "button", "button small put-button") {
            dom::set(&button, "type", "button");
            button.set_text_content(Some("Put into the console"));
        }
    }
    for section in all(body, ".hints") {
        hints::build(&section);
    }
    for section in all(body, ".quiz") {
        quiz::build(&section);
    }
}

/// Whether a block can be run in the present cluster. Below the block it is said, in the place of what was said there
/// before, if that is not the one its page counts on.
fn suits(lab: Lab, layout: Layout, run: &Element) -> bool {
    let needed = run.get_attribute("data-world").map(|world| match world.as_str() {
        "ha" => (Nodes::HIGHLY_AVAILABLE, "a highly available cluster"),
        _ => (Nodes::FEW, "a Kubernetes cluster"),
    });
    let needs_kubernetes = needed.is_some();
    // What is for one control plane runs with several too.
    let enough = |(nodes, _): (Nodes, _)| lab.nodes().is_some_and(|own| own.control_planes >= nodes.control_planes);
    let suits = needed.is_none_or(enough);
    let (nodes, called) = needed.unwrap_or_default();
    let is_own = lab.exercise.with_untracked(Option::is_none);
    let words = match (suits, is_own) {
        (false, true) => {
            format!("This is for {called}. For that the present one is put aside, and can be brought back. ")
        }
        (false, false) => format!("This is for {called}. Leave the lab to begin one."),
        (true, true) if !needs_kubernetes && lab.setup() != Setup::default() => {
            "If it fails: it counts on three etcd members, and your cluster is another.".to_owned()
        }
        (true, _) => String::new(),
    };
    let Some(hint) = dom::query(run, ".run-hint").or_else(|| dom::html(run, "p", "run-hint")) else { return suits };
    dom::set(&hint, "role", "status");
    hint.set_text_content(Some(&words));
    if !suits
        && is_own
        && let Some(begin) = dom::html(&hint, "button", "button small")
    {
        begin.set_text_content(Some(&format!("Begin {called}")));
        let run = run.clone();
        dom::listen(&begin, "click", move |_: Event| {
            lab.start_fresh(Setup::Kubernetes(nodes));
            start(lab, layout, &run);
            // The button that was pressed is gone.
            if let Some(button) = dom::query(&run, ".run-button") {
                dom::focus_element(&button);
            }
        });
    }
    suits
}

/// Shows what a term means right behind it, or hides it again.
fn toggle_term(term: &Element) {
    let open = term.get_attribute("aria-expanded").as_deref() == Some("true");
    dom::set(term, "aria-expanded", if open { "false" } else { "true" });
    if open {
        if let Some(note) = term.next_element_sibling().filter(|next| next.class_list().contains("term-note")) {
            note.remove();
        }
        return;
    }
    let Some(note) = dom::document().and_then(|document| document.create_element("span").ok()) else { return };
    note.set_class_name("term-note");
    dom::set(&note, "role", "note");
    note.set_text_content(term.get_attribute("title").as_deref());
    let _ = term.insert_adjacent_element("afterend", &note);
}
