//! The watch streams that end at a component, or begin there.

use crate::reactive::Effect;
use crate::{
    component::title,
    lab_link::Lab,
    paint::{Painter, el},
};
use leptos::prelude::*;
use protocol::WatchView;

/// Says nothing where there are none.
#[component]
pub fn Watches(name: String) -> impl IntoView {
    let lab: Lab = expect_context();
    let host = NodeRef::<leptos::html::Div>::new();
    let painter = Painter::default();
    Effect::new(move |_| {
        let Some(host) = host.get() else { return };
        let mine = |watch: &&WatchView| watch.member == name || watch.client == name;
        let line = |watch: &WatchView| {
            let events = format!("{} {}", watch.events, if watch.events == 1 { "event" } else { "events" });
            el("li", "")
                .kid(el("span", "of c-learner").text(&title(&watch.client)))
                .kid(el("span", "").text(" watches "))
                .kid(el("code", "").text(&watch.keys))
                .kid(el("span", "").text(" at "))
                .kid(el("span", "of c-etcd").text(&watch.member))
                .kid(el("span", "quiet").text(&format!(" · {events} so far")))
        };
        let lines: Vec<_> = lab.inside.watches.with(|all| all.iter().filter(mine).map(line).collect());
        let kids = match lines.is_empty() {
            true => Vec::new(),
            false => vec![
                el("h4", "").text("Watch streams"),
                el("ul", "watch-list").with("aria-label", "Watch streams").kids(lines),
            ],
        };
        painter.paint(&host, kids);
    });
    view! { <div node_ref=host></div> }
}
