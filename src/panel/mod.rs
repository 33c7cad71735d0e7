//! The panel of a component: what it is, what it does now, and what can be done to it.

mod actions;
mod now;
mod pods;
mod watches;

use crate::reactive::{Memo, draws, on};
use crate::{
    component::{Family, LEARNER, content_ids, title},
    dom,
    lab_link::Lab,
    notes::catalog::{Catalog, Loaded},
    parts::{View, late},
};
use actions::Actions;
use leptos::prelude::*;
use now::Now;
use pods::Pods;
use protocol::{Nodes, Setup};
use watches::Watches;
use web_sys::KeyboardEvent;

#[component]
pub fn Panel() -> impl IntoView {
    let lab: Lab = expect_context();
    draws(move || lab.selected.get().map(|name| late(View::Panel(name))))
}

#[component]
pub fn Open(name: String) -> impl IntoView {
    let lab: Lab = expect_context();
    let catalog: Catalog = expect_context();
    catalog.fetch_components();
    let shown = title(&name);
    let close = {
        let name = name.clone();
        move || {
            lab.selected.set(None);
            // Back to where the reader came from, or to the view that stands there now.
            let drawn = ["diagram", "raft"].map(|id| format!("#view-{id}:not([hidden]) [data-component=\"{name}\"]"));
            let tab = ".views [aria-selected=true]";
            let page = dom::document();
            let find = |selector: &str| page.as_ref().and_then(|page| page.query_selector(selector).ok().flatten());
            if let Some(element) = find(&drawn.join(",")).or_else(|| find(tab)) {
                dom::focus_element(&element);
            }
        }
    };
    let close_by_key = {
        let close = close.clone();
        move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                event.prevent_default();
                close();
            }
        }
    };
    // Whether anything can be done to it, and whether anything can be told of it.
    let live = {
        let name = name.clone();
        Memo::new(move |_| {
            let is_member = lab.members.with(|members| members.iter().any(|member| member.name == name));
            let [acts, tells] = lab.kubernetes.with(|known| [known.component(&name).is_some(), known.knows(&name)]);
            (is_member || acts, is_member || tells)
        })
    };
    let (acting, telling, absent) = (name.clone(), name.clone(), name.clone());
    let class = format!("panel {}", Family::of(&name).class());
    let label = format!("{shown} details");
    view! {
        <section
            class=class
            role="region"
            aria-label=label
            on:keydown=on(close_by_key)
        >
            <div class="panel-head">
                <h3>{shown}</h3>
                <button type="button" class="icon-button" aria-label="Close the details" on:click=on(move |_| close())>
                    <svg viewBox="0 0 20 20" width="16" height="16" aria-hidden="true">
                        <path d="M4 4l12 12M16 4L4 16" fill="none" stroke="currentColor" stroke-width="1.8" />
                    </svg>
                </button>
            </div>
            {draws(move || live.get().0.then(|| view! { <Actions name=acting.clone() /> }))}
            <div class="panel-body" tabindex="0" role="group" aria-label="What it is and does">
                <About name=name.clone() />
                <Watches name=name.clone() />
                <Pods name=name />
                {draws(move || {
                    if live.get().1 {
                        view! { <Now name=telling.clone() /> }.into_any()
                    } else {
                        view! {
                            <p class="quiet">{away(&absent, lab.setup())}</p>
                            {offers_kubernetes(&absent, lab).then(|| begin_kubernetes(absent.clone(), lab))}
                        }
                        .into_any()
                    }
                })}
            </div>
        </section>
    }
}

/// Why nothing is told of what a component does now.
fn away(name: &str, setup: Setup) -> &'static str {
    let is_set_up = matches!(setup, Setup::Kubernetes(_));
    match Family::of(name) {
        Family::Etcd => "This cluster has no such member now. The diagram shows those that it has.",
        Family::Kubelet if setup == Setup::ControlPlane && name.ends_with("controlplane") => {
            "The kubelet of the control plane runs here in small: it starts the static pods in \
             /etc/kubernetes/manifests."
        }
        Family::Learner if name == LEARNER => "Its console is beside the diagram.",
        _ if name.starts_with("pod ") => "This pod is gone.",
        Family::Node if is_set_up => "The API server does not know this node yet.",
        _ if is_set_up => "Nothing of it runs here yet; the notes describe it.",
        _ => "It does not run in this cluster, which has etcd alone. In a Kubernetes cluster it is alive.",
    }
}

/// Whether there is a world in which a component lives that is only drawn in this one.
fn offers_kubernetes(name: &str, lab: Lab) -> bool {
    let of_kubernetes = !matches!(Family::of(name), Family::Etcd | Family::Learner) && !name.starts_with("pod ");
    of_kubernetes && !lab.has_kubernetes() && lab.exercise.with(Option::is_none)
}

/// The way to that world; what was opened here is opened there.
fn begin_kubernetes(name: String, lab: Lab) -> impl IntoView {
    let begin = move |_| {
        lab.start_fresh(Setup::Kubernetes(Nodes::FEW));
        lab.selected.set(Some(name.clone()));
    };
    view! {
        <p><button type="button" class="button primary" on:click=on(begin)>"Begin a Kubernetes cluster"</button></p>
        <p class="quiet">"What you did in this one is put aside, and can be brought back."</p>
    }
}

/// The paragraph from the content, with the way to the note.
#[component]
fn About(name: String) -> impl IntoView {
    let catalog: Catalog = expect_context();
    let html = move || match catalog.components.get() {
        Loaded::Loading => "<div class=\"bone\"></div>".to_owned(),
        Loaded::Failed(_) => "<p class=\"quiet\">What it is could not be fetched.</p>".to_owned(),
        Loaded::Here(words) => content_ids(&name)
            .iter()
            .find_map(|id| section(&words, id))
            .unwrap_or("<p class=\"quiet\">The notes do not describe it yet.</p>")
            .to_owned(),
    };
    view! { <div class="prose" inner_html=html></div> }
}

/// What the build wrote about a component; sections do not hold one another.
fn section<'a>(words: &'a str, id: &str) -> Option<&'a str> {
    let (_, rest) = words.split_once(&format!("<section data-about=\"{id}\">"))?;
    rest.split_once("</section>").map(|(part, _)| part)
}

#[cfg(test)]
mod tests {
    use super::section;

    #[test]
    fn the_words_about_a_component_are_found_by_its_id() {
        let words = "<section data-about=\"etcd\"><p>A store.</p></section><section data-about=\"pods\">P</section>";
        assert_eq!(section(words, "etcd"), Some("<p>A store.</p>"));
        assert_eq!(section(words, "pods"), Some("P"));
        assert_eq!(section(words, "etc"), None);
    }
}
