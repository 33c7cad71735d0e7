//! The pods on a node, each a button that opens its panel: where they are many, the diagram has room for small marks only.

use crate::reactive::{Effect, on};
use crate::{
    lab_link::Lab,
    paint::{Painter, button, el, pressed},
};
use leptos::prelude::*;
use web_sys::MouseEvent;

/// What a button does, before the name of its pod.
const OPEN: &str = "open ";

/// Says nothing where the component is no node, or no pod is on it.
#[component]
pub fn Pods(name: String) -> impl IntoView {
    let lab: Lab = expect_context();
    let host = NodeRef::<leptos::html::Div>::new();
    let painter = Painter::default();
    Effect::new(move |_| {
        let (Some(host), Some(node)) = (host.get(), name.strip_prefix("node ")) else { return };
        let rows: Vec<_> = lab.kubernetes.with(|known| {
            let here = known.pods.iter().filter(|pod| pod.node == node);
            let row = |pod: &protocol::PodView| {
                let part = pod.part();
                el("li", "")
                    .kid(button("button small", &format!("{OPEN}{part}"), &part))
                    .kid(el("span", "quiet").text(&format!(" {}", pod.status)))
            };
            here.map(row).collect()
        });
        let kids = match rows.is_empty() {
            true => Vec::new(),
            false => vec![el("h4", "").text("Pods"), el("ul", "watch-list").with("aria-label", "Pods").kids(rows)],
        };
        painter.paint(&host, kids);
    });
    let open = move |event: MouseEvent| {
        if let Some(part) = pressed(event.target()).as_deref().and_then(|does| does.strip_prefix(OPEN)) {
            lab.selected.set(Some(part.to_owned()));
        }
    };
    view! { <div node_ref=host on:click=on(open)></div> }
}
